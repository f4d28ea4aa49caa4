/**
 * Containers as real processes of this machine: a private folder each, an address on loopback, and a Node process with
 * the preload, or a server. What the lab's supervisor drives, it drives here in the same way.
 */
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ContainerSpec, ProcessCallbacks, ProcessHandle, SpawnSpec } from '../../lab/compose/index.ts';
import { fileTree } from '../../lab/compose/index.ts';
import type { Condition } from '../../lab/condition/index.ts';
import type { Problem } from '../../lab/core/problem.ts';
import type { World } from '../../lab/core/world.ts';
import type { ToolResult } from '../../lab/images/server.ts';
import type { RunningContainer, SystemMachine } from '../../lab/system.ts';
import type { ChannelServer } from './channel-server.ts';
import { compiled } from './compiled.ts';
import type { FromGuest, GuestConfig, ToGuest } from './guest/channel.ts';
import { LocalCondition } from './local-condition.ts';
import type { LocalHost } from './net/host.ts';
import type { LocalNetwork } from './net/local-network.ts';
import type { Platform } from './platform.ts';
import { type ProcessSpec, RealProcess } from './real-process.ts';
import type { Watcher } from './reaper.ts';
import { type ServerChoice, startServer, type ToolRunner } from './servers/index.ts';

export interface LocalContainer extends RunningContainer {
  readonly host: LocalHost;
  readonly condition: LocalCondition;
  /** Its root folder. */
  readonly root: string;
  main: RealProcess | null;
  tool: ToolRunner | null;
}

export interface LocalMachineOptions {
  readonly world: World;
  readonly network: LocalNetwork;
  readonly reaper: Watcher;
  readonly channels: ChannelServer | null;
  readonly platform: Platform;
  /** The run's private folder; packages are found from it. */
  readonly folder: string;
  readonly servers: ServerChoice;
  /** Whether `x-lab: cpu` counts. */
  readonly hasDeclaredCost: boolean;
  readonly onNotice: (text: string) => void;
}

export class LocalMachine implements SystemMachine {
  readonly containers = new Map<string, LocalContainer>();
  onProblem: (problem: Problem) => void = () => {};
  private readonly options: LocalMachineOptions;
  private readonly conditions = new Map<string, LocalCondition>();
  /** Everything that runs, health checks included. */
  private readonly running = new Set<RealProcess>();
  private isOver = false;

  constructor(options: LocalMachineOptions) {
    this.options = options;
  }

