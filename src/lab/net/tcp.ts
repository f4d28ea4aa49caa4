/**
 * One end of a TCP connection: handshake, ordered bytes, windows, retransmission, FIN and RST, as an application on
 * Linux meets them (RFC 9293, RFC 6298; numbers from Linux, named below).
 *
 * Both ends are in one address space, so the sender knows at once whether a segment will arrive and whether its
 * acknowledgement will. A segment that arrives is one event; a timer exists only after something was lost, and an
 * acknowledgement is an event only when a full buffer waits for it. What is lost is sent again from the first lost
 * byte (go-back-N; what was written meanwhile goes along), after RTT + 200 ms as Linux does for a packet without
 * successors. There is no fast retransmission and no congestion window: the lab's segments are up to 64 KiB, and a
 * service's messages are one or two of them.
 */

import type { ConnectionEvent } from '../core/events.ts';
import type { ScheduledEvent } from '../core/scheduler.ts';
import type { LabHost, LabListener } from './host.ts';
import type { ConnectionTap } from './http-tap.ts';
import type { Lan } from './lan.ts';
import {
  type Connection,
  type ConnectionHandler,
  DROP,
  type Host,
  type NetErrorCode,
  RESET,
  SWALLOW,
} from './network.ts';
import type { Route } from './route.ts';
import { join, SEGMENT_BYTES_MAX, Segment } from './segment.ts';

/** tcp_rmem's default; the window starts at that and an application that reads keeps it open. */
export const RECEIVE_BUFFER_BYTES = 131072;
/** Linux starts at 16 KiB and grows to 4 MiB; here it is as large as the window that it has to fill. */
export const SEND_BUFFER_BYTES = 131072;
/** TCP_RTO_MIN, added to the round-trip time. */
const RTO_MIN_US = 200_000;
/** TCP_RTO_MAX */
const RTO_MAX_US = 120_000_000;
/** tcp_retries2: 200 ms, 400 ms … 102.4 s, then 6 × 120 s make 924.6 s. */
const RETRIES_MAX = 15;
/** tcp_orphan_retries: for an end whose process has closed it. */
const ORPHAN_RETRIES_MAX = 8;
const SYN_TIMEOUT_US = 1_000_000;
/** tcp_syn_retries: 1 + 2 + 4 + 8 + 16 + 32 + 64 s make 127 s. */
const SYN_RETRIES_MAX = 6;
/** tcp_synack_retries = 5: 1 + 2 + 4 + 8 + 16 + 32 s. */
const HANDSHAKE_EXPIRES_US = 63_000_000;
/** libuv sets TCP_KEEPINTVL and TCP_KEEPCNT so. */
const KEEP_ALIVE_INTERVAL_US = 1_000_000;
const KEEP_ALIVE_PROBES_MAX = 10;

type State =
  | 'connecting' // SYN sent
  | 'accepting' // SYN received; the third segment of the handshake is on its way
  | 'open'
  | 'gone'; // nothing will be sent or accepted any more

/** What the owner is still to be told, as bits. */
const CONNECTED = 1;
const ACCEPTED = 2;
const DRAINED = 4;
const FAILED = 8;
const CLOSED = 16;

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

export class TcpEnd implements Connection {
  readonly id: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  handler: ConnectionHandler = DEAF;
  bytesRead = 0;
  bytesWritten = 0;

  private readonly lan: Lan;
  private readonly host: LabHost;
  private readonly remote: LabHost;
  private readonly isActive: boolean;
  private readonly wire: Wire;
  private readonly route: Route;
  private readonly back: Route;
  private state: State;
  private peer: TcpEnd | null = null;
  private listener: LabListener | null = null;
  private isCounted = false;

  // What the owner knows and wants.
  private notices = 0;
  private isWaking = false;
  private isReadingPaused = false;
  /** end() or close() was called: FIN follows the last byte. */
  private hasEnded = false;
  /** close() or reset() was called: only onClose is still to be told. */
  private isAbandoned = false;
  /** onClose was told, or the owner is dead. */
  private isOver = false;
  private isEndTold = false;
  private wantsDrain = false;
  private error: NetErrorCode | null = null;
  private errorSyscall: 'connect' | 'read' | 'write' = 'read';

  // Receiving: bytes in the kernel that the process has not taken.
  private receivedFirst: Uint8Array | null = null;
  private receivedRest: Uint8Array[] | null = null;
  private receivedBytes = 0;
  private hasFinArrived = false;

  // Sending. The list of segments begins at the oldest that is not acknowledged.
  private oldest: Segment | null = null;
  private nextToArrive: Segment | null = null;
  private tail: Segment | null = null;
  private unackedBytes = 0;
  private lastArrivalUs = 0;
  private unsent: Uint8Array[] = [];
  private unsentBytes = 0;
  /** Causes of `unsent` while connecting: the tap sees bytes when the connection opens. */
  private earlyCauses: number[] | null = null;
  /** The third segment of the handshake is still to be sent. */
  private mustOpen = false;
  private hasFinLeft = false;
  /** This end's FIN was first: its port waits a minute. */
  private wasFirstToClose = false;
  /** What swallowed data of this end, and swallows all that follows; null while the stream is whole. */
  private hole: string | null = null;
  /** Waits for the peer's window to open. */
  private isBlocked = false;
  private wakeEvent: ScheduledEvent | null = null;

