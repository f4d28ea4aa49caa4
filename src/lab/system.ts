/** One project, up and running on a world's clock and network: its containers, its faults, its figures. */
import {
  type ComposeProject,
  type ContainerSpec,
  canReach,
  type Machine,
  parseCompose,
  Supervisor,
} from './compose/index.ts';
import type { Condition } from './condition/index.ts';
import type { FaultSpec } from './core/events.ts';
import type { Problem } from './core/problem.ts';
import type { World } from './core/world.ts';
import { type ActiveFault, applyFault, type FaultTarget } from './faults/index.ts';
import { HttpClient } from './load/index.ts';
import type { LabMachine } from './machine.ts';
import type { Host, Network } from './net/network.ts';
import { DROP, PASS } from './net/network.ts';
import { CompileError, compileModule } from './process/compile.ts';
import { Sampler } from './sampler.ts';

export type ProjectFiles = Readonly<Record<string, string>>;

/** A replica's machine and its main process, as figures and the end of a run need them. */
export interface RunningContainer {
  readonly spec: ContainerSpec;
  readonly host: Host;
  readonly main: {
    readonly cpuUsedUs: number;
    readonly queued: number;
    readonly inFlight: number;
    readonly figures?: Readonly<Record<string, number>> | null;
    signal(name: string): void;
  } | null;
}

/** What containers run on: the lab's own processes, or those of this machine (engines/local). */
export interface SystemMachine extends Machine {
  readonly containers: ReadonlyMap<string, RunningContainer>;
  onProblem: (problem: Problem) => void;
  /** Of a replica that is or will be. */
  conditionOf(endpoint: string): Condition;
  /** The main process ends in the middle of what it does. */
  crash(endpoint: string, reason: string): never;
}

export interface SystemOptions<M extends SystemMachine> {
  readonly world: World;
  readonly network: Network;
  readonly project: ComposeProject;
  readonly machine: M;
}

export type ReadResult =
  | { readonly ok: true; readonly project: ComposeProject; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** compose.yaml and what it names, and whether every program in it compiles. */
export function readProject(files: ProjectFiles): ReadResult {
  const read = parseCompose(files);
  if (!read.ok) return { ok: false, problems: read.problems };
  const problems = syntaxProblems(files);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, project: read.project, warnings: read.warnings };
}

/** Syntax errors of the project's programs; each is shown at its place before anything runs. */
export function syntaxProblems(files: ProjectFiles): Problem[] {
  const problems: Problem[] = [];
  for (const [path, text] of Object.entries(files)) {
    if (!/\/src\/.*\.[cm]?[jt]s$/.test(path) || /\.(test|d)\.ts$/.test(path)) continue;
    try {
      compileModule(path, text);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      const { message, line, column } = error;
      problems.push({ message: `SyntaxError: ${message}`, file: path, line, column, severity: 'error' });
    }
  }
  return problems;
}

export class System<M extends SystemMachine = LabMachine> {
  readonly client: HttpClient;
  readonly machine: M;
  readonly supervisor: Supervisor;
  onProblem: (problem: Problem) => void = () => {};
  private readonly world: World;
  private readonly network: Network;
  private project: ComposeProject;
  private readonly probes = new Map<string, HttpClient>();
  private readonly faults = new Map<number, ActiveFault>();
  private lastFault = 0;
  private readonly sampler: Sampler;
  private readonly ends: (() => void)[] = [];

  constructor({ world, network, project, machine }: SystemOptions<M>) {
    this.world = world;
    this.network = network;
    this.project = project;
    const { scheduler, trace } = world;
    this.machine = machine;
    this.machine.onProblem = (problem) => this.onProblem(problem);
    this.client = new HttpClient(network.client, scheduler);
    this.supervisor = new Supervisor({
      project,
      scheduler,
      trace,
      machine: this.machine,
      probeHttp: (endpoint, url, timeoutMs, onDone) => this.probe(endpoint, url, timeoutMs, onDone),
    });
    this.sampler = new Sampler(world, () => this.machine.containers.values());
    this.addLinks();
  }

