/** Nodes, services and checks. */
import { compareText } from '../go/json.ts';
import type { CheckInfo, CheckRow, DeregisterCommand, NodeRow, RegisterCommand, ServiceRow, Tables } from './rows.ts';
import type { Outcome, Store } from './store.ts';

/** Names of nodes and services are found in any case. */
export const fold = (name: string): string => name.toLowerCase();
const pair = (node: string, id: string) => `${fold(node)}\n${id}`;
export const serviceIndex = (name: string): string => `service.${fold(name)}`;
/** When the last instance of some service was removed. */
const EXTINCTION = 'service_last_extinction';

export class Catalog {
  readonly nodes = new Map<string, NodeRow>();
  private readonly services = new Map<string, ServiceRow>();
  private readonly checks = new Map<string, CheckRow>();
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  node(name: string): NodeRow | undefined {
    return this.nodes.get(fold(name));
  }

  check(node: string, id: string): CheckRow | undefined {
    return this.checks.get(pair(node, id));
  }

  allNodes(): readonly NodeRow[] {
    return [...this.nodes.values()].sort((a, b) => compareText(fold(a.Node), fold(b.Node)));
  }

  /** By node, then by id. */
  allServices(): readonly ServiceRow[] {
    return [...this.services.values()].sort(
      (a, b) => compareText(fold(a.Node), fold(b.Node)) || compareText(a.ID, b.ID),
    );
  }

  allChecks(): readonly CheckRow[] {
    return [...this.checks.values()].sort(
      (a, b) => compareText(fold(a.Node), fold(b.Node)) || compareText(a.CheckID, b.CheckID),
    );
  }

  servicesOfNode(node: string): readonly ServiceRow[] {
    return this.allServices().filter((row) => fold(row.Node) === fold(node));
  }

  checksOfNode(node: string): readonly CheckRow[] {
    return this.allChecks().filter((row) => fold(row.Node) === fold(node));
  }

  instances(service: string): readonly ServiceRow[] {
    return this.allServices().filter((row) => fold(row.Service) === fold(service));
  }

  /** Of the node itself and of this instance. */
  checksOfInstance({ Node, ID }: ServiceRow): readonly CheckRow[] {
    const all = this.checksOfNode(Node);
    return [...all.filter((check) => check.ServiceID === ''), ...all.filter((check) => check.ServiceID === ID)];
  }

  /** What a query of one service's instances compares. */
  indexOfService(service: string, hasInstances: boolean, withChecks: boolean): number {
    const { indexes } = this.store;
    if (!hasInstances) {
      const extinction = indexes.get(EXTINCTION);
      if (extinction !== undefined) return extinction;
    }
    return (
      indexes.get(serviceIndex(service)) ?? this.store.maxIndex('nodes', 'services', ...(withChecks ? ['checks'] : []))
    );
  }

  register(index: number, { node, skipsNode, service, checks }: RegisterCommand): Outcome {
    const known = this.node(node.Node);
    if (skipsNode ? known === undefined : false) return { error: `failed inserting node: node lookup by name failed` };
    // All or nothing: what can be wrong is looked at before anything changes.
    for (const check of checks) {
      const isNew = service !== null && check.ServiceID === service.ID;
      if (check.ServiceID !== '' && !isNew && !this.services.has(pair(node.Node, check.ServiceID)))
        return { error: 'failed inserting check: Missing service registration' };
    }
    if (!skipsNode) this.putNode(index, node);
    if (service !== null) this.putService(index, node.Node, service);
    for (const check of checks) this.putCheck(index, node.Node, check);
    return { ok: true };
  }

  private putNode(index: number, node: RegisterCommand['node']): void {
    const old = this.node(node.Node);
    const fresh = { ...node, CreateIndex: old?.CreateIndex ?? index, ModifyIndex: index };
    if (old !== undefined && isSame(old, { ...fresh, ModifyIndex: old.ModifyIndex })) return;
    this.nodes.set(fold(node.Node), fresh);
    this.store.touch('nodes', index);
    this.touchServicesOfNode(index, node.Node);
  }

  private putService(index: number, node: string, service: NonNullable<RegisterCommand['service']>): void {
    const key = pair(node, service.ID);
    const old = this.services.get(key);
    const fresh = { Node: node, ...service, CreateIndex: old?.CreateIndex ?? index, ModifyIndex: index };
    if (old !== undefined && isSame(old, { ...fresh, ModifyIndex: old.ModifyIndex })) return;
    this.services.set(key, fresh);
    this.store.touch('services', index);
    this.store.touch(serviceIndex(service.Service), index);
    if (old !== undefined && fold(old.Service) !== fold(service.Service))
      this.touchServiceAfterLoss(index, old.Service);
  }

