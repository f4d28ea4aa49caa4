/** Exchanges, queues and bindings: the checks of RabbitMQ in its order, then what the broker does. Used by the API too. */
import type { Broker } from '../broker/broker.ts';
import { type Destination, EXCHANGE_TYPES, type Exchange, type ExchangeType } from '../broker/exchange.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { Queue } from '../queue/queue.ts';
import { assertEquivalent, assertField, assertSameArgs, checkArgs, settingsOf } from '../queue/settings.ts';
import { lookup, sorted, type Table } from '../wire/fields.ts';
import type { MethodArgs } from '../wire/methods.ts';
import { AmqpError, failed, notFound, rs, term } from './errors.ts';

/** Who asks: the broker, the virtual host, and the connection that owns exclusive queues. */
export interface Asker {
  readonly broker: Broker;
  readonly vhost: VirtualHost;
  readonly owner: object;
}

const strip = (name: string): string => name.replace(/[\r\n]/g, '');

export function declareExchange({ broker, vhost }: Asker, args: MethodArgs): void {
  const name = strip(args.exchange as string);
  if (args.passive) {
    notDefault(name);
    if (!vhost.exchanges.has(name)) throw notFound('exchange', name, vhost.name);
    return;
  }
  if (!(EXCHANGE_TYPES as readonly string[]).includes(args.type as string)) {
    throw failed(`unknown exchange type '${args.type}'`);
  }
  notDefault(name);
  let exchange = vhost.exchanges.get(name);
  if (!exchange) {
    checkName('exchange', name);
    const alternate = lookup(args.arguments as Table, 'alternate-exchange');
    if (alternate && alternate.type !== 'longstr') {
      throw failed(
        `invalid type '${alternate.type}' for arg 'alternate-exchange' in ${rs('exchange', name, vhost.name)}`,
      );
    }
    exchange = broker.declareExchange(vhost, {
      name,
      type: args.type as ExchangeType,
      isDurable: args.durable as boolean,
      isAutoDelete: args.autoDelete as boolean,
      isInternal: args.internal as boolean,
      args: args.arguments as Table,
    });
  }
  const what = rs('exchange', name, vhost.name);
  assertField('type', what, exchange.type, args.type as string);
  assertField('durable', what, exchange.isDurable, args.durable as boolean);
  assertField('auto_delete', what, exchange.isAutoDelete, args.autoDelete as boolean);
  assertField('internal', what, exchange.isInternal, args.internal as boolean);
  assertEquivalent(['alternate-exchange'], exchange.args, args.arguments as Table, what);
}

export function deleteExchange({ broker, vhost }: Asker, args: MethodArgs): void {
  const name = strip(args.exchange as string);
  notDefault(name);
  if (name.startsWith('amq.')) {
    throw new AmqpError('access_refused', `deletion of system ${rs('exchange', name, vhost.name)} not allowed`);
  }
  const exchange = vhost.exchanges.get(name);
  if (!exchange) return;
  if (args.ifUnused && exchange.bindings.length > 0) throw failed(`${rs('exchange', name, vhost.name)} in use`);
  broker.deleteExchange(vhost, exchange);
}

/** Name, ready messages and consumers, as `queue.declare-ok` has them. */
export function declareQueue(asker: Asker, args: MethodArgs): { queue: string; ready: number; consumers: number } {
  const { broker, vhost, owner } = asker;
  const asked = strip(args.queue as string);
  const counts = (queue: Queue) => ({
    queue: queue.name,
    ready: args.nowait ? 0 : queue.ready,
    consumers: args.nowait ? 0 : queue.consumers.count,
  });
  if (args.passive) {
    const queue = vhost.queues.get(asked);
    if (!queue) throw notFound('queue', asked, vhost.name);
    checkAccess(queue, owner);
    return counts(queue);
  }
  const table = args.arguments as Table;
  const isQuorum = lookup(table, 'x-queue-type')?.value === 'quorum';
  if (asked === '' && isQuorum) {
    throw failed('Cannot declare a server-named queue for type rabbit_quorum_queue');
  }
  const name = asked === '' ? broker.generateName('amq.gen') : asked;
  if (asked !== '') checkName('queue', name);
  // An exclusive queue ends with its connection: nothing of it is durable.
  const isDurable = (args.durable as boolean) && !args.exclusive;
  const queue = vhost.queues.get(name);
  if (queue) {
    checkAccess(queue, args.exclusive ? owner : null, true);
    const what = rs('queue', name, vhost.name);
    assertField('durable', what, queue.isDurable, isDurable);
    assertField('auto_delete', what, queue.isAutoDelete, args.autoDelete as boolean);
    assertSameArgs(queue.settings.type, queue.args, table, name, vhost.name);
    queue.used();
    return counts(queue);
  }
  const dead = lookup(table, 'x-dead-letter-exchange');
  const what = rs('queue', name, vhost.name);
  if (dead && dead.type !== 'longstr') {
    throw failed(`invalid type '${dead.type}' for arg 'x-dead-letter-exchange' in ${what}`);
  }
  const type = checkArgs(name, vhost.name, table);
  if (type === 'quorum') {
    if (args.autoDelete) throw failed(`invalid property 'auto-delete' for ${what}`);
    if (args.exclusive) throw failed(`invalid property 'exclusive-owner' for ${what}`);
    if (!isDurable) throw failed(`invalid property 'non-durable' for ${what}`);
  }
  broker.declareQueue(vhost, {
    name,
    isDurable,
    isAutoDelete: args.autoDelete as boolean,
    owner: args.exclusive ? owner : null,
    args: table,
    settings: settingsOf(type, table),
  });
  return { queue: name, ready: 0, consumers: 0 };
}

