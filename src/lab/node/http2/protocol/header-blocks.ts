/**
 * Header blocks: HEADERS, PUSH_PROMISE and CONTINUATION, RFC 9113 §6.2, §6.6 and §6.10. Put together, decompressed, checked
 * as a message, and told to the program with a category as nghttp2 has them.
 */
import { constants } from '../constants.ts';
import * as F from '../frames.ts';
import type { Header } from '../hpack/encoder.ts';
import type { Connection } from './connection.ts';
import { checkMessage, type MessageKind } from './messages.ts';
import { fail, type Receiver } from './receiver.ts';
import type { ProtocolStream } from './stream.ts';

const {
  NGHTTP2_ENHANCE_YOUR_CALM: CALM,
  NGHTTP2_PROTOCOL_ERROR: PROTOCOL,
  NGHTTP2_REFUSED_STREAM: REFUSED,
  NGHTTP2_STREAM_CLOSED: CLOSED,
} = constants;

/** nghttp2_headers_category */
export const HCAT_REQUEST = 0;
export const HCAT_RESPONSE = 1;
export const HCAT_PUSH_RESPONSE = 2;
export const HCAT_HEADERS = 3;

export class HeaderBlocks {
  private readonly connection: Connection;
  private readonly receiver: Receiver;
  /** The block that CONTINUATION goes on with. */
  private block: { readonly frame: F.Frame; readonly parts: Uint8Array[] } | null = null;

  constructor(connection: Connection, receiver: Receiver) {
    this.connection = connection;
    this.receiver = receiver;
  }

  /** Nothing may stand inside a block but its own CONTINUATION. */
  checkOrder({ type, streamId }: F.Frame): void {
    if (this.block !== null && (type !== F.CONTINUATION || streamId !== this.block.frame.streamId)) {
      fail('unexpected non-CONTINUATION frame or stream_id is invalid');
    }
  }

  onHeaderBlock(frame: F.Frame): boolean {
    this.block = { frame, parts: [frame.payload] };
    const { connection } = this;
    const opens = frame.type === F.HEADERS && connection.isServer && connection.isFromPeer(frame.streamId);
    if (opens && frame.streamId > connection.lastProcessedId) connection.lastProcessedId = frame.streamId;
    return frame.flags & F.END_HEADERS ? this.onWholeBlock() : false;
  }

  onContinuation(frame: F.Frame): boolean {
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
      if (this.receiver.isIdle(streamId)) fail('HEADERS: stream in idle');
      return false;
    }
    if (!connection.isFromPeer(streamId)) {
      if (this.receiver.isIdle(streamId)) fail('request HEADERS: invalid stream_id');
      return false;
    }
    // Of a stream that was closed a moment ago.
    if (!this.receiver.isIdle(streamId)) return false;
    connection.lastRemoteId = streamId;
    if (connection.isGoawaySent && !connection.isGracefulClosing) return false;
    if (connection.openRemote >= connection.local.maxConcurrentStreams)
      return this.receiver.resetStream(streamId, REFUSED);
    if (this.isListTooLong(headers)) {
      connection.sender.reset(streamId, CALM);
      return false;
    }
    const stream = connection.open(streamId);
    connection.counted.add(stream);
    connection.openRemote++;
    const message = checkMessage('request', headers, connection.local.enableConnectProtocol === 1);
    if (message === null) return this.receiver.resetStream(streamId, PROTOCOL);
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
        this.receiver.endSoon(stream);
      }
      return false;
    }
    if (this.isListTooLong(headers)) return this.receiver.resetStream(stream.id, CALM);
    const kind: MessageKind = stream.hasHead ? 'trailers' : 'response';
    // Trailers end the stream (§8.1).
    const message = kind === 'trailers' && !(flags & F.END_STREAM) ? null : checkMessage(kind, headers);
    if (message === null) return this.receiver.resetStream(stream.id, PROTOCOL);
    if (kind === 'trailers') return this.tell(stream, HCAT_HEADERS, flags, message.headers);
    const isFinal = message.status >= 200;
    if (!isFinal && flags & F.END_STREAM) return this.receiver.resetStream(stream.id, PROTOCOL);
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
    if (isEnd && !this.receiver.isLengthRight(stream, true)) return this.receiver.resetStream(stream.id, PROTOCOL);
    if (isEnd) this.connection.closeRemote(stream);
    if (isEnd) this.receiver.endSoon(stream);
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
    if (message === null) return this.receiver.resetStream(id, PROTOCOL);
    const stream = connection.open(id);
    stream.isPush = true;
    stream.isLocalClosed = true;
    stream.isHeadRequest = message.method === 'HEAD';
    connection.owner.onHeaders(stream, HCAT_REQUEST, frame.flags & ~F.END_STREAM, message.headers);
    return true;
  }
}
