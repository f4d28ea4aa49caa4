/** Drives a session's generators: starts what they wait for, wakes them, interrupts them, and gives others their turn. */
import { PgError } from '../errors.ts';
import { Slice, type Task, type Wait } from '../run/exec.ts';
import { LockWait } from '../run/waits.ts';
import { MODES } from '../storage/locks.ts';
import type { Session } from './session.ts';

export class Runner {
  private readonly session: Session;
  private task: Task | null = null;
  private onDone: (error: unknown) => void = () => {};
  private current: Wait | null = null;
  private timers: (() => void)[] = [];
  /** Thrown in at the next point where it may be. */
  private interrupt: PgError | null = null;
  private isRunning = false;

  constructor(session: Session) {
    this.session = session;
  }

  get isBusy(): boolean {
    return this.task !== null;
  }

  run(task: Task, onDone: (error: unknown) => void): void {
    this.task = task;
    this.onDone = onDone;
    this.interrupt = null;
    this.step(() => task.next());
  }

  /** Cancels the statement with this error, now if it waits, else at its next wait. */
  throwIn(error: PgError): void {
    if (!this.task) return;
    if (!this.current?.isInterruptible || this.isRunning) {
      this.interrupt ??= error;
      return;
    }
    const { current, task } = this;
    if (current instanceof LockWait && current.context && !error.fields.where)
      error.fields = { ...error.fields, where: current.context };
    current.cancel();
    this.endWait();
    this.later(() => this.step(() => task.throw(error)));
  }

  /** The connection is gone for good: nothing is called any more. */
  stop(): void {
    this.current?.cancel();
    this.endWait();
    this.task = null;
  }

  private endWait(): void {
    for (const stop of this.timers) stop();
    this.timers = [];
    this.current = null;
    this.session.wait = null;
  }

  private later(run: () => void): void {
    const { task } = this;
    this.session.cluster.machine.after(0, () => {
      if (this.task === task) run();
    });
  }

  private step(go: () => IteratorResult<Wait, void>): void {
    const { session, task } = this;
    const { machine } = session.cluster;
    let error: unknown = null;
    for (;;) {
      this.isRunning = true;
      session.enter();
      let result: IteratorResult<Wait, void>;
      try {
        result = go();
      } catch (thrown) {
        error = thrown ?? new Error('thrown nothing');
        break;
      } finally {
        this.isRunning = false;
        machine.burn(session.takeCost());
      }
      if (result.done) break;
      const wait = result.value;
      if (this.interrupt && wait.isInterruptible) {
        wait.cancel();
        const thrown = this.interrupt;
        this.interrupt = null;
        go = () => task!.throw(thrown);
        continue;
      }
      if (wait instanceof Slice) {
        this.current = wait;
        this.later(() => {
          this.current = null;
          if (this.interrupt) this.wakeWith(this.interrupt);
          else this.step(() => task!.next());
        });
        return;
      }
      this.begin(wait);
      return;
    }
    this.task = null;
    this.onDone(error);
  }

  private wakeWith(error: PgError): void {
    const { task } = this;
    this.interrupt = null;
    this.step(() => task!.throw(error));
  }

  private begin(wait: Wait): void {
    const { session, task } = this;
    this.current = wait;
    session.wait = wait;
    if (wait instanceof LockWait) this.watch(wait);
    wait.start(() => {
      if (this.current !== wait) return;
      this.endWait();
      this.later(() => {
        if (this.interrupt && wait.isInterruptible) this.wakeWith(this.interrupt);
        else this.step(() => task!.next());
      });
    });
  }

  /** deadlock_timeout and lock_timeout. */
  private watch(wait: LockWait): void {
    const { session } = this;
    const { machine, locks } = session.cluster;
    const lockMs = session.timeoutMs('lock_timeout');
    if (lockMs > 0)
      this.timers.push(
        machine.after(lockMs, () => this.throwIn(new PgError('55P03', 'canceling statement due to lock timeout'))),
      );
    this.timers.push(
      machine.after(session.timeoutMs('deadlock_timeout'), () => {
        const edges = locks.findDeadlock(session);
        if (!edges || this.current !== wait) return;
        const lines = edges.map(
          ({ waiter, blocker }) =>
            `Process ${waiter.owner.pid} waits for ${modeOf(waiter.mode)} on ${waiter.lock.tag.text}; blocked by process ${blocker.pid}.`,
        );
        this.throwIn(
          new PgError('40P01', 'deadlock detected', {
            detail: lines.join('\n'),
            hint: 'See server log for query details.',
          }),
        );
      }),
    );
  }
}

const modeOf = (mode: number) => MODES[mode]!;
