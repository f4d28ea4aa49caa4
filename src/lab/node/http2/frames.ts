/**
 * Frames of HTTP/2, RFC 9113 §4 and §6: bytes to frames in whatever pieces they come, and frames to bytes. What a frame
 * means is protocol/receiver.ts; here are only its layout and the errors of layout.
 */
import { constants } from './constants.ts';

export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITY_FLAG = 0x20;

const { NGHTTP2_FRAME_SIZE_ERROR: SIZE, NGHTTP2_PROTOCOL_ERROR: PROTOCOL } = constants;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Without padding and priority; for PUSH_PROMISE without the promised stream's id. */
  readonly payload: Uint8Array;
  /** Bytes on the wire after the head: what flow control counts of DATA. */
  readonly length: number;
  /** Of PUSH_PROMISE. */
  readonly promisedId?: number;
  /** Of HEADERS and PRIORITY that carry one: the stream depended on. */
  readonly dependsOn?: number;
}

/** A frame that breaks RFC 9113; `isStreamError` when only its stream is lost. */
export class FrameError extends Error {
  readonly code: number;
  readonly streamId: number;
  readonly isStreamError: boolean;
  constructor(code: number, message: string, streamId = 0, isStreamError = false) {
    super(message);
    this.code = code;
    this.streamId = streamId;
    this.isStreamError = isStreamError;
  }
}

const EMPTY = new Uint8Array(0);

/** What a client says first, §3.4. */
export const MAGIC: Uint8Array = Uint8Array.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', (char) => char.charCodeAt(0));

export class FrameReader {
  /** Our SETTINGS_MAX_FRAME_SIZE. */
  maxFrameSize = 16_384;
  private kept: Uint8Array = EMPTY;
  private isFirst = true;

  /** The next whole frame of what was pushed, or null. @throws FrameError */
  read(): Frame | null {
    const bytes = this.kept;
    if (bytes.length < 9) return null;
    const length = (bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!;
    const type = bytes[3]!;
    const flags = bytes[4]!;
    const streamId = uint31(bytes, 5);
    // Before its size: what speaks another protocol has no sensible size.
    if (this.isFirst && (type !== SETTINGS || flags & ACK)) throw new FrameError(PROTOCOL, 'SETTINGS expected');
    this.isFirst = false;
    if (length > this.maxFrameSize) throw new FrameError(SIZE, 'too large frame size', streamId);
    if (bytes.length < 9 + length) return null;
    const payload = bytes.subarray(9, 9 + length);
    this.kept = bytes.subarray(9 + length);
    checkLayout(type, flags, streamId, length);
    return unpack(type, flags, streamId, payload);
  }

  push(chunk: Uint8Array): void {
    if (this.kept.length === 0) {
      this.kept = chunk;
      return;
    }
    const all = new Uint8Array(this.kept.length + chunk.length);
    all.set(this.kept);
    all.set(chunk, this.kept.length);
    this.kept = all;
  }

  get bytesKept(): number {
    return this.kept.length;
  }
}

const NAMES = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
];
/** Frames that belong to a stream, and such that belong to the connection. */
const OF_STREAM = new Set([DATA, HEADERS, PRIORITY, RST_STREAM, PUSH_PROMISE, CONTINUATION]);
const OF_CONNECTION = new Set([SETTINGS, PING, GOAWAY]);

/** RFC 9113 §6.1–§6.10: sizes and stream ids that each type must have. */
function checkLayout(type: number, flags: number, streamId: number, length: number): void {
  const name = NAMES[type] ?? '';
  if (streamId === 0 && OF_STREAM.has(type)) throw new FrameError(PROTOCOL, `${name}: stream_id == 0`);
  if (streamId !== 0 && OF_CONNECTION.has(type)) throw new FrameError(PROTOCOL, `${name}: stream_id != 0`);
  const wrong = (isStreamError = false) => new FrameError(SIZE, `${name}: invalid length`, streamId, isStreamError);
  if (type === PRIORITY && length !== 5) throw wrong(true);
  if ((type === RST_STREAM || type === WINDOW_UPDATE) && length !== 4) throw wrong();
  if (type === PING && length !== 8) throw wrong();
  if (type === GOAWAY && length < 8) throw wrong();
  if (type === SETTINGS && (length % 6 !== 0 || (flags & ACK && length > 0))) throw wrong();
}

