/** What was lost is sent again, after a time-out that doubles; and probes that find a silent peer. */

import type { Segment } from '../segment.ts';
import { Sending } from './sending.ts';

/** TCP_RTO_MIN, added to the round-trip time. */
const RTO_MIN_US = 200_000;
/** TCP_RTO_MAX */
const RTO_MAX_US = 120_000_000;
/**
 * The first repetition is a tail loss probe (RFC 8985 §7) after as long as the time-out, which begins only with it: a
 * segment that stays unanswered is repeated after 0.2, 0.4, 0.8, 1.6, 3.2 s …, as measured on Linux 6.18.
 */
const PROBES = 1;
/** tcp_retries2: 200 ms, 400 ms … 102.4 s, then 6 × 120 s make 924.6 s. */
const RETRIES_MAX = 15;
/** tcp_orphan_retries: for an end whose process has closed it. */
const ORPHAN_RETRIES_MAX = 8;
/** libuv sets TCP_KEEPINTVL and TCP_KEEPCNT so. */
const KEEP_ALIVE_INTERVAL_US = 1_000_000;
const KEEP_ALIVE_PROBES_MAX = 10;

export abstract class Retransmitting extends Sending {
  protected override lose(segment: Segment): void {
    this.recordPacket(segment.departUs, segment.bytes, 'dropped', segment);
    if (segment.bytes > 0) {
      this.unsent.unshift(segment.view());
      this.unsentBytes += segment.bytes;
    }
    this.isStalled = true;
    this.arm(segment.departUs);
  }

  protected override arm(nowUs: number): void {
    if (this.timer !== null) return;
    if (this.rtoUs === 0) this.rtoUs = Math.round(this.rttUs) + RTO_MIN_US;
    this.timer = this.lan.scheduler.at(nowUs + this.rtoUs, () => this.onTimeout());
  }

  protected onTimeout(): void {
    this.timer = null;
    const { nowUs } = this.lan.scheduler;
    if (++this.retries > PROBES + (this.isAbandoned ? ORPHAN_RETRIES_MAX : RETRIES_MAX)) {
      this.fail('ETIMEDOUT', 'read');
      return;
    }
    if (this.retries > PROBES) this.rtoUs = Math.min(2 * this.rtoUs, RTO_MAX_US);
    this.isStalled = false;
    this.isBlocked = false;
    const mustAsk = this.hasLostAcks;
    if (!mustAsk || this.sendAgain(nowUs)) this.transmit(nowUs, !mustAsk);
  }

  /** The peer has it, but this end does not know: a duplicate asks. True when the answer will come. */
  protected sendAgain(nowUs: number): boolean {
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
  protected probe(): boolean {
    if (this.route.decide('probe', this.id, 0) < 0) return false;
    const peer = this.peer!;
    if (peer.state !== 'gone') return this.back.decide('ack', this.id, 0) >= 0;
    this.lan.scheduler.after(this.route.latencyUs, () => peer.sendRst());
    return true;
  }

  /** An acknowledgement will come at `ackUs`, which covers everything before it. */
  protected override settle(ackUs: number): void {
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

  /** Sees to it that a silent peer is noticed. Without rules no peer can fall silent, and no timer is needed. */
  watchIdle(): void {
    if (this.keepAliveTimer !== null || this.keepAliveUs === 0 || this.lan.rules.length === 0) return;
    if (this.state !== 'open') return;
    const dueUs = Math.max(this.lan.scheduler.nowUs, this.heardUs + this.keepAliveUs);
    this.keepAliveTimer = this.lan.scheduler.at(dueUs, () => this.onIdle());
  }

  /** When the peer was last heard of: its segments, and its acknowledgements of ours. */
  protected get heardUs(): number {
    const ackUs = this.tail?.ackUs ?? 0;
    return ackUs <= this.lan.scheduler.nowUs ? Math.max(ackUs, this.lastHeardUs) : this.lastHeardUs;
  }

  protected onIdle(): void {
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
}
