/** The way of packets from one host to another. One object for each ordered pair, shared by all its connections. */
import type { LabHost } from './host.ts';
import { type Decision, type Packet, type PacketRule, SWALLOW } from './network.ts';

/** One way between two containers of a Compose network, with room for a virtual switch and a busy neighbour. */
export const LATENCY_US = 200;
/** From outside to a published port: a load balancer in the same zone. */
export const CLIENT_LATENCY_US = 500;
export const LOOPBACK_LATENCY_US = 20;
/** 1 Gbit/s is 125 bytes in a microsecond. */
const BYTES_PER_US = 125;

const UNNAMED = 'a rule without a name';

export class Route {
  readonly from: LabHost;
  readonly to: LabHost;
  readonly latencyUs: number;
  readonly isLoopback: boolean;
  /** Those in force now that concern this pair. Empty in the fault-free case, which callers test first. */
  rules: readonly PacketRule[] = [];
  /** Which rule dropped the last packet that was dropped. */
  droppedBy = UNNAMED;
  private bytesPerUs: number;
  private busyUntilUs = 0;

  constructor(from: LabHost, to: LabHost) {
    this.from = from;
    this.to = to;
    this.isLoopback = from === to;
    const isOutside = from.isOutside || to.isOutside;
    this.latencyUs = this.isLoopback ? LOOPBACK_LATENCY_US : isOutside ? CLIENT_LATENCY_US : LATENCY_US;
    // Memory is not the bottleneck that anyone meets.
    this.bytesPerUs = this.isLoopback ? Number.POSITIVE_INFINITY : BYTES_PER_US;
  }

  /** Takes the wire for that many bytes and returns when the last of them arrives; µs with a fraction. */
  occupy(departUs: number, bytes: number): number {
    if (departUs > this.busyUntilUs) this.busyUntilUs = departUs;
    this.busyUntilUs += bytes / this.bytesPerUs;
    return this.busyUntilUs + this.latencyUs;
  }

  /** More bytes ride on a segment that has just left; returns the µs by which it is later. */
  extend(bytes: number): number {
    const extraUs = bytes / this.bytesPerUs;
    this.busyUntilUs += extraUs;
    return extraUs;
  }

  /** What the rules say: a delay in µs, DROP or RESET. */
  decide(kind: Packet['kind'], connection: number, bytes: number): Decision {
    if (this.rules.length === 0) return 0;
    const packet: Packet = { kind, connection, from: this.from, to: this.to, bytes };
    let delayUs = 0;
    for (const rule of this.rules) {
      const decision = rule.decide(packet);
      if (decision === SWALLOW && kind !== 'data') continue;
      if (decision < 0) {
        this.droppedBy = rule.name ?? UNNAMED;
        return decision;
      }
      delayUs += decision;
    }
    return delayUs;
  }

  /** Takes over those of `rules` that concern this pair. */
  choose(rules: readonly PacketRule[], nowUs: number): void {
    if (this.isLoopback) return;
    this.rules = rules.filter((rule) => rule.concerns(this.from, this.to));
    let bytesPerUs = BYTES_PER_US;
    for (const { bytesPerSecond } of this.rules)
      if (bytesPerSecond !== undefined) bytesPerUs = Math.min(bytesPerUs, bytesPerSecond / 1e6);
    // What waits for the wire goes on at the new rate; what would come later than it was promised keeps its time.
    const waitsUs = this.busyUntilUs - nowUs;
    if (waitsUs > 0 && bytesPerUs > this.bytesPerUs) {
      const share = this.bytesPerUs / bytesPerUs;
      this.busyUntilUs = nowUs + waitsUs * share;
      for (const end of this.from.ends) end.hurryOn(this, nowUs, share);
    }
    this.bytesPerUs = bytesPerUs;
  }
}
