/**
 * The node: virtual hosts, users, connections, the store, alarms. Everything that happens is inside `turn`, at whose end
 * the log, the confirms and what was written to connections go out.
 */
import type { ServerMachine } from '../../server.ts';
import type { Configuration } from '../configuration.ts';
import { COST } from '../cost.ts';
import { Logger } from '../log.ts';
import { Queue, type QueueHost, type QueueSpec } from '../queue/queue.ts';
import { Store } from '../storage/store.ts';
import { base64, fromText } from '../wire/bytes.ts';
import type { Table } from '../wire/fields.ts';
import { Alarms } from './alarms.ts';
import { type Binding, type Destination, Exchange, type ExchangeSpec } from './exchange.ts';
import { type DeathReason, deadLetter, type Message } from './message.ts';
import { recover, writeSnapshot } from './recovery.ts';
import { VirtualHost } from './vhost.ts';

export interface User {
  readonly name: string;
  readonly password: string;
  readonly tags: readonly string[];
}

/** A client of the broker, as the broker sees it. */
export interface Link {
  /** At the end of a turn: sends what the turn wrote. */
  flush(): void;
  alarmChanged(): void;
  /** In order: `connection.close` with 320. */
  shutdown(text: string): void;
}

export interface ReplyChannel {
  deliverReply(message: Message): void;
}

export class Broker {
  readonly machine: ServerMachine;
  readonly config: Configuration;
  readonly log: Logger;
  readonly store: Store;
  readonly alarms: Alarms;
  readonly vhosts = new Map<string, VirtualHost>();
  readonly users = new Map<string, User>();
  readonly links = new Set<Link>();
  readonly startedMs: number;
  messagesBytes = 0;
  isStopping = false;
  readonly counters = { published: 0, delivered: 0, acked: 0, confirmed: 0, returned: 0, connectionsTotal: 0 };
  private readonly dirty = new Set<Link>();
  private readonly queueHost: QueueHost;
  private depth = 0;
  private owedUs = 0;
  private queueId = 0;
  private processId = 600;
  private readonly cycles = new Set<string>();

  constructor(machine: ServerMachine, config: Configuration) {
    this.machine = machine;
    this.config = config;
    this.log = new Logger(machine);
    this.startedMs = machine.nowMs();
    this.alarms = new Alarms(this);
    const after = (ms: number, run: () => void) => machine.after(ms, () => this.turn(run));
    this.store = new Store(
      {
        // A callback of the disk is a turn like any other.
        disk: { ...diskOf(machine), sync: (onDone) => machine.disk.sync(() => this.turn(onDone)) },
        after,
        diskAlarm: (isFull) => this.alarms.setDisk(isFull),
        snapshot: (write) => writeSnapshot(this, write),
      },
      `${config.dataFolder}/store`,
    );
    this.queueHost = {
      wallMs: () => machine.wallMs(),
      after,
      burn: (us) => this.burn(us),
      store: this.store,
      deadLetter: (queue, message, reason) => this.deadLetter(queue, message, reason),
      deleteQueue: (queue, why) => {
        this.log.debug(`${queue.name}: ${why}`);
        this.deleteQueue(queue);
      },
      held: (bytes) => {
        this.messagesBytes += bytes;
      },
    };
  }

  get nodeName(): string {
    return this.config.nodeName;
  }

  /** An Erlang process's name, for the log and the API: `<0.612.0>`. */
  nextProcess(): string {
    this.processId += 1 + ((this.processId * 7) % 5);
    return `<0.${this.processId}.0>`;
  }

  /** A name that the server makes: 16 random bytes. */
  generateName(prefix: string): string {
    const bytes = new Uint8Array(16);
    this.machine.fillRandom(bytes);
    return `${prefix}-${base64(bytes, true)}`;
  }

  /** Every entry from outside: a chunk, a timer, the disk, a tool. */
  turn(run: () => void): void {
    this.depth++;
    try {
      run();
    } finally {
      this.depth--;
      if (this.depth === 0) this.endTurn();
    }
  }

