/**
 * One HTTP/2 connection without sockets and events, what nghttp2 and Node's native half of http2 are together: settings,
 * windows, streams, GOAWAY and PING. Bytes come in through `receive`; what has to leave goes to the transport in one
 * write at the end of a turn, or at once after bytes were received. Frames are understood in receiver.ts and made in
 * sender.ts.
 *
 * Source: Node 24's src/node_http2.cc.
 */
import { constants } from '../constants.ts';
import { frame, GOAWAY, goawayPayload, MAGIC, PING, SETTINGS, type SettingsList, settingsPayload } from '../frames.ts';
import { Decoder } from '../hpack/decoder.ts';
import { Encoder, type Header } from '../hpack/encoder.ts';
import { soon } from './immediates.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import { applySettings, initialSettings, type Settings } from './settings.ts';
import { ProtocolStream } from './stream.ts';

/** Where bytes go. */
export interface Transport {
  /** Writes all of it; `true` when it is gone already, else `done` is called later. */
  write(bytes: Uint8Array, done: () => void): boolean;
  pause(): void;
  resume(): void;
}

/** What the connection tells, in session.ts's words. */
export interface ConnectionOwner {
  /** A message's head, 1xx, trailers or promise; `stream.owner` is null when the stream is new. */
  onHeaders(stream: ProtocolStream, category: number, flags: number, headers: readonly Header[]): void;
  onData(stream: ProtocolStream, bytes: Uint8Array): void;
  onEnd(stream: ProtocolStream): void;
  onStreamClosed(stream: ProtocolStream, code: number): void;
  onTrailersWanted(stream: ProtocolStream): void;
  onSettings(): void;
  onPing(payload: Uint8Array): void;
  onGoaway(code: number, lastStreamId: number, data: Uint8Array): void;
  /** @param errno nghttp2's number, as -505 */
  onError(errno: number, code?: string): void;
  /** A session that ends by itself has nothing left to do. */
  onGracefulCloseComplete(): void;
}

export interface ConnectionOptions {
  readonly maxOutstandingPings: number;
  readonly maxOutstandingSettings: number;
  readonly peerMaxConcurrentStreams: number;
  readonly maxHeaderListPairs: number;
  readonly maxInvalidFrames: number;
  readonly maxDeflateTableSize: number;
}

interface Outstanding {
  readonly startUs: number;
  readonly done: (isAck: boolean, durationMs: number, payload?: Uint8Array) => void;
}

