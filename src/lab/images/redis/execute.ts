/** From the words of a request to a reply: what Redis checks before a command, runs, and writes down after it. */
import { lower } from './bytes.ts';
import { Call } from './call.ts';
import type { Client, Queued } from './client.ts';
import { type Command, isArityRight } from './command.ts';
import { COMMAND_US, ELEMENT_US, KILOBYTE_US } from './cost.ts';
import { makeRoom } from './eviction.ts';
import { feedMonitors } from './monitor.ts';
import type { RedisServer } from './redis-server.ts';
import { Failure, fail, NIL_ARRAY, QUEUED, type Reply } from './reply.ts';
import { findCommand } from './table.ts';

/** Commands that a transaction does not queue. */
const OF_TRANSACTIONS = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);
/** In RESP2 a client that listens to channels may say only these. */
const WHILE_SUBSCRIBED = new Set(
  'ping subscribe ssubscribe sunsubscribe psubscribe unsubscribe punsubscribe quit reset'.split(' '),
);
const TEXT_MAX = 200;

export function processCommand(server: RedisServer, client: Client, args: readonly string[]): void {
  const name = lower(args[0]!);
  if (name === 'post' || name === 'host:') {
    server.log(
      '#',
      `Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. Connection from ${client.address} aborted.`,
    );
    server.drop(client);
    return;
  }
  const found = findCommand(args);
  const refusal = found instanceof Failure ? found : refuse(server, client, found, args);
  if (refusal) {
    if (client.queued) client.isTransactionBroken = true;
    server.stats.error(refusal.message);
    if (!(found instanceof Failure)) server.stats.of(found.name).rejected++;
    if (!(found instanceof Failure) && found.name === 'exec') {
      endTransaction(server, client);
      client.reply(new Failure(`EXECABORT Transaction discarded because of: ${refusal.message.replace(/^\S+ /, '')}`));
    } else client.reply(refusal);
    afterReply(client);
    return;
  }
  const command = found as Command;
  if (mustPause(server, client, command)) {
    server.blocking.hold(client, 0, undefined, () => {
      if (!client.isGone) processCommand(server, client, args);
    });
    return;
  }
  client.lastCommand = command.name;
  if (client.queued && !OF_TRANSACTIONS.has(command.name)) {
    client.queued.push({ command, args });
    server.burn(COMMAND_US);
    client.reply(QUEUED);
    afterReply(client);
    return;
  }
  server.execution(() => client.reply(run(server, client, command, args, !client.isMaster)));
  afterReply(client);
}

/** CLIENT REPLY SKIP is for the one command after it. */
function afterReply(client: Client): void {
  if (client.replyMode === 'skip') client.replyMode = 'on';
  else if (client.replyMode === 'skip-next') client.replyMode = 'skip';
}

