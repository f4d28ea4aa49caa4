/**
 * What the server does by itself. Redis runs it 10 times a second; here only when there is something to do, so that an
 * idle server makes no events.
 */
import { ELEMENT_US } from './cost.ts';
import { expireSome } from './expiry.ts';
import type { RedisServer } from './redis-server.ts';

const PERIOD_MS = 100;
/** After a snapshot that failed, the next is tried not sooner (`CONFIG_BGSAVE_RETRY_DELAY`). */
const RETRY_MS = 5_000;

export class Cron {
  private readonly server: RedisServer;
  private timer: { readonly atMs: number; readonly cancel: () => void } | null = null;
  private expiredAtMs = 0;
  private clientsAtMs = 0;

  constructor(server: RedisServer) {
    this.server = server;
  }

  /** Makes sure that it runs when it is needed next. */
  plan(): void {
    const { machine } = this.server;
    const delayMs = this.delayMs();
    if (delayMs === Infinity) return;
    const atMs = machine.nowMs() + delayMs;
    if (this.timer && this.timer.atMs <= atMs) return;
    this.timer?.cancel();
    const cancel = this.server.after(delayMs, () => {
      this.timer = null;
      this.run();
    });
    this.timer = { atMs, cancel };
  }

  private delayMs(): number {
    const { server } = this;
    const { aof, settings, snapshots, replication } = server;
    if (server.databases.some(({ volatile }) => volatile.size > 0)) return PERIOD_MS;
    let delayMs = Infinity;
    if (aof.needsCron || replication.needsCron) delayMs = 1_000;
    const hasIdleLimit = settings.number('timeout') > 0 && server.clients.size > 0;
    if (hasIdleLimit || [...server.clients.values()].some((client) => client.overSoftLimitSinceMs !== null))
      delayMs = 1_000;
    const sinceMs = machineWall(server) - snapshots.lastSaveMs;
    for (const { seconds, changes } of settings.savePoints)
      if (snapshots.changes >= changes && !snapshots.isSaving)
        delayMs = Math.min(delayMs, Math.max(PERIOD_MS, seconds * 1_000 - sinceMs + 1));
    return delayMs;
  }

  private run(): void {
    const { server } = this;
    const nowMs = server.machine.nowMs();
    if (!server.replication.isReplica && nowMs - this.expiredAtMs >= PERIOD_MS) {
      this.expiredAtMs = nowMs;
      server.execution(() => server.burn(expireSome(server) * ELEMENT_US));
    }
    if (nowMs - this.clientsAtMs >= 1_000) {
      this.clientsAtMs = nowMs;
      this.closeIdleClients(nowMs);
    }
    server.aof.cron();
    server.replication.cron();
    this.saveIfDue(nowMs);
  }

  private closeIdleClients(nowMs: number): void {
    const { server } = this;
    const limitMs = server.settings.number('timeout') * 1_000;
    for (const client of [...server.clients.values()]) {
      if (client.socket && server.isTooSlow(client, client.socket.bytesQueued)) {
        server.log('#', `Client ${server.describe(client)} closed for overcoming of output buffer limits.`);
        server.drop(client);
        continue;
      }
      const isExempt = client.isReplica || client.isMaster || client.unblock !== null || client.subscriptions > 0;
      if (limitMs > 0 && !isExempt && nowMs - client.usedAtMs > limitMs) server.drop(client);
    }
  }

  private saveIfDue(nowMs: number): void {
    const { snapshots, settings } = this.server;
    if (snapshots.isSaving || this.server.aof.isRewriting) return;
    if (!snapshots.isLastOk && nowMs - snapshots.triedAtMs < RETRY_MS) return;
    const sinceMs = machineWall(this.server) - snapshots.lastSaveMs;
    const due = settings.savePoints.find(
      ({ seconds, changes }) => snapshots.changes >= changes && sinceMs > seconds * 1_000,
    );
    if (!due) return;
    this.server.log('*', `${due.changes} changes in ${due.seconds} seconds. Saving...`);
    snapshots.saveInBackground();
  }
}

const machineWall = (server: RedisServer): number => server.machine.wallMs();
