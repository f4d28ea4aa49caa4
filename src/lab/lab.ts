/** One run: a project on a virtual clock, steered from outside. */

import type { ComposeProject } from './compose/index.ts';
import type { FaultSpec } from './core/events.ts';
import type { Problem } from './core/problem.ts';
import { World } from './core/world.ts';
import type { ToolResult } from './images/server.ts';
import type { HttpReply } from './load/index.ts';
import { constant, LoadGenerator } from './load/index.ts';
import { type LoadTickData, LoadTicker } from './load-ticks.ts';
import { LabMachine } from './machine.ts';
import { createNetwork } from './net/index.ts';
import type { Network } from './net/network.ts';
import type { Programs } from './process/process.ts';
import { type ProjectFiles, readProject, System, type SystemMachine } from './system.ts';

export interface LabOptions {
  /** Text files by path; one of them is the compose file. */
  readonly files: ProjectFiles;
  readonly seed: number;
  readonly programs: Programs;
  readonly epochMs?: number;
  /** The host's real clock, ms; only ends callbacks that do not return. */
  readonly realNowMs?: () => number;
}

export type CreateResult =
  | { readonly ok: true; readonly lab: Lab }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface LabRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
}

export interface LabReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly durationMs: number;
  readonly error?: string;
  readonly requestId: number;
}

export interface LabLoad {
  readonly method?: string;
  readonly url: string;
  readonly ratePerSecond: number;
  readonly durationMs?: number;
  readonly timeoutMs?: number;
  /** `{n}` in it, in url and headers becomes the request's number, so that each order is its own; `{n%9}` goes round. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LabAction {
  readonly verb: 'stop' | 'start' | 'kill' | 'scale';
  readonly target: string;
  /** The signal, or the number of replicas. */
  readonly argument?: string | number;
}

/** As long as a browser or a load balancer in front would wait. */
const TIMEOUT_MS = 30_000;
/** "Until stopped": longer than anybody watches. */
const FOREVER_MS = 30 * 24 * 3_600_000;

const decoder = new TextDecoder();

function numbered(text: string, n: number): string {
  return text.replace(/\{n(?:%(\d+))?\}/g, (_, round = Infinity) => `${(n % round) + 1}`);
}

/** Reads the project; nothing runs before `boot`. Problems name file and line. */
export function createLab(options: LabOptions): CreateResult {
  const read = readProject(options.files);
  if (!read.ok) return { ok: false, problems: read.problems };
  const { files, programs } = options;
  const { project } = read;
  const world = new World(options);
  const network = createNetwork({ scheduler: world.scheduler, trace: world.trace, random: world.random('network') });
  const system = new System({ world, network, project, machine: new LabMachine(world, network, programs) });
  return { ok: true, lab: new Lab({ files, project, world, network, system }) };
}

/** What a run is steered on; the local engine's are real. */
export interface LabParts<M extends SystemMachine> {
  readonly files: ProjectFiles;
  readonly project: ComposeProject;
  readonly world: World;
  readonly network: Network;
  readonly system: System<M>;
}

export class Lab<M extends SystemMachine = LabMachine> {
  onProblem: (problem: Problem) => void = () => {};
  onLoadTick: (tick: LoadTickData) => void = () => {};
  /** All services are ready. */
  onReady: () => void = () => {};
  readonly world: World;
  readonly network: Network;
  readonly system: System<M>;
  readonly project: ComposeProject;
  private files: ProjectFiles;
  private readonly loads = new Map<number, { generator: LoadGenerator; ticker: LoadTicker }>();
  private lastLoad = 0;

  constructor({ files, project, world, network, system }: LabParts<M>) {
    this.files = files;
    this.project = project;
    this.world = world;
    this.network = network;
    this.system = system;
    system.onProblem = (problem) => this.onProblem(problem);
  }

  get scheduler() {
    return this.world.scheduler;
  }

  get trace() {
    return this.world.trace;
  }

  /** Why the run cannot go on; null while it can. */
  get ended(): Problem | null {
    return this.world.ended;
  }

