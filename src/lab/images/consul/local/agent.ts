/**
 * What this agent itself knows: the services that registered with it and the checks it runs, and how the catalog is kept
 * the same. A change goes to the catalog at once; everything is compared again about once a minute (anti-entropy).
 * With a data folder, services and checks outlive the process.
 *
 * Source: agent/agent.go, agent/local/state.go, agent/ae of hashicorp/consul.
 */
import type { ServerMachine } from '../../server.ts';
import { SECOND } from '../go/duration.ts';
import type { Raft } from '../raft.ts';
import { fold } from '../state/catalog.ts';
import type { CheckInfo, NodeInfo, ServiceInfo, Status } from '../state/rows.ts';
import { type CheckDefinition, type CheckType, checkOf, type ServiceDefinition, serviceOf } from './definition.ts';
import { Persistence } from './persistence.ts';
import { isTtl, type Runner, startCheck } from './runner.ts';

/** check_update_interval: an output that changes without its status may wait so long, and up to half more or less. */
const OUTPUT_SYNC_MS = 300_000;
const FULL_SYNC_MS = 60_000;
const RETRY_SYNC_MS = 15_000;
const REAP_MS = 30_000;
const REAP_AFTER_MIN_NS = 60 * SECOND;

interface LocalService {
  readonly info: ServiceInfo;
  isInSync: boolean;
}

interface LocalCheck {
  info: CheckInfo;
  readonly type: CheckType | null;
  runner: Runner | null;
  /** ms of the machine's clock; null while it is not critical. */
  criticalSinceMs: number | null;
  isInSync: boolean;
  cancelDeferred: (() => void) | null;
}

/** Services and checks that the catalog still has and the agent no more. */
interface Gone {
  readonly serviceId: string;
  readonly checkId: string;
}

export class LocalAgent {
  readonly services = new Map<string, LocalService>();
  readonly checks = new Map<string, LocalCheck>();
  private readonly machine: ServerMachine;
  private readonly raft: Raft;
  private readonly node: NodeInfo;
  private readonly persistence: Persistence | null;
  private gone: Gone[] = [];
  private isRetrying = false;

  constructor(machine: ServerMachine, raft: Raft, node: NodeInfo, folder: string | null) {
    this.machine = machine;
    this.raft = raft;
    this.node = node;
    this.persistence = folder === null ? null : new Persistence(machine, folder);
  }

  /** Takes up what an earlier agent left, and begins to look after it all. */
  start(services: readonly ServiceDefinition[], checks: readonly CheckDefinition[]): void {
    for (const definition of services) this.addDefinition(definition, false, false);
    for (const definition of checks) this.addCheckDefinition(definition, false);
    const { persistence } = this;
    if (persistence !== null) {
      for (const info of persistence.services())
        if (!this.services.has(info.ID)) this.services.set(info.ID, { info, isInSync: false });
      for (const { info, type } of persistence.checks()) {
        if (this.checks.has(info.CheckID)) continue;
        if (info.ServiceID !== '' && !this.services.has(info.ServiceID)) {
          persistence.dropCheck(info.CheckID);
          continue;
        }
        // Nobody knows what has become of it meanwhile.
        this.addCheck({ ...info, Status: 'critical' }, type, false);
      }
    }
    const reap = (): void => {
      this.reap();
      this.machine.after(REAP_MS, reap);
    };
    this.machine.after(REAP_MS, reap);
  }

  /** From the moment that there is a leader. */
  startSync(): void {
    const full = (): void => {
      this.compare();
      this.syncChanges(() => {});
      this.machine.after(FULL_SYNC_MS * (1 + this.machine.random() / 16), full);
    };
    full();
  }

  service(id: string): ServiceInfo | undefined {
    return this.services.get(id)?.info;
  }

  checksOf(serviceId: string, withNode: boolean): readonly CheckInfo[] {
    return [...this.checks.values()]
      .map(({ info }) => info)
      .filter(({ ServiceID }) => ServiceID === serviceId || (withNode && ServiceID === ''));
  }

