/**
 * One process: a replica of a service, a health check's command, or the program that checks an exercise. It has its own
 * globals, Promise, module graph, microtask queue and one CPU (turns.ts), whose turns are its callbacks.
 */
import type { Problem } from '../core/problem.ts';
import { createPromiseKit, type PromiseKit } from '../core/promise.ts';
import type { World } from '../core/world.ts';
import type { Host } from '../net/network.ts';
import type { AsyncContext, Builtins, ProcessHooks } from '../node/kernel.ts';
import { Budget, LoopLimit, STRIDE } from './budget.ts';
import { parseCommand } from './command.ts';
import { CompileError } from './compile.ts';
import { createDynamicCode, type DynamicCode } from './dynamic-code.ts';
import { builtinsFactory, bundleFactory, type Globals } from './evaluate.ts';
import { describeFatal, messageOf, rejectionError } from './fatal.ts';
import type { HostFiles } from './files.ts';
import './from-async.ts';
import type { FromAsync } from './from-async.ts';
import { createKernel } from './kernel.ts';
import { LogLimit } from './log-limit.ts';
import './radix.ts';
import { ModuleGraph, type PackageLoader } from './modules.ts';
import { Queue } from './queue.ts';
import { running } from './running.ts';
import { createRuntime } from './runtime.ts';
import { type Place, placeOf, prepareStackTrace, withoutLabFrames } from './stack.ts';
import { Turns } from './turns.ts';
import { isCode, packagesNeedFull, sourceNeedsFull } from './variant.ts';

/** Texts of the bundles that every process evaluates for itself; see catalog/bundle.ts. */
export interface Programs {
  /** Node's core built-ins. */
  readonly builtins: string;
  /** All of them; each process that names something of it gets this. May be left out where none does. */
  readonly fullBuiltins?: string;
  readonly packages: string;
  /** Scripts of server images, by program name: `redis`; those that no project of the run names may be left out. */
  readonly images?: Readonly<Record<string, string>>;
}

export interface ProcessOptions {
  readonly world: World;
  readonly host: Host;
  readonly programs: Programs;
  readonly pid: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly files: HostFiles;
  /** `/app/src/main.ts` → `gateway/src/main.ts`, for messages; the path itself when it is no project file. */
  readonly projectPath: (path: string) => string;
  readonly requestCostUs: () => number;
  /** The tap's number of the request being received on a connection. */
  readonly requestIdOf: (connectionId: number) => number;
  /** How long so much CPU time takes when the process has only a share of a CPU; all of it when absent. */
  readonly wallUs?: (nowUs: number, cpuUs: number) => number;
  /** Memory that the process uses, for process.memoryUsage(). */
  readonly usedBytes?: () => number;
  /** Clock skew of the host in ms. */
  readonly skewMs?: () => number;
  readonly onExit: (exit: Exit) => void;
  /** The main module has been evaluated. */
  readonly onLoaded?: () => void;
  readonly onListening?: (port: number, address: string) => void;
  readonly onLog?: (stream: 'stdout' | 'stderr', text: string, cause: number) => void;
  readonly onProblem?: (problem: Problem) => void;
  /** Modules that only this process can import. */
  readonly extraModules?: () => Readonly<Record<string, unknown>>;
  /** It runs on another process's host, as a health check's command does: the host belongs to the other. */
  readonly isGuest?: boolean;
  /** Does not end when nothing is left to do: more will be given to it. */
  readonly staysAlive?: boolean;
}

export interface Exit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Why, when it was not the program's own decision. */
  readonly reason?: string;
  readonly problem?: Problem;
}

/** Leaves the program's code on process.exit(); nothing of the program can run afterwards, whatever it catches. */
export class ExitSignal extends Error {}

export const NO_CONTEXT: AsyncContext = { cause: 0, stores: null };

/** Reading the clock takes a process this long, so a loop that waits for a time gets there. */
export const CLOCK_READ_US = 5;