  // Retransmission.
  /** Waits for the timer; writes only queue. */
  private isStalled = false;
  private hasLostAcks = false;
  private retries = 0;
  private rtoUs = 0;
  private rttUs: number;
  private timer: ScheduledEvent | null = null;

  // Keep-alive.
  private keepAliveUs = 0;
  private keepAliveTimer: ScheduledEvent | null = null;
  private probesFailed = 0;
  private lastHeardUs = 0;

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

  // ---- What the owner calls ----

  get bytesQueued(): number {
    this.prune();
    return this.unsentBytes + this.unackedBytes;
  }

  /** What the kernel holds for its owner. */
  get bufferedBytes(): number {
    return this.bytesQueued + this.receivedBytes;
  }

  write(bytes: Uint8Array, cause: number): boolean {
    const length = bytes.length;
    if (this.isAbandoned || this.isOver || length === 0) return true;
    if (this.state === 'gone' || this.hasEnded) return this.failWrite();
    if (this.host.onSend !== null) this.host.onSend();
    this.bytesWritten += length;
    const { nowUs } = this.lan.scheduler;
    if (this.state === 'open') {
      if (this.isActive) this.wire.observer!.sent(bytes, cause);
      this.prune();
      const isFree = this.unsentBytes === 0 && !this.isStalled && length <= SEGMENT_BYTES_MAX;
      if (isFree && length <= this.room) this.sendNow(bytes, nowUs);
      else {
        this.keepUnsent(bytes);
        this.transmit(nowUs, false);
      }
    } else {
      (this.earlyCauses ??= []).push(cause);
      this.keepUnsent(bytes);
    }
    if (this.unsentBytes + this.unackedBytes < SEND_BUFFER_BYTES) return true;
    this.wantsDrain = true;
    this.wakeAtAck();
    return false;
  }

  end(): void {
    if (this.hasEnded || this.isOver) return;
    this.hasEnded = true;
    if (this.state === 'open') this.sendFin();
    // The peer's end that has come and was not told yet is told first.
    if (this.isEndTold || (this.state === 'gone' && !this.hasFinArrived)) this.tellLater(CLOSED);
  }

  close(): void {
    if (this.isAbandoned || this.isOver) return;
    // Linux answers for data that nobody will read with a reset (RFC 2525 §2.17).
    if (this.state === 'open' && this.receivedBytes > 0) {
      this.reset();
      return;
    }
    if (this.state === 'connecting') this.die();
    const hadEnded = this.hasEnded;
    this.hasEnded = true;
    if (this.state === 'open' && !hadEnded) this.sendFin();
    this.abandon();
    // With both FINs exchanged nothing is left to wait for; otherwise the kernel finishes alone.
    if (this.hasFinLeft && this.hasFinArrived) this.die();
  }

  reset(): void {
    if (this.isAbandoned || this.isOver) return;
    if (this.state === 'open') this.sendRst();
    this.die();
    this.abandon();
  }

  pauseReading(): void {
    this.isReadingPaused = true;
  }

  resumeReading(): void {
    if (!this.isReadingPaused) return;
    this.isReadingPaused = false;
    if (this.hasNews) this.lan.scheduler.at(this.lan.scheduler.nowUs, () => this.wake());
  }

  setKeepAlive(on: boolean, initialDelayMs: number): void {
    if (this.state === 'gone' || this.isOver) return;
    this.keepAliveUs = on ? Math.max(1, Math.round(initialDelayMs)) * 1000 : 0;
    if (on) {
      this.lan.keptAlive.add(this);
      this.watchIdle();
    } else {
      this.lan.keptAlive.delete(this);
      this.keepAliveTimer = this.disarm(this.keepAliveTimer);
    }
  }

  // ---- What the host and the network call ----

  /** Sends the SYN. */
  connect(): void {
    this.wire.record('connecting');
    this.sendSyn(this.lan.scheduler.nowUs);
  }

  /** There is nothing to connect to. */
  failAfter(delayUs: number, code: NetErrorCode): void {
    this.wire.record('connecting');
    this.timer = this.lan.scheduler.after(delayUs, () => {
      this.timer = null;
      this.fail(code, 'connect');
    });
  }

  /** The process is dead: RST to the peer, and nothing is told to anybody here. */
  ownerDied(): void {
    if (this.state === 'open' || this.state === 'accepting') this.sendRst();
    this.becomeOver();
    this.dropReceived();
    if (this.isActive) this.wire.fail('aborted');
    this.wire.finish('reset');
    this.die();
  }

  /** A connection that the process has not accepted dies with its listener. */
  listenerClosed(listener: LabListener): void {
    if (this.listener !== listener) return;
    this.sendRst();
    this.becomeOver();
    this.die();
  }

