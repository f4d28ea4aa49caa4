/** Definitions loaded at start: users, virtual hosts, queues, exchanges and bindings of an exported JSON file. */
import type { Broker } from '../broker/broker.ts';
import * as declare from '../protocol/declare.ts';
import { fromText } from '../wire/bytes.ts';
import { tableOf } from './json.ts';

type Item = Readonly<Record<string, unknown>>;

/** What is there already stays. Throws for what is no JSON, and AmqpError for what cannot be declared. */
export function loadDefinitions(broker: Broker, text: string): void {
  const all = JSON.parse(text) as Readonly<Record<string, readonly Item[] | undefined>>;
  const each = (key: string, run: (item: Item) => void) => {
    for (const item of all[key] ?? []) run(item);
  };
  const asker = (item: Item): declare.Asker => ({
    broker,
    vhost: broker.addVirtualHost(String(item.vhost ?? '/')),
    owner: broker,
  });
  const name = (value: unknown) => fromText(String(value ?? ''));
  each('vhosts', (item) => broker.addVirtualHost(String(item.name)));
  each('users', (item) => {
    // Hashed passwords cannot be told back; a definition for the lab says `password`.
    if (typeof item.password !== 'string') return;
    const tags = Array.isArray(item.tags) ? item.tags.map(String) : String(item.tags ?? '').split(',');
    broker.users.set(name(item.name), { name: name(item.name), password: fromText(item.password), tags });
  });
  each('exchanges', (item) =>
    declare.declareExchange(asker(item), {
      exchange: name(item.name),
      type: item.type ?? 'direct',
      durable: item.durable !== false,
      autoDelete: item.auto_delete === true,
      internal: item.internal === true,
      passive: false,
      arguments: tableOf(item.arguments),
    }),
  );
  each('queues', (item) =>
    declare.declareQueue(asker(item), {
      queue: name(item.name),
      durable: item.durable !== false,
      autoDelete: item.auto_delete === true,
      exclusive: false,
      passive: false,
      arguments: tableOf(item.arguments),
    }),
  );
  each('bindings', (item) => {
    const args = { routingKey: name(item.routing_key), arguments: tableOf(item.arguments) };
    const [source, destination] = [name(item.source), name(item.destination)];
    if (item.destination_type === 'exchange') declare.bindExchange(asker(item), { ...args, source, destination }, true);
    else declare.bindQueue(asker(item), { ...args, exchange: source, queue: destination }, true);
  });
}
