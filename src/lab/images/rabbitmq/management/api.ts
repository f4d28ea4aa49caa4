/** The routes of the management API that the lab has; others are 404 as unknown objects are. */
import { Message } from '../broker/message.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import { COST } from '../cost.ts';
import * as declare from '../protocol/declare.ts';
import { AmqpError } from '../protocol/errors.ts';
import { checkMessage } from '../protocol/publish.ts';
import type { Queue } from '../queue/queue.ts';
import { fromBase64, fromText, readable, toBinary } from '../wire/bytes.ts';
import { encodeProperties } from '../wire/properties.ts';
import type { Request, Response } from './http.ts';
import { jsonOfProperties, payloadOf, propertiesOf, tableOf } from './json.ts';
import type { Views } from './views.ts';

const NOT_FOUND: Response = { status: 404, json: { error: 'Object Not Found', reason: 'Not Found' } };
const OK: Response = { status: 200, json: { status: 'ok' } };
const bad = (reason: string): Response => ({ status: 400, json: { error: 'bad_request', reason } });

export class Api {
  private readonly views: Views;
  /** Who declares what belongs to nobody. */
  private readonly owner = {};

  constructor(views: Views) {
    this.views = views;
  }

  private get broker() {
    return this.views.broker;
  }

  handle(request: Request): Response {
    this.broker.burn(COST.httpUs);
    const user = this.userOf(request.headers.authorization);
    if (user === null) {
      const headers = { 'www-authenticate': 'Basic realm="RabbitMQ Management"' };
      return request.headers.authorization === undefined
        ? { status: 401, headers }
        : { status: 401, headers, json: { error: 'not_authorized', reason: 'Login failed' } };
    }
    const [api, kind, ...rest] = request.path;
    if (api !== 'api') return NOT_FOUND;
    let response: Response;
    const startMs = this.broker.machine.nowMs();
    try {
      response = this.route(request, kind ?? '', rest, user);
    } catch (error) {
      if (error instanceof AmqpError) response = bad(readable(error.explanation));
      else if (error instanceof SyntaxError)
        response = { status: 400, json: { error: 'bad_request', reason: 'not_json' } };
      else throw error;
    }
    this.broker.machine.operation({
      connection: 0,
      name: `HTTP ${request.method}`,
      text: `/${request.path.join('/')}`.slice(0, 200),
      startMs,
      ...(response.status >= 400 ? { error: String(response.status) } : {}),
    });
    return response;
  }

  private userOf(authorization: string | undefined): string | null {
    const match = /^Basic (.+)$/i.exec(authorization ?? '');
    const bytes = match ? fromBase64(match[1]!) : null;
    if (!bytes) return null;
    const [name = '', ...password] = toBinary(bytes).split(':');
    const user = this.broker.users.get(name);
    return user && user.password === password.join(':') ? user.name : null;
  }

  private route(request: Request, kind: string, rest: readonly string[], user: string): Response {
    const { views, broker } = this;
    const { method } = request;
    const isGet = method === 'GET' || method === 'HEAD';
    if (isGet && rest.length === 0) {
      switch (kind) {
        case 'overview':
          return { status: 200, json: views.overview() };
        case 'whoami':
          return { status: 200, json: { name: readable(user), tags: ['administrator'] } };
        case 'nodes':
          return { status: 200, json: [views.node()] };
        case 'vhosts':
          return { status: 200, json: [...broker.vhosts.values()].map(({ name }) => ({ name: readable(name) })) };
        case 'connections':
          return { status: 200, json: views.connections.map((connection) => views.connection(connection)) };
        case 'channels':
          return { status: 200, json: views.channels.map((channel) => views.channel(channel)) };
        case 'definitions':
          return { status: 200, json: views.definitions() };
      }
    }
    if (kind === 'health' && rest[0] === 'checks' && isGet) return this.health(rest.slice(1));
    if (kind === 'nodes' && isGet) return rest[0] === broker.nodeName ? { status: 200, json: views.node() } : NOT_FOUND;
    if (kind === 'connections') return this.connection(method, rest[0]!);
    const vhosts = rest.length === 0 ? [...broker.vhosts.values()] : [broker.vhosts.get(fromText(rest[0]!))];
    const [vhost] = vhosts;
    if (!vhost) return NOT_FOUND;
    if (kind === 'aliveness-test' && isGet) return OK;
    if (rest.length <= 1) return isGet ? this.list(kind, vhosts as VirtualHost[]) : NOT_FOUND;
    if (kind === 'queues') return this.queue(request, vhost, rest.slice(1));
    if (kind === 'exchanges') return this.exchange(request, vhost, rest.slice(1), user);
    if (kind === 'bindings') return this.binding(request, vhost, rest.slice(1));
    return NOT_FOUND;
  }

