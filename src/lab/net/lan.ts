/** All hosts on one switch, and what they share: addresses, names, rules, the tap, connection numbers. */
import type { Random } from '../core/random.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { Dns } from './dns.ts';
import { LabHost } from './host.ts';
import { HttpTap } from './http-tap.ts';
import { WireLedger } from './ledger.ts';
import type { Host, NameRule, Network, PacketRule, TraceSink } from './network.ts';
import { type TcpEnd, Wire } from './tcp/index.ts';

export interface NetworkOptions {
  readonly scheduler: Scheduler;
  readonly trace: TraceSink;
  /** The network's own generator. */
  readonly random: Random;
}

/** An empty network with the host `client`, the world outside, which is up. */
export function createNetwork(options: NetworkOptions): Network {
  return new Lan(options);
}

export class Lan implements Network {
  readonly scheduler: Scheduler;
  readonly trace: TraceSink;
  readonly random: Random;
  readonly tap: HttpTap;
  readonly dns: Dns;
  readonly ledger = new WireLedger();
  readonly client: LabHost;
  onPacket: Network['onPacket'] = null;
  rules: readonly PacketRule[] = [];
  /** Ends with SO_KEEPALIVE. They need no timer while no rule can silence a peer. */
  readonly keptAlive = new Set<TcpEnd>();
  private readonly byName = new Map<string, LabHost>();
  private readonly byAddress = new Map<string, LabHost>();
  private addresses = 0;
  private wires = 0;

  constructor({ scheduler, trace, random }: NetworkOptions) {
    this.scheduler = scheduler;
    this.trace = trace;
    this.random = random;
    this.tap = new HttpTap(scheduler, trace);
    this.dns = new Dns(scheduler, this.byName);
    // The first address is the gateway's, from which Docker forwards what comes from outside.
    this.client = this.add('client', 'client', true);
    this.client.up();
  }

  get hosts(): readonly Host[] {
    return [...this.byName.values()];
  }

  addHost(name: string, service: string): Host {
    if (this.byName.has(name)) throw new Error(`There is a host ${name} already.`);
    return this.add(name, service, false);
  }

  removeHost(name: string): void {
    const host = this.byName.get(name);
    if (host === undefined || host.isOutside) throw new Error(`There is no host ${name} to remove.`);
    host.down();
    this.byName.delete(name);
    this.byAddress.delete(host.address);
    for (const other of this.byName.values()) other.forgetRouteTo(host);
  }

  host(name: string): Host | undefined {
    return this.byName.get(name);
  }

  hostsOf(service: string): readonly Host[] {
    return this.hosts.filter((host) => host.service === service);
  }

  hostAt(address: string): LabHost | undefined {
    return this.byAddress.get(address);
  }

  addRule(rule: PacketRule): () => void {
    this.changeRules([...this.rules, rule]);
    return () => {
      if (this.rules.includes(rule)) this.changeRules(this.rules.filter((other) => other !== rule));
    };
  }

  addNameRule(rule: NameRule): () => void {
    return this.dns.addRule(rule);
  }

  resetConnections(concerns: (client: Host, server: Host, connection: number) => boolean): number {
    let count = 0;
    for (const host of this.byName.values()) {
      for (const end of host.ends) if (end.cutIf(concerns)) count++;
    }
    return count;
  }

  newWire(from: string, to: string, port: number, cause: number): Wire {
    return new Wire(this, ++this.wires, from, to, port, cause);
  }

  private add(name: string, service: string, isOutside: boolean): LabHost {
    const number = ++this.addresses;
    const host = new LabHost(this, name, service, `10.0.${number >> 8}.${number & 255}`, isOutside);
    this.byName.set(name, host);
    this.byAddress.set(host.address, host);
    return host;
  }

  private changeRules(rules: readonly PacketRule[]): void {
    this.rules = rules;
    for (const host of this.byName.values()) host.rulesChanged();
    for (const end of this.keptAlive) end.watchIdle();
  }
}
