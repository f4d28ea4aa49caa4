/** Containers as processes on hosts of the lab's network: what the supervisor (compose/) drives. */
import type { ContainerSpec, Machine, ProcessCallbacks, ProcessHandle, SpawnSpec } from './compose/index.ts';
import { fileTree, toProjectPath } from './compose/index.ts';
import type { Problem } from './core/problem.ts';
import type { World } from './core/world.ts';
import { RequestCost } from './cpu-cost.ts';
import type { Host, Network } from './net/network.ts';
import { COPIES_MAX } from './process/evaluate.ts';
import { HostFiles } from './process/files.ts';
import { Process, type Programs } from './process/process.ts';

/** One replica's host, which outlives its processes. */
export interface Container {
  readonly spec: ContainerSpec;
  readonly host: Host;
  readonly files: HostFiles;
  readonly cost: RequestCost;
  main: Process | null;
  pids: number;
}

export class LabMachine implements Machine {
  readonly containers = new Map<string, Container>();
  onProblem: (problem: Problem) => void = () => {};
  private readonly world: World;
  private readonly network: Network;
  private readonly programs: Programs;
  private readonly copies = new Map<string, number>();

  constructor(world: World, network: Network, programs: Programs) {
    this.world = world;
    this.network = network;
    this.programs = programs;
  }

  create(spec: ContainerSpec): void {
    const { endpoint, service } = spec;
    const { world } = this;
    this.containers.set(endpoint, {
      spec,
      host: this.network.addHost(endpoint, service.name),
      files: new HostFiles(fileTree(service), () => world.epochMs + world.nowMs),
      cost: new RequestCost(service.lab.cpu, world.random(`request cost ${endpoint}`)),
      main: null,
      pids: 0,
    });
  }

  remove(endpoint: string): void {
    this.containers.delete(endpoint);
    this.network.removeHost(endpoint);
  }

  spawn({ endpoint, argv, env, cwd, role }: SpawnSpec, callbacks: ProcessCallbacks): ProcessHandle {
    const container = this.containers.get(endpoint);
    if (container === undefined) throw new Error(`spawn on ${endpoint}, which was not created`);
    const { world, network } = this;
    const { host, files, cost, spec } = container;
    const isMain = role === 'main';
    if (isMain) host.up();
    const process = new Process({
      world,
      host,
      programs: this.programs,
      pid: ++container.pids,
      codeCopy: isMain ? this.copyOf(spec.service.name) : COPIES_MAX,
      argv,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOSTNAME: spec.hostname, HOME: '/home/node', ...env },
      cwd,
      files,
      projectPath: (path) => toProjectPath(spec.service, path) ?? path,
      requestCostUs: () => cost.drawUs(),
      requestIdOf: (connection) => network.tap.requestIdOf(connection),
      isGuest: !isMain,
      onLoaded: () => callbacks.onLoaded(),
      onListening: (port, address) => callbacks.onListening(port, address),
      onLog: (stream, text, cause) => this.log(endpoint, stream, text, cause),
      onProblem: (problem) => this.onProblem(problem),
      onExit: (exit) => {
        if (isMain) {
          container.main = null;
          host.down();
        }
        // The supervisor must not start the next process from inside the last one's callback.
        world.scheduler.after(0, () => callbacks.onExit(exit));
      },
    });
    if (isMain) container.main = process;
    process.start();
    return { signal: (name) => process.signal(name) };
  }

  /** Services take turns when there are more of them than copies. */
  private copyOf(service: string): number {
    const known = this.copies.get(service) ?? this.copies.size % COPIES_MAX;
    this.copies.set(service, known);
    return known;
  }

  private log(endpoint: string, stream: 'stdout' | 'stderr', text: string, cause: number): void {
    const line = text.endsWith('\n') ? text.slice(0, -1) : text;
    this.world.trace.record({ kind: 'log', atMs: this.world.nowMs, endpoint, stream, text: line, cause });
  }
}
