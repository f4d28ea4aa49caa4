/** A running system elsewhere, as the workbench sees it. */
import type { ToolResult } from '../../lab/images/server.ts';
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
} from '../engine.ts';
import type { RemoteHost } from './host.ts';
import type { Answers, Call, Files, WorkerMessage } from './messages.ts';
import { Watchdog } from './watchdog.ts';

/** How an engine says what only it can say, in sentences for the learner. */
export interface RemoteWords {
  /** The other side failed. */
  failed(message: string): string;
  /** It stopped answering; `lastSeen` is the replica that it told of last, '' for none. */
  silent(lastSeen: string): string;
  /** The checks stopped saying how far they are. */
  readonly silentChecks: string;
  /** What a command is answered with in a container that runs no server of the lab's own, or has ended. */
  notRun(image: string, service: string, command: string): ToolResult;
}

interface Pending {
  readonly isSilent: boolean;
  readonly call: Call;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export interface RemoteSessionOptions {
  readonly host: RemoteHost;
  readonly topology: Topology;
  readonly seed: number;
  readonly words: RemoteWords;
  /** Real ms without a sign of life after which it is given up. */
  readonly silenceMsMax: number;
  readonly isRealTime?: boolean;
}

export class RemoteSession implements Session {
  readonly topology: Topology;
  readonly seed: number;
  readonly isRealTime: boolean;
  /** Called once, when the run is stopped or has ended. */
  onClosed: () => void = () => {};
  /** What the other side must have before these files; null when it has it. */
  beforeEdit: (changes: Files) => Promise<unknown> | null = () => null;
  private readonly host: RemoteHost;
  private readonly words: RemoteWords;
  private readonly watchdog: Watchdog;
  private readonly listeners = new Set<(update: SessionUpdate) => void>();
  /** What happened before anybody listened: the first events of the boot. */
  private backlog: SessionUpdate[] | null = [];
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  /** The replica whose doings were last heard of; named when the other side falls silent. */
  private lastSeen = '';
  private endReason: string | null = null;
  /** While edits wait for something to load; later ones wait, too. */
  private loading: Promise<unknown> | null = null;

  constructor({ host, topology, seed, words, silenceMsMax, isRealTime = false }: RemoteSessionOptions) {
    this.host = host;
    this.topology = topology;
    this.seed = seed;
    this.words = words;
    this.isRealTime = isRealTime;
    host.onMessage = (message) => this.take(message);
    host.onFailure = (message) => this.end({ kind: 'ended', reason: words.failed(message) });
    this.watchdog = new Watchdog(
      {
        ping: () => host.post({ kind: 'ping' }),
        onSilence: () => this.end({ kind: 'ended', reason: words.silent(this.lastSeen) }),
      },
      silenceMsMax,
    );
  }

  play(speed?: number): void {
    this.host.post({ kind: 'play', ...(speed === undefined ? {} : { speed }) });
  }

  pause(): void {
    this.host.post({ kind: 'pause' });
  }

  step(unit: 'event' | 'request'): void {
    this.host.post({ kind: 'step', unit });
  }

  async request(spec: RequestSpec): Promise<Reply> {
    try {
      return await this.call({ name: 'request', spec });
    } catch (error) {
      if (this.endReason === null) throw error;
      return { status: 0, headers: {}, body: '', durationMs: 0, error: 'ECONNABORTED', requestId: 0 };
    }
  }

  inject(fault: FaultSpec): Promise<number> {
    return this.call({ name: 'inject', fault });
  }

  async heal(faultId: number): Promise<void> {
    await this.call({ name: 'heal', faultId });
  }

  startLoad(spec: LoadSpec): Promise<number> {
    return this.call({ name: 'startLoad', spec });
  }

  async stopLoad(loadId: number): Promise<void> {
    await this.call({ name: 'stopLoad', loadId });
  }

  exec(service: string, argv: readonly string[], replica = 1): Promise<ExecResult> {
    return this.command(service, argv, replica, false);
  }

