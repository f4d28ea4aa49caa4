/**
 * The server: its clients, its keyspaces and the turns of its event loop. A turn is a chunk of bytes, a timer or a tool;
 * at its end what it changed is appended to the file of commands and only then are replies sent, as Redis does before it
 * sleeps. With `appendfsync always` the whole server waits for the disk in between.
 */
import type { Server, ServerMachine, ServerSocket, ToolResult } from '../server.ts';
import { Access } from './access.ts';
import { AppendOnlyFile } from './aof.ts';
import { Blocking } from './blocking.ts';
import { bytesOf } from './bytes.ts';
import { Client } from './client.ts';
import type { Settings } from './config.ts';
import { FORK_GIGABYTE_US, FORK_US, KILOBYTE_US, SOCKET_ROUND_US } from './cost.ts';
import { Cron } from './cron.ts';
import { Database, type Entry } from './database.ts';
import { bumpFrequency } from './eviction.ts';
import { processCommand } from './execute.ts';
import { isExpired } from './expiry.ts';
import { logLine } from './log.ts';
import { Scripts } from './lua/scripts.ts';
import { PubSub } from './pubsub.ts';
import { Replication } from './replication/replication.ts';
import { fail } from './reply.ts';
import { SlowLog } from './slow-log.ts';
import { Snapshots } from './snapshots.ts';
import { Stats } from './stats.ts';
import { runTool } from './tool.ts';

/** What a server without data takes, as INFO of a fresh Redis 7.0 says. */
const STARTUP_BYTES = 876_208;
/** Of a connection: its structure and the smallest buffers. */
const CLIENT_BYTES = 2_048;
/** The process id in a container. */
export const PROCESS_ID = 1;

export class RedisServer implements Server {
  readonly machine: ServerMachine;
  readonly settings: Settings;
  readonly databases: readonly Database[];
  readonly access = new Access();
  readonly blocking: Blocking;
  readonly pubsub = new PubSub((client) => this.sent(client));
  readonly scripts: Scripts;
  readonly aof: AppendOnlyFile;
  readonly snapshots: Snapshots;
  readonly replication: Replication;
  readonly stats = new Stats();
  readonly slowLog = new SlowLog();
  readonly clients = new Map<number, Client>();
  /** Speaks for the server itself: loading, replicas' streams, tools. */
  readonly internal: Client;
  readonly runId: string;
  readonly startedAtMs: number;

  /** Changes of the dataset, ever. */
  dirty = 0;
  /** Wall clock of the execution that runs. */
  commandTimeMs = 0;
  isLoading = false;
  /** The command that runs is the master's. */
  isFromMaster = false;
  blockedClients = 0;
  peakBytes = 0;
  /** CLIENT PAUSE: until then (monotonic) commands of this kind wait. */
  pause: { readonly untilMs: number; readonly mode: 'all' | 'write'; readonly cancel: () => void } | null = null;
  /** Who waits for the end of the pause. */
  readonly paused = new Set<Client>();
  readonly monitors = new Set<Client>();

  private nextClientId = 0;
  private turnDepth = 0;
  private executionDepth = 0;
  private burnUs = 0;
  private isStopping = false;
  private readonly cron: Cron;
  /** Whose input waits: the server was busy with its disk, or they were blocked or paused. */
  private readonly waiting = new Set<Client>();
  private readonly withOutput = new Set<Client>();
  private readonly watchers = new Map<string, Set<Client>>();
  private pending: { readonly db: number; readonly args: readonly string[] }[] = [];

  constructor(machine: ServerMachine, settings: Settings) {
    this.machine = machine;
    this.settings = settings;
    this.startedAtMs = machine.nowMs();
    this.databases = Array.from({ length: settings.number('databases') }, (_, index) => new Database(index));
    this.runId = randomHex(machine, 20);
    this.internal = new Client(0, null, 0, this.access.default, true);
    this.blocking = new Blocking(this);
    this.scripts = new Scripts(this);
    this.aof = new AppendOnlyFile(this);
    this.snapshots = new Snapshots(this);
    this.replication = new Replication(this);
    this.cron = new Cron(this);
    this.access.requirePassword(settings.text('requirepass'));
  }

  /** Loads what an earlier process left and opens the port. False when the data cannot be read: the process ends. */
  start(): boolean {
    this.log('#', 'oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo', 'C');
    this.log('#', `Redis version=7.0.15, bits=64, commit=00000000, modified=0, pid=${PROCESS_ID}, just started`, 'C');
    this.log('*', `Running mode=standalone, port=${this.settings.number('port')}.`);
    this.log('#', 'Server initialized');
    if (!(this.settings.isOn('appendonly') ? this.aof.load() : this.snapshots.load())) {
      this.machine.exit(1, 'the data could not be loaded');
      return false;
    }
    this.machine.listen(this.settings.number('port'), (socket) => this.turn(() => this.accept(socket)));
    this.log('*', 'Ready to accept connections');
    this.replication.start();
    this.turn(() => {});
    return true;
  }

