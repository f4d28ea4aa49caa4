/** What the API shows of the broker, in the names of RabbitMQ's own. What an Erlang process would add is left out. */
import type { Broker } from '../broker/broker.ts';
import type { Binding, Exchange } from '../broker/exchange.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { Channel } from '../protocol/channel.ts';
import { Connection } from '../protocol/connection.ts';
import type { Consumer } from '../queue/consumer.ts';
import type { Queue } from '../queue/queue.ts';
import { ERLANG_VERSION, VERSION } from '../version.ts';
import { readable } from '../wire/bytes.ts';
import { type Json, jsonOfTable } from './json.ts';

type View = { [name: string]: Json };

/** Counters become rates over the interval at which the real server takes its samples. */
const SAMPLE_MS = 5000;

export class Views {
  readonly broker: Broker;
  private readonly samples = new Map<string, { atMs: number; value: number; rate: number }>();

  constructor(broker: Broker) {
    this.broker = broker;
  }

  get connections(): readonly Connection[] {
    return [...this.broker.links].filter((link) => link instanceof Connection).filter(({ user }) => user !== null);
  }

  get channels(): readonly Channel[] {
    return this.connections.flatMap((connection) => [...connection.channels.values()].map(({ channel }) => channel));
  }

  get queues(): readonly Queue[] {
    return [...this.broker.vhosts.values()].flatMap((vhost) => [...vhost.queues.values()]);
  }

  /** Samples of what is no more, connections above all, are let go when there are many. */
  private tidy(): void {
    if (this.samples.size > 5000) this.samples.clear();
  }

  /** `name` and `name_details` with its rate. */
  private counters(key: string, values: Readonly<Record<string, number>>): View {
    const view: View = {};
    this.tidy();
    const nowMs = this.broker.machine.nowMs();
    for (const [name, value] of Object.entries(values)) {
      const id = `${key} ${name}`;
      const last = this.samples.get(id);
      if (!last) this.samples.set(id, { atMs: nowMs, value, rate: 0 });
      else if (nowMs - last.atMs >= SAMPLE_MS) {
        last.rate = Math.round(((value - last.value) / ((nowMs - last.atMs) / 1000)) * 10) / 10;
        last.atMs = nowMs;
        last.value = value;
      }
      view[name] = value;
      view[`${name}_details`] = { rate: this.samples.get(id)!.rate };
    }
    return view;
  }

  overview(): View {
    const { broker, queues } = this;
    const { counters, config } = broker;
    const sum = (of: (queue: Queue) => number) => queues.reduce((total, queue) => total + of(queue), 0);
    const [ready, unacked] = [sum((queue) => queue.ready), sum((queue) => queue.unacked.size)];
    const listener = (protocol: string, port: number): Json => ({
      node: broker.nodeName,
      protocol,
      ip_address: '::',
      port,
    });
    return {
      management_version: VERSION,
      rates_mode: 'basic',
      exchange_types: ['direct', 'fanout', 'headers', 'topic'].map((name) => ({ name, enabled: true })),
      product_version: VERSION,
      product_name: 'RabbitMQ',
      rabbitmq_version: VERSION,
      cluster_name: broker.nodeName,
      erlang_version: ERLANG_VERSION,
      message_stats: this.counters('overview', {
        publish: counters.published,
        deliver_get: counters.delivered,
        ack: counters.acked,
        confirm: counters.confirmed,
        return_unroutable: counters.returned,
      }),
      queue_totals: this.counters('totals', {
        messages: ready + unacked,
        messages_ready: ready,
        messages_unacknowledged: unacked,
      }),
      object_totals: {
        channels: this.channels.length,
        connections: this.connections.length,
        consumers: sum((queue) => queue.consumers.count),
        exchanges: [...broker.vhosts.values()].reduce((total, vhost) => total + vhost.exchanges.size, 0),
        queues: queues.length,
      },
      node: broker.nodeName,
      listeners: [
        listener('amqp', config.port),
        ...(config.hasManagement ? [listener('http', config.managementPort)] : []),
      ],
    };
  }

