/**
 * The lab's network contract on this machine's loopback. Rules (faults) are the lab's own; what they decide about a
 * packet is done to a chunk of a stream (way.ts), to a connection before it begins (admit) or to a name (the lab's Dns).
 */
import net from 'node:net';
import type { Scheduler } from '../../../lab/core/scheduler.ts';
import type { Trace } from '../../../lab/core/trace.ts';
import { Dns } from '../../../lab/net/dns.ts';
import { HttpTap } from '../../../lab/net/http-tap.ts';
import { DROP, type Host, type NameRule, type NetErrorCode, type PacketRule, RESET } from '../../../lab/net/network.ts';
import type { RealPlace } from '../guest/channel.ts';
import type { Subnet } from './addresses.ts';
import { LocalHost } from './host.ts';
import { Link, type NearEnd } from './link.ts';
import { Route } from './route.ts';

/** As the lab's TCP, which does as Linux does: SYNs after 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s, the end after 131 s. */
const SYN_TIMEOUT_US = 1_000_000;
const SYN_LINEAR_RETRIES = 4;
const SYN_RETRIES_MAX = SYN_LINEAR_RETRIES + 6;
/** Three ARP requests a second apart find nobody. */
const ARP_FAILS_US = 3_000_000;
/** Late work of a program may still belong to a request on a connection that is closed. */
const CLOSED_LINKS_KEPT = 1000;

export type Outcome = { readonly error: null; readonly server: LocalHost } | { readonly error: NetErrorCode };

export interface LocalNetworkOptions {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly subnet: Subnet;
  readonly causeHeader: string;
}

export class LocalNetwork {
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly tap: HttpTap;
  readonly dns: Dns;
  readonly client: LocalHost;
  readonly causeHeader: string;
  onPacket = null;
  private readonly subnet: Subnet;
  private rules: readonly PacketRule[] = [];
  private readonly byName = new Map<string, LocalHost>();
  private readonly byFace = new Map<string, LocalHost>();
  private readonly routes = new Map<LocalHost, Map<LocalHost, Route>>();
  private readonly links = new Set<Link>();
  private readonly byKey = new Map<string, Link>();
  private readonly closedKeys: string[] = [];
  /** Proxies' listeners by server, port and, where faces are no addresses, client. */
  private readonly faces = new Map<string, Promise<net.Server>>();
  /** Connections that guests have leave to begin and have not begun. */
  private readonly admitted = new Map<string, number[]>();
  private lastConnection = 0;
  private lastAddress = 0;
  private isOver = false;

  constructor({ scheduler, trace, subnet, causeHeader }: LocalNetworkOptions) {
    this.scheduler = scheduler;
    this.trace = trace;
    this.subnet = subnet;
    this.causeHeader = causeHeader;
    this.tap = new HttpTap(scheduler, trace);
    this.dns = new Dns(scheduler, this.byName);
    this.client = this.add('client', 'client', true);
    this.client.up();
    const inFlight = new Map<number, LocalHost>();
    trace.subscribe((event) => {
      if (event.kind === 'request') {
        const host = this.byName.get(event.to);
        if (host === undefined) return;
        host.inFlight++;
        inFlight.set(event.id, host);
      } else if (event.kind === 'response') {
        const host = inFlight.get(event.id);
        inFlight.delete(event.id);
        if (host !== undefined) host.inFlight--;
      }
    });
  }

  get hasOwnAddresses(): boolean {
    return this.subnet.hasOwnAddresses;
  }

  get hosts(): readonly LocalHost[] {
    return [...this.byName.values()];
  }

  addHost(name: string, service: string): LocalHost {
    if (this.byName.has(name)) throw new Error(`There is a host ${name} already.`);
    return this.add(name, service, false);
  }

  removeHost(name: string): void {
    const host = this.byName.get(name);
    if (host === undefined || host.isOutside) throw new Error(`There is no host ${name} to remove.`);
    host.down();
    this.byName.delete(name);
    this.byFace.delete(host.face);
  }

  host(name: string): LocalHost | undefined {
    return this.byName.get(name);
  }

  hostsOf(service: string): readonly LocalHost[] {
    return this.hosts.filter((host) => host.service === service);
  }

  addRule(rule: PacketRule): () => void {
    this.changeRules([...this.rules, rule]);
    return () => this.changeRules(this.rules.filter((other) => other !== rule));
  }

  addNameRule(rule: NameRule): () => void {
    return this.dns.addRule(rule);
  }

  resetConnections(concerns: (client: Host, server: Host, connection: number) => boolean): number {
    const met = [...this.links].filter(({ client, server, id }) => concerns(client, server, id));
    for (const link of met) link.reset('reset');
    return met.length;
  }

  route(from: LocalHost, to: LocalHost): Route {
    let routes = this.routes.get(from);
    if (routes === undefined) {
      routes = new Map();
      this.routes.set(from, routes);
    }
    let route = routes.get(to);
    if (route === undefined) {
      route = new Route(from, to, this.rules);
      routes.set(to, route);
    }
    return route;
  }

