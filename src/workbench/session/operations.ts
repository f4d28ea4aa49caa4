/**
 * What databases, caches and brokers did, put on the link it came by: their protocols are not HTTP, so the network's own
 * requests do not know of them. The connection says who asked.
 */
import type { ConnectionEvent, Endpoint, OperationEvent, RequestEvent } from '../../lab/core/events.ts';

export interface OpenConnection {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  /** It carries requests that the network has seen: what a proxy says of them again is not counted twice. */
  readonly isHttp: boolean;
}

export interface Told {
  readonly id: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** The server sent it by itself: a message to a consumer. */
  readonly isPush: boolean;
}

/** A broker's acknowledgements and its talk about channels move no message: drawn, they would be half of the marks. */
const QUIET =
  /^(?:basic\.(?!publish|deliver|get)|channel|connection|confirm|queue|exchange|tx)\b|^(?:HELLO|AUTH|CLIENT|PING)\b/;

/** Connections that are remembered; a program that leaks them must not fill the page. */
const KEPT = 20_000;

export class Operations {
  private readonly open: Map<number, OpenConnection>;
  private count = 0;

  constructor(open: Iterable<[number, OpenConnection]> = []) {
    this.open = new Map(open);
  }

  connection({ id, state, from, to, port }: ConnectionEvent): void {
    if (state === 'open') {
      this.open.set(id, { from, to, port, isHttp: false });
      if (this.open.size <= KEPT) return;
      const oldest = this.open.keys().next().value;
      if (oldest !== undefined) this.open.delete(oldest);
    } else if (state !== 'connecting') this.open.delete(id);
  }

  request({ connection }: RequestEvent): void {
    const open = this.open.get(connection);
    if (open !== undefined && !open.isHttp) this.open.set(connection, { ...open, isHttp: true });
  }

  /** Whose it was; null for the server's own work and for what is told already or is only talk. */
  tell({ connection, name }: OperationEvent): Told | null {
    const open = this.open.get(connection);
    if (open === undefined || open.isHttp || QUIET.test(name)) return null;
    return { id: -++this.count, from: open.from, to: open.to, isPush: name === 'basic.deliver' };
  }

  /** Who opened a connection that is open, and to where. */
  connectionOf(id: number): OpenConnection | undefined {
    return this.open.get(id);
  }

  copy(): Operations {
    const copy = new Operations(this.open);
    copy.count = this.count;
    return copy;
  }
}
