/**
 * Between a connection and its session: what comes from the protocol becomes events of sessions and streams, and bytes
 * go to the socket, past its stream where that is possible.
 *
 * Source: Node 24's lib/internal/http2/core.js, the functions given to the native half.
 */
import type { Consumer } from '../net/socket.ts';
import { constants } from './constants.ts';
import { within } from './context.ts';
import { codes, NghttpError } from './errors.ts';
import { END_STREAM } from './frames.ts';
import { toHeaderObject, toRawHeaders } from './headers.ts';
import type { Header } from './hpack/encoder.ts';
import { Connection, type ConnectionOwner, type Transport } from './protocol/connection.ts';
import { HCAT_PUSH_RESPONSE, HCAT_RESPONSE } from './protocol/header-blocks.ts';
import type { ProtocolStream } from './protocol/stream.ts';
import { closeStream, NO_RST } from './stream-ends.ts';
import {
  emit,
  kContext,
  kHandle,
  kMaybeDestroy,
  kRemoteSettings,
  kRequestContext,
  kSession,
  kState,
  kType,
  kUpdateTimer,
  STREAM_HEAD_REQUEST,
} from './symbols.ts';

const { NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM, NGHTTP2_SESSION_SERVER } = constants;

export function createConnection(session: any, socket: any, isServer: boolean, options: any): Connection {
  const number = (value: any, otherwise: number, least = 0) =>
    typeof value === 'number' ? Math.max(least, value) : otherwise;
  const transport = new SocketTransport(socket);
  const connection = new Connection(
    isServer,
    {
      maxOutstandingPings: number(options.maxOutstandingPings, 10),
      maxOutstandingSettings: number(options.maxOutstandingSettings, 10, 1),
      peerMaxConcurrentStreams: number(options.peerMaxConcurrentStreams, 100),
      // nghttp2 takes no fewer than a request's four and a response's one.
      maxHeaderListPairs: number(options.maxHeaderListPairs, 128, isServer ? 4 : 1),
      maxInvalidFrames: number(options.maxSessionInvalidFrames, 1000),
      maxDeflateTableSize: number(options.maxDeflateDynamicTableSize, 4096),
    },
    new SessionOwner(session),
    transport,
  );
  transport.start(connection);
  return connection;
}

/** A socket as the connection's transport. */
class SocketTransport implements Transport, Consumer {
  private readonly socket: any;
  private connection: Connection | null = null;

  constructor(socket: any) {
    this.socket = socket;
  }

  start(connection: Connection): void {
    const { socket } = this;
    this.connection = connection;
    if (typeof socket._consume === 'function') {
      socket._consume(this);
      socket._handle?.readStart();
      // What came before the session was there; a listener to 'remoteSettings' may be added until then.
      process.nextTick(() => {
        for (let bytes = socket.read(); bytes !== null; bytes = socket.read()) connection.receive(bytes);
      });
    } else socket.on('data', this.onBytes);
  }

  onBytes = (chunk: Uint8Array): void => this.connection?.receive(chunk);

  onReleased(): void {
    this.socket.on('data', this.onBytes);
  }

  write(bytes: Uint8Array, done: () => void): boolean {
    const { socket } = this;
    if (socket.destroyed || socket.writableEnded) return true;
    if (typeof socket._writeNow === 'function' && socket._canWriteNow()) {
      socket._writeNow(bytes, null);
      if (socket._waiting === null) return true;
      socket._waiting.push(done);
      return false;
    }
    socket.write(bytes, done);
    return false;
  }

  pause(): void {
    if (typeof this.socket._consume === 'function') this.socket._handle?.readStop();
    else this.socket.pause();
  }

  resume(): void {
    if (typeof this.socket._consume === 'function') this.socket._handle?.readStart();
    else this.socket.resume();
  }
}

class SessionOwner implements ConnectionOwner {
  private readonly session: any;

  constructor(session: any) {
    this.session = session;
  }

