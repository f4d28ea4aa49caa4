/**
 * Redis 7.0 (as Debian 12 ships it, 7.0.15), written for the lab.
 *
 * - redis-server.ts   clients, keyspaces, turns of the event loop; execute.ts takes a request to its reply.
 * - commands/         the table of commands, a family a file: name, arity, flags, keys, handler.
 * - values.ts, dict.ts, deque.ts, sorted-set.ts, stream.ts   what keys hold. Strings are bytes: bytes.ts.
 * - request-parser.ts, reply.ts   RESP2 and RESP3.
 * - aof.ts, snapshots.ts, loader.ts, dump.ts   what survives; expiry.ts, eviction.ts what does not.
 * - blocking.ts, pubsub.ts, access.ts   who waits, listens, may.
 * - replication/, rdb/   masters and replicas, also real ones; Redis's own snapshot format, which they speak.
 * - lua/              Lua 5.1 of its own: numbers are doubles as in Redis, no host access, bounded in steps.
 * - tool.ts           redis-cli; keys-tool.ts what the workbench shows of the keys. cost.ts: what it all costs. differences.ts: what is not as in Redis.
 *
 * Not here: clusters, modules, DUMP and RESTORE, geo commands, client-side caching.
 */
import type { Server, ServerMachine, ServerProgram } from '../server.ts';
import { textOf } from './bytes.ts';
import { Settings } from './config.ts';
import { RedisServer } from './redis-server.ts';
import { splitArgs } from './request-parser.ts';

/** `redis-server [/path/to/redis.conf] [--option value …]` */
export const program: ServerProgram = {
  start(machine) {
    const settings = new Settings();
    const failure = configure(machine, settings);
    const server = new RedisServer(machine, settings);
    if (failure === null) {
      server.start();
      return server;
    }
    for (const line of failure.split('\n')) machine.log(line, 'stderr');
    machine.exit(1, 'a wrong setting');
    return server satisfies Server;
  },
};

export default program;

/** What is wrong with the command line or the file it names; null when all is well. */
function configure(machine: ServerMachine, settings: Settings): string | null {
  const words = machine.argv.slice(machine.argv[0]?.split('/').at(-1) === 'redis-server' ? 1 : 0);
  const [path] = words;
  if (path === undefined || path.startsWith('--')) return settings.applyCommandLine(words);
  const file = machine.disk.read(path);
  if (!file) return `Fatal error, can't open config file '${path}': No such file or directory`;
  const lines: string[] = [];
  for (const line of textOf(file).split('\n')) {
    const parts = line.trim().startsWith('#') ? [] : (splitArgs(line) ?? []);
    if (parts.length > 0) lines.push(`--${parts[0]}`, ...parts.slice(1));
  }
  return settings.applyCommandLine([...lines, ...words.slice(1)]);
}
