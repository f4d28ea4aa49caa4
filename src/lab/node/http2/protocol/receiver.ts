/**
 * Understands frames: RFC 9113 §5 and §6 with the errors that each rule names. What a frame tells the program is told
 * before the next frame is looked at, with its ticks and promises: Node runs them after each call from its native half.
 */
import { constants } from '../constants.ts';
import * as F from '../frames.ts';
import { CompressionError } from '../hpack/decoder.ts';
import type { Header } from '../hpack/encoder.ts';
import type { Connection } from './connection.ts';
import { checkMessage, type MessageKind } from './messages.ts';
import { applySettings, settingError } from './settings.ts';
import type { ProtocolStream } from './stream.ts';

const {
  NGHTTP2_COMPRESSION_ERROR: COMPRESSION,
  NGHTTP2_ENHANCE_YOUR_CALM: CALM,
  NGHTTP2_FLOW_CONTROL_ERROR: FLOW,
  NGHTTP2_PROTOCOL_ERROR: PROTOCOL,
  NGHTTP2_REFUSED_STREAM: REFUSED,
  NGHTTP2_STREAM_CLOSED: CLOSED,
} = constants;

/** nghttp2's numbers for what the program hears of as an error. */
const ERR_PROTO = -505;
const ERR_STREAM_CLOSED = -510;
const ERR_FLOW_CONTROL = -524;
const ERR_BAD_CLIENT_MAGIC = -903;

/** Categories of header blocks, nghttp2_headers_category. */
export const HCAT_REQUEST = 0;
export const HCAT_RESPONSE = 1;
export const HCAT_PUSH_RESPONSE = 2;
export const HCAT_HEADERS = 3;

/** Thrown inside to leave a frame's handling. */
class ConnectionError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const fail = (message: string, code: number = PROTOCOL): never => {
  throw new ConnectionError(code, message);
};

export class Receiver {
  readonly reader = new F.FrameReader();
  private readonly connection: Connection;
  /** The header block that CONTINUATION goes on with. */
  private block: { readonly frame: F.Frame; readonly parts: Uint8Array[] } | null = null;
  private magicLeft: number;
  private invalidFrames = 0;
  /** The rest waits for the ticks of the last step. */
  private isWaiting = false;
  /** What is still to be done about the last frame; each says whether it told the program something. */
  private readonly steps: (() => boolean)[] = [];

  constructor(connection: Connection) {
    this.connection = connection;
    this.magicLeft = connection.isServer ? F.MAGIC.length : 0;
  }

  push(chunk: Uint8Array): void {
    const rest = this.magicLeft > 0 ? this.magic(chunk) : chunk;
    if (rest === null) return;
    this.reader.push(rest);
    if (!this.isWaiting) this.work();
  }

  /** RFC 9113 §3.4: what a client says first. Returns what follows. */
  private magic(chunk: Uint8Array): Uint8Array | null {
    const start = F.MAGIC.length - this.magicLeft;
    const length = Math.min(this.magicLeft, chunk.length);
    for (let i = 0; i < length; i++) {
      if (chunk[i] === F.MAGIC[start + i]) continue;
      this.connection.owner.onError(ERR_BAD_CLIENT_MAGIC);
      return null;
    }
    this.magicLeft -= length;
    return chunk.subarray(length);
  }

  /** Steps until there is nothing left to do, or the program was told something. Then what answers there are leave. */
  private work(): void {
    const { connection } = this;
    connection.isReceiving = true;
    while (!connection.isDestroyed) {
      const result = this.step();
      if (result === 'done') break;
      if (result === 'silent') continue;
      this.isWaiting = true;
      // After the ticks, then after all promises.
      process.nextTick(() => queueMicrotask(() => process.nextTick(() => this.resume())));
      return;
    }
    connection.isReceiving = false;
    if (!connection.isDestroyed) connection.flush();
  }

  private resume(): void {
    this.isWaiting = false;
    this.work();
  }

  private step(): 'done' | 'silent' | 'told' {
    const next = this.steps.shift();
    try {
      if (next !== undefined) return next() ? 'told' : 'silent';
      if (this.connection.isTerminating) return 'done';
      const frame = this.reader.read();
      if (frame === null) return 'done';
      return this.handle(frame) ? 'told' : 'silent';
    } catch (error) {
      if (error instanceof F.FrameError && error.isStreamError)
        this.connection.sender.reset(error.streamId, error.code);
      else if (error instanceof CompressionError) this.onConnectionError({ code: COMPRESSION, message: '' });
      else if (error instanceof F.FrameError || error instanceof ConnectionError) this.onConnectionError(error);
      else throw error;
      return 'told';
    }
  }

