/**
 * One CPU and the work that waits for it: what all kinds of processes of the lab have in common. Everything that reaches
 * a process, a timer, bytes, a signal, is one turn; a turn that burns CPU delays the later ones of this process and
 * nobody else's. A paused process keeps its turns until it goes on.
 */
import type { Scheduler } from '../core/scheduler.ts';
import { Queue } from './queue.ts';

export abstract class Turns {
  state: 'running' | 'paused' | 'dead' = 'running';
  /** When the running turn, or the last one, began. */
  callbackUs = 0;
  cpuUsedUs = 0;
  /** A turn is being taken now. */
  isExecuting = false;
  protected readonly inbox = new Queue<() => void>();
  private readonly scheduler: Scheduler;
  private readonly wallUs: ((nowUs: number, cpuUs: number) => number) | undefined;
  private busyUntilUs = 0;
  /** Of the running turn's time, what it waited for its share of the CPU. */
  private stoodStillUs = 0;
  private isWakePending = false;

  /** @param wallUs how long so much CPU time takes when the process has only a share of a CPU; all of it when absent */
  constructor(scheduler: Scheduler, wallUs?: (nowUs: number, cpuUs: number) => number) {
    this.scheduler = scheduler;
    this.wallUs = wallUs;
  }

  /** Calls `run` and everything that follows from it before anything else happens in this process. */
  protected abstract take(run: () => void): void;
  /** A turn is over and the process lives. */
  protected abstract afterTurn(): void;

  get isAlive(): boolean {
    return this.state !== 'dead';
  }

  /** Turns that wait for the CPU. */
  get queued(): number {
    return this.inbox.length;
  }

  /** Hands work to the process: now, when the CPU is free, or after SIGCONT. */
  deliver(run: () => void): void {
    if (this.state === 'dead') return;
    const { nowUs } = this.scheduler;
    if (this.state === 'paused' || this.inbox.length > 0 || this.isExecuting || this.busyUntilUs > nowUs) {
      this.inbox.push(run);
      this.wake();
      return;
    }
    this.execute(run);
  }

  /** Runs `run` as one turn. Called from inside a turn it just runs: the outer one drains. */
  enter(run: () => void): void {
    if (this.isExecuting) run();
    else this.deliver(run);
  }

  /** Burns virtual CPU: time goes on for what this turn does next. */
  burn(us: number): void {
    const { scheduler } = this;
    const wallUs = this.wallUs?.(scheduler.nowUs, us) ?? us;
    scheduler.nowUs += wallUs;
    this.stoodStillUs += wallUs - us;
  }

  /** SIGSTOP */
  protected pause(): void {
    if (this.state === 'running') this.state = 'paused';
  }

  /** SIGCONT */
  protected resume(): void {
    if (this.state === 'paused') this.state = 'running';
    this.wake();
  }

  private execute(run: () => void): void {
    const { scheduler } = this;
    const startUs = scheduler.nowUs;
    this.callbackUs = startUs;
    this.take(run);
    const burnedUs = scheduler.nowUs - startUs;
    if (burnedUs > 0) {
      this.cpuUsedUs += burnedUs - this.stoodStillUs;
      this.stoodStillUs = 0;
      this.busyUntilUs = scheduler.nowUs;
      // Others live on from where this turn began.
      scheduler.nowUs = startUs;
    }
    if (this.state !== 'dead') this.afterTurn();
    if (this.inbox.length > 0) this.wake();
  }

  private wake(): void {
    if (this.isWakePending || this.state !== 'running' || this.inbox.length === 0) return;
    this.isWakePending = true;
    this.scheduler.at(this.busyUntilUs, () => {
      this.isWakePending = false;
      if (this.state !== 'running' || this.isExecuting) return;
      // All that fits before the CPU gets busy again runs in this one event.
      while (this.inbox.length > 0 && this.isRunning() && this.busyUntilUs <= this.scheduler.nowUs) {
        const run = this.inbox.shift()!;
        this.execute(run);
      }
      this.wake();
    });
  }

  private isRunning(): boolean {
    return this.state === 'running';
  }
}
