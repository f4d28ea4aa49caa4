/**
 * The engine that runs a project in a browser worker, under virtual time. This file is the page's side: it fetches the
 * lab's scripts from the site's own origin, starts workers and turns messages into the Engine contract.
 */
import { openCatalog } from '../../catalog/client.ts';
import type { BootOptions, BootResult, Engine, ExerciseRun, Project, Verdict } from '../engine.ts';
import { grade } from './grading.ts';
import { LabSession } from './lab-session.ts';
import { STARTING_SILENCE_MS_MAX, Watchdog } from './watchdog.ts';
import { WorkerHost } from './worker-host.ts';

export interface LabEngineOptions {
  /** The site's base path, as Vite's `import.meta.env.BASE_URL`. */
  readonly base: string;
}

/** A worker that has read the lab's code and waits for a project. */
interface Spare {
  readonly host: WorkerHost;
  readonly ready: Promise<void>;
  isReady: boolean;
}

interface Scripts {
  readonly frameUrl: string;
  readonly worker: string;
  readonly builtins: string;
}

export class LabEngine implements Engine {
  readonly name = 'lab';
  private readonly base: string;
  private scriptsLoading: Promise<Scripts> | null = null;
  private readonly packages = new Map<string, Promise<string>>();
  private spare: Spare | null = null;

  constructor(options: LabEngineOptions) {
    this.base = options.base;
  }

  /**
   * Loads what every run needs and starts an idle worker, so that the next `boot` begins at once. With a project the
   * worker also rehearses its boot. Resolves when the worker is ready. Done again by itself when a run ends.
   */
  async prepare(project?: Project): Promise<void> {
    const [scripts, packages] = await Promise.all([
      this.scripts(),
      project === undefined ? null : this.packagesOf(project),
    ]);
    this.spare ??= startSpare(scripts, project?.files ?? null, packages ?? '');
    await this.spare.ready;
  }

  async boot(project: Project, options: BootOptions): Promise<BootResult> {
    const [scripts, packages] = await Promise.all([this.scripts(), this.packagesOf(project)]);
    const host = this.takeWorker(scripts);
    return new Promise((resolve, reject) => {
      const fail = (message: string) => {
        watchdog.stop();
        host.terminate();
        reject(new Error(message));
      };
      const watchdog = new Watchdog(
        {
          ping: () => host.post({ kind: 'ping' }),
          onSilence: () =>
            fail(
              'The lab stopped answering while the services were starting. One of them does not return from its main file: look for a loop without end.',
            ),
        },
        STARTING_SILENCE_MS_MAX,
      );
      host.onFailure = (message) => fail(`The lab could not start: ${message}`);
      host.onMessage = (message) => {
        watchdog.heard();
        if (message.kind === 'booted') {
          watchdog.stop();
          const session = new LabSession(host, message.topology, options.seed);
          session.onClosed = () => void this.prepare(project).catch(() => {});
          resolve({ ok: true, session });
        } else if (message.kind === 'refused') {
          watchdog.stop();
          host.terminate();
          resolve({ ok: false, problems: message.problems });
        } else if (message.kind === 'broken') {
          fail(`The lab failed: ${message.message}`);
        }
      };
      host.post({ kind: 'boot', files: project.files, packages, options });
    });
  }

  async check(run: ExerciseRun, onProgress?: (share: number) => void, signal?: AbortSignal): Promise<Verdict> {
    const [scripts, packages] = await Promise.all([this.scripts(), this.packagesOf(run.project)]);
    signal?.throwIfAborted();
    return grade({ run, start: () => startWorker(scripts), packages, onProgress, signal });
  }

  private takeWorker(scripts: Scripts): WorkerHost {
    const { spare } = this;
    this.spare = null;
    if (spare?.isReady) return spare.host;
    // Still rehearsing, or stuck in a loop of the project: a fresh one is sure to listen.
    spare?.host.terminate();
    return startWorker(scripts);
  }

  private scripts(): Promise<Scripts> {
    this.scriptsLoading ??= this.loadScripts().catch((error) => {
      this.scriptsLoading = null;
      throw error;
    });
    return this.scriptsLoading;
  }

  private async loadScripts(): Promise<Scripts> {
    const catalog = openCatalog(this.base);
    const manifest = await catalog.manifest();
    const [worker, builtins] = await Promise.all([
      fetchText(catalog.url(manifest.worker)),
      fetchText(catalog.url(manifest.builtins)),
    ]);
    return { frameUrl: catalog.url(manifest.frame), worker, builtins };
  }

  private packagesOf(project: Project): Promise<string> {
    const url = project.packagesUrl;
    let loading = this.packages.get(url);
    if (loading === undefined) {
      loading = fetchText(url);
      loading.catch(() => this.packages.delete(url));
      this.packages.set(url, loading);
    }
    return loading;
  }
}

function startWorker(scripts: Scripts): WorkerHost {
  const host = new WorkerHost(scripts.frameUrl, scripts.worker);
  host.post({ kind: 'load', builtins: scripts.builtins });
  return host;
}

function startSpare(scripts: Scripts, files: Project['files'] | null, packages: string): Spare {
  const host = startWorker(scripts);
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const spare: Spare = { host, ready, isReady: false };
  host.onMessage = () => {
    spare.isReady = true;
    resolve();
  };
  host.post(files === null ? { kind: 'ping' } : { kind: 'rehearse', files, packages });
  return spare;
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: HTTP ${response.status}.`);
  return response.text();
}
