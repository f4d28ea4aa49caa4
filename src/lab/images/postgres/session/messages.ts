/** The wire protocol 3.0: bytes in pieces → messages, and messages → bytes. PostgreSQL's manual, chapter 55. */
import type { PgError } from '../errors.ts';
import type { OutputColumn } from '../run/targets.ts';
import { toBinary } from '../types/binary.ts';
import type { Type } from '../types/types.ts';
import type { Datum, Row } from '../types/values.ts';
import type { Notice } from './session.ts';

const utf8 = new TextEncoder();

export interface Message {
  /** '' for the startup packet, which has no type. */
  readonly type: string;
  readonly body: Uint8Array;
}

/** Collects chunks and cuts them into messages. */
export class MessageReader {
  private chunks: Uint8Array = new Uint8Array(0);
  /** The first packet has no type byte. */
  isStarted = false;
  /** Nobody asks for a password any more. */
  isInSession = false;

  push(chunk: Uint8Array): void {
    if (this.chunks.length === 0) this.chunks = chunk;
    else {
      const joined = new Uint8Array(this.chunks.length + chunk.length);
      joined.set(this.chunks);
      joined.set(chunk, this.chunks.length);
      this.chunks = joined;
    }
  }

  get length(): number {
    return this.chunks.length;
  }

  /** The next whole message; null when there is none yet; 'bad' for a length that cannot be. */
  next(): Message | null | 'bad' {
    const head = this.isStarted ? 1 : 0;
    const { chunks } = this;
    // The type is looked at before anything else has come.
    if (this.isStarted && chunks.length > 0 && !(this.isInSession ? KNOWN : AUTH).has(String.fromCharCode(chunks[0]!)))
      return { type: String.fromCharCode(chunks[0]!), body: new Uint8Array(0) };
    if (chunks.length < head + 4) return null;
    const length = new DataView(chunks.buffer, chunks.byteOffset).getInt32(head);
    const most = this.isStarted && LARGE.has(String.fromCharCode(chunks[0]!)) ? 0x3fffffff : 10000;
    if (length < 4 || length > most) return 'bad';
    if (chunks.length < head + length) return null;
    const message = {
      type: head ? String.fromCharCode(chunks[0]!) : '',
      body: chunks.subarray(head + 4, head + length),
    };
    this.chunks = chunks.subarray(head + length);
    return message;
  }
}

const KNOWN = new Set([...'QPBEDCSHXFdcf']);
const AUTH = new Set([...'p']);
/** Others are small, or wrong. */
const LARGE = new Set([...'QPBFdp']);

/** Reads the fields of one message; reading past its end throws. */
export class Fields {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  get left(): number {
    return this.bytes.length - this.at;
  }
  int16(): number {
    this.need(2);
    this.at += 2;
    return this.view.getUint16(this.at - 2);
  }
  int32(): number {
    this.need(4);
    this.at += 4;
    return this.view.getInt32(this.at - 4);
  }
  byte(): string {
    this.need(1);
    return String.fromCharCode(this.bytes[this.at++]!);
  }
  take(n: number): Uint8Array {
    this.need(n);
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }
  /** Bytes up to a zero. */
  text(): Uint8Array {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new ProtocolViolation('invalid string in message');
    const text = this.bytes.subarray(this.at, end);
    this.at = end + 1;
    return text;
  }
  end(): void {
    if (this.left) throw new ProtocolViolation('invalid message format');
  }
  private need(n: number): void {
    if (n < 0 || this.left < n) throw new ProtocolViolation('insufficient data left in message');
  }
}

export class ProtocolViolation extends Error {}

/** Collects messages to be sent together. */
export class MessageWriter {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private at = 0;
  private start = 0;

  get length(): number {
    return this.at;
  }

