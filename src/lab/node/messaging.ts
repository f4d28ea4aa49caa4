/**
 * MessageChannel, MessagePort, BroadcastChannel and MessageEvent within one process, which is all there is without
 * worker threads. A message is cloned when it is sent and arrives in a later turn of the loop. Source: the HTML
 * standard §9.4 and Node 24's lib/internal/worker/io.js. Part of the full built-ins.
 */
import { codes } from './errors.ts';
import { defineEventHandler, Event, EventTarget } from './event-target.ts';

export class MessageEvent extends Event {
  readonly data: unknown;
  readonly origin: string;
  readonly lastEventId: string;
  readonly source: unknown;
  readonly ports: readonly unknown[];
  constructor(type: string, init: any = {}) {
    super(type, init);
    this.data = init?.data ?? null;
    this.origin = `${init?.origin ?? ''}`;
    this.lastEventId = `${init?.lastEventId ?? ''}`;
    this.source = init?.source ?? null;
    this.ports = Object.freeze([...(init?.ports ?? [])]);
  }
}

const kMake = Symbol('kMake');
let link: (a: MessagePort, b: MessagePort) => void;
let receiveNow: (port: MessagePort) => { message: unknown } | undefined;

/** Two that send to each other; `.on('message', data)` as an emitter and `.onmessage` as a target, as in Node. */
export class MessagePort extends EventTarget {
  #peer: MessagePort | null = null;
  #queue: unknown[] = [];
  #isStarted = false;
  #isRef = false;
  #isClosed = false;
  #isDue = false;
  readonly #wrapped = new Map<any, any>();

  constructor(make?: symbol) {
    if (make !== kMake) throw new codes.ERR_CONSTRUCT_CALL_INVALID();
    super();
  }

  static {
    link = (a, b) => {
      a.#peer = b;
      b.#peer = a;
    };
    receiveNow = (port) => {
      if (port.#queue.length === 0) return undefined;
      return { message: port.#queue.shift() };
    };
  }

  postMessage(message: unknown, transfer?: any): void {
    if (arguments.length === 0) throw new TypeError('The "message" argument must be specified');
    const list = Array.isArray(transfer) ? transfer : (transfer?.transfer ?? []);
    const ports = new Set(list.filter((one: unknown) => one instanceof MessagePort));
    // A port goes over as it is: there is one process, so nobody sees the difference.
    const copy = ports.has(message as any)
      ? message
      : structuredClone(message, { transfer: list.filter((one: unknown) => !ports.has(one as any)) });
    const peer = this.#peer;
    if (peer === null || this.#isClosed) return;
    peer.#queue.push(copy);
    peer.#schedule();
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#schedule();
  }

  ref(): void {
    if (this.#isRef || this.#isClosed) return;
    this.#isRef = true;
    __kernel.ref();
  }

  unref(): void {
    if (!this.#isRef) return;
    this.#isRef = false;
    __kernel.unref();
  }

  hasRef(): boolean {
    return this.#isRef;
  }

  close(): void {
    if (this.#isClosed) return;
    const peer = this.#peer;
    this.#end();
    if (peer !== null) peer.#end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#peer = null;
    setImmediate(() => {
      this.#deliver();
      this.unref();
      this.dispatchEvent(new Event('close'));
    });
  }

  #schedule(): void {
    if (!this.#isStarted || this.#isDue || this.#queue.length === 0) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (this.#isStarted && this.#queue.length > 0) {
      this.dispatchEvent(new MessageEvent('message', { data: this.#queue.shift() }));
    }
  }

  override addEventListener(type: string, listener: any, options: any = undefined): void {
    super.addEventListener(type, listener, options);
    if (type !== 'message' || this._listenersOf('message').length !== 1) return;
    this.ref();
    this.start();
  }

  override removeEventListener(type: string, listener: any, options: any = undefined): void {
    super.removeEventListener(type, listener, options);
    if (type === 'message' && this._listenersOf('message').length === 0) this.unref();
  }

  on(type: string, listener: any): this {
    return this.#listen(type, listener, false);
  }
  addListener(type: string, listener: any): this {
    return this.#listen(type, listener, false);
  }
  once(type: string, listener: any): this {
    return this.#listen(type, listener, true);
  }
  off(type: string, listener: any): this {
    this.removeEventListener(type, this.#wrapped.get(listener) ?? listener);
    return this;
  }
  removeListener(type: string, listener: any): this {
    return this.off(type, listener);
  }

  #listen(type: string, listener: any, once: boolean): this {
    const wrapped = (event: any) => listener.call(this, event instanceof MessageEvent ? event.data : event);
    this.#wrapped.set(listener, wrapped);
    this.addEventListener(type, wrapped, { once });
    return this;
  }

  override get [Symbol.toStringTag]() {
    return 'MessagePort';
  }
}
defineEventHandler(MessagePort.prototype, 'message');
defineEventHandler(MessagePort.prototype, 'messageerror');
defineEventHandler(MessagePort.prototype, 'close');

export class MessageChannel {
  readonly port1 = new MessagePort(kMake);
  readonly port2 = new MessagePort(kMake);
  constructor() {
    link(this.port1, this.port2);
  }
}

export function receiveMessageOnPort(port: unknown): { message: unknown } | undefined {
  if (!(port instanceof MessagePort)) throw new codes.ERR_INVALID_ARG_TYPE('port', 'MessagePort', port);
  return receiveNow(port);
}

const channels = new Map<string, Set<BroadcastChannel>>();

export class BroadcastChannel extends EventTarget {
  readonly #name: string;
  #isClosed = false;
  #isRef = true;

  constructor(name: any) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('name');
    super();
    this.#name = `${name}`;
    const all = channels.get(this.#name) ?? new Set();
    channels.set(this.#name, all.add(this));
    __kernel.ref();
  }

  get name(): string {
    return this.#name;
  }

  postMessage(message: unknown): void {
    if (this.#isClosed) throw new DOMException('BroadcastChannel is closed.', 'InvalidStateError');
    for (const other of channels.get(this.#name) ?? []) {
      if (other === this) continue;
      const data = structuredClone(message);
      setImmediate(() => {
        if (!other.#isClosed) other.dispatchEvent(new MessageEvent('message', { data }));
      });
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    channels.get(this.#name)!.delete(this);
    this.unref();
  }

  ref(): this {
    if (!this.#isRef && !this.#isClosed) __kernel.ref();
    this.#isRef = !this.#isClosed;
    return this;
  }

  unref(): this {
    if (this.#isRef) __kernel.unref();
    this.#isRef = false;
    return this;
  }

  override get [Symbol.toStringTag]() {
    return 'BroadcastChannel';
  }
}
defineEventHandler(BroadcastChannel.prototype, 'message');
defineEventHandler(BroadcastChannel.prototype, 'messageerror');

const nothing = () => {};

/** What node:worker_threads has of it. */
export const workerMessaging = {
  BroadcastChannel,
  MessageChannel,
  MessagePort,
  receiveMessageOnPort,
  markAsUncloneable: nothing,
  markAsUntransferable: nothing,
  isMarkedAsUntransferable: () => false,
  moveMessagePortToContext: (port: unknown) => port,
  isInternalThread: false,
  getEnvironmentData: nothing,
  setEnvironmentData: nothing,
};
