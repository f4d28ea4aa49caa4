/** Books every byte that is put on a wire: a fault may lose bytes, the lab may not. */
import type { Ledger } from './network.ts';

export class WireLedger implements Ledger {
  sent = 0;
  delivered = 0;
  underWay = 0;
  readonly dropped = new Map<string, number>();

  /** Null when the books balance, else what is wrong with them. */
  get problem(): string | null {
    const { sent, delivered, underWay } = this;
    let dropped = 0;
    for (const bytes of this.dropped.values()) dropped += bytes;
    return sent === delivered + dropped + underWay
      ? null
      : `${sent} bytes sent are not ${delivered} delivered and ${dropped} dropped and ${underWay} under way`;
  }

  drop(bytes: number, by: string): void {
    if (bytes > 0) this.dropped.set(by, (this.dropped.get(by) ?? 0) + bytes);
  }
}
