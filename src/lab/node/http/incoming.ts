/**
 * IncomingMessage: a request on the server, a response on the client. Source: Node 24's lib/_http_incoming.js.
 *
 * The stream half is made when somebody first looks at it. Most messages of a service are requests without a body,
 * which nobody reads, and the state machine of a Readable costs as much as the rest of such a request.
 */
import { finished, Readable } from '../stream/index.ts';
import { addReceived, lowerName } from './header.ts';

export const IncomingMessage: any = function IncomingMessage(this: any, socket: any): void {
  this._lazyState = undefined;
  this.socket = socket;
  this.httpVersionMajor = null;
  this.httpVersionMinor = null;
  this.httpVersion = null;
  this.complete = false;
  this._headers = null;
  this._distinct = null;
  this.rawHeaders = NONE;
  this._trailers = null;
  this._trailersDistinct = null;
  this.rawTrailers = NONE;
  this.joinDuplicateHeaders = false;
  this.aborted = false;
  this.upgrade = null;
  this.url = '';
  this.method = null;
  this.statusCode = null;
  this.statusMessage = null;
  this.client = socket;
  this._consuming = false;
  this._dumped = false;
  this._abort = null;
  this._context = null;
};
Object.setPrototypeOf(IncomingMessage.prototype, Readable.prototype);
Object.setPrototypeOf(IncomingMessage, Readable);

const NONE: readonly string[] = Object.freeze([]) as any;

const proto = IncomingMessage.prototype;

Object.defineProperty(proto, '_readableState', {
  configurable: true,
  enumerable: false,
  get(this: any) {
    // The prototype itself is asked by code that inspects classes.
    if (this._lazyState === undefined && Object.hasOwn(this, '_lazyState')) {
      Readable.call(this, this.socket ? { highWaterMark: this.socket.readableHighWaterMark } : undefined);
      this._lazyState.readingMore = true;
      // What happened before anybody looked: the message was complete and nobody wanted its end.
      if (this._dumped) closeQuietly(this._lazyState);
      else if (this._hasEnded) this.push(null);
    }
    return this._lazyState;
  },
  set(this: any, state: any) {
    this._lazyState = state;
  },
});

function closeQuietly(state: any): void {
  state.ended = true;
  state.endEmitted = true;
  state.destroyed = true;
  state.closed = true;
  state.closeEmitted = true;
}

Object.defineProperty(proto, 'connection', {
  configurable: true,
  get(this: any) {
    return this.socket;
  },
  set(this: any, value: any) {
    this.socket = value;
  },
});

function collected(source: 'rawHeaders' | 'rawTrailers', field: string) {
  return {
    configurable: true,
    get(this: any) {
      let into = this[field];
      if (into === null) {
        into = {};
        this[field] = into;
        const raw = this[source];
        for (let n = 0; n < raw.length; n += 2) addReceived(into, raw[n], raw[n + 1], this.joinDuplicateHeaders);
      }
      return into;
    },
    set(this: any, value: any) {
      this[field] = value;
    },
  };
}

function distinct(source: 'rawHeaders' | 'rawTrailers', field: string) {
  return {
    configurable: true,
    get(this: any) {
      let into = this[field];
      if (into === null) {
        into = Object.create(null);
        this[field] = into;
        const raw = this[source];
        for (let n = 0; n < raw.length; n += 2) {
          const key = lowerName(raw[n]);
          if (into[key] === undefined) into[key] = [raw[n + 1]];
          else into[key].push(raw[n + 1]);
        }
      }
      return into;
    },
    set(this: any, value: any) {
      this[field] = value;
    },
  };
}

Object.defineProperty(proto, 'headers', collected('rawHeaders', '_headers'));
Object.defineProperty(proto, 'trailers', collected('rawTrailers', '_trailers'));
Object.defineProperty(proto, 'headersDistinct', distinct('rawHeaders', '_distinct'));
Object.defineProperty(proto, 'trailersDistinct', distinct('rawTrailers', '_trailersDistinct'));

/** Aborts when the message ends before it is complete: the client has gone. */
Object.defineProperty(proto, 'signal', {
  configurable: true,
  get(this: any) {
    if (this._abort === null) {
      this._abort = new AbortController();
      if (this.destroyed && (!this.readableEnded || !this.complete)) this._abort.abort();
      else if (this.socket?.destroyed) this._abort.abort();
      else if (this.socket) {
        this._onSocketClose = () => this._abort.abort();
        this.socket.once('close', this._onSocketClose);
      }
    }
    return this._abort.signal;
  },
});

/** The message is answered; what becomes of its connection is not its matter any more. */
export function detachSignal(message: any): void {
  if (message._onSocketClose === undefined) return;
  message.socket?.removeListener('close', message._onSocketClose);
  message._onSocketClose = undefined;
}

proto._addHeaderLine = function (this: any, name: string, value: string, into: any): void {
  addReceived(into, name, value, this.joinDuplicateHeaders);
};

proto.setTimeout = function (this: any, msecs: number, callback?: () => void) {
  if (callback) this.on('timeout', callback);
  this.socket.setTimeout(msecs);
  return this;
};

proto._read = function (this: any): void {
  if (!this._consuming) {
    this._readableState.readingMore = false;
    this._consuming = true;
  }
  // The parser fills the buffer; all there is to do is let the connection flow.
  if (this.socket?.readable) readStart(this.socket);
};

export function readStart(socket: any): void {
  if (!socket || socket._paused || !socket.readable) return;
  if (socket._consumer) socket._handle?.readStart();
  else socket.resume();
}

export function readStop(socket: any): void {
  if (!socket) return;
  if (socket._consumer) socket._handle?.readStop();
  else socket.pause();
}

/** A piece of the body, from the parser. */
proto._onBody = function (this: any, chunk: Uint8Array): void {
  if (this._dumped) return;
  if (!this.push(Buffer.from(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length))) readStop(this.socket);
};

/** The body's end, from the parser. */
proto._onComplete = function (this: any, trailers: string[]): void {
  this.complete = true;
  if (trailers.length > 0) this.rawTrailers = trailers;
  if (this._lazyState !== undefined) this.push(null);
  else this._hasEnded = true;
};

proto._hasEnded = false;

proto._destroy = function (this: any, error: any, callback: (error?: Error | null) => void): void {
  if (!this.readableEnded || !this.complete) {
    this.aborted = true;
    this.emit('aborted');
    detachSignal(this);
    this._abort?.abort();
  }
  const socket = this.socket;
  if (socket && !socket.destroyed && this.aborted) {
    socket.destroy(error);
    const cleanup = finished(socket, (failure: any) => {
      cleanup();
      const shown = failure?.code === 'ERR_STREAM_PREMATURE_CLOSE' ? null : failure;
      process.nextTick(tell, this, shown || error, callback);
    });
  } else process.nextTick(tell, this, error, callback);
};

/** Only who listens is told; requests of services that do not must not crash them. */
function tell(message: any, error: any, callback: (error?: Error | null) => void): void {
  if (message.listenerCount('error') === 0) callback();
  else callback(error);
}

/** Nobody will read this message. */
proto._dump = function (this: any): void {
  if (this._dumped) return;
  this._dumped = true;
  if (this._lazyState === undefined && this.complete && !hasListeners(this)) return;
  this.removeAllListeners('data');
  this.resume();
};

function hasListeners(message: any): boolean {
  return message._eventsCount > 0;
}

proto._dumpAndCloseReadable = function (this: any): void {
  this._dumped = true;
  closeQuietly(this._readableState);
};
