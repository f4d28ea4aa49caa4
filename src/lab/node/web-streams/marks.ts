/**
 * What node:stream asks of a web stream: `finished`, `pipeline`, `addAbortSignal`, `isErrored` and the like look at
 * properties under these symbols. Source: Node 24's lib/internal/streams/utils.js and lib/internal/webstreams.
 */
const closedPromise = Symbol.for('nodejs.webstream.isClosedPromise');
const controllerError = Symbol.for('nodejs.webstream.controllerErrorFunction');
const disturbed = Symbol.for('nodejs.stream.disturbed');
const errored = Symbol.for('nodejs.stream.errored');
const readable = Symbol.for('nodejs.stream.readable');
const writable = Symbol.for('nodejs.stream.writable');

const kState = Symbol('state');
const kClosed = Symbol('closed');

export function markReadable(ReadableStream: any): void {
  watchState(ReadableStream.prototype);
  define(ReadableStream.prototype, disturbed, (it) => it._disturbed);
  define(ReadableStream.prototype, errored, (it) => it._state === 'errored');
  define(ReadableStream.prototype, readable, (it) => it._state === 'readable');
  define(ReadableStream.prototype, controllerError, (it) => (error: unknown) => {
    it._readableStreamController.error(error);
  });
}

export function markWritable(WritableStream: any): void {
  watchState(WritableStream.prototype);
  define(WritableStream.prototype, errored, (it) => it._state === 'errored');
  define(WritableStream.prototype, writable, (it) => it._state === 'writable');
  define(WritableStream.prototype, controllerError, (it) => (error: unknown) => {
    it._writableStreamController.error(error);
  });
}

/** The polyfill keeps its state in a property; here it is told when that changes. */
function watchState(proto: any): void {
  Object.defineProperty(proto, '_state', {
    configurable: true,
    get(this: any) {
      return this[kState];
    },
    set(this: any, state: string) {
      this[kState] = state;
      const waiting = this[kClosed];
      if (waiting === undefined) return;
      if (state === 'closed') waiting.resolve();
      // The reason is stored just after the state.
      else if (state === 'errored') queueMicrotask(() => waiting.reject(this._storedError));
    },
  });
  define(proto, closedPromise, (it) => {
    if (it[kClosed] === undefined) {
      const made = Promise.withResolvers<void>();
      made.promise.catch(() => {});
      Object.defineProperty(it, kClosed, { value: made });
      if (it._state === 'closed') made.resolve();
      else if (it._state === 'errored') made.reject(it._storedError);
    }
    return it[kClosed];
  });
}

function define(proto: any, key: symbol, get: (it: any) => unknown): void {
  Object.defineProperty(proto, key, {
    configurable: true,
    get(this: any) {
      return get(this);
    },
  });
}