  create(spec: ContainerSpec): void {
    const { endpoint, service } = spec;
    const { network, folder } = this.options;
    const root = join(folder, endpoint);
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    const volumes = [
      ...service.mounts,
      ...(service.server?.volumes ?? [])
        .filter((target) => !service.mounts.some((mount) => mount.target === target))
        .map((target) => ({ volume: `${endpoint}${target.replaceAll('/', '-')}`, target })),
    ];
    for (const { volume, target } of volumes) {
      const store = join(folder, 'volumes', volume);
      mkdirSync(store, { recursive: true });
      mkdirSync(dirname(join(root, target)), { recursive: true });
      symlinkSync(store, join(root, target), 'dir');
    }
    for (const [path, text] of Object.entries(fileTree(service))) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), this.options.platform.stripsTypes ? text : compiled(path, text));
    }
    mkdirSync(join(root, service.workdir), { recursive: true });
    const condition = this.conditionHere(endpoint);
    const { limits, lab } = service;
    condition.declare({
      ...(limits.cpus === undefined ? {} : { cpus: limits.cpus }),
      ...(limits.memoryBytes === undefined ? {} : { memoryBytes: limits.memoryBytes }),
      ...(this.options.hasDeclaredCost && lab.cpu !== undefined ? { cost: lab.cpu } : {}),
    });
    const host = network.addHost(endpoint, service.name);
    this.containers.set(endpoint, { spec, host, condition, root, main: null, tool: null });
  }

  remove(endpoint: string): void {
    this.containers.delete(endpoint);
    this.options.network.removeHost(endpoint);
  }

  spawn(spec: SpawnSpec, callbacks: ProcessCallbacks): ProcessHandle {
    const container = this.containers.get(spec.endpoint);
    if (container === undefined) throw new Error(`spawn on ${spec.endpoint}, which was not created`);
    const isMain = spec.role === 'main';
    if (isMain) container.host.up();
    const process =
      isMain && container.spec.service.server !== null
        ? this.server(container, spec, callbacks)
        : this.node(container, spec, callbacks, isMain);
    if (isMain) {
      container.main = process;
      process.inFlightOf = () => container.host.inFlight;
      process.onPause = (isPaused) => container.condition.paused(isPaused);
      container.condition.usedBy(process);
    }
    return process;
  }

  tool(endpoint: string, argv: readonly string[], onDone: (result: ToolResult | null) => void): void {
    const container = this.containers.get(endpoint);
    if (container?.main === null || container?.tool == null) this.options.world.scheduler.after(0, () => onDone(null));
    else container.tool(argv, onDone);
  }

  conditionOf(endpoint: string): Condition {
    // The faults that a real process cannot have are refused before they ask (local-system.ts).
    return this.conditionHere(endpoint) as unknown as Condition;
  }

  crash(endpoint: string): never {
    throw new Error(`${endpoint} is a real process and cannot be stopped in the middle of a callback.`);
  }

  /** Ends everything at once and waits until it is gone. */
  async dispose(): Promise<void> {
    this.isOver = true;
    const ended = [...this.running].map(
      (process) => new Promise<void>((resolve) => this.whenGone.set(process, resolve)),
    );
    for (const process of this.running) process.send('SIGKILL');
    await Promise.all(ended);
  }

  private readonly whenGone = new Map<RealProcess, () => void>();

  private conditionHere(endpoint: string): LocalCondition {
    let condition = this.conditions.get(endpoint);
    if (condition === undefined) {
      condition = new LocalCondition(this.options.world.scheduler, this.options.platform);
      this.conditions.set(endpoint, condition);
    }
    return condition;
  }

  private node(
    container: LocalContainer,
    { argv, env, cwd, role }: SpawnSpec,
    callbacks: ProcessCallbacks,
    isMain: boolean,
  ): RealProcess {
    const { root, host } = container;
    const { platform } = this.options;
    const args = [
      ...platform.nodeFlags,
      '--import',
      platform.preload,
      ...argv.slice(1).map((word) => inside(root, word)),
    ];
    return this.start({
      container,
      callbacks,
      isMain,
      command: process.execPath,
      args,
      env: {
        ...this.baseEnv(container),
        ...env,
        ...volumePaths(container, env),
        ...this.guestEnv(container, role === 'probe'),
      },
      cwd: join(root, cwd),
      hasChannel: true,
      onMessage: (message, guest) => this.answer(container, host, message, guest, callbacks, isMain),
    });
  }

  private server(container: LocalContainer, { argv, env }: SpawnSpec, callbacks: ProcessCallbacks): RealProcess {
    const { servers, platform, onNotice } = this.options;
    return startServer(servers, {
      container,
      argv,
      env,
      baseEnv: this.baseEnv(container),
      guestEnv: this.guestEnv(container, false),
      platform,
      onNotice,
      start: (spec) =>
        this.start({
          ...spec,
          container,
          callbacks,
          isMain: true,
          onMessage: (message, guest) => {
            spec.onMessage?.(message);
            this.answer(container, container.host, message, guest, callbacks, true);
          },
        }),
      onListening: (port, realPort) => {
        container.host.listens(port, { address: '0.0.0.0', realPort });
        callbacks.onLoaded();
        callbacks.onListening(port, '0.0.0.0');
      },
    });
  }

  private start(
    spec: ProcessSpec & {
      readonly container: LocalContainer;
      readonly callbacks: ProcessCallbacks;
      readonly isMain: boolean;
      onMessage(message: FromGuest, guest: RealProcess): void;
    },
  ): RealProcess {
    const { container, callbacks, isMain } = spec;
    const { world, reaper, platform, channels } = this.options;
    const { endpoint } = container.spec;
    const started: RealProcess = new RealProcess({
      ...spec,
      reaper,
      platform,
      channels,
      onLine: (text, stream) => {
        if (!this.isOver && isMain)
          world.trace.record({ kind: 'log', atMs: world.nowMs, endpoint, stream, text, cause: 0 });
      },
      onMessage: (message) => spec.onMessage(message, started),
      onExit: (exit) => {
        this.running.delete(started);
        this.whenGone.get(started)?.();
        if (isMain && container.main === started) {
          container.main = null;
          container.tool = null;
          container.condition.usedBy(null);
          container.host.down();
        }
        if (!this.isOver) callbacks.onExit(exit);
      },
    });
    this.running.add(started);
    return started;
  }

  /** What a guest says or asks. */
  private answer(
    container: LocalContainer,
    host: LocalHost,
    message: FromGuest,
    guest: RealProcess,
    callbacks: ProcessCallbacks,
    isMain: boolean,
  ): void {
    const { network, world } = this.options;
    if (message.kind === 'lookup') {
      const { id, name } = message;
      network.dns.lookup(host, name, (error, addresses) => guest.say({ kind: 'lookup', id, error, addresses }));
    } else if (message.kind === 'connect') this.connect(host, message, guest);
    else if (message.kind === 'gone') this.pendingOf(guest).get(message.id)?.();
    else if (message.kind === 'operation') {
      const connection = message.client === '' ? 0 : network.connectionOf(message.client);
      const { endpoint } = container.spec;
      const operation = message.operation as { readonly name: string; readonly text: string; readonly startMs: number };
      // The server counts from its own start and has told that as an age.
      const atMs = world.nowMs;
      world.trace.record({
        kind: 'operation',
        atMs,
        endpoint,
        ...operation,
        startMs: atMs - operation.startMs,
        connection,
      });
    } else if (message.kind === 'figures') guest.figures = message.figures;
    else if (!isMain) return;
    else if (message.kind === 'loaded') callbacks.onLoaded();
    else if (message.kind === 'listen') {
      host.listens(message.port, message);
      callbacks.onListening(message.port, message.address);
    } else if (message.kind === 'unlisten') host.unlistens(message.port);
  }

  private readonly pending = new WeakMap<RealProcess, Map<number, () => void>>();

  private pendingOf(guest: RealProcess): Map<number, () => void> {
    let pending = this.pending.get(guest);
    if (pending === undefined) {
      pending = new Map();
      this.pending.set(guest, pending);
    }
    return pending;
  }

  /** Name, handshake, and the place where the proxy waits. */
  private connect(
    host: LocalHost,
    { id, host: name, port }: Extract<FromGuest, { kind: 'connect' }>,
    guest: RealProcess,
  ): void {
    const { network } = this.options;
    const pending = this.pendingOf(guest);
    let isGone = false;
    pending.set(id, () => {
      isGone = true;
      pending.delete(id);
    });
    const refuse = (error: string, syscall: 'connect' | 'getaddrinfo') => {
      pending.delete(id);
      guest.say({ kind: 'connect', id, error, syscall } satisfies ToGuest);
    };
    network.dns.lookup(host, name, (error, addresses) => {
      if (isGone) return;
      if (error !== null) {
        refuse(error, 'getaddrinfo');
        return;
      }
      const admission = network.admit(host, addresses[0]!, port, (outcome) => {
        if (outcome.error !== null) {
          refuse(outcome.error, 'connect');
          return;
        }
        const { server } = outcome;
        pending.set(id, () => {
          pending.delete(id);
          network.forgo(admission.id, host, server, port);
        });
        network.placeFor(admission.id, host, server, port).then(
          (at) => guest.say({ kind: 'connect', id, at }),
          () => refuse('ECONNREFUSED', 'connect'),
        );
      });
      pending.set(id, () => {
        pending.delete(id);
        admission.cancel();
      });
    });
  }

  private baseEnv({ root }: LocalContainer): Record<string, string> {
    const { PATH = '' } = process.env;
    return { PATH, HOME: root, TMPDIR: root };
  }

  private guestEnv({ host, spec, condition }: LocalContainer, isProbe: boolean): Record<string, string> {
    const { network, platform } = this.options;
    const config: GuestConfig = {
      endpoint: host.name,
      names: [spec.hostname],
      address: host.real,
      face: host.face,
      hasOwnAddress: network.hasOwnAddresses,
      causeHeader: network.causeHeader,
      cost: condition.requestCost,
      isProbe,
      cacheFolder: platform.cacheFolder,
      isCompiled: !platform.stripsTypes,
      hooks: platform.hooks,
    };
    return { LOADBEARING_GUEST: JSON.stringify(config) };
  }
}

/** An absolute path of the container as one of this machine, when the container has it. */
function inside(root: string, word: string): string {
  return word.startsWith('/') && existsSync(join(root, word)) ? join(root, word) : word;
}

/** A program is not in a cage: variables that name a place on a volume name the private folder instead. */
function volumePaths({ root, spec }: LocalContainer, env: Readonly<Record<string, string>>): Record<string, string> {
  const targets = spec.service.mounts.map(({ target }) => target);
  const moved = Object.entries(env).filter(([, value]) =>
    targets.some((target) => value === target || value.startsWith(`${target}/`)),
  );
  return Object.fromEntries(moved.map(([name, value]) => [name, join(root, value)]));
}
