/** Books every byte that is put on a wire: a fault may lose bytes, the lab may not. */
import type { Ledger } from './network.ts';

export class WireLedger implements Ledger {
  sent = 0;
  delivered = 0;
  readonly dropped = new Map<string, number>();

  get underWay(): number {
    let rest = this.sent - this.delivered;
    for (const bytes of this.dropped.values()) rest -= bytes;
    return rest;
  }

  drop(bytes: number, by: string): void {
    if (bytes > 0) this.dropped.set(by, (this.dropped.get(by) ?? 0) + bytes);
  }
}
