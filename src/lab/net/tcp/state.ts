/** What one end of a connection knows. The layers above it share this state and nothing else. */

import type { ScheduledEvent } from '../../core/scheduler.ts';
import type { LabHost, LabListener } from '../host.ts';
import type { Lan } from '../lan.ts';
import type { ConnectionHandler, NetErrorCode } from '../network.ts';
import type { Route } from '../route.ts';
import type { Segment } from '../segment.ts';
import type { TcpEnd } from './end.ts';
import type { Wire } from './wire.ts';

/** What the owner is still to be told, as bits. */
export const CONNECTED = 1;
export const ACCEPTED = 2;
export const DRAINED = 4;
export const FAILED = 8;
export const CLOSED = 16;

export type State =
  | 'connecting' // SYN sent
  | 'accepting' // SYN received; the third segment of the handshake is on its way
  | 'open'
  | 'gone'; // nothing will be sent or accepted any more

export interface EndOptions {
  readonly lan: Lan;
  readonly host: LabHost;
  readonly remote: LabHost;
  readonly isActive: boolean;
  readonly wire: Wire;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

export abstract class EndState {
  readonly id: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  handler: ConnectionHandler = DEAF;
  bytesRead = 0;
  bytesWritten = 0;

  protected readonly lan: Lan;
  protected readonly host: LabHost;
  protected readonly remote: LabHost;
  protected readonly isActive: boolean;
  protected readonly wire: Wire;
  protected readonly route: Route;
  protected readonly back: Route;
  protected state: State;
  protected peer: TcpEnd | null = null;
  protected listener: LabListener | null = null;
  protected isCounted = false;

  // What the owner knows and wants.
  protected notices = 0;
  protected isWaking = false;
  protected isReadingPaused = false;
  /** end() or close() was called: FIN follows the last byte. */
  protected hasEnded = false;
  /** close() or reset() was called: only onClose is still to be told. */
  protected isAbandoned = false;
  /** onClose was told, or the owner is dead. */
  protected isOver = false;
  protected isEndTold = false;
  protected wantsDrain = false;
  protected error: NetErrorCode | null = null;
  protected errorSyscall: 'connect' | 'read' | 'write' = 'read';

  // Receiving: bytes in the kernel that the process has not taken.
  protected receivedFirst: Uint8Array | null = null;
  protected receivedRest: Uint8Array[] | null = null;
  protected receivedBytes = 0;
  protected hasFinArrived = false;

  // Sending. The list of segments begins at the oldest that is not acknowledged.
  protected oldest: Segment | null = null;
  protected nextToArrive: Segment | null = null;
  protected tail: Segment | null = null;
  protected unackedBytes = 0;
  protected lastArrivalUs = 0;
  protected unsent: Uint8Array[] = [];
  protected unsentBytes = 0;
  /** Causes of `unsent` while connecting: the tap sees bytes when the connection opens. */
  protected earlyCauses: number[] | null = null;
  /** The third segment of the handshake is still to be sent. */
  protected mustOpen = false;
  protected hasFinLeft = false;
  /** This end's FIN was first: its port waits a minute. */
  protected wasFirstToClose = false;
  /** What swallowed data of this end, and swallows all that follows; null while the stream is whole. */
  protected hole: string | null = null;
  /** Waits for the peer's window to open. */
  protected isBlocked = false;
  protected wakeEvent: ScheduledEvent | null = null;

  // Retransmission.
  /** Waits for the timer; writes only queue. */
  protected isStalled = false;
  protected hasLostAcks = false;
  protected retries = 0;
  protected rtoUs = 0;
  protected rttUs: number;
  protected timer: ScheduledEvent | null = null;

  // Keep-alive.
  protected keepAliveUs = 0;
  protected keepAliveTimer: ScheduledEvent | null = null;
  protected probesFailed = 0;
  protected lastHeardUs = 0;

  constructor(options: EndOptions) {
    const { lan, host, remote, isActive, wire } = options;
    this.id = wire.id;
    this.localAddress = options.localAddress;
    this.localPort = options.localPort;
    this.remoteAddress = options.remoteAddress;
    this.remotePort = options.remotePort;
    this.lan = lan;
    this.host = host;
    this.remote = remote;
    this.isActive = isActive;
    this.wire = wire;
    this.route = host.routeTo(remote);
    this.back = remote.routeTo(host);
    this.rttUs = this.route.latencyUs + this.back.latencyUs;
    this.state = isActive ? 'connecting' : 'accepting';
  }

  // What a layer needs of those above it.
  abstract receive(segment: Segment): void;
  abstract peerHasRead(): void;
  protected abstract cut(): void;
  protected abstract lose(segment: Segment): void;
  protected abstract arm(nowUs: number): void;
  protected abstract settle(ackUs: number): void;
  protected abstract fail(code: NetErrorCode, syscall: 'connect' | 'read'): void;
  abstract sendRst(): void;
  protected abstract release(isOrderly: boolean): void;
  abstract expireHandshake(): void;
  protected abstract accept(): void;
  protected abstract createPeer(listener: LabListener): TcpEnd;

  protected disarm(event: ScheduledEvent | null): null {
    if (event !== null) this.lan.scheduler.cancel(event);
    return null;
  }

  /** `segment`: absent for what carries nothing. */
  protected recordPacket(
    atUs: number,
    bytes: number,
    fate: 'delivered' | 'dropped' | 'retransmitted',
    segment?: Segment,
  ): void {
    const { id: connection, lan } = this;
    const from = this.host.name;
    const to = this.remote.name;
    lan.trace.packet(atUs, connection, from, to, bytes, fate);
    lan.onPacket?.({
      atMs: atUs / 1000,
      connection,
      from,
      to,
      bytes,
      fate,
      isFin: !!segment?.fin,
      isRst: !!segment?.rst,
      data: segment ? segment.view().slice(0, SEEN_BYTES_MAX) : new Uint8Array(0),
    });
  }
}

/** More of one packet nobody reads as bytes. */
const SEEN_BYTES_MAX = 4096;

const DEAF: ConnectionHandler = {
  onConnect() {},
  onData() {},
  onEnd() {},
  onDrain() {},
  onError() {},
  onClose() {},
};