  signal(name: string): void {
    if (name !== 'SIGTERM' && name !== 'SIGINT') return;
    this.turn(() => {
      this.log('#', `Received ${name} scheduling shutdown...`);
      this.shutdown(null);
    });
  }

  /** Ends the process in order, with a snapshot where one is configured or asked for. False when that failed. */
  shutdown(save: boolean | null, isForced = false): boolean {
    this.log('#', 'User requested shutdown...');
    if (this.aof.isOn && !this.aof.finish() && !isForced) {
      this.log('#', "Error trying to write the AOF, can't exit.");
      return false;
    }
    if (save ?? this.settings.savePoints.length > 0) {
      this.log('*', 'Saving the final RDB snapshot before exiting.');
      if (!this.snapshots.save() && !isForced) {
        this.log('#', "Error trying to save the DB, can't exit.");
        return false;
      }
    }
    this.log('#', 'Redis is now ready to exit, bye bye...');
    // What was answered is sent first; connections end with the process.
    this.isStopping = true;
    this.sendReplies();
    this.machine.exit(0);
    return true;
  }

  tool(argv: readonly string[], onDone: (result: ToolResult) => void): void {
    this.turn(() => runTool(this, argv, onDone));
  }

  figures(): Readonly<Record<string, number>> {
    let keys = 0;
    let volatile = 0;
    for (const db of this.databases) {
      keys += db.size;
      volatile += db.volatile.size;
    }
    const { hits, misses, commands, expired, evicted } = this.stats;
    return {
      connections: this.clients.size,
      blocked_clients: this.blockedClients,
      keys,
      keys_with_expiry: volatile,
      used_memory: this.usedBytes,
      maxmemory: this.settings.number('maxmemory'),
      keyspace_hits: hits,
      keyspace_misses: misses,
      commands,
      expired_keys: expired,
      evicted_keys: evicted,
      channels: this.pubsub.channels.size + this.pubsub.patterns.size,
      ...this.replication.figures(),
    };
  }

  get memoryBytes(): number {
    return this.usedBytes - STARTUP_BYTES;
  }

  /** As `used_memory` of INFO. */
  get usedBytes(): number {
    let bytes = STARTUP_BYTES + this.clients.size * CLIENT_BYTES;
    for (const db of this.databases) bytes += db.bytes;
    if (bytes > this.peakBytes) this.peakBytes = bytes;
    return bytes;
  }

  log(level: '.' | '-' | '*' | '#', text: string, role = this.replication.isReplica ? 'S' : 'M'): void {
    if (level === '.' || level === '-') return;
    this.machine.log(logLine(this.machine.wallMs(), PROCESS_ID, role, level, text));
  }

  // Turns.

  /** One turn of the event loop, or part of the one that runs. */
  turn(run: () => void): void {
    this.turnDepth++;
    run();
    if (--this.turnDepth > 0 || this.isStopping) return;
    this.turnDepth++;
    this.blocking.serve();
    this.goOn();
    this.aof.flush();
    this.turnDepth--;
    // Replies leave when the work is done.
    if (this.burnUs > 0) this.machine.burn(this.burnUs);
    this.burnUs = 0;
    if (!this.aof.isBusy) this.sendReplies();
    this.cron.plan();
  }

  sendReplies(): void {
    for (const client of [...this.withOutput]) this.flush(client);
  }

  after(ms: number, run: () => void): () => void {
    return this.machine.after(Math.max(0, ms), () => this.turn(run));
  }

  burn(us: number): void {
    this.burnUs += us;
  }

  burnFork(): void {
    this.burn(FORK_US + (FORK_GIGABYTE_US * this.usedBytes) / 1e9);
  }

  /** The client may have more to say: it no longer waits for a key, or the pause is over. */
  resume(client: Client): void {
    this.waiting.add(client);
  }

  private goOn(): void {
    while (this.waiting.size > 0 && !this.aof.isBusy && !this.isStopping) {
      const clients = [...this.waiting];
      this.waiting.clear();
      for (const client of clients) {
        this.readRequests(client);
        this.sent(client);
      }
    }
  }

  /** Lets those go on who waited for the end of a pause. */
  endPause(): void {
    this.pause?.cancel();
    this.pause = null;
    const clients = [...this.paused];
    this.paused.clear();
    for (const client of clients) client.unblock?.(undefined);
  }

  // Connections.

