/**
 * Asks a server for its state while somebody looks.
 *
 * What that costs the run: nothing. The commands are the lab's own or lists that real servers give for free; each takes
 * a turn of the server's one CPU without burning any of it, counts in no figure and is no operation of the trace. So a run
 * that is looked at is the run that is not. What a person types (SQL, a key's value, messages) is a command like any other.
 * Nothing is asked while the panel is out of sight, while the clock stands, and never in checks.
 */
import { type Signal, signal } from '@preact/signals';
import type { ExecResult } from '../../engines/engine.ts';
import type { Run } from '../session/run.ts';

export type Exec = (...argv: readonly string[]) => Promise<ExecResult>;

export interface Snapshot<T> {
  readonly atMs: number;
  readonly value: T;
}

/** Virtual ms between two questions, and real ms at least: at 60× it would be asked in every frame. */
const EVERY_MS = 1000;
const EVERY_REAL_MS = 250;
/** Two minutes to look back at. */
const KEPT = 120;

export class Watch<T> {
  /** Newest last. */
  readonly snapshots: Signal<readonly Snapshot<T>[]> = signal([]);
  /** Why the last question was not answered; '' when it was. */
  readonly error: Signal<string> = signal('');
  private readonly run: Run;
  private readonly service: string;
  private readonly replica: number;
  private readonly read: (exec: Exec) => Promise<T>;
  private isAsking = false;
  private askedMs = Number.NEGATIVE_INFINITY;
  private askedRealMs = Number.NEGATIVE_INFINITY;

  constructor(run: Run, service: string, replica: number, read: (exec: Exec) => Promise<T>) {
    this.run = run;
    this.service = service;
    this.replica = replica;
    this.read = read;
  }

  /** Called often; asks when it is time. `isForced`: at once, for something that a person has just done. */
  look(isForced = false): void {
    const { run } = this;
    const { nowMs } = run.record.world;
    if (this.isAsking || !run.isLive.value || run.past.atMs.value !== null) return;
    const isDue = nowMs - this.askedMs >= EVERY_MS && performance.now() - this.askedRealMs >= EVERY_REAL_MS;
    if (!isDue && !isForced && nowMs >= this.askedMs) return;
    // A first question is asked even while the clock stands; the answer comes when it goes on.
    if (run.status.value === 'paused' && !isForced && this.snapshots.value.length > 0) return;
    this.isAsking = true;
    this.askedMs = nowMs;
    this.askedRealMs = performance.now();
    const { record } = run;
    this.read((...argv) => this.exec(argv)).then(
      (value) => {
        this.isAsking = false;
        // The run it was asked of may be over.
        if (run.record !== record) return;
        this.error.value = '';
        this.snapshots.value = [...this.snapshots.value.slice(1 - KEPT), { atMs: record.world.nowMs, value }];
      },
      (reason) => {
        this.isAsking = false;
        if (run.record === record) this.error.value = reason instanceof Error ? reason.message : String(reason);
      },
    );
  }

  /** What is to be shown: the newest, or the last before the moment one looks back at. */
  shown(): Snapshot<T> | null {
    const pastMs = this.run.past.atMs.value;
    const all = this.snapshots.value;
    return (pastMs === null ? all.at(-1) : all.findLast(({ atMs }) => atMs <= pastMs)) ?? null;
  }

  private async exec(argv: readonly string[]): Promise<ExecResult> {
    const result = await this.run.look(this.service, argv, this.replica);
    if (result === null) throw new Error('');
    if (result.status !== 0) throw new Error(result.stderr.trim() || `${argv[0]}: ${result.status}`);
    return result;
  }
}