  addDefinition(definition: ServiceDefinition, replacesChecks: boolean, willPersist = true): void {
    const info = serviceOf(definition);
    const types = [...(definition.Check !== null ? [definition.Check] : []), ...(definition.Checks ?? [])];
    const before = new Map(this.checksOf(info.ID, false).map((check) => [check.CheckID, check]));
    this.services.set(info.ID, { info, isInSync: false });
    this.gone = this.gone.filter(({ serviceId }) => serviceId !== info.ID);
    if (willPersist) this.persistence?.keepService(info);
    const kept = new Set<string>();
    types.forEach((type, i) => {
      const id = type.CheckID || (types.length === 1 ? `service:${info.ID}` : `service:${info.ID}:${i + 1}`);
      const check = checkOf(type, id, type.Name || `Service '${info.Service}' check`, info);
      const old = before.get(id);
      kept.add(id);
      // A service that registers again keeps what is known of its health.
      this.addCheck(old ? { ...check, Status: old.Status, Output: old.Output } : check, type, willPersist);
    });
    for (const id of before.keys()) {
      if (kept.has(id)) continue;
      if (replacesChecks) this.removeCheck(id);
      else this.renameCheck(id, info);
    }
  }

  addCheckDefinition(definition: CheckDefinition, willPersist = true): void {
    const service = definition.ServiceID === '' ? null : (this.service(definition.ServiceID) ?? null);
    const id = definition.ID || definition.CheckID || definition.Name;
    this.addCheck(checkOf(definition, id, definition.Name, service), definition, willPersist);
  }

  /** Also of checks that nobody runs: maintenance. */
  addCheck(info: CheckInfo, type: CheckType | null, willPersist: boolean): void {
    const { CheckID: id } = info;
    this.endCheck(id);
    const check: LocalCheck = {
      info,
      type,
      runner: null,
      criticalSinceMs: info.Status === 'critical' ? this.machine.nowMs() : null,
      isInSync: false,
      cancelDeferred: null,
    };
    this.checks.set(id, check);
    this.gone = this.gone.filter(({ checkId }) => checkId !== id);
    if (willPersist) this.persistence?.keepCheck(info, type);
    if (type === null) return;
    const runner = startCheck(this.machine, id, type, (status, output) => this.found(id, status, output));
    check.runner = runner;
    if (!isTtl(runner)) return;
    const state = this.persistence?.ttlState(id, type, this.machine.wallMs());
    if (state) runner.restore(state.status, state.output, state.leftMs);
  }

  /** False when there is no such TTL check. */
  setTtl(id: string, status: Status, output: string): boolean {
    const check = this.checks.get(id);
    if (!check?.runner?.set || !check.type) return false;
    const kept = check.runner.set(status, output);
    this.persistence?.keepTtlState(id, status, kept, this.machine.wallMs() + check.type.TTL / 1e6);
    return true;
  }

  removeService(id: string): void {
    const service = this.services.get(id);
    if (service === undefined) return;
    for (const { CheckID } of this.checksOf(id, false)) this.removeCheck(CheckID);
    this.services.delete(id);
    this.persistence?.dropService(id);
    this.gone.push({ serviceId: id, checkId: '' });
    this.machine.log(`[INFO]  agent: Deregistered service: service=${id}`);
  }

  removeCheck(id: string): void {
    if (!this.checks.has(id)) return;
    this.endCheck(id);
    this.checks.delete(id);
    this.persistence?.dropCheck(id);
    this.gone.push({ serviceId: '', checkId: id });
  }

  /** Tells the catalog of all that it does not know yet, and calls back when it does, or cannot be told. */
  syncChanges(onDone: () => void) {
    if (!this.raft.isLeader) return onDone();
    let open = 1;
    let hasFailed = false;
    const settle = () => {
      open--;
      if (open > 0) return;
      if (hasFailed) this.retry();
      onDone();
    };
    const send = (command: Parameters<Raft['propose']>[0], undo: () => void): void => {
      open++;
      this.raft.propose(command, (outcome) => {
        if ('error' in outcome) {
          hasFailed = true;
          undo();
          this.machine.log(`[WARN]  agent: Syncing to the catalog failed: error="${outcome.error}"`);
        }
        settle();
      });
    };
    const { node } = this;
    const { gone } = this;
    this.gone = [];
    for (const each of gone) send({ op: 'deregister', node: node.Node, ...each }, () => this.gone.push(each));
    for (const [id, service] of this.services) {
      if (service.isInSync) continue;
      const checks = [...this.checks.values()].filter(({ info, isInSync }) => info.ServiceID === id && !isInSync);
      service.isInSync = true;
      for (const check of checks) this.toldOf(check);
      const register = { op: 'register', node, skipsNode: false, service: service.info } as const;
      send({ ...register, checks: checks.map(({ info }) => info) }, () => {
        service.isInSync = false;
        for (const check of checks) check.isInSync = false;
      });
    }
    for (const check of this.checks.values()) {
      if (check.isInSync) continue;
      this.toldOf(check);
      send({ op: 'register', node, skipsNode: false, service: null, checks: [check.info] }, () => {
        check.isInSync = false;
      });
    }
    settle();
  }