  private accept(socket: ServerSocket): void {
    const id = ++this.nextClientId;
    const isOpen = this.settings.text('requirepass') === '' && this.access.default.needsNoPassword;
    const client = new Client(id, socket, this.machine.nowMs(), this.access.default, isOpen);
    this.stats.connections++;
    this.burn(SOCKET_ROUND_US);
    if (this.clients.size >= this.settings.number('maxclients')) {
      this.stats.rejected++;
      socket.write(bytesOf('-ERR max number of clients reached\r\n'));
      socket.end();
      return;
    }
    this.clients.set(id, client);
    const keepAliveSeconds = this.settings.number('tcp-keepalive');
    if (keepAliveSeconds > 0) socket.setKeepAlive(true, keepAliveSeconds * 1_000);
    socket.onData = (chunk) => this.turn(() => this.received(client, chunk));
    socket.onEnd = () => this.turn(() => this.drop(client));
    socket.onClose = () => this.turn(() => this.drop(client));
    socket.onDrain = () => {
      client.overSoftLimitSinceMs = null;
    };
  }

  /** Bytes for this client, also from the link to a master. */
  received(client: Client, chunk: Uint8Array): void {
    if (client.isGone || client.isClosing) return;
    this.stats.netIn += chunk.length;
    this.burn(SOCKET_ROUND_US + (KILOBYTE_US * chunk.length) / 1_024);
    client.usedAtMs = this.machine.nowMs();
    client.parser.push(chunk);
    if (client.parser.bufferedBytes > this.settings.number('client-query-buffer-limit')) {
      this.log('#', `Closing client that reached max query buffer length: ${this.describe(client)}`);
      this.drop(client);
      return;
    }
    if (this.aof.isBusy) this.waiting.add(client);
    else this.readRequests(client);
  }

  private readRequests(client: Client): void {
    while (!client.isGone && !client.isClosing && client.unblock === null && !this.isStopping) {
      const parsed = client.parser.next({
        bulkBytesMax: this.settings.number('proto-max-bulk-len'),
        isAuthenticated: client.isAuthenticated,
      });
      if (parsed === null) return;
      if ('error' in parsed) {
        client.reply(fail(`Protocol error: ${parsed.error}`.replace(/[\r\n]/g, ' ')));
        this.closeAfterReply(client);
        this.sent(client);
        return;
      }
      if (parsed.args.length === 0) continue;
      this.isFromMaster = client.isMaster;
      processCommand(this, client, parsed.args);
      this.isFromMaster = false;
      this.sent(client);
      this.blocking.serve();
    }
  }

  /** Something may have been written for this client. */
  sent(client: Client): void {
    if (client.out !== '' || client.isClosing) this.withOutput.add(client);
  }

  closeAfterReply(client: Client): void {
    client.isClosing = true;
    this.withOutput.add(client);
  }

  private flush(client: Client): void {
    this.withOutput.delete(client);
    const { socket, out } = client;
    if (!socket || client.isGone) return;
    client.out = '';
    if (out !== '') {
      this.stats.netOut += out.length;
      this.burn((KILOBYTE_US * out.length) / 1_024);
      socket.write(bytesOf(out));
      if (this.isTooSlow(client, socket.bytesQueued)) {
        this.log(
          '#',
          `Client ${this.describe(client)} scheduled to be closed ASAP for overcoming of output buffer limits.`,
        );
        this.stats.outputLimited++;
        this.forget(client);
        socket.reset();
        return;
      }
    }
    if (client.isClosing) this.drop(client);
  }

  /** Over the hard limit of what may be queued for a client of its kind, or over the soft one for too long. */
  isTooSlow(client: Client, queuedBytes: number): boolean {
    const kind = client.isReplica ? 'slave' : client.subscriptions > 0 ? 'pubsub' : 'normal';
    const { hardBytes, softBytes, softSeconds } = this.settings.bufferLimit(kind);
    if (hardBytes > 0 && queuedBytes >= hardBytes) return true;
    if (softBytes === 0 || queuedBytes < softBytes) {
      client.overSoftLimitSinceMs = null;
      return false;
    }
    const nowMs = this.machine.nowMs();
    client.overSoftLimitSinceMs ??= nowMs;
    return nowMs - client.overSoftLimitSinceMs > softSeconds * 1_000;
  }

  /** Ends the connection at once. */
  drop(client: Client): void {
    if (client.isGone) return;
    this.forget(client);
    client.socket?.end();
  }

  private forget(client: Client): void {
    this.replication.lost(client);
    client.isGone = true;
    client.queued = null;
    client.unblock?.(undefined);
    this.paused.delete(client);
    this.monitors.delete(client);
    this.unwatch(client);
    this.pubsub.leave(client);
    this.clients.delete(client.id);
    this.waiting.delete(client);
    this.withOutput.delete(client);
  }