  /** The peer is told, and so is the program. */
  private onConnectionError({ code, message }: { readonly code: number; readonly message: string }): void {
    this.connection.terminate(code, message);
    this.connection.owner.onError(code === FLOW ? ERR_FLOW_CONTROL : code === CLOSED ? ERR_STREAM_CLOSED : ERR_PROTO);
  }

  private handle(frame: F.Frame): boolean {
    if (this.block !== null && (frame.type !== F.CONTINUATION || frame.streamId !== this.block.frame.streamId)) {
      fail('unexpected non-CONTINUATION frame or stream_id is invalid');
    }
    switch (frame.type) {
      case F.DATA:
        return this.onData(frame);
      case F.HEADERS:
      case F.PUSH_PROMISE:
        return this.onHeaderBlock(frame);
      case F.CONTINUATION:
        return this.onContinuation(frame);
      case F.RST_STREAM:
        return this.onReset(frame);
      case F.SETTINGS:
        return this.onSettings(frame);
      case F.PING:
        return this.onPing(frame);
      case F.GOAWAY:
        return this.onGoaway(frame);
      case F.WINDOW_UPDATE:
        return this.onWindowUpdate(frame);
      default:
        // PRIORITY, which means nothing any more (§5.3.2), and extensions.
        return false;
    }
  }

  /** Neither side has used it: RFC 9113 §5.1.1. */
  private isIdle(id: number): boolean {
    const { connection } = this;
    return connection.isFromPeer(id) ? id > connection.lastRemoteId : id >= connection.nextStreamId;
  }

