/**
 * A server among others: master of its replicas, or replica of a master, which may have replicas of its own. One stream
 * of commands, counted in bytes; who has lost its connection goes on where it was, as long as the backlog has that.
 *
 * Source: replication.c of Redis 7.0. After a restart a replica begins anew: ids and offsets are not kept in snapshots.
 */
import { lower } from '../bytes.ts';
import type { Call } from '../call.ts';
import type { Client } from '../client.ts';
import { SNAPSHOT_MEGABYTE_MS } from '../cost.ts';
import { encodeCommand } from '../dump.ts';
import { parseInteger } from '../numbers.ts';
import { writeRdb } from '../rdb/write.ts';
import { type RedisServer, randomHex } from '../redis-server.ts';
import { Failure, fail, OK, type Reply, Status } from '../reply.ts';
import { Backlog } from './backlog.ts';
import { MasterLink } from './master-link.ts';

interface Replica {
  port: number;
  ip: string;
  /** `transfer`: its snapshot is being made; what happens meanwhile waits in `held`. */
  state: 'greeting' | 'waiting' | 'transfer' | 'online';
  held: string;
  ackOffset: number;
  ackAtMs: number;
}

interface Waiting {
  readonly client: Client;
  readonly replicas: number;
  readonly offset: number;
}

const NO_ID = '0'.repeat(40);
const MEGABYTE = 1e6;

export class Replication {
  id: string;
  /** The id that this server's history had before, and up to which byte it was the same. */
  id2 = NO_ID;
  secondOffset = -1;
  offset = 0;
  master: MasterLink | null = null;
  private backlog: Backlog | null = null;
  private readonly replicas = new Map<Client, Replica>();
  /** What a connection has said of itself before it asks for the stream. */
  private readonly greetings = new Map<Client, Replica>();
  private readonly waiting = new Set<Waiting>();
  /** Database of the last command in the stream; none: the next begins with SELECT. */
  private db = -1;
  private isSyncPlanned = false;
  private lookedAtMs = -Infinity;
  private pingedAtMs = 0;
  private noReplicasSinceMs = 0;
  private readonly server: RedisServer;

  constructor(server: RedisServer) {
    this.server = server;
    this.id = randomHex(server.machine, 20);
  }

  get isReplica(): boolean {
    return this.master !== null;
  }

  get isStale(): boolean {
    return this.master !== null && !this.master.isUp && !this.server.settings.isOn('replica-serve-stale-data');
  }

  get wantsCommands(): boolean {
    return this.backlog !== null && this.master === null;
  }

  get needsCron(): boolean {
    return this.master !== null || this.replicas.size > 0;
  }

  start(): void {
    const [host, port] = this.server.settings.text('replicaof').split(' ');
    if (host && port) this.follow(host, Number(port));
  }

  cron(): void {
    const { settings, machine } = this.server;
    const nowMs = machine.nowMs();
    if (nowMs - this.lookedAtMs < 1000) return;
    this.lookedAtMs = nowMs;
    this.master?.cron(nowMs);
    const limitMs = settings.number('repl-timeout') * 1000;
    for (const [client, replica] of this.replicas) {
      if (replica.state !== 'online' || nowMs - replica.ackAtMs <= limitMs) continue;
      this.server.log('#', `Disconnecting timedout replica (streaming sync): ${client.address}`);
      this.server.drop(client);
    }
    const isMaster = this.master === null;
    if (
      isMaster &&
      this.replicas.size > 0 &&
      nowMs - this.pingedAtMs >= settings.number('repl-ping-replica-period') * 1000
    ) {
      this.pingedAtMs = nowMs;
      this.append(encodeCommand(['PING']));
    }
    const ttlMs = settings.number('repl-backlog-ttl') * 1000;
    if (isMaster && this.replicas.size === 0 && ttlMs > 0 && nowMs - this.noReplicasSinceMs > ttlMs)
      this.backlog = null;
  }

  // The stream.

  /** Of a master: a command that replicas must do, too. */
  feed(db: number, args: readonly string[]): void {
    if (!this.wantsCommands) return;
    if (db !== this.db) this.append(encodeCommand(['SELECT', String(db)]));
    this.db = db;
    this.append(encodeCommand(args));
  }