  describe(client: Client): string {
    return `id=${client.id} addr=${client.address} name=${client.name} db=${client.db} cmd=${client.lastCommand}`;
  }

  // Executions.

  /** A command, transaction or script: one moment in time, and one unit in the append-only file. */
  execution(run: () => void): void {
    if (this.executionDepth === 0) this.commandTimeMs = this.machine.wallMs();
    this.executionDepth++;
    try {
      run();
    } finally {
      this.executionDepth--;
      if (this.executionDepth === 0) this.commit();
    }
  }

  /** What must be done again after a restart, and on replicas. */
  propagate(db: number, args: readonly string[]): void {
    if (this.isLoading) return;
    if (!this.aof.isOn && !this.replication.wantsCommands) return;
    this.pending.push({ db, args });
    if (this.executionDepth === 0) this.commit();
  }

  private commit(): void {
    const { pending } = this;
    if (pending.length === 0) return;
    this.pending = [];
    const first = pending[0]!;
    const all =
      pending.length > 1 ? [{ db: first.db, args: ['MULTI'] }, ...pending, { db: first.db, args: ['EXEC'] }] : pending;
    for (const { db, args } of all) {
      this.aof.feed(db, args);
      this.replication.feed(db, args);
    }
  }

  // Keys.

  /** The entry of a key that has not expired; one that has is deleted by this. Marks it as used. */
  lookup(db: Database, key: string): Entry | null {
    const entry = db.entry(key);
    if (!entry) return null;
    if (isExpired(this, entry)) {
      // A replica leaves the deletion to its master.
      if (!this.replication.isReplica) this.expire(db, key);
      return null;
    }
    const nowMs = this.machine.nowMs();
    entry.usedAtMs = nowMs;
    if (this.settings.text('maxmemory-policy').endsWith('lfu')) bumpFrequency(this, entry);
    return entry;
  }

  expire(db: Database, key: string): void {
    db.remove(key);
    this.stats.expired++;
    this.touched(db, key);
    this.notify('x', 'expired', key, db.index);
    this.propagate(db.index, ['DEL', key]);
  }

  /** For who watches or waits for the key. */
  touched(db: Database, key: string): void {
    this.blocking.touched(db.index, key);
    if (this.watchers.size === 0) return;
    for (const client of this.watchers.get(`${db.index} ${key}`) ?? []) client.isWatchSpoiled = true;
  }

  watch(client: Client, db: Database, key: string): void {
    if (client.watched.some((one) => one.db === db.index && one.key === key)) return;
    const entry = db.entry(key);
    client.watched.push({ db: db.index, key, wasExpired: entry !== undefined && isExpired(this, entry) });
    const name = `${db.index} ${key}`;
    const clients = this.watchers.get(name) ?? new Set();
    clients.add(client);
    this.watchers.set(name, clients);
  }

  unwatch(client: Client): void {
    for (const { db, key } of client.watched) {
      const name = `${db} ${key}`;
      const clients = this.watchers.get(name);
      clients?.delete(client);
      if (clients?.size === 0) this.watchers.delete(name);
    }
    client.watched = [];
    client.isWatchSpoiled = false;
  }

  /** All keys of these databases may have changed; `other` is what comes in their place (SWAPDB). */
  touchedAll(databases: readonly Database[], other: readonly Database[] = []): void {
    for (const [name, clients] of this.watchers) {
      const [, index = '', key = ''] = /^(\d+) ([\s\S]*)$/.exec(name) ?? [];
      const isHit =
        databases.some((db) => db.index === Number(index)) &&
        [...databases, ...other].some((db) => db.entry(key) !== undefined);
      if (isHit) for (const client of clients) client.isWatchSpoiled = true;
    }
    this.blocking.touchedAll();
  }

  /** An event of the keyspace, where `notify-keyspace-events` asks for it. */
  notify(events: string, event: string, key: string, db: number): void {
    const wanted = this.settings.text('notify-keyspace-events');
    if (wanted === '' || this.isLoading) return;
    if (!wanted.includes(events) && !(wanted.includes('A') && events !== 'm' && events !== 'n')) return;
    if (wanted.includes('K')) this.publish(`__keyspace@${db}__:${key}`, event);
    if (wanted.includes('E')) this.publish(`__keyevent@${db}__:${event}`, key);
  }

  publish(channel: string, message: string): number {
    return this.pubsub.publish(channel, message);
  }

  /** Wall clock, ms; within a command or script the time at which it began. */
  nowOfCommandMs(): number {
    return this.executionDepth > 0 ? this.commandTimeMs : this.machine.wallMs();
  }
}

/** As run ids and generated passwords are. */
export function randomHex(machine: ServerMachine, bytes: number): string {
  const random = new Uint8Array(bytes);
  machine.fillRandom(random);
  let hex = '';
  for (const byte of random) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
