/**
 * Inactivity timers of sockets. Every read and write puts them off, so starting one must cost next to nothing: sockets
 * with the same delay stand in one list in the order of their last activity, and the list has one kernel timer that
 * looks at its head. Node's lib/internal/timers.js does the same.
 *
 * They never keep the process alive.
 */
import type { AsyncContext } from '../kernel.ts';

class IdleList {
  readonly delayMs: number;
  head: IdleTimer | null = null;
  tail: IdleTimer | null = null;
  isArmed = false;
  constructor(delayMs: number) {
    this.delayMs = delayMs;
  }

  arm(delayMs: number): void {
    this.isArmed = true;
    __kernel.setTimer(delayMs, () => this.expire(), false);
  }

  private expire(): void {
    this.isArmed = false;
    const nowUs = __kernel.loopUs();
    try {
      while (this.head !== null && this.head.dueUs(this.delayMs) <= nowUs) this.head.fire();
    } finally {
      // Also when a listener threw: the others still wait.
      if (this.head === null) lists.delete(this.delayMs);
      else if (!this.isArmed) this.arm(Math.max(1, Math.ceil((this.head.dueUs(this.delayMs) - nowUs) / 1000)));
    }
  }
}

const lists = new Map<number, IdleList>();

export class IdleTimer {
  previous: IdleTimer | null = null;
  next: IdleTimer | null = null;
  private list: IdleList | null = null;
  private sinceUs = 0;
  /** 0 when stopped. After it fired, the next activity starts it again. */
  private delayMs = 0;
  private context: AsyncContext | null = null;
  private readonly run: () => void;

  constructor(run: () => void) {
    this.run = run;
  }

  /** Calls `run` once, `delayMs` after the last `refresh`. */
  start(delayMs: number): void {
    this.stop();
    this.context = __kernel.getContext();
    const ms = Math.max(1, Math.trunc(delayMs));
    this.delayMs = ms;
    let list = lists.get(ms);
    if (list === undefined) {
      list = new IdleList(ms);
      lists.set(ms, list);
    }
    this.append(list);
    if (!list.isArmed) list.arm(ms);
  }

  /** There was activity now. */
  refresh(): void {
    const { list } = this;
    if (list === null) {
      if (this.delayMs > 0) this.start(this.delayMs);
      return;
    }
    if (list.tail === this) {
      this.sinceUs = __kernel.loopUs();
      return;
    }
    this.unlink(list);
    this.append(list);
  }

  stop(): void {
    this.delayMs = 0;
    if (this.list !== null) this.unlink(this.list);
  }

  dueUs(delayMs: number): number {
    return this.sinceUs + delayMs * 1000;
  }

  fire(): void {
    if (this.list !== null) this.unlink(this.list);
    if (this.context !== null) __kernel.setContext(this.context);
    this.run();
  }

  private append(list: IdleList): void {
    this.list = list;
    this.sinceUs = __kernel.loopUs();
    this.previous = list.tail;
    this.next = null;
    if (list.tail === null) list.head = this;
    else list.tail.next = this;
    list.tail = this;
  }

  private unlink(list: IdleList): void {
    if (this.previous === null) list.head = this.next;
    else this.previous.next = this.next;
    if (this.next === null) list.tail = this.previous;
    else this.next.previous = this.previous;
    this.list = null;
    this.previous = null;
    this.next = null;
  }
}