  get topology() {
    return {
      services: this.project.services.map(({ name, replicas, exposed, ports, image, dependsOn }) => ({
        name,
        replicas,
        ports: exposed,
        image,
        dependsOn: dependsOn.map((dependency) => dependency.service),
        isPublished: ports.length > 0,
      })),
    };
  }

  /** Starts all services; what happens from here on happens as the scheduler is stepped. */
  boot(): void {
    this.system.up((problem) => (problem === null ? this.onReady() : this.onProblem(problem)));
  }

  /** One request from outside; `onReply` is called once, with status 0 and an error code when no reply came. */
  request(spec: LabRequest, onReply: (reply: LabReply) => void): void {
    const startUs = this.scheduler.nowUs;
    const { method, url, headers, body, timeoutMs } = spec;
    this.system.client.request({ method, url, headers, body, timeoutMs: timeoutMs ?? TIMEOUT_MS }, (reply) =>
      onReply(this.toReply(reply, startUs)),
    );
  }

  inject(fault: FaultSpec): number {
    return this.system.inject(fault);
  }

  heal(faultId: number): void {
    this.system.heal(faultId);
  }

  /** A command of the image in a container; null when there is no server in it. Throws an Error for an unknown service. */
  exec(
    { service, argv, replica = 1 }: { service: string; argv: readonly string[]; replica?: number },
    onDone: (result: ToolResult | null) => void,
  ): void {
    const { supervisor, machine } = this.system;
    machine.tool(supervisor.endpoints(service)[replica - 1] ?? '', argv, onDone);
  }

  /** Throws an Error with a sentence when that cannot be. */
  control({ verb, target, argument }: LabAction): void {
    this.system.supervisor[verb](target, argument as never);
  }

  startLoad({ method = 'GET', url, ratePerSecond, durationMs, timeoutMs, body, headers: given }: LabLoad): number {
    const id = ++this.lastLoad;
    // The request client says what it sends, and so does the load: without it a service sees no JSON.
    const headers = Object.entries({ ...(body && { 'content-type': 'application/json' }), ...given });
    const ticker = new LoadTicker(this.world, (tick) => this.onLoadTick(tick));
    const generator = new LoadGenerator(
      {
        stages: constant(ratePerSecond, durationMs ?? FOREVER_MS),
        arrivals: 'constant',
        timeoutMs: timeoutMs ?? TIMEOUT_MS,
        request: (i) => ({
          method,
          url: numbered(url, i),
          headers: Object.fromEntries(headers.map(([name, value]) => [name, numbered(value, i)])),
          body: body === undefined ? undefined : numbered(body, i),
        }),
        each: (result) => ticker.add(result),
        keepResults: false,
      },
      this.system.client,
      this.scheduler,
      { arrivals: this.world.random(`load ${id} arrivals`), requests: this.world.random(`load ${id} requests`) },
      { onDone: () => ticker.stop() },
    );
    this.loads.set(id, { generator, ticker });
    return id;
  }

  stopLoad(id: number): void {
    const load = this.loads.get(id);
    load?.generator.stop();
    load?.ticker.stop();
    this.loads.delete(id);
  }

  /** Replaces files and rolls the services that contain them; load and faults go on. With problems nothing changes. */
  edit(files: ProjectFiles): { readonly restarted: readonly string[]; readonly problems: readonly Problem[] } {
    const read = readProject(files);
    if (!read.ok) return { restarted: [], problems: read.problems };
    this.files = files;
    return { restarted: this.system.update(read.project), problems: read.warnings };
  }

  /** The text of a project file as it runs now. */
  file(path: string): string | undefined {
    return this.files[path];
  }

  private toReply({ status, headers, body, error, connection }: HttpReply, startUs: number): LabReply {
    return {
      status,
      headers,
      body: decoder.decode(body),
      durationMs: (this.scheduler.nowUs - startUs) / 1000,
      ...(error === null ? {} : { error }),
      requestId: connection === 0 ? 0 : this.network.tap.lastRequestIdOf(connection),
    };
  }
}