  /** Has something to send at the end of the turn. */
  touched(link: Link): void {
    this.dirty.add(link);
  }

  /** CPU of the node, whole µs: what is left of one is owed. */
  burn(us: number): void {
    this.owedUs += us;
    const whole = Math.floor(this.owedUs);
    if (whole <= 0) return;
    this.owedUs -= whole;
    this.machine.burn(whole);
  }

  private endTurn(): void {
    this.alarms.check();
    this.store.flush();
    for (const link of this.dirty) link.flush();
    this.dirty.clear();
    // Flushing may have written to the log: an acknowledgement that a confirm brought about, for instance.
    this.store.flush();
  }

  // --- start

  /** With what earlier processes left; then with what the configuration adds to an empty node. */
  recover(): void {
    const isNew = recover(this);
    this.addVirtualHost(this.config.defaultVhost);
    const { defaultUser, defaultPassword } = this.config;
    this.users.set(fromText(defaultUser), {
      name: fromText(defaultUser),
      password: fromText(defaultPassword),
      tags: ['administrator'],
    });
    this.log.isFirstBoot = isNew;
  }

  addVirtualHost(name: string): VirtualHost {
    const known = this.vhosts.get(fromText(name));
    if (known) return known;
    const vhost = new VirtualHost(name);
    this.vhosts.set(vhost.name, vhost);
    return vhost;
  }

  // --- declarations: what the checks of a channel or the API have let through

  declareExchange(vhost: VirtualHost, spec: ExchangeSpec): Exchange {
    const exchange = new Exchange(spec);
    vhost.exchanges.set(exchange.name, exchange);
    this.store.exchangeDeclared(vhost.name, exchange);
    this.burn(COST.declareUs);
    return exchange;
  }

  deleteExchange(vhost: VirtualHost, exchange: Exchange): void {
    if (!vhost.exchanges.delete(exchange.name)) return;
    this.store.exchangeDeleted(vhost.name, exchange);
    this.removeBindings(vhost, (binding) => binding.source === exchange || isTo(binding.destination, exchange));
    this.burn(COST.declareUs);
  }

  declareQueue(vhost: VirtualHost, spec: QueueSpec, id = ++this.queueId): Queue {
    this.queueId = Math.max(this.queueId, id);
    const queue = new Queue(this.queueHost, id, vhost.name, spec);
    vhost.queues.set(queue.name, queue);
    this.store.queueDeclared(queue);
    this.burn(COST.declareUs);
    return queue;
  }

  /** The number of ready messages that went with it. */
  deleteQueue(queue: Queue): number {
    const vhost = this.vhosts.get(queue.vhost);
    if (queue.isGone || !vhost) return 0;
    const { ready } = queue;
    vhost.queues.delete(queue.name);
    this.store.queueDeleted(queue);
    this.removeBindings(vhost, ({ destination }) => isTo(destination, queue));
    const consumers = queue.consumers.removeAll();
    queue.close();
    for (const consumer of consumers) consumer.channel.cancelled(consumer);
    this.burn(COST.declareUs);
    return ready;
  }

  /** Does nothing when the binding is there. */
  bind(vhost: VirtualHost, source: Exchange, destination: Destination, key: string, args: Table): void {
    if (findBinding(source, destination, key, args)) return;
    const binding: Binding = { source, destination, key, args };
    source.add(binding);
    this.store.bound(vhost.name, binding);
    this.burn(COST.declareUs);
  }

  /** Does nothing when there is no such binding. */
  unbind(vhost: VirtualHost, source: Exchange, destination: Destination, key: string, args: Table): void {
    const found = findBinding(source, destination, key, args);
    if (!found) return;
    source.remove(found);
    this.store.bound(vhost.name, found, 'binding-gone');
    this.burn(COST.declareUs);
    this.deleteWhenUnbound(vhost, source);
  }

