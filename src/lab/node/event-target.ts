/** Event, CustomEvent and EventTarget, as Node has them: no tree, so no bubbling and no capture phase. */
import { codes } from './errors.ts';
import { customInspect } from './util/inspect.ts';

const DISPATCHING = 1;
const STOPPED_NOW = 2;
const PREVENTED = 4;
const PASSIVE = 8;

// Closures over Event's private fields: dispatch needs them, services do not.
let begin: (event: Event, target: EventTarget) => void;
let isStoppedNow: (event: Event) => boolean;
let setPassive: (event: Event, isPassive: boolean) => void;
let finish: (event: Event) => void;

export class Event {
  static readonly NONE = 0;
  static readonly CAPTURING_PHASE = 1;
  static readonly AT_TARGET = 2;
  static readonly BUBBLING_PHASE = 3;
  readonly #type: string;
  readonly #bubbles: boolean;
  readonly #cancelable: boolean;
  readonly #composed: boolean;
  readonly #timeStamp: number;
  #isStopped = false;
  #flags = 0;
  #target: EventTarget | null = null;

  constructor(type: string, options: any = undefined) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('type');
    if (options !== undefined && options !== null && typeof options !== 'object') {
      throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
    }
    this.#type = `${type}`;
    this.#bubbles = !!options?.bubbles;
    this.#cancelable = !!options?.cancelable;
    this.#composed = !!options?.composed;
    this.#timeStamp = performance.now();
  }

  static {
    begin = (event, target) => {
      if (event.#flags & DISPATCHING) throw new codes.ERR_EVENT_RECURSION(event.#type);
      event.#target = target;
      event.#flags |= DISPATCHING;
    };
    isStoppedNow = (event) => (event.#flags & STOPPED_NOW) !== 0;
    setPassive = (event, isPassive) => {
      event.#flags = isPassive ? event.#flags | PASSIVE : event.#flags & ~PASSIVE;
    };
    finish = (event) => {
      event.#flags &= ~DISPATCHING;
    };
  }

  get type() {
    return this.#type;
  }
  get target() {
    return this.#target;
  }
  get currentTarget() {
    return this.#flags & DISPATCHING ? this.#target : null;
  }
  get srcElement() {
    return this.#target;
  }
  get bubbles() {
    return this.#bubbles;
  }
  get cancelable() {
    return this.#cancelable;
  }
  get composed() {
    return this.#composed;
  }
  get timeStamp() {
    return this.#timeStamp;
  }
  get isTrusted() {
    return false;
  }
  get defaultPrevented() {
    return (this.#flags & PREVENTED) !== 0;
  }
  get returnValue() {
    return !this.defaultPrevented;
  }
  get eventPhase() {
    return this.#flags & DISPATCHING ? Event.AT_TARGET : Event.NONE;
  }
  get cancelBubble() {
    return this.#isStopped;
  }
  set cancelBubble(value) {
    if (value) this.#isStopped = true;
  }

  composedPath() {
    return this.#flags & DISPATCHING ? [this.#target] : [];
  }
  preventDefault() {
    if (this.#cancelable && !(this.#flags & PASSIVE)) this.#flags |= PREVENTED;
  }
  stopPropagation() {
    this.#isStopped = true;
  }
  stopImmediatePropagation() {
    this.#isStopped = true;
    this.#flags |= STOPPED_NOW;
  }

  get [Symbol.toStringTag]() {
    return 'Event';
  }
  [customInspect](depth: number, options: any, inspect: any) {
    const name = this.constructor.name;
    if (depth < 0) return name;
    const { type, defaultPrevented, cancelable, timeStamp } = this;
    return `${name} ${inspect({ type, defaultPrevented, cancelable, timeStamp }, options)}`;
  }
}

export class CustomEvent extends Event {
  readonly detail: unknown;
  constructor(type: string, options: any = undefined) {
    super(type, options);
    this.detail = options?.detail ?? null;
  }
}

interface Entry {
  readonly listener: any;
  readonly isOnce: boolean;
  readonly isCapture: boolean;
  readonly isPassive: boolean;
  isRemoved: boolean;
}

export class EventTarget {
  #listeners: Map<string, Entry[]> | null = null;

  addEventListener(type: string, listener: any, options: any = undefined): void {
    if (arguments.length < 2) throw new codes.ERR_MISSING_ARGS('type', 'listener');
    if (listener === null || listener === undefined) return;
    if (typeof listener !== 'function' && typeof listener !== 'object') {
      throw new codes.ERR_INVALID_ARG_TYPE('listener', 'EventListener', listener);
    }
    const isCapture = typeof options === 'boolean' ? options : !!options?.capture;
    const signal = options?.signal;
    if (signal?.aborted) return;
    const name = `${type}`;
    const listeners = this.#listeners ?? (this.#listeners = new Map());
    const entries: Entry[] = listeners.get(name) ?? [];
    if (entries.some((one) => one.listener === listener && one.isCapture === isCapture)) return;
    const isOnce = !!options?.once;
    const entry = { listener, isCapture, isOnce, isPassive: !!options?.passive, isRemoved: false };
    // A new array, so that a dispatch under way keeps its own.
    listeners.set(name, [...entries, entry]);
    signal?.addEventListener('abort', () => this.removeEventListener(name, listener, isCapture), { once: true });
  }

  removeEventListener(type: string, listener: any, options: any = undefined): void {
    const isCapture = typeof options === 'boolean' ? options : !!options?.capture;
    const entries = this.#listeners?.get(`${type}`);
    const entry = entries?.find((one) => one.listener === listener && one.isCapture === isCapture);
    if (entry !== undefined) this.#remove(`${type}`, entry);
  }

  dispatchEvent(event: Event): boolean {
    if (!(event instanceof Event)) throw new codes.ERR_INVALID_ARG_TYPE('event', 'Event', event);
    begin(event, this);
    try {
      for (const entry of this.#listeners?.get(event.type) ?? []) {
        if (entry.isRemoved) continue;
        if (entry.isOnce) this.#remove(event.type, entry);
        setPassive(event, entry.isPassive);
        try {
          const { listener } = entry;
          const result = typeof listener === 'function' ? listener.call(this, event) : listener.handleEvent(event);
          result?.then?.(undefined, reportError);
        } catch (error) {
          reportError(error);
        }
        if (isStoppedNow(event)) break;
      }
    } finally {
      setPassive(event, false);
      finish(event);
    }
    return !event.defaultPrevented;
  }

  /** For `events.getEventListeners`. */
  _listenersOf(type: string): any[] {
    return (this.#listeners?.get(type) ?? []).map((one) => one.listener);
  }

  #remove(type: string, entry: Entry): void {
    entry.isRemoved = true;
    const rest = this.#listeners!.get(type)!.filter((one) => one !== entry);
    if (rest.length === 0) this.#listeners!.delete(type);
    else this.#listeners!.set(type, rest);
  }

  get [Symbol.toStringTag]() {
    return 'EventTarget';
  }
}
Object.defineProperty(EventTarget.prototype, '_listenersOf', { enumerable: false });

/** An error in a listener does not stop the dispatch; it is thrown from a tick of its own, as Node does. */
function reportError(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

const kHandlers = Symbol('kHandlers');

/** `target.onabort = f`, which takes the place of the last one set. */
export function defineEventHandler(proto: object, type: string): void {
  Object.defineProperty(proto, `on${type}`, {
    configurable: true,
    enumerable: true,
    get(this: any) {
      return this[kHandlers]?.get(type)?.handler ?? null;
    },
    set(this: any, handler: unknown) {
      const handlers = this[kHandlers] ?? new Map();
      if (this[kHandlers] === undefined) Object.defineProperty(this, kHandlers, { value: handlers });
      const before = handlers.get(type);
      if (before !== undefined) this.removeEventListener(type, before.listener);
      handlers.delete(type);
      if (typeof handler !== 'function') return;
      const listener = (event: Event) => handler.call(this, event);
      handlers.set(type, { handler, listener });
      this.addEventListener(type, listener);
    },
  });
}