  private list(kind: string, vhosts: readonly VirtualHost[]): Response {
    const { views } = this;
    const queues = vhosts.flatMap((vhost) => [...vhost.queues.values()]);
    switch (kind) {
      case 'queues':
        return { status: 200, json: queues.map((queue) => views.queue(queue)) };
      case 'consumers': {
        const consumers = queues.flatMap((queue) => [...queue.consumers.all]);
        return { status: 200, json: consumers.map((consumer) => views.consumer(consumer)) };
      }
      case 'exchanges': {
        const all = vhosts.flatMap((vhost) =>
          [...vhost.exchanges.values()].map((exchange) => views.exchange(vhost, exchange)),
        );
        return { status: 200, json: all };
      }
      case 'bindings':
        return { status: 200, json: vhosts.flatMap((vhost) => views.bindings(vhost)) };
      default:
        return NOT_FOUND;
    }
  }

  private asker(vhost: VirtualHost): declare.Asker {
    return { broker: this.broker, vhost, owner: this.owner };
  }

  private queue(request: Request, vhost: VirtualHost, [name, action]: readonly string[]): Response {
    const { views } = this;
    const queue = vhost.queues.get(fromText(name!));
    if (request.method === 'PUT' && action === undefined) return this.declareQueue(request, vhost, fromText(name!));
    if (!queue) return NOT_FOUND;
    switch (`${request.method} ${action ?? ''}`) {
      case 'GET ':
      case 'HEAD ':
        return { status: 200, json: views.queueWithConsumers(queue) };
      case 'GET bindings': {
        const all = views.bindings(vhost);
        const own = all.filter(
          (view) => view.destination_type === 'queue' && view.destination === readable(queue.name),
        );
        return { status: 200, json: own };
      }
      case 'DELETE ': {
        const ifEmpty = request.query['if-empty'] === 'true';
        const ifUnused = request.query['if-unused'] === 'true';
        declare.deleteQueue(
          { ...this.asker(vhost), owner: queue.owner ?? this.owner },
          { queue: queue.name, ifEmpty, ifUnused },
        );
        return { status: 204 };
      }
      case 'DELETE contents':
        queue.purge();
        return { status: 204 };
      case 'POST get':
        return this.get(request, queue);
      default:
        return { status: 405 };
    }
  }

  private declareQueue(request: Request, vhost: VirtualHost, queue: string): Response {
    const body = bodyOf(request);
    const isNew = !vhost.queues.has(queue);
    declare.declareQueue(this.asker(vhost), {
      queue,
      durable: body.durable !== false,
      autoDelete: body.auto_delete === true,
      exclusive: false,
      passive: false,
      arguments: tableOf(body.arguments),
    });
    return { status: isNew ? 201 : 204 };
  }

  /** Reads as `basic.get` does, and puts back or not, as `ackmode` says. */
  private get(request: Request, queue: Queue): Response {
    const body = bodyOf(request);
    const mode = String(body.ackmode ?? 'ack_requeue_true');
    const encoding = body.encoding === 'base64' ? 'base64' : 'auto';
    const truncate = typeof body.truncate === 'number' ? body.truncate : undefined;
    const count = Number(body.count ?? 1);
    if (!Number.isInteger(count) || count < 0) return bad('count must be a non-negative integer');
    const entries = [];
    for (let i = 0; i < count; i++) {
      const entry = queue.take(false);
      if (!entry) break;
      entries.push({ entry, left: queue.ready });
    }
    const json = entries.map(({ entry, left }) => ({
      payload_bytes: entry.message.body.length,
      redelivered: entry.isRedelivered,
      exchange: readable(entry.message.exchange),
      routing_key: readable(entry.message.routingKeys[0]!),
      message_count: left,
      properties: jsonOfProperties(entry.message.properties),
      ...payloadOf(entry.message.body, encoding, truncate),
    }));
    const all = entries.map(({ entry }) => entry);
    if (mode.endsWith('requeue_true')) queue.requeue(all, true);
    else if (mode.startsWith('reject')) for (const entry of all) queue.discard(entry, 'rejected');
    else for (const entry of all) queue.ack(entry);
    queue.run();
    return { status: 200, json };
  }

  private exchange(request: Request, vhost: VirtualHost, [name, action]: readonly string[], user: string): Response {
    const wanted = fromText(name === 'amq.default' ? '' : name!);
    const exchange = vhost.exchanges.get(wanted);
    if (request.method === 'PUT' && action === undefined) {
      const body = bodyOf(request);
      declare.declareExchange(this.asker(vhost), {
        exchange: wanted,
        type: typeof body.type === 'string' ? body.type : 'direct',
        durable: body.durable !== false,
        autoDelete: body.auto_delete === true,
        internal: body.internal === true,
        passive: false,
        arguments: tableOf(body.arguments),
      });
      return { status: exchange ? 204 : 201 };
    }
    if (!exchange) return NOT_FOUND;
    if (request.method === 'GET' && action === undefined) {
      return { status: 200, json: this.views.exchange(vhost, exchange) };
    }
    if (request.method === 'DELETE' && action === undefined) {
      declare.deleteExchange(this.asker(vhost), { exchange: wanted, ifUnused: request.query['if-unused'] === 'true' });
      return { status: 204 };
    }
    if (request.method !== 'POST' || action !== 'publish') return { status: 405 };
    const body = bodyOf(request);
    if (typeof body.payload !== 'string' || typeof body.routing_key !== 'string')
      return bad('payload or routing_key missing');
    const bytes =
      body.payload_encoding === 'base64' ? fromBase64(body.payload) : new TextEncoder().encode(body.payload);
    if (!bytes) return bad('payload is no base64');
    const raw = encodeProperties(propertiesOf(body.properties));
    const message = checkMessage(new Message(wanted, [fromText(body.routing_key)], raw, bytes), user, undefined);
    const queues = vhost.route(exchange, message);
    for (const queue of queues) queue.publish(message, null);
    return { status: 200, json: { routed: queues.length > 0 } };
  }

