/** A virtual host: names of exchanges and queues, and the bindings between them. */

import type { Queue } from '../queue/queue.ts';
import { fromText } from '../wire/bytes.ts';
import { type Binding, Exchange, type ExchangeType } from './exchange.ts';
import { isCycle, type Message } from './message.ts';

const STANDARD: readonly (readonly [name: string, type: ExchangeType])[] = [
  ['', 'direct'],
  ['amq.direct', 'direct'],
  ['amq.fanout', 'fanout'],
  ['amq.headers', 'headers'],
  ['amq.match', 'headers'],
  ['amq.topic', 'topic'],
  ['amq.rabbitmq.trace', 'topic'],
];

export class VirtualHost {
  readonly name: string;
  readonly exchanges = new Map<string, Exchange>();
  readonly queues = new Map<string, Queue>();

  constructor(name: string) {
    this.name = fromText(name);
    for (const [exchange, type] of STANDARD) {
      const isInternal = exchange === 'amq.rabbitmq.trace';
      const spec = { name: exchange, type, isDurable: true, isAutoDelete: false, isInternal, args: [] };
      this.exchanges.set(exchange, new Exchange(spec));
    }
  }

  /** The queues that a message published to the exchange goes to, each once. */
  route(exchange: Exchange, message: Message): readonly Queue[] {
    if (exchange.name === '') {
      const { routingKeys } = message;
      if (routingKeys.length === 1) {
        const queue = this.queues.get(routingKeys[0]!);
        return queue ? [queue] : [];
      }
    }
    const queues = new Set<Queue>();
    const seen = new Set<Exchange>([exchange]);
    for (const at of seen) {
      const found = this.routeAt(at, message, queues, seen);
      const alternate = at.alternate;
      if (found || alternate === undefined) continue;
      const next = this.exchanges.get(alternate);
      if (next) seen.add(next);
    }
    return [...queues];
  }

  private routeAt(exchange: Exchange, message: Message, queues: Set<Queue>, exchanges: Set<Exchange>): boolean {
    if (exchange.name === '') {
      const found = message.routingKeys.map((key) => this.queues.get(key)).filter((queue) => queue !== undefined);
      for (const queue of found) queues.add(queue);
      return found.length > 0;
    }
    const bindings = exchange.match(message);
    for (const { destination } of bindings) {
      if ('queue' in destination) queues.add(destination.queue);
      else exchanges.add(destination.exchange);
    }
    return bindings.length > 0;
  }

  /** The same for a message that died: not back to where it only went round. */
  routeDead(exchange: Exchange, message: Message, mayCycle: boolean): readonly Queue[] {
    const queues = this.route(exchange, message);
    return mayCycle ? queues : queues.filter((queue) => !isCycle(message, queue.name));
  }

  /** All bindings, the implicit ones of the default exchange not among them. */
  *bindings(): Generator<Binding> {
    for (const exchange of this.exchanges.values()) yield* exchange.bindings;
  }
}