  /** One stream is lost, RFC 9113 §5.4.2. */
  private resetStream(id: number, code: number): boolean {
    const { connection } = this;
    if (++this.invalidFrames > connection.options.maxInvalidFrames) {
      connection.owner.onError(-902, 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES');
      return true;
    }
    connection.sender.reset(id, code);
    return false;
  }

  // --- DATA, §6.1

  private onData(frame: F.Frame): boolean {
    const { connection } = this;
    const { streamId, length, payload } = frame;
    if (this.isIdle(streamId)) fail('DATA: stream in idle');
    connection.received += length;
    if (connection.received > connection.localWindow) fail('', FLOW);
    // What nobody reads must not close the window for the others.
    connection.consumeConnection(length);
    const stream = connection.streams.get(streamId);
    if (stream === undefined) return false;
    if (stream.isRemoteClosed) fail('DATA: stream in half-closed(remote)', CLOSED);
    if (!stream.hasHead) fail('DATA: stream not in open or half closed');
    stream.received += length;
    if (stream.received > connection.local.initialWindowSize) return this.resetStream(streamId, FLOW);
    stream.bodyLength += payload.length;
    const isEnd = (frame.flags & F.END_STREAM) !== 0;
    if (!this.isLengthRight(stream, false)) {
      // Too much ends the whole session in Node, too little only the stream.
      connection.owner.onError(ERR_PROTO);
      return true;
    }
    if (isEnd) {
      connection.closeRemote(stream);
      if (this.isLengthRight(stream, true)) this.endSoon(stream);
      else this.steps.push(() => this.resetStream(streamId, PROTOCOL));
    }
    if (stream.isDestroyed) {
      connection.consumeStream(stream, length);
      return false;
    }
    stream.deliver(payload, length);
    return payload.length > 0;
  }

  private isLengthRight(stream: ProtocolStream, isEnd: boolean): boolean {
    const { expectedLength, bodyLength } = stream;
    if (expectedLength < 0) return true;
    return isEnd ? bodyLength === expectedLength : bodyLength <= expectedLength;
  }

  /** The reader hears of the end, and then the stream may close. */
  private endSoon(stream: ProtocolStream): void {
    const { connection } = this;
    this.steps.push(
      () => {
        if (stream.isDestroyed) return false;
        connection.owner.onEnd(stream);
        return true;
      },
      () => {
        connection.closeIfDone(stream);
        return stream.isClosed;
      },
    );
  }

  // --- HEADERS, PUSH_PROMISE and CONTINUATION, §6.2, §6.6, §6.10

  private onHeaderBlock(frame: F.Frame): boolean {
    this.block = { frame, parts: [frame.payload] };
    const { connection } = this;
    const opens = frame.type === F.HEADERS && connection.isServer && connection.isFromPeer(frame.streamId);
    if (opens && frame.streamId > connection.lastProcessedId) connection.lastProcessedId = frame.streamId;
    return frame.flags & F.END_HEADERS ? this.onWholeBlock() : false;
  }

  private onContinuation(frame: F.Frame): boolean {
    if (this.block === null) return fail('CONTINUATION: unexpected');
    this.block.parts.push(frame.payload);
    // A bound on what an endless block may take.
    if (this.block.parts.length > 1000) fail('too many CONTINUATION frames', CALM);
    return frame.flags & F.END_HEADERS ? this.onWholeBlock() : false;
  }

  private onWholeBlock(): boolean {
    const { frame, parts } = this.block!;
    this.block = null;
    const bytes = parts.length === 1 ? parts[0]! : Uint8Array.from(parts.flatMap((part) => [...part]));
    // Always: the block is part of the state of HPACK, whatever becomes of the stream.
    const headers = this.connection.decoder.decode(bytes);
    return frame.type === F.PUSH_PROMISE ? this.onPromise(frame, headers) : this.onHeaders(frame, headers);
  }

  private onHeaders(frame: F.Frame, headers: Header[]): boolean {
    const { connection } = this;
    const { streamId, flags } = frame;
    const known = connection.streams.get(streamId);
    if (known !== undefined) return this.onMoreHeaders(known, flags, headers);
    if (!connection.isServer) {
      if (this.isIdle(streamId)) fail('HEADERS: stream in idle');
      return false;
    }
    if (!connection.isFromPeer(streamId)) {
      if (this.isIdle(streamId)) fail('request HEADERS: invalid stream_id');
      return false;
    }
    // Of a stream that was closed a moment ago.
    if (!this.isIdle(streamId)) return false;
    connection.lastRemoteId = streamId;
    if (connection.isGoawaySent && !connection.isGracefulClosing) return false;
    if (connection.openRemote >= connection.local.maxConcurrentStreams) return this.resetStream(streamId, REFUSED);
    if (this.isListTooLong(headers)) {
      connection.sender.reset(streamId, CALM);
      return false;
    }
    const stream = connection.open(streamId);
    connection.counted.add(stream);
    connection.openRemote++;
    const message = checkMessage('request', headers, connection.local.enableConnectProtocol === 1);
    if (message === null) return this.resetStream(streamId, PROTOCOL);
    stream.isHeadRequest = message.method === 'HEAD';
    stream.expectedLength = message.contentLength;
    stream.hasHead = true;
    return this.tell(stream, HCAT_REQUEST, flags, message.headers);
  }

  private onMoreHeaders(stream: ProtocolStream, flags: number, headers: Header[]): boolean {
    const { connection } = this;
    if (stream.isRemoteClosed) fail('HEADERS: stream in half-closed(remote)', CLOSED);
    if (stream.isDestroyed) {
      if (flags & F.END_STREAM) {
        connection.closeRemote(stream);
        this.endSoon(stream);
      }
      return false;
    }
    if (this.isListTooLong(headers)) return this.resetStream(stream.id, CALM);
    const kind: MessageKind = stream.hasHead ? 'trailers' : 'response';
    // Trailers end the stream (§8.1).
    const message = kind === 'trailers' && !(flags & F.END_STREAM) ? null : checkMessage(kind, headers);
    if (message === null) return this.resetStream(stream.id, PROTOCOL);
    if (kind === 'trailers') return this.tell(stream, HCAT_HEADERS, flags, message.headers);
    const isFinal = message.status >= 200;
    if (!isFinal && flags & F.END_STREAM) return this.resetStream(stream.id, PROTOCOL);
    const category = stream.isPush ? HCAT_PUSH_RESPONSE : HCAT_RESPONSE;
    if (isFinal) {
      stream.hasHead = true;
      const hasNoBody = stream.isHeadRequest || message.status === 304;
      stream.expectedLength = hasNoBody ? -1 : message.contentLength;
    }
    return this.tell(stream, category, flags, message.headers);
  }

  private tell(stream: ProtocolStream, category: number, flags: number, headers: readonly Header[]): boolean {
    const isEnd = (flags & F.END_STREAM) !== 0;
    if (isEnd && !this.isLengthRight(stream, true)) return this.resetStream(stream.id, PROTOCOL);
    if (isEnd) this.connection.closeRemote(stream);
    if (isEnd) this.endSoon(stream);
    this.connection.owner.onHeaders(stream, category, flags, headers);
    return true;
  }

  private isListTooLong(headers: readonly Header[]): boolean {
    const { local, options } = this.connection;
    const limit = Math.min(local.maxHeaderListSize, 65_535);
    const size = headers.reduce((sum, { name, value }) => sum + name.length + value.length + 32, 0);
    return headers.length > options.maxHeaderListPairs || size > limit;
  }

  private onPromise(frame: F.Frame, headers: Header[]): boolean {
    const { connection } = this;
    if (connection.isServer || connection.local.enablePush === 0) fail('PUSH_PROMISE: push disabled');
    const id = frame.promisedId!;
    if (id % 2 !== 0 || id <= connection.lastRemoteId) fail('PUSH_PROMISE: invalid promised_stream_id');
    connection.lastRemoteId = id;
    const parent = connection.streams.get(frame.streamId);
    if (parent === undefined) {
      connection.sender.reset(id, REFUSED);
      return false;
    }
    const message = checkMessage('push', headers);
    if (message === null) return this.resetStream(id, PROTOCOL);
    const stream = connection.open(id);
    stream.isPush = true;
    stream.isLocalClosed = true;
    stream.isHeadRequest = message.method === 'HEAD';
    connection.owner.onHeaders(stream, HCAT_REQUEST, frame.flags & ~F.END_STREAM, message.headers);
    return true;
  }

  // --- RST_STREAM, §6.4

  private onReset(frame: F.Frame): boolean {
    const { connection } = this;
    if (this.isIdle(frame.streamId)) fail('RST_STREAM: stream in idle');
    const stream = connection.streams.get(frame.streamId);
    if (stream === undefined) return false;
    connection.closeStream(stream, F.uint32(frame.payload, 0));
    return true;
  }

  // --- SETTINGS, §6.5

  private onSettings(frame: F.Frame): boolean {
    const { connection } = this;
    if (frame.flags & F.ACK) {
      if (!connection.onSettingsAck()) fail('SETTINGS: unexpected ACK');
      return true;
    }
    const list = F.readSettings(frame.payload);
    for (const [id, value] of list) {
      const error = settingError(id, value);
      if (error !== null) fail(error.message, error.code);
    }
    this.applyRemote(list);
    connection.sender.push(F.frame(F.SETTINGS, F.ACK, 0), true);
    connection.owner.onSettings();
    return true;
  }

  private hasRemoteSettings = false;

  private applyRemote(list: F.SettingsList): void {
    const { connection } = this;
    const { remote } = connection;
    const before = remote.initialWindowSize;
    if (!this.hasRemoteSettings) remote.maxConcurrentStreams = 2 ** 32 - 1;
    this.hasRemoteSettings = true;
    applySettings(remote, list);
    if (list.some(([id]) => id === 1)) connection.encoder.setLimit(remote.headerTableSize);
    const delta = remote.initialWindowSize - before;
    for (const stream of connection.streams.values()) {
      stream.sendWindow += delta;
      if (stream.sendWindow > 0x7fffffff) fail('SETTINGS: window size overflow', FLOW);
      if (delta > 0) connection.sender.data(stream);
    }
  }

  // --- PING, GOAWAY, WINDOW_UPDATE, §6.7–§6.9

  private onPing(frame: F.Frame): boolean {
    const { connection } = this;
    const payload = frame.payload.slice();
    if (frame.flags & F.ACK) {
      // Node's own rule, not nghttp2's: its last GOAWAY says INTERNAL_ERROR.
      if (!connection.onPingAck(payload)) connection.owner.onError(ERR_PROTO);
      return true;
    }
    connection.sender.push(F.frame(F.PING, F.ACK, 0, payload), true);
    connection.owner.onPing(payload);
    return true;
  }

  private onGoaway(frame: F.Frame): boolean {
    const { connection } = this;
    const last = F.uint31(frame.payload, 0);
    connection.isGoawayReceived = true;
    connection.owner.onGoaway(F.uint32(frame.payload, 4), last, frame.payload.slice(8));
    // The peer has not looked at these: they may be tried again elsewhere.
    for (const stream of connection.streams.values()) {
      if (connection.isFromPeer(stream.id) || stream.id <= last) continue;
      this.steps.push(() => {
        connection.closeStream(stream, REFUSED);
        return true;
      });
    }
    return true;
  }

  private onWindowUpdate(frame: F.Frame): boolean {
    const { connection } = this;
    const { streamId } = frame;
    const bytes = F.uint31(frame.payload, 0);
    if (streamId === 0) {
      if (bytes === 0) fail('WINDOW_UPDATE: window_size_increment == 0');
      connection.sendWindow += bytes;
      if (connection.sendWindow > 0x7fffffff) fail('WINDOW_UPDATE: window size overflow', FLOW);
      return false;
    }
    if (this.isIdle(streamId)) fail('WINDOW_UPDATE to idle stream');
    const stream = connection.streams.get(streamId);
    if (stream === undefined) return false;
    if (bytes === 0) fail('WINDOW_UPDATE: window_size_increment == 0');
    stream.sendWindow += bytes;
    if (stream.sendWindow > 0x7fffffff) fail('WINDOW_UPDATE: window size overflow', FLOW);
    connection.sender.data(stream);
    return false;
  }
}