  /** `e/<source>/q/<queue>` or `e/<source>/e/<exchange>`, and the key to delete one. */
  private binding(request: Request, vhost: VirtualHost, path: readonly string[]): Response {
    const [e, source, kind, destination, key] = path;
    if (e !== 'e' || (kind !== 'q' && kind !== 'e') || source === undefined || destination === undefined)
      return NOT_FOUND;
    const from = fromText(source === 'amq.default' ? '' : source);
    const to = fromText(destination);
    const type = kind === 'q' ? 'queue' : 'exchange';
    const all = this.views
      .bindings(vhost)
      .filter((view) => view.source === readable(from) && view.destination === readable(to))
      .filter((view) => view.destination_type === type);
    const change = (routingKey: string, table: unknown, isOn: boolean) => {
      const args = { routingKey: fromText(routingKey), arguments: tableOf(table) };
      if (kind === 'q') declare.bindQueue(this.asker(vhost), { ...args, exchange: from, queue: to }, isOn);
      else declare.bindExchange(this.asker(vhost), { ...args, source: from, destination: to }, isOn);
    };
    if (request.method === 'GET' && key === undefined) return { status: 200, json: all };
    if (request.method === 'POST' && key === undefined) {
      const body = bodyOf(request);
      const routingKey = typeof body.routing_key === 'string' ? body.routing_key : '';
      change(routingKey, body.arguments, true);
      return {
        status: 201,
        headers: { location: `${encodeURIComponent(destination)}/${encodeURIComponent(routingKey || '~')}` },
      };
    }
    const view = all.find((one) => one.properties_key === encodeURIComponent(key ?? '') || one.properties_key === key);
    if (!view) return NOT_FOUND;
    if (request.method === 'GET') return { status: 200, json: view };
    if (request.method !== 'DELETE') return { status: 405 };
    change(String(view.routing_key), view.arguments, false);
    return { status: 204 };
  }

  private connection(method: string, name: string): Response {
    const connection = this.views.connections.find((one) => one.name === name);
    if (!connection) return NOT_FOUND;
    if (method === 'GET') return { status: 200, json: this.views.connection(connection) };
    if (method !== 'DELETE') return { status: 405 };
    connection.closeFromOutside('Closed via management plugin');
    return { status: 204 };
  }

  private health([check, value]: readonly string[]): Response {
    const { alarms, config } = this.broker;
    switch (check) {
      case 'alarms':
      case 'local-alarms': {
        if (!alarms.isAny) return OK;
        const list = [...(alarms.isMemoryShort ? ['memory'] : []), ...(alarms.isDiskShort ? ['disk'] : [])];
        const reason =
          check === 'alarms' ? 'There are alarms in effect in the cluster' : 'There are alarms in effect on the node';
        return { status: 503, json: { status: 'failed', reason, alarms: list } };
      }
      case 'port-listener': {
        const ports = [config.port, ...(config.hasManagement ? [config.managementPort] : [])];
        if (ports.includes(Number(value))) return { status: 200, json: { status: 'ok', port: Number(value) } };
        return { status: 503, json: { status: 'failed', reason: 'No active listener', missing: Number(value), ports } };
      }
      case 'protocol-listener': {
        const protocols = ['amqp', ...(config.hasManagement ? ['http'] : [])];
        if (protocols.includes(value ?? '')) return { status: 200, json: { status: 'ok', protocol: value } };
        return { status: 503, json: { status: 'failed', reason: 'No active listener', missing: value, protocols } };
      }
      case 'virtual-hosts':
      case 'ready-to-serve-clients':
      case 'is-in-service':
        return OK;
      case 'node-is-quorum-critical':
      case 'node-is-mirror-sync-critical':
        return { status: 200, json: { status: 'ok', reason: 'single node cluster' } };
      default:
        return NOT_FOUND;
    }
  }
}

function bodyOf(request: Request): Record<string, unknown> {
  if (request.body.length === 0) return {};
  const json: unknown = JSON.parse(new TextDecoder().decode(request.body));
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new SyntaxError('no object');
  return json as Record<string, unknown>;
}
