/** For tests: the lab engine in Node. Page and worker are one process, and messages are plain calls. */
import { bundlePrograms } from '../catalog/bundle.ts';
import { checkHosts, runChecks } from '../lab/index.ts';
import type { BootOptions, BootResult, Engine, ExerciseRun, Project, Verdict } from './engine.ts';
import { LabRun } from './lab/lab-run.ts';
import { SILENCE_MS_MAX } from './lab/patience.ts';
import { labWords } from './lab/words.ts';
import { type PageMessage, readWorkerMessage, type WorkerMessage } from './remote/messages.ts';
import { RemoteSession } from './remote/remote-session.ts';

const clock = {
  nowMs: () => performance.now(),
  soon: (run: () => void) => void setImmediate(run),
  later: (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export class TestLabEngine implements Engine {
  readonly name = 'lab';

  async boot({ files }: Project, options: BootOptions): Promise<BootResult> {
    const programs = await bundlePrograms({}, process.cwd());
    return new Promise((resolve) => {
      let run: LabRun | null = null;
      const host = {
        onMessage: (_message: WorkerMessage) => {},
        onFailure: () => {},
        isTerminated: false,
        post(message: PageMessage) {
          if (this.isTerminated) return;
          if (message.kind === 'ping') queueMicrotask(() => this.onMessage({ kind: 'pong' }));
          else run?.take(structuredClone(message));
        },
        terminate() {
          this.isTerminated = true;
          run?.take({ kind: 'pause' });
        },
      };
      host.onMessage = (message) => {
        if (message.kind === 'refused') resolve({ ok: false, problems: message.problems });
        else if (message.kind === 'booted') {
          const { topology } = message;
          const session = new RemoteSession({
            host,
            topology,
            seed: options.seed,
            words: labWords,
            silenceMsMax: SILENCE_MS_MAX,
          });
          resolve({ ok: true, session });
        }
      };
      run = LabRun.start({
        files,
        options,
        programs,
        clock,
        post: (message) => {
          const taken = readWorkerMessage(structuredClone(message));
          if (taken !== null && !host.isTerminated) host.onMessage(taken);
        },
      });
    });
  }

  async check({ exerciseId, project, checks, seeds }: ExerciseRun): Promise<Verdict> {
    const programs = await bundlePrograms({}, process.cwd());
    return runChecks({ exerciseId, files: project.files, checks }, seeds, checkHosts({ programs }));
  }
}
