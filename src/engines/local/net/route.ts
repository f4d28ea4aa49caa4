/** The way from one host to another: the rules in force, and the line rate that they set. Shared by all connections. */
import { type Decision, type Host, type Packet, type PacketRule, SWALLOW } from '../../../lab/net/network.ts';

export class Route {
  bytesPerSecond = Number.POSITIVE_INFINITY;
  private readonly from: Host;
  private readonly to: Host;
  private rules: readonly PacketRule[] = [];
  private busyUntilUs = 0;

  constructor(from: Host, to: Host, rules: readonly PacketRule[]) {
    this.from = from;
    this.to = to;
    this.choose(rules);
  }

  get hasRules(): boolean {
    return this.rules.length > 0;
  }

  /** Loopback meets no rule. */
  choose(rules: readonly PacketRule[]): void {
    this.rules = this.from === this.to ? [] : rules.filter((rule) => rule.concerns(this.from, this.to));
    this.bytesPerSecond = Math.min(...this.rules.map((rule) => rule.bytesPerSecond ?? Number.POSITIVE_INFINITY));
  }

  /** Takes the line for that many bytes; when the last of them is through. */
  occupy(nowUs: number, bytes: number): number {
    if (this.bytesPerSecond === Number.POSITIVE_INFINITY) return nowUs;
    this.busyUntilUs = Math.max(this.busyUntilUs, nowUs) + (bytes / this.bytesPerSecond) * 1e6;
    return this.busyUntilUs;
  }

  decide(kind: Packet['kind'], connection: number, bytes: number): Decision {
    if (this.rules.length === 0) return 0;
    const packet: Packet = { kind, connection, from: this.from, to: this.to, bytes };
    let delayUs = 0;
    for (const rule of this.rules) {
      const decision = rule.decide(packet);
      if (decision === SWALLOW && kind !== 'data') continue;
      if (decision < 0) return decision;
      delayUs += decision;
    }
    return delayUs;
  }
}