  /** A middlebox sends RST both ways when `concerns` says so; true when it did. */
  cutIf(concerns: (client: Host, server: Host, connection: number) => boolean): boolean {
    if (!this.isActive || this.state !== 'open' || !concerns(this.host, this.remote, this.id)) return false;
    this.cut();
    return true;
  }

  /** Sees to it that a silent peer is noticed. Without rules no peer can fall silent, and no timer is needed. */
  watchIdle(): void {
    if (this.keepAliveTimer !== null || this.keepAliveUs === 0 || this.lan.rules.length === 0) return;
    if (this.state !== 'open') return;
    const dueUs = Math.max(this.lan.scheduler.nowUs, this.heardUs + this.keepAliveUs);
    this.keepAliveTimer = this.lan.scheduler.at(dueUs, () => this.onIdle());
  }

  // ---- Telling the owner ----

  private get hasNews(): boolean {
    if ((this.notices & (CONNECTED | ACCEPTED | DRAINED | CLOSED)) !== 0) return true;
    if ((this.notices & FAILED) !== 0 && (this.errorSyscall !== 'read' || !this.isReadingPaused)) return true;
    if (this.isReadingPaused || this.isAbandoned) return false;
    return this.receivedBytes > 0 || (this.hasFinArrived && !this.isEndTold);
  }

  private wake(): void {
    if (this.isWaking) return;
    this.isWaking = true;
    this.host.deliver(this.tell);
  }

  /** Sets a notice from within a call of the owner, who must not be called back before it returns. */
  private tellLater(notice: number): void {
    this.notices |= notice;
    this.lan.scheduler.at(this.lan.scheduler.nowUs, () => this.wake());
  }

  /** Tells the owner one thing, as one callback from the event loop; asks for another turn when there is more. */
  private readonly tell = (): void => {
    this.isWaking = false;
    if (this.isOver) return;
    const { handler, notices } = this;
    if ((notices & CLOSED) !== 0) {
      this.tellClosed();
      return;
    }
    if ((notices & FAILED) !== 0 && this.errorSyscall !== 'read') {
      this.tellFailed();
      return;
    }
    if ((notices & ACCEPTED) !== 0) {
      this.notices &= ~ACCEPTED;
      const listener = this.listener!;
      this.listener = null;
      listener.waiting--;
      listener.onConnection(this);
    } else if ((notices & CONNECTED) !== 0) {
      this.notices &= ~CONNECTED;
      handler.onConnect();
    } else if (this.receivedBytes > 0 && !this.isReadingPaused) {
      const chunk = this.takeReceived();
      this.bytesRead += chunk.length;
      handler.onData(chunk);
    } else if (this.hasFinArrived && !this.isEndTold && !this.isReadingPaused) {
      this.isEndTold = true;
      handler.onEnd();
      if (this.hasEnded) this.notices |= CLOSED;
    } else if ((notices & FAILED) !== 0 && !this.isReadingPaused) {
      this.tellFailed();
      return;
    } else if ((notices & DRAINED) !== 0) {
      this.notices &= ~DRAINED;
      handler.onDrain();
    }
    if (this.hasNews) this.wake();
  };

  private tellFailed(): void {
    this.notices = 0;
    this.handler.onError(this.error!, this.errorSyscall);
    if (!this.isOver) this.tellClosed();
  }

  private tellClosed(): void {
    this.becomeOver();
    this.dropReceived();
    this.uncount();
    this.wire.finish('closed');
    this.handler.onClose();
  }

  private failWrite(): boolean {
    // The first call after a reset learns of it, later ones find a broken pipe (sk_stream_error).
    this.error ??= 'EPIPE';
    this.errorSyscall = 'write';
    this.tellLater(FAILED);
    return false;
  }

  // ---- Handshake ----

  private sendSyn(nowUs: number): void {
    const { scheduler, trace } = this.lan;
    const decision = this.route.decide('syn', this.id, 0);
    if (decision === DROP) {
      trace.packet(nowUs, this.id, this.host.name, this.remote.name, 0, 'dropped');
      this.retrySyn(nowUs);
    } else if (decision === RESET) {
      this.timer = scheduler.at(nowUs + this.route.latencyUs + this.back.latencyUs, () => this.refuse());
    } else {
      this.timer = scheduler.at(nowUs + this.route.latencyUs + decision, () => this.synArrived(nowUs));
    }
  }

  /** Nothing came back. */
  private retrySyn(sentUs: number): void {
    const { scheduler } = this.lan;
    const timeoutUs = SYN_TIMEOUT_US * (1 << this.retries);
    this.timer = scheduler.at(Math.max(sentUs + timeoutUs, scheduler.nowUs), () => {
      this.timer = null;
      if (this.retries === SYN_RETRIES_MAX) return this.fail('ETIMEDOUT', 'connect');
      this.retries++;
      const { name } = this.host;
      this.lan.trace.packet(scheduler.nowUs, this.id, name, this.remote.name, 0, 'retransmitted');
      this.sendSyn(scheduler.nowUs);
    });
  }

