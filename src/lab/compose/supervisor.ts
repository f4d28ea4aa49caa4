/**
 * `docker compose up` in virtual time: creates the containers of a project, starts them in the order of depends_on,
 * watches their health, restarts them, and says when all are ready or what prevents it.
 */
import type { Problem } from '../core/problem.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { Container, type ContainerContext } from './container.ts';
import { exitedAtBoot, neverHealthy, portNeverOpened } from './failure.ts';
import { startOrder } from './graph.ts';
import type { Machine, ProbeHttp, TraceSink } from './machine.ts';
import { type ComposeProject, type ComposeService, type ContainerFiles, type Dependency, endpointOf } from './model.ts';
import { oneOf } from './problems.ts';

export interface SupervisorOptions {
  readonly project: ComposeProject;
  readonly scheduler: Scheduler;
  readonly trace: TraceSink;
  readonly machine: Machine;
  readonly probeHttp: ProbeHttp;
  /** How long after its start a service may take to listen on its published ports; default 10 s. */
  readonly portTimeoutMs?: number;
}

export interface UpCallbacks {
  /** Every service is ready: healthy, or loaded and listening on what it publishes; jobs have ended with 0. */
  onReady(): void;
  /** It will not come up by itself. Called instead of onReady; the containers go on as Docker would let them. */
  onFailure(problem: Problem): void;
}

/**
 * A program that crashes because its dependency is not up yet gets there by restarting; this many crashes in a row,
 * with Docker's delays 3.1 s, mean that it does not.
 */
const BOOT_CRASHES_MAX = 6;

const PORT_TIMEOUT_MS = 10_000;
const LOG_LINES = 8;

