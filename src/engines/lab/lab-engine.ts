/**
 * The engine that runs a project in a browser worker, under virtual time. This file is the page's side: it fetches the
 * lab's scripts from the site's own origin, starts workers and turns messages into the Engine contract.
 */
import { openCatalog } from '../../catalog/client.ts';
// Not through the lab's door: the page needs one small file of it.
import { needsFullBuiltins } from '../../lab/process/variant.ts';
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
  readonly fullBuiltinsUrl: string;
}

type Files = Project['files'];

export class LabEngine implements Engine {
  readonly name = 'lab';
  private readonly base: string;
  private scriptsLoading: Promise<Scripts> | null = null;
  /** By URL: packages bundles and the full built-ins. */
  private readonly texts = new Map<string, Promise<string>>();
  /** Workers that have the full built-ins. */
  private readonly full = new WeakSet<WorkerHost>();
  private spare: Spare | null = null;

  constructor(options: LabEngineOptions) {
    this.base = options.base;
  }

  /**
   * Loads what every run needs and starts an idle worker, so that the next `boot` begins at once. With a project the
   * worker also rehearses its boot. Resolves when the worker is ready. Done again by itself when a run ends.
   */
  async prepare(project?: Project): Promise<void> {
    if (project === undefined) {
      const scripts = await this.scripts();
      this.spare ??= this.startSpare(startWorker(scripts), null, '');
    } else {
      const { scripts, packages, full } = await this.load(project);
      this.spare ??= this.startSpare(this.withFull(startWorker(scripts), full), project.files, packages);
    }
    await this.spare.ready;
  }

  async boot(project: Project, options: BootOptions): Promise<BootResult> {
    const { scripts, packages, full } = await this.load(project);
    const host = this.withFull(this.takeWorker(scripts), full);
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
          session.beforeEdit = (changes) => this.fullBefore(changes, host, scripts, packages);
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
    const { scripts, packages, full } = await this.load(run.project, { 'checks.test.ts': run.checks });
    signal?.throwIfAborted();
    const start = () => this.withFull(this.takeReady() ?? startWorker(scripts), full);
    try {
      return await grade({ run, start, packages, onProgress, signal });
    } finally {
      void this.prepare(run.project).catch(() => {});
    }
  }

  /** The spare, when it has read everything and waits: a start that costs nothing. */
  private takeReady(): WorkerHost | null {
    const { spare } = this;
    if (!spare?.isReady) return null;
    this.spare = null;
    return spare.host;
  }

  private takeWorker(scripts: Scripts): WorkerHost {
    const ready = this.takeReady();
    if (ready !== null) return ready;
    // Still rehearsing, or stuck in a loop of the project: a fresh one is sure to listen.
    this.spare?.host.terminate();
    this.spare = null;
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
    const { frame, fullBuiltins } = manifest;
    return { frameUrl: catalog.url(frame), worker, builtins, fullBuiltinsUrl: catalog.url(fullBuiltins) };
  }

  /** What a project runs on; the full built-ins only when it, or `more`, names something of them. */
  private async load(project: Project, more: Files = {}) {
    const [scripts, packages] = await Promise.all([this.scripts(), this.text(project.packagesUrl)]);
    const isFull = needsFullBuiltins({ ...project.files, ...more }, packages);
    return { scripts, packages, full: isFull ? await this.text(scripts.fullBuiltinsUrl) : null };
  }

  /** An edit can be the first text that needs them. Null when there is nothing to wait for. */
  private fullBefore(changes: Files, host: WorkerHost, scripts: Scripts, packages: string): Promise<unknown> | null {
    if (this.full.has(host) || !needsFullBuiltins(changes, packages)) return null;
    return this.text(scripts.fullBuiltinsUrl).then((full) => this.withFull(host, full));
  }

  private withFull(host: WorkerHost, fullBuiltins: string | null): WorkerHost {
    if (fullBuiltins === null || this.full.has(host)) return host;
    this.full.add(host);
    host.post({ kind: 'loadFull', fullBuiltins });
    return host;
  }

  private startSpare(host: WorkerHost, files: Files | null, packages: string): Spare {
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const spare: Spare = { host, ready, isReady: false };
    host.onMessage = () => {
      spare.isReady = true;
      resolve();
    };
    host.post(files === null ? { kind: 'ping' } : { kind: 'rehearse', files, packages });
    return spare;
  }

  private text(url: string): Promise<string> {
    let loading = this.texts.get(url);
    if (loading === undefined) {
      loading = fetchText(url);
      loading.catch(() => this.texts.delete(url));
      this.texts.set(url, loading);
    }
    return loading;
  }
}

function startWorker(scripts: Scripts): WorkerHost {
  const host = new WorkerHost(scripts.frameUrl, scripts.worker);
  host.post({ kind: 'load', builtins: scripts.builtins });
  return host;
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: HTTP ${response.status}.`);
  return response.text();
}