  /** Bytes of the stream: also of a replica, which passes on what it gets. */
  append(text: string): void {
    if (text === '') return;
    this.offset += text.length;
    this.backlog?.push(text);
    for (const [client, replica] of this.replicas) {
      if (replica.state === 'transfer') replica.held += text;
      if (replica.state !== 'online') continue;
      client.out += text;
      this.server.sent(client);
    }
  }

  // Replicas of this server.

  replconf(call: Call, args: readonly string[]): Reply {
    const { client } = call;
    if (args.length % 2 === 0) throw fail('syntax error');
    if (client.isMaster) {
      // Of all that a replica may be asked, its master asks this.
      if (lower(args[1] ?? '') === 'getack') this.master?.acknowledge();
      return undefined;
    }
    const replica = this.replicas.get(client) ?? this.greeted(client);
    for (let i = 1; i < args.length; i += 2) {
      const value = args[i + 1]!;
      switch (lower(args[i]!)) {
        case 'listening-port':
          replica.port = Number(value);
          break;
        case 'ip-address':
          replica.ip = value;
          break;
        case 'ack':
          this.acknowledged(replica, Number(value));
          return undefined;
        case 'capa':
        case 'rdb-only':
        case 'rdb-filter-only':
          break;
        default:
          throw fail(`Unrecognized REPLCONF option: ${args[i]}`);
      }
    }
    return OK;
  }

  /** Only who asks for the stream is a replica; until then nobody counts it. */
  private greeted(client: Client): Replica {
    const nowMs = this.server.machine.nowMs();
    const fresh: Replica = { port: 0, ip: '', state: 'greeting', held: '', ackOffset: 0, ackAtMs: nowMs };
    const replica = this.greetings.get(client) ?? fresh;
    this.greetings.set(client, replica);
    return replica;
  }

  psync(call: Call, id: string, from: string): Reply {
    const { client, server } = call;
    if (client.isReplica) return undefined;
    if (this.master !== null && !this.master.isUp)
      throw new Failure("NOMASTERLINK Can't SYNC while not connected with my master");
    const byte = parseInteger(from);
    if (byte === null) throw fail('value is not an integer or out of range');
    const replica = this.greeted(client);
    this.greetings.delete(client);
    client.isReplica = true;
    this.replicas.set(client, replica);
    const missed = this.missed(lower(id), byte);
    if (missed !== null) {
      server.stats.syncPartialOk++;
      replica.state = 'online';
      replica.ackAtMs = server.machine.nowMs();
      client.out += `+CONTINUE ${this.id}\r\n${missed}`;
      server.log(
        '*',
        `Partial resynchronization request from ${this.nameOf(client, replica)} accepted. Sending ${missed.length} bytes of backlog starting from offset ${byte}.`,
      );
      return undefined;
    }
    server.stats.syncFull++;
    if (id !== '?') server.stats.syncPartialErr++;
    server.log('*', `Full resync requested by replica ${this.nameOf(client, replica)}`);
    if (this.backlog === null) {
      // Nobody knows this history, so it gets a name of its own.
      if (this.master === null) {
        this.id = randomHex(server.machine, 20);
        this.id2 = NO_ID;
        this.secondOffset = -1;
      }
      this.backlog = new Backlog(this.offset + 1, server.settings.number('repl-backlog-size'));
    }
    replica.state = 'waiting';
    this.planSync();
    return undefined;
  }

  /** What a replica has missed that has seen all of this history before that byte; null when it must begin anew. */
  private missed(id: string, byte: number): string | null {
    const isOurs = id === this.id || (id === this.id2 && byte <= this.secondOffset);
    return isOurs && this.backlog !== null ? this.backlog.from(byte) : null;
  }

  /** All replicas that come within the delay share a snapshot. */
  private planSync(): void {
    if (this.isSyncPlanned) return;
    this.isSyncPlanned = true;
    const { server } = this;
    const isDiskless = server.settings.isOn('repl-diskless-sync');
    const delayMs = isDiskless ? server.settings.number('repl-diskless-sync-delay') * 1000 : 0;
    server.after(delayMs, () => this.sync());
  }

