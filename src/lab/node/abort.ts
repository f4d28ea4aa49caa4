/** AbortController and AbortSignal. Source: the DOM standard §3.2 and Node 24. */
import { codes, plainError } from './errors.ts';
import { defineEventHandler, Event, EventTarget } from './event-target.ts';
import { customInspect } from './util/inspect.ts';
import { validateInteger } from './validators.ts';

const kMake = Symbol('kMake');

let abortNow: (signal: AbortSignal, reason: unknown) => void;

export class AbortSignal extends EventTarget {
  #isAborted = false;
  #reason: any = undefined;
  /** Of `timeout`: when it aborts, µs of the loop's clock; -1 for others. */
  #dueUs = -1;
  #timer = 0;
  /** Signals made by `any` from this one, followed in order of creation. */
  readonly #dependents = new Set<AbortSignal>();
  readonly #sources = new Set<AbortSignal>();
  declare onabort: ((event: Event) => void) | null;

  constructor(make?: symbol) {
    if (make !== kMake) throw new codes.ERR_ILLEGAL_CONSTRUCTOR();
    super();
  }

  static {
    abortNow = (signal, reason) => {
      if (signal.#isAborted) return;
      const dependents: AbortSignal[] = [];
      mark(signal, reason);
      // All dependents are aborted before any listener runs, as the standard orders it.
      for (const dependent of [...signal.#dependents]) {
        mark(dependent, reason);
        dependents.push(dependent);
      }
      signal.dispatchEvent(new Event('abort'));
      for (const dependent of dependents) dependent.dispatchEvent(new Event('abort'));
    };
    function mark(signal: AbortSignal, reason: unknown): void {
      signal.#isAborted = true;
      signal.#reason = reason;
      // A source that lives as long as the process must not keep every signal ever made from it.
      for (const source of signal.#sources) source.#dependents.delete(signal);
    }
  }

  get aborted() {
    const isDue = !this.#isAborted && this.#dueUs >= 0 && this.#timer === 0 && __kernel.loopUs() >= this.#dueUs;
    if (isDue) abortNow(this, timeoutReason());
    return this.#isAborted;
  }
  get reason() {
    return this.aborted ? this.#reason : undefined;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.#reason;
  }

  static abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): AbortSignal {
    const signal = new AbortSignal(kMake);
    signal.#isAborted = true;
    signal.#reason = reason;
    return signal;
  }

  /** Aborts with a TimeoutError after `delayMs`; does not keep the process alive. */
  static timeout(delayMs: number): AbortSignal {
    validateInteger(delayMs, 'delay', 0, 4294967295);
    const signal = new AbortSignal(kMake);
    signal.#dueUs = __kernel.loopUs() + Math.max(1, Math.trunc(delayMs)) * 1000;
    return signal;
  }

  // A service makes one of these for each call and nearly all outlive their use: the timer runs only while somebody
  // listens, and otherwise the signal looks at the clock when it is asked.

  override addEventListener(type: string, listener: any, options: any = undefined): void {
    super.addEventListener(type, listener, options);
    if (type === 'abort') this.#arm();
  }

  override removeEventListener(type: string, listener: any, options: any = undefined): void {
    super.removeEventListener(type, listener, options);
    if (this.#timer === 0 || this.#dependents.size > 0 || this._listenersOf('abort').length > 0) return;
    __kernel.clearTimer(this.#timer);
    this.#timer = 0;
  }

  #arm(): void {
    if (this.#dueUs < 0 || this.#timer !== 0 || this.aborted) return;
    const leftMs = Math.max(1, Math.ceil((this.#dueUs - __kernel.loopUs()) / 1000));
    this.#timer = __kernel.setTimer(leftMs, () => abortNow(this, timeoutReason()), false);
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const sources = [...signals];
    sources.forEach((source, i) => {
      if (!(source instanceof AbortSignal)) {
        throw plainError('ERR_INVALID_ARG_TYPE', `signals[${i}] is not of type AbortSignal.`, TypeError);
      }
    });
    const result = new AbortSignal(kMake);
    const aborted = sources.find((source) => source.aborted);
    if (aborted !== undefined) {
      result.#isAborted = true;
      result.#reason = aborted.#reason;
      return result;
    }
    for (const source of sources) {
      // A dependent signal passes on its own sources, so that order does not depend on nesting.
      for (const root of source.#sources.size > 0 ? source.#sources : [source]) {
        result.#sources.add(root);
        root.#dependents.add(result);
        root.#arm();
      }
    }
    return result;
  }

  override get [Symbol.toStringTag]() {
    return 'AbortSignal';
  }
  [customInspect](depth: number, options: any, inspect: any) {
    return depth < 0 ? '[AbortSignal]' : `AbortSignal ${inspect({ aborted: this.aborted }, options)}`;
  }
}
defineEventHandler(AbortSignal.prototype, 'abort');

const timeoutReason = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError');

export class AbortController {
  readonly #signal = new AbortSignal(kMake);

  get signal() {
    return this.#signal;
  }
  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    abortNow(this.#signal, reason);
  }
  get [Symbol.toStringTag]() {
    return 'AbortController';
  }
  [customInspect](depth: number, options: any, inspect: any) {
    return depth < 0 ? '[AbortController]' : `AbortController ${inspect({ signal: this.signal }, options)}`;
  }
}
for (const [proto, names] of [
  [AbortController.prototype, ['signal', 'abort']],
  [AbortSignal.prototype, ['aborted', 'reason', 'throwIfAborted']],
] as const) {
  for (const name of names) Object.defineProperty(proto, name, { enumerable: true });
}
