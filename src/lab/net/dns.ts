/**
 * Names as Docker's embedded resolver answers them inside a Compose network: a service's name is all its running
 * replicas, in turn another one first; a replica's own name is itself. A name without a running container is unknown.
 * Rules (faults) may delay an answer, replace it by an error, or let a cache in between give an old one.
 */
import type { Scheduler } from '../core/scheduler.ts';
import type { Host, LookupCallback, NameRule, NetErrorCode } from './network.ts';

/** One question to 127.0.0.11 and its answer, including the resolver thread that Node's dns.lookup takes. */
export const DNS_DELAY_US = 300;
/** Docker's records say 600 s. Nobody between it and the program keeps them: getaddrinfo does not cache. */
const TTL_MS = 600_000;

/** A host as the resolver sees it; the local engine's are on real sockets. */
export interface NamedHost extends Host {
  /** The world outside: never named. */
  readonly isOutside: boolean;
  /** Counts processes on this host, so that an answer to a dead one is not given to the next. */
  readonly life: number;
}

interface Answer {
  readonly error: NetErrorCode | null;
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

interface CachedAnswer {
  readonly addresses: readonly string[];
  readonly untilUs: number;
}

export class Dns {
  private readonly scheduler: Scheduler;
  private readonly hosts: ReadonlyMap<string, NamedHost>;
  private readonly turns = new Map<string, number>();
  /** What each rule's cache knows, by asker and name. */
  private rules: readonly { readonly rule: NameRule; readonly cache: Map<string, CachedAnswer> }[] = [];

  constructor(scheduler: Scheduler, hosts: ReadonlyMap<string, NamedHost>) {
    this.scheduler = scheduler;
    this.hosts = hosts;
  }

  addRule(rule: NameRule): () => void {
    const mine = { rule, cache: new Map<string, CachedAnswer>() };
    this.rules = [...this.rules, mine];
    return () => {
      this.rules = this.rules.filter((other) => other !== mine);
    };
  }

  /** The answer holds for the moment at which it is given, not for that of the question. */
  lookup(asker: NamedHost, rawName: string, callback: LookupCallback): void {
    const life = asker.life;
    const name = rawName.toLowerCase().replace(/\.$/, '');
    let delayUs = DNS_DELAY_US;
    for (const { rule } of this.rules) if (rule.concerns(asker, name)) delayUs += rule.delayUs ?? 0;
    this.scheduler.after(delayUs, () => {
      const { error, addresses, ttlMs } = this.answer(asker, name);
      asker.deliver(() => {
        if (asker.life === life) callback(error, addresses, ttlMs);
      });
    });
  }

  private answer(asker: NamedHost, name: string): Answer {
    const mine = this.rules.filter(({ rule }) => rule.concerns(asker, name));
    const error = mine.find(({ rule }) => rule.error !== undefined)?.rule.error;
    if (error !== undefined) return { error, addresses: [], ttlMs: 0 };
    const cached = mine.find(({ rule }) => rule.ttlUs !== undefined);
    if (cached === undefined) return toAnswer(this.turned(name, this.resolve(name)), TTL_MS);
    const key = `${asker.name} ${name}`;
    const { nowUs } = this.scheduler;
    let known = cached.cache.get(key);
    if (known === undefined || known.untilUs <= nowUs) {
      known = { addresses: this.resolve(name), untilUs: nowUs + cached.rule.ttlUs! };
      cached.cache.set(key, known);
    }
    return toAnswer(this.turned(name, known.addresses), (known.untilUs - nowUs) / 1000);
  }

  /** Addresses of the live replicas; none for an unknown name. */
  private resolve(name: string): readonly string[] {
    if (name === 'localhost') return ['127.0.0.1'];
    if (isAddress(name)) return [name];
    const own = this.hosts.get(name);
    if (own !== undefined && !own.isOutside) return own.isUp ? [own.address] : [];
    const live: string[] = [];
    for (const host of this.hosts.values()) {
      if (host.service === name && host.isUp && !host.isOutside) live.push(host.address);
    }
    return live;
  }

  /** In this query's order: another one first each time. */
  private turned(name: string, addresses: readonly string[]): readonly string[] {
    if (addresses.length < 2) return addresses;
    const turn = this.turns.get(name) ?? 0;
    this.turns.set(name, turn + 1);
    const first = turn % addresses.length;
    return [...addresses.slice(first), ...addresses.slice(0, first)];
  }
}

function toAnswer(addresses: readonly string[], ttlMs: number): Answer {
  return { error: addresses.length > 0 ? null : 'ENOTFOUND', addresses, ttlMs };
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name.includes(':');
}