/** Why the command does not run; null when it may. In the order in which Redis looks. */
function refuse(server: RedisServer, client: Client, command: Command, args: readonly string[]): Failure | null {
  const { flags, name } = command;
  if (!isArityRight(command, args.length)) return fail(`wrong number of arguments for '${name}' command`);
  if (client.isMaster) return null;
  if (name === 'debug' && server.settings.text('enable-debug-command') === 'no')
    return fail(
      'DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
    );
  if (!client.isAuthenticated && !flags.has('no_auth')) return new Failure('NOAUTH Authentication required.');
  if (client.queued && flags.has('no_multi')) return fail('Command not allowed inside a transaction');
  const denied = server.access.refusal(client.user, command, args);
  if (denied) return denied;
  const queued = name === 'exec' ? (client.queued ?? []) : [];
  const isWrite = flags.has('write') || queued.some((one) => one.command.flags.has('write'));
  const isDenyOom = flags.has('denyoom') || queued.some((one) => one.command.flags.has('denyoom'));
  if (!makeRoom(server)) {
    const isQueueing = client.queued !== null && !OF_TRANSACTIONS.has(name);
    if (isDenyOom || isQueueing) return new Failure("OOM command not allowed when used memory > 'maxmemory'.");
  }
  if (!server.replication.isReplica && (isWrite || name === 'ping')) {
    const broken = diskError(server);
    if (broken) return broken;
  }
  if (isWrite) {
    const readOnly = server.replication.refusal();
    if (readOnly) return readOnly;
  }
  if (client.subscriptions > 0 && client.protocol === 2 && !WHILE_SUBSCRIBED.has(name))
    return fail(
      `Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
    );
  if (!flags.has('stale') && server.replication.isStale)
    return new Failure("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
  return null;
}

/** Writes are refused while they could not be kept. */
export function diskError(server: RedisServer): Failure | null {
  const { aof, settings, snapshots } = server;
  if (settings.isOn('stop-writes-on-bgsave-error') && settings.savePoints.length > 0 && !snapshots.isLastOk)
    return new Failure(
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
    );
  return aof.isOn && aof.writeError !== null
    ? new Failure(`MISCONF Errors writing to the AOF file: ${aof.writeError}`)
    : null;
}

function mustPause(server: RedisServer, client: Client, command: Command): boolean {
  const { pause } = server;
  if (!pause || client.isMaster || client.isReplica) return false;
  const queued = command.name === 'exec' ? (client.queued ?? []) : [];
  const mayWrite = [command, ...queued.map((one) => one.command)].some(
    ({ flags, group, name }) => flags.has('write') || name === 'publish' || group === 'scripting',
  );
  if (pause.mode === 'write' && !mayWrite) return false;
  server.paused.add(client);
  return true;
}

/** Runs it now, whatever the checks would say. Must be within an execution. */
export function run(
  server: RedisServer,
  client: Client,
  command: Command,
  args: readonly string[],
  canBlock: boolean,
): Reply {
  const call = new Call(server, client, server.commandTimeMs, canBlock);
  const startMs = server.machine.nowMs();
  const { db } = call;
  const dirtyBefore = server.dirty;
  let reply: Reply;
  try {
    reply = command.run(call, args);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    reply = error;
  }
  // A change that was made before the error stays, and so it is written down.
  if (server.dirty !== dirtyBefore || call.rewritten) {
    const isWritten = command.flags.has('write') || call.rewritten !== null;
    if (isWritten) for (const one of call.rewritten ?? [args]) server.propagate(db.index, one);
  }
  finish(server, client, command, args, call, reply, startMs);
  return reply;
}

function finish(
  server: RedisServer,
  client: Client,
  command: Command,
  args: readonly string[],
  call: Call,
  reply: Reply,
  startMs: number,
): void {
  const { stats, settings } = server;
  let bytes = 0;
  for (const arg of args) bytes += arg.length;
  const elements = Array.isArray(reply) ? reply.length : 0;
  const us = COMMAND_US + call.extraUs + elements * ELEMENT_US + (bytes > 1_024 ? (bytes / 1_024) * KILOBYTE_US : 0);
  server.burn(us);
  if (server.isLoading) return;
  stats.commands++;
  const counted = stats.of(command.name);
  counted.calls++;
  counted.us += us;
  const error = reply instanceof Failure ? reply.message : undefined;
  if (error !== undefined) {
    counted.failed++;
    stats.error(error);
  }
  const slowerThanUs = settings.number('slowlog-log-slower-than');
  if (slowerThanUs >= 0 && us >= slowerThanUs && !command.flags.has('skip_slowlog'))
    server.slowLog.add(client, args, us, server.commandTimeMs, settings.number('slowlog-max-len'));
  if (!command.flags.has('skip_monitor') && !command.flags.has('admin')) feedMonitors(server, client, args);
  if (client === server.scripts.client) return;
  server.machine.operation({
    connection: client.socket?.id ?? 0,
    name: command.name.toUpperCase().replace('|', ' '),
    text: textOf(command.name, args),
    startMs,
    ...(error === undefined ? {} : { error }),
  });
}

function textOf(name: string, args: readonly string[]): string {
  if (name === 'auth' || name === 'hello') return name.toUpperCase();
  let text = '';
  for (const arg of args) {
    if (text.length >= TEXT_MAX) break;
    text += (text === '' ? '' : ' ') + (arg.length > TEXT_MAX ? arg.slice(0, TEXT_MAX) : arg);
  }
  return text.slice(0, TEXT_MAX);
}

// Transactions.

export function endTransaction(server: RedisServer, client: Client): void {
  client.queued = null;
  client.isTransactionBroken = false;
  server.unwatch(client);
}

export function exec(call: Call): Reply {
  const { server, client } = call;
  const { queued } = client;
  if (!queued) throw fail('EXEC without MULTI');
  const isSpoiled = client.isWatchSpoiled || hasExpiredWatch(call);
  const isBroken = client.isTransactionBroken;
  endTransaction(server, client);
  if (isBroken) return new Failure('EXECABORT Transaction discarded because of previous errors.');
  if (isSpoiled) return NIL_ARRAY;
  return queued.map((one) => runQueued(server, client, one));
}

function runQueued(server: RedisServer, client: Client, { command, args }: Queued): Reply {
  const denied = server.access.refusal(client.user, command, args);
  const reply = denied ?? run(server, client, command, args, false);
  return reply === undefined ? null : reply;
}

function hasExpiredWatch({ server, client, nowMs }: Call): boolean {
  return client.watched.some(({ db, key, wasExpired }) => {
    const entry = server.databases[db]!.entry(key);
    return !wasExpired && entry !== undefined && entry.expiresAtMs >= 0 && nowMs > entry.expiresAtMs;
  });
}