  /** The handshake, as far as rules and listeners decide it. Calls back later, once, unless cancelled. */
  admit(
    client: LocalHost,
    address: string,
    port: number,
    onOutcome: (outcome: Outcome) => void,
  ): { readonly id: number; cancel(): void } {
    const id = ++this.lastConnection;
    const isLoopback =
      address === '0.0.0.0' ||
      address === '::' ||
      address === '::1' ||
      (address.startsWith('127.') && !this.byFace.has(address));
    const server = isLoopback && !client.isOutside ? client : this.byFace.get(address);
    const record = (state: 'connecting' | 'refused' | 'timed-out' | 'closed') =>
      this.trace.record({
        kind: 'connection',
        atMs: this.nowMs,
        id,
        state,
        from: client.name,
        to: server?.name ?? address,
        port,
      });
    let isDone = false;
    const done = (outcome: Outcome) => {
      if (isDone) return;
      isDone = true;
      if (outcome.error !== null) record(outcome.error === 'ETIMEDOUT' ? 'timed-out' : 'refused');
      onOutcome(outcome);
    };
    record('connecting');
    if (server === undefined) this.scheduler.after(ARP_FAILS_US, () => done({ error: 'EHOSTUNREACH' }));
    else this.handshake(client, server, port, id, () => isDone, done);
    return {
      id,
      cancel: () => {
        if (isDone) return;
        isDone = true;
        record('closed');
      },
    };
  }

  /** Begins a connection that was admitted. */
  join(id: number, client: LocalHost, server: LocalHost, port: number, near: NearEnd): Link {
    const link = new Link({ network: this, id, client, server, port, near });
    this.links.add(link);
    client.openConnections++;
    server.openConnections++;
    return link;
  }

  opened(link: Link): void {
    this.byKey.set(link.key, link);
    const { id, client, server, port } = link;
    this.trace.record({
      kind: 'connection',
      atMs: this.nowMs,
      id,
      state: 'open',
      from: client.name,
      to: server.name,
      port,
    });
  }

  closed(link: Link, state: 'closed' | 'reset'): void {
    if (!this.links.delete(link)) return;
    const { id, client, server, port, key } = link;
    client.openConnections--;
    server.openConnections--;
    this.tap.forget(id);
    this.trace.record({ kind: 'connection', atMs: this.nowMs, id, state, from: client.name, to: server.name, port });
    this.closedKeys.push(key);
    if (this.closedKeys.length <= CLOSED_LINKS_KEPT) return;
    const oldest = this.closedKeys.shift()!;
    if (!this.links.has(this.byKey.get(oldest)!)) this.byKey.delete(oldest);
  }

  /** The connection that a server's process knows by `address:port`; 0 when there is none. */
  connectionOf(key: string): number {
    return this.byKey.get(key)?.id ?? 0;
  }

  /** The id of the request that a guest names by `address:port.n`; 0 when it is not known. */
  requestOf(cause: string): number {
    const dot = cause.lastIndexOf('.');
    return this.byKey.get(cause.slice(0, dot))?.requestNumber(Number(cause.slice(dot + 1))) ?? 0;
  }

  /** For a guest: where to connect to, so that the proxy knows who it is and what it wants. */
  async placeFor(id: number, client: LocalHost, server: LocalHost, port: number): Promise<RealPlace> {
    if (client === server) return { host: server.real, port: server.places.get(port)?.realPort ?? port };
    const face = await this.face(client, server, port);
    const key = keyOf(client, server, port);
    const waiting = this.admitted.get(key);
    if (waiting === undefined) this.admitted.set(key, [id]);
    else waiting.push(id);
    const { address, port: real } = face.address() as net.AddressInfo;
    return { host: address, port: real, ...(this.hasOwnAddresses ? { localAddress: client.face } : {}) };
  }

  /** The guest has not begun what it had leave for. */
  forgo(id: number, client: LocalHost, server: LocalHost, port: number): void {
    const waiting = this.admitted.get(keyOf(client, server, port));
    const at = waiting?.indexOf(id) ?? -1;
    if (at < 0) return;
    waiting!.splice(at, 1);
    this.trace.record({
      kind: 'connection',
      atMs: this.nowMs,
      id,
      state: 'closed',
      from: client.name,
      to: server.name,
      port,
    });
  }

