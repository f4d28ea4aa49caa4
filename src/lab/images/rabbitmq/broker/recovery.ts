/** From the records of the log to queues with their messages, and back into a snapshot. */
import { Entry } from '../queue/entry.ts';
import type { Queue } from '../queue/queue.ts';
import { checkArgs, settingsOf } from '../queue/settings.ts';
import type { Record, StoredMessage } from '../storage/records.ts';
import { bindingRecord, exchangeRecord, messageRecord } from '../storage/store.ts';
import type { Broker } from './broker.ts';
import type { Destination, ExchangeType } from './exchange.ts';
import { Message } from './message.ts';

interface Kept {
  readonly stored: StoredMessage;
  /** Out at a consumer when the process ended. */
  isTaken: boolean;
  isRedelivered: boolean;
  returns: number;
}

type QueueRecord = Extract<Record, { kind: 'queue' }>;

/** CPU of bringing back one message. */
const MESSAGE_US = 4;

/** True when there was nothing. */
export function recover(broker: Broker): boolean {
  const records = broker.store.recover();
  const queues = new Map<number, { readonly record: QueueRecord; readonly messages: Map<number, Kept> }>();
  const exchanges = new Map<string, Extract<Record, { kind: 'exchange' }>>();
  const bindings = new Map<string, Extract<Record, { kind: 'binding' | 'binding-gone' }>['binding']>();
  let wasClean = false;
  const processEnded = () => {
    for (const { messages, record } of queues.values()) {
      const isQuorum = isQuorumRecord(record);
      for (const kept of messages.values()) {
        if (kept.isTaken && isQuorum) kept.returns++;
        // A classic queue does not know after a crash what was delivered, so all of it may have been.
        if (kept.isTaken || (!wasClean && !isQuorum)) kept.isRedelivered = true;
        kept.isTaken = false;
      }
    }
  };
  for (const record of records) {
    switch (record.kind) {
      case 'queue':
        if (!queues.has(record.id)) queues.set(record.id, { record, messages: new Map() });
        break;
      case 'queue-gone':
        queues.delete(record.id);
        break;
      case 'exchange':
        exchanges.set(`${record.vhost}\n${record.name}`, record);
        break;
      case 'exchange-gone':
        exchanges.delete(`${record.vhost}\n${record.name}`);
        break;
      case 'binding':
        bindings.set(bindingKey(record.binding), record.binding);
        break;
      case 'binding-gone':
        bindings.delete(bindingKey(record.binding));
        break;
      case 'message': {
        const { message: stored } = record;
        const kept = { stored, isTaken: false, isRedelivered: stored.isRedelivered, returns: stored.returns };
        queues.get(record.queue)?.messages.set(stored.position, kept);
        break;
      }
      case 'acked':
        queues.get(record.queue)?.messages.delete(record.position);
        break;
      case 'taken': {
        const kept = queues.get(record.queue)?.messages.get(record.position);
        if (!kept) break;
        kept.isTaken = true;
        kept.returns = record.returns;
        break;
      }
      case 'stopped':
        wasClean = true;
        processEnded();
        break;
      case 'started':
        if (!wasClean) processEnded();
        wasClean = false;
        break;
    }
  }
  if (!wasClean) processEnded();
  for (const record of exchanges.values()) {
    const { name, isAutoDelete, isInternal, args } = record;
    const type = record.type as ExchangeType;
    const vhost = broker.addVirtualHost(record.vhost);
    if (!vhost.exchanges.has(name)) {
      broker.declareExchange(vhost, { name, type, isDurable: true, isAutoDelete, isInternal, args });
    }
  }
  for (const { record, messages } of queues.values()) restore(broker, record, [...messages.values()]);
  for (const binding of bindings.values()) {
    const vhost = broker.addVirtualHost(binding.vhost);
    const source = vhost.exchanges.get(binding.source);
    const queue = binding.isToQueue ? vhost.queues.get(binding.destination) : undefined;
    const exchange = binding.isToQueue ? undefined : vhost.exchanges.get(binding.destination);
    const destination: Destination | null = queue ? { queue } : exchange ? { exchange } : null;
    if (source && destination) broker.bind(vhost, source, destination, binding.key, binding.args);
  }
  return records.length === 0;
}

function isQuorumRecord({ args }: QueueRecord): boolean {
  return args.some(([name, { value }]) => name === 'x-queue-type' && value === 'quorum');
}

function restore(broker: Broker, record: QueueRecord, kept: Kept[]): void {
  const { id, name, isAutoDelete, args } = record;
  const settings = settingsOf(checkArgs(name, record.vhost, args), args);
  const vhost = broker.addVirtualHost(record.vhost);
  const queue = broker.declareQueue(vhost, { name, isDurable: true, isAutoDelete, owner: null, args, settings }, id);
  kept.sort((a, b) => a.stored.position - b.stored.position);
  for (const { stored, isRedelivered, returns } of kept) {
    const { exchange, routingKeys, raw, body, history, position, expiresMs } = stored;
    const message = new Message(exchange, routingKeys, raw, body, null, history);
    const entry = new Entry(message, position, expiresMs, true);
    entry.isRedelivered = isRedelivered || returns > 0;
    entry.returns = returns;
    broker.store.kept(entry);
    queue.recover(entry);
  }
  broker.burn(MESSAGE_US * kept.length);
}

function bindingKey({
  vhost,
  source,
  destination,
  isToQueue,
  key,
  args,
}: Readonly<{
  vhost: string;
  source: string;
  destination: string;
  isToQueue: boolean;
  key: string;
  args: readonly unknown[];
}>): string {
  return JSON.stringify([vhost, source, destination, isToQueue, key, args], (_key, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}

export function writeSnapshot(broker: Broker, write: (record: Record) => void): void {
  for (const vhost of broker.vhosts.values()) {
    for (const exchange of vhost.exchanges.values()) {
      if (exchange.isDurable && !/^(?:amq\.|$)/.test(exchange.name)) write(exchangeRecord(vhost.name, exchange));
    }
    for (const queue of vhost.queues.values()) if (queue.isDurable) writeQueue(queue, write);
    for (const binding of vhost.bindings()) {
      const record = bindingRecord(vhost.name, binding);
      if (record) write(record);
    }
  }
}

function writeQueue(queue: Queue, write: (record: Record) => void): void {
  const { id, vhost, name, isAutoDelete, args } = queue;
  write({ kind: 'queue', id, vhost, name, isAutoDelete, args });
  for (const entry of queue.entries) {
    if (!entry.isStored) continue;
    write(messageRecord(queue, entry));
    if (queue.unacked.has(entry)) write({ kind: 'taken', queue: id, position: entry.position, returns: entry.returns });
  }
}
