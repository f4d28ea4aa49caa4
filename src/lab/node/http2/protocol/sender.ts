/**
 * What a connection has to send, in nghttp2's order: first answers to SETTINGS and PING, then other frames, then new
 * requests as far as the peer allows more streams, then DATA, one frame of each stream in turn, as far as the windows go.
 * Header blocks are compressed when they leave, because the order of blocks is the state of HPACK.
 */
import { constants } from '../constants.ts';
import {
  DATA,
  END_STREAM,
  frame,
  GOAWAY,
  HEADERS,
  headerFrames,
  MAGIC,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  uint32Payload,
  WINDOW_UPDATE,
} from '../frames.ts';
import type { Header } from '../hpack/encoder.ts';
import type { Connection } from './connection.ts';
import type { ProtocolStream } from './stream.ts';

const { NGHTTP2_REFUSED_STREAM } = constants;

interface Item {
  encode(): Uint8Array[];
  /** It leaves although the connection is being ended. */
  readonly isLast?: boolean;
  /** After its frames were handed to the socket. */
  readonly onSent?: () => void;
}

export class Sender {
  private readonly connection: Connection;
  private urgent: Item[] = [];
  private regular: Item[] = [];
  private requests: { readonly stream: ProtocolStream; readonly item: Item }[] = [];
  /** Streams with DATA to send, in turn. */
  private ready: ProtocolStream[] = [];

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get hasFrames(): boolean {
    const { connection } = this;
    if (this.urgent.length > 0 || this.regular.length > 0) return true;
    if (this.requests.length > 0 && this.mayOpen()) return true;
    return this.ready.length > 0 && connection.sendWindow > 0;
  }

  /** A frame that needs no compression; with `isUrgent` it goes before others. */
  push(bytes: Uint8Array, isUrgent = false, onSent?: () => void): void {
    // SETTINGS of our own are part of the preface, and a GOAWAY is what the end consists of.
    const isLast = bytes[3] === GOAWAY || (bytes[3] === SETTINGS && bytes[4] === 0) || bytes === MAGIC;
    const item: Item = { encode: () => [bytes], isLast, ...(onSent === undefined ? {} : { onSent }) };
    (isUrgent ? this.urgent : this.regular).push(item);
  }

  windowUpdate(streamId: number, bytes: number): void {
    this.push(frame(WINDOW_UPDATE, 0, streamId, uint32Payload(bytes)));
  }

  reset(streamId: number, code: number): void {
    const { connection } = this;
    const waiting = this.requests.findIndex(({ stream }) => stream.id === streamId);
    if (waiting >= 0) {
      // The peer never heard of it.
      const { stream } = this.requests.splice(waiting, 1)[0]!;
      connection.closeStream(stream, code);
      return;
    }
    this.push(frame(RST_STREAM, 0, streamId, uint32Payload(code)), false, () => {
      const stream = connection.streams.get(streamId);
      if (stream !== undefined) connection.closeStream(stream, code);
    });
  }

  /** The head of a response, or of a request on a stream of ours that is counted against the peer's limit. */
  headers(stream: ProtocolStream, headers: readonly Header[], endsStream: boolean): void {
    const item: Item = {
      encode: () => this.headerFrames(HEADERS, stream, headers, endsStream),
      onSent: () => {
        if (endsStream) this.connection.closeLocal(stream);
        else {
          stream.sendsData = true;
          this.data(stream);
        }
      },
    };
    const isRequest = !this.connection.isServer;
    if (isRequest) this.requests.push({ stream, item });
    else this.regular.push(this.unlessClosed(stream, item));
    this.connection.scheduleFlush();
  }

  information(stream: ProtocolStream, headers: readonly Header[]): void {
    this.regular.push(this.unlessClosed(stream, { encode: () => this.headerFrames(HEADERS, stream, headers, false) }));
    this.connection.scheduleFlush();
  }

  trailers(stream: ProtocolStream, headers: readonly Header[]): void {
    this.regular.push(
      this.unlessClosed(stream, {
        encode: () => this.headerFrames(HEADERS, stream, headers, true),
        onSent: () => this.connection.closeLocal(stream),
      }),
    );
    this.connection.scheduleFlush();
  }

  promise(stream: ProtocolStream, promised: ProtocolStream, headers: readonly Header[]): void {
    const { connection } = this;
    this.regular.push(
      this.unlessClosed(stream, {
        encode: () => {
          const block = connection.encoder.encode(headers);
          return headerFrames(PUSH_PROMISE, 0, stream.id, block, connection.remote.maxFrameSize, promised.id);
        },
      }),
    );
    connection.scheduleFlush();
  }