  onHeaders(handle: ProtocolStream, category: number, flags: number, list: readonly Header[]): void {
    const { session } = this;
    if (session.destroyed) return;
    session[kUpdateTimer]();
    const isEnd = (flags & END_STREAM) !== 0;
    const headers = toHeaderObject(list);
    let stream = handle.owner;
    if (stream === null) {
      if (session.closed) {
        handle.reset(NGHTTP2_REFUSED_STREAM);
        handle.destroy();
        return;
      }
      stream = session._createStream(handle, headers);
      if (isEnd) stream.push(null);
      if (session[kType] !== NGHTTP2_SESSION_SERVER) stream.end();
      else if (headers[':method'] === 'HEAD') {
        stream.end();
        stream[kState].flags |= STREAM_HEAD_REQUEST;
      }
      if (isEnd) stream[kState].endAfterHeaders = true;
      process.nextTick(emit, session, 'stream', stream, headers, flags, toRawHeaders(list));
    } else {
      const event = eventOf(category, isEnd, headers[':status']);
      within(stream[kRequestContext], () => process.nextTick(emit, stream, event, headers, flags, toRawHeaders(list)));
    }
    if (isEnd) stream.push(null);
  }

  onData({ owner: stream }: ProtocolStream, bytes: Uint8Array): void {
    if (stream === null) return;
    within(stream[kContext], () => {
      stream[kUpdateTimer]();
      if (stream.destroyed) return;
      const isTaken = stream.push(Buffer.from(bytes.slice().buffer as ArrayBuffer));
      if (!isTaken) stream[kHandle]?.readStop();
    });
  }

  onEnd({ owner: stream }: ProtocolStream): void {
    if (stream === null) return;
    within(stream[kContext], () => {
      stream[kUpdateTimer]();
      if (stream._readableState.endEmitted) {
        stream[kMaybeDestroy]();
        return;
      }
      stream.on('end', stream[kMaybeDestroy]);
      stream.push(null);
      stream.read(0);
    });
  }

  onStreamClosed(handle: ProtocolStream, code: number): void {
    const stream = handle.owner;
    if (stream === null || stream.destroyed) {
      handle.destroy();
      return;
    }
    within(stream[kContext], () => onClosed(stream, code));
  }

  onTrailersWanted({ owner: stream }: ProtocolStream): void {
    if (stream === null) return;
    stream[kState].trailersReady = true;
    if (stream.destroyed || stream.closed) return;
    within(stream[kContext], () => {
      if (!stream.emit('wantTrailers')) stream.sendTrailers({});
    });
  }

  onSettings(): void {
    const { session } = this;
    if (session.destroyed) return;
    session[kRemoteSettings] = undefined;
    session[kUpdateTimer]();
    if (session.listenerCount('remoteSettings') > 0) session.emit('remoteSettings', session.remoteSettings);
  }

  onPing(payload: Uint8Array): void {
    const { session } = this;
    if (session.destroyed) return;
    session[kUpdateTimer]();
    session.emit('ping', Buffer.from(payload));
  }

  onGoaway(code: number, lastStreamId: number, data: Uint8Array): void {
    const { session } = this;
    if (session.destroyed) return;
    session[kState].goawayCode = code;
    session[kState].goawayLastStreamID = lastStreamId;
    session.emit('goaway', code, lastStreamId, data.length === 0 ? undefined : Buffer.from(data));
    if (code === NGHTTP2_NO_ERROR) session.close();
    // The error is the peer's: our own last GOAWAY has none.
    else session.destroy(new codes.ERR_HTTP2_SESSION_ERROR(code), NGHTTP2_NO_ERROR);
  }

  onError(errno: number, code?: string): void {
    this.session.destroy(new NghttpError(errno, code));
  }

  onGracefulCloseComplete(): void {
    this.session[kMaybeDestroy](null);
  }
}

function eventOf(category: number, isEnd: boolean, status: number | undefined): string {
  if (category === HCAT_RESPONSE) {
    return !isEnd && status !== undefined && status >= 100 && status < 200 ? 'headers' : 'response';
  }
  if (category === HCAT_PUSH_RESPONSE) return 'push';
  if (status !== undefined && status >= 200) return 'response';
  return isEnd ? 'trailers' : 'headers';
}

function onClosed(stream: any, code: number): void {
  if (!stream.closed) closeStream(stream, code, NO_RST);
  if (!stream.readable || code !== NGHTTP2_NO_ERROR) {
    stream.destroy();
    return;
  }
  // Not before the reader has had the rest.
  stream.on('end', stream[kMaybeDestroy]);
  stream.push(null);
  const isServer = stream[kSession][kType] === NGHTTP2_SESSION_SERVER;
  if (isServer && !stream[kState].didRead && stream.readableFlowing === null) stream.resume();
  else stream.read(0);
}
