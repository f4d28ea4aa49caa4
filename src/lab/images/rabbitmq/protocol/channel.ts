/** A channel: methods one after another, consumers, what was delivered and not settled, confirms or a transaction. */
import type { Exchange } from '../broker/exchange.ts';
import { Message, withHeader } from '../broker/message.ts';
import { COST } from '../cost.ts';
import type { Consumer, ConsumerChannel } from '../queue/consumer.ts';
import type { Entry } from '../queue/entry.ts';
import type { Queue } from '../queue/queue.ts';
import { readable } from '../wire/bytes.ts';
import { isInteger, long, lookup, type Table } from '../wire/fields.ts';
import { type MethodArgs, methodId } from '../wire/methods.ts';
import { Confirms } from './confirms.ts';
import type { Connection } from './connection.ts';
import * as declare from './declare.ts';
import { summary } from './describe.ts';
import { AmqpError, failed, notFound, rs } from './errors.ts';
import { checkMessage, REPLY_TO } from './publish.ts';
import { type SettleOp, Unacked } from './unacked.ts';

interface Transaction {
  readonly publishes: (() => void)[];
  readonly settles: { readonly op: SettleOp; readonly taken: readonly (readonly [number, Unsettled])[] }[];
}

export interface Unsettled {
  readonly queue: Queue;
  readonly entry: Entry;
  /** Null for one that `basic.get` took. */
  readonly consumer: Consumer | null;
  readonly atMs: number;
}

export class Channel implements ConsumerChannel {
  readonly connection: Connection;
  readonly number: number;
  readonly process: string;
  readonly consumers = new Map<string, Consumer>();
  readonly unacked = new Unacked();
  readonly confirms = new Confirms();
  state: 'starting' | 'running' | 'closing' = 'starting';
  prefetch = 0;
  globalPrefetch = 0;
  transaction: Transaction | null = null;
  /** `amq.rabbitmq.reply-to.<suffix>` of this channel, and the tag that deliveries to it have. */
  replyConsumer: { readonly tag: string; readonly address: string } | null = null;
  private lastQueue = '';
  private nextTag = 1;
  private stopTick: (() => void) | null = null;

  constructor(connection: Connection, number: number) {
    this.connection = connection;
    this.number = number;
    this.process = connection.broker.nextProcess();
  }

  private get broker() {
    return this.connection.broker;
  }

  private get asker(): declare.Asker {
    return { broker: this.broker, vhost: this.connection.vhost!, owner: this.connection };
  }

  send(name: string, args: MethodArgs = {}) {
    if (this.state !== 'closing') this.connection.send(this.number, name, args);
  }

  /** A whole method, with its content where it has one. Errors close the channel or the connection. */
  handle(name: string, args: MethodArgs, content: { raw: Uint8Array; body: Uint8Array } | null) {
    if (this.state === 'closing') {
      if (name === 'channel.close-ok') this.connection.forget(this);
      else if (name === 'channel.close') this.connection.send(this.number, 'channel.close-ok', {});
      return;
    }
    const { machine } = this.broker;
    const startMs = machine.nowMs();
    let failure: AmqpError | null = null;
    try {
      this.dispatch(name, args, content);
    } catch (error) {
      if (!(error instanceof AmqpError)) throw error;
      failure = error;
      this.fail(error, error.error === 'internal_error' ? null : (error.method ?? name));
    }
    machine.operation({
      connection: this.connection.id,
      name,
      text: summary(name, args, content?.body.length ?? 0).slice(0, 200),
      startMs,
      ...(failure ? { error: readable(failure.replyText) } : {}),
    });
  }

  fail(error: AmqpError, method: string | null) {
    this.release();
    if (error.isHard) {
      this.connection.forget(this);
      this.connection.fail(this.number, error, method);
      return;
    }
    const { user, vhost, name, process } = this.connection;
    this.broker.log.error(
      `Channel error on connection ${process} (${name}, vhost: '${vhost!.name}', user: '${user!.name}'), channel ` +
        `${this.number}:\noperation ${method ?? 'none'} caused a channel exception ${error.error}: ${error.explanation}`,
      this.process,
    );
    const [classId, id] = method === null ? [0, 0] : methodId(method);
    const { code: replyCode, replyText } = error;
    this.connection.send(this.number, 'channel.close', { replyCode, replyText, classId, methodId: id });
    this.state = 'closing';
  }

