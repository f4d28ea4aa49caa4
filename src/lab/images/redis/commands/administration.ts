/** CONFIG, INFO, persistence, DEBUG, memory and the rest that operators use. */
import { int, option, range } from '../args.ts';
import { lower } from '../bytes.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { infoText } from '../info.ts';
import { parseInteger } from '../numbers.ts';
import { fail, MapReply, OK, type Reply, Status, SYNTAX, Verbatim } from '../reply.ts';

const ADMIN = 'admin noscript loading stale';

const configSet: Handler = ({ server, settings }, args) => {
  if (args.length % 2 === 1) throw fail("wrong number of arguments for 'config|set' command");
  const before = settings.isOn('appendonly');
  settings.setAll(args.slice(2));
  const names = args
    .slice(2)
    .filter((_, i) => i % 2 === 0)
    .map(lower);
  if (names.includes('requirepass')) server.access.requirePassword(settings.text('requirepass'));
  if (names.includes('appendonly') && before !== settings.isOn('appendonly')) {
    if (before) server.aof.stop();
    else if (!server.aof.begin())
      throw fail(
        "CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs.",
      );
  }
  return OK;
};

const save: Handler = ({ server }) => {
  if (server.snapshots.isSaving) throw fail('Background save already in progress');
  if (!server.snapshots.save()) throw fail('');
  return OK;
};

const bgsave: Handler = ({ server }, args) => {
  const isScheduled = args.length === 2 && option(args[1]) === 'schedule';
  if (args.length > 1 && !isScheduled) throw SYNTAX;
  if (server.snapshots.isSaving) throw fail('Background save already in progress');
  if (server.aof.isRewriting && !isScheduled)
    throw fail(
      "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.",
    );
  server.snapshots.saveInBackground();
  return new Status('Background saving started');
};

const bgrewriteaof: Handler = ({ server }) => {
  if (server.aof.isRewriting) throw fail('Background append only file rewriting already in progress');
  return new Status(
    server.aof.rewrite()
      ? 'Background append only file rewriting started'
      : 'Background append only file rewriting scheduled',
  );
};

const shutdown: Handler = ({ server }, args) => {
  let saves: boolean | null = null;
  let isForced = false;
  for (const arg of args.slice(1)) {
    const word = option(arg);
    if (word === 'save' || word === 'nosave') saves = word === 'save';
    else if (word === 'force') isForced = true;
    else if (word !== 'now' && word !== 'abort') throw SYNTAX;
    else if (word === 'abort') throw fail('No shutdown in progress.');
  }
  if (server.shutdown(saves, isForced)) return undefined;
  throw fail('Errors trying to SHUTDOWN. Check logs.');
};

const debug: Handler = (call, args) => {
  const { server } = call;
  const word = option(args[1]);
  if (word === 'sleep' && args[2] !== undefined) {
    server.burn(Math.max(0, Number(args[2]) || 0) * 1e6);
    return OK;
  }
  if (word === 'jmap' || word === 'reload' || word === 'loadaof') {
    if (word === 'reload' && !server.snapshots.save()) throw fail('Error trying to save the DB');
    return OK;
  }
  if (word === 'set-active-expire' || word === 'quicklist-packed-threshold') return OK;
  if (word === 'object' && args[2] !== undefined) {
    const entry = call.entry(args[2]);
    if (!entry) throw fail('no such key');
    return new Status(
      `Value at:0x7f0000000000 refcount:1 encoding:${entry.value.encoding()} serializedlength:${entry.value.bytes} lru:0 lru_seconds_idle:0`,
    );
  }
  throw fail(`unknown subcommand or wrong number of arguments for '${args[1]}'. Try DEBUG HELP.`);
};

const memoryUsage: Handler = (call, args) => {
  for (let i = 3; i < args.length; i += 2) {
    if (option(args[i]) !== 'samples' || args[i + 1] === undefined) throw SYNTAX;
    if (int(args[i + 1]) < 0) throw SYNTAX;
  }
  return call.db.entry(args[2]!)?.bytes ?? null;
};

const memoryStats: Handler = ({ server }) => {
  const used = server.usedBytes;
  return new MapReply([
    ...['peak.allocated', server.peakBytes, 'total.allocated', used, 'startup.allocated', used - server.memoryBytes],
    ...['keys.count', server.databases.reduce((sum, { size }) => sum + size, 0), 'dataset.bytes', server.memoryBytes],
  ]);
};

const slowlogGet: Handler = ({ server }, args) => {
  const count = args[2] === undefined ? 10 : range(args[2], -1, 2 ** 31, 'count should be greater than or equal to -1');
  const { entries } = server.slowLog;
  return (count === -1 ? entries : entries.slice(0, count)).map(
    ({ id, atSeconds, us, args: words, address, clientName }): Reply => [
      ...[id, atSeconds, us],
      [...words],
      ...[address, clientName],
    ],
  );
};