export class Process extends Turns {
  readonly options: ProcessOptions;
  readonly startedUs: number;
  context: AsyncContext = NO_CONTEXT;
  inFlight = 0;
  /** Timers, listeners, sockets that keep the program running. */
  refs = 0;
  readonly ticks = new Queue<() => void>();
  readonly microtasks = new Queue<() => void>();
  readonly signalHandlers = new Map<string, Set<() => void>>();
  hooks: ProcessHooks | null = null;
  readonly kit: PromiseKit;
  readonly runtime: ReturnType<typeof createRuntime>;
  private readonly rejections = new Map<object, unknown>();
  private readonly budget: Budget;
  private readonly logLimit = new LogLimit();
  /** Where in the program a job was queued, looked for once its queue does not get empty. */
  private queuer: Place | 'wanted' | null = null;
  private isMainDone = false;
  private modules: ModuleGraph | null = null;
  private fromAsync: FromAsync | null = null;
  private dynamicCode: DynamicCode | null = null;
  private globals: Globals = {};
  private prepareStackTrace = prepareStackTrace as typeof Error.prepareStackTrace;
  private stackTraceLimit = 10;

  constructor(options: ProcessOptions) {
    super(options.world.scheduler, options.wallUs);
    this.options = options;
    const { world } = options;
    this.startedUs = world.scheduler.nowUs;
    this.budget = new Budget(world.realNowMs, (line) => this.endRun(line));
    this.kit = createPromiseKit<AsyncContext>({
      enqueue: (job) => this.queue(this.microtasks, job),
      getContext: () => this.context,
      setContext: (context) => {
        this.context = context;
      },
      onRejectedUnhandled: (promise, reason) => this.rejections.set(promise, reason),
      onHandledLater: (promise) => this.rejections.delete(promise),
    });
    this.runtime = createRuntime(this);
  }

  /** `globalThis` inside the process. */
  get global(): unknown {
    return this.globals.globalThis;
  }

  /** Math.pow of the process, whatever the program has made of it since. */
  pow: (base: number, exponent: number) => number = () => Number.NaN;

  /** Loads the built-ins and starts the main module in a callback of its own. */
  start(): void {
    const { host, isGuest } = this.options;
    if (!isGuest) host.deliver = (run) => this.deliver(run);
    this.options.world.scheduler.after(0, () => this.deliver(() => this.main()));
  }

  /** SIGTERM and SIGINT ask; SIGKILL, SIGSTOP and SIGCONT act. */
  signal(name: string): void {
    if (this.state === 'dead') return;
    if (name === 'SIGKILL') this.die({ code: null, signal: 'SIGKILL' });
    else if (name === 'SIGSTOP') this.pause();
    else if (name === 'SIGCONT') this.resume();
    else
      this.deliver(() => {
        const handlers = this.signalHandlers.get(name);
        if (handlers === undefined || handlers.size === 0) this.die({ code: null, signal: name });
        else for (const handler of [...handlers]) handler();
      });
  }

  exit(code: number): never {
    if (this.state !== 'dead') {
      try {
        this.hooks?.exit(code);
      } finally {
        this.die({ code, signal: null });
      }
    }
    throw new ExitSignal('process.exit');
  }

  /** Evaluates a text as a module of this process, as `node -e` does; the callbacks are told once its top level is done. */
  evaluateScript(source: string, path: string, onDone: () => void, onError: (error: unknown) => void): void {
    const { runtime } = this;
    const graph = this.graph(source);
    runtime.settle(graph.script(source, path), onDone, onError);
  }