  private dispatch(name: string, args: MethodArgs, content: { raw: Uint8Array; body: Uint8Array } | null) {
    if (name === 'channel.open') {
      if (this.state !== 'starting') throw new AmqpError('channel_error', "second 'channel.open' seen");
      this.state = 'running';
      this.connection.send(this.number, 'channel.open-ok', {});
      return;
    }
    if (this.state === 'starting') throw new AmqpError('channel_error', "expected 'channel.open'");
    this.broker.burn(name === 'basic.publish' || name.startsWith('basic.') ? COST.ackUs : COST.methodUs);
    switch (name) {
      case 'channel.close':
        this.release();
        this.connection.forget(this);
        return this.connection.send(this.number, 'channel.close-ok', {});
      case 'channel.flow':
        if (!args.active) throw new AmqpError('not_implemented', 'active=false');
        return this.send('channel.flow-ok', { active: true });
      case 'access.request':
        return this.send('access.request-ok', { ticket: 1 });
      case 'exchange.declare':
        declare.declareExchange(this.asker, args);
        return this.reply(args, 'exchange.declare-ok');
      case 'exchange.delete':
        declare.deleteExchange(this.asker, args);
        return this.reply(args, 'exchange.delete-ok');
      case 'exchange.bind':
      case 'exchange.unbind':
        declare.bindExchange(this.asker, args, name === 'exchange.bind');
        return this.reply(args, `${name}-ok`);
      case 'queue.declare':
        return this.declareQueue(args);
      case 'queue.bind':
      case 'queue.unbind': {
        const isShort = args.queue === '' && args.routingKey === '';
        const queue = this.named(args.queue as string);
        const routingKey = isShort ? queue : args.routingKey;
        declare.bindQueue(this.asker, { ...args, queue, routingKey }, name === 'queue.bind');
        return this.reply(args, `${name}-ok`);
      }
      case 'queue.purge': {
        const messageCount = declare.purgeQueue(this.asker, { queue: this.named(args.queue as string) });
        return this.reply(args, 'queue.purge-ok', { messageCount });
      }
      case 'queue.delete': {
        // The answer goes before what its consumers hear.
        const deleted = this.connection.holdCancels(() =>
          declare.deleteQueue(this.asker, { ...args, queue: this.named(args.queue as string) }),
        );
        this.reply(args, 'queue.delete-ok', { messageCount: deleted.result });
        return deleted.release();
      }
      case 'basic.publish':
        return this.publish(args, content!);
      case 'basic.get':
        return this.get(args);
      case 'basic.consume':
        return this.consume(args);
      case 'basic.cancel':
        return this.cancel(args);
      case 'basic.ack':
        return this.settle('ack', args.deliveryTag, args.multiple);
      case 'basic.nack':
        return this.settle(args.requeue ? 'requeue' : 'discard', args.deliveryTag, args.multiple);
      case 'basic.reject':
        return this.settle(args.requeue ? 'requeue' : 'discard', args.deliveryTag, false);
      case 'basic.recover':
      case 'basic.recover-async':
        if (!args.requeue) throw new AmqpError('not_implemented', 'requeue=false');
        this.settleAll('requeue', this.unacked.takeAll());
        if (name === 'basic.recover') this.send('basic.recover-ok');
        return;
      case 'basic.qos':
        return this.qos(args);
      case 'confirm.select':
        if (this.transaction) throw failed('cannot switch from tx to confirm mode');
        this.confirms.isOn = true;
        return this.reply(args, 'confirm.select-ok');
      case 'tx.select':
        if (this.confirms.isOn) throw failed('cannot switch from confirm to tx mode');
        this.transaction ??= { publishes: [], settles: [] };
        return this.send('tx.select-ok');
      case 'tx.commit':
        return this.commit();
      case 'tx.rollback':
        return this.rollback();
      default:
        throw new AmqpError('command_invalid', 'unimplemented method');
    }
  }

  private reply(args: MethodArgs, name: string, result: MethodArgs = {}): void {
    if (!args.nowait) this.send(name, result);
  }

  /** An empty name means the queue that this channel declared last. */
  private named(queue: string): string {
    if (queue !== '') return queue;
    if (this.lastQueue === '') throw new AmqpError('not_found', 'no previously declared queue');
    return this.lastQueue;
  }

  private declareQueue(args: MethodArgs) {
    const name = args.queue as string;
    if (name.startsWith(REPLY_TO)) {
      if (name !== REPLY_TO && !this.broker.replyChannel(name)) {
        throw notFound('queue', name, this.connection.vhost!.name);
      }
      return this.reply(args, 'queue.declare-ok', { queue: name, messageCount: 0, consumerCount: 1 });
    }
    const { queue, ready, consumers } = declare.declareQueue(this.asker, args);
    this.lastQueue = queue;
    this.reply(args, 'queue.declare-ok', { queue, messageCount: ready, consumerCount: consumers });
  }