  /** Of all checks, what the catalog has of them or not. */
  private toldOf(check: LocalCheck): void {
    check.isInSync = true;
    check.cancelDeferred?.();
    check.cancelDeferred = null;
  }

  private retry(): void {
    if (this.isRetrying) return;
    this.isRetrying = true;
    this.machine.after(RETRY_SYNC_MS * (1 + this.machine.random() / 16), () => {
      this.isRetrying = false;
      this.syncChanges(() => {});
    });
  }

  /** Anti-entropy: what the catalog says of this node must be what the agent says. */
  private compare(): void {
    const { catalog } = this.raft.store;
    const { Node } = this.node;
    const services = new Map(catalog.servicesOfNode(Node).map((row) => [row.ID, row]));
    const checks = new Map(catalog.checksOfNode(Node).map((row) => [row.CheckID, row]));
    for (const row of services.values())
      if (!this.services.has(row.ID) && row.ID !== 'consul') this.gone.push({ serviceId: row.ID, checkId: '' });
    for (const row of checks.values())
      if (
        !this.checks.has(row.CheckID) &&
        row.CheckID !== 'serfHealth' &&
        services.has(row.ServiceID) === (row.ServiceID !== '')
      )
        this.gone.push({ serviceId: '', checkId: row.CheckID });
    for (const [id, service] of this.services) {
      const row = services.get(id);
      if (row === undefined || !isSubset(service.info, row)) service.isInSync = false;
    }
    for (const [id, check] of this.checks) {
      const row = checks.get(id);
      // An output that waits for its time is not compared.
      const { Output: _, ...rest } = check.info;
      if (row === undefined || !isSubset(check.cancelDeferred === null ? check.info : rest, row))
        check.isInSync = false;
    }
  }

  private found(id: string, Status: Status, Output: string): void {
    const check = this.checks.get(id);
    if (check === undefined) return;
    const { info } = check;
    if (Status !== 'critical') check.criticalSinceMs = null;
    else check.criticalSinceMs ??= this.machine.nowMs();
    if (info.Status === Status && info.Output === Output) return;
    check.info = { ...info, Status, Output };
    if (info.Status !== Status) {
      check.isInSync = false;
      this.syncChanges(() => {});
      return;
    }
    if (check.cancelDeferred !== null || !check.isInSync) return;
    check.cancelDeferred = this.machine.after(OUTPUT_SYNC_MS / 2 + this.machine.random() * OUTPUT_SYNC_MS, () => {
      check.cancelDeferred = null;
      check.isInSync = false;
      this.syncChanges(() => {});
    });
  }

  /** Services whose checks have been critical for too long. */
  private reap(): void {
    const nowMs = this.machine.nowMs();
    const late = new Map<string, string>();
    for (const { info, type, criticalSinceMs } of this.checks.values()) {
      const after = type?.DeregisterCriticalServiceAfter ?? 0;
      if (after <= 0 || info.ServiceID === '' || criticalSinceMs === null) continue;
      if (nowMs - criticalSinceMs > Math.max(after, REAP_AFTER_MIN_NS) / 1e6) late.set(info.ServiceID, info.CheckID);
    }
    for (const [service, check] of late) {
      const text = `check has been critical for too long: service=${service} check=${check}`;
      this.machine.log(`[INFO]  agent: Check for service has been critical for too long; deregistering: ${text}`);
      this.removeService(service);
    }
    if (late.size > 0) this.syncChanges(() => {});
  }

  private renameCheck(id: string, { Service, Tags }: ServiceInfo): void {
    const check = this.checks.get(id)!;
    check.info = { ...check.info, ServiceName: Service, ServiceTags: Tags };
  }

  private endCheck(id: string): void {
    const check = this.checks.get(id);
    check?.runner?.stop();
    check?.cancelDeferred?.();
  }

  get nodeName(): string {
    return this.node.Node;
  }

  isSelf(node: string): boolean {
    return fold(node) === fold(this.node.Node);
  }
}

/** Whether the catalog's row says all that the agent says. */
function isSubset(part: object, row: object): boolean {
  const whole = row as Readonly<Record<string, unknown>>;
  return Object.entries(part).every(([key, value]) => JSON.stringify(whole[key]) === JSON.stringify(value));
}