  /** What happened, for a person: message, hint, and the project's file and line. */
  describe(error: unknown): Problem {
    const { projectPath } = this.options;
    const hint = (error as { hint?: unknown } | null)?.hint;
    const withHint = typeof hint === 'string' ? { hint } : {};
    if (error instanceof CompileError)
      return {
        message: `${error.name}: ${error.message}`,
        file: projectPath(error.file),
        line: error.line,
        column: error.column,
        severity: 'error',
        ...withHint,
      };
    const place = this.placeOf(error);
    const at = place
      ? { file: projectPath(place.path), ...(place.line > 0 ? { line: place.line, column: place.column } : {}) }
      : {};
    return { message: messageOf(error), severity: 'error', ...at, ...withHint };
  }

  /** An error that nothing caught: the program's own handler, or the end with Node's message. */
  throwUncaught(error: unknown, origin: 'uncaughtException' | 'unhandledRejection' = 'uncaughtException'): void {
    if (this.state === 'dead' || error instanceof ExitSignal) return;
    if (error instanceof LoopLimit) return;
    let isHandled = false;
    try {
      isHandled = this.hooks?.uncaughtException(error, origin) ?? false;
    } catch (second) {
      if (second instanceof ExitSignal) return;
      error = second;
    }
    if (isHandled) return;
    const problem = this.describe(error);
    this.log('stderr', this.fatalText(error, problem));
    this.options.onProblem?.(problem);
    const where = problem.file ? ` (${problem.file}:${problem.line})` : '';
    try {
      this.hooks?.exit(1);
    } catch {
      // Node ignores what exit listeners throw at this point, too.
    }
    this.die({ code: 1, signal: null, reason: `uncaught ${problem.message.split('\n')[0]}${where}`, problem });
  }

  log(stream: 'stdout' | 'stderr', text: string): void {
    const kept = this.logLimit.admit(text, this.options.world.scheduler.nowUs);
    if (kept !== null) this.options.onLog?.(stream, withoutLabFrames(kept), this.context.cause);
  }

