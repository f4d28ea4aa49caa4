/** One stream of a connection: its state, its windows and what waits to be sent. RFC 9113 §5. */
import { constants } from '../constants.ts';
import type { Header } from '../hpack/encoder.ts';
import type { Connection } from './connection.ts';
import { soon } from './immediates.ts';

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;

/** Bytes of one write() on their way. */
export interface Write {
  bytes: Uint8Array;
  readonly callback: (error: boolean) => void;
}

export class ProtocolStream {
  readonly id: number;
  readonly connection: Connection;
  /** The Http2Stream over this; null until there is one. */
  owner: any = null;
  /** The message's own head was received: more HEADERS are trailers. */
  hasHead = false;
  /** The peer's answer to a push of its own. */
  isPush = false;
  isHeadRequest = false;

  isLocalClosed = false;
  isRemoteClosed = false;
  /** Both sides are shut, or it was reset: no frame of it means anything any more. */
  isClosed = false;
  isDestroyed = false;
  code: number = NGHTTP2_NO_ERROR;

  // --- sending
  sendWindow: number;
  readonly queue: Write[] = [];
  available = 0;
  /** Whether more may be written; false after shutdown(). */
  isWritable = true;
  hasTrailers = false;
  /** Headers with a body to follow were sent: DATA frames may be made. */
  sendsData = false;
  /** Trailers were asked for and have not been given yet. */
  awaitsTrailers = false;

  // --- receiving
  received = 0;
  consumed = 0;
  isReading = false;
  private pausedBytes = 0;
  expectedLength = -1;
  bodyLength = 0;
  headersLength = 0;

  constructor(connection: Connection, id: number) {
    this.connection = connection;
    this.id = id;
    this.sendWindow = connection.remote.initialWindowSize;
  }

  // --- what the Http2Stream asks for

  respond(headers: readonly Header[], endsStream: boolean, wantsTrailers: boolean): void {
    if (wantsTrailers) this.hasTrailers = true;
    this.connection.sender.headers(this, headers, endsStream || !this.isWritable);
  }

  /** 1xx */
  inform(headers: readonly Header[]): void {
    this.connection.sender.information(this, headers);
  }

  sendTrailers(headers: readonly Header[]): void {
    this.awaitsTrailers = false;
    this.hasTrailers = false;
    // No trailers: an empty DATA frame ends the stream, which every client understands.
    if (headers.length === 0) this.connection.sender.data(this);
    else this.connection.sender.trailers(this, headers);
  }

  write(bytes: Uint8Array, callback: (error: boolean) => void): void {
    this.queue.push({ bytes, callback });
    this.available += bytes.length;
    this.connection.sender.data(this);
  }

  /** Nothing more will be written: the last DATA frame ends the stream. */
  shutdown(): void {
    this.isWritable = false;
    this.connection.sender.data(this);
  }

  reset(code: number): void {
    const { connection } = this;
    this.code = code;
    // What was written before goes first, as far as the windows allow.
    if ((connection.isReceiving && code === NGHTTP2_CANCEL) || !connection.flush()) connection.pendingResets.add(this);
    else this.flushReset();
  }

  flushReset(): void {
    this.connection.pendingResets.delete(this);
    if (this.isDestroyed) return;
    this.connection.sender.reset(this.id, this.code);
    this.connection.scheduleFlush();
  }

  /** The Http2Stream is gone: its frames are dropped from now on. */
  destroy(): void {
    if (this.isDestroyed) return;
    if (this.connection.pendingResets.has(this)) this.flushReset();
    this.isDestroyed = true;
    const writes = this.queue.splice(0);
    this.available = 0;
    if (writes.length > 0) {
      soon(() => {
        for (const { callback } of writes) callback(true);
      });
    }
  }

  readStart(): void {
    if (this.isReading) return;
    this.isReading = true;
    const bytes = this.pausedBytes;
    this.pausedBytes = 0;
    this.connection.consumeStream(this, bytes);
    this.connection.scheduleFlush();
  }

  readStop(): void {
    this.isReading = false;
  }

  /** The reader has the bytes, or will when it reads on: only then the peer may send as many again. */
  deliver(bytes: Uint8Array, length: number): void {
    const { connection } = this;
    if (this.isReading) connection.consumeStream(this, length);
    else this.pausedBytes += length;
    if (bytes.length > 0) connection.owner.onData(this, bytes);
  }

  /** RFC 9113 §5.1, in nghttp2's numbers. */
  get state(): number {
    if (this.isClosed) return constants.NGHTTP2_STREAM_STATE_CLOSED;
    if (this.isLocalClosed) return constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_LOCAL;
    if (this.isRemoteClosed) return constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE;
    return constants.NGHTTP2_STREAM_STATE_OPEN;
  }
}
