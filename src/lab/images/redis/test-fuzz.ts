/** Malformed requests, and how a server reacts to them. */
import net from 'node:net';
import type { Random } from '../../core/random.ts';
import { TestMachine } from '../test-machine.ts';
import { bytesOf, textOf } from './bytes.ts';
import program from './index.ts';

const WORDS = ['GET', 'SET', 'a', 'PING', '', '\0', '\xff\xfe', 'ECHO', 'x'.repeat(100), '-1', 'LPUSH', 'FOO', '1'];
const NUMBERS = [
  '0',
  '-1',
  '1',
  '3',
  '99999999999',
  '2147483648',
  '1000000',
  'abc',
  '',
  ' 1',
  '+1',
  '01',
  '536870913',
  '-0',
];
const HEADS = ['*', '$', '+', '-', ':', '%', '~', '>', '#', ',', '_', '(', '=', '"', "'", '\\x', ' ', '\n'];
const LINES = [
  'PING',
  'SET a b',
  'GET "a',
  "GET 'a'x",
  'ECHO "\\x41\\n"',
  'FOO bar',
  '   ',
  'GET a b c',
  "ECHO 'it\\'s'",
];

/** Bytes as text that no client would send: a request with something wrong in it, or noise. */
export function malformed(random: Random): string {
  const pick = <T>(all: readonly T[]): T => all[random.below(all.length)]!;
  const request = () => {
    const words = Array.from({ length: 1 + random.below(4) }, () => pick(WORDS));
    return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
  };
  switch (random.below(7)) {
    case 0:
      return `*${pick(NUMBERS)}\r\n${random.below(2) ? request() : ''}`;
    case 1:
      return `*2\r\n$${pick(NUMBERS)}\r\n${pick(WORDS)}\r\n$1\r\na\r\n`;
    case 2:
      return `*2\r\n$3\r\nGET\r\n${pick(HEADS)}${pick(NUMBERS)}\r\na\r\n`;
    case 3:
      return `${pick(LINES)}${pick(['\r\n', '\n', '\r', ''])}`;
    case 4: {
      const text = request();
      const at = random.below(text.length);
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + random.below(2));
    }
    case 5: {
      const text = request() + request();
      return text.slice(0, random.below(text.length));
    }
    default:
      return Array.from({ length: 1 + random.below(40) }, () =>
        random.below(3) ? String.fromCharCode(random.below(256)) : pick(HEADS),
      ).join('');
  }
}

/** After the input comes an ECHO, so that an input which only waits for more can be told from one that was refused. */
const PROBE = '\r\nECHO the-end\r\n';
/** How long nothing comes from a server that waits for more; a busy machine takes its time for an answer. */
const QUIET_MS = 60;

/** Replies as text, and whether the connection was closed. */
export async function reactionOf(port: number, input: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  let timer: NodeJS.Timeout;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => resolve(`${text}(open)`), QUIET_MS);
  };
  socket.on('connect', () => {
    socket.write(bytesOf(input + PROBE));
    wait();
  });
  socket.on('data', (chunk) => {
    text += textOf(chunk);
    if (text.endsWith('the-end\r\n')) resolve(`${text}(open)`);
    else wait();
  });
  socket.on('error', () => {});
  socket.on('close', () => resolve(`${text}(closed)`));
  const reaction = await promise;
  clearTimeout(timer!);
  socket.destroy();
  return reaction;
}

let machine: TestMachine | null = null;

export function reactionOfImage(input: string): string {
  machine ??= startMachine();
  const client = machine.client(6379);
  client.send(input + PROBE);
  const text = client.text();
  const end = client.closed === null ? '(open)' : '(closed)';
  if (client.closed === null) client.end();
  return text + end;
}

function startMachine(): TestMachine {
  const made = new TestMachine({ argv: ['redis-server', '--save', ''] });
  made.start(program);
  return made;
}