  // --- publishing

  private publish(args: MethodArgs, { raw, body }: { raw: Uint8Array; body: Uint8Array }): void {
    const { broker, connection } = this;
    if (args.immediate) throw new AmqpError('not_implemented', 'immediate=true');
    const vhost = connection.vhost!;
    const max = broker.config.messageBytesMax;
    if (body.length > max) throw failed(`message size ${body.length} is larger than configured max size ${max}`);
    const exchange = vhost.exchanges.get(args.exchange as string);
    if (!exchange) throw notFound('exchange', args.exchange as string, vhost.name);
    if (exchange.isInternal) {
      throw new AmqpError('access_refused', `cannot publish to internal ${rs('exchange', exchange.name, vhost.name)}`);
    }
    let message = new Message(exchange.name, [args.routingKey as string], raw, body);
    message = checkMessage(message, connection.user!.name, this.replyConsumer?.address);
    broker.counters.published++;
    broker.burn(COST.publishUs + body.length * COST.byteUs);
    const send = () => this.route(exchange, message, args.mandatory as boolean);
    if (this.transaction) this.transaction.publishes.push(send);
    else send();
  }

  private route(exchange: Exchange, message: Message, isMandatory: boolean): void {
    const { broker } = this;
    const [key] = message.routingKeys;
    const replies = exchange.name === '' && key!.startsWith(`${REPLY_TO}.`) ? broker.replyChannel(key!) : null;
    if (replies) replies.deliverReply(message);
    const queues = replies ? [] : this.connection.vhost!.route(exchange, message);
    broker.burn(COST.routeUs * queues.length);
    if (queues.length === 0 && isMandatory && !replies) {
      broker.counters.returned++;
      this.send('basic.return', {
        replyCode: 312,
        replyText: 'NO_ROUTE',
        exchange: message.exchange,
        routingKey: key,
      });
      this.connection.sendContent(this.number, message.raw, message.body);
    }
    const isTold = this.confirms.isOn || this.transaction !== null;
    const outcome = isTold ? this.confirms.publish(queues.length, () => this.connection.hasConfirms(this)) : null;
    for (const queue of queues) queue.publish(message, outcome);
  }

  /** At the end of a turn: confirms of what is safe by now. */
  tellConfirms() {
    if (this.state !== 'running') return;
    if (this.isCommitting) return this.finishCommit();
    for (const { kind, number, isMultiple } of this.confirms.take()) {
      this.broker.counters.confirmed++;
      this.broker.burn(COST.ackUs);
      this.send(`basic.${kind}`, { deliveryTag: number, multiple: isMultiple });
    }
  }

  deliverReply(message: Message): void {
    if (this.state !== 'running' || !this.replyConsumer) return;
    const { exchange, routingKeys, raw, body } = message;
    this.send('basic.deliver', {
      consumerTag: this.replyConsumer.tag,
      deliveryTag: this.nextTag++,
      redelivered: false,
      exchange,
      routingKey: routingKeys[0],
    });
    this.connection.sendContent(this.number, raw, body);
  }

  // --- consuming

  private get(args: MethodArgs) {
    const vhost = this.connection.vhost!;
    const queue = declare.accessible(vhost, this.named(args.queue as string), this.connection);
    if (queue.isQuorum && queue.settings.isSingleActive) {
      throw new AmqpError(
        'resource_locked',
        `cannot obtain access to locked ${rs('queue', queue.name, vhost.name)}. basic.get operations are not supported ` +
          'by quorum queues with single active consumer',
      );
    }
    const entry = queue.take(args.noAck as boolean);
    if (!entry) return this.send('basic.get-empty');
    this.broker.burn(COST.deliverUs);
    const { message, isRedelivered: redelivered } = entry;
    const deliveryTag = this.record(queue, entry, null, args.noAck as boolean);
    this.send('basic.get-ok', {
      deliveryTag,
      redelivered,
      exchange: message.exchange,
      routingKey: message.routingKeys[0],
      messageCount: queue.ready,
    });
    this.connection.sendContent(this.number, rawOf(queue, entry), message.body);
  }

