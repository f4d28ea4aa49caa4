/** Containers as processes on hosts of the lab's network: what the supervisor (compose/) drives. */
import type { ContainerSpec, Machine, ProcessCallbacks, ProcessHandle, SpawnSpec } from './compose/index.ts';
import { fileTree, toProjectPath } from './compose/index.ts';
import { Condition, DiskFiles } from './condition/index.ts';
import type { Problem } from './core/problem.ts';
import type { World } from './core/world.ts';
import type { Host, Network } from './net/network.ts';
import { COPIES_MAX } from './process/evaluate.ts';
import { ExitSignal, Process, type Programs } from './process/process.ts';

/** One replica's host, which outlives its processes. */
export interface Container {
  readonly spec: ContainerSpec;
  readonly host: Host;
  readonly files: DiskFiles;
  readonly condition: Condition;
  main: Process | null;
  /** Ended in the middle of a callback, which may go on in a catch block: it must not touch anything. */
  crashed: Process | null;
  pids: number;
}

export class LabMachine implements Machine {
  readonly containers = new Map<string, Container>();
  onProblem: (problem: Problem) => void = () => {};
  private readonly world: World;
  private readonly network: Network;
  private readonly programs: Programs;
  private readonly copies = new Map<string, number>();
  private readonly firstCopy: number;
  private readonly conditions = new Map<string, Condition>();

  /** @param firstCopy of the machine code that its services run on; see process/evaluate.ts */
  constructor(world: World, network: Network, programs: Programs, firstCopy = 0) {
    this.firstCopy = firstCopy;
    this.world = world;
    this.network = network;
    this.programs = programs;
  }

  create(spec: ContainerSpec): void {
    const { endpoint, service } = spec;
    const { world } = this;
    const condition = this.conditionOf(endpoint);
    const { clock, disk, crashPoint } = condition;
    condition.declare(service);
    const host = this.network.addHost(endpoint, service.name);
    const reached = (what: string) => {
      if (container.crashed?.isExecuting) throw new ExitSignal(what);
      // A health check's command on the same host is not the program.
      if (container.main?.isExecuting) crashPoint.reached(what);
    };
    host.onSend = () => reached('send');
    const container: Container = {
      spec,
      host,
      files: new DiskFiles(fileTree(service), () => world.epochMs + world.nowMs + clock.skewMs(), disk, reached),
      condition,
      main: null,
      crashed: null,
      pids: 0,
    };
    this.containers.set(endpoint, container);
  }

  remove(endpoint: string): void {
    this.containers.delete(endpoint);
    this.network.removeHost(endpoint);
  }

  /** Of a replica that is or will be; it stays when the container is made anew. */
  conditionOf(endpoint: string): Condition {
    let condition = this.conditions.get(endpoint);
    if (condition === undefined) {
      condition = new Condition(this.world, endpoint);
      this.conditions.set(endpoint, condition);
    }
    return condition;
  }

  /** The main process ends in the middle of what it does; does not return to its code. */
  crash(endpoint: string, reason: string): never {
    const container = this.containers.get(endpoint);
    if (container !== undefined) container.crashed = container.main;
    container?.main?.die({ code: null, signal: 'SIGKILL', reason });
    throw new ExitSignal(reason);
  }

  spawn({ endpoint, argv, env, cwd, role }: SpawnSpec, callbacks: ProcessCallbacks): ProcessHandle {
    const container = this.containers.get(endpoint);
    if (container === undefined) throw new Error(`spawn on ${endpoint}, which was not created`);
    const { world, network } = this;
    const { host, files, condition, spec } = container;
    const { cost, quota, clock, memory } = condition;
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
      wallUs: (nowUs, cpuUs) => quota.wallUs(nowUs, cpuUs),
      skewMs: () => clock.skewMs(),
      usedBytes: () => memory.usedBytes,
      requestIdOf: (connection) => network.tap.requestIdOf(connection),
      isGuest: !isMain,
      onLoaded: () => callbacks.onLoaded(),
      onListening: (port, address) => callbacks.onListening(port, address),
      onLog: (stream, text, cause) => this.log(endpoint, stream, text, cause),
      onProblem: (problem) => this.onProblem(problem),
      onExit: (exit) => {
        if (isMain) {
          container.main = null;
          memory.usedBy(null);
          host.down();
        }
        // The supervisor must not start the next process from inside the last one's callback.
        world.scheduler.after(0, () => callbacks.onExit(exit));
      },
    });
    if (isMain) {
      container.main = process;
      const onOutOfMemory = (reason: string) => process.die({ code: 137, signal: 'SIGKILL', reason });
      memory.usedBy({ host, process, onOutOfMemory });
    }
    process.start();
    return { signal: (name) => process.signal(name) };
  }

  /** Services take turns when there are more of them than copies. */
  private copyOf(service: string): number {
    const known = this.copies.get(service) ?? this.firstCopy + (this.copies.size % COPIES_MAX);
    this.copies.set(service, known);
    return known;
  }

  private log(endpoint: string, stream: 'stdout' | 'stderr', text: string, cause: number): void {
    const line = text.endsWith('\n') ? text.slice(0, -1) : text;
    this.world.trace.record({ kind: 'log', atMs: this.world.nowMs, endpoint, stream, text: line, cause });
  }
}