  look(service: string, argv: readonly string[], replica = 1): Promise<ExecResult> {
    return this.command(service, argv, replica, true);
  }

  private async command(
    service: string,
    argv: readonly string[],
    replica: number,
    isLook: boolean,
  ): Promise<ExecResult> {
    const result = await this.call({ name: 'exec', service, argv, replica }, isLook);
    const { exitCode, stdout, stderr, value } =
      result ?? this.words.notRun(this.imageOf(service), service, argv[0] ?? '');
    if (typeof exitCode !== 'number' || typeof stdout !== 'string' || typeof stderr !== 'string')
      throw new Error(this.words.failed('it gave an answer that is none.'));
    return { status: exitCode, stdout, stderr, ...(value === undefined ? {} : { value }) };
  }

  async control(action: ContainerAction): Promise<void> {
    await this.call({ name: 'control', action });
  }

  async capture(isOn: boolean): Promise<void> {
    await this.call({ name: 'capture', isOn });
  }

  async edit(files: Files): Promise<EditResult> {
    const needed = this.beforeEdit(files);
    if (needed !== null || this.loading !== null) {
      const loading = Promise.all([this.loading, needed]);
      this.loading = loading;
      try {
        await loading;
      } finally {
        if (this.loading === loading) this.loading = null;
      }
    }
    return this.call({ name: 'edit', files });
  }

  subscribe(listener: (update: SessionUpdate) => void): () => void {
    this.listeners.add(listener);
    const missed = this.backlog;
    this.backlog = null;
    for (const update of missed ?? []) listener(update);
    return () => this.listeners.delete(listener);
  }

  stop(): void {
    this.close('The run was stopped.');
    this.listeners.clear();
  }

  private imageOf(service: string): string {
    return this.topology.services.find(({ name }) => name === service)?.image ?? '';
  }

  /** `isSilent`: it changes nothing in the run and is not told as something that was done to it. */
  private call<C extends Call>(call: C, isSilent = false): Promise<Answers[C['name']]> {
    if (this.endReason !== null) return Promise.reject(new Error(this.endReason));
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { call, isSilent, resolve, reject });
      this.host.post({ kind: 'call', id, call });
    });
  }

  private take(message: WorkerMessage): void {
    this.watchdog.heard();
    switch (message.kind) {
      case 'answer':
        this.settle(message.id)?.resolve(message.value as never);
        break;
      case 'taken': {
        const { call, isSilent = true } = this.pending.get(message.id) ?? {};
        if (call !== undefined && !isSilent && call.name !== 'capture')
          this.emit({ kind: 'acted', acted: { atMs: message.atMs, action: call } });
        break;
      }
      case 'failed':
        this.settle(message.id)?.reject(new Error(message.message));
        break;
      case 'update':
        if (message.update.kind === 'ended') this.end(message.update);
        else this.emit(message.update);
        break;
      case 'broken':
        this.end({ kind: 'ended', reason: this.words.failed(message.message) });
        break;
    }
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }

  private emit(update: SessionUpdate): void {
    if (update.kind === 'trace') {
      const last = update.events.findLast(
        (event) => event.kind === 'request' || event.kind === 'log' || event.kind === 'process',
      );
      if (last !== undefined)
        this.lastSeen = last.kind === 'request' ? last.to : (last as { endpoint: string }).endpoint;
    }
    this.backlog?.push(update);
    for (const listener of this.listeners) listener(update);
  }

  private end(update: Extract<SessionUpdate, { kind: 'ended' }>): void {
    if (this.endReason !== null) return;
    this.close(update.reason);
    this.emit(update);
  }

  private close(reason: string): void {
    if (this.endReason !== null) return;
    this.endReason = reason;
    this.watchdog.stop();
    this.host.terminate();
    for (const { reject } of this.pending.values()) reject(new Error(reason));
    this.pending.clear();
    this.onClosed();
  }
}
