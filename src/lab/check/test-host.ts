/**
 * For tests of check/ alone: a CheckHost with a real scheduler and the lab's real promises, but without compiler and
 * network. "Source" is a function instead of text, and async code is written as generators given to `run`.
 */
import type { FaultSpec, TraceEvent } from '../core/events.ts';
import { createPromiseKit } from '../core/promise.ts';
import { Scheduler } from '../core/scheduler.ts';
import type { Host } from '../net/network.ts';
import type { CheckError, CheckHost, OpenCheckHost, SystemHost, UpResult } from './host.ts';

type Modules = Parameters<CheckHost['evaluate']>[2];

export interface ChecksContext {
  readonly lb: any;
  readonly vi: any;
  readonly host: TestHost;
  /** An async function, written as a generator. */
  run<T>(body: () => Generator<any, T, any>): () => any;
}

export type ChecksBody = (context: ChecksContext) => void;

export class TestHost implements CheckHost {
  readonly seed: number;
  readonly scheduler = new Scheduler();
  readonly Promise: PromiseConstructor;
  ended: CheckError | null = null;
  readonly injected: FaultSpec[] = [];
  readonly healed: number[] = [];
  readonly notes: string[] = [];
  upResult: ((system: SystemHost) => UpResult) | null = null;
  private readonly body: ChecksBody;
  private readonly kit;
  private readonly jobs: (() => void)[] = [];
  private isInside = false;
  private listener: ((event: TraceEvent) => void) | null = null;

  constructor(body: ChecksBody, seed: number) {
    this.body = body;
    this.seed = seed;
    this.kit = createPromiseKit<null>({
      enqueue: (job) => this.jobs.push(job),
      getContext: () => null,
      setContext: () => {},
      onRejectedUnhandled: () => {},
      onHandledLater: () => {},
    });
    this.Promise = this.kit.Promise;
  }

  enter(run: () => void): void {
    if (this.isInside) {
      run();
      return;
    }
    this.isInside = true;
    run();
    for (let job = this.jobs.shift(); job !== undefined; job = this.jobs.shift()) job();
    this.isInside = false;
  }

  evaluate(_source: string, _file: string, modules: Modules, onDone: (error: CheckError | null) => void): void {
    this.scheduler.after(0, () => {
      this.enter(() => {
        this.body({
          lb: modules.loadbearing,
          vi: modules.vitest,
          host: this,
          run: (body) => () => this.kit.runtime.run(body()),
        });
      });
      onDone(null);
    });
  }

  describe(error: unknown): CheckError {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  up(onReady: (result: UpResult) => void): void {
    const system: SystemHost = {
      client: {} as Host,
      services: [
        { name: 'gateway', replicas: 1 },
        { name: 'catalog', replicas: 2 },
      ],
      links: [['gateway', 'catalog']],
      inject: (fault) => this.injected.push(fault),
      heal: (id) => this.healed.push(id),
      subscribe: (listener) => {
        this.listener = listener;
        return () => {};
      },
      note: (text) => this.notes.push(text),
      exec: (_service, _argv, onDone) => onDone(null),
    };
    this.scheduler.after(1000, () => onReady(this.upResult?.(system) ?? { ok: true, system }));
  }

  get traceHash(): string {
    return `hash of ${this.seed}`;
  }

  dispose(): void {}

  /** As if the lab had written it. */
  trace(event: TraceEvent): void {
    this.listener?.(event);
  }
}

export function openTestHost(body: ChecksBody, prepare: (host: TestHost) => void = () => {}): OpenCheckHost {
  return (_files, seed) => {
    const host = new TestHost(body, seed);
    prepare(host);
    return { ok: true, host };
  };
}