  private sync(): void {
    const { server } = this;
    this.isSyncPlanned = false;
    const group = [...this.replicas].filter(([, { state }]) => state === 'waiting');
    if (group.length === 0) return;
    server.burnFork();
    const rdb = writeRdb(server);
    server.log('*', 'Starting BGSAVE for SYNC with target: replicas sockets');
    // The snapshot says nothing of it, so the stream must begin with it.
    this.db = -1;
    for (const [client, replica] of group) {
      replica.state = 'transfer';
      client.out += `+FULLRESYNC ${this.id} ${this.offset}\r\n`;
      server.sent(client);
    }
    server.after(1 + (rdb.length / MEGABYTE) * SNAPSHOT_MEGABYTE_MS, () => {
      for (const [client, replica] of group) {
        if (client.isGone) continue;
        client.out += `$${rdb.length}\r\n${rdb}${replica.held}`;
        replica.held = '';
        replica.state = 'online';
        replica.ackAtMs = server.machine.nowMs();
        server.sent(client);
        server.log('*', `Synchronization with replica ${this.nameOf(client, replica)} succeeded`);
      }
    });
  }

  private acknowledged(replica: Replica, offset: number): void {
    replica.ackOffset = Math.max(replica.ackOffset, offset);
    replica.ackAtMs = this.server.machine.nowMs();
    for (const { client, replicas, offset: wanted } of [...this.waiting]) {
      const count = this.countWith(wanted);
      client.timeoutReply = count;
      if (count >= replicas) client.unblock?.(count);
    }
  }

  lost(client: Client): void {
    this.greetings.delete(client);
    if (!this.replicas.delete(client)) return;
    this.server.log('#', `Connection with replica ${client.address} lost.`);
    this.noReplicasSinceMs = this.server.machine.nowMs();
  }

  private nameOf(client: Client, { ip, port }: Replica): string {
    return `${ip || (client.socket?.remoteAddress ?? '')}:${port}`;
  }

  /** WAIT: how many replicas have all that was written until now. */
  wait(call: Call, replicas: number, timeoutMs: number): Reply {
    if (this.master !== null)
      throw fail(
        'WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.',
      );
    const { offset } = this;
    const count = this.countWith(offset);
    if (count >= replicas || !call.canBlock) return count;
    const waiting: Waiting = { client: call.client, replicas, offset };
    this.waiting.add(waiting);
    this.server.blocking.hold(call.client, timeoutMs, count, () => this.waiting.delete(waiting));
    if (this.replicas.size > 0) this.append(encodeCommand(['REPLCONF', 'GETACK', '*']));
    return undefined;
  }

  private countWith(offset: number): number {
    return [...this.replicas.values()].filter(({ state, ackOffset }) => state === 'online' && ackOffset >= offset)
      .length;
  }

  /** Why a write is refused; null when it is not. */
  refusal(): Failure | null {
    const { settings, machine } = this.server;
    if (this.master !== null)
      return settings.isOn('replica-read-only')
        ? new Failure("READONLY You can't write against a read only replica.")
        : null;
    const least = settings.number('min-replicas-to-write');
    const lag = settings.number('min-replicas-max-lag');
    if (least === 0 || lag === 0) return null;
    const nowMs = machine.nowMs();
    const good = [...this.replicas.values()].filter(
      ({ state, ackAtMs }) => state === 'online' && nowMs - ackAtMs <= lag * 1000,
    );
    return good.length < least ? new Failure('NOREPLICAS Not enough good replicas to write.') : null;
  }

  // This server as a replica.

  replicaof(host: string, port: string): Reply {
    if (lower(host) === 'no' && lower(port) === 'one') {
      if (this.master !== null) this.promote();
      return OK;
    }
    const number = parseInteger(port);
    if (number === null) throw fail('value is not an integer or out of range');
    if (number < 0 || number > 65_535) throw fail('Invalid master port');
    if (this.master?.host === host && this.master.port === number)
      return new Status('OK Already connected to specified master');
    this.follow(host, number);
    return OK;
  }

  private follow(host: string, port: number): void {
    const wasMaster = this.master === null;
    this.master?.stop();
    // Its own history may be the beginning of the other's: asked for as such.
    this.master = new MasterLink(this.server, this, host, port, wasMaster && this.backlog === null ? null : this.id);
    this.loseReplicas();
    this.server.log('*', `REPLICAOF ${host}:${port} enabled`);
    this.master.connect();
  }

