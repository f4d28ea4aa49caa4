/** One replica on this machine's loopback, or the world outside: where it listens, and what it may ask of the network. */
import type {
  Connection,
  ConnectionHandler,
  ConnectOptions,
  Host,
  Listener,
  LookupCallback,
  NetErrorCode,
} from '../../../lab/net/network.ts';
import type { Link, NearEnd } from './link.ts';
import type { LocalNetwork } from './local-network.ts';

export interface Place {
  /** As the program gave it to listen. */
  readonly address: string;
  readonly realPort: number;
}

export class LocalHost implements Host {
  readonly name: string;
  readonly service: string;
  /** What names resolve to, and from where its connections come. */
  readonly face: string;
  /** Where its listeners really are. */
  readonly real: string;
  readonly isOutside: boolean;
  isUp = false;
  openConnections = 0;
  inFlight = 0;
  life = 0;
  onSend: (() => void) | null = null;
  deliver: (run: () => void) => void = (run) => run();
  /** Ports on which its processes listen. */
  readonly places = new Map<number, Place>();
  private readonly network: LocalNetwork;

  constructor(network: LocalNetwork, name: string, service: string, face: string, real: string, isOutside: boolean) {
    this.network = network;
    this.name = name;
    this.service = service;
    this.face = face;
    this.real = real;
    this.isOutside = isOutside;
  }

  get address(): string {
    return this.face;
  }

  get bufferedBytes(): number {
    return 0;
  }

  get timeWaits(): number {
    return 0;
  }

  connect({ address, port, handler }: ConnectOptions): Connection {
    return new EngineConnection(this.network, this, address, port, handler);
  }

  listen(): Listener {
    throw new Error('The engine itself does not listen on the network of a project.');
  }

  lookup(name: string, callback: LookupCallback): void {
    this.network.dns.lookup(this, name, callback);
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
    this.network.hostDown(this);
  }

  /** A process of it listens. */
  listens(port: number, place: Place): void {
    this.places.set(port, place);
  }

  unlistens(port: number): void {
    this.places.delete(port);
    this.network.portClosed(this, port);
  }
}

/** A connection of the engine's own: of a load, a request, a health check. Its near end is no socket. */
class EngineConnection implements Connection {
  readonly id: number;
  readonly localAddress: string;
  readonly localPort = 0;
  readonly remoteAddress: string;
  readonly remotePort: number;
  handler: ConnectionHandler;
  readonly bytesQueued = 0;
  bytesRead = 0;
  bytesWritten = 0;
  private link: Link | null = null;
  private waiting: Uint8Array[] | null = [];
  private isClosed = false;
  private readonly cancel: () => void;

  constructor(network: LocalNetwork, host: LocalHost, address: string, port: number, handler: ConnectionHandler) {
    this.localAddress = host.face;
    this.remoteAddress = address;
    this.remotePort = port;
    this.handler = handler;
    const { id, cancel } = network.admit(host, address, port, (outcome) => {
      if (this.isClosed) return;
      if (outcome.error === null) this.link = network.join(id, host, outcome.server, port, this.near());
      else this.fail(outcome.error, 'connect');
    });
    this.id = id;
    this.cancel = cancel;
  }

  write(bytes: Uint8Array): boolean {
    if (this.isClosed) return false;
    this.bytesWritten += bytes.length;
    if (this.waiting !== null) this.waiting.push(bytes.slice());
    else this.link?.sent(bytes.slice());
    return true;
  }

  end(): void {
    this.link?.ended();
  }

  reset(): void {
    if (!this.leave(true)) return;
    this.handler.onClose();
  }

  close(): void {
    this.leave(false);
  }

  pauseReading(): void {}
  resumeReading(): void {}
  setKeepAlive(): void {}

  private leave(isReset: boolean): boolean {
    if (this.isClosed) return false;
    this.isClosed = true;
    if (this.link === null) this.cancel();
    else this.link.closed(isReset);
    return true;
  }

  private fail(code: NetErrorCode, syscall: 'connect' | 'read'): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.handler.onError(code, syscall);
    this.handler.onClose();
  }

  private near(): NearEnd {
    return {
      onOpen: () => {
        if (this.isClosed) return;
        const { waiting } = this;
        this.waiting = null;
        this.handler.onConnect();
        for (const bytes of waiting ?? []) this.link?.sent(bytes);
      },
      write: (bytes) => {
        this.bytesRead += bytes.length;
        if (!this.isClosed) this.handler.onData(bytes);
        return true;
      },
      end: () => {
        if (!this.isClosed) this.handler.onEnd();
      },
      reset: () => this.fail('ECONNRESET', this.waiting === null ? 'read' : 'connect'),
      pause: () => {},
      resume: () => {},
    };
  }
}
