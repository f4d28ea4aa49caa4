/** node:timers and the timer globals. Source: Node 24's lib/timers.js and lib/internal/timers.js. */
import { codes } from './errors.ts';
import * as promises from './timers-promises.ts';
import { validateFunction } from './validators.ts';

const TIMEOUT_MAX = 2 ** 31 - 1;
const customPromisify = Symbol.for('nodejs.util.promisify.custom');

/** Timers whose number was asked for, so that `clearTimeout(+timer)` finds them. */
const byNumber = new Map<number, Timeout>();
let ids = 0;
const warned = new Set<string>();

// Closures over private fields, set by the classes.
let clear: (timer: Timeout) => void;
let clearOne: (immediate: Immediate) => void;

export class Timeout {
  _idleTimeout: number;
  _onTimeout: ((...args: any[]) => void) | null;
  _timerArgs: any[] | undefined;
  _repeat: number | null;
  _destroyed = false;
  #kernelId = 0;
  #isRef: boolean;
  #number = 0;

  constructor(
    callback: (...args: any[]) => void,
    after: any,
    args: any[] | undefined,
    isRepeat: boolean,
    isRef: boolean,
  ) {
    const delayMs = delayOf(after);
    this._idleTimeout = delayMs;
    this._onTimeout = callback;
    this._timerArgs = args;
    this._repeat = isRepeat ? delayMs : null;
    this.#isRef = isRef;
    this.#start(delayMs);
  }

  static {
    clear = (timer) => {
      if (timer._destroyed) return;
      timer._destroyed = true;
      timer._onTimeout = null;
      timer._idleTimeout = -1;
      __kernel.clearTimer(timer.#kernelId);
      if (timer.#number !== 0) byNumber.delete(timer.#number);
    };
  }

  #start(delayMs: number): void {
    this.#kernelId = __kernel.setTimer(delayMs, () => this.#fire(), this.#isRef);
  }

  #fire(): void {
    const callback = this._onTimeout;
    if (callback === null) return;
    if (this._repeat === null) this._destroyed = true;
    try {
      if (this._timerArgs === undefined) callback.call(this);
      else callback.apply(this, this._timerArgs);
    } finally {
      if (this._repeat !== null && !this._destroyed) this.#startAgain(this._repeat);
      else if (this._destroyed && this.#number !== 0) byNumber.delete(this.#number);
    }
  }

  /** An interval counts from the moment its callback began, so a slow callback does not stretch it. */
  #startAgain(repeatMs: number): void {
    const spentMs = (__kernel.nowUs() - __kernel.loopUs()) / 1000;
    this.#start(Math.max(1, repeatMs - spentMs));
  }

  /** Starts the delay afresh, also after it fired. */
  refresh(): this {
    if (this._onTimeout === null) return this;
    __kernel.clearTimer(this.#kernelId);
    this._destroyed = false;
    this.#start(this._idleTimeout);
    return this;
  }

  ref(): this {
    if (!this.#isRef) __kernel.refTimer(this.#kernelId, true);
    this.#isRef = true;
    return this;
  }
  unref(): this {
    if (this.#isRef) __kernel.refTimer(this.#kernelId, false);
    this.#isRef = false;
    return this;
  }
  hasRef(): boolean {
    return this.#isRef && !this._destroyed;
  }

  close(): this {
    clearTimeout(this);
    return this;
  }

  [Symbol.toPrimitive](): number {
    if (this.#number === 0) {
      this.#number = ++ids;
      if (!this._destroyed) byNumber.set(this.#number, this);
    }
    return this.#number;
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')](): void {
    clearTimeout(this);
  }
}

function delayOf(after: any): number {
  if (after === undefined) return 1;
  const delayMs = after * 1;
  if (delayMs >= 1 && delayMs <= TIMEOUT_MAX) return Math.trunc(delayMs);
  if (delayMs > TIMEOUT_MAX) warn('TimeoutOverflowWarning', `${delayMs} does not fit into a 32-bit signed integer.`);
  else if (delayMs < 0) warnOnce('TimeoutNegativeWarning', `${delayMs} is a negative number.`);
  else if (Number.isNaN(delayMs)) warnOnce('TimeoutNaNWarning', `${delayMs} is not a number.`);
  return 1;
}

function warn(name: string, text: string): void {
  process.emitWarning(`${text}\nTimeout duration was set to 1.`, name);
}

function warnOnce(name: string, text: string): void {
  if (!warned.has(name)) warn(name, text);
  warned.add(name);
}

export function setTimeout(callback: (...args: any[]) => void, after?: number, ...args: any[]): Timeout {
  validateFunction(callback, 'callback');
  return new Timeout(callback, after, args.length > 0 ? args : undefined, false, true);
}

export function setInterval(callback: (...args: any[]) => void, repeat?: number, ...args: any[]): Timeout {
  validateFunction(callback, 'callback');
  return new Timeout(callback, repeat, args.length > 0 ? args : undefined, true, true);
}

export function clearTimeout(timer: any): void {
  if (timer instanceof Timeout) clear(timer);
  else if (typeof timer === 'number' || typeof timer === 'string') {
    const found = byNumber.get(Number(timer));
    if (found !== undefined) clear(found);
  }
}

export const clearInterval = (timer: any): void => clearTimeout(timer);

export class Immediate {
  _onImmediate: ((...args: any[]) => void) | null;
  _argv: any[] | undefined;
  _destroyed = false;
  #kernelId: number;
  #isRef = true;

  constructor(callback: (...args: any[]) => void, args: any[] | undefined) {
    this._onImmediate = callback;
    this._argv = args;
    this.#kernelId = __kernel.setImmediate(() => {
      const run = this._onImmediate;
      this._destroyed = true;
      this._onImmediate = null;
      if (run === null) return;
      if (this._argv === undefined) run.call(this);
      else run.apply(this, this._argv);
    });
  }

  static {
    clearOne = (immediate) => {
      if (immediate._destroyed) return;
      immediate._destroyed = true;
      immediate._onImmediate = null;
      __kernel.clearImmediate(immediate.#kernelId);
    };
  }

  ref(): this {
    this.#isRef = true;
    return this;
  }
  unref(): this {
    this.#isRef = false;
    return this;
  }
  hasRef(): boolean {
    return this.#isRef && !this._destroyed;
  }
  [Symbol.dispose ?? Symbol.for('Symbol.dispose')](): void {
    clearImmediate(this);
  }
}

export function setImmediate(callback: (...args: any[]) => void, ...args: any[]): Immediate {
  validateFunction(callback, 'callback');
  return new Immediate(callback, args.length > 0 ? args : undefined);
}

export function clearImmediate(immediate: any): void {
  if (immediate instanceof Immediate) clearOne(immediate);
}

export function queueMicrotask(callback: () => void): void {
  if (typeof callback !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('callback', 'Function', callback);
  __kernel.microtask(() => callback());
}

for (const [timer, promisified] of [
  [setTimeout, promises.setTimeout],
  [setImmediate, promises.setImmediate],
] as const) {
  Object.defineProperty(timer, customPromisify, { enumerable: true, get: () => promisified });
}

export default {
  setTimeout,
  clearTimeout,
  setImmediate,
  clearImmediate,
  setInterval,
  clearInterval,
  promises: promises.default,
};
