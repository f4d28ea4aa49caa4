/** Grading on this machine: one seed, in real time. */
import type { CheckJob } from '../../lab/check/index.ts';
import { type SeedRun, SeedRunner } from '../../lab/check/runner.ts';
import { readProject } from '../../lab/system.ts';
import { LocalCheckHost, type LocalCheckOptions, toError } from './local-check-host.ts';

export interface LocalGrading extends Omit<LocalCheckOptions, 'seed'> {
  /** How much is done, 0 to 1; about once a second. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

const REAL_MS_MAX = 20 * 60_000;
const PROGRESS_US = 1_000_000;

/** Runs all checks once. Rejects only when aborted. */
export async function runSeedLocally(job: CheckJob, seed: number, options: LocalGrading = {}): Promise<SeedRun> {
  const read = readProject(job.files);
  if (!read.ok) return { seed, tests: [], failure: toError(read.problems[0]!), traceHash: '', virtualMs: 0 };
  const { onProgress, signal, ...rest } = options;
  const host = new LocalCheckHost(read.project, { hasDeclaredCost: true, ...rest, seed });
  const runner = new SeedRunner(job, host);
  try {
    await new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      const limitMs = job.virtualMsMax ?? REAL_MS_MAX;
      host.scheduler.after(limitMs * 1000, () =>
        runner.fail({
          message: `${runner.doing} still waited after ${limitMs / 60_000} minutes`,
          hint: 'does a load without duration run that nobody stops?',
        }),
      );
      const look = (): void => {
        onProgress?.(runner.share);
        if (!runner.isOver) host.scheduler.after(PROGRESS_US, look);
      };
      look();
      runner.start(resolve);
    });
    return runner.finish();
  } finally {
    host.dispose();
    await host.closed;
  }
}