  /** The program is over: its sockets are reset by the host, and nothing of it runs on. */
  die(exit: Exit): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    this.inbox.clear();
    this.ticks.clear();
    this.microtasks.clear();
    this.rejections.clear();
    this.signalHandlers.clear();
    this.options.onExit(exit);
  }

  private main(): void {
    const { argv } = this.options;
    const program = parseCommand(argv, this.options.cwd, (path) => this.options.files.readText(path));
    if (program.kind === 'unknown') {
      this.log('stderr', program.message);
      this.die({ code: 127, signal: null, reason: program.message });
      return;
    }
    let done: object;
    try {
      const graph = this.graph(program.kind === 'eval' ? program.source : '');
      done =
        program.kind === 'file' ? graph.main(program.path) : graph.script(program.source, `${this.options.cwd}/[eval]`);
    } catch (error) {
      this.throwUncaught(error);
      return;
    }
    this.runtime.settle(
      done,
      () => {
        this.isMainDone = true;
        this.options.onLoaded?.();
      },
      (error) => this.throwUncaught(error),
    );
  }

  /** @param script the text that will be run, when it is in no file */
  private graph(script: string): ModuleGraph {
    if (this.modules) return this.modules;
    const { programs, files, isGuest = false } = this.options;
    const { Promise: OwnPromise } = this.kit;
    const kernel = createKernel(this);
    const dynamic = createDynamicCode({
      globals: () => this.globals,
      runtime: this.runtime,
      budget: this.budget,
      import: (specifier) => this.modules!.importFrom(String(specifier), `${this.options.cwd}/[eval]`),
    });
    this.dynamicCode = dynamic;
    running.code = dynamic;
    const ofProcess = { Promise: OwnPromise, Function: dynamic.Function, eval: dynamic.eval };
    const bare: Globals = { ...ofProcess, __kernel: kernel };
    const builtins = builtinsFactory(this.builtinsFor(script), !isGuest)(bare) as Builtins;
    const globals: Globals = { ...builtins.globals, ...ofProcess };
    this.globals = globals;
    this.pow = (globals.Math as Math).pow;
    let load: PackageLoader | null = null;
    const packages: PackageLoader = (specifier) => {
      load ??= bundleFactory(programs.packages, 'file:///app/node_modules/packages.js', ['__builtin'])({
        ...globals,
        __builtin: (name: string) => builtins.builtin(name.replace(/^node:/, '')),
      }) as PackageLoader;
      return load(specifier);
    };
    this.fromAsync = builtins.fromAsync;
    running.fromAsync = this.fromAsync;
    this.modules = new ModuleGraph({
      files,
      globals,
      builtins,
      packages,
      runtime: this.runtime,
      Promise: OwnPromise,
      budget: this.budget,
      extra: this.options.extraModules,
    });
    builtins.useRequire(this.modules.requireFrom, this.modules.resolveFrom);
    return this.modules;
  }

  private builtinsFor(script: string): string {
    const { programs, files } = this.options;
    const { builtins, fullBuiltins, packages } = programs;
    if (fullBuiltins === undefined) return builtins;
    const isFull =
      packagesNeedFull(packages) ||
      sourceNeedsFull(script) ||
      files.paths().some((path) => isCode(path) && sourceNeedsFull(files.readText(path)!));
    return isFull ? fullBuiltins : builtins;
  }

  protected take(run: () => void): void {
    this.context = NO_CONTEXT;
    this.budget.refill();
    this.runOwnCode(run);
    this.context = NO_CONTEXT;
  }

  protected afterTurn(): void {
    this.endWhenIdle();
  }

  /** Calls into the program and runs all it queues. Statics of Error are the process's own meanwhile. */
  private runOwnCode(run: () => void): void {
    const { prepareStackTrace: hostsPrepare, stackTraceLimit: hostsLimit } = Error;
    Error.prepareStackTrace = this.prepareStackTrace;
    if (hostsLimit !== this.stackTraceLimit) Error.stackTraceLimit = this.stackTraceLimit;
    this.isExecuting = true;
    running.code = this.dynamicCode;
    running.fromAsync = this.fromAsync;
    try {
      run();
    } catch (error) {
      this.throwUncaught(error);
    }
    this.drain();
    running.code = null;
    running.fromAsync = null;
    this.isExecuting = false;
    this.prepareStackTrace = Error.prepareStackTrace;
    this.stackTraceLimit = Error.stackTraceLimit;
    Error.prepareStackTrace = hostsPrepare;
    if (hostsLimit !== this.stackTraceLimit) Error.stackTraceLimit = hostsLimit;
  }

  /** Node's processTicksAndRejections: all ticks, then all microtasks, until both are empty; then rejections. */
  private drain(): void {
    const { ticks, microtasks } = this;
    let jobs = 0;
    do {
      while (microtasks.length > 0 || ticks.length > 0) {
        const queue = ticks.length > 0 ? ticks : microtasks;
        // A tick queued by a microtask waits for all microtasks; a microtask queued by a tick for all ticks.
        while (queue.length > 0 && this.state !== 'dead') {
          const job = queue.shift()!;
          try {
            if (++jobs % STRIDE === 0 && this.budget.isSpent()) this.endEndlessQueue(job);
            else job();
          } catch (error) {
            this.throwUncaught(error);
          }
        }
        if (this.state === 'dead') return;
      }
      this.reportRejections();
    } while (microtasks.length > 0 || ticks.length > 0);
  }

  /** Appends to one of the process's queues. */
  queue(queue: Queue<() => void>, job: () => void): void {
    if (this.queuer === 'wanted') this.queuer = placeOf(new Error('here')) ?? 'wanted';
    queue.push(job);
  }

  /** Runs a few jobs more, to name the line that goes on queueing them; then ends the run. */
  private endEndlessQueue(job: () => void): void {
    this.queuer = 'wanted';
    for (let next: (() => void) | undefined = job, i = 0; next !== undefined && i < 64; i++) {
      try {
        next();
      } catch {
        // It ends anyway.
      }
      if (this.queuer !== 'wanted') break;
      next = this.ticks.shift() ?? this.microtasks.shift();
    }
    const place = this.queuer === 'wanted' ? null : this.queuer;
    this.queuer = null;
    this.endRun(0, place);
  }

  private reportRejections(): void {
    if (this.rejections.size === 0) return;
    const list = [...this.rejections];
    this.rejections.clear();
    for (const [promise, reason] of list) {
      if (this.state === 'dead') return;
      if (reason instanceof ExitSignal || reason instanceof LoopLimit) continue;
      let isHandled = false;
      try {
        isHandled = this.hooks?.unhandledRejection(reason, promise) ?? false;
      } catch (error) {
        this.throwUncaught(error);
        continue;
      }
      if (!isHandled)
        this.throwUncaught(reason instanceof Error ? reason : rejectionError(reason), 'unhandledRejection');
    }
  }

  /** Node ends by itself when nothing can happen any more. */
  private endWhenIdle(): void {
    if (this.refs > 0 || this.inbox.length > 0 || this.modules === null || this.options.staysAlive) return;
    if (!this.isMainDone) {
      this.log('stderr', 'Warning: Detected unsettled top-level await\n');
      this.die({ code: 13, signal: null, reason: 'its top-level await never settled' });
      return;
    }
    this.runOwnCode(() => this.hooks?.beforeExit(0));
    if (this.refs > 0 || !this.isAlive) return;
    try {
      this.exit(0);
    } catch (error) {
      if (!(error instanceof ExitSignal)) throw error;
    }
  }

  /** @param line of the loop that counted; 0 for a queue that does not get empty */
  private endRun(line: number, place = placeOf(new Error('here'))): void {
    const { world, host, projectPath } = this.options;
    const file = place ? projectPath(place.path) : undefined;
    const at = file ? ` at ${file}:${line || place!.line}` : '';
    const why = line === 0 ? 'its promises or ticks never stop queueing more' : 'endless loop';
    world.end({
      message: `${host.name}: a callback${at} does not return (${why}). The run was ended; your edits are kept.`,
      hint: 'Make sure the loop ends, or that it awaits something that takes time.',
      ...(file ? { file, line: line || place!.line } : {}),
      severity: 'error',
    });
    this.die({ code: null, signal: 'SIGKILL', reason: `a callback does not return${at}` });
  }

  private fatalText(error: unknown, problem: Problem): string {
    const text = error instanceof CompileError ? `${error.name}: ${error.message}` : describeFatal(error);
    const head = problem.file && problem.line ? `${this.sourceExcerpt(error)}\n` : '';
    return `${head}${text}\n\nNode.js v24.21.0\n`;
  }

  /** As Node prints it: place, source line, caret. */
  private sourceExcerpt(error: unknown): string {
    const place = this.placeOf(error);
    if (!place) return '';
    const line = this.options.files.readText(place.path)?.split('\n')[place.line - 1];
    const at = `file://${place.path}:${place.line}`;
    return line === undefined ? at : `${at}\n${line}\n${' '.repeat(Math.max(0, place.column - 1))}^\n`;
  }

  /** Where in the program's own files an error happened. */
  private placeOf(error: unknown): Place | null {
    if (error instanceof CompileError) return { path: error.file, line: error.line, column: error.column };
    const { importer, specifier } = (error ?? {}) as { importer?: unknown; specifier?: unknown };
    if (typeof importer === 'string') return this.placeOfImport(importer, String(specifier));
    return placeOf(error);
  }

  private placeOfImport(path: string, specifier: string): Place {
    const lines = this.options.files.readText(path)?.split('\n') ?? [];
    const index = lines.findIndex((line) => line.includes(`'${specifier}'`) || line.includes(`"${specifier}"`));
    return { path, line: index + 1, column: index === -1 ? 1 : lines[index]!.search(/\S/) + 1 };
  }
}