const time: Handler = (call) => {
  // Within a script the time stands still.
  const us = Math.floor(call.nowMs * 1_000);
  return [String(Math.floor(us / 1e6)), String(us % 1e6)];
};

const wait: Handler = (call, [, count = '', timeout = '']) => {
  const replicas = int(count);
  const ms = parseInteger(timeout);
  if (ms === null) throw fail('timeout is not an integer or out of range');
  if (ms < 0) throw fail('timeout is negative');
  return call.server.replication.wait(call, replicas, ms);
};

const monitor: Handler = ({ server, client }) => {
  server.monitors.add(client);
  return OK;
};

const quiet = (call: Call, run: () => void): Reply => {
  run();
  return call ? OK : null;
};

export const administration: Family = {
  group: 'server',
  rows: [
    ['bgrewriteaof', 1, 'admin noscript no_async_loading', [], bgrewriteaof],
    ['bgsave', -1, 'admin noscript no_async_loading', [], bgsave],
    ['config', -2, '', [], () => []],
    ['config|get', -3, ADMIN, [], ({ settings }, args) => new MapReply(settings.matching(args.slice(2)))],
    ['config|resetstat', 2, ADMIN, [], (call) => quiet(call, () => call.server.stats.reset())],
    [
      ...(['config|rewrite', 2, ADMIN, []] as const),
      () => {
        throw fail('The server is running without a config file');
      },
    ],
    ['config|set', -4, ADMIN, [], configSet],
    ['debug', -2, ADMIN, [], debug],
    ['info', -1, 'loading stale', [], ({ server }, args) => new Verbatim(infoText(server, args.slice(1)))],
    ['lastsave', 1, 'loading stale fast', [], ({ server }) => Math.floor(server.snapshots.lastSaveMs / 1_000)],
    ['latency', -2, '', [], () => []],
    [
      'latency|doctor',
      2,
      ADMIN,
      [],
      () =>
        new Verbatim(
          'I\'m sorry, Dave, I can\'t do that. Latency monitoring is disabled in this Redis instance. You may use "CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it.\n',
        ),
    ],
    ['latency|history', 3, ADMIN, [], () => []],
    ['latency|latest', 2, ADMIN, [], () => []],
    ['latency|reset', -2, ADMIN, [], () => 0],
    ['lolwut', -1, 'readonly fast', [], () => new Verbatim('Redis ver. 7.0.15\n')],
    ['memory', -2, '', [], () => []],
    [
      'memory|doctor',
      2,
      '',
      [],
      () =>
        new Verbatim(
          "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to our programming as soon as I finished rebooting.\n",
        ),
    ],
    ['memory|malloc-stats', 2, '', [], () => new Verbatim('Stats not supported for the current allocator')],
    ['memory|purge', 2, '', [], () => OK],
    ['memory|stats', 2, '', [], memoryStats],
    ['memory|usage', -3, 'readonly', [2, 2, 1], memoryUsage],
    ['monitor', 1, ADMIN, [], monitor],
    [
      'replicaof',
      3,
      'admin noscript stale no_async_loading',
      [],
      ({ server }, args) => server.replication.replicaof(args[1]!, args[2]!),
    ],
    [
      'psync',
      -3,
      'admin noscript no_async_loading no_multi',
      [],
      (call, args) => call.server.replication.psync(call, args[1]!, args[2]!),
    ],
    [
      'replconf',
      -1,
      'admin noscript loading stale allow_busy',
      [],
      (call, args) => call.server.replication.replconf(call, args),
    ],
    ['role', 1, 'noscript loading stale fast', [], ({ server }) => server.replication.role()],
    ['save', 1, 'admin noscript no_async_loading no_multi', [], save],
    ['shutdown', -1, `${ADMIN} no_multi allow_busy`, [], shutdown],
    [
      'slaveof',
      3,
      'admin noscript stale no_async_loading',
      [],
      ({ server }, args) => server.replication.replicaof(args[1]!, args[2]!),
    ],
    ['slowlog', -2, '', [], () => []],
    ['slowlog|get', -2, 'admin loading stale', [], slowlogGet],
    ['slowlog|len', 2, 'admin loading stale', [], ({ server }) => server.slowLog.entries.length],
    [
      ...(['slowlog|reset', 2, 'admin loading stale', []] as const),
      (call: Call) =>
        quiet(call, () => {
          call.server.slowLog.entries = [];
        }),
    ],
    ['time', 1, 'loading stale fast', [], time],
    ['wait', 3, 'noscript', [], wait],
  ],
};