/** The number of ready messages that went with it. */
export function deleteQueue({ broker, vhost, owner }: Asker, args: MethodArgs): number {
  const queue = vhost.queues.get(strip(args.queue as string));
  if (!queue) return 0;
  checkAccess(queue, owner);
  const what = rs('queue', queue.name, vhost.name);
  if (queue.isQuorum && (args.ifUnused || args.ifEmpty)) {
    const flag = args.ifUnused ? 'if-unused' : 'if-empty';
    const why = `queue.delete operations with ${flag} flag set are not supported by quorum queues`;
    throw new AmqpError('not_implemented', `cannot delete ${what}. ${why}`);
  }
  if (args.ifEmpty && queue.ready > 0) throw failed(`${what} not empty`);
  if (args.ifUnused && queue.consumers.count > 0) throw failed(`${what} in use`);
  return broker.deleteQueue(queue);
}

export function purgeQueue({ vhost, owner }: Asker, args: MethodArgs): number {
  return accessible(vhost, args.queue as string, owner).purge();
}

export function bindQueue(asker: Asker, args: MethodArgs, isOn: boolean): void {
  binding(asker, args.exchange as string, 'queue', args.queue as string, args, isOn);
}

export function bindExchange(asker: Asker, args: MethodArgs, isOn: boolean): void {
  binding(asker, args.source as string, 'exchange', args.destination as string, args, isOn);
}

function binding(
  { broker, vhost, owner }: Asker,
  sourceName: string,
  kind: 'queue' | 'exchange',
  destinationName: string,
  args: MethodArgs,
  isOn: boolean,
) {
  const [from, to] = [strip(sourceName), strip(destinationName)];
  if (kind === 'exchange') notDefault(to);
  notDefault(from);
  const source = vhost.exchanges.get(from);
  const end: Queue | Exchange | undefined = kind === 'queue' ? vhost.queues.get(to) : vhost.exchanges.get(to);
  if (!source) throw notFound('exchange', from, vhost.name);
  if (!end) throw notFound(kind, to, vhost.name);
  const destination: Destination = kind === 'queue' ? { queue: end as Queue } : { exchange: end as Exchange };
  if ('queue' in destination) checkAccess(destination.queue, owner);
  const table = sorted(args.arguments as Table);
  if (!isOn) return broker.unbind(vhost, source, destination, args.routingKey as string, table);
  if (source.type === 'headers') checkMatch(table);
  broker.bind(vhost, source, destination, args.routingKey as string, table);
}

function checkMatch(args: Table): void {
  const match = lookup(args, 'x-match');
  if (!match) return;
  if (match.type !== 'longstr') {
    throw failed(`Invalid x-match field type ${match.type} (value ${match.value}); expected longstr`);
  }
  if (!['all', 'any', 'all-with-x', 'any-with-x'].includes(match.value as string)) {
    const value = term(match.value as string);
    throw failed(`Invalid x-match field value ${value}; expected all, any, all-with-x, or any-with-x`);
  }
}

/** The queue, when it is there and no other connection's own. */
export function accessible(vhost: VirtualHost, name: string, owner: object): Queue {
  const queue = vhost.queues.get(name);
  if (!queue) throw notFound('queue', name, vhost.name);
  checkAccess(queue, owner);
  return queue;
}

/** `isStrict`: a queue that is nobody's own does not do for who asks for one of its own, and the other way round. */
function checkAccess(queue: Queue, owner: object | null, isStrict = false): void {
  if (queue.owner === owner || (queue.owner === null && !isStrict)) return;
  throw new AmqpError(
    'resource_locked',
    `cannot obtain exclusive access to locked ${rs('queue', queue.name, queue.vhost)}. It could be originally declared ` +
      'on another connection or the exclusive property value does not match that of the original declaration.',
  );
}

function notDefault(name: string): void {
  if (name === '') throw new AmqpError('access_refused', 'operation not permitted on the default exchange');
}

function checkName(kind: 'queue' | 'exchange', name: string): void {
  if (!name.startsWith('amq.')) return;
  throw new AmqpError('access_refused', `${kind} name '${name}' contains reserved prefix 'amq.*'`);
}