  /** What has been collected; the writer is empty afterwards. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.at);
    this.at = 0;
    return taken;
  }

  private room(n: number): void {
    if (this.at + n <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + n));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  private begin(type: string): void {
    this.room(5);
    this.bytes[this.at++] = type.charCodeAt(0);
    this.start = this.at;
    this.at += 4;
  }

  private end(): void {
    this.view.setInt32(this.start, this.at - this.start);
  }

  private int16(n: number): void {
    this.room(2);
    this.view.setInt16(this.at, n);
    this.at += 2;
  }

  private int32(n: number): void {
    this.room(4);
    this.view.setInt32(this.at, n);
    this.at += 4;
  }

  private raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  private zeroText(text: string): void {
    this.raw(utf8.encode(text));
    this.room(1);
    this.bytes[this.at++] = 0;
  }

  byte(b: number): void {
    this.room(1);
    this.bytes[this.at++] = b;
  }

  empty(type: string): void {
    this.begin(type);
    this.end();
  }

  auth(code: number, data: Uint8Array = new Uint8Array(0)): void {
    this.begin('R');
    this.int32(code);
    this.raw(data);
    this.end();
  }

  parameter(name: string, value: string): void {
    this.begin('S');
    this.zeroText(name);
    this.zeroText(value);
    this.end();
  }

  keyData(pid: number, secret: number): void {
    this.begin('K');
    this.int32(pid);
    this.int32(secret);
    this.end();
  }

  ready(status: 'I' | 'T' | 'E'): void {
    this.begin('Z');
    this.byte(status.charCodeAt(0));
    this.end();
  }

  complete(tag: string): void {
    this.begin('C');
    this.zeroText(tag);
    this.end();
  }

  columns(columns: readonly OutputColumn[], formats: readonly number[]): void {
    this.begin('T');
    this.int16(columns.length);
    for (const [i, one] of columns.entries()) {
      this.zeroText(one.name);
      this.int32(one.table);
      this.int16(one.number);
      const type = one.type.base ?? one.type;
      this.int32(type.oid);
      this.int16(type.length);
      this.int32(one.mod?.number ?? -1);
      this.int16(formats[i] ?? 0);
    }
    this.end();
  }

  parameters(types: readonly Type[]): void {
    this.begin('t');
    this.int16(types.length);
    for (const { oid } of types) this.int32(oid);
    this.end();
  }

  row(
    row: Row,
    columns: readonly OutputColumn[],
    formats: readonly number[],
    textOf: (type: Type, v: Datum) => string,
  ): void {
    this.begin('D');
    this.int16(columns.length);
    for (let i = 0; i < columns.length; i++) {
      const v = row[i];
      if (v === null || v === undefined) {
        this.int32(-1);
        continue;
      }
      const { type } = columns[i]!;
      const bytes = formats[i] === 1 ? toBinary(type.base ?? type, v) : utf8.encode(textOf(type, v));
      this.int32(bytes.length);
      this.raw(bytes);
    }
    this.end();
  }

  notification(pid: number, channel: string, payload: string): void {
    this.begin('A');
    this.int32(pid);
    this.zeroText(channel);
    this.zeroText(payload);
    this.end();
  }

  error(error: PgError, position: number | undefined): void {
    const { fields } = error;
    const severity = fields.severity ?? 'ERROR';
    this.fields('E', [
      ...[
        ['S', severity],
        ['V', severity],
        ['C', error.code],
        ['M', error.message],
        ['D', fields.detail],
        ['H', fields.hint],
      ],
      ...[
        ['P', position === undefined ? undefined : String(position)],
        ['W', fields.where],
        ['s', fields.schema],
        ['t', fields.table],
      ],
      ...[
        ['c', fields.column],
        ['d', fields.dataType],
        ['n', fields.constraint],
        ['F', 'postgres.c'],
        ['L', '1'],
        ['R', 'exec_simple_query'],
      ],
    ]);
  }

  notice(notice: Notice): void {
    this.fields('N', [
      ...[
        ['S', notice.severity],
        ['V', notice.severity],
        ['C', notice.code],
        ['M', notice.message],
        ['D', notice.detail],
      ],
      ...[
        ['F', 'postgres.c'],
        ['L', '1'],
        ['R', 'exec_simple_query'],
      ],
    ]);
  }

  private fields(type: string, fields: readonly (string | undefined)[][]): void {
    this.begin(type);
    for (const [key, value] of fields) {
      if (value === undefined) continue;
      this.byte(key!.charCodeAt(0));
      this.zeroText(value);
    }
    this.byte(0);
    this.end();
  }
}
