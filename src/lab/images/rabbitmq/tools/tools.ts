/**
 * Commands of the image: rabbitmqctl, rabbitmq-diagnostics, rabbitmqadmin, as far as health checks, people and checks use
 * them. Text as the real ones print to a pipe; `value` is the same as data.
 */

import type { ToolResult } from '../../server.ts';
import type { Broker } from '../broker/broker.ts';
import { Message } from '../broker/message.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import { jsonOfProperties, payloadOf } from '../management/json.ts';
import type { Views } from '../management/views.ts';
import { ERLANG_VERSION, VERSION } from '../version.ts';
import { fromText, readable } from '../wire/bytes.ts';
import { encodeProperties } from '../wire/properties.ts';

type Row = Readonly<Record<string, unknown>>;

interface Call {
  readonly command: string;
  readonly args: readonly string[];
  readonly vhost: VirtualHost;
  readonly isQuiet: boolean;
  readonly isJson: boolean;
  readonly hasHeaders: boolean;
  readonly options: Readonly<Record<string, string>>;
}

const USAGE = 64;
const UNAVAILABLE = 69;

/** Options that take a value. */
const WITH_VALUE: ReadonlySet<string> = new Set([
  '-n',
  '--node',
  '-p',
  '--vhost',
  '-t',
  '--timeout',
  '--formatter',
  '-s',
  '--port',
  '--host',
  '-u',
  '--username',
  '-P',
  '--password',
]);

const LISTS: Readonly<Record<string, { readonly columns: readonly string[]; readonly title: string }>> = {
  list_queues: { columns: ['name', 'messages'], title: 'Listing queues for vhost VHOST ...' },
  list_exchanges: { columns: ['name', 'type'], title: 'Listing exchanges for vhost VHOST ...' },
  list_bindings: {
    columns: ['source_name', 'source_kind', 'destination_name', 'destination_kind', 'routing_key', 'arguments'],
    title: 'Listing bindings for vhost VHOST...',
  },
  list_consumers: {
    columns: ['queue_name', 'channel_pid', 'consumer_tag', 'ack_required', 'prefetch_count', 'active', 'arguments'],
    title: 'Listing consumers in vhost VHOST ...',
  },
  list_connections: { columns: ['user', 'peer_host', 'peer_port', 'state'], title: 'Listing connections ...' },
  list_channels: {
    columns: ['pid', 'user', 'consumer_count', 'messages_unacknowledged'],
    title: 'Listing channels ...',
  },
  list_users: { columns: ['user', 'tags'], title: 'Listing users ...' },
  list_vhosts: { columns: ['name'], title: 'Listing vhosts ...' },
};

export class Tools {
  private readonly broker: Broker;
  private readonly views: Views;
  private readonly isUp: () => boolean;

  constructor(views: Views, isUp: () => boolean) {
    this.broker = views.broker;
    this.views = views;
    this.isUp = isUp;
  }

  run(argv: readonly string[]): ToolResult {
    const program = argv[0]?.slice(argv[0].lastIndexOf('/') + 1) ?? '';
    if (!['rabbitmqctl', 'rabbitmq-diagnostics', 'rabbitmqadmin'].includes(program)) {
      return failed(127, `${program}: command not found`);
    }
    const call = this.parse(argv.slice(1));
    if (typeof call === 'string') return failed(UNAVAILABLE, `Error:\n${call}`);
    if (!this.isUp() && !['ping', 'status'].includes(call.command)) {
      const text = `Error: this command requires the 'rabbit' app to be running on the target node. Start it with 'rabbitmqctl start_app'.`;
      return failed(UNAVAILABLE, text);
    }
    return program === 'rabbitmqadmin' ? this.admin(call) : this.ctl(call);
  }

  private parse(argv: readonly string[]): Call | string {
    const words: string[] = [];
    const options: Record<string, string> = Object.create(null);
    for (let i = 0; i < argv.length; i++) {
      const word = argv[i]!;
      const [name, value] = word.split('=', 2) as [string, string | undefined];
      if (!word.startsWith('-')) words.push(word);
      else if (value !== undefined) options[name] = value;
      else if (WITH_VALUE.has(word)) options[word] = argv[++i] ?? '';
      else options[word] = '';
    }
    const name = options['--vhost'] ?? options['-p'] ?? '/';
    const vhost = this.broker.vhosts.get(fromText(name));
    if (!vhost && this.isUp()) return `Virtual host '${name}' does not exist`;
    return {
      command: words[0] ?? '',
      args: words.slice(1),
      vhost: vhost!,
      isQuiet: '-q' in options || '--quiet' in options || '-s' in options || '--silent' in options,
      isJson: options['--formatter'] === 'json',
      hasHeaders: !('--no-table-headers' in options) && !('-s' in options) && !('--silent' in options),
      options,
    };
  }