  private consume(args: MethodArgs) {
    const { broker, connection } = this;
    const asked = args.consumerTag as string;
    const table = args.arguments as Table;
    if (this.consumers.has(asked) || (asked !== '' && this.replyConsumer?.tag === asked)) {
      throw new AmqpError('not_allowed', `attempt to reuse consumer tag '${asked}'`);
    }
    if (args.queue === REPLY_TO) return this.consumeReplies(args);
    const queue = declare.accessible(connection.vhost!, this.named(args.queue as string), connection);
    const priority = lookup(table, 'x-priority');
    const what = rs('queue', queue.name, queue.vhost);
    if (priority && !isInteger(priority)) {
      throw failed(`invalid arg 'x-priority' for ${what}: "expected integer, got ${priority.type}"`);
    }
    if (queue.isQuorum && this.globalPrefetch > 0) {
      throw new AmqpError('not_implemented', `${what} does not support global qos`);
    }
    const consumer: Consumer = {
      tag: asked === '' ? broker.generateName('amq.ctag') : asked,
      channel: this,
      queue,
      isAutoAck: args.noAck as boolean,
      isExclusive: args.exclusive as boolean,
      prefetch: this.prefetch,
      priority: priority ? Number(priority.value) : 0,
      args: table,
      inFlight: 0,
    };
    if (!queue.subscribe(consumer)) throw new AmqpError('access_refused', `${what} in exclusive use`);
    this.consumers.set(consumer.tag, consumer);
    this.reply(args, 'basic.consume-ok', { consumerTag: consumer.tag });
    queue.run();
  }

  private consumeReplies(args: MethodArgs): void {
    if (!args.noAck) throw failed('reply consumer cannot acknowledge');
    if (this.replyConsumer) throw failed('reply consumer already set');
    const tag = (args.consumerTag as string) || this.broker.generateName('amq.ctag');
    this.replyConsumer = { tag, address: this.broker.openReplies(this) };
    this.reply(args, 'basic.consume-ok', { consumerTag: tag });
  }

  private cancel(args: MethodArgs): void {
    const tag = args.consumerTag as string;
    if (this.replyConsumer?.tag === tag) {
      this.broker.closeReplies(this.replyConsumer.address);
      this.replyConsumer = null;
    }
    const consumer = this.consumers.get(tag);
    this.consumers.delete(tag);
    this.reply(args, 'basic.cancel-ok', { consumerTag: tag });
    consumer?.queue.cancel(consumer);
  }

  private qos(args: MethodArgs): void {
    if (args.prefetchSize !== 0) throw new AmqpError('not_implemented', `prefetch_size!=0 (${args.prefetchSize})`);
    if (args.global) this.globalPrefetch = args.prefetchCount as number;
    else {
      this.prefetch = args.prefetchCount as number;
      this.globalPrefetch = 0;
    }
    this.send('basic.qos-ok');
    this.unblockAll();
  }

  takes(consumer: Consumer): boolean {
    if (this.state !== 'running' || this.connection.isStalled) return false;
    return consumer.isAutoAck || this.globalPrefetch === 0 || this.unacked.delivered < this.globalPrefetch;
  }

  deliver(consumer: Consumer, entry: Entry): void {
    const { message, isRedelivered: redelivered } = entry;
    const startMs = this.broker.machine.nowMs();
    const deliveryTag = this.record(consumer.queue, entry, consumer, consumer.isAutoAck);
    this.send('basic.deliver', {
      consumerTag: consumer.tag,
      deliveryTag,
      redelivered,
      exchange: message.exchange,
      routingKey: message.routingKeys[0],
    });
    this.connection.sendContent(this.number, rawOf(consumer.queue, entry), message.body);
    this.broker.machine.operation({
      connection: this.connection.id,
      name: 'basic.deliver',
      text: `${readable(consumer.queue.name)} → ${readable(consumer.tag)}`.slice(0, 200),
      startMs,
    });
  }

  cancelled(consumer: Consumer): void {
    this.consumers.delete(consumer.tag);
    if (this.connection.can('consumer_cancel_notify')) {
      this.connection.cancelNotice(this, { consumerTag: consumer.tag, nowait: true });
    }
  }

  /** Consumers that waited for this channel may have room now. */
  unblockAll(): void {
    const queues = new Set([...this.consumers.values()].map(({ queue }) => queue));
    for (const queue of queues) queue.unblock(this);
  }

  private record(queue: Queue, entry: Entry, consumer: Consumer | null, isAutoAck: boolean): number {
    const tag = this.nextTag++;
    this.broker.counters.delivered++;
    if (!isAutoAck) {
      this.unacked.add(tag, { queue, entry, consumer, atMs: this.broker.machine.nowMs() });
      this.watch();
    }
    return tag;
  }

  // --- settling

