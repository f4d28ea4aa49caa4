/**
 * The engine that runs a project in a browser worker, under virtual time. This file is the page's side: it fetches the
 * lab's scripts from the site's own origin, starts workers and turns messages into the Engine contract.
 */
import { openCatalog } from '../../catalog/client.ts';
// Not through the lab's door: the page needs two small files of it.
import { serversIn } from '../../lab/images/facts.ts';
import { needsFullBuiltins } from '../../lab/process/variant.ts';
import type { BootOptions, BootResult, Engine, ExerciseRun, Project, TraceEvent, Verdict } from '../engine.ts';
import { grade, RemoteSession, Watchdog } from '../remote/index.ts';
import { GRADING_SILENCE_MS_MAX, SILENCE_MS_MAX, STARTING_SILENCE_MS_MAX } from './patience.ts';
import { labWords } from './words.ts';
import { WorkerHost } from './worker-host.ts';

export interface LabEngineOptions {
  /** The site's base path, as Vite's `import.meta.env.BASE_URL`. */
  readonly base: string;
}

/** Each weighs some 60 MB, and exercises have three seeds. */
const WORKERS_MAX = 3;

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
  /** By name of the server image. */
  readonly imageUrls: Readonly<Record<string, string>>;
}

/** What a worker gets besides, since the project needs it: the full built-ins under '', server images by name. */
type Extras = Readonly<Record<string, string>>;

type Files = Project['files'];

export class LabEngine implements Engine {
  readonly name = 'lab';
  private readonly base: string;
  private scriptsLoading: Promise<Scripts> | null = null;
  /** By URL: packages bundles, the full built-ins, server images. */
  private readonly texts = new Map<string, Promise<string>>();
  /** What each worker has been given. */
  private readonly given = new WeakMap<WorkerHost, Set<string>>();
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
      const { scripts, packages, extras } = await this.load(project);
      this.spare ??= this.startSpare(this.equip(startWorker(scripts), extras), project.files, packages);
    }
    await this.spare.ready;
  }

  async boot(project: Project, options: BootOptions): Promise<BootResult> {
    // What the script will edit can need more than what there is at first.
    const later = (options.script ?? []).map(({ action }) => (action.name === 'edit' ? action.files : {}));
    const { scripts, packages, extras } = await this.load(project, Object.assign({}, ...later));
    const host = this.equip(this.takeWorker(scripts), extras);
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
          const session = new RemoteSession({
            host,
            topology: message.topology,
            seed: options.seed,
            words: labWords,
            silenceMsMax: SILENCE_MS_MAX,
          });
          session.beforeEdit = (changes) => this.equipFor(changes, host, scripts, packages);
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

  async check(
    run: ExerciseRun,
    onProgress?: (share: number) => void,
    signal?: AbortSignal,
    onTrace?: (events: readonly TraceEvent[], nowMs: number) => void,
  ): Promise<Verdict> {
    const { scripts, packages, extras } = await this.load(run.project, { 'checks.test.ts': run.checks });
    signal?.throwIfAborted();
    const start = () => this.equip(this.takeReady() ?? startWorker(scripts), extras);
    try {
      return await grade({
        run,
        start,
        // A worker that has graded a seed is done sooner with the next than a new one.
        lanesMax: Math.min(navigator.hardwareConcurrency || 1, WORKERS_MAX),
        words: labWords,
        silenceMsMax: GRADING_SILENCE_MS_MAX,
        packages,
        onProgress,
        signal,
        onTrace,
      });
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
    const { frame, fullBuiltins, images } = manifest;
    return {
      frameUrl: catalog.url(frame),
      worker,
      builtins,
      fullBuiltinsUrl: catalog.url(fullBuiltins),
      imageUrls: Object.fromEntries(Object.entries(images).map(([name, file]) => [name, catalog.url(file)])),
    };
  }

  /** What a project runs on; the full built-ins and server images only when it, or `more`, names something of them. */
  private async load(project: Project, more: Files = {}) {
    const [scripts, packages] = await Promise.all([this.scripts(), this.text(project.packagesUrl)]);
    const extras = await this.extras(this.wanted({ ...project.files, ...more }, packages), scripts);
    return { scripts, packages, extras };
  }

  private wanted(files: Files, packages: string): readonly string[] {
    return [...(needsFullBuiltins(files, packages) ? [''] : []), ...serversIn(files)];
  }

  private async extras(names: readonly string[], { fullBuiltinsUrl, imageUrls }: Scripts): Promise<Extras> {
    const texts = names.map((name) => this.text(name === '' ? fullBuiltinsUrl : imageUrls[name]!));
    const loaded = await Promise.all(texts);
    return Object.fromEntries(names.map((name, i) => [name, loaded[i]!]));
  }

  /** An edit can be the first text that needs something. Null when there is nothing to wait for. */
  private equipFor(changes: Files, host: WorkerHost, scripts: Scripts, packages: string): Promise<unknown> | null {
    const missing = this.wanted(changes, packages).filter((name) => !this.given.get(host)?.has(name));
    if (missing.length === 0) return null;
    return this.extras(missing, scripts).then((extras) => this.equip(host, extras));
  }

  private equip(host: WorkerHost, extras: Extras): WorkerHost {
    const given = this.given.get(host) ?? new Set();
    this.given.set(host, given);
    for (const [name, code] of Object.entries(extras)) {
      if (given.has(name)) continue;
      given.add(name);
      host.post(name === '' ? { kind: 'loadFull', fullBuiltins: code } : { kind: 'loadImage', name, code });
    }
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
