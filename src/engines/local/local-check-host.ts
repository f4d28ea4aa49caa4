/**
 * The seam that the checks ask for (lab/check/host.ts), on real processes and real time. The checks file runs in this
 * very process, on Node's own promises: an exercise's checks are the author's code, and only the learner's is apart.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CheckError, CheckHost, SystemHost, UpResult } from '../../lab/check/host.ts';
import { type ComposeProject, healthUrlsOf, linksOf } from '../../lab/compose/index.ts';
import type { TraceEvent } from '../../lab/core/events.ts';
import type { Problem } from '../../lab/core/problem.ts';
import { HttpClient } from '../../lab/load/index.ts';
import { compiled } from './compiled.ts';
import { type LocalOptions, LocalSystem, LocalWorld } from './local-system.ts';
import type { Platform } from './platform.ts';
import { thisMachine } from './this-machine.ts';

type Modules = Parameters<CheckHost['evaluate']>[2];

export interface LocalCheckOptions extends LocalOptions {
  /** Faults that are left out, by their number in the order in which the checks inject them, from 1. */
  readonly without?: readonly number[];
  readonly onEvent?: (event: TraceEvent) => void;
}

export class LocalCheckHost implements CheckHost {
  readonly seed: number;
  readonly Promise = Promise;
  /** Nothing of real time can be repeated, so nothing is compared. */
  readonly traceHash = '';
  private readonly world: LocalWorld;
  private readonly project: ComposeProject;
  private readonly options: LocalCheckOptions;
  private injected = 0;
  private readonly platform: Platform;
  private readonly folder: string;
  private system: LocalSystem | null = null;
  private ending: Promise<void> = Promise.resolve();
  private isOver = false;
  private onRejection: ((error: unknown) => void) | null = null;

  constructor(project: ComposeProject, options: LocalCheckOptions) {
    this.seed = options.seed;
    this.project = project;
    this.options = options;
    this.platform = options.platform ?? thisMachine();
    this.folder = mkdtempSync(join(this.platform.tmpFolder, 'loadbearing-checks-'));
    this.world = new LocalWorld(options.seed);
    if (options.onEvent !== undefined) this.world.trace.subscribe(options.onEvent);
  }

  get scheduler() {
    return this.world.scheduler;
  }

  get ended(): CheckError | null {
    return this.world.ended === null ? null : toError(this.world.ended);
  }

  enter(run: () => void): void {
    run();
  }

  evaluate(
    source: string,
    fileName: string,
    modules: Modules,
    onDone: (error: CheckError | null) => void,
    onError: (error: CheckError) => void,
  ): void {
    this.onRejection = (error) => onError(this.describe(error));
    process.on('unhandledRejection', this.onRejection);
    const name = `loadbearing:${this.folder}`;
    (globalThis as Record<string, unknown>)[name] = modules;
    for (const [module, exported] of Object.entries(modules)) {
      const folder = join(this.folder, 'node_modules', module);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
      const lines = Object.keys(exported).map((key) => `export const ${key} = found[${JSON.stringify(key)}];`);
      const found = `globalThis[${JSON.stringify(name)}][${JSON.stringify(module)}]`;
      writeFileSync(join(folder, 'index.js'), `const found = ${found};\n${lines.join('\n')}\n`);
    }
    const { stripsTypes, importModule } = this.platform;
    // Its lines are where they were, so an error is found by either name.
    const file = join(this.folder, stripsTypes ? fileName : `${fileName}.mjs`);
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(file, stripsTypes ? source : compiled(fileName, source));
    importModule(pathToFileURL(file).href).then(
      () => onDone(null),
      (error) => onDone(this.describe(error)),
    );
  }

  describe(error: unknown): CheckError {
    const message = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const at = stack.includes(this.folder)
      ? /([\w.-]+\.ts)(?:\.mjs)?:(\d+):\d+/.exec(stack.slice(stack.indexOf(this.folder)))
      : null;
    return { message, ...(at === null ? {} : { file: at[1]!, line: Number(at[2]) }) };
  }

  up(onReady: (result: UpResult) => void): void {
    const { world, project, options } = this;
    const last = this.system;
    this.system = null;
    const begin = async (): Promise<void> => {
      await last?.dispose();
      const system = await LocalSystem.open(world, project, options);
      if (this.isOver) {
        await system.dispose();
        return;
      }
      this.system = system;
      system.system.up((problem) => {
        if (problem !== null) onReady({ ok: false, error: toError(problem) });
        else warmUp(system, this.project, () => onReady({ ok: true, system: this.outside(system) }));
      });
    };
    this.ending = begin().catch((error: Error) => onReady({ ok: false, error: { message: error.message } }));
  }

  /** Ends what runs; `closed` tells when it is gone. */
  dispose(): void {
    this.isOver = true;
    if (this.onRejection !== null) process.off('unhandledRejection', this.onRejection);
    delete (globalThis as Record<string, unknown>)[`loadbearing:${this.folder}`];
    rmSync(this.folder, { recursive: true, force: true });
    const { system, ending } = this;
    this.ending = ending.then(() => (this.system ?? system)?.dispose()).then(() => this.world.scheduler.stop());
  }

  get closed(): Promise<void> {
    return this.ending;
  }

  private outside(local: LocalSystem): SystemHost {
    const { world } = this;
    const { system, network } = local;
    return {
      client: network.client,
      services: this.project.services.map(({ name, replicas, env }) => ({ name, replicas, env })),
      links: linksOf(this.project),
      inject: (fault) => (this.options.without?.includes(++this.injected) ? 0 : local.inject(fault)),
      heal: (id) => system.heal(id),
      subscribe: (listener) => world.trace.subscribe(listener),
      note: (text) => world.trace.record({ kind: 'note', atMs: world.nowMs, text }),
      exec: (service, argv, onDone) => system.machine.tool(system.supervisor.endpoints(service)[0]!, argv, onDone),
    };
  }
}

/** Health checks of each replica before the checks begin: enough that V8 has compiled what every request goes through. */
const WARM_UPS = 80;

/**
 * A program in the lab is as fast with its first request as with its last; a real one is ten times as slow until its
 * code is compiled. What is measured is the design, so each replica answers its own health check a few times first.
 */
function warmUp({ system, machine, world }: LocalSystem, project: ComposeProject, onDone: () => void): void {
  const urlOf = healthUrlsOf(project);
  const replicas = [...machine.containers.values()].filter(({ spec }) => urlOf.has(spec.service.name));
  let left = replicas.length;
  if (left === 0) onDone();
  for (const { host, spec } of replicas) {
    const client = new HttpClient(host, world.scheduler);
    let sent = 0;
    const next = (): void => {
      if (++sent > WARM_UPS || system.supervisor.replicas.length === 0) {
        client.close();
        if (--left === 0) onDone();
      } else client.request({ method: 'GET', url: urlOf.get(spec.service.name)!, timeoutMs: 2000 }, next);
    };
    next();
  }
}

export function toError({ message, hint, file, line }: Problem): CheckError {
  return { message, ...(hint ? { hint } : {}), ...(file ? { file } : {}), ...(line ? { line } : {}) };
}