  node(): View {
    const { broker } = this;
    const { alarms, config, machine } = broker;
    return {
      name: broker.nodeName,
      type: 'disc',
      running: true,
      uptime: Math.floor(machine.nowMs() - broker.startedMs),
      mem_used: alarms.memoryBytes,
      mem_limit: config.memoryLimitBytes,
      mem_alarm: alarms.isMemoryShort,
      disk_free_limit: config.diskFreeLimitBytes,
      disk_free_alarm: alarms.isDiskShort,
      processors: 1,
    };
  }

  queue(queue: Queue): View {
    const { ready, unacked, consumers, owner, settings } = queue;
    const key = `queue ${queue.vhost} ${queue.name}`;
    return {
      name: readable(queue.name),
      vhost: readable(queue.vhost),
      type: settings.type,
      durable: queue.isDurable,
      auto_delete: queue.isAutoDelete,
      exclusive: owner !== null,
      ...(owner instanceof Connection ? { owner_pid_details: connectionDetails(owner) } : {}),
      arguments: jsonOfTable(queue.args),
      node: this.broker.nodeName,
      state: 'running',
      policy: null,
      operator_policy: null,
      effective_policy_definition: {},
      ...this.counters(key, {
        messages: ready + unacked.size,
        messages_ready: ready,
        messages_unacknowledged: unacked.size,
      }),
      message_bytes: queue.readyBytes + queue.unackedBytes,
      message_bytes_ready: queue.readyBytes,
      message_bytes_unacknowledged: queue.unackedBytes,
      memory: queue.readyBytes + queue.unackedBytes + 16_000,
      consumers: consumers.count,
      exclusive_consumer_tag: !settings.isSingleActive && consumers.active ? readable(consumers.active.tag) : null,
      single_active_consumer_tag: settings.isSingleActive && consumers.active ? readable(consumers.active.tag) : null,
      message_stats: this.counters(key, {
        publish: queue.published,
        deliver_get: queue.delivered,
        ack: queue.acked,
        redeliver: queue.redelivered,
      }),
    };
  }

  queueWithConsumers(queue: Queue): View {
    const consumer_details = queue.consumers.all.map((consumer) => this.consumer(consumer));
    return { ...this.queue(queue), consumer_details, deliveries: [], incoming: [] };
  }

  consumer(consumer: Consumer): View {
    const channel = consumer.channel as Channel;
    const isActive = consumer.queue.consumers.isActive(consumer);
    return {
      arguments: jsonOfTable(consumer.args),
      ack_required: !consumer.isAutoAck,
      active: isActive,
      activity_status: isActive ? (consumer.queue.settings.isSingleActive ? 'single_active' : 'up') : 'waiting',
      channel_details: {
        connection_name: channel.connection.name,
        name: channelName(channel),
        node: this.broker.nodeName,
        number: channel.number,
        peer_host: channel.connection.socket.remoteAddress,
        peer_port: channel.connection.socket.remotePort,
        user: readable(channel.connection.user!.name),
      },
      consumer_tag: readable(consumer.tag),
      exclusive: consumer.isExclusive,
      prefetch_count: consumer.prefetch,
      queue: { name: readable(consumer.queue.name), vhost: readable(consumer.queue.vhost) },
    };
  }

  connection(connection: Connection): View {
    const isRunning = connection.state === 'running';
    return {
      name: connection.name,
      ...(connection.givenName === undefined ? {} : { user_provided_name: connection.givenName }),
      node: this.broker.nodeName,
      type: 'network',
      protocol: 'AMQP 0-9-1',
      auth_mechanism: 'PLAIN',
      user: readable(connection.user!.name),
      vhost: readable(connection.vhost?.name ?? ''),
      state: !isRunning
        ? connection.state
        : connection.isBlocked
          ? 'blocked'
          : this.broker.alarms.isAny
            ? 'blocking'
            : 'running',
      channels: connection.channels.size,
      channel_max: connection.channelMax,
      frame_max: connection.frameMax,
      timeout: connection.heartbeatS,
      client_properties: jsonOfTable(connection.clientProperties),
      connected_at: Math.floor(connection.openedWallMs),
      host: this.broker.machine.hostname,
      port: this.broker.config.port,
      peer_host: connection.socket.remoteAddress,
      peer_port: connection.socket.remotePort,
      ...this.counters(`connection ${connection.id}`, {
        recv_oct: connection.received.bytes,
        send_oct: connection.sent.bytes,
      }),
      ssl: false,
    };
  }