  /** The stream has bytes, or its end, to send. */
  data(stream: ProtocolStream): void {
    if (!stream.sendsData || stream.isClosed || stream.isLocalClosed || stream.awaitsTrailers) return;
    if (!this.ready.includes(stream)) this.ready.push(stream);
    this.connection.scheduleFlush();
  }

  /** Requests that a GOAWAY came before, or that belong to a connection that ends. */
  dropRequests(): void {
    for (const { stream } of this.requests.splice(0)) this.connection.closeStream(stream, NGHTTP2_REFUSED_STREAM);
  }

  /** Everything that can leave now, as bytes. Calls the streams' owners, which may give more. */
  gather(): Uint8Array[] {
    const { connection } = this;
    const out: Uint8Array[] = [];
    // Bounds the loop: a peer that opens its windows without end still has to take what was sent.
    for (let i = 0; i < 10_000; i++) {
      const item = this.next();
      if (item !== null) {
        out.push(...item.encode());
        item.onSent?.();
        continue;
      }
      if (connection.isTerminating) break;
      const bytes = this.nextData();
      if (bytes === null) break;
      out.push(...bytes);
    }
    if (this.hasFrames && out.length > 0) connection.scheduleFlush();
    return out;
  }

  private next(): Item | null {
    const { connection } = this;
    if (connection.isTerminated) return null;
    if (connection.isTerminating) {
      this.urgent = this.urgent.filter(({ isLast }) => isLast);
      this.regular = this.regular.filter(({ isLast }) => isLast);
    }
    const item = this.urgent.shift() ?? this.regular.shift();
    if (item !== undefined) return item;
    if (connection.isTerminating) return null;
    if (this.requests.length === 0 || !this.mayOpen()) return null;
    this.connection.openLocal++;
    const { stream, item: request } = this.requests.shift()!;
    this.connection.counted.add(stream);
    return request;
  }

  /** RFC 9113 §5.1.2, and §6.8: no new streams after a GOAWAY. */
  private mayOpen(): boolean {
    const { connection } = this;
    return connection.openLocal < connection.remote.maxConcurrentStreams;
  }

  private headerFrames(type: number, stream: ProtocolStream, headers: readonly Header[], endsStream: boolean) {
    const { connection } = this;
    const block = connection.encoder.encode(headers);
    return headerFrames(type, endsStream ? END_STREAM : 0, stream.id, block, connection.remote.maxFrameSize);
  }

  private unlessClosed(stream: ProtocolStream, item: Item): Item {
    return {
      encode: () => (stream.isClosed ? [] : item.encode()),
      onSent: () => {
        if (!stream.isClosed) item.onSent?.();
      },
    };
  }

  /** One DATA frame of the next stream that may send; null when none may. */
  private nextData(): Uint8Array[] | null {
    const { connection } = this;
    while (this.ready.length > 0 && connection.sendWindow > 0) {
      const stream = this.ready.shift()!;
      if (stream.isClosed || stream.isDestroyed || stream.sendWindow <= 0) continue;
      while (stream.queue[0]?.bytes.length === 0) connection.written.push(stream.queue.shift()!.callback);
      const limit = Math.min(connection.remote.maxFrameSize, connection.sendWindow, stream.sendWindow);
      const length = Math.min(stream.available, limit);
      if (length === 0 && stream.isWritable) continue;
      const payload = this.take(stream, length);
      const isLast = stream.available === 0 && !stream.isWritable;
      connection.sendWindow -= length;
      stream.sendWindow -= length;
      const endsStream = isLast && !stream.hasTrailers;
      if (isLast && stream.hasTrailers) {
        stream.awaitsTrailers = true;
        connection.owner.onTrailersWanted(stream);
        if (length === 0) continue;
      }
      const bytes = frame(DATA, endsStream ? END_STREAM : 0, stream.id, payload);
      if (endsStream) connection.closeLocal(stream);
      else if (!isLast && !this.ready.includes(stream)) this.ready.push(stream);
      return [bytes];
    }
    return null;
  }

  /** Takes `length` bytes of what was written; the callbacks of writes that are through wait for the socket. */
  private take(stream: ProtocolStream, length: number): Uint8Array {
    const payload = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const first = stream.queue[0]!;
      const piece = first.bytes.subarray(0, length - at);
      payload.set(piece, at);
      at += piece.length;
      first.bytes = first.bytes.subarray(piece.length);
      if (first.bytes.length > 0) continue;
      stream.queue.shift();
      this.connection.written.push(first.callback);
    }
    stream.available -= length;
    return payload;
  }

  /** Nothing is sent any more, and nobody waits. */
  clear(): void {
    this.urgent = [];
    this.regular = [];
    this.requests = [];
    this.ready = [];
  }
}
