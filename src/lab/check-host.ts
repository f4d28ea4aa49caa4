/**
 * The lab behind the checks of an exercise: the seam that check/host.ts asks for. The checks run as a process of the
 * lab that belongs to no service; systems come and go on the same clock and trace.
 */
import type { CheckError, CheckHost, OpenCheckHost, SystemHost, UpResult } from './check/host.ts';
import { type ComposeProject, linksOf } from './compose/index.ts';
import type { TraceEvent } from './core/events.ts';
import type { Problem } from './core/problem.ts';
import { World } from './core/world.ts';
import { LabMachine } from './machine.ts';
import { createNetwork } from './net/index.ts';
import type { Network } from './net/network.ts';
import { HostFiles } from './process/files.ts';
import { Process, type Programs } from './process/process.ts';
import { readProject, System } from './system.ts';

export interface OpenOptions {
  readonly programs: Programs;
  readonly realNowMs?: () => number;
  /** Faults that are not injected, by their number in the order in which the checks ask for them, from 1. */
  readonly without?: readonly number[] | undefined;
  /** Told of all that happens. */
  readonly onEvent?: ((event: TraceEvent) => void) | undefined;
}

/** For `runChecks`: makes a lab per seed. */
export function checkHosts(options: OpenOptions): OpenCheckHost {
  return (files, seed) => {
    const read = readProject(files);
    if (!read.ok) return { ok: false, error: toError(read.problems[0]!) };
    return { ok: true, host: new LabCheckHost(options, read.project, seed) };
  };
}

class LabCheckHost implements CheckHost {
  readonly seed: number;
  readonly Promise: PromiseConstructor;
  private readonly world: World;
  private readonly network: Network;
  private readonly process: Process;
  private readonly project: ComposeProject;
  private readonly programs: Programs;
  private readonly without: readonly number[];
  private injected = 0;
  private system: System | null = null;
  private modules: Readonly<Record<string, unknown>> = {};
  private onError: (error: CheckError) => void = () => {};

  constructor({ programs, realNowMs, without = [], onEvent }: OpenOptions, project: ComposeProject, seed: number) {
    this.seed = seed;
    this.project = project;
    this.programs = programs;
    this.world = new World({ seed, realNowMs });
    this.without = without;
    const { scheduler, trace } = this.world;
    if (onEvent) trace.subscribe(onEvent);
    this.network = createNetwork({ scheduler, trace, random: this.world.random('network') });
    this.process = new Process({
      world: this.world,
      // It sends nothing itself: loads and requests start at the client through the lab. It is never the host's owner.
      host: this.network.client,
      isGuest: true,
      programs,
      pid: 1,
      argv: ['node', 'checks.test.ts'],
      env: {},
      cwd: '/',
      files: new HostFiles({}, () => this.world.epochMs),
      projectPath: (path) => path.slice(1),
      requestCostUs: () => 0,
      requestIdOf: () => 0,
      onExit: ({ problem }) => {
        if (problem) this.onError(toError(problem));
        else this.onError({ message: 'The checks ended their own process.' });
      },
      staysAlive: true,
      extraModules: () => this.modules,
    });
    this.Promise = this.process.kit.Promise;
  }

  get scheduler() {
    return this.world.scheduler;
  }

  get ended(): CheckError | null {
    return this.world.ended === null ? null : toError(this.world.ended);
  }

  get traceHash(): string {
    return this.world.trace.hash;
  }

  enter(run: () => void): void {
    this.process.enter(run);
  }

  evaluate(
    source: string,
    fileName: string,
    modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    onDone: (error: CheckError | null) => void,
    onError: (error: CheckError) => void,
  ): void {
    this.modules = modules;
    this.onError = onError;
    this.scheduler.after(0, () =>
      this.process.enter(() => {
        const fail = (error: unknown) => onDone(this.describe(error));
        try {
          this.process.evaluateScript(source, `/${fileName}`, () => onDone(null), fail);
        } catch (error) {
          fail(error);
        }
      }),
    );
  }

  describe(error: unknown): CheckError {
    return toError(this.process.describe(error));
  }

  up(onReady: (result: UpResult) => void): void {
    this.system?.dispose();
    const { world, network, project } = this;
    const machine = new LabMachine(world, network, this.programs);
    const system = new System({ world, network, project, machine });
    this.system = system;
    system.up((problem) => {
      onReady(problem === null ? { ok: true, system: this.outside(system) } : { ok: false, error: toError(problem) });
    });
  }

  dispose(): void {
    this.system?.dispose();
    this.process.die({ code: 0, signal: null });
  }

  private outside(system: System): SystemHost {
    const { world, network } = this;
    return {
      client: network.client,
      services: this.project.services.map(({ name, replicas, env }) => ({ name, replicas, env })),
      links: linksOf(this.project),
      inject: (fault) => (this.without.includes(++this.injected) ? 0 : system.inject(fault)),
      heal: (id) => system.heal(id),
      subscribe: (listener) => world.trace.subscribe(listener),
      note: (text) => world.trace.record({ kind: 'note', atMs: world.nowMs, text }),
      exec: (service, argv, onDone) => system.machine.tool(system.supervisor.endpoints(service)[0]!, argv, onDone),
    };
  }
}

function toError({ message, hint, file, line }: Problem): CheckError {
  return { message, ...(hint ? { hint } : {}), ...(file ? { file } : {}), ...(line ? { line } : {}) };
}
