/**
 * Understands frames: RFC 9113 §5 and §6 with the errors that each rule names. What a frame tells the program is told
 * before the next frame is looked at, with its ticks and promises: Node runs them after each call from its native half.
 */
import { constants } from '../constants.ts';
import * as F from '../frames.ts';
import { CompressionError } from '../hpack/decoder.ts';
import type { Connection } from './connection.ts';
import { HeaderBlocks } from './header-blocks.ts';
import { applySettings, settingError } from './settings.ts';
import type { ProtocolStream } from './stream.ts';

const {
  NGHTTP2_COMPRESSION_ERROR: COMPRESSION,
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

/** Thrown inside to leave a frame's handling. */
class ConnectionError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export const fail = (message: string, code: number = PROTOCOL): never => {
  throw new ConnectionError(code, message);
};

export class Receiver {
  readonly reader = new F.FrameReader();
  private readonly connection: Connection;
  private readonly blocks: HeaderBlocks;
  private magicLeft: number;
  private invalidFrames = 0;
  /** The rest waits for the ticks of the last step. */
  private isWaiting = false;
  /** What is still to be done about the last frame; each says whether it told the program something. */
  private readonly steps: (() => boolean)[] = [];

  constructor(connection: Connection) {
    this.connection = connection;
    this.blocks = new HeaderBlocks(connection, this);
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
    this.blocks.checkOrder(frame);
    switch (frame.type) {
      case F.DATA:
        return this.onData(frame);
      case F.HEADERS:
      case F.PUSH_PROMISE:
        return this.blocks.onHeaderBlock(frame);
      case F.CONTINUATION:
        return this.blocks.onContinuation(frame);
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
  isIdle(id: number): boolean {
    const { connection } = this;
    return connection.isFromPeer(id) ? id > connection.lastRemoteId : id >= connection.nextStreamId;
  }

  /** One stream is lost, RFC 9113 §5.4.2. */
  resetStream(id: number, code: number): boolean {
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

  isLengthRight(stream: ProtocolStream, isEnd: boolean): boolean {
    const { expectedLength, bodyLength } = stream;
    if (expectedLength < 0) return true;
    return isEnd ? bodyLength === expectedLength : bodyLength <= expectedLength;
  }

  /** The reader hears of the end, and then the stream may close. */
  endSoon(stream: ProtocolStream): void {
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