/** RFC 9113 §6.9.2 */
const WINDOW = 65_535;
const { NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

export class Connection {
  readonly isServer: boolean;
  readonly owner: ConnectionOwner;
  readonly options: ConnectionOptions;
  readonly sender: Sender;
  private readonly receiver: Receiver;
  private readonly transport: Transport;
  readonly encoder: Encoder;
  readonly decoder = new Decoder();

  /** In force here once the peer has acknowledged them, and there once we have. */
  readonly local: Settings = initialSettings();
  readonly remote: Settings = initialSettings();
  private readonly settingsSent: (Outstanding & { readonly list: SettingsList })[] = [];
  private readonly pings: (Outstanding & { readonly payload: Uint8Array })[] = [];

  readonly streams = new Map<number, ProtocolStream>();
  nextStreamId: number;
  /** The highest stream of the peer that was handed to the program. */
  lastProcessedId = 0;
  /** The highest stream of the peer that it opened, and of ours in requests. */
  lastRemoteId = 0;
  /** Streams of ours that count against the peer's limit, and of the peer against ours. */
  readonly counted = new Set<ProtocolStream>();
  openLocal = 0;
  openRemote = 0;

  sendWindow = WINDOW;
  localWindow = WINDOW;
  received = 0;
  consumed = 0;

  isGoawaySent = false;
  isGoawayReceived = false;
  isGracefulClosing = false;
  /** The last GOAWAY is out: nothing is read or written any more. */
  isTerminated = false;
  isTerminating = false;
  isClosed = false;
  isDestroyed = false;
  isReceiving = false;
  onDone: (() => void) | null = null;

  /** Counts frames that left, for timeouts that must not fire while data moves. */
  chunksSent = 0;
  readonly written: ((error: boolean) => void)[] = [];
  readonly pendingResets = new Set<ProtocolStream>();
  private isFlushScheduled = false;
  private isFlushing = false;
  private isWriting = false;
  private isReadingStopped = false;

  constructor(isServer: boolean, options: ConnectionOptions, owner: ConnectionOwner, transport: Transport) {
    this.isServer = isServer;
    this.options = options;
    this.owner = owner;
    this.transport = transport;
    this.nextStreamId = isServer ? 2 : 1;
    this.encoder = new Encoder(options.maxDeflateTableSize);
    this.remote.maxConcurrentStreams = options.peerMaxConcurrentStreams;
    this.sender = new Sender(this);
    this.receiver = new Receiver(this);
    if (!isServer) this.sender.push(MAGIC, true);
  }

  // --- what the session asks for

  /** @returns the stream, or null when there are no ids left */
  request(headers: readonly Header[], endsStream: boolean, wantsTrailers: boolean): ProtocolStream | null {
    if (this.nextStreamId > 0x7fffffff) return null;
    const stream = this.open(this.nextStreamId);
    this.nextStreamId += 2;
    stream.hasTrailers = wantsTrailers;
    stream.isHeadRequest = headers.some(({ name, value }) => name === ':method' && value === 'HEAD');
    this.sender.headers(stream, headers, endsStream);
    return stream;
  }

  push(parent: ProtocolStream, headers: readonly Header[]): ProtocolStream | null {
    if (this.nextStreamId > 0x7fffffff) return null;
    const stream = this.open(this.nextStreamId);
    this.nextStreamId += 2;
    stream.isRemoteClosed = true;
    this.sender.promise(parent, stream, headers);
    return stream;
  }

  open(id: number): ProtocolStream {
    const stream = new ProtocolStream(this, id);
    this.streams.set(id, stream);
    return stream;
  }

  settings(list: SettingsList, done: Outstanding['done']): boolean {
    if (this.settingsSent.length >= this.options.maxOutstandingSettings) {
      done(false, 0);
      return false;
    }
    this.settingsSent.push({ startUs: __kernel.loopUs(), done, list });
    this.sender.push(frame(SETTINGS, 0, 0, settingsPayload(list)), true);
    this.scheduleFlush();
    return true;
  }

  onSettingsAck(): boolean {
    const sent = this.settingsSent.shift();
    if (sent === undefined) return false;
    const before = this.local.initialWindowSize;
    applySettings(this.local, sent.list);
    this.decoder.setLimit(this.local.headerTableSize);
    this.receiver.reader.maxFrameSize = this.local.maxFrameSize;
    for (const stream of this.streams.values()) stream.received -= this.local.initialWindowSize - before;
    sent.done(true, elapsedMs(sent.startUs));
    return true;
  }

  ping(payload: Uint8Array, done: Outstanding['done']): boolean {
    if (this.pings.length >= this.options.maxOutstandingPings) {
      done(false, 0, payload);
      return false;
    }
    this.pings.push({ startUs: __kernel.loopUs(), done, payload });
    this.sender.push(frame(PING, 0, 0, payload), true);
    this.scheduleFlush();
    return true;
  }

  onPingAck(payload: Uint8Array): boolean {
    const ping = this.pings.shift();
    if (ping === undefined) return false;
    ping.done(true, elapsedMs(ping.startUs), payload);
    return true;
  }

  /** @param lastStreamId 0 or less: the last one that was handed to the program */
  goaway(code: number, lastStreamId: number, data?: Uint8Array): void {
    const last = lastStreamId > 0 ? lastStreamId : this.lastProcessedId;
    this.sender.push(frame(GOAWAY, 0, 0, goawayPayload(last, code, data)), false, () => {
      this.isGoawaySent = true;
      for (const stream of [...this.streams.values()]) {
        if (this.isFromPeer(stream.id) && stream.id > last) this.closeStream(stream, NGHTTP2_REFUSED_STREAM);
      }
    });
    this.scheduleFlush();
  }

  /** A connection error, RFC 9113 §5.4.1: the last frame says why. */
  terminate(code: number, reason = ''): void {
    if (this.isTerminating) return;
    this.isTerminating = true;
    const payload = goawayPayload(this.lastProcessedId, code, Buffer.from(reason));
    this.sender.push(frame(GOAWAY, 0, 0, payload), false, () => {
      this.isTerminated = true;
    });
  }

  /** Ends it: a last GOAWAY unless the socket is gone, then `onDone`. */
  destroy(code: number, isSocketGone: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.pauseReading();
    if (!isSocketGone) {
      this.terminate(code);
      this.flush();
    }
    this.isDestroyed = true;
    if (!this.isWriting) soon(() => this.finish());
    const outstanding = [...this.pings.splice(0), ...this.settingsSent.splice(0)];
    if (outstanding.length > 0) {
      soon(() => {
        for (const { startUs, done } of outstanding) done(false, elapsedMs(startUs));
      });
    }
    this.sender.clear();
  }

  private finish(): void {
    const done = this.onDone;
    this.onDone = null;
    done?.();
  }

  // --- streams

  isFromPeer(id: number): boolean {
    return (id % 2 === 1) === this.isServer;
  }

  closeLocal(stream: ProtocolStream): void {
    stream.isLocalClosed = true;
    this.closeIfDone(stream);
  }

  closeRemote(stream: ProtocolStream): void {
    stream.isRemoteClosed = true;
  }

  closeIfDone(stream: ProtocolStream): void {
    if (stream.isLocalClosed && stream.isRemoteClosed) this.closeStream(stream, NGHTTP2_NO_ERROR);
  }

  closeStream(stream: ProtocolStream, code: number): void {
    if (stream.isClosed) return;
    stream.isClosed = true;
    this.streams.delete(stream.id);
    if (this.counted.delete(stream)) {
      if (this.isFromPeer(stream.id)) this.openRemote--;
      else this.openLocal--;
    }
    if (this.sender.hasFrames) this.scheduleFlush();
    if (stream.isDestroyed) return;
    // Trailers may stand in the queue still: the program hears of the end when they have left.
    const tell = () => {
      if (!stream.isDestroyed) this.owner.onStreamClosed(stream, code);
    };
    if (code === NGHTTP2_NO_ERROR && this.wantsWrite) soon(tell);
    else tell();
  }

  get wantsRead(): boolean {
    if (this.isTerminated) return false;
    return this.counted.size > 0 || !(this.isGoawaySent || this.isGoawayReceived);
  }

  get wantsWrite(): boolean {
    return !this.isTerminated && this.sender.hasFrames;
  }

  get hasPendingData(): boolean {
    return this.wantsWrite || this.wantsRead;
  }

  // --- windows, RFC 9113 §6.9

  consumeConnection(bytes: number): void {
    this.consumed += bytes;
    const ready = Math.min(this.consumed, this.received);
    if (!shouldUpdate(this.localWindow, ready)) return;
    this.sender.windowUpdate(0, ready);
    this.received -= ready;
    this.consumed -= ready;
  }

  consumeStream(stream: ProtocolStream, bytes: number): void {
    stream.consumed += bytes;
    if (stream.isRemoteClosed || stream.isClosed) return;
    const ready = Math.min(stream.consumed, stream.received);
    if (!shouldUpdate(this.local.initialWindowSize, ready)) return;
    this.sender.windowUpdate(stream.id, ready);
    stream.received -= ready;
    stream.consumed -= ready;
  }

  /** The connection's window as `setLocalWindowSize` wants it. */
  setLocalWindow(size: number): void {
    const delta = size - this.localWindow;
    if (delta === 0) return;
    if (delta < 0) {
      this.received -= delta;
      this.localWindow = size;
      return;
    }
    this.localWindow = size;
    this.sender.windowUpdate(0, delta);
    this.scheduleFlush();
  }

  // --- bytes

  receive(chunk: Uint8Array): void {
    if (this.isDestroyed || this.isTerminated) return;
    this.receiver.push(chunk);
  }

  scheduleFlush(): void {
    if (this.isFlushScheduled || this.isDestroyed || this.isFlushing) return;
    this.isFlushScheduled = true;
    soon(() => {
      if (this.isFlushScheduled) this.flush();
    });
  }

  /** Hands what can leave to the transport. @returns false when that is under way already */
  flush(): boolean {
    if (this.isDestroyed) return true;
    this.isFlushScheduled = false;
    if (this.isFlushing) return false;
    this.isFlushing = true;
    const parts = this.sender.gather();
    if (parts.length === 0) {
      this.onWritten();
      return true;
    }
    this.chunksSent += parts.length;
    this.isWriting = true;
    const isGone = this.transport.write(concat(parts), () => this.onWriteDone());
    if (isGone) {
      this.isWriting = false;
      this.onWritten();
    } else this.pauseReading();
    return true;
  }

  private onWriteDone(): void {
    this.isWriting = false;
    if (this.isDestroyed) {
      this.finish();
      return;
    }
    this.onWritten();
    if (this.isReadingStopped && this.wantsRead) {
      this.isReadingStopped = false;
      this.transport.resume();
    }
    if (this.wantsWrite) this.scheduleFlush();
  }

  private pauseReading(): void {
    if (this.isReadingStopped) return;
    this.isReadingStopped = true;
    this.transport.pause();
  }

  /** The writes that went out are done, and resets that waited for them may follow. */
  private onWritten(): void {
    this.isFlushing = false;
    for (const callback of this.written.splice(0)) callback(false);
    for (const stream of [...this.pendingResets]) stream.flushReset();
    if (this.isGracefulClosing && !this.isDestroyed && !this.hasPendingData) this.owner.onGracefulCloseComplete();
    if (this.wantsWrite && !this.isWriting) this.scheduleFlush();
  }
}

/** nghttp2 tells the peer when half of the window is free again. */
function shouldUpdate(window: number, ready: number): boolean {
  return ready > 0 && ready >= Math.floor(window / 2);
}

const elapsedMs = (startUs: number) => (__kernel.loopUs() - startUs) / 1000;

function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
