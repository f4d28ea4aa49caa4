/** A project that runs on this machine, as any user of an engine sees it. Time is real: it can be neither paused nor hurried. */
import type { Lab } from '../../lab/lab.ts';
import type {
  ContainerAction,
  EditResult,
  ExecResult,
  FaultSpec,
  LoadSpec,
  Reply,
  RequestSpec,
  Session,
  SessionUpdate,
  Topology,
  TraceEvent,
} from '../engine.ts';
import { refusalOf } from './local-condition.ts';
import type { LocalMachine } from './local-machine.ts';
import type { LocalSystem } from './local-system.ts';

/** Between two batches of the trace. */
const BATCH_US = 50_000;

export class LocalSession implements Session {
  readonly topology: Topology;
  readonly seed: number;
  readonly isRealTime = true;
  private readonly local: LocalSystem;
  private readonly lab: Lab<LocalMachine>;
  private files: Readonly<Record<string, string>>;
  private readonly listeners = new Set<(update: SessionUpdate) => void>();
  /** What happened before anybody listened: the first events of the boot. */
  private backlog: SessionUpdate[] | null = [];
  private events: TraceEvent[] = [];
  private isSending = false;
  /** Requests under way, to be told that it has ended. */
  private readonly waiting = new Set<() => void>();
  private ending: Promise<void> | null = null;

  constructor(local: LocalSystem, files: Readonly<Record<string, string>>) {
    this.local = local;
    this.files = files;
    this.lab = local.steered(files);
    this.topology = this.lab.topology;
    this.seed = local.world.seed;
    local.world.trace.subscribe((event) => this.take(event));
    this.lab.onProblem = (problem) => this.tell({ kind: 'problem', problem });
    this.lab.onLoadTick = (tick) => this.tell({ kind: 'load', tick });
    this.lab.boot();
    this.tellClock();
  }

  /** Of all processes that run now. */
  get pids(): readonly number[] {
    return [...this.local.machine.containers.values()].flatMap(({ main }) => (main === null ? [] : [main.pid]));
  }

  /** Resolves when nothing of it is left. */
  get closed(): Promise<void> {
    return this.ending ?? Promise.resolve();
  }

  /** It always plays, as fast as it is. */
  play(): void {
    this.tellClock();
  }

  pause(): void {
    this.tellClock();
  }

  step(): void {
    this.tellClock();
  }

  request(spec: RequestSpec): Promise<Reply> {
    const aborted: Reply = { status: 0, headers: {}, body: '', durationMs: 0, error: 'ECONNABORTED', requestId: 0 };
    if (this.ending !== null) return Promise.resolve(aborted);
    return new Promise((resolve) => {
      const end = () => resolve(aborted);
      this.waiting.add(end);
      this.lab.request(spec, (reply) => {
        this.waiting.delete(end);
        resolve(reply);
      });
    });
  }

  async inject(fault: FaultSpec): Promise<number> {
    return this.local.inject(fault);
  }

  async heal(faultId: number): Promise<void> {
    this.lab.heal(faultId);
  }

  async startLoad(spec: LoadSpec): Promise<number> {
    return this.lab.startLoad(spec);
  }

  async stopLoad(loadId: number): Promise<void> {
    this.lab.stopLoad(loadId);
  }

  exec(service: string, argv: readonly string[], replica = 1): Promise<ExecResult> {
    return new Promise((resolve, reject) => {
      try {
        this.lab.exec({ service, argv, replica }, (result) => {
          if (result === null)
            resolve({ status: 126, stdout: '', stderr: `${service} has no commands, or is not running.\n` });
          else {
            const { exitCode, stdout, stderr, value } = result;
            resolve({ status: exitCode, stdout, stderr, ...(value === undefined ? {} : { value }) });
          }
        });
      } catch (error) {
        reject(error);
      }
    });
  }

  look(service: string, argv: readonly string[], replica?: number): Promise<ExecResult> {
    return this.exec(service, argv, replica);
  }

  async control(action: ContainerAction): Promise<void> {
    if (action.verb === 'kill' && /^(?:SIG)?(?:STOP|TSTP|CONT)$/.test(action.argument)) {
      const why = refusalOf('pause', this.local.platform);
      if (why !== null) throw new Error(why);
    }
    this.lab.control(action);
  }

  async capture(): Promise<void> {
    const { name } = this.local.platform;
    throw new Error(`${name} sees streams, not packets: use the lab, or tcpdump on a machine of your own.`);
  }

  async edit(files: Readonly<Record<string, string>>): Promise<EditResult> {
    const all = { ...this.files, ...files };
    const result = this.lab.edit(all);
    if (!result.problems.some(({ severity }) => severity === 'error')) this.files = all;
    return result;
  }

  subscribe(listener: (update: SessionUpdate) => void): () => void {
    this.listeners.add(listener);
    const { backlog } = this;
    this.backlog = null;
    for (const update of backlog ?? []) listener(update);
    return () => this.listeners.delete(listener);
  }

  stop(): void {
    this.listeners.clear();
    this.ending ??= this.local.dispose().then(() => {
      this.local.world.scheduler.stop();
      for (const end of this.waiting) end();
    });
  }

  private take(event: TraceEvent): void {
    this.events.push(event);
    if (this.isSending) return;
    this.isSending = true;
    this.local.world.scheduler.after(BATCH_US, () => {
      this.isSending = false;
      const { events } = this;
      this.events = [];
      this.tell({ kind: 'trace', nowMs: this.local.world.nowMs, events });
    });
  }

  private tellClock(): void {
    this.tell({ kind: 'clock', nowMs: this.local.world.nowMs, state: 'playing', speed: 1 });
  }

  private tell(update: SessionUpdate): void {
    if (this.backlog !== null) this.backlog.push(update);
    for (const listener of this.listeners) listener(update);
  }
}