function unpack(type: number, flags: number, streamId: number, whole: Uint8Array): Frame {
  let payload = whole;
  let promisedId: number | undefined;
  let dependsOn: number | undefined;
  if (flags & PADDED && (type === DATA || type === HEADERS || type === PUSH_PROMISE)) {
    if (payload.length === 0) throw new FrameError(SIZE, `${NAMES[type]}: no padding length`, streamId);
    const padding = payload[0]!;
    if (padding >= payload.length) throw new FrameError(PROTOCOL, `${NAMES[type]}: invalid padding`, streamId);
    payload = payload.subarray(1, payload.length - padding);
  }
  if (type === PRIORITY || (type === HEADERS && flags & PRIORITY_FLAG)) {
    if (payload.length < 5) throw new FrameError(SIZE, `${NAMES[type]}: invalid length`, streamId);
    dependsOn = uint31(payload, 0);
    payload = payload.subarray(5);
  }
  if (type === PUSH_PROMISE) {
    if (payload.length < 4) throw new FrameError(SIZE, 'PUSH_PROMISE: invalid length', streamId);
    promisedId = uint31(payload, 0);
    payload = payload.subarray(4);
  }
  return { type, flags, streamId, payload, length: whole.length, promisedId, dependsOn };
}

// --- frames to bytes

export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = EMPTY): Uint8Array {
  const bytes = new Uint8Array(9 + payload.length);
  bytes[0] = payload.length >>> 16;
  bytes[1] = payload.length >>> 8;
  bytes[2] = payload.length;
  bytes[3] = type;
  bytes[4] = flags;
  writeUint32(bytes, 5, streamId);
  bytes.set(payload, 9);
  return bytes;
}

/** A header block as HEADERS or PUSH_PROMISE and as many CONTINUATION as it takes. */
export function headerFrames(
  type: number,
  flags: number,
  streamId: number,
  block: Uint8Array,
  maxFrameSize: number,
  promisedId?: number,
): Uint8Array[] {
  let first = block.subarray(0, promisedId === undefined ? maxFrameSize : maxFrameSize - 4);
  let rest = block.subarray(first.length);
  if (promisedId !== undefined) {
    const withId = new Uint8Array(4 + first.length);
    writeUint32(withId, 0, promisedId);
    withId.set(first, 4);
    first = withId;
  }
  const frames = [frame(type, flags | (rest.length === 0 ? END_HEADERS : 0), streamId, first)];
  while (rest.length > 0) {
    const piece = rest.subarray(0, maxFrameSize);
    rest = rest.subarray(piece.length);
    frames.push(frame(CONTINUATION, rest.length === 0 ? END_HEADERS : 0, streamId, piece));
  }
  return frames;
}

/** Pairs of a setting's id and value. */
export type SettingsList = readonly (readonly [id: number, value: number])[];

export function settingsPayload(settings: SettingsList): Uint8Array {
  const bytes = new Uint8Array(settings.length * 6);
  settings.forEach(([id, value], i) => {
    bytes[i * 6] = id >>> 8;
    bytes[i * 6 + 1] = id;
    writeUint32(bytes, i * 6 + 2, value);
  });
  return bytes;
}

export function readSettings(payload: Uint8Array): SettingsList {
  const settings: [number, number][] = [];
  for (let at = 0; at + 6 <= payload.length; at += 6) {
    settings.push([(payload[at]! << 8) | payload[at + 1]!, uint32(payload, at + 2)]);
  }
  return settings;
}

export function goawayPayload(lastStreamId: number, code: number, data: Uint8Array = EMPTY): Uint8Array {
  const bytes = new Uint8Array(8 + data.length);
  writeUint32(bytes, 0, lastStreamId);
  writeUint32(bytes, 4, code);
  bytes.set(data, 8);
  return bytes;
}

export function uint32Payload(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, value);
  return bytes;
}

export function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** The highest bit is reserved. */
export function uint31(bytes: Uint8Array, at: number): number {
  return uint32(bytes, at) & 0x7fffffff;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
