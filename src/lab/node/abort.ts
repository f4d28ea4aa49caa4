/** AbortController and AbortSignal. Source: the DOM standard §3.2 and Node 24. */
import { codes } from './errors.ts';
import { defineEventHandler, Event, EventTarget } from './event-target.ts';
import { customInspect } from './util/inspect.ts';
import { validateInteger } from './validators.ts';

const kMake = Symbol('kMake');

let abortNow: (signal: AbortSignal, reason: unknown) => void;

export class AbortSignal extends EventTarget {
  #isAborted = false;
  #reason: any = undefined;
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
    return this.#isAborted;
  }
  get reason() {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason;
  }

  static abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): AbortSignal {
    const signal = new AbortSignal(kMake);
    signal.#isAborted = true;
    signal.#reason = reason;
    return signal;
  }

  /** Aborts with a TimeoutError after `delayMs`; does not keep the process alive. */
  static timeout(delayMs: number): AbortSignal {
    validateInteger(delayMs, 'delay', 0);
    const signal = new AbortSignal(kMake);
    const timer = setTimeout(() => {
      abortNow(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    }, delayMs);
    timer.unref();
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const sources = [...signals];
    sources.forEach((source, i) => {
      if (!(source instanceof AbortSignal)) {
        throw new codes.ERR_INVALID_ARG_TYPE(`signals[${i}]`, 'AbortSignal', source);
      }
    });
    const result = new AbortSignal(kMake);
    const aborted = sources.find((source) => source.#isAborted);
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
      }
    }
    return result;
  }

  override get [Symbol.toStringTag]() {
    return 'AbortSignal';
  }
  [customInspect](depth: number, options: any, inspect: any) {
    return depth < 0 ? 'AbortSignal' : `AbortSignal ${inspect({ aborted: this.aborted }, options)}`;
  }
}
defineEventHandler(AbortSignal.prototype, 'abort');

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
    return depth < 0 ? 'AbortController' : `AbortController ${inspect({ signal: this.signal }, options)}`;
  }
}
for (const [proto, names] of [
  [AbortController.prototype, ['signal', 'abort']],
  [AbortSignal.prototype, ['aborted', 'reason', 'throwIfAborted']],
] as const) {
  for (const name of names) Object.defineProperty(proto, name, { enumerable: true });
}
