/** For unit tests: the server on a test machine, and clients that speak its protocol without waiting for anything real. */
import { type TestClient, TestFiles, TestMachine } from '../test-machine.ts';
import program from './index.ts';

const decoder = new TextDecoder();

/** A machine with a server that is ready. */
export function boot(
  files = new TestFiles(),
  options: { argv?: readonly string[]; env?: Record<string, string>; syncMs?: number } = {},
): TestMachine {
  const machine = new TestMachine({
    argv: options.argv ?? ['postgres'],
    env: options.env ?? { POSTGRES_HOST_AUTH_METHOD: 'trust' },
    files,
    wallMs: Date.UTC(2026, 0, 1),
    ...(options.syncMs === undefined ? {} : { syncMs: options.syncMs }),
  });
  machine.start(program);
  machine.advance(5000);
  return machine;
}

export interface Answer {
  rows: (string | null)[][];
  tags: string[];
  error: { code: string; message: string; detail: string } | null;
  notices: string[];
  /** Null while the statement is blocked. */
  status: 'I' | 'T' | 'E' | null;
}

const empty = (): Answer => ({ rows: [], tags: [], error: null, notices: [], status: null });

export class TestPg {
  readonly machine: TestMachine;
  readonly client: TestClient;
  private bytes = new Uint8Array(0);
  private answer = empty();
  pid = 0;
  secret = 0;

  constructor(machine: TestMachine, database = 'postgres') {
    this.machine = machine;
    this.client = machine.client(5432);
    this.client.send(startup({ user: 'postgres', database }));
    this.read();
    this.answer = empty();
  }

  /** Sends a simple query and gives what has been answered when nothing more happens by itself. */
  query(sql: string): Answer {
    this.send(sql);
    this.machine.advance(0);
    return this.read();
  }

  /** Sends it and does not look further. */
  send(sql: string): void {
    this.answer = empty();
    this.client.send(message('Q', text(sql)));
  }

  /** The answer so far to the last query. */
  read(): Answer {
    const more = this.client.take();
    const all = new Uint8Array(this.bytes.length + more.length);
    all.set(this.bytes);
    all.set(more, this.bytes.length);
    let at = 0;
    while (at + 5 <= all.length) {
      const length = new DataView(all.buffer).getInt32(at + 1);
      if (at + 1 + length > all.length) break;
      this.take(String.fromCharCode(all[at]!), all.subarray(at + 5, at + 1 + length));
      at += 1 + length;
    }
    this.bytes = all.slice(at);
    return this.answer;
  }

  private take(type: string, body: Uint8Array): void {
    const { answer } = this;
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    if (type === 'Z') answer.status = String.fromCharCode(body[0]!) as 'I';
    if (type === 'C') answer.tags.push(decoder.decode(body.subarray(0, -1)));
    if (type === 'K') [this.pid, this.secret] = [view.getInt32(0), view.getInt32(4)];
    if (type === 'D') {
      let at = 2;
      answer.rows.push(
        Array.from({ length: view.getInt16(0) }, () => {
          const length = view.getInt32(at);
          at += 4 + Math.max(0, length);
          return length < 0 ? null : decoder.decode(body.subarray(at - length, at));
        }),
      );
    }
    if (type === 'E' || type === 'N') {
      const fields = Object.fromEntries(
        decoder
          .decode(body)
          .split('\0')
          .filter(Boolean)
          .map((one) => [one[0], one.slice(1)]),
      );
      if (type === 'N') answer.notices.push(fields.M);
      else answer.error = { code: fields.C, message: fields.M, detail: fields.D ?? '' };
    }
  }
}

export function startup(options: Readonly<Record<string, string>>): Uint8Array {
  const body = concat(
    new Uint8Array([0, 3, 0, 0]),
    ...Object.entries(options).flatMap(([k, v]) => [text(k), text(v)]),
    new Uint8Array([0]),
  );
  return concat(int32(body.length + 4), body);
}

export const message = (type: string, ...parts: Uint8Array[]): Uint8Array => {
  const body = concat(...parts);
  return concat(new Uint8Array([type.charCodeAt(0)]), int32(body.length + 4), body);
};

export const text = (s: string): Uint8Array => new TextEncoder().encode(`${s}\0`);

export function int32(n: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, n);
  return bytes;
}

export const int16 = (n: number): Uint8Array => int32(n).slice(2);

export function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