  channel(channel: Channel): View {
    return {
      name: channelName(channel),
      number: channel.number,
      node: this.broker.nodeName,
      user: readable(channel.connection.user!.name),
      vhost: readable(channel.connection.vhost?.name ?? ''),
      state: channel.state,
      confirm: channel.confirms.isOn,
      transactional: channel.transaction !== null,
      consumer_count: channel.consumers.size,
      prefetch_count: channel.prefetch,
      global_prefetch_count: channel.globalPrefetch,
      messages_unacknowledged: channel.unacked.size,
      messages_unconfirmed: channel.confirms.count,
      messages_uncommitted: channel.transaction?.publishes.length ?? 0,
      acks_uncommitted: channel.transaction?.settles.length ?? 0,
      connection_details: connectionDetails(channel.connection),
    };
  }

  exchange(vhost: VirtualHost, exchange: Exchange): View {
    return {
      name: readable(exchange.name),
      vhost: readable(vhost.name),
      type: exchange.type,
      durable: exchange.isDurable,
      auto_delete: exchange.isAutoDelete,
      internal: exchange.isInternal,
      arguments: jsonOfTable(exchange.args),
      user_who_performed_action: 'rmq-internal',
    };
  }

  /** With those of the default exchange, which every queue has by itself. */
  bindings(vhost: VirtualHost): View[] {
    const implicit = [...vhost.queues.values()].map((queue) =>
      bindingView(vhost, '', queue.name, 'queue', queue.name, {}),
    );
    return [...implicit, ...[...vhost.bindings()].map((binding) => bindingOf(vhost, binding))];
  }

  definitions(): View {
    const vhosts = [...this.broker.vhosts.values()];
    return {
      rabbit_version: VERSION,
      rabbitmq_version: VERSION,
      product_name: 'RabbitMQ',
      product_version: VERSION,
      users: [...this.broker.users.values()].map(({ name, tags }) => ({ name: readable(name), tags: [...tags] })),
      vhosts: vhosts.map(({ name }) => ({ name: readable(name) })),
      queues: this.queues
        .filter(({ owner }) => owner === null)
        .map((queue) => ({
          name: readable(queue.name),
          vhost: readable(queue.vhost),
          durable: queue.isDurable,
          auto_delete: queue.isAutoDelete,
          arguments: jsonOfTable(queue.args),
        })),
      exchanges: vhosts.flatMap((vhost) =>
        [...vhost.exchanges.values()]
          .filter(({ name }) => name !== '' && !name.startsWith('amq.'))
          .map((exchange) => {
            const { user_who_performed_action: _, ...view } = this.exchange(vhost, exchange);
            return view;
          }),
      ),
      bindings: vhosts.flatMap((vhost) =>
        [...vhost.bindings()].map((binding) => {
          const { properties_key: _, ...view } = bindingOf(vhost, binding);
          return view;
        }),
      ),
    };
  }
}

function bindingOf(vhost: VirtualHost, { source, destination, key, args }: Binding): View {
  const [end, type] = 'queue' in destination ? [destination.queue, 'queue'] : [destination.exchange, 'exchange'];
  return bindingView(vhost, source.name, end.name, type, key, jsonOfTable(args));
}

function bindingView(vhost: VirtualHost, from: string, to: string, type: string, key: string, args: View): View {
  const hash = Object.keys(args).length === 0 ? '' : `~${hashOf(JSON.stringify(args))}`;
  return {
    source: readable(from),
    vhost: readable(vhost.name),
    destination: readable(to),
    destination_type: type,
    routing_key: readable(key),
    arguments: args,
    properties_key: `${key === '' ? '~' : encodeURIComponent(readable(key))}${hash}`,
  };
}

/** The real one is Erlang's; it only has to be the same for the same arguments. */
function hashOf(text: string): string {
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
  return hash.toString(36);
}

function connectionDetails(connection: Connection): View {
  const { name, socket } = connection;
  return { name, peer_host: socket.remoteAddress, peer_port: socket.remotePort };
}

export function channelName(channel: Channel): string {
  return `${channel.connection.name} (${channel.number})`;
}