  /** At the server's kernel. Its process has no part in it, so it may be paused. */
  private synArrived(sentUs: number): void {
    const { scheduler } = this.lan;
    this.timer = null;
    if (this.peer === null) {
      const listener = this.remote.isUp ? this.remote.listenerFor(this.remotePort, this.route.isLoopback) : undefined;
      if (listener === undefined) {
        const decision = this.back.decide('rst', this.id, 0);
        if (decision === DROP) this.retrySyn(sentUs);
        else {
          const delayUs = this.back.latencyUs + Math.max(0, decision);
          this.timer = scheduler.after(delayUs, () => this.refuse());
        }
        return;
      }
      // Linux drops rather than refuses, so that the client tries again in a second.
      if (listener.isFull) {
        this.retrySyn(sentUs);
        return;
      }
      this.peer = this.createPeer(listener);
    }
    const decision = this.back.decide('syn-ack', this.id, 0);
    if (decision === DROP) {
      this.retrySyn(sentUs);
      return;
    }
    if (decision === RESET) {
      this.cut();
      return;
    }
    const dueUs = scheduler.nowUs + this.back.latencyUs + decision;
    // A reset that the server sends next must not come first.
    this.peer.lastArrivalUs = dueUs;
    this.rttUs = dueUs - sentUs;
    this.peer.rttUs = this.rttUs;
    scheduler.at(dueUs, () => this.synAckArrived());
  }

  private createPeer(listener: LabListener): TcpEnd {
    const peer = new TcpEnd({
      lan: this.lan,
      host: this.remote,
      remote: this.host,
      isActive: false,
      wire: this.wire,
      localAddress: this.remoteAddress,
      localPort: this.remotePort,
      remoteAddress: this.localAddress,
      remotePort: this.localPort,
    });
    peer.peer = this;
    peer.listener = listener;
    listener.waiting++;
    this.remote.ends.add(peer);
    return peer;
  }

  private synAckArrived(): void {
    if (this.state === 'gone') {
      this.sendRst();
      return;
    }
    if (this.state !== 'connecting') return;
    this.retries = 0;
    this.becomeOpen();
    this.wire.record('open');
    this.wire.watch(this.host, this.remote, this.peer!);
    this.earlyCauses?.forEach((cause, i) => {
      this.wire.observer!.sent(this.unsent[i]!, cause);
    });
    this.earlyCauses = null;
    this.mustOpen = true;
    this.transmit(this.lan.scheduler.nowUs, false);
    this.notices |= CONNECTED;
    this.wake();
  }

  /** The caller is gone. It may not have been able to say so, but the server does not wait for ever. */
  private expireHandshake(): void {
    this.timer ??= this.lan.scheduler.after(HANDSHAKE_EXPIRES_US, () => {
      this.becomeOver();
      this.die();
    });
  }

  private becomeOpen(): void {
    this.state = 'open';
    this.timer = this.disarm(this.timer);
    this.lastHeardUs = this.lan.scheduler.nowUs;
    this.isCounted = true;
    this.host.openConnections++;
    this.watchIdle();
  }

  private refuse(): void {
    this.timer = null;
    this.fail('ECONNREFUSED', 'connect');
  }

  // ---- Sending ----

  /** Bytes that may be sent before the peer's kernel has no room for them. */
  private get room(): number {
    return RECEIVE_BUFFER_BYTES - this.unackedBytes - this.peer!.receivedBytes;
  }

  /** Nothing waits and there is room: joins the segment of this instant or begins one. */
  private sendNow(bytes: Uint8Array, nowUs: number): void {
    const tail = this.tail;
    const length = bytes.length;
    // An ACK that has met the rules as an ACK must not carry data past them.
    const isJoinable = tail !== null && (tail.bytes > 0 || this.route.rules.length === 0);
    if (isJoinable && tail.departUs === nowUs && !tail.isSealed && tail.bytes + length <= SEGMENT_BYTES_MAX) {
      tail.append(bytes);
      const laterUs = this.route.extend(length);
      tail.dueUs += laterUs;
      tail.ackUs += laterUs;
      this.unackedBytes += length;
      this.lan.ledger.sent += length;
      this.lan.ledger.underWay += length;
      return;
    }
    const segment = new Segment(nowUs, this.lan.slab);
    segment.append(bytes);
    this.send(segment, false);
  }

  private sendFin(): void {
    const { nowUs } = this.lan.scheduler;
    const tail = this.tail;
    // The FIN of this instant rides on its last bytes; where rules are in force they judge it by itself.
    const isFree = this.unsentBytes === 0 && !this.isStalled && this.route.rules.length === 0;
    if (isFree && tail !== null && tail.departUs === nowUs && !tail.isSealed) {
      tail.fin = true;
      this.finLeft();
    } else this.transmit(nowUs, false);
  }

  private keepUnsent(bytes: Uint8Array): void {
    this.unsent.push(this.lan.slab.copy(bytes));
    this.unsentBytes += bytes.length;
  }

