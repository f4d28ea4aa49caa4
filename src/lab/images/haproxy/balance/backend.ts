/** A backend: chooses a server for a session, and lets sessions wait where all servers are full. */
import type { ProxySpec } from '../config/model.ts';
import { BackendServer } from './server.ts';

export interface Waiting {
  /** A server has room. */
  readonly go: (server: BackendServer) => void;
}

export class Backend {
  readonly spec: ProxySpec;
  readonly servers: readonly BackendServer[];
  readonly queue: Waiting[] = [];
  queueMax = 0;
  sessions = 0;
  sessionsMax = 0;
  sessionsTotal = 0;
  bytesIn = 0;
  bytesOut = 0;
  responses = [0, 0, 0, 0, 0, 0];
  /** The turn that was given last. */
  private turn = 0;
  private readonly nowMs: () => number;
  private readonly random: () => number;

  constructor(spec: ProxySpec, nowMs: () => number, random: () => number) {
    this.spec = spec;
    this.nowMs = nowMs;
    this.random = random;
    this.servers = spec.servers.map((server) => new BackendServer(server, spec.name));
  }

  /** Those that take sessions: backups only while nobody else does, and of them the first. */
  get usable(): readonly BackendServer[] {
    const up = this.servers.filter((server) => server.isUsable && server.spec.weight > 0);
    const active = up.filter(({ spec }) => !spec.isBackup);
    return active.length > 0 ? active : up.slice(0, 1);
  }

  /** The server for a session, 'full' when it must wait, null when there is none. */
  choose(key: string, avoid: BackendServer | null = null): BackendServer | 'full' | null {
    const usable = this.usable;
    if (usable.length === 0) return null;
    const others = usable.filter((server) => server !== avoid);
    const among = others.length > 0 ? others : usable;
    const free = among.filter(({ hasRoom }) => hasRoom);
    const { balance } = this.spec;
    // A hash means one server, room or not.
    if (balance === 'source' || balance === 'uri') {
      const server = this.hashed(among, key);
      return server.hasRoom ? server : 'full';
    }
    if (free.length === 0) return 'full';
    switch (balance) {
      case 'first':
        return free[0]!;
      case 'leastconn':
        return this.least(free);
      case 'random': {
        const [one, two] = [this.drawn(free), this.drawn(free)];
        return this.load(two) < this.load(one) ? two : one;
      }
      default:
        return this.inTurn(free);
    }
  }

  private load(server: BackendServer): number {
    return server.sessions / server.weightAt(this.nowMs());
  }

  /** Each server's turns are 1/weight apart; the one whose turn comes first, and of equals the one named first. */
  private inTurn(servers: readonly BackendServer[]): BackendServer {
    const weightOf = (server: BackendServer) =>
      this.spec.balance === 'static-rr' ? server.spec.weight : server.weightAt(this.nowMs());
    let best = servers[0]!;
    let first = Infinity;
    for (const server of servers) {
      // One that was full or down does not catch up on what it missed.
      const turn = Math.max(this.turn, server.turn + 1 / weightOf(server));
      if (turn >= first) continue;
      first = turn;
      best = server;
    }
    best.turn = first;
    this.turn = first;
    return best;
  }

  private least(servers: readonly BackendServer[]): BackendServer {
    const least = Math.min(...servers.map((server) => this.load(server)));
    return this.inTurn(servers.filter((server) => this.load(server) === least));
  }

  private drawn(servers: readonly BackendServer[]): BackendServer {
    const nowMs = this.nowMs();
    let left = this.random() * servers.reduce((sum, server) => sum + server.weightAt(nowMs), 0);
    for (const server of servers) {
      left -= server.weightAt(nowMs);
      if (left < 0) return server;
    }
    return servers.at(-1)!;
  }

  private hashed(servers: readonly BackendServer[], key: string): BackendServer {
    let hash = 0x811c9dc5;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193) >>> 0;
    let left = hash % servers.reduce((sum, { spec }) => sum + spec.weight, 0);
    for (const server of servers) {
      left -= server.spec.weight;
      if (left < 0) return server;
    }
    return servers.at(-1)!;
  }

  taken(server: BackendServer): void {
    server.sessions++;
    server.sessionsTotal++;
    server.sessionsMax = Math.max(server.sessionsMax, server.sessions);
  }

  wait(waiting: Waiting): void {
    this.queue.push(waiting);
    this.queueMax = Math.max(this.queueMax, this.queue.length);
  }

  leave(waiting: Waiting): void {
    const at = this.queue.indexOf(waiting);
    if (at >= 0) this.queue.splice(at, 1);
  }

  /** A session is over: the longest waiting one has its place. */
  freed(server: BackendServer): void {
    server.sessions--;
    this.serveQueue();
  }

  serveQueue(): void {
    while (this.queue.length > 0) {
      const server = this.choose('');
      if (server === null || server === 'full') return;
      const next = this.queue.shift()!;
      next.go(server);
    }
  }
}