  private removeBindings(vhost: VirtualHost, isOut: (binding: Binding) => boolean): void {
    for (const exchange of [...vhost.exchanges.values()]) {
      const out = exchange.bindings.filter(isOut);
      for (const binding of out) exchange.remove(binding);
      if (out.length > 0) this.deleteWhenUnbound(vhost, exchange);
    }
  }

  private deleteWhenUnbound(vhost: VirtualHost, exchange: Exchange): void {
    if (exchange.isAutoDelete && exchange.bindings.length === 0) this.deleteExchange(vhost, exchange);
  }

  // --- messages

  private deadLetter(queue: Queue, message: Message, reason: DeathReason): void {
    const { deadLetterExchange, deadLetterKey } = queue.settings;
    const vhost = this.vhosts.get(queue.vhost);
    const exchange = deadLetterExchange === undefined ? undefined : vhost?.exchanges.get(deadLetterExchange);
    if (!exchange || !vhost) return;
    const nowS = Math.floor(this.machine.wallMs() / 1000);
    const dead = deadLetter(message, queue.name, reason, exchange.name, deadLetterKey, nowS);
    const queues = vhost.routeDead(exchange, dead, reason === 'rejected');
    if (queues.length === 0) this.warnOfCycle(vhost, exchange, dead);
    this.burn(COST.publishUs + COST.routeUs * queues.length);
    for (const target of queues) target.publish(dead, null);
  }

  private warnOfCycle(vhost: VirtualHost, exchange: Exchange, message: Message): void {
    const [first] = vhost.route(exchange, message);
    if (!first) return;
    const names = [first.name, ...message.history!.deaths.map(({ queue }) => queue)].map((name) => `<<"${name}">>`);
    const key = names.join(',');
    if (this.cycles.has(key)) return;
    this.cycles.add(key);
    this.log.warning(
      `Message dropped because the following list of queues (ordered by death recency) contains a dead letter cycle ` +
        `without reason 'rejected'. This list will not be logged again: [${key}]`,
    );
  }

  // --- direct reply-to

  private readonly replies = new Map<string, ReplyChannel>();

  /** The address of a channel that waits for replies. */
  openReplies(channel: ReplyChannel): string {
    const address = this.generateName('amq.rabbitmq.reply-to.g2').replace('g2-', 'g2');
    this.replies.set(address, channel);
    return address;
  }

  closeReplies(address: string): void {
    this.replies.delete(address);
  }

  replyChannel(address: string): ReplyChannel | null {
    return this.replies.get(address) ?? null;
  }

  // --- stop

  stop(): void {
    this.isStopping = true;
    for (const link of [...this.links]) link.shutdown("broker forced connection closure with reason 'shutdown'");
    for (const vhost of this.vhosts.values()) {
      for (const queue of vhost.queues.values()) {
        for (const entry of queue.entries) if (entry.isStored && entry.isRedelivered) this.store.taken(queue, entry);
      }
    }
    this.store.stopped();
  }
}

function isTo(destination: Destination, end: Queue | Exchange): boolean {
  return 'queue' in destination ? destination.queue === end : destination.exchange === end;
}

function findBinding(source: Exchange, destination: Destination, key: string, args: Table): Binding | undefined {
  const end = 'queue' in destination ? destination.queue : destination.exchange;
  const text = argsKey(args);
  return source.bindings.find(
    (binding) => binding.key === key && isTo(binding.destination, end) && argsKey(binding.args) === text,
  );
}

/** The same for the same arguments, whatever their order. */
export function argsKey(args: Table): string {
  if (args.length === 0) return '';
  return JSON.stringify(
    args.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    (_key, value) => (typeof value === 'bigint' ? `${value}n` : value),
  );
}

function diskOf(machine: ServerMachine) {
  const { disk } = machine;
  return {
    read: (path: string) => disk.read(path),
    write: (path: string, bytes: Uint8Array) => disk.write(path, bytes),
    append: (path: string, bytes: Uint8Array) => disk.append(path, bytes),
    rename: (from: string, to: string) => disk.rename(from, to),
    remove: (path: string) => disk.remove(path),
    list: (folder: string) => disk.list(folder),
  };
}