  /** `docker compose up --wait`: calls back with null when all is ready, or with what prevents it. */
  up(onDone: (problem: Problem | null) => void): void {
    this.sampler.start();
    this.supervisor.up({ onReady: () => onDone(null), onFailure: onDone });
  }

  /** Starts the fault; returns its id. Throws an Error with a sentence for an unknown service or a bad value. */
  inject(spec: FaultSpec): number {
    const fault = applyFault(spec, this.faultTarget());
    this.faults.set(fault.id, fault);
    return fault.id;
  }

  /** Ends the fault; nothing happens when it is over. */
  heal(id: number): void {
    this.faults.get(id)?.heal();
    this.faults.delete(id);
  }

  /** Rolls out what changed; the names of the services that are made anew. */
  update(project: ComposeProject): readonly string[] {
    this.project = project;
    return this.supervisor.update(project);
  }

  /** All of it ends at once, without goodbyes. */
  dispose(): void {
    for (const fault of this.faults.values()) fault.heal();
    this.sampler.stop();
    this.client.close();
    this.supervisor.abandon();
    for (const { main, spec } of [...this.machine.containers.values()]) {
      main?.signal('SIGKILL');
      this.machine.remove(spec.endpoint);
    }
    for (const end of this.ends) end();
  }

  private faultTarget(): FaultTarget {
    const { world, network, supervisor, machine } = this;
    return {
      network,
      scheduler: world.scheduler,
      trace: world.trace,
      services: this.project.services.map(({ name }) => name),
      newId: () => ++this.lastFault,
      random: (id) => world.random(`fault ${id}`),
      endpointsOf: (target) => supervisor.endpoints(target),
      process: (endpoint) => ({
        kill: (signal) => supervisor.kill(endpoint, signal),
        restart: () => supervisor.restart(endpoint),
        pause: () => supervisor.pause(endpoint),
        resume: () => {
          // A smaller scale may have removed the replica meanwhile.
          if (supervisor.replicas.some((each) => each.endpoint === endpoint)) supervisor.unpause(endpoint);
        },
        condition: machine.conditionOf(endpoint),
        crash: (reason) => machine.crash(endpoint, reason),
      }),
    };
  }

  private probe(
    endpoint: string,
    url: string,
    timeoutMs: number,
    onDone: (result: { status: number; error?: string }) => void,
  ): void {
    const container = this.machine.containers.get(endpoint);
    if (container === undefined) {
      this.world.scheduler.after(0, () => onDone({ status: 0, error: 'the container is gone' }));
      return;
    }
    let client = this.probes.get(endpoint);
    if (client === undefined || client.host !== container.host) {
      client = new HttpClient(container.host, this.world.scheduler, { keepAlive: false, userAgent: 'Wget' });
      this.probes.set(endpoint, client);
    }
    client.request({ method: 'GET', url, timeoutMs }, ({ status, error }) =>
      onDone(error === null ? { status } : { status, error }),
    );
  }

  /** Latencies that the compose file declares, and networks that do not meet. */
  private addLinks(): void {
    const { services, lab } = this.project;
    const byName = new Map(services.map((service) => [service.name, service]));
    const ownUs = (name: string) => (byName.get(name)?.lab.latencyMs ?? lab.latencyMs ?? 0) * 1000;
    if (services.some(({ name }) => ownUs(name) > 0))
      this.ends.push(
        this.network.addRule({
          concerns: (from, to) => ownUs(from.service) > 0 || ownUs(to.service) > 0,
          decide: ({ from, to }) => PASS + Math.max(ownUs(from.service), ownUs(to.service)),
        }),
      );
    const isCut = (a: string, b: string) => byName.has(a) && byName.has(b) && !canReach(this.project, a, b);
    if (services.some((a) => services.some((b) => isCut(a.name, b.name))))
      this.ends.push(
        this.network.addRule({ concerns: (from, to) => isCut(from.service, to.service), decide: () => DROP }),
      );
  }
}
