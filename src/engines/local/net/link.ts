/**
 * One TCP connection between two hosts, through the proxy: a near end (a replica's socket, or the engine's own client)
 * and a far end (a socket to the listener's real place). Both ways obey the rules in force, and the tap reads along.
 */
import net from 'node:net';
import type { ConnectionTap } from '../../../lab/net/http-tap.ts';
import { CauseReader } from './cause.ts';
import type { LocalHost } from './host.ts';
import type { LocalNetwork } from './local-network.ts';
import { QUEUE_BYTES_MAX, Way } from './way.ts';

/** The side that has begun the connection. */
export interface NearEnd {
  write(bytes: Uint8Array): boolean;
  end(): void;
  reset(): void;
  pause(): void;
  resume(): void;
  /** The listener has accepted. */
  onOpen(): void;
}

/** Requests of a connection whose numbers are still known. */
const REQUESTS_KEPT = 256;

export interface LinkOptions {
  readonly network: LocalNetwork;
  readonly id: number;
  readonly client: LocalHost;
  readonly server: LocalHost;
  readonly port: number;
  readonly near: NearEnd;
}

export class Link {
  readonly id: number;
  readonly client: LocalHost;
  readonly server: LocalHost;
  readonly port: number;
  /** How the server's process names the client's end: `address:port`. '' until it is open. */
  key = '';
  private readonly network: LocalNetwork;
  private readonly near: NearEnd;
  private readonly far: net.Socket;
  private readonly forth: Way;
  private readonly back: Way;
  private readonly tap: ConnectionTap;
  private readonly causes: CauseReader | null;
  private readonly requests: number[] = [];
  private forgotten = 0;
  private sentBytes = 0;
  private nearEnded = false;
  /** Its socket is closed both ways: what comes now is answered by an RST. */
  private isNearGone = false;
  private farEnded = false;
  private isOver = false;

  constructor({ network, id, client, server, port, near }: LinkOptions) {
    this.network = network;
    this.id = id;
    this.client = client;
    this.server = server;
    this.port = port;
    this.near = near;
    const { scheduler } = network;
    this.tap = network.tap.watch(id, client, server, () => this.sentBytes);
    this.causes = client.isOutside ? null : new CauseReader(network.causeHeader);
    this.forth = new Way(network.route(client, server), id, scheduler, {
      deliver: (bytes) => this.toFar(bytes),
      deliverEnd: () => this.far.end(),
      reset: () => this.reset('reset'),
      onDrain: () => this.near.resume(),
    });
    this.back = new Way(network.route(server, client), id, scheduler, {
      deliver: (bytes) => this.toNear(bytes),
      deliverEnd: () => this.toNearEnd(),
      reset: () => this.reset('reset'),
      onDrain: () => this.far.resume(),
    });
    this.far = this.openFar();
  }

  /** From the client. */
  sent(chunk: Uint8Array): void {
    if (this.isOver) return;
    if (this.causes === null) this.send(chunk, '');
    else this.causes.read(chunk, (bytes, cause) => this.send(bytes, cause));
    if (this.forth.queuedBytes > QUEUE_BYTES_MAX) this.near.pause();
  }

  /** The client will write no more. */
  ended(): void {
    if (this.isOver || this.nearEnded) return;
    this.nearEnded = true;
    const rest = this.causes?.end();
    if (rest) this.send(rest, '');
    // A client of HTTP that ends its side waits for nothing any more.
    this.tap.fail('aborted');
    this.forth.end();
    this.finish();
  }

  /** The client's socket is gone, with or without an error. */
  closed(isReset: boolean): void {
    if (this.isOver) return;
    if (isReset) {
      this.tap.fail('aborted');
      this.far.resetAndDestroy();
      this.over('reset');
    } else {
      this.isNearGone = true;
      this.ended();
    }
  }

  /** The client takes bytes again. */
  drained(): void {
    if (!this.isOver && this.back.queuedBytes <= QUEUE_BYTES_MAX) this.far.resume();
  }

  /** RST to both. */
  reset(outcome: 'reset' | 'timeout'): void {
    if (this.isOver) return;
    this.tap.fail(outcome);
    this.near.reset();
    this.far.resetAndDestroy();
    this.over('reset');
  }

  /** The id of the n-th request on this connection; 0 when it is not known. */
  requestNumber(n: number): number {
    return this.requests[n - 1 - this.forgotten] ?? 0;
  }

  private send(bytes: Uint8Array, cause: string): void {
    const before = this.tap.lastId;
    this.tap.sent(bytes, cause === '' ? 0 : this.network.requestOf(cause));
    if (this.tap.lastId !== before) {
      this.requests.push(this.tap.lastId);
      if (this.requests.length > REQUESTS_KEPT) {
        this.requests.shift();
        this.forgotten++;
      }
    }
    if (bytes.length > 0) this.forth.push(bytes);
  }

  private toFar(bytes: Uint8Array): void {
    this.sentBytes += bytes.length;
    if (!this.far.write(bytes)) this.near.pause();
  }

  private toNear(bytes: Uint8Array): void {
    this.tap.received(bytes);
    if (this.isNearGone) {
      this.far.resetAndDestroy();
      this.over('closed');
    } else if (!this.near.write(bytes)) this.far.pause();
  }

  private toNearEnd(): void {
    this.tap.serverEnded();
    this.near.end();
    this.farEnded = true;
    this.finish();
  }

  private openFar(): net.Socket {
    const { network, server, client, port } = this;
    const place = server.places.get(port);
    const far = net.connect({
      host: server.real,
      port: place?.realPort ?? port,
      ...(network.hasOwnAddresses && client !== server ? { localAddress: client.face } : {}),
      allowHalfOpen: true,
      noDelay: true,
    });
    far.on('connect', () => {
      this.key = `${far.localAddress}:${far.localPort}`;
      network.opened(this);
      this.near.onOpen();
    });
    far.on('data', (chunk) => {
      this.back.push(new Uint8Array(chunk));
      if (this.back.queuedBytes > QUEUE_BYTES_MAX) far.pause();
    });
    far.on('end', () => this.back.end());
    far.on('drain', () => {
      if (this.forth.queuedBytes <= QUEUE_BYTES_MAX) this.near.resume();
    });
    // 'close' follows.
    far.on('error', () => {});
    far.on('close', (hadError) => {
      if (this.isOver) return;
      if (hadError) this.reset('reset');
      else if (this.nearEnded && this.farEnded) this.over('closed');
    });
    return far;
  }

  private finish(): void {
    if (this.nearEnded && this.farEnded) this.over('closed');
  }

  private over(state: 'closed' | 'reset'): void {
    if (this.isOver) return;
    this.isOver = true;
    this.back.stop();
    if (state === 'reset') this.forth.stop();
    this.network.closed(this, state);
  }
}
