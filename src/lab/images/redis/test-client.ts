/** Driving the server object in unit tests: requests as words, replies as their text. */
import { type TestClient, TestMachine, type TestMachineOptions } from '../test-machine.ts';
import program from './index.ts';

export const PORT = 6379;

export function request(...words: readonly (string | number)[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${String(word).length}\r\n${word}\r\n`).join('')}`;
}

export function boot(argv: readonly string[] = [], options: TestMachineOptions = {}): TestMachine {
  const machine = new TestMachine({ argv: ['redis-server', ...argv], ...options });
  machine.start(program);
  return machine;
}

export class RedisTestClient {
  readonly connection: TestClient;

  constructor(machine: TestMachine) {
    this.connection = machine.client(PORT);
  }

  /** The reply as it was sent, without the last line break; empty while there is none. */
  call(...words: readonly (string | number)[]): string {
    this.connection.send(request(...words));
    return this.text();
  }

  text(): string {
    return this.connection.text().replace(/\r\n$/, '');
  }
}

/** What `redis-cli` prints in that machine, trimmed. */
export function cli(machine: TestMachine, ...words: readonly string[]): string {
  let out = '';
  machine.server!.tool(['redis-cli', ...words], ({ stdout }) => {
    out = stdout.trimEnd();
  });
  return out;
}

/** Index after one reply of RESP2 that begins at `at`; null while it is not whole. */
export function replyEnd(text: string, at: number): number | null {
  const line = text.indexOf('\r\n', at);
  if (line < 0) return null;
  const size = Number(text.slice(at + 1, line));
  const next = line + 2;
  if (text[at] === '$') return size < 0 ? next : next + size + 2 <= text.length ? next + size + 2 : null;
  if (text[at] !== '*') return next;
  let end: number | null = next;
  for (let i = 0; i < size && end !== null; i++) end = replyEnd(text, end);
  return end;
}
