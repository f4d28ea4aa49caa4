/** From the owner's bytes to segments on the wire, as far as the peer's window allows; and waiting for room. */

import { DROP, RESET, SWALLOW } from '../network.ts';
import type { Route } from '../route.ts';
import { SEGMENT_BYTES_MAX, Segment } from '../segment.ts';
import { DRAINED } from './state.ts';
import { Telling } from './telling.ts';

/** tcp_rmem's default; the window starts at that and an application that reads keeps it open. */
export const RECEIVE_BUFFER_BYTES = 131072;
/** Linux starts at 16 KiB and grows to 4 MiB; here it is as large as the window that it has to fill. */
export const SEND_BUFFER_BYTES = 131072;

export abstract class Sending extends Telling {
  get bytesQueued(): number {
    this.prune();
    return this.unsentBytes + this.unackedBytes;
  }

  /** Bytes that may be sent before the peer's kernel has no room for them. */
  protected get room(): number {
    return RECEIVE_BUFFER_BYTES - this.unackedBytes - this.peer!.receivedBytes;
  }

  /** Nothing waits and there is room: joins the segment of this instant or begins one. */
  protected sendNow(bytes: Uint8Array, nowUs: number): void {
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
    const segment = new Segment(nowUs, this.remote.slab);
    segment.append(bytes);
    this.send(segment, false);
  }

  protected sendFin(): void {
    const { nowUs } = this.lan.scheduler;
    const tail = this.tail;
    // The FIN of this instant rides on its last bytes; where rules are in force they judge it by itself.
    const isFree = this.unsentBytes === 0 && !this.isStalled && this.route.rules.length === 0;
    if (isFree && tail !== null && tail.departUs === nowUs && !tail.isSealed) {
      tail.fin = true;
      this.finLeft();
    } else this.transmit(nowUs, false);
  }

  protected keepUnsent(bytes: Uint8Array): void {
    this.unsent.push(this.remote.slab.copy(bytes));
    this.unsentBytes += bytes.length;
  }

  protected get hasSomethingToSend(): boolean {
    return this.unsentBytes > 0 || this.mustOpen || (this.hasEnded && !this.hasFinLeft);
  }

  /** Sends what waits, as far as window and losses allow. */
  protected transmit(nowUs: number, isRetransmission: boolean): void {
    while (this.state === 'open' && !this.isStalled && this.hasSomethingToSend) {
      this.prune();
      const room = this.room;
      if (this.unsentBytes > 0 && room <= 0) {
        this.isBlocked = true;
        this.wakeAtAck();
        return;
      }
      const segment = new Segment(nowUs, this.remote.slab);
      this.fill(segment, Math.min(room, SEGMENT_BYTES_MAX));
      segment.opens = this.mustOpen;
      segment.fin = this.hasEnded && this.unsentBytes === 0 && (segment.bytes === 0 || this.route.rules.length === 0);
      this.send(segment, isRetransmission);
      isRetransmission = false;
    }
  }

  /** Moves up to `length` unsent bytes into the segment. */
  protected fill(segment: Segment, length: number): void {
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
  protected send(segment: Segment, isRetransmission: boolean): void {
    const { route, back } = this;
    const { departUs, bytes } = segment;
    let delayUs = 0;
    let ackDelayUs = 0;
    const { ledger } = this.lan;
    if (isRetransmission) this.recordPacket(departUs, bytes, 'retransmitted', segment);
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
  protected enqueue(segment: Segment): number {
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
  protected readonly arrive = (): void => {
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
      this.recordPacket(scheduler.nowUs, segment.bytes, 'dropped', segment);
      this.lan.ledger.drop(segment.bytes, segment.lostTo);
      if (segment.opens || segment.fin) this.peer!.receive(segment);
    } else {
      this.recordPacket(scheduler.nowUs, segment.bytes, 'delivered', segment);
      this.lan.ledger.delivered += segment.bytes;
      this.peer!.receive(segment);
    }
    segment.forget();
  };

  protected finLeft(): void {
    this.hasFinLeft = true;
    this.wasFirstToClose = !this.hasFinArrived;
    if (this.hasFinArrived) this.release(true);
  }

  /** Forgets segments whose acknowledgement has come. */
  protected prune(): void {
    let segment = this.oldest;
    if (segment === null) return;
    const { nowUs } = this.lan.scheduler;
    while (segment !== null && segment !== this.nextToArrive && segment.ackUs <= nowUs) {
      this.unackedBytes -= segment.bytes;
      segment = segment.next;
    }
    this.oldest = segment;
  }

  /** Wakes the sender when the oldest bytes are acknowledged, if that is known to happen. */
  protected wakeAtAck(): void {
    const ackUs = this.oldest?.ackUs ?? Number.POSITIVE_INFINITY;
    if (this.wakeEvent !== null || ackUs === Number.POSITIVE_INFINITY) return;
    this.wakeEvent = this.lan.scheduler.at(Math.ceil(ackUs), () => this.onRoom());
  }

  protected onRoom(): void {
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
  override peerHasRead(): void {
    if (this.wakeEvent !== null || this.state !== 'open') return;
    const { scheduler } = this.lan;
    const decision = this.back.decide('ack', this.id, 0);
    // A lost window update is asked for again by the sender.
    if (decision < 0) this.arm(scheduler.nowUs);
    else this.wakeEvent = scheduler.after(this.back.latencyUs + decision, () => this.onRoom());
  }
}