  /** From now on a history of its own, which shares its beginning with the old master's. */
  private promote(): void {
    const { server } = this;
    this.master!.stop();
    this.master = null;
    this.id2 = this.id;
    this.secondOffset = this.offset + 1;
    this.id = randomHex(server.machine, 20);
    this.db = -1;
    this.backlog ??= new Backlog(this.offset + 1, server.settings.number('repl-backlog-size'));
    this.noReplicasSinceMs = server.machine.nowMs();
    // They hear of the new name when they ask again.
    this.loseReplicas();
    server.log('*', `Discarding previously cached master state. MASTER MODE enabled (user request)`);
  }

  /** The data are now the master's, at this byte of its history. */
  restarted(id: string, offset: number): void {
    this.id = id;
    this.id2 = NO_ID;
    this.secondOffset = -1;
    this.offset = offset;
    this.backlog = new Backlog(offset + 1, this.server.settings.number('repl-backlog-size'));
    this.loseReplicas();
  }

  /** The master goes on under another name: it was promoted. */
  renamed(id: string): void {
    if (id === this.id) return;
    this.id2 = this.id;
    this.secondOffset = this.offset + 1;
    this.id = id;
    this.loseReplicas();
  }

  private loseReplicas(): void {
    for (const client of [...this.replicas.keys()]) this.server.drop(client);
  }

  // What is told of it.

  /** Nothing of a server that is alone. */
  figures(): Readonly<Record<string, number>> {
    const online = [...this.replicas.values()].filter(({ state }) => state === 'online');
    return {
      ...(this.master === null ? {} : { master_link_up: this.master.isUp ? 1 : 0 }),
      ...(this.backlog === null || this.master !== null
        ? {}
        : {
            replicas: online.length,
            // What would be lost with this server if the last of them took its place; asked for once a second.
            unacknowledged_bytes: online.reduce((max, { ackOffset }) => Math.max(max, this.offset - ackOffset), 0),
          }),
    };
  }

  role(): Reply {
    if (this.master !== null) {
      const { host, port, role } = this.master;
      return ['slave', host, port, role, this.master.isUp ? this.offset : -1];
    }
    const rows = [...this.replicas].filter(([, { state }]) => state === 'online');
    return [
      'master',
      this.offset,
      rows.map(([client, { ip, port, ackOffset }]) => [
        ip || (client.socket?.remoteAddress ?? ''),
        String(port),
        String(ackOffset),
      ]),
    ];
  }

  info(): readonly string[] {
    const { server, master, backlog } = this;
    const nowMs = server.machine.nowMs();
    const rows = [...this.replicas].map(([client, replica], i) => {
      const { state, ackOffset, ackAtMs, port } = replica;
      const name = { greeting: 'wait_bgsave', waiting: 'wait_bgsave', transfer: 'send_bulk', online: 'online' }[state];
      const ip = replica.ip || client.socket?.remoteAddress;
      const lag = state === 'online' ? Math.floor((nowMs - ackAtMs) / 1000) : -1;
      return `slave${i}:ip=${ip},port=${port},state=${name},offset=${ackOffset},lag=${lag}`;
    });
    const { settings } = server;
    const goodMs = settings.number('min-replicas-max-lag') * 1000;
    const good = [...this.replicas.values()].filter(
      ({ state, ackAtMs }) => state === 'online' && nowMs - ackAtMs <= goodMs,
    );
    return [
      `role:${master === null ? 'master' : 'slave'}`,
      ...(master === null ? [] : master.info(nowMs, this.offset)),
      `connected_slaves:${this.replicas.size}`,
      ...(settings.number('min-replicas-to-write') > 0 && goodMs > 0 ? [`min_slaves_good_slaves:${good.length}`] : []),
      ...rows,
      'master_failover_state:no-failover',
      `master_replid:${this.id}`,
      `master_replid2:${this.id2}`,
      `master_repl_offset:${this.offset}`,
      `second_repl_offset:${this.secondOffset}`,
      `repl_backlog_active:${backlog === null ? 0 : 1}`,
      `repl_backlog_size:${settings.number('repl-backlog-size')}`,
      `repl_backlog_first_byte_offset:${backlog?.firstByte ?? 0}`,
      `repl_backlog_histlen:${backlog?.length ?? 0}`,
    ];
  }
}