  private get hasSomethingToSend(): boolean {
    return this.unsentBytes > 0 || this.mustOpen || (this.hasEnded && !this.hasFinLeft);
  }

  /** Sends what waits, as far as window and losses allow. */
  private transmit(nowUs: number, isRetransmission: boolean): void {
    while (this.state === 'open' && !this.isStalled && this.hasSomethingToSend) {
      this.prune();
      const room = this.room;
      if (this.unsentBytes > 0 && room <= 0) {
        this.isBlocked = true;
        this.wakeAtAck();
        return;
      }
      const segment = new Segment(nowUs, this.lan.slab);
      this.fill(segment, Math.min(room, SEGMENT_BYTES_MAX));
      segment.opens = this.mustOpen;
      segment.fin = this.hasEnded && this.unsentBytes === 0 && (segment.bytes === 0 || this.route.rules.length === 0);
      this.send(segment, isRetransmission);
      isRetransmission = false;
    }
  }

  /** Moves up to `length` unsent bytes into the segment. */
  private fill(segment: Segment, length: number): void {
    let used = 0;
    while (used < this.unsent.length && segment.bytes < length) {
      const chunk = this.unsent[used]!;
      const room = length - segment.bytes;
      segment.append(chunk.length <= room ? chunk : chunk.subarray(0, room));
      if (chunk.length > room) this.unsent[used] = chunk.subarray(room);
      else used++;
    }
    this.unsent.splice(0, used);
    this.unsentBytes -= segment.bytes;
  }

  /** Decides what becomes of the segment and of its acknowledgement. */
  private send(segment: Segment, isRetransmission: boolean): void {
    const { route, back } = this;
    const { departUs, bytes } = segment;
    let delayUs = 0;
    let ackDelayUs = 0;
    const { ledger } = this.lan;
    if (isRetransmission) this.recordPacket(departUs, bytes, 'retransmitted');
    ledger.sent += bytes;
    if (route.rules.length > 0 || back.rules.length > 0) {
      const kind = bytes > 0 ? 'data' : segment.fin ? 'fin' : 'ack';
      delayUs = route.decide(kind, this.id, bytes);
      if (delayUs === RESET) {
        ledger.drop(bytes, route.droppedBy);
        this.cut();
        return;
      }
      if (delayUs === DROP) {
        ledger.drop(bytes, route.droppedBy);
        this.lose(segment);
        return;
      }
      if (delayUs === SWALLOW) {
        this.hole ??= route.droppedBy;
        delayUs = 0;
      }
      ackDelayUs = back.decide('ack', this.id, 0);
    }
    if (this.hole !== null && bytes > 0) segment.lostTo = this.hole;
    if (segment.opens) this.mustOpen = false;
    if (segment.fin) this.finLeft();
    segment.dueUs = route.occupy(departUs, bytes) + delayUs;
    const arrivalUs = this.enqueue(segment);
    this.unackedBytes += bytes;
    segment.ackUs = arrivalUs + back.latencyUs + ackDelayUs;
    if (ackDelayUs < 0) {
      segment.ackUs = Number.POSITIVE_INFINITY;
      this.hasLostAcks = true;
      // After the first time-out a sender offers nothing new before it hears something.
      this.isStalled = this.retries > 0;
      this.arm(departUs);
    } else {
      this.rttUs = segment.ackUs - departUs;
      this.settle(segment.ackUs);
    }
  }

  /** Schedules the arrival, never before that of an earlier segment; returns its time. */
  private enqueue(segment: Segment): number {
    if (segment.dueUs < this.lastArrivalUs) segment.dueUs = this.lastArrivalUs;
    const arrivalUs = Math.round(segment.dueUs);
    this.lastArrivalUs = arrivalUs;
    if (this.tail !== null) this.tail.next = segment;
    this.tail = segment;
    this.oldest ??= segment;
    this.nextToArrive ??= segment;
    this.lan.ledger.underWay += segment.bytes;
    segment.arrival = this.lan.scheduler.at(arrivalUs, this.arrive);
    return arrivalUs;
  }

  /** The wire is faster from now on: what waited for it comes after `share` of the time that it still had to wait. */
  hurryOn(route: Route, nowUs: number, share: number): void {
    if (route !== this.route) return;
    const { scheduler } = this.lan;
    for (let segment = this.nextToArrive; segment !== null; segment = segment.next) {
      const waitsUs = segment.dueUs - this.route.latencyUs - nowUs;
      if (waitsUs <= 0) continue;
      const soonerUs = waitsUs * (1 - share);
      segment.dueUs -= soonerUs;
      segment.ackUs -= soonerUs;
      scheduler.cancel(segment.arrival!);
      segment.arrival = scheduler.at(segment.dueUs, this.arrive);
      this.lastArrivalUs = Math.round(segment.dueUs);
    }
    if (this.wakeEvent === null) return;
    this.wakeEvent = this.disarm(this.wakeEvent);
    this.wakeAtAck();
  }