export class Supervisor {
  private project: ComposeProject;
  private readonly options: SupervisorOptions;
  private readonly context: ContainerContext;
  /** In start order: by dependency, then as in the file, then by replica. */
  private containers: Container[] = [];
  private readonly lastLines = new Map<string, string[]>();
  private readonly endLogs: () => void;
  private boot: UpCallbacks | null = null;
  private isDown = true;
  private isPlanned = false;
  /** Containers that were started once; depends_on holds back only the first start. */
  private readonly wasStarted = new Set<Container>();
  /** Endpoints of containers that are being removed. */
  private readonly leaving = new Set<string>();
  /** Services whose containers are being made anew one after the other. */
  private readonly rolling = new Map<string, Container>();

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.project = options.project;
    const { scheduler, trace, machine, probeHttp } = options;
    this.context = { scheduler, trace, machine, probeHttp, onChange: () => this.plan() };
    this.endLogs = trace.subscribe((event) => {
      if (event.kind === 'log') this.keepLines(event.endpoint, event.text);
      // The lines of an earlier run would only hide those of the last.
      if (event.kind === 'process' && event.state === 'starting') this.lastLines.delete(event.endpoint);
    });
  }

  /** Replicas in start order. */
  get replicas(): readonly Container[] {
    return this.containers;
  }

  get isReady(): boolean {
    return this.containers.every((container) => container.isReady || this.isFinishedJob(container));
  }

  up(callbacks: UpCallbacks): void {
    this.boot = callbacks;
    this.isDown = false;
    this.createMissing();
    this.plan();
  }

  /** Stops everything, dependents before what they depend on, and removes the containers. */
  down(onDone: () => void = () => {}): void {
    this.isDown = true;
    this.boot = null;
    const names = [...this.names].reverse();
    const next = (): void => {
      const name = names.shift();
      if (name === undefined) {
        this.endLogs();
        onDone();
        return;
      }
      const containers = this.of(name);
      this.containers = this.containers.filter((container) => container.service.name !== name);
      all(containers, (container, done) => container.remove(done), next);
    };
    next();
  }

  /** Forgets everything at once; the lab ends the processes itself. */
  abandon(): void {
    this.isDown = true;
    this.boot = null;
    this.endLogs();
    for (const container of this.containers) container.discard();
    this.containers = [];
  }

  /** Stop and start again by hand; dependents that ask for it (depends_on.restart) follow. */
  restart(target: string): void {
    for (const container of this.find(target)) container.restart();
    const services = this.project.services;
    for (const { name, dependsOn } of services) {
      if (dependsOn.some((dependency) => dependency.service === target && dependency.restarts)) {
        for (const container of this.of(name)) container.restart();
      }
    }
  }

  /** The process dies (SIGKILL by default) as by a crash or the OOM killer: the restart policy brings it back. */
  kill(target: string, signal = 'SIGKILL'): void {
    for (const container of this.find(target)) container.kill(signal);
  }

  /** As `docker compose stop`: the restart policy does not bring it back, `start` does. */
  stop(target: string): void {
    for (const container of this.find(target)) container.stop();
  }

  start(target: string): void {
    for (const container of this.find(target)) this.startContainer(container);
  }

  pause(target: string): void {
    for (const container of this.find(target)) container.pause();
  }

  unpause(target: string): void {
    for (const container of this.find(target)) container.unpause();
  }

  /** More or fewer replicas of a service. Throws an Error with a sentence when that cannot be. */
  scale(name: string, replicas: number): void {
    const service = this.service(name);
    const published = service.ports.find((port) => port.published !== null);
    if (replicas > 1 && published !== undefined) {
      throw new Error(
        `"${name}" publishes the one port ${published.published}; a second replica would fail with "port is already allocated".`,
      );
    }
    this.setService({ ...service, replicas });
  }

  /** New files for a service: its replicas are made anew, one after the other. Same files: nothing happens. */
  replaceFiles(name: string, files: ContainerFiles): void {
    this.setService({ ...this.service(name), files });
  }

  /**
   * As `docker compose up` on the changed project: what changed is made anew, what is gone is removed, what is new is
   * started. Returns the names of services that are made anew or started.
   */
  update(project: ComposeProject): readonly string[] {
    const before = new Map(this.project.services.map((service) => [service.name, service]));
    const names = new Set(project.services.map((service) => service.name));
    const changed: string[] = [];
    for (const service of project.services) {
      const old = before.get(service.name);
      if (old === undefined || !isSame(old, service)) changed.push(service.name);
      else for (const container of this.of(service.name)) container.adopt(old, service);
    }
    this.project = project;
    for (const container of this.containers) if (!names.has(container.service.name)) this.removeContainer(container);
    this.fitReplicas();
    this.plan();
    return changed;
  }

  /** Endpoints that a service name or an endpoint means. Throws an Error with a sentence when there is none. */
  endpoints(target: string): readonly string[] {
    return this.find(target).map((container) => container.endpoint);
  }

  private get names(): readonly string[] {
    return startOrder(
      this.project.services.map(({ name, dependsOn }) => ({ name, dependsOn: dependsOn.map((d) => d.service) })),
    );
  }

  private service(name: string): ComposeService {
    const service = this.project.services.find((candidate) => candidate.name === name);
    if (service !== undefined) return service;
    const names = this.project.services.map((candidate) => candidate.name);
    throw new Error(`There is no service "${name}". There ${names.length === 1 ? 'is' : 'are'} ${oneOf(names)}.`);
  }

  private of(name: string): Container[] {
    return this.containers.filter((container) => container.service.name === name);
  }

  private find(target: string): Container[] {
    const byEndpoint = this.containers.filter((container) => container.endpoint === target);
    return byEndpoint.length > 0 ? byEndpoint : this.of(this.service(target).name);
  }

  private setService(service: ComposeService): void {
    const services = this.project.services.map((old) => (old.name === service.name ? service : old));
    this.update({ ...this.project, services });
  }

  private createMissing(): void {
    const byName = new Map(this.project.services.map((service) => [service.name, service]));
    const old = new Map(this.containers.map((container) => [container.endpoint, container]));
    const containers: Container[] = [];
    for (const name of this.names) {
      const service = byName.get(name)!;
      for (let number = 1; number <= service.replicas; number++) {
        const endpoint = endpointOf(name, number);
        // Its predecessor is still shutting down: it comes when the name is free.
        if (this.leaving.has(endpoint)) continue;
        containers.push(old.get(endpoint) ?? new Container(service, number, this.context));
      }
    }
    this.containers = containers;
  }

  private fitReplicas(): void {
    for (const container of this.containers) {
      const service = this.project.services.find((candidate) => candidate.name === container.service.name);
      if (service === undefined || container.number <= service.replicas) continue;
      this.removeContainer(container);
    }
    this.createMissing();
  }

  private removeContainer(container: Container): void {
    this.containers = this.containers.filter((other) => other !== container);
    this.wasStarted.delete(container);
    if (this.rolling.get(container.service.name) === container) this.rolling.delete(container.service.name);
    this.leaving.add(container.endpoint);
    container.remove(() => {
      this.leaving.delete(container.endpoint);
      if (this.isDown) return;
      this.createMissing();
      this.plan();
    });
  }

  private startContainer(container: Container): void {
    this.wasStarted.add(container);
    container.start();
    if (container.service.ports.length === 0) return;
    const { scheduler } = this.options;
    const startPeriodMs = container.service.healthcheck?.startPeriodMs ?? 0;
    const afterMs = Math.max(this.options.portTimeoutMs ?? PORT_TIMEOUT_MS, startPeriodMs);
    scheduler.after(afterMs * 1000, () => {
      if (this.boot === null || !container.isAlive || container.missingPorts.length === 0) return;
      this.fail(portNeverOpened(this.project, container, afterMs, (endpoint) => this.lines(endpoint)));
    });
  }

  /** Looks at everything once more, after the present callback. Many changes in one moment are looked at together. */
  private plan(): void {
    if (this.isPlanned || this.isDown) return;
    this.isPlanned = true;
    this.options.scheduler.after(0, () => {
      this.isPlanned = false;
      if (!this.isDown) this.advance();
    });
  }

  private advance(): void {
    for (const container of [...this.containers]) {
      if (this.wasStarted.has(container)) continue;
      if (container.service.dependsOn.every((dependency) => this.isSatisfied(dependency)))
        this.startContainer(container);
    }
    this.roll();
    if (this.boot === null) return;
    if (this.isReady) {
      const { onReady } = this.boot;
      this.boot = null;
      onReady();
      return;
    }
    const problem = this.findFailure();
    if (problem !== null) this.fail(problem);
  }

  private isSatisfied(dependency: Dependency): boolean {
    const containers = this.of(dependency.service);
    if (!dependency.isRequired) {
      // Optional: gone or broken for good counts as done with.
      const isHopeless = containers.every((c) => this.wasStarted.has(c) && !c.isAlive && !c.isRestarting);
      if (isHopeless) return true;
    }
    switch (dependency.condition) {
      case 'service_started':
        return containers.every((container) => this.wasStarted.has(container));
      case 'service_healthy':
        return containers.every((container) => container.health === 'healthy');
      case 'service_completed_successfully':
        return containers.every((container) => container.isCompleted);
    }
  }

  /** Makes outdated containers anew, in each service one at a time: the next when the last is ready, or has failed. */
  private roll(): void {
    for (const service of this.project.services) {
      const current = this.rolling.get(service.name);
      if (current !== undefined) {
        if (current.target !== service) {
          // Edited again on its way: once more.
          current.recreate(service, true);
          continue;
        }
        const isDone = current.service === service && (current.isReady || hasFailed(current));
        if (!isDone) continue;
        this.rolling.delete(service.name);
      }
      for (const outdated of this.of(service.name)) {
        if (outdated.target === service) continue;
        const willStart = this.wasStarted.has(outdated);
        outdated.recreate(service, willStart);
        if (!willStart) continue;
        this.rolling.set(service.name, outdated);
        break;
      }
    }
  }

  private isFinishedJob(container: Container): boolean {
    return container.isCompleted && container.service.ports.length === 0 && container.service.healthcheck === null;
  }

  private findFailure(): Problem | null {
    const logs = (endpoint: string) => this.lines(endpoint);
    for (const container of this.containers) {
      if (!this.wasStarted.has(container) || container.isReady || this.isFinishedJob(container)) continue;
      const isDownForGood = container.state === 'exited' && !container.isRestarting;
      const isCrashLoop = container.state === 'exited' && container.crashes >= BOOT_CRASHES_MAX;
      if (isDownForGood || isCrashLoop) return exitedAtBoot(this.project, container, logs);
      if (container.health === 'unhealthy') return neverHealthy(this.project, container, logs);
    }
    return null;
  }

  private fail(problem: Problem): void {
    const { boot } = this;
    this.boot = null;
    boot?.onFailure(problem);
  }

  private keepLines(endpoint: string, text: string): void {
    const lines = this.lastLines.get(endpoint) ?? [];
    lines.push(...text.split('\n').filter((line) => line.trim() !== ''));
    this.lastLines.set(endpoint, lines.slice(-LOG_LINES));
  }

  private lines(endpoint: string): readonly string[] {
    return this.lastLines.get(endpoint) ?? [];
  }
}

function hasFailed(container: Container): boolean {
  return container.health === 'unhealthy' || container.state === 'exited';
}

/** Same containers, wherever in the file it stands. How many there are and when they start does not concern one. */
function isSame(a: ComposeService, b: ComposeService): boolean {
  return fingerprint(a) === fingerprint(b);
}

const NOT_COMPARED = new Set(['at', 'argvAt', 'source', 'replicas', 'dependsOn']);

function fingerprint(service: ComposeService): string {
  return JSON.stringify(service, (key, value) => (NOT_COMPARED.has(key) ? undefined : value));
}

/** Runs `each` for all at once and `onDone` when the last has called back. */
function all<T>(items: readonly T[], each: (item: T, done: () => void) => void, onDone: () => void): void {
  let left = items.length;
  if (left === 0) onDone();
  for (const item of items)
    each(item, () => {
      if (--left === 0) onDone();
    });
}
