/**
 * One run on this machine: a private folder, a subnet of loopback, a real clock, and the lab's own supervisor, faults
 * and trace on top of them. The user's folder is only read.
 */
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ComposeProject } from '../../lab/compose/index.ts';
import type { FaultSpec } from '../../lab/core/events.ts';
import type { Problem } from '../../lab/core/problem.ts';
import { Random } from '../../lab/core/random.ts';
import { Trace } from '../../lab/core/trace.ts';
import type { World } from '../../lab/core/world.ts';
import { Lab } from '../../lab/lab.ts';
import type { Network } from '../../lab/net/network.ts';
import { type ProjectFiles, System } from '../../lab/system.ts';
import { ChannelServer } from './channel-server.ts';
import { RealClock } from './clock.ts';
import { NODE_ONLY, refusalOf } from './local-condition.ts';
import { LocalMachine } from './local-machine.ts';
import { takeSubnet } from './net/addresses.ts';
import type { LocalHost } from './net/host.ts';
import { LocalNetwork } from './net/local-network.ts';
import type { Platform } from './platform.ts';
import { nobody, Reaper, type Watcher } from './reaper.ts';
import type { ServerChoice } from './servers/index.ts';
import { thisMachine } from './this-machine.ts';

export interface LocalOptions {
  readonly seed: number;
  /** Which servers run for databases, caches and brokers; default `real`. */
  readonly servers?: ServerChoice;
  /**
   * Whether a request takes the CPU time that `x-lab: cpu` declares: so it is graded, for the bounds are those of the
   * declared system. Docker ignores the key, and so does this engine by default.
   */
  readonly hasDeclaredCost?: boolean;
  /** Default: the machine that this code runs on, with the repository's packages. */
  readonly platform?: Platform;
  /** What a person should know and no service says. */
  readonly onNotice?: (text: string) => void;
}

/** The machine, clock and network that all systems of one run share. */
export class LocalWorld implements World {
  readonly seed: number;
  readonly epochMs = Date.now();
  readonly scheduler = new RealClock();
  readonly trace = new Trace({ isKept: false });
  readonly realNowMs = null;
  ended: Problem | null = null;

  constructor(seed: number) {
    this.seed = seed;
  }

  random(name: string): Random {
    return Random.derive(this.seed, name);
  }

  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  end(problem: Problem): void {
    this.ended ??= problem;
  }
}

/** Of this process; it holds a pipe, so it ends with it. */
let reaper: Watcher | null = null;

interface LocalParts {
  readonly world: LocalWorld;
  readonly network: LocalNetwork;
  readonly machine: LocalMachine;
  readonly project: ComposeProject;
  readonly platform: Platform;
  readonly folder: string;
  readonly channels: ChannelServer | null;
}

export class LocalSystem {
  readonly world: LocalWorld;
  readonly network: LocalNetwork;
  readonly machine: LocalMachine;
  readonly system: System<LocalMachine>;
  readonly project: ComposeProject;
  readonly platform: Platform;
  private readonly folder: string;
  private readonly channels: ChannelServer | null;
  private isOver = false;
  private turn = 0;

  private constructor({ world, network, machine, project, platform, folder, channels }: LocalParts) {
    this.world = world;
    this.network = network;
    this.machine = machine;
    this.project = project;
    this.platform = platform;
    this.folder = folder;
    this.channels = channels;
    this.system = new System({
      world,
      // The ledger and the capture of packets, which only the lab's wires have, are not asked for here.
      network: network as unknown as Network,
      project,
      machine,
    });
  }

  static async open(world: LocalWorld, project: ComposeProject, options: LocalOptions): Promise<LocalSystem> {
    const { servers = 'real', hasDeclaredCost = false, platform = thisMachine(), onNotice = () => {} } = options;
    reaper ??= platform.reaper === null ? nobody : new Reaper(platform.reaper);
    const folder = mkdtempSync(join(platform.tmpFolder, 'loadbearing-'));
    reaper.watchFolder(folder);
    const { nodeModules } = platform;
    if (nodeModules !== null && existsSync(nodeModules)) symlinkSync(nodeModules, join(folder, 'node_modules'), 'dir');
    const subnet = await takeSubnet(platform.hasSubnet);
    const channels = platform.inheritsDescriptors ? null : await ChannelServer.open();
    const { scheduler, trace } = world;
    const secret = Array.from({ length: 4 }, () => Math.random().toString(36).slice(2, 8)).join('');
    const network = new LocalNetwork({ scheduler, trace, subnet, causeHeader: `x-loadbearing-${secret}` });
    const machine = new LocalMachine({
      world,
      network,
      reaper,
      channels,
      platform,
      folder,
      servers,
      hasDeclaredCost,
      onNotice,
    });
    return new LocalSystem({ world, network, machine, project, platform, folder, channels });
  }

  /** Steered as the lab is: requests, loads, edits, commands. */
  steered(files: ProjectFiles): Lab<LocalMachine> {
    const { project, world, system } = this;
    return new Lab({ files, project, world, network: this.network as unknown as Network, system });
  }

  /** Throws an Error with a sentence for what a real process cannot have, besides what the lab refuses. */
  inject(fault: FaultSpec): number {
    const why = refusalOf(fault.kind, this.platform);
    if (why !== null) throw new Error(why);
    if (NODE_ONLY.has(fault.kind) && 'service' in fault) {
      const server = this.system.supervisor
        .endpoints(fault.service)
        .find((endpoint) => this.machine.containers.get(endpoint)?.spec.service.server !== null);
      if (server !== undefined)
        throw new Error(
          `${this.platform.name} can do "${fault.kind}" to Node programs only, and ${server} is none: ${this.platform.insteadUse}.`,
        );
    }
    return this.system.inject(fault);
  }

  /** A replica of a service that listens on the port, another one each time; null when there is none. */
  replicaOf(service: string, port: number): { readonly server: LocalHost; readonly port: number } | null {
    const up = this.network.hostsOf(service).filter((host) => host.isUp && host.places.has(port));
    return up.length === 0 ? null : { server: up[this.turn++ % up.length]!, port };
  }

  /** Stops the services in order, as `docker compose down`, then everything that is left. */
  async down(): Promise<void> {
    await new Promise<void>((resolve) => this.system.supervisor.down(resolve));
    await this.dispose();
  }

  /** Ends everything at once, and waits until it is gone. */
  async dispose(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    const gone = this.machine.dispose();
    this.system.dispose();
    await gone;
    this.network.dispose();
    this.channels?.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
