/**
 * Grades an exercise, beside a system that may be running: each seed is an independent run, so the seeds may be spread
 * over several lanes. The verdict does not depend on how many.
 */
// Not through the lab's door: the page needs one small file of it.
import { joinSeeds } from '../../lab/check/verdict.ts';
import type { ExerciseRun, TraceEvent, Verdict } from '../engine.ts';
import type { RemoteHost } from './host.ts';
import type { WorkerMessage } from './messages.ts';
import type { RemoteWords } from './remote-session.ts';
import { Watchdog } from './watchdog.ts';

export interface Grading {
  readonly run: ExerciseRun;
  /** One that has loaded what it grades with. */
  start(): RemoteHost;
  /** At most so many seeds at once. */
  readonly lanesMax: number;
  readonly words: RemoteWords;
  /** Real ms without a sign of life after which a lane is given up. */
  readonly silenceMsMax: number;
  readonly packages: string;
  readonly onProgress?: ((share: number) => void) | undefined;
  /** Stops all; the promise is rejected. */
  readonly signal?: AbortSignal | undefined;
  readonly onTrace?: ((events: readonly TraceEvent[], nowMs: number) => void) | undefined;
}

export async function grade(grading: Grading): Promise<Verdict> {
  const { run, start, packages, onProgress, signal, onTrace } = grading;
  const { exerciseId, checks, project, seeds, without } = run;
  const verdicts: (Verdict | null)[] = seeds.map(() => null);
  const shares = seeds.map(() => 0);
  const lanes: Lane[] = [];
  let next = 0;
  if (seeds.length === 0) throw new Error(`${exerciseId} has no seeds: an exercise is graded with at least one.`);
  return new Promise((resolve, reject) => {
    const finish = () => {
      signal?.removeEventListener('abort', abort);
      for (const lane of lanes) lane.end();
    };
    const abort = () => {
      finish();
      reject(new Error('The checks were stopped.'));
    };
    const take = (lane: Lane) => {
      const index = next++;
      if (index >= seeds.length) {
        lane.end();
        return;
      }
      lane.index = index;
      lane.onMessage = (message) => {
        if (message.kind === 'progress') {
          shares[index] = message.share;
          onProgress?.(shares.reduce((sum, share) => sum + share, 0) / seeds.length);
        } else if (message.kind === 'update') {
          if (message.update.kind === 'trace') onTrace?.(message.update.events, message.update.nowMs);
        } else if (message.kind === 'verdict') done(lane, index, message.verdict);
      };
      lane.host.post({
        kind: 'check',
        job: {
          exerciseId,
          checks,
          seeds: [seeds[index]!],
          files: project.files,
          without,
          isWatched: onTrace !== undefined,
        },
        packages,
      });
    };
    const done = (lane: Lane, index: number, verdict: Verdict) => {
      verdicts[index] = verdict;
      shares[index] = 1;
      const joined = verdictSoFar(exerciseId, verdicts);
      if (joined === null) {
        // What keeps one seed from starting keeps all: no later one need begin.
        if (verdict.failure !== undefined) next = seeds.length;
        take(lane);
        return;
      }
      finish();
      onProgress?.(1);
      resolve(joined);
    };
    for (let i = 0; i < Math.min(seeds.length, grading.lanesMax); i++) {
      const lane = new Lane(start(), grading, (message) => {
        lane.end();
        done(lane, lane.index, failedVerdict(run, seeds[lane.index]!, message));
      });
      lanes.push(lane);
      take(lane);
    }
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
  });
}

/**
 * The verdict of seeds that finish in any order; null while it is still open. As in a row of seeds (check/runner.ts),
 * one that could not run ends the row.
 */
export function verdictSoFar(exerciseId: string, verdicts: readonly (Verdict | null)[]): Verdict | null {
  const failed = verdicts.findIndex((verdict) => verdict?.failure !== undefined);
  const row = failed < 0 ? verdicts : verdicts.slice(0, failed + 1);
  const done = row.filter((verdict) => verdict !== null);
  return done.length === 0 || done.length < row.length ? null : joinSeeds(exerciseId, done);
}

/** Grades one seed after the other. */
class Lane {
  readonly host: RemoteHost;
  /** Which of the seeds it grades now. */
  index = 0;
  onMessage: (message: WorkerMessage) => void = () => {};
  private readonly watchdog: Watchdog;

  constructor(
    host: RemoteHost,
    { words, silenceMsMax }: Pick<Grading, 'words' | 'silenceMsMax'>,
    onFailure: (message: string) => void,
  ) {
    this.host = host;
    // The checks run without a break and answer no ping; their progress is the sign of life.
    this.watchdog = new Watchdog(
      { ping: () => host.post({ kind: 'ping' }), onSilence: () => onFailure(words.silentChecks) },
      silenceMsMax,
    );
    host.onFailure = (message) => onFailure(words.failed(message));
    host.onMessage = (message) => {
      this.watchdog.heard();
      if (message.kind === 'broken') onFailure(words.failed(message.message));
      else this.onMessage(message);
    };
  }

  end(): void {
    this.watchdog.stop();
    this.host.terminate();
  }
}

function failedVerdict(run: ExerciseRun, seed: number, message: string): Verdict {
  return {
    exerciseId: run.exerciseId,
    passed: false,
    seeds: [seed],
    checks: [],
    traceHashes: [],
    virtualMs: 0,
    failure: { message },
  };
}