  /** The next segment reaches the peer. Arrivals are in order, so the event need not say which. */
  private readonly arrive = (): void => {
    const segment = this.nextToArrive!;
    const { scheduler } = this.lan;
    // Bytes that joined it made it longer. Below the time of one Ethernet frame that is not worth an event.
    if (segment.dueUs - scheduler.nowUs > 12) {
      this.lastArrivalUs = Math.max(this.lastArrivalUs, Math.round(segment.dueUs));
      segment.isSealed = true;
      segment.arrival = scheduler.at(segment.dueUs, this.arrive);
      return;
    }
    segment.isSealed = true;
    this.nextToArrive = segment.next;
    this.lan.ledger.underWay -= segment.bytes;
    if (segment.lostTo !== null) {
      this.recordPacket(scheduler.nowUs, segment.bytes, 'dropped');
      this.lan.ledger.drop(segment.bytes, segment.lostTo);
      if (segment.opens || segment.fin) this.peer!.receive(segment);
    } else {
      this.recordPacket(scheduler.nowUs, segment.bytes, 'delivered');
      this.lan.ledger.delivered += segment.bytes;
      this.peer!.receive(segment);
    }
    segment.forget();
  };

  private recordPacket(atUs: number, bytes: number, fate: 'delivered' | 'dropped' | 'retransmitted'): void {
    this.lan.trace.packet(atUs, this.id, this.host.name, this.remote.name, bytes, fate);
  }

  private finLeft(): void {
    this.hasFinLeft = true;
    this.wasFirstToClose = !this.hasFinArrived;
    if (this.hasFinArrived) this.release(true);
  }

  /** Forgets segments whose acknowledgement has come. */
  private prune(): void {
    let segment = this.oldest;
    if (segment === null) return;
    const { nowUs } = this.lan.scheduler;
    while (segment !== null && segment !== this.nextToArrive && segment.ackUs <= nowUs) {
      this.unackedBytes -= segment.bytes;
      segment = segment.next;
    }
    this.oldest = segment;
  }

  // ---- Waiting for room ----

  /** Wakes the sender when the oldest bytes are acknowledged, if that is known to happen. */
  private wakeAtAck(): void {
    const ackUs = this.oldest?.ackUs ?? Number.POSITIVE_INFINITY;
    if (this.wakeEvent !== null || ackUs === Number.POSITIVE_INFINITY) return;
    this.wakeEvent = this.lan.scheduler.at(Math.ceil(ackUs), () => this.onRoom());
  }

  private onRoom(): void {
    this.wakeEvent = null;
    if (this.state !== 'open') return;
    this.prune();
    if (this.isBlocked) {
      this.isBlocked = false;
      this.transmit(this.lan.scheduler.nowUs, false);
    }
    if (!this.wantsDrain) return;
    if (this.unsentBytes + this.unackedBytes >= SEND_BUFFER_BYTES) {
      this.wakeAtAck();
      return;
    }
    this.wantsDrain = false;
    this.notices |= DRAINED;
    this.wake();
  }

  /** The peer's process has read: its kernel tells the sender that there is room. */
  private peerHasRead(): void {
    if (this.wakeEvent !== null || this.state !== 'open') return;
    const { scheduler } = this.lan;
    const decision = this.back.decide('ack', this.id, 0);
    // A lost window update is asked for again by the sender.
    if (decision < 0) this.arm(scheduler.nowUs);
    else this.wakeEvent = scheduler.after(this.back.latencyUs + decision, () => this.onRoom());
  }

  // ---- Losses ----

  private lose(segment: Segment): void {
    this.recordPacket(segment.departUs, segment.bytes, 'dropped');
    if (segment.bytes > 0) {
      this.unsent.unshift(segment.view());
      this.unsentBytes += segment.bytes;
    }
    this.isStalled = true;
    this.arm(segment.departUs);
  }

  private arm(nowUs: number): void {
    if (this.timer !== null) return;
    if (this.rtoUs === 0) this.rtoUs = Math.round(this.rttUs) + RTO_MIN_US;
    this.timer = this.lan.scheduler.at(nowUs + this.rtoUs, () => this.onTimeout());
  }

  private onTimeout(): void {
    this.timer = null;
    const { nowUs } = this.lan.scheduler;
    if (++this.retries > (this.isAbandoned ? ORPHAN_RETRIES_MAX : RETRIES_MAX)) {
      this.fail('ETIMEDOUT', 'read');
      return;
    }
    this.rtoUs = Math.min(2 * this.rtoUs, RTO_MAX_US);
    this.isStalled = false;
    this.isBlocked = false;
    const mustAsk = this.hasLostAcks;
    if (!mustAsk || this.sendAgain(nowUs)) this.transmit(nowUs, !mustAsk);
  }

  /** The peer has it, but this end does not know: a duplicate asks. True when the answer will come. */
  private sendAgain(nowUs: number): boolean {
    this.recordPacket(nowUs, this.oldest?.bytes ?? 0, 'retransmitted');
    if (!this.probe()) {
      this.isStalled = true;
      this.arm(nowUs);
      return false;
    }
    this.settle(nowUs + this.route.latencyUs + this.back.latencyUs);
    return true;
  }

