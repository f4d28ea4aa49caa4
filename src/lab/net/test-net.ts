/** The vocabulary of this folder's tests: a network with a trace, and owners of connections that write down what they are told. */
import { Random } from '../core/random.ts';
import { Scheduler } from '../core/scheduler.ts';
import { Trace } from '../core/trace.ts';
import { createNetwork } from './lan.ts';
import type {
  Connection,
  ConnectionHandler,
  Host,
  Listener,
  NetErrorCode,
  Network,
  Packet,
  PacketRule,
} from './network.ts';

export class TestNet {
  readonly scheduler = new Scheduler();
  readonly trace = new Trace();
  readonly network: Network;

  constructor(seed = 1) {
    this.network = createNetwork({ scheduler: this.scheduler, trace: this.trace, random: new Random(seed) });
  }

  /** A host that is up; its service is its name without the number. */
  host(name: string): Host {
    const host = this.network.addHost(name, name.replace(/-\d+$/, ''));
    host.up();
    return host;
  }

  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  /** Lets `ms` pass; throws when that takes more than a million events. */
  run(ms: number): void {
    let events = 0;
    const isDone = this.scheduler.runUntil(this.scheduler.nowUs + ms * 1000, () => ++events > 1_000_000);
    if (!isDone) throw new Error('A million events: something goes round in circles.');
  }

  /** A peer that connects from `from`. */
  connect(from: Host, address: string, port: number): TestPeer {
    const peer = new TestPeer(this);
    peer.connection = from.connect({ address, port, handler: peer, cause: 0 });
    return peer;
  }

  /** Listens and collects what is accepted. */
  listen(host: Host, port: number, backlog = 511, address = '0.0.0.0'): TestServer {
    const server: TestServer = {
      accepted: [],
      listener: host.listen(port, address, backlog, (connection) => {
        const peer = new TestPeer(this);
        peer.connection = connection;
        peer.told.push(`accept ${this.nowMs}`);
        connection.handler = peer;
        server.accepted.push(peer);
        server.onAccept?.(peer);
      }),
    };
    return server;
  }

  /** Both ends of an open connection; no time is left on the wire. */
  pair(from: Host, to: Host, port = 80): [TestPeer, TestPeer] {
    const server = this.listen(to, port);
    const client = this.connect(from, to.address, port);
    this.run(10);
    return [client, server.accepted[0]!];
  }

  /** A rule for packets from `from` to `to`, hosts by name; `*` is any. */
  rule(from: string, to: string, decide: (packet: Packet) => number, bytesPerSecond?: number): () => void {
    const rule: PacketRule = {
      name: `test: ${from} to ${to}`,
      ...(bytesPerSecond !== undefined && { bytesPerSecond }),
      concerns: (a, b) => (from === '*' || from === a.name) && (to === '*' || to === b.name),
      decide,
    };
    return this.network.addRule(rule);
  }
}

export interface TestServer {
  readonly accepted: TestPeer[];
  readonly listener: Listener;
  onAccept?: (peer: TestPeer) => void;
}

/** An owner of one end. `told` has each callback and its time in ms. */
export class TestPeer implements ConnectionHandler {
  connection!: Connection;
  readonly told: string[] = [];
  readonly received: Uint8Array[] = [];
  onDataHook: ((peer: TestPeer) => void) | null = null;
  onDrainHook: ((peer: TestPeer) => void) | null = null;
  onConnectHook: ((peer: TestPeer) => void) | null = null;
  onEndHook: ((peer: TestPeer) => void) | null = null;
  private readonly net: TestNet;

  constructor(net: TestNet) {
    this.net = net;
  }

  get text(): string {
    return this.received.map((chunk) => String.fromCharCode(...chunk)).join('');
  }

  get receivedBytes(): number {
    return this.received.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  send(text: string, cause = 0): boolean {
    return this.connection.write(bytesOf(text), cause);
  }

  onConnect(): void {
    this.note('connect');
    this.onConnectHook?.(this);
  }
  onData(chunk: Uint8Array): void {
    this.received.push(chunk);
    this.note(`data ${chunk.length}`);
    this.onDataHook?.(this);
  }
  onEnd(): void {
    this.note('end');
    this.onEndHook?.(this);
  }
  onDrain(): void {
    this.note('drain');
    this.onDrainHook?.(this);
  }
  onError(code: NetErrorCode, syscall: string): void {
    this.note(`${syscall} ${code}`);
  }
  onClose(): void {
    this.note('close');
  }

  private note(what: string): void {
    this.told.push(`${what} ${this.net.nowMs}`);
  }
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
