/**
 * Runs one and the same program on real Node (the one vitest runs on) and in the lab, over loopback in both, and gives
 * back what it logged. A line begins with who saw it (`client`, `server`): the order between two ends of a connection is
 * the kernel's, so lines are compared for each of them.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import dns from 'node:dns';
import events from 'node:events';
import http from 'node:http';
import net from 'node:net';
import timersPromises from 'node:timers/promises';
import express from 'express';
import { bundleBuiltins, bundlePackages } from '../../catalog/bundle.ts';
import { World } from '../core/world.ts';
import { createNetwork } from '../net/index.ts';
import { HostFiles } from '../process/files.ts';
import { type Exit, Process } from '../process/process.ts';

export type Log = Record<string, string[]>;

/** Helpers of the scenarios, the same text on both sides. */
const HELPERS = `
  /** Starts a server on a free port of loopback. */
  const listen = (server) => new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
  const text = async (stream) => { let all = ''; for await (const chunk of stream) all += chunk; return all; };
  const describe = (value) => {
    if (value instanceof Error) return [value.name, value.code, value.message].filter(Boolean).join('|').replace(/:\\d{4,5}\\b/g, ':PORT');
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (value instanceof Uint8Array) return 'bytes ' + value.length;
    return value === undefined || value === null ? String(value) : typeof value;
  };
  /** Logs the events of an emitter as they happen; 'error' always has a listener then. */
  const spy = (who, emitter, names) => {
    for (const name of names) emitter.on(name, (...args) => log(who, name, ...(name === 'error' || name === 'close' ? args.map(describe) : [])));
    return emitter;
  };
`;

const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...args: unknown[]) => Promise<void>;

function collector(into: Log): (who: string, ...words: unknown[]) => void {
  return (who, ...words) => {
    into[who] ??= [];
    into[who].push(words.map(String).join(' '));
  };
}

export async function onNode(code: string): Promise<Log> {
  const seen: Log = {};
  const run = new AsyncFunction(
    'log',
    'http',
    'net',
    'dns',
    'once',
    'sleep',
    'AsyncLocalStorage',
    'express',
    `${HELPERS}\n${code}`,
  );
  await run(collector(seen), http, net, dns, events.once, timersPromises.setTimeout, AsyncLocalStorage, express);
  return seen;
}

const NO_PACKAGES = 'return () => null';

export interface LabRun {
  readonly seen: Log;
  readonly stderr: string;
  readonly exit: Exit | null;
  readonly atMs: number;
}

/** A network of processes, each with a main module on a host of its own. */
export class TestNet {
  readonly world = new World({ seed: 1 });
  readonly network = createNetwork({
    scheduler: this.world.scheduler,
    trace: this.world.trace,
    random: this.world.random('network'),
  });

  /** `service` with one replica that runs `source`. */
  spawn(service: string, source: string, builtins: string, packages = NO_PACKAGES, fullBuiltins?: string): TestProgram {
    return this.spawnReplica(service, 1, source, builtins, packages, fullBuiltins);
  }

  spawnReplica(
    service: string,
    n: number,
    source: string,
    builtins: string,
    packages = NO_PACKAGES,
    fullBuiltins?: string,
  ): TestProgram {
    const { world, network } = this;
    const host = network.addHost(`${service}-${n}`, service);
    host.up();
    const program: TestProgram = { seen: {}, stderr: '', exit: null, process: null as any };
    const files = new HostFiles({ '/app/main.mjs': source }, () => world.epochMs + world.nowMs);
    const process = new Process({
      world,
      host,
      programs: { builtins, packages, ...(fullBuiltins === undefined ? {} : { fullBuiltins }) },
      pid: 1,
      argv: ['/usr/local/bin/node', '/app/main.mjs'],
      env: {},
      cwd: '/app',
      files,
      projectPath: (path) => path,
      requestCostUs: () => 0,
      requestIdOf: (connection) => network.tap.requestIdOf(connection),
      onExit: (exit) => {
        program.exit = exit;
        host.down();
      },
      onLog: (stream, line) => {
        if (stream === 'stderr') program.stderr += line;
        else for (const one of line.trimEnd().split('\n')) collect(program.seen, one);
      },
      onProblem: (problem) => {
        program.stderr += `${JSON.stringify(problem)}\n`;
      },
    });
    program.process = process;
    process.start();
    return program;
  }

  /** Lets virtual time pass until `isOver`, or for `ms`. */
  run(ms: number, isOver: () => boolean = () => false): void {
    let events = 0;
    this.world.scheduler.runUntil(this.world.scheduler.nowUs + ms * 1000, () => ++events > 1_000_000 || isOver());
  }
}

export interface TestProgram {
  readonly seen: Log;
  stderr: string;
  exit: Exit | null;
  process: Process;
}

/** Evaluates `source` as the main module of a process of its own and lets up to `ms` of virtual time pass. */
export async function runProgram(source: string, packages = NO_PACKAGES, ms = 60_000): Promise<LabRun> {
  const net = new TestNet();
  const program = net.spawn('main', source, (await bundleBuiltins()).code, packages);
  net.run(ms, () => program.exit !== null);
  return { ...program, atMs: net.world.nowMs };
}

/** Lines that are no JSON are the program's own, as a logger's; `@` may stand before the others to tell them apart. */
function collect(seen: Log, line: string): void {
  if (!/^@?\["/.test(line)) return;
  const [who, ...rest] = JSON.parse(line.replace(/^@/, '')) as string[];
  seen[who!] ??= [];
  seen[who!]!.push(rest.join(' '));
}

/** `express` is there too when asked for. */
export async function inLab(code: string, withExpress = false): Promise<LabRun> {
  const packages = withExpress ? (await bundlePackages({ express: '*' }, process.cwd())).code : NO_PACKAGES;
  return runProgram(
    `
    ${withExpress ? "import express from 'express';" : ''}
    import dns from 'node:dns';
    import http from 'node:http';
    import net from 'node:net';
    import { AsyncLocalStorage } from 'node:async_hooks';
    import { once } from 'node:events';
    import { setTimeout as sleep } from 'node:timers/promises';
    const log = (...words) => console.log(JSON.stringify(words.map(String)));
    ${HELPERS}
    async function scenario() {${code}
    }
    await scenario();
    log('end', 'done');
  `,
    packages,
  );
}
