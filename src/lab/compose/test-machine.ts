/** The vocabulary of this folder's tests: projects in few words, and a machine whose processes do what a table says. */
import type { ProcessState, TraceEvent } from '../core/events.ts';
import { Scheduler } from '../core/scheduler.ts';
import { Trace } from '../core/trace.ts';
import type { ToolResult } from '../images/server.ts';
import type { ContainerSpec, Machine, ProcessCallbacks, ProcessHandle, SpawnSpec } from './machine.ts';
import type { ComposeProject } from './model.ts';
import { parseCompose } from './parse.ts';
import { formatProblem } from './problems.ts';
import { Supervisor } from './supervisor.ts';

/** What a process does, by ms after its start. */
export interface Behaviour {
  /** Main module evaluated; default 5. Never: Infinity. */
  readonly loadedMs?: number;
  readonly listen?: readonly { readonly port: number; readonly address?: string; readonly atMs?: number }[];
  /** It exits by itself. */
  readonly exit?: { readonly atMs: number; readonly code: number; readonly reason?: string };
  /** How long it takes to leave after SIGTERM; default 1. Infinity: it ignores the signal. */
  readonly termMs?: number;
  /** What it writes at its start. */
  readonly log?: string;
}

export interface ProbeAnswer {
  readonly status: number;
  readonly error?: string;
  /** Default 1; Infinity for no answer at all. */
  readonly afterMs?: number;
}

export class TestMachine implements Machine {
  readonly scheduler = new Scheduler();
  readonly trace = new Trace();
  /** `create gateway-1`, `spawn gateway-1 node src/main.ts`, `SIGTERM gateway-1`, … with times in ms. */
  readonly calls: string[] = [];
  readonly spawned: SpawnSpec[] = [];
  /** By endpoint, else by service; called for each new process. */
  behave: (spec: SpawnSpec, run: number) => Behaviour = () => ({});
  answer: (endpoint: string, url: string) => ProbeAnswer = () => ({ status: 200 });
  answerTool: (endpoint: string, argv: readonly string[]) => ToolResult | null = () => null;
  private readonly runs = new Map<string, number>();
  private readonly alive = new Map<string, number>();

  create({ endpoint }: ContainerSpec): void {
    if (this.alive.has(endpoint)) throw new Error(`${endpoint} exists already`);
    this.alive.set(endpoint, 0);
    this.note(`create ${endpoint}`);
  }

  remove(endpoint: string): void {
    if (this.alive.get(endpoint) !== 0) throw new Error(`${endpoint} is not there or has a process`);
    this.alive.delete(endpoint);
    this.note(`remove ${endpoint}`);
  }

  tool(endpoint: string, argv: readonly string[], onDone: Parameters<Machine['tool']>[2]): void {
    this.note(`tool ${endpoint} ${argv.join(' ')}`);
    this.scheduler.after(0, () => onDone(this.answerTool(endpoint, argv)));
  }

  spawn(spec: SpawnSpec, callbacks: ProcessCallbacks): ProcessHandle {
    const { scheduler } = this;
    const { endpoint, role } = spec;
    if (role === 'main') {
      if (this.alive.get(endpoint) !== 0) throw new Error(`${endpoint} is not there or has a process already`);
      this.alive.set(endpoint, 1);
    }
    const name = role === 'main' ? endpoint : `${endpoint} probe`;
    const run = (this.runs.get(name) ?? 0) + 1;
    this.runs.set(name, run);
    this.spawned.push(spec);
    this.note(`spawn ${name}`);
    const { loadedMs = 5, listen = [], exit, termMs = 1, log } = this.behave(spec, run);
    let hasExited = false;
    let isStopped = false;
    const leave = (code: number | null, signal: string | null, reason?: string): void => {
      if (hasExited) return;
      hasExited = true;
      if (role === 'main') this.alive.set(endpoint, 0);
      callbacks.onExit({ code, signal, ...(reason ? { reason } : {}) });
    };
    const after = (ms: number, run: () => void): void => {
      if (ms !== Number.POSITIVE_INFINITY) scheduler.after(ms * 1000, () => !hasExited && !isStopped && run());
    };
    if (log !== undefined) {
      after(0, () =>
        this.trace.record({ kind: 'log', atMs: this.nowMs, endpoint, stream: 'stderr', text: log, cause: 0 }),
      );
    }
    after(loadedMs, () => callbacks.onLoaded());
    for (const { port, address = '::', atMs = 5 } of listen) after(atMs, () => callbacks.onListening(port, address));
    if (exit) after(exit.atMs, () => leave(exit.code, null, exit.reason));
    return {
      signal: (signal) => {
        if (hasExited) return;
        this.note(`${signal} ${name}`);
        if (signal === 'SIGSTOP') isStopped = true;
        else if (signal === 'SIGCONT') isStopped = false;
        else if (signal === 'SIGKILL') scheduler.after(0, () => leave(null, 'SIGKILL'));
        else after(termMs, () => leave(0, null));
      },
    };
  }