  private ctl(call: Call): ToolResult {
    const { command, args, vhost } = call;
    const { broker } = this;
    const node = broker.nodeName;
    if (Object.hasOwn(LISTS, command)) return this.list(call);
    switch (command) {
      case 'status':
        return this.status();
      case 'ping':
        return said(
          call,
          `Will ping ${node}. This only checks if the OS process is running and registered with epmd. Timeout: 60000 ms.`,
          'Ping succeeded',
          true,
        );
      case 'check_running':
        return said(
          call,
          `Checking if RabbitMQ is running on node ${node} ...`,
          `RabbitMQ on node ${node} is fully booted and running`,
          true,
        );
      case 'check_local_alarms':
      case 'check_alarms': {
        const isAny = broker.alarms.isAny;
        if (isAny) return failed(UNAVAILABLE, `Error:\nNode ${node} reported alarms: ${broker.alarms.reason}`);
        return said(
          call,
          `Asking node ${node} to report any local resource alarms ...`,
          `Node ${node} reported no local alarms`,
          true,
        );
      }
      case 'check_port_connectivity':
      case 'check_port_listener': {
        const ports = [broker.config.port, ...(broker.config.hasManagement ? [broker.config.managementPort] : [])];
        if (command === 'check_port_listener') {
          const port = Number(args[0]);
          if (ports.includes(port))
            return said(
              call,
              `Asking node ${node} if there's an active listener on port ${port} ...`,
              `A listener for port ${port} is running`,
              true,
            );
          return failed(UNAVAILABLE, `Error:\nNo listener for port ${args[0]} is active`);
        }
        return said(
          call,
          `Testing TCP connections to all active listeners on node ${node} ...`,
          `Successfully connected to ports ${ports.join(', ')} on node ${node}.`,
          true,
        );
      }
      case 'purge_queue': {
        const queue = vhost.queues.get(fromText(args[0] ?? ''));
        if (!queue) return failed(UNAVAILABLE, 'Error:\nnot_found');
        const count = queue.purge();
        return said(call, `Purging queue '${args[0]}' in vhost '${readable(vhost.name)}' ...`, '', count);
      }
      case 'delete_queue': {
        const queue = vhost.queues.get(fromText(args[0] ?? ''));
        if (!queue) return failed(USAGE, 'Error:\nQueue not found');
        const count = broker.deleteQueue(queue);
        return said(
          call,
          `Deleting queue '${args[0]}' on vhost '${readable(vhost.name)}' ...`,
          `Queue was successfully deleted with ${count} ready messages`,
          count,
        );
      }
      case 'close_connection':
      case 'close_all_connections': {
        const all = this.views.connections.filter(
          ({ process }) => command === 'close_all_connections' || process === args[0],
        );
        const reason = args.at(-1) ?? 'closed';
        for (const connection of all) connection.closeFromOutside(reason);
        return said(call, 'Closing connections ...', '', all.length);
      }
      default:
        return failed(USAGE, `\nCommand '${command}' not found. `);
    }
  }

