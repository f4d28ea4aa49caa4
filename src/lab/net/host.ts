/** One machine: its address, its ports, and what its process may ask of the network. */

import type { Lan } from './lan.ts';
import {
  type Connection,
  type ConnectOptions,
  type Host,
  type Listener,
  type LookupCallback,
  NetError,
} from './network.ts';
import { EphemeralPorts } from './ports.ts';
import { Route } from './route.ts';
import { Slab } from './segment.ts';
import { TcpEnd } from './tcp/index.ts';

/** net.core.somaxconn caps what a listener asks for. */
const BACKLOG_MAX = 4096;
/** tcp_fin_timeout: how long an orphan stays in FIN_WAIT_2. */
const FIN_TIMEOUT_US = 60_000_000;
/** Three ARP requests a second apart find nobody. */
const ARP_FAILS_US = 3_000_000;

/** Where ports of listeners that let the system choose are booked. */
const LISTENING = '';

export class LabHost implements Host {
  readonly name: string;
  readonly service: string;
  readonly address: string;
  /** The world outside: reached over the longer way, never named by DNS. */
  readonly isOutside: boolean;
  isUp = false;
  openConnections = 0;
  onSend: (() => void) | null = null;
  deliver: (run: () => void) => void = runNow;
  /** Counts processes on this host, so that an answer to a dead one is not given to the next. */
  life = 0;
  readonly ends = new Set<TcpEnd>();
  /** What is on its way to the process here. A process can look at all of an array that it is given a part of. */
  slab = new Slab();
  /** Closed here and not there, with the time until which the kernel waits; in the order of that time. */
  private readonly orphans = new Map<TcpEnd, number>();
  private readonly lan: Lan;
  private readonly listeners = new Map<number, LabListener>();
  private readonly ports: EphemeralPorts;
  private readonly routes = new Map<LabHost, Route>();

  constructor(lan: Lan, name: string, service: string, address: string, isOutside: boolean) {
    this.lan = lan;
    this.name = name;
    this.service = service;
    this.address = address;
    this.isOutside = isOutside;
    this.ports = new EphemeralPorts((below) => lan.random.below(below));
  }

  connect({ address, port, handler, cause }: ConnectOptions): Connection {
    this.expireOrphans();
    // Linux takes the unspecified address to mean this host.
    const isLoopback =
      isLoopbackAddress(address) || address === '0.0.0.0' || address === '::' || address === this.address;
    const remote = isLoopback ? this : this.lan.hostAt(address);
    const remoteAddress = isLoopback && address !== this.address ? '127.0.0.1' : address;
    const localPort = this.takePort(`${remoteAddress}:${port}`);
    const end = new TcpEnd({
      lan: this.lan,
      host: this,
      remote: remote ?? this,
      isActive: true,
      wire: this.lan.newWire(this.name, remote?.name ?? address, port, cause),
      localAddress: address === this.address || !isLoopback ? this.address : '127.0.0.1',
      localPort: localPort ?? 0,
      remoteAddress,
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
    const chosen = port === 0 ? this.takePort(LISTENING) : port;
    if (chosen === null || (port !== 0 && this.listeners.has(port))) {
      const at =
        address.includes(':') || address === '' ? `${address === '' ? '::' : address}:${port}` : `${address}:${port}`;
      throw new NetError('EADDRINUSE', `listen EADDRINUSE: address already in use ${at}`);
    }
    const listener = new LabListener(this, address, chosen, Math.min(backlog, BACKLOG_MAX), onConnection);
    this.listeners.set(chosen, listener);
    return listener;
  }

  lookup(name: string, callback: LookupCallback, cause = 0): void {
    const { scheduler, trace } = this.lan;
    const startMs = scheduler.nowUs / 1000;
    this.lan.dns.lookup(this, name, (error, addresses, ttlMs) => {
      if (error !== null) {
        trace.record({
          kind: 'connection',
          atMs: scheduler.nowUs / 1000,
          id: 0,
          state: 'unresolved',
          from: this.name,
          to: name,
          port: 0,
          ...(cause > 0 && { cause }),
          error,
          startMs,
        });
      }
      callback(error, addresses, ttlMs);
    });
  }

  up(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.slab = new Slab();
    this.life++;
  }

  down(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.life++;
    this.listeners.clear();
    for (const end of [...this.ends]) end.ownerDied();
    this.ends.clear();
    this.orphans.clear();
    this.ports.clear();
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
      route.choose(this.lan.rules, this.lan.scheduler.nowUs);
      this.routes.set(other, route);
    }
    return route;
  }

  /** The rules in force have changed. */
  rulesChanged(): void {
    for (const route of this.routes.values()) route.choose(this.lan.rules, this.lan.scheduler.nowUs);
  }

  forgetRouteTo(other: LabHost): void {
    this.routes.delete(other);
  }

  /** Its process has closed it and forgotten it; the kernel waits for the peer's FIN, but not for ever. */
  orphaned(end: TcpEnd): void {
    this.orphans.set(end, this.lan.scheduler.nowUs + FIN_TIMEOUT_US);
  }

  /** The connection is over: its port is free again, or after TIME_WAIT. The world outside is many machines. */
  release(end: TcpEnd, isActive: boolean, mustWait: boolean): void {
    this.ends.delete(end);
    this.orphans.delete(end);
    if (!isActive) return;
    const destination = `${end.remoteAddress}:${end.remotePort}`;
    if (mustWait && !this.isOutside) this.ports.releaseLate(destination, end.localPort, this.lan.scheduler.nowUs);
    else this.ports.release(destination, end.localPort);
  }

  get timeWaits(): number {
    return this.ports.waiting(this.lan.scheduler.nowUs);
  }

  get bufferedBytes(): number {
    let bytes = 0;
    for (const end of this.ends) bytes += end.bufferedBytes;
    return bytes;
  }

  stopListening(listener: LabListener): void {
    if (this.listeners.get(listener.port) !== listener) return;
    this.listeners.delete(listener.port);
    this.ports.release(LISTENING, listener.port);
    for (const end of [...this.ends]) end.listenerClosed(listener);
  }

  /** Nobody notices an orphan before its port is wanted, so none needs a timer. */
  private expireOrphans(): void {
    const { nowUs } = this.lan.scheduler;
    for (const [end, untilUs] of this.orphans) {
      if (untilUs > nowUs) return;
      this.orphans.delete(end);
      end.expireOrphan();
    }
  }

  /** A free ephemeral port, null when all are taken. */
  private takePort(destination: string): number | null {
    return this.ports.take(destination, this.lan.scheduler.nowUs, (port) => this.listeners.has(port));
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

  /** Linux lets one more in than was asked for (sk_acceptq_is_full). */
  get isFull(): boolean {
    return this.waiting > this.backlog;
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