  /** Connections from outside to a published port, on this machine's own loopback address. */
  async publish(
    host: string,
    port: number,
    target: () => { readonly server: LocalHost; readonly port: number } | null,
  ): Promise<net.Server> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
      const found = target();
      if (found === null) {
        socket.resetAndDestroy();
        return;
      }
      const { id } = this.admit(this.client, found.server.face, found.port, (outcome) => {
        if (outcome.error === null) this.joinSocket(id, this.client, outcome.server, found.port, socket);
        else socket.resetAndDestroy();
      });
    });
    await listening(server, host, port);
    return server;
  }

  /** The process is gone. Its sockets are closed by the kernel, which also says so to their peers. */
  hostDown(host: LocalHost): void {
    for (const port of [...host.places.keys()]) host.unlistens(port);
  }

  portClosed(host: LocalHost, port: number): void {
    for (const [key, face] of [...this.faces]) {
      if (!key.endsWith(`>${host.name}:${port}`)) continue;
      this.faces.delete(key);
      void face.then(
        (server) => server.close(),
        () => {},
      );
    }
  }

  /** Everything ends. */
  dispose(): void {
    this.isOver = true;
    for (const link of [...this.links]) link.reset('reset');
    for (const face of this.faces.values())
      void face.then(
        (server) => server.close(),
        () => {},
      );
    this.faces.clear();
    this.subnet.release();
  }

  private get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  private add(name: string, service: string, isOutside: boolean): LocalHost {
    const number = ++this.lastAddress;
    const host = new LocalHost(this, name, service, this.subnet.face(number), this.subnet.real(number), isOutside);
    this.byName.set(name, host);
    this.byFace.set(host.face, host);
    return host;
  }

  private changeRules(rules: readonly PacketRule[]): void {
    this.rules = rules;
    for (const routes of this.routes.values()) for (const route of routes.values()) route.choose(rules);
  }

  private handshake(
    client: LocalHost,
    server: LocalHost,
    port: number,
    id: number,
    isDone: () => boolean,
    done: (outcome: Outcome) => void,
  ): void {
    const forth = this.route(client, server);
    const back = this.route(server, client);
    let tries = 0;
    const later = (us: number, run: () => void) =>
      us === 0 ? run() : void this.scheduler.after(us, () => !isDone() && run());
    const send = (): void => {
      if (isDone()) return;
      const again = () => {
        if (tries === SYN_RETRIES_MAX) {
          done({ error: 'ETIMEDOUT' });
          return;
        }
        const waitUs = SYN_TIMEOUT_US * 2 ** Math.max(0, tries - SYN_LINEAR_RETRIES);
        tries++;
        this.scheduler.after(waitUs, send);
      };
      const syn = forth.decide('syn', id, 0);
      if (syn === RESET) done({ error: 'ECONNREFUSED' });
      else if (syn === DROP) again();
      else
        later(Math.max(0, syn), () => {
          const place = server.isUp ? server.places.get(port) : undefined;
          if (place === undefined || (client !== server && isLoopbackOnly(place.address))) {
            done({ error: 'ECONNREFUSED' });
            return;
          }
          const answer = back.decide('syn-ack', id, 0);
          if (answer === DROP) again();
          else if (answer === RESET) done({ error: 'ECONNREFUSED' });
          else later(Math.max(0, answer), () => done({ error: null, server }));
        });
    };
    // Never from inside the caller's own call.
    this.scheduler.after(0, send);
  }

  private face(client: LocalHost, server: LocalHost, port: number): Promise<net.Server> {
    const key = this.hasOwnAddresses ? `>${server.name}:${port}` : keyOf(client, server, port);
    let face = this.faces.get(key);
    if (face === undefined) {
      face = this.openFace(client, server, port);
      this.faces.set(key, face);
      face.catch(() => this.faces.delete(key));
    }
    return face;
  }

  private async openFace(client: LocalHost, server: LocalHost, port: number): Promise<net.Server> {
    const listener = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
      const caller = this.hasOwnAddresses ? this.byFace.get(socket.remoteAddress ?? '') : client;
      const id = caller === undefined ? undefined : this.admitted.get(keyOf(caller, server, port))?.shift();
      // Somebody on this machine who is no part of the project.
      if (caller === undefined || id === undefined) socket.resetAndDestroy();
      else this.joinSocket(id, caller, server, port, socket);
    });
    if (!this.hasOwnAddresses) await listening(listener, '127.0.0.1', 0);
    // Somebody else on this machine may have the port on all addresses.
    else await listening(listener, server.face, port).catch(() => listening(listener, server.face, 0));
    if (this.isOver) listener.close();
    return listener;
  }

  private joinSocket(id: number, client: LocalHost, server: LocalHost, port: number, socket: net.Socket): void {
    const link = this.join(id, client, server, port, {
      onOpen: () => void socket.resume(),
      write: (bytes) => socket.write(bytes),
      end: () => void socket.end(),
      reset: () => void socket.resetAndDestroy(),
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
    });
    let isReset = false;
    socket.on('data', (chunk) => link.sent(new Uint8Array(chunk)));
    socket.on('end', () => link.ended());
    socket.on('drain', () => link.drained());
    socket.on('error', () => {
      isReset = true;
    });
    socket.on('close', () => link.closed(isReset));
    // Attaching a listener for data must not start what is to wait for the far end.
    if (link.key === '') socket.pause();
  }
}

function keyOf(client: LocalHost, server: LocalHost, port: number): string {
  return `${client.name}>${server.name}:${port}`;
}

function isLoopbackOnly(address: string): boolean {
  return (
    address === 'localhost' || address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')
  );
}

function listening(server: net.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
