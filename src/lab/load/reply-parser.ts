/** Reads one HTTP/1.1 reply from bytes as they come. Enough of RFC 9112 for what servers in the lab send. */

export type ParseOutcome = 'more' | 'whole' | 'broken';

const NO_BYTES = new Uint8Array(0);
const CR = 13;
const LF = 10;
/** Node's own limit for a reply's head is 16 KB; more is no head. */
const HEAD_BYTES_MAX = 65_536;
/** A start line and then fields, each with a name. */
const HEAD = /^[^\r]*(?:\r\n[^\r:]+:[^\r]*)*$/;
const FIELD = {
  connection: /\r\nconnection:([^\r]*)/i,
  'keep-alive': /\r\nkeep-alive:([^\r]*)/i,
  'content-length': /\r\ncontent-length:([^\r]*)/i,
  'transfer-encoding': /\r\ntransfer-encoding:([^\r]*)/i,
};

export class ReplyParser {
  status = 0;
  body: Uint8Array = NO_BYTES;
  /** The reply to a HEAD request has no body whatever its headers say. */
  isHead = false;
  willClose = false;
  /** From `Keep-Alive: timeout=5`; Node's default where the server names none. */
  keepAliveSeconds = 5;
  private pending: Uint8Array = NO_BYTES;
  private chunks: Uint8Array[] = [];
  private bodyBytes = 0;
  private state: 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'trailers' | 'until-close' | 'whole' | 'broken' =
    'head';
  private remaining = 0;
  private head = '';
  private fields: Record<string, string> | null = null;

  /** All header fields by lower-case name; those that occur more than once are joined by a comma. */
  get headers(): Record<string, string> {
    this.fields ??= fieldsOf(this.head);
    return this.fields;
  }

  push(chunk: Uint8Array): ParseOutcome {
    this.pending = this.pending.length === 0 ? chunk : join([this.pending, chunk], this.pending.length + chunk.length);
    while (this.advance()) {}
    return this.outcome();
  }

  /** The peer will send no more: a body that is measured by the connection's end is whole now. */
  end(): ParseOutcome {
    if (this.state === 'until-close') this.finish();
    else if (this.state !== 'whole') this.state = 'broken';
    return this.outcome();
  }

  private outcome(): ParseOutcome {
    return this.state === 'whole' ? 'whole' : this.state === 'broken' ? 'broken' : 'more';
  }

  /** One step of the state machine; false when it needs more bytes or is done. */
  private advance(): boolean {
    switch (this.state) {
      case 'head':
        return this.readHead();
      case 'length':
        this.take(Math.min(this.remaining, this.pending.length));
        if (this.remaining === 0) this.finish();
        return false;
      case 'until-close':
        this.take(this.pending.length);
        return false;
      case 'chunk-size': {
        const line = this.readLine();
        if (line === null) return false;
        const size = Number.parseInt(line, 16);
        if (Number.isNaN(size) || size < 0) return this.break();
        this.remaining = size;
        this.state = size === 0 ? 'trailers' : 'chunk-data';
        return true;
      }
      case 'chunk-data': {
        this.take(Math.min(this.remaining, this.pending.length));
        if (this.remaining > 0 || this.pending.length < 2) return false;
        if (this.pending[0] !== CR || this.pending[1] !== LF) return this.break();
        this.pending = this.pending.subarray(2);
        this.state = 'chunk-size';
        return true;
      }
      case 'trailers': {
        const line = this.readLine();
        if (line === null) return false;
        if (line === '') this.finish();
        return line !== '';
      }
      default:
        return false;
    }
  }

  private readHead(): boolean {
    const end = findHeadEnd(this.pending);
    if (end < 0) return this.pending.length > HEAD_BYTES_MAX ? this.break() : false;
    const head = latin1(this.pending, 0, end);
    this.pending = this.pending.subarray(end + 4);
    const match = /^HTTP\/1\.([01]) (\d{3})/.exec(head);
    if (match === null) return this.break();
    this.status = Number(match[2]);
    if (this.status < 200) return true; // 100 Continue and the like: the reply proper follows
    if (!HEAD.test(head)) return this.break();
    this.head = head;
    this.fields = null;
    const connection = this.field('connection')?.toLowerCase() ?? '';
    this.willClose = connection.includes('close') || (match[1] === '0' && !connection.includes('keep-alive'));
    const timeout = /timeout=(\d+)/.exec(this.field('keep-alive') ?? '');
    if (timeout !== null) this.keepAliveSeconds = Number(timeout[1]);
    return this.chooseBody();
  }

  /** A load of thousands of replies asks each for a few fields only, so the table of all is made on demand. */
  private field(name: 'connection' | 'keep-alive' | 'content-length' | 'transfer-encoding'): string | undefined {
    const found = FIELD[name].exec(this.head);
    return found === null ? undefined : found[1]!.trim();
  }

  private chooseBody(): boolean {
    if (this.isHead || this.status === 204 || this.status === 304) {
      this.finish();
      return false;
    }
    if (this.field('transfer-encoding')?.toLowerCase().includes('chunked')) {
      this.state = 'chunk-size';
      return true;
    }
    const length = this.field('content-length');
    if (length === undefined) {
      this.state = 'until-close';
      this.willClose = true;
      return true;
    }
    if (!/^\d+$/.test(length)) return this.break();
    this.remaining = Number(length);
    this.state = 'length';
    return true;
  }

  private take(count: number): void {
    if (count === 0) return;
    this.chunks.push(this.pending.subarray(0, count));
    this.bodyBytes += count;
    this.remaining -= count;
    this.pending = this.pending.subarray(count);
  }

  private readLine(): string | null {
    const { pending } = this;
    for (let i = 0; i + 1 < pending.length; i++) {
      if (pending[i] !== CR || pending[i + 1] !== LF) continue;
      this.pending = pending.subarray(i + 2);
      return latin1(pending, 0, i);
    }
    return null;
  }

  private finish(): void {
    this.body = this.chunks.length === 1 ? this.chunks[0]! : join(this.chunks, this.bodyBytes);
    // Bytes after the reply answer a question that nobody asked; the connection cannot be trusted any more.
    if (this.pending.length > 0) this.willClose = true;
    this.state = 'whole';
  }

  private break(): false {
    this.state = 'broken';
    return false;
  }
}

function fieldsOf(head: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    fields[name] = name in fields ? `${fields[name]}, ${value}` : value;
  }
  return fields;
}

function findHeadEnd(bytes: Uint8Array): number {
  for (let i = bytes.indexOf(CR); i >= 0 && i + 3 < bytes.length; i = bytes.indexOf(CR, i + 1)) {
    if (bytes[i + 1] === LF && bytes[i + 2] === CR && bytes[i + 3] === LF) return i;
  }
  return -1;
}

/** In pieces: a call takes a limited number of arguments. */
function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at += 4096)
    text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(at + 4096, to)) as unknown as number[]);
  return text;
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (length === 0) return NO_BYTES;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