  /** Whether a packet and its answer get through now. A peer that is gone answers with RST. */
  private probe(): boolean {
    if (this.route.decide('probe', this.id, 0) < 0) return false;
    const peer = this.peer!;
    if (peer.state !== 'gone') return this.back.decide('ack', this.id, 0) >= 0;
    this.lan.scheduler.after(this.route.latencyUs, () => peer.sendRst());
    return true;
  }

  /** An acknowledgement will come at `ackUs`, which covers everything before it. */
  private settle(ackUs: number): void {
    if (this.timer === null && this.retries === 0 && !this.hasLostAcks) return;
    for (let segment = this.oldest; segment !== null; segment = segment.next) {
      if (segment.ackUs < Number.POSITIVE_INFINITY) continue;
      // A duplicate may be faster than the original, which jitter holds up; the stream is in order all the same.
      segment.ackUs = Math.max(ackUs, segment.dueUs + this.back.latencyUs);
    }
    this.hasLostAcks = false;
    this.isStalled = false;
    this.retries = 0;
    this.rtoUs = 0;
    this.timer = this.disarm(this.timer);
    if (this.wantsDrain || this.isBlocked) this.wakeAtAck();
  }

  private disarm(event: ScheduledEvent | null): null {
    if (event !== null) this.lan.scheduler.cancel(event);
    return null;
  }

  // ---- Keep-alive ----

  /** When the peer was last heard of: its segments, and its acknowledgements of ours. */
  private get heardUs(): number {
    const ackUs = this.tail?.ackUs ?? 0;
    return ackUs <= this.lan.scheduler.nowUs ? Math.max(ackUs, this.lastHeardUs) : this.lastHeardUs;
  }

  private onIdle(): void {
    this.keepAliveTimer = null;
    const { scheduler } = this.lan;
    const { nowUs } = scheduler;
    // Bytes on their way have their own timer.
    if (this.timer !== null || (this.probesFailed === 0 && nowUs - this.heardUs < this.keepAliveUs)) {
      if (this.timer !== null) this.lastHeardUs = nowUs;
      this.watchIdle();
      return;
    }
    if (this.probe()) {
      this.probesFailed = 0;
      this.lastHeardUs = nowUs;
      this.watchIdle();
      return;
    }
    if (++this.probesFailed > KEEP_ALIVE_PROBES_MAX) {
      this.fail('ETIMEDOUT', 'read');
      return;
    }
    this.keepAliveTimer = scheduler.after(KEEP_ALIVE_INTERVAL_US, () => this.onIdle());
  }

  // ---- Receiving ----

  private receive(segment: Segment): void {
    this.lastHeardUs = this.lan.scheduler.nowUs;
    if (segment.rst) {
      this.onRst();
      return;
    }
    if (this.state === 'gone' || (this.isAbandoned && segment.bytes > 0 && segment.lostTo === null)) {
      this.sendRst();
      this.die();
      return;
    }
    if (segment.opens) {
      this.becomeOpen();
      this.notices |= ACCEPTED;
    }
    if (segment.bytes > 0 && segment.lostTo === null) this.keepReceived(segment.view());
    if (segment.fin) {
      this.hasFinArrived = true;
      if (this.isActive) this.wire.observer!.serverEnded();
      if (this.hasFinLeft) this.release(true);
    }
    if (!this.isWaking && this.hasNews) this.wake();
  }

  private keepReceived(bytes: Uint8Array): void {
    if (this.isActive) this.wire.observer!.received(bytes);
    this.receivedBytes += bytes.length;
    if (this.receivedFirst === null) this.receivedFirst = bytes;
    else (this.receivedRest ??= []).push(bytes);
  }

  /** All that has arrived, in one piece, as one read(2) with a large buffer. */
  private takeReceived(): Uint8Array {
    const first = this.receivedFirst!;
    const bytes = this.receivedRest === null ? first : join([first, ...this.receivedRest]);
    this.dropReceived();
    const sender = this.peer!;
    if (sender.isBlocked) sender.peerHasRead();
    return bytes;
  }

  private dropReceived(): void {
    this.receivedFirst = null;
    this.receivedRest = null;
    this.receivedBytes = 0;
  }

  private onRst(): void {
    if (this.state === 'gone') return;
    if (this.state === 'connecting') {
      this.refuse();
      return;
    }
    if (this.state === 'accepting') {
      this.becomeOver();
      this.die();
      return;
    }
    const hasWriter = this.unsentBytes > 0 || this.wantsDrain;
    this.die();
    this.wire.finish('reset');
    if (this.isActive) this.wire.fail('reset');
    if (this.isAbandoned || this.isOver) return;
    // tcp_reset: after the peer's FIN a reset means that our bytes met a closed socket.
    this.error = this.hasFinArrived ? 'EPIPE' : 'ECONNRESET';
    if (!this.hasFinArrived) this.notices |= FAILED;
    else if (hasWriter) {
      this.errorSyscall = 'write';
      this.notices |= FAILED;
    } else if (this.hasEnded && this.isEndTold) this.notices |= CLOSED;
    // Otherwise nobody reads or writes: the owner learns of it at its next write.
    if (this.hasNews) this.wake();
  }

