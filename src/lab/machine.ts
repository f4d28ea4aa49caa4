/** Containers as processes on hosts of the lab's network: what the supervisor (compose/) drives. */
import type { ContainerSpec, Machine, ProcessCallbacks, ProcessHandle, SpawnSpec } from './compose/index.ts';
import { fileTree, toProjectPath } from './compose/index.ts';
import { Condition, DiskFiles } from './condition/index.ts';
import type { Problem } from './core/problem.ts';
import type { World } from './core/world.ts';
import { SERVERS } from './images/index.ts';
import { loadServer } from './images/load.ts';
import type { ToolResult } from './images/server.ts';
import { ServerProcess } from './images/server-process.ts';
import type { Host, Network } from './net/network.ts';
import { Volume } from './process/files.ts';
import { type Exit, ExitSignal, Process, type Programs } from './process/process.ts';

/** One replica's host, which outlives its processes. */
export interface Container {
  readonly spec: ContainerSpec;
  readonly host: Host;
  readonly files: DiskFiles;
  readonly condition: Condition;
  main: Process | ServerProcess | null;
  /** Ended in the middle of a callback, which may go on in a catch block: it must not touch anything. */
  crashed: Process | ServerProcess | null;
  pids: number;
}

export class LabMachine implements Machine {
  readonly containers = new Map<string, Container>();
  onProblem: (problem: Problem) => void = () => {};
  private readonly world: World;
  private readonly network: Network;
  private readonly programs: Programs;
  private readonly conditions = new Map<string, Condition>();
  private readonly volumes = new Map<string, Volume>();

  constructor(world: World, network: Network, programs: Programs) {
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
    for (const { volume, target } of service.mounts) container.files.mount(target, this.volume(volume));
    for (const target of service.server?.volumes ?? [])
      if (!service.mounts.some((mount) => mount.target === target))
        container.files.mount(target, this.volume(`${endpoint}:${target}`));
    this.containers.set(endpoint, container);
  }

  remove(endpoint: string): void {
    this.containers.delete(endpoint);
    this.network.removeHost(endpoint);
  }

  private volume(name: string): Volume {
    const volume = this.volumes.get(name) ?? new Volume();
    this.volumes.set(name, volume);
    return volume;
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

  spawn(spec: SpawnSpec, callbacks: ProcessCallbacks): ProcessHandle {
    const container = this.containers.get(spec.endpoint);
    if (container === undefined) throw new Error(`spawn on ${spec.endpoint}, which was not created`);
    const isMain = spec.role === 'main';
    if (!isMain) return this.start(this.nodeProcess(container, spec, callbacks, false));
    container.host.up();
    const isServer = container.spec.service.server !== null;
    const main = isServer
      ? this.serverProcess(container, spec, callbacks)
      : this.nodeProcess(container, spec, callbacks, true);
    container.main = main;
    const { memory } = container.condition;
    memory.usedBy({
      host: container.host,
      process: main,
      onOutOfMemory: (reason: string) => main.die({ code: 137, signal: 'SIGKILL', reason }),
      ...(main instanceof ServerProcess
        ? { baseBytes: SERVERS[container.spec.service.server!.program].baseBytes, heldBytes: () => main.heldBytes }
        : {}),
    });
    return this.start(main);
  }

  tool(endpoint: string, argv: readonly string[], onDone: (result: ToolResult | null) => void): void {
    const main = this.containers.get(endpoint)?.main;
    // What is told, is told from an event of its own: a health check must not be judged from inside its own start.
    const done = (result: ToolResult | null) => void this.world.scheduler.after(0, () => onDone(result));
    if (main instanceof ServerProcess) main.tool(argv, done);
    else done(null);
  }

  private start(process: Process | ServerProcess): ProcessHandle {
    process.start();
    return { signal: (name) => process.signal(name) };
  }

  private onExit(container: Container, isMain: boolean, exit: Exit, callbacks: ProcessCallbacks): void {
    if (isMain) {
      container.main = null;
      container.condition.memory.usedBy(null);
      container.host.down();
    }
    // The supervisor must not start the next process from inside the last one's callback.
    this.world.scheduler.after(0, () => callbacks.onExit(exit));
  }

  private nodeProcess(
    container: Container,
    { endpoint, argv, env, cwd }: SpawnSpec,
    callbacks: ProcessCallbacks,
    isMain: boolean,
  ): Process {
    const { world, network } = this;
    const { host, files, condition, spec } = container;
    const { cost, quota, clock, memory } = condition;
    return new Process({
      world,
      host,
      programs: this.programs,
      pid: ++container.pids,
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
      onExit: (exit) => this.onExit(container, isMain, exit, callbacks),
    });
  }

  private serverProcess(
    container: Container,
    { endpoint, argv, env }: SpawnSpec,
    callbacks: ProcessCallbacks,
  ): ServerProcess {
    const { world } = this;
    const { host, files, condition, spec } = container;
    const { quota, clock, disk } = condition;
    return new ServerProcess({
      world,
      host,
      program: loadServer(spec.service.server!.program, this.programs.images),
      pid: ++container.pids,
      argv,
      env: { HOSTNAME: spec.hostname, ...env },
      files,
      disk,
      wallUs: (nowUs, cpuUs) => quota.wallUs(nowUs, cpuUs),
      skewMs: () => clock.skewMs(),
      onLoaded: () => callbacks.onLoaded(),
      onListening: (port, address) => callbacks.onListening(port, address),
      onLog: (stream, text) => this.log(endpoint, stream, text, 0),
      requestIdOf: (connection) => this.network.tap.requestIdOf(connection),
      onOperation: (operation) => {
        const cause = this.network.tap.causeOf(operation.connection);
        world.trace.record({ kind: 'operation', atMs: world.nowMs, endpoint, ...operation, ...(cause && { cause }) });
      },
      onExit: (exit) => this.onExit(container, true, exit, callbacks),
    });
  }

  private log(endpoint: string, stream: 'stdout' | 'stderr', text: string, cause: number): void {
    const line = text.endsWith('\n') ? text.slice(0, -1) : text;
    this.world.trace.record({ kind: 'log', atMs: this.world.nowMs, endpoint, stream, text: line, cause });
  }
}
