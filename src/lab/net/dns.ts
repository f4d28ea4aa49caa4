/**
 * Names as Docker's embedded resolver answers them inside a Compose network: a service's name is all its running
 * replicas, in turn another one first; a replica's own name is itself. A name without a running container is unknown.
 */
import type { Scheduler } from '../core/scheduler.ts';
import type { LabHost } from './host.ts';
import type { NetErrorCode } from './network.ts';

/** One question to 127.0.0.11 and its answer, including the resolver thread that Node's dns.lookup takes. */
export const DNS_DELAY_US = 300;

type LookupCallback = (error: NetErrorCode | null, addresses: readonly string[]) => void;

export class Dns {
  private readonly scheduler: Scheduler;
  private readonly hosts: ReadonlyMap<string, LabHost>;
  private readonly turns = new Map<string, number>();

  constructor(scheduler: Scheduler, hosts: ReadonlyMap<string, LabHost>) {
    this.scheduler = scheduler;
    this.hosts = hosts;
  }

  /** The answer holds for the moment at which it is given, not for that of the question. */
  lookup(asker: LabHost, name: string, callback: LookupCallback): void {
    const life = asker.life;
    this.scheduler.after(DNS_DELAY_US, () => {
      const addresses = this.resolve(name);
      asker.deliver(() => {
        if (asker.life === life) callback(addresses.length > 0 ? null : 'ENOTFOUND', addresses);
      });
    });
  }

  /** Addresses in this query's order; none for an unknown name. */
  private resolve(rawName: string): readonly string[] {
    const name = rawName.toLowerCase().replace(/\.$/, '');
    if (name === 'localhost') return ['127.0.0.1'];
    if (isAddress(name)) return [name];
    const own = this.hosts.get(name);
    if (own !== undefined && !own.isOutside) return own.isUp ? [own.address] : [];
    const live: string[] = [];
    for (const host of this.hosts.values()) {
      if (host.service === name && host.isUp && !host.isOutside) live.push(host.address);
    }
    if (live.length < 2) return live;
    const turn = this.turns.get(name) ?? 0;
    this.turns.set(name, turn + 1);
    const first = turn % live.length;
    return [...live.slice(first), ...live.slice(0, first)];
  }
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name.includes(':');
}
