/** The engine that runs a project as real processes of this machine, in real time. */
import { verdictOf } from '../../lab/check/runner.ts';
import { readProject } from '../../lab/system.ts';
import type { BootOptions, BootResult, Engine, ExerciseRun, Project, TraceEvent, Verdict } from '../engine.ts';
import { runSeedLocally } from './grading.ts';
import { LocalSession } from './local-session.ts';
import { type LocalOptions, LocalSystem, LocalWorld } from './local-system.ts';

export class LocalEngine implements Engine {
  readonly name = 'local';
  private readonly options: Omit<LocalOptions, 'seed'>;

  constructor(options: Omit<LocalOptions, 'seed'> = {}) {
    this.options = options;
  }

  async boot(
    project: Project,
    { seed }: Pick<BootOptions, 'seed'>,
  ): Promise<BootResult & { readonly session?: LocalSession }> {
    const read = readProject(project.files);
    if (!read.ok) return { ok: false, problems: read.problems };
    const local = await LocalSystem.open(new LocalWorld(seed), read.project, { ...this.options, seed });
    return { ok: true, session: new LocalSession(local, project.files) };
  }

  /** One seed after the other: they would take each other's time. */
  async check(
    { exerciseId, project, checks, seeds, without }: ExerciseRun,
    onProgress: (share: number) => void = () => {},
    signal?: AbortSignal,
    onTrace?: (events: readonly TraceEvent[], nowMs: number) => void,
  ): Promise<Verdict> {
    const runs = [];
    for (const [i, seed] of seeds.entries()) {
      const run = await runSeedLocally({ exerciseId, files: project.files, checks }, seed, {
        ...this.options,
        ...(without && { without }),
        onProgress: (share) => onProgress((i + share) / seeds.length),
        ...(signal && { signal }),
        ...(onTrace && { onEvent: (event: TraceEvent) => onTrace([event], event.atMs) }),
      });
      runs.push(run);
      // What keeps one seed from starting keeps all.
      if (run.failure !== null) break;
    }
    onProgress(1);
    return verdictOf(exerciseId, runs);
  }
}
