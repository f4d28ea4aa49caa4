/** Clients that wait for a key: served in the order in which they came, after the command that made the key ready. */
import { Call } from './call.ts';
import type { Client } from './client.ts';
import type { RedisServer } from './redis-server.ts';
import { Failure, type Reply } from './reply.ts';

interface Waiting {
  readonly client: Client;
  readonly db: number;
  readonly keys: readonly string[];
  readonly attempt: (call: Call, key: string) => Reply;
}

export class Blocking {
  private readonly server: RedisServer;
  /** `<db> <key>` → who waits for it, first come first. */
  private readonly queues = new Map<string, Set<Waiting>>();
  private ready = new Set<string>();

  constructor(server: RedisServer) {
    this.server = server;
  }

  /** `attempt` returns undefined when the key does not serve it after all. */
  block(
    client: Client,
    db: number,
    keys: readonly string[],
    timeoutMs: number,
    attempt: Waiting['attempt'],
    otherwise: Reply,
  ): void {
    const waiting: Waiting = { client, db, keys, attempt };
    for (const key of keys) {
      const queue = this.queues.get(name(db, key)) ?? new Set();
      queue.add(waiting);
      this.queues.set(name(db, key), queue);
    }
    this.hold(client, timeoutMs, otherwise, () => {
      for (const key of keys) {
        const queue = this.queues.get(name(db, key));
        queue?.delete(waiting);
        if (queue?.size === 0) this.queues.delete(name(db, key));
      }
    });
  }

  /** Lets a client wait for anything: `client.unblock(reply)` ends it. 0 ms: no limit. */
  hold(client: Client, timeoutMs: number, otherwise: Reply, onEnd: () => void): void {
    const { server } = this;
    server.blockedClients++;
    client.timeoutReply = otherwise;
    const stop = timeoutMs > 0 ? server.after(timeoutMs, () => client.unblock?.(client.timeoutReply)) : null;
    client.unblock = (reply) => {
      client.unblock = null;
      server.blockedClients--;
      stop?.();
      onEnd();
      client.reply(reply);
      server.resume(client);
    };
  }

  /** The key has changed. */
  touched(db: number, key: string): void {
    if (this.queues.size > 0 && this.queues.has(name(db, key))) this.ready.add(name(db, key));
  }

  /** After SWAPDB, FLUSHALL and the like: any key may have. */
  touchedAll(): void {
    for (const one of this.queues.keys()) this.ready.add(one);
  }

  /** Serves whom it can; serving one may make further keys ready. */
  serve(): void {
    while (this.ready.size > 0) {
      const ready = this.ready;
      this.ready = new Set();
      for (const one of ready) {
        const [, db = '', key = ''] = /^(\d+) ([\s\S]*)$/.exec(one) ?? [];
        for (const waiting of [...(this.queues.get(one) ?? [])]) {
          if (waiting.client.unblock) this.attempt(waiting, Number(db), key);
        }
      }
    }
  }

  private attempt(waiting: Waiting, db: number, key: string): void {
    const { server } = this;
    server.execution(() => {
      const call = new Call(server, waiting.client, server.commandTimeMs, false);
      const before = server.dirty;
      let reply: Reply;
      try {
        reply = waiting.attempt(call, key);
      } catch (error) {
        // A value of another kind does not serve a client that waits for a list.
        if (!(error instanceof Failure)) throw error;
        reply = error.message.startsWith('WRONGTYPE') ? undefined : error;
      }
      if (server.dirty !== before) for (const args of call.rewritten ?? []) server.propagate(db, args);
      if (reply !== undefined) waiting.client.unblock!(reply);
    });
  }
}

const name = (db: number, key: string): string => `${db} ${key}`;
