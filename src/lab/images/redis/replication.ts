/** The role of a server among others. So far every server is a master without replicas. */
import { lower } from './bytes.ts';
import type { Call } from './call.ts';
import type { Client } from './client.ts';
import { type RedisServer, randomHex } from './redis-server.ts';
import { type Failure, fail, OK, type Reply } from './reply.ts';

export class Replication {
  readonly isReplica: boolean = false;
  readonly isStale: boolean = false;
  readonly wantsCommands: boolean = false;
  readonly needsCron: boolean = false;
  readonly id: string;
  offset = 0;

  private readonly server: RedisServer;

  constructor(server: RedisServer) {
    this.server = server;
    this.id = randomHex(server.machine, 20);
  }

  start(): void {}
  cron(): void {}
  feed(_db: number, _args: readonly string[]): void {}
  lost(_client: Client): void {}
  refusal(): Failure | null {
    return null;
  }

  info(): readonly string[] {
    return [
      ...['role:master', 'connected_slaves:0', 'master_failover_state:no-failover', `master_replid:${this.id}`],
      ...[`master_repl_offset:${this.offset}`, 'second_repl_offset:-1', 'repl_backlog_active:0'],
    ];
  }

  role(): Reply {
    return ['master', this.offset, []];
  }

  replicaof(host: string, port: string): Reply {
    if (lower(host) === 'no' && lower(port) === 'one') return OK;
    throw fail('REPLICAOF is not part of this server');
  }

  /** WAIT: how many replicas have it. */
  wait(call: Call, replicas: number, timeoutMs: number): Reply {
    if (replicas <= 0 || !call.canBlock) return 0;
    this.server.blocking.hold(call.client, timeoutMs, 0, () => {});
    return undefined;
  }
}
