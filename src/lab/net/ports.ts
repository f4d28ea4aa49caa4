/**
 * A machine's ephemeral ports. One port serves connections to different destinations at a time, as on Linux; to one
 * destination (address and port) there are 28,232, and each that was closed from this side first stays taken for a
 * minute more, so that late packets of the old connection cannot be taken for the new one's (RFC 9293 §3.6.1).
 */

/** net.ipv4.ip_local_port_range of Linux. */
export const EPHEMERAL_FIRST = 32768;
export const EPHEMERAL_LAST = 60999;
const COUNT = EPHEMERAL_LAST - EPHEMERAL_FIRST + 1;
/** TCP_TIMEWAIT_LEN of Linux. tcp_tw_reuse is 2 by default: only on loopback may they be taken again sooner. */
export const TIME_WAIT_US = 60_000_000;

interface Destination {
  readonly taken: Set<number>;
  /** Ports in TIME_WAIT in the order in which they become free, from `first` on. */
  waits: { readonly port: number; readonly freeUs: number }[];
  first: number;
}

export class EphemeralPorts {
  private readonly destinations = new Map<string, Destination>();
  private next: number;

  /** `draw`: a random whole number below its argument. Linux begins at a random port, too. */
  constructor(draw: (below: number) => number) {
    this.next = EPHEMERAL_FIRST + draw(COUNT);
  }

  /** A free port towards `destination`, null when all are taken. Those for which `isBusy` are passed over. */
  take(destination: string, nowUs: number, isBusy: (port: number) => boolean): number | null {
    let known = this.destinations.get(destination);
    if (known === undefined) {
      known = { taken: new Set(), waits: [], first: 0 };
      this.destinations.set(destination, known);
    }
    expire(known, nowUs);
    if (known.taken.size >= COUNT) return null;
    for (let tries = 0; tries < COUNT; tries++) {
      const port = this.next;
      this.next = port === EPHEMERAL_LAST ? EPHEMERAL_FIRST : port + 1;
      if (known.taken.has(port) || isBusy(port)) continue;
      known.taken.add(port);
      return port;
    }
    return null;
  }

  release(destination: string, port: number): void {
    this.destinations.get(destination)?.taken.delete(port);
  }

  /** The connection is over, its port is not: TIME_WAIT. */
  releaseLate(destination: string, port: number, nowUs: number): void {
    this.destinations.get(destination)?.waits.push({ port, freeUs: nowUs + TIME_WAIT_US });
  }

  waiting(nowUs: number): number {
    let count = 0;
    for (const known of this.destinations.values()) {
      expire(known, nowUs);
      count += known.waits.length - known.first;
    }
    return count;
  }

  clear(): void {
    this.destinations.clear();
  }
}

function expire(known: Destination, nowUs: number): void {
  const { waits, taken } = known;
  while (known.first < waits.length && waits[known.first]!.freeUs <= nowUs) taken.delete(waits[known.first++]!.port);
  // Dropping the used-up front now and then keeps both time and memory in proportion.
  if (known.first > 1024 && known.first * 2 > waits.length) {
    known.waits = waits.slice(known.first);
    known.first = 0;
  }
}