  // ---- Ending ----

  private sendRst(): void {
    if (this.peer === null) return;
    const { nowUs } = this.lan.scheduler;
    const decision = this.route.decide('rst', this.id, 0);
    if (decision === DROP) this.recordPacket(nowUs, 0, 'dropped');
    else this.pushRst(nowUs, Math.max(0, decision));
  }

  private pushRst(nowUs: number, delayUs: number): void {
    const segment = new Segment(nowUs, this.lan.slab);
    segment.rst = true;
    segment.isSealed = true;
    segment.dueUs = nowUs + this.route.latencyUs + delayUs;
    segment.ackUs = this.enqueue(segment);
  }

  /** Something between the ends resets the connection. */
  private cut(): void {
    const { nowUs } = this.lan.scheduler;
    this.isStalled = true;
    this.pushRst(nowUs, 0);
    this.peer!.pushRst(nowUs, 0);
  }

  /** The connection failed here; the peer is not told. */
  private fail(code: NetErrorCode, syscall: 'connect' | 'read'): void {
    this.die();
    this.wire.finish(code === 'ECONNREFUSED' ? 'refused' : code === 'ETIMEDOUT' ? 'timed-out' : 'closed');
    if (this.isActive) this.wire.fail('timeout');
    if (this.isAbandoned || this.isOver) return;
    this.error = code;
    this.errorSyscall = syscall;
    this.notices |= FAILED;
    this.wake();
  }

  /** The owner wants nothing more of it than to hear that it is closed. */
  private abandon(): void {
    this.isAbandoned = true;
    this.dropReceived();
    if (this.isActive) this.wire.fail('aborted');
    this.notices = 0;
    this.tellLater(CLOSED);
  }

  private die(): void {
    // An open connection in the backlog is accepted all the same, as on Linux; its owner then reads what ended it.
    if (this.listener !== null && (this.isOver || (this.notices & ACCEPTED) === 0)) {
      this.listener.waiting--;
      this.listener = null;
    }
    this.unsent = [];
    this.unsentBytes = 0;
    this.timer = this.disarm(this.timer);
    this.wakeEvent = this.disarm(this.wakeEvent);
    this.release(false);
  }

  /** Both directions are done (`isOrderly`), or the connection is dead. */
  private release(isOrderly: boolean): void {
    if (this.state === 'gone') return;
    this.state = 'gone';
    this.keepAliveTimer = this.disarm(this.keepAliveTimer);
    if (this.keepAliveUs > 0) this.lan.keptAlive.delete(this);
    this.host.release(this, this.isActive, isOrderly && this.wasFirstToClose);
    this.uncount();
    if (this.isActive && this.peer?.state === 'accepting') this.peer.expireHandshake();
  }

  /** The owner will not be told anything more. */
  private becomeOver(): void {
    this.isOver = true;
    if (this.peer === null || this.peer.isOver) this.wire.forget();
  }

  private uncount(): void {
    if (!this.isCounted) return;
    this.isCounted = false;
    this.host.openConnections--;
  }
}

/** What the two ends of a connection share. */
export class Wire {
  readonly id: number;
  /** Set when the connection opens. */
  observer: ConnectionTap | null = null;
  private readonly lan: Lan;
  private readonly from: string;
  private readonly to: string;
  private readonly port: number;
  private isFinished = false;

  constructor(lan: Lan, id: number, from: string, to: string, port: number) {
    this.lan = lan;
    this.id = id;
    this.from = from;
    this.to = to;
    this.port = port;
  }

  watch(client: LabHost, server: LabHost, serverEnd: TcpEnd): void {
    this.observer = this.lan.tap.watch(this.id, client, server, () => serverEnd.bytesRead);
  }

  record(state: ConnectionEvent['state']): void {
    const atMs = this.lan.scheduler.nowUs / 1000;
    this.lan.trace.record({
      kind: 'connection',
      atMs,
      id: this.id,
      state,
      from: this.from,
      to: this.to,
      port: this.port,
    });
  }

  /** The first end to finish says how. */
  finish(state: ConnectionEvent['state']): void {
    if (this.isFinished) return;
    this.isFinished = true;
    this.record(state);
  }

  /** The requester's side is over: what is unanswered stays so. */
  fail(outcome: 'reset' | 'timeout' | 'aborted'): void {
    this.observer?.fail(outcome);
  }

  /** Both sides are over. */
  forget(): void {
    this.lan.tap.forget(this.id);
  }
}

const DEAF: ConnectionHandler = {
  onConnect() {},
  onData() {},
  onEnd() {},
  onDrain() {},
  onError() {},
  onClose() {},
};