  private list(call: Call): ToolResult {
    const { command, args, vhost } = call;
    const { columns: usual, title } = LISTS[command]!;
    const columns = args.length > 0 ? args : usual;
    const rows = this.rows(command, vhost);
    const wrong = columns.find((column) => !COLUMNS[command]!.includes(column));
    if (wrong !== undefined) {
      return failed(USAGE, `Error (argument validation): Info key(s) ${wrong} are not supported`);
    }
    const value = rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? ''])));
    if (call.isJson) {
      const lines = value.map((row) => JSON.stringify(row));
      return done(value, `[\n${lines.join('\n,')}\n]`);
    }
    const head = call.isQuiet
      ? []
      : [
          ...(command === 'list_queues' ? ['Timeout: 60.0 seconds ...'] : []),
          title.replace('VHOST', readable(vhost.name)),
        ];
    const lines = value.map((row) => columns.map((column) => cell(row[column])).join('\t'));
    return done(
      value,
      [...head, ...(call.hasHeaders && value.length > 0 ? [columns.join('\t')] : []), ...lines].join('\n'),
    );
  }

  private rows(command: string, vhost: VirtualHost): readonly Row[] {
    const { views, broker } = this;
    switch (command) {
      case 'list_queues':
        return [...vhost.queues.values()].map((queue) => {
          const view = views.queue(queue);
          return { ...view, pid: '', messages_persistent: queue.entries.filter(({ isStored }) => isStored).length };
        });
      case 'list_exchanges':
        return [...vhost.exchanges.values()].map((exchange) => views.exchange(vhost, exchange));
      case 'list_bindings':
        return views.bindings(vhost).map((view) => ({
          source_name: view.source,
          source_kind: 'exchange',
          destination_name: view.destination,
          destination_kind: view.destination_type,
          routing_key: view.routing_key,
          arguments: view.arguments,
        }));
      case 'list_consumers':
        return [...vhost.queues.values()]
          .flatMap((queue) => [...queue.consumers.all])
          .map((consumer) => ({
            ...views.consumer(consumer),
            queue_name: readable(consumer.queue.name),
            channel_pid: (consumer.channel as { process?: string }).process ?? '',
          }));
      case 'list_connections':
        return views.connections.map((connection) => ({
          ...views.connection(connection),
          pid: connection.process,
        }));
      case 'list_channels':
        return views.channels.map((channel) => ({ ...views.channel(channel), pid: channel.process }));
      case 'list_users':
        return [...broker.users.values()].map(({ name, tags }) => ({ user: readable(name), tags: [...tags] }));
      default:
        return [...broker.vhosts.values()].map(({ name }) => ({ name: readable(name) }));
    }
  }

  private status(): ToolResult {
    const { broker, views } = this;
    const { alarms, config } = broker;
    const overview = views.overview();
    const gb = (bytes: number) => `${Math.round(bytes / 1e5) / 1e4} gb`;
    const listed = [
      ...(alarms.isMemoryShort ? ['Memory alarm'] : []),
      ...(alarms.isDiskShort ? ['Free disk space alarm'] : []),
    ];
    const totals = overview.object_totals as Record<string, number>;
    const lines = [
      `Status of node ${broker.nodeName} ...`,
      'Runtime',
      '',
      'OS PID: 1',
      'OS: Linux',
      `Uptime (seconds): ${Math.floor((broker.machine.nowMs() - broker.startedMs) / 1000)}`,
      'Is under maintenance?: false',
      `RabbitMQ version: ${VERSION}`,
      `Node name: ${broker.nodeName}`,
      `Erlang configuration: Erlang/OTP ${ERLANG_VERSION.split('.')[0]} [64-bit] [smp:1:1]`,
      '',
      'Data directory',
      '',
      `Node data directory: ${config.dataFolder}`,
      '',
      'Alarms',
      '',
      ...(listed.length > 0 ? listed.map((alarm) => `${alarm} on node ${broker.nodeName}`) : ['(none)']),
      '',
      'Memory',
      '',
      `Total memory used: ${gb(alarms.memoryBytes)}`,
      `Memory high watermark setting: computed to: ${gb(config.memoryLimitBytes)}`,
      '',
      'Totals',
      '',
      `Connection count: ${totals.connections}`,
      `Queue count: ${totals.queues}`,
      `Virtual host count: ${broker.vhosts.size}`,
      '',
      'Listeners',
      '',
      `Interface: [::], port: ${config.port}, protocol: amqp, purpose: AMQP 0-9-1`,
      ...(config.hasManagement
        ? [`Interface: [::], port: ${config.managementPort}, protocol: http, purpose: HTTP API`]
        : []),
    ];
    return done({ ...overview, ...views.node() }, lines.join('\n'));
  }

  /** `rabbitmqadmin publish exchange=… routing_key=… payload=…`, `rabbitmqadmin get queue=… [count=…]`, `rabbitmqadmin list queues`. */
  private admin(call: Call): ToolResult {
    const named: Record<string, string> = Object.create(null);
    for (const arg of call.args) {
      const at = arg.indexOf('=');
      if (at > 0) named[arg.slice(0, at)] = arg.slice(at + 1);
    }
    const { vhost } = call;
    if (call.command === 'publish') {
      const name = named.exchange === 'amq.default' ? '' : (named.exchange ?? '');
      const exchange = vhost.exchanges.get(fromText(name));
      if (!exchange) return failed(1, '*** Not found: /api/exchanges/publish');
      const body = new TextEncoder().encode(named.payload ?? '');
      const message = new Message(exchange.name, [fromText(named.routing_key ?? '')], encodeProperties({}), body);
      const queues = vhost.route(exchange, message);
      for (const queue of queues) queue.publish(message, null);
      return done(queues.length > 0, queues.length > 0 ? 'Message published' : 'Message published but NOT routed');
    }
    if (call.command === 'get') {
      const queue = vhost.queues.get(fromText(named.queue ?? ''));
      if (!queue) return failed(1, '*** Not found: /api/queues/get');
      const rows = [];
      const taken = [];
      for (let i = 0; i < Number(named.count ?? 1); i++) {
        const entry = queue.take(false);
        if (!entry) break;
        taken.push(entry);
        rows.push({
          routing_key: readable(entry.message.routingKeys[0]!),
          exchange: readable(entry.message.exchange),
          message_count: queue.ready,
          payload_bytes: entry.message.body.length,
          redelivered: entry.isRedelivered,
          properties: jsonOfProperties(entry.message.properties),
          ...payloadOf(entry.message.body, 'auto', undefined),
        });
      }
      if (named.ackmode === 'ack_requeue_false') for (const entry of taken) queue.ack(entry);
      else queue.requeue(taken, true);
      return done(rows, rows.map((row) => JSON.stringify(row)).join('\n'));
    }
    const what = `list_${call.args[0]}`;
    if (call.command === 'list' && Object.hasOwn(LISTS, what))
      return this.list({ ...call, command: what, args: [], isQuiet: true });
    return failed(1, `*** Action ${call.command} not understood`);
  }
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  list_queues: [
    'name',
    'durable',
    'auto_delete',
    'arguments',
    'policy',
    'pid',
    'exclusive',
    'exclusive_consumer_tag',
    'messages_ready',
    'messages_unacknowledged',
    'messages',
    'message_bytes',
    'message_bytes_ready',
    'message_bytes_unacknowledged',
    'messages_persistent',
    'consumers',
    'memory',
    'state',
    'type',
    'vhost',
    'single_active_consumer_tag',
  ],
  list_exchanges: ['name', 'type', 'durable', 'auto_delete', 'internal', 'arguments', 'policy', 'vhost'],
  list_bindings: LISTS.list_bindings!.columns,
  list_consumers: [...LISTS.list_consumers!.columns, 'exclusive', 'activity_status'],
  list_connections: [
    'pid',
    'name',
    'user',
    'peer_host',
    'peer_port',
    'host',
    'port',
    'state',
    'channels',
    'protocol',
    'vhost',
    'timeout',
    'frame_max',
    'channel_max',
    'client_properties',
    'recv_oct',
    'send_oct',
    'connected_at',
    'user_provided_name',
  ],
  list_channels: [
    'pid',
    'name',
    'number',
    'user',
    'vhost',
    'transactional',
    'confirm',
    'consumer_count',
    'messages_unacknowledged',
    'messages_uncommitted',
    'acks_uncommitted',
    'messages_unconfirmed',
    'prefetch_count',
    'global_prefetch_count',
    'state',
  ],
  list_users: ['user', 'tags'],
  list_vhosts: ['name'],
};

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  const pairs = Object.entries(value).map(([name, one]) => `{"${name}",${typeof one === 'string' ? `"${one}"` : one}}`);
  return `[${pairs.join(',')}]`;
}

function said(call: Call, title: string, text: string, value: unknown): ToolResult {
  return done(value, [...(call.isQuiet ? [] : [title]), ...(text === '' ? [] : [text])].join('\n'));
}

function done(value: unknown, stdout: string): ToolResult {
  return { exitCode: 0, stdout: stdout === '' ? '' : `${stdout}\n`, stderr: '', value };
}

function failed(exitCode: number, text: string): ToolResult {
  return { exitCode, stdout: '', stderr: `${text}\n` };
}
