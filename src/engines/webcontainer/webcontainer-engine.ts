/** The engine that runs a project on Node in a WebContainer of StackBlitz: the page's side. */
import type { BootOptions, BootResult, Engine, ExerciseRun, Project, TraceEvent, Verdict } from '../engine.ts';
import { grade, RemoteSession } from '../remote/index.ts';
import { BridgeHost } from './bridge-host.ts';
import { type Clock, realClock } from './clock.ts';
import { ContainerFailure, said } from './failure.ts';
import { CLOSED, ContainerKeeper, type TreeSource } from './keeper.ts';
import type { Runtime } from './runtime.ts';
import { containerWords, GRADING_SILENCE_MS_MAX, SILENCE_MS_MAX } from './words.ts';

export interface WebContainerOptions {
  /** The package @webcontainer/api. */
  load(): Promise<Runtime>;
  /** What is mounted for a project. */
  tree(project: Project): Promise<TreeSource>;
  /** The page's `crossOriginIsolated`. */
  isIsolated(): boolean;
  readonly clock?: Clock;
  /** A system that ran cannot go on; its session ends at the same time. */
  onLost?(failure: ContainerFailure): void;
}

/** From the message to the answer: the project is read, nothing is started yet. */
const ANSWER_MS_MAX = 30_000;

export class WebContainerEngine implements Engine {
  readonly name = 'webcontainer';
  private readonly options: WebContainerOptions;
  private readonly clock: Clock;
  private readonly keeper: ContainerKeeper;
  private readonly hosts = new Set<BridgeHost>();

  constructor(options: WebContainerOptions) {
    this.options = options;
    this.clock = options.clock ?? realClock;
    this.keeper = new ContainerKeeper({
      load: options.load,
      clock: this.clock,
      onError: (failure) => {
        for (const host of [...this.hosts]) host.fail(failure);
      },
    });
  }

  /** Rejects with a ContainerFailure when there can be no container. */
  async boot(project: Project, options: BootOptions): Promise<BootResult> {
    const host = await this.open(project);
    const { promise, resolve, reject } = Promise.withResolvers<BootResult>();
    const fail = (failure: ContainerFailure) => {
      this.close(host);
      reject(failure);
    };
    const cancel = this.clock.after(ANSWER_MS_MAX, () => fail(new ContainerFailure('silent')));
    host.onFailure = () => fail(host.failure!);
    host.onMessage = (message) => {
      if (message.kind === 'booted') {
        const { seed } = options;
        const { topology } = message;
        const words = {
          ...containerWords,
          silent: () => {
            this.options.onLost?.(new ContainerFailure('silent'));
            return containerWords.silent('');
          },
        };
        const session = new RemoteSession({
          host,
          topology,
          seed,
          words,
          silenceMsMax: SILENCE_MS_MAX,
          isRealTime: true,
        });
        const { onFailure } = host;
        host.onFailure = (text) => {
          this.options.onLost?.(host.failure!);
          onFailure(text);
        };
        session.onClosed = () => this.close(host);
        resolve({ ok: true, session });
      } else if (message.kind === 'refused') {
        this.close(host);
        resolve({ ok: false, problems: message.problems });
      }
    };
    host.post({ kind: 'boot', files: project.files, packages: '', options: { ...options, speed: 1 } });
    return promise.finally(cancel);
  }

  /** One seed after the other: they would take each other's time. Rejects with a ContainerFailure, too. */
  async check(
    run: ExerciseRun,
    onProgress?: (share: number) => void,
    signal?: AbortSignal,
    onTrace?: (events: readonly TraceEvent[], nowMs: number) => void,
  ): Promise<Verdict> {
    const host = await this.open(run.project);
    try {
      signal?.throwIfAborted();
      const verdict = await grade({
        run,
        start: () => host,
        lanesMax: 1,
        words: containerWords,
        silenceMsMax: GRADING_SILENCE_MS_MAX,
        packages: '',
        onProgress,
        signal,
        onTrace,
      });
      if (host.failure !== null) throw host.failure;
      return { ...verdict, engine: this.name };
    } finally {
      this.close(host);
    }
  }

  /** Ends the container and all that runs in it. The next boot begins another. */
  dispose(): void {
    for (const host of [...this.hosts]) {
      host.fail(new ContainerFailure('ended', CLOSED));
      this.close(host);
    }
    this.keeper.close();
  }

  private async open(project: Project): Promise<BridgeHost> {
    if (!this.options.isIsolated()) throw new ContainerFailure('not-isolated');
    const source = await this.options.tree(project).catch((error: unknown) => {
      throw new ContainerFailure('unprepared', said(error));
    });
    const container = await this.keeper.open(source);
    const host = new BridgeHost(container, this.clock);
    this.hosts.add(host);
    return host;
  }

  private close(host: BridgeHost): void {
    host.terminate();
    this.hosts.delete(host);
  }
}
