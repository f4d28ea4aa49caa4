/** Channels and patterns, and who listens to them. */
import type { Client } from './client.ts';
import { globMatch } from './glob.ts';
import { Push, type Reply } from './reply.ts';

export type ChannelKind = 'channels' | 'patterns' | 'shardChannels';

export class PubSub {
  /** In order of the first subscription. */
  readonly channels = new Map<string, Set<Client>>();
  readonly patterns = new Map<string, Set<Client>>();
  readonly shardChannels = new Map<string, Set<Client>>();

  private readonly onSent: (client: Client) => void;

  constructor(onSent: (client: Client) => void) {
    this.onSent = onSent;
  }

  /** False when the client listens already. */
  subscribe(client: Client, kind: ChannelKind, name: string): boolean {
    if (client[kind].has(name)) return false;
    client[kind].add(name);
    const listeners = this[kind].get(name) ?? new Set();
    listeners.add(client);
    this[kind].set(name, listeners);
    return true;
  }

  unsubscribe(client: Client, kind: ChannelKind, name: string): boolean {
    if (!client[kind].delete(name)) return false;
    const listeners = this[kind].get(name)!;
    listeners.delete(client);
    if (listeners.size === 0) this[kind].delete(name);
    return true;
  }

  leave(client: Client): void {
    for (const kind of ['channels', 'patterns', 'shardChannels'] as const)
      for (const name of [...client[kind]]) this.unsubscribe(client, kind, name);
  }

  /** Returns how many received it; a client counts for its channel and for each of its patterns. */
  publish(channel: string, message: string): number {
    let receivers = 0;
    const send = (clients: Iterable<Client>, items: readonly Reply[]) => {
      for (const client of clients) {
        client.send(new Push(items));
        this.onSent(client);
        receivers++;
      }
    };
    send(this.channels.get(channel) ?? [], ['message', channel, message]);
    for (const [pattern, clients] of this.patterns)
      if (globMatch(pattern, channel)) send(clients, ['pmessage', pattern, channel, message]);
    return receivers;
  }

  publishToShard(channel: string, message: string): number {
    const clients = this.shardChannels.get(channel) ?? new Set<Client>();
    for (const client of clients) {
      client.send(new Push(['smessage', channel, message]));
      this.onSent(client);
    }
    return clients.size;
  }
}