  private settle(op: SettleOp, tag: number | bigint, isMultiple: boolean): void {
    const taken = this.unacked.take(Number(tag), isMultiple);
    if (taken === null) throw failed(`unknown delivery tag ${tag}`);
    this.broker.burn(COST.ackUs * taken.length);
    if (this.transaction) this.transaction.settles.push({ op, taken });
    else this.settleAll(op, taken);
  }

  private settleAll(op: SettleOp, taken: readonly (readonly [number, Unsettled])[]): void {
    const byQueue = new Map<Queue, Entry[]>();
    for (const [, { queue, entry, consumer }] of taken) {
      if (consumer) consumer.inFlight--;
      const entries = byQueue.get(queue);
      if (entries) entries.push(entry);
      else byQueue.set(queue, [entry]);
    }
    if (op === 'ack') this.broker.counters.acked += taken.length;
    for (const [queue, entries] of byQueue) {
      if (op === 'requeue') queue.requeue(entries, this.state === 'running');
      else for (const entry of entries) op === 'ack' ? queue.ack(entry) : queue.discard(entry, 'rejected');
      queue.run();
      queue.unblock(this);
    }
    // A limit of the whole channel frees consumers of all its queues.
    if (this.globalPrefetch > 0) this.unblockAll();
  }

  // --- transactions

  private isCommitting = false;

  private commit(): void {
    const { transaction } = this;
    if (!transaction) throw failed('channel is not transactional');
    for (const publish of transaction.publishes) publish();
    for (const { op, taken } of transaction.settles) this.settleAll(op, taken);
    this.transaction = { publishes: [], settles: [] };
    this.isCommitting = true;
    this.connection.hasConfirms(this);
  }

  private finishCommit(): void {
    if (!this.confirms.isIdle) return;
    this.isCommitting = false;
    const isRefused = this.confirms.take().some(({ kind }) => kind === 'nack');
    if (isRefused) this.fail(failed('partial tx completion'), 'tx.commit');
    else this.send('tx.commit-ok');
  }

  private rollback(): void {
    if (!this.transaction) throw failed('channel is not transactional');
    for (const { taken } of this.transaction.settles) this.unacked.restore(taken);
    this.transaction = { publishes: [], settles: [] };
    this.send('tx.rollback-ok');
  }

  // --- end

  /** Its consumers go, and what they held goes back. */
  release(): void {
    if (this.state === 'closing') return;
    this.state = 'closing';
    this.stopTick?.();
    if (this.replyConsumer) this.broker.closeReplies(this.replyConsumer.address);
    for (const { taken } of this.transaction?.settles ?? []) this.unacked.restore(taken);
    const queues = new Set<Queue>();
    for (const consumer of this.consumers.values()) {
      queues.add(consumer.queue);
      consumer.queue.consumers.remove(consumer);
    }
    this.consumers.clear();
    for (const queue of queues) {
      queue.used();
      queue.deleteWhenUnused();
    }
    this.settleAll('requeue', this.unacked.takeAll());
    for (const queue of queues) queue.run();
  }

  /** A delivery must be settled within the consumer timeout; it is looked at once a minute. */
  private watch(): void {
    this.stopTick ??= this.broker.machine.after(60_000, () =>
      this.broker.turn(() => {
        this.stopTick = null;
        const oldest = this.unacked.oldest;
        if (!oldest || this.state !== 'running') return;
        const { consumerTimeoutMs } = this.broker.config;
        if (this.broker.machine.nowMs() - oldest.atMs <= consumerTimeoutMs) return this.watch();
        this.broker.log.warning(
          `Consumer '${oldest.consumer?.tag ?? ''}' on channel ${this.number} and ` +
            `${rs('queue', oldest.queue.name, oldest.queue.vhost)} has timed out waiting for a consumer acknowledgement ` +
            `of a delivery. Timeout used: ${consumerTimeoutMs} ms. This timeout value can be configured, see consumers ` +
            'doc guide to learn more',
          this.process,
        );
        const text =
          `delivery acknowledgement on channel ${this.number} timed out. Timeout value used: ${consumerTimeoutMs} ms. ` +
          'This timeout value can be configured, see consumers doc guide to learn more';
        this.fail(failed(text), null);
        this.broker.touched(this.connection);
      }),
    );
  }
}

/** The properties as the client gets them: quorum queues say how often a message came back. */
function rawOf(queue: Queue, entry: Entry): Uint8Array {
  if (!queue.isQuorum || entry.returns === 0) return entry.message.raw;
  return withHeader(entry.message.properties, 'x-delivery-count', long(entry.returns));
}