  private putCheck(index: number, node: string, info: CheckInfo): void {
    const key = pair(node, info.CheckID);
    const old = this.checks.get(key);
    const owner = this.services.get(pair(node, info.ServiceID));
    const fresh: CheckRow = {
      ...info,
      Node: node,
      ...(owner && info.ServiceID !== '' ? { ServiceName: owner.Service, ServiceTags: owner.Tags } : {}),
      CreateIndex: old?.CreateIndex ?? index,
      ModifyIndex: index,
    };
    const isChanged = old === undefined || !isSame(old, { ...fresh, ModifyIndex: old.ModifyIndex });
    if (isChanged) {
      this.checks.set(key, fresh);
      this.store.touch('checks', index);
      if (info.ServiceID === '') this.touchServicesOfNode(index, node);
      else this.store.touch(serviceIndex(fresh.ServiceName), index);
    }
    if (fresh.Status === 'critical') this.invalidate(index, node, info.CheckID);
  }

  deregister(index: number, { node, serviceId, checkId }: DeregisterCommand): void {
    if (serviceId !== '') this.deleteService(index, node, serviceId);
    else if (checkId !== '') this.deleteCheck(index, node, checkId);
    else this.deleteNode(index, node);
  }

  private deleteNode(index: number, name: string): void {
    const node = this.node(name);
    if (node === undefined) return;
    for (const service of this.servicesOfNode(name)) this.deleteService(index, name, service.ID);
    for (const check of this.checksOfNode(name)) this.deleteCheck(index, name, check.CheckID);
    this.nodes.delete(fold(name));
    this.store.touch('nodes', index);
    for (const session of this.store.sessionsOf(({ Node }) => fold(Node) === fold(name)))
      this.store.sessions.destroy(index, session.ID);
  }

  private deleteService(index: number, node: string, id: string): void {
    const service = this.services.get(pair(node, id));
    if (service === undefined) return;
    for (const check of this.checksOfNode(node))
      if (check.ServiceID === id) this.deleteCheck(index, node, check.CheckID);
    this.store.touch('checks', index);
    this.services.delete(pair(node, id));
    this.store.touch('services', index);
    this.touchServiceAfterLoss(index, service.Service);
  }

  private deleteCheck(index: number, node: string, id: string): void {
    const check = this.checks.get(pair(node, id));
    if (check === undefined) return;
    this.checks.delete(pair(node, id));
    this.store.touch('checks', index);
    if (check.ServiceID === '') this.touchServicesOfNode(index, node);
    else this.store.touch(serviceIndex(check.ServiceName), index);
    this.invalidate(index, node, id);
  }

  private touchServiceAfterLoss(index: number, name: string): void {
    if (this.instances(name).length > 0) {
      this.store.touch(serviceIndex(name), index);
      return;
    }
    this.store.indexes.delete(serviceIndex(name));
    this.store.touch(EXTINCTION, index);
  }

  private touchServicesOfNode(index: number, node: string): void {
    for (const service of this.servicesOfNode(node)) this.store.touch(serviceIndex(service.Service), index);
  }

  /** Sessions that rest on a check end with it. */
  private invalidate(index: number, node: string, check: string): void {
    const rests = this.store.sessionsOf(
      (session) =>
        fold(session.Node) === fold(node) &&
        (session.NodeChecks.includes(check) || (session.ServiceChecks ?? []).some(({ ID }) => ID === check)),
    );
    for (const session of rests) this.store.sessions.destroy(index, session.ID);
  }

  dump(): Pick<Tables, 'nodes' | 'services' | 'checks'> {
    return { nodes: [...this.allNodes()], services: [...this.allServices()], checks: [...this.allChecks()] };
  }

  load({ nodes, services, checks }: Tables): void {
    for (const row of nodes) this.nodes.set(fold(row.Node), row);
    for (const row of services) this.services.set(pair(row.Node, row.ID), row);
    for (const row of checks) this.checks.set(pair(row.Node, row.CheckID), row);
  }

  get bytes(): number {
    let bytes = (this.nodes.size + this.services.size) * 1000;
    for (const check of this.checks.values()) bytes += 800 + check.Output.length;
    return bytes;
  }

  get counts(): {
    readonly services: number;
    readonly passing: number;
    readonly warning: number;
    readonly critical: number;
  } {
    const counts = { services: this.services.size, passing: 0, warning: 0, critical: 0 };
    for (const { Status } of this.checks.values()) counts[Status]++;
    return counts;
  }
}

/** Plain data with the same content; the order of a map's keys does not matter. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key]));
}