  readonly probeHttp = (
    endpoint: string,
    url: string,
    _timeoutMs: number,
    onDone: (result: { status: number; error?: string }) => void,
  ): void => {
    const { status, error, afterMs = 1 } = this.answer(endpoint, url);
    if (afterMs === Number.POSITIVE_INFINITY) return;
    this.scheduler.after(afterMs * 1000, () => onDone({ status, ...(error ? { error } : {}) }));
  };

  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  /** Lets `ms` pass; throws when that takes more than a million events. */
  run(ms: number): void {
    let events = 0;
    if (!this.scheduler.runUntil(this.scheduler.nowUs + ms * 1000, () => ++events > 1_000_000)) {
      throw new Error('a million events: something goes round in circles');
    }
  }

  /** `catalog-1 starting 0`, with times in ms. */
  states(endpoint?: string): string[] {
    return this.trace.events.flatMap((event: TraceEvent) =>
      event.kind === 'process' && (endpoint === undefined || event.endpoint === endpoint)
        ? [`${event.endpoint} ${event.state} ${event.atMs}`]
        : [],
    );
  }

  /** When the endpoint first got into a state, ms; Infinity when never. */
  firstMs(endpoint: string, state: ProcessState): number {
    const event = this.trace.events.find((e) => e.kind === 'process' && e.endpoint === endpoint && e.state === state);
    return event?.atMs ?? Number.POSITIVE_INFINITY;
  }

  private note(what: string): void {
    this.calls.push(`${this.nowMs} ${what}`);
  }
}

const DOCKERFILE = 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "src/main.ts"]\n';

/** Project files for services that all are built from a folder of their name. */
export function filesFor(compose: string, services: readonly string[], extra: Record<string, string> = {}) {
  const files: Record<string, string> = { 'compose.yaml': compose };
  for (const name of services) {
    files[`${name}/Dockerfile`] = DOCKERFILE;
    files[`${name}/src/main.ts`] = `// ${name}\n`;
  }
  return { ...files, ...extra };
}

/** The project, or an error that shows all problems. `services` YAML is indented by the caller. */
export function projectOf(
  compose: string,
  services: readonly string[],
  extra: Record<string, string> = {},
): ComposeProject {
  const result = parseCompose(filesFor(compose, services, extra));
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.project;
}

export interface Booted {
  readonly machine: TestMachine;
  readonly supervisor: Supervisor;
  /** `ready 12` or `failed 12: message`, once. */
  readonly outcome: string[];
}

export function boot(project: ComposeProject, setUp: (machine: TestMachine) => void = () => {}): Booted {
  const machine = new TestMachine();
  setUp(machine);
  const { scheduler, trace, probeHttp } = machine;
  const supervisor = new Supervisor({ project, scheduler, trace, machine, probeHttp });
  const outcome: string[] = [];
  supervisor.up({
    onReady: () => outcome.push(`ready ${machine.nowMs}`),
    onFailure: (problem) =>
      outcome.push(`failed ${machine.nowMs}: ${problem.file}:${problem.line} ${problem.message}\n  ${problem.hint}`),
  });
  return { machine, supervisor, outcome };
}
