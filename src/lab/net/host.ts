/** One machine: its address, its ports, and what its process may ask of the network. */

import type { Lan } from './lan.ts';
import {
  type Connection,
  type ConnectOptions,
  type Host,
  type Listener,
  NetError,
  type NetErrorCode,
} from './network.ts';
import { Route } from './route.ts';
import { TcpEnd } from './tcp.ts';

/** net.ipv4.ip_local_port_range of Linux. */
const EPHEMERAL_FIRST = 32768;
const EPHEMERAL_LAST = 60999;
/** net.core.somaxconn caps what a listener asks for. */
const BACKLOG_MAX = 4096;
/** Three ARP requests a second apart find nobody. */
const ARP_FAILS_US = 3_000_000;

export class LabHost implements Host {
  readonly name: string;
  readonly service: string;
  readonly address: string;
  /** The world outside: reached over the longer way, never named by DNS. */
  readonly isOutside: boolean;
  isUp = false;
  openConnections = 0;
  deliver: (run: () => void) => void = runNow;
  /** Counts processes on this host, so that an answer to a dead one is not given to the next. */
  life = 0;
  readonly ends = new Set<TcpEnd>();
  private readonly lan: Lan;
  private readonly listeners = new Map<number, LabListener>();
  private readonly portsInUse = new Set<number>();
  private readonly routes = new Map<LabHost, Route>();
  private nextPort: number;

  constructor(lan: Lan, name: string, service: string, address: string, isOutside: boolean) {
    this.lan = lan;
    this.name = name;
    this.service = service;
    this.address = address;
    this.isOutside = isOutside;
    this.nextPort = EPHEMERAL_FIRST + lan.random.below(EPHEMERAL_LAST - EPHEMERAL_FIRST + 1);
  }

  connect({ address, port, handler }: ConnectOptions): Connection {
    // Linux takes the unspecified address to mean this host.
    const isLoopback =
      isLoopbackAddress(address) || address === '0.0.0.0' || address === '::' || address === this.address;
    const remote = isLoopback ? this : this.lan.hostAt(address);
    const localPort = this.takePort();
    const end = new TcpEnd({
      lan: this.lan,
      host: this,
      remote: remote ?? this,
      isActive: true,
      wire: this.lan.newWire(this.name, remote?.name ?? address, port),
      localAddress: address === this.address || !isLoopback ? this.address : '127.0.0.1',
      localPort: localPort ?? 0,
      remoteAddress: isLoopback && address !== this.address ? '127.0.0.1' : address,
      remotePort: port,
    });
    end.handler = handler;
    this.ends.add(end);
    // What outlives the process, as a probe that is under way, gets nowhere.
    if (!this.isUp) end.failAfter(0, 'EHOSTUNREACH');
    else if (localPort === null) end.failAfter(0, 'EADDRNOTAVAIL');
    // Another network is not routed at all; a neighbour that does not exist is looked for first.
    else if (remote === undefined) end.failAfter(address.startsWith('10.0.') ? ARP_FAILS_US : 0, 'EHOSTUNREACH');
    else end.connect();
    return end;
  }

  listen(port: number, address: string, backlog: number, onConnection: (connection: Connection) => void): Listener {
    if (!this.isUp) throw new Error(`Host ${this.name} is down: call up() before a process on it may listen.`);
    const chosen = port === 0 ? this.takePort() : port;
    if (chosen === null || (port !== 0 && this.listeners.has(port))) {
      const at =
        address.includes(':') || address === '' ? `${address === '' ? '::' : address}:${port}` : `${address}:${port}`;
      throw new NetError('EADDRINUSE', `listen EADDRINUSE: address already in use ${at}`);
    }
    const listener = new LabListener(this, address, chosen, Math.min(backlog, BACKLOG_MAX), onConnection);
    this.listeners.set(chosen, listener);
    this.portsInUse.add(chosen);
    return listener;
  }

  lookup(name: string, callback: (error: NetErrorCode | null, addresses: readonly string[]) => void): void {
    this.lan.dns.lookup(this, name, callback);
  }

  up(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.life++;
  }

  down(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.life++;
    this.listeners.clear();
    for (const end of [...this.ends]) end.ownerDied();
    this.ends.clear();
    this.portsInUse.clear();
    this.openConnections = 0;
    this.deliver = runNow;
  }

  /** The listener for a SYN to `port`; one on 127.0.0.1 does not hear other hosts. */
  listenerFor(port: number, isLoopback: boolean): LabListener | undefined {
    const listener = this.listeners.get(port);
    return listener !== undefined && (isLoopback || !isLoopbackAddress(listener.address)) ? listener : undefined;
  }

  routeTo(other: LabHost): Route {
    let route = this.routes.get(other);
    if (route === undefined) {
      route = new Route(this, other);
      route.choose(this.lan.rules);
      this.routes.set(other, route);
    }
    return route;
  }

  /** The rules in force have changed. */
  rulesChanged(): void {
    for (const route of this.routes.values()) route.choose(this.lan.rules);
  }

  forgetRouteTo(other: LabHost): void {
    this.routes.delete(other);
  }

  /** The connection is over: its port is free again. */
  release(end: TcpEnd, isActive: boolean): void {
    this.ends.delete(end);
    if (isActive) this.portsInUse.delete(end.localPort);
  }

  stopListening(listener: LabListener): void {
    if (this.listeners.get(listener.port) !== listener) return;
    this.listeners.delete(listener.port);
    this.portsInUse.delete(listener.port);
    for (const end of [...this.ends]) end.listenerClosed(listener);
  }

  /** A free ephemeral port, null when all are taken. */
  private takePort(): number | null {
    for (let tries = EPHEMERAL_FIRST; tries <= EPHEMERAL_LAST; tries++) {
      const port = this.nextPort;
      this.nextPort = port === EPHEMERAL_LAST ? EPHEMERAL_FIRST : port + 1;
      if (this.portsInUse.has(port)) continue;
      this.portsInUse.add(port);
      return port;
    }
    return null;
  }
}

export class LabListener implements Listener {
  readonly address: string;
  readonly port: number;
  readonly onConnection: (connection: Connection) => void;
  /** Connections begun and not yet handed to the process. */
  waiting = 0;
  private readonly host: LabHost;
  private readonly backlog: number;

  constructor(
    host: LabHost,
    address: string,
    port: number,
    backlog: number,
    onConnection: (connection: Connection) => void,
  ) {
    this.host = host;
    this.address = address;
    this.port = port;
    this.backlog = backlog;
    this.onConnection = onConnection;
  }

  get isFull(): boolean {
    return this.waiting >= this.backlog;
  }

  close(): void {
    this.host.stopListening(this);
  }
}

function isLoopbackAddress(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === 'localhost';
}

function runNow(run: () => void): void {
  run();
}
