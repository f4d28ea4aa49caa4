/** The commands of the image: `redis-cli`, which talks to the server that runs, and `redis-server --version`. */
import type { ToolResult } from '../server.ts';
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { Client } from './client.ts';
import { processCommand } from './execute.ts';
import { listKeys } from './keys-tool.ts';
import { plain, printed } from './print.ts';
import type { RedisServer } from './redis-server.ts';
import { Failure } from './reply.ts';

const VERSION = 'Redis server v=7.0.15 sha=00000000:0 malloc=lab bits=64 build=0\n';

export function runTool(server: RedisServer, argv: readonly string[], onDone: (result: ToolResult) => void): void {
  const [program = '', ...rest] = argv;
  const name = program.split('/').at(-1);
  if (name === 'redis-server' && ['--version', '-v'].includes(rest[0] ?? '')) {
    onDone({ exitCode: 0, stdout: VERSION, stderr: '' });
    return;
  }
  if (name === 'lab-keys') {
    onDone(listKeys(server, rest));
    return;
  }
  if (name !== 'redis-cli') {
    onDone({ exitCode: 127, stdout: '', stderr: `${program}: not found\n` });
    return;
  }
  redisCli(server, rest, onDone);
}

/** Options with a value that change nothing here: where to connect, how often to repeat. */
const WITH_VALUE = new Set(['-h', '-p', '-s', '-u', '-r', '-i', '-d', '-D', '--user', '--pass', '-t', '--sni']);

function redisCli(server: RedisServer, words: readonly string[], onDone: (result: ToolResult) => void): void {
  let password: string | null = null;
  let db = 0;
  let isRaw = true;
  let failsOnError = false;
  let protocol: 2 | 3 = 2;
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at]!;
    if (word === '-a' || word === '--pass') password = words[++at] ?? '';
    else if (word === '-n') db = Number(words[++at] ?? 0);
    else if (word === '--no-raw') isRaw = false;
    else if (word === '-e') failsOnError = true;
    else if (word === '-3') protocol = 3;
    else if (word === '-v' || word === '--version') {
      onDone({ exitCode: 0, stdout: 'redis-cli 7.0.15\n', stderr: '' });
      return;
    } else if (WITH_VALUE.has(word)) at++;
    else if (!word.startsWith('-') || word === '-') break;
  }
  const args = words.slice(at).map(encodeUtf8);
  if (args.length === 0) {
    onDone({ exitCode: 1, stdout: '', stderr: 'redis-cli needs a command: there is no terminal here\n' });
    return;
  }
  const needsPassword = server.settings.text('requirepass') !== '';
  const client = new Client(-1, null, server.machine.nowMs(), server.access.default, !needsPassword);
  client.replies = [];
  client.db = db;
  client.protocol = protocol;
  let warning = '';
  if (password !== null) {
    warning = "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n";
    processCommand(server, client, ['AUTH', encodeUtf8(password)]);
    const [reply] = client.replies.splice(0);
    if (reply instanceof Failure) warning += `AUTH failed: ${reply.message}\n`;
  }
  const finish = () => {
    const [reply = null] = client.replies!;
    const isFailure = reply instanceof Failure;
    // The cli prints an empty line after an error.
    const stdout = isRaw
      ? `${decodeUtf8(printed(reply, true))}\n${isFailure ? '\n' : ''}`
      : decodeUtf8(printed(reply, false));
    onDone({ exitCode: failsOnError && isFailure ? 1 : 0, stdout, stderr: warning, value: plain(reply) });
  };
  processCommand(server, client, args);
  if (client.unblock === null) {
    finish();
    return;
  }
  // It waits, as a BLPOP does.
  const { unblock } = client;
  client.unblock = (reply) => {
    unblock(reply);
    finish();
  };
}
