/**
 * One run on this machine: a private folder, a subnet of loopback, a real clock, and the lab's own supervisor, faults
 * and trace on top of them. The user's folder is only read.
 */
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ComposeProject } from '../../lab/compose/index.ts';
import type { FaultSpec } from '../../lab/core/events.ts';
import type { Problem } from '../../lab/core/problem.ts';
import { Random } from '../../lab/core/random.ts';
import { Trace } from '../../lab/core/trace.ts';
import type { World } from '../../lab/core/world.ts';
import { Lab } from '../../lab/lab.ts';
import type { Network } from '../../lab/net/network.ts';
import { type ProjectFiles, System } from '../../lab/system.ts';
import { RealClock } from './clock.ts';
import { NODE_ONLY, REFUSED } from './local-condition.ts';
import { LocalMachine } from './local-machine.ts';
import { takeSubnet } from './net/addresses.ts';
import type { LocalHost } from './net/host.ts';
import { LocalNetwork } from './net/local-network.ts';
import { Reaper } from './reaper.ts';
import type { ServerChoice } from './servers/index.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');

export interface LocalOptions {
  readonly seed: number;
  /** Which servers run for databases, caches and brokers; default `real`. */
  readonly servers?: ServerChoice;
  /**
   * Whether a request takes the CPU time that `x-lab: cpu` declares: so it is graded, for the bounds are those of the
   * declared system. Docker ignores the key, and so does this engine by default.
   */
  readonly hasDeclaredCost?: boolean;
  /** Where packages are found; default the repository's own. */
  readonly nodeModules?: string;
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
let reaper: Reaper | null = null;

export class LocalSystem {
  readonly world: LocalWorld;
  readonly network: LocalNetwork;
  readonly machine: LocalMachine;
  readonly system: System<LocalMachine>;
  readonly project: ComposeProject;
  private readonly folder: string;
  private isOver = false;
  private turn = 0;

  private constructor(
    world: LocalWorld,
    network: LocalNetwork,
    machine: LocalMachine,
    project: ComposeProject,
    folder: string,
  ) {
    this.world = world;
    this.network = network;
    this.machine = machine;
    this.project = project;
    this.folder = folder;
    this.system = new System({
      world,
      // The ledger and the capture of packets, which only the lab's wires have, are not asked for here.
      network: network as unknown as Network,
      project,
      machine,
    });
  }

  static async open(world: LocalWorld, project: ComposeProject, options: LocalOptions): Promise<LocalSystem> {
    const {
      servers = 'real',
      hasDeclaredCost = false,
      nodeModules = join(REPOSITORY, 'node_modules'),
      onNotice = () => {},
    } = options;
    reaper ??= new Reaper();
    const folder = mkdtempSync(join(tmpdir(), 'loadbearing-'));
    reaper.watchFolder(folder);
    if (existsSync(nodeModules)) symlinkSync(nodeModules, join(folder, 'node_modules'), 'dir');
    const subnet = await takeSubnet();
    const { scheduler, trace } = world;
    const secret = Array.from({ length: 4 }, () => Math.random().toString(36).slice(2, 8)).join('');
    const network = new LocalNetwork({ scheduler, trace, subnet, causeHeader: `x-loadbearing-${secret}` });
    const machine = new LocalMachine({ world, network, reaper, folder, servers, hasDeclaredCost, onNotice });
    return new LocalSystem(world, network, machine, project, folder);
  }

  /** Steered as the lab is: requests, loads, edits, commands. */
  steered(files: ProjectFiles): Lab<LocalMachine> {
    const { project, world, system } = this;
    return new Lab({ files, project, world, network: this.network as unknown as Network, system });
  }

  /** Throws an Error with a sentence for what a real process cannot have, besides what the lab refuses. */
  inject(fault: FaultSpec): number {
    const why = REFUSED[fault.kind];
    if (why !== undefined) throw new Error(why);
    if (NODE_ONLY.has(fault.kind) && 'service' in fault) {
      const server = this.system.supervisor
        .endpoints(fault.service)
        .find((endpoint) => this.machine.containers.get(endpoint)?.spec.service.server !== null);
      if (server !== undefined)
        throw new Error(
          `The local engine can do "${fault.kind}" to Node programs only, and ${server} is none: run this check with --engine lab.`,
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
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
