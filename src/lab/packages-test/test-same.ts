/**
 * One ES module, run as the main module of a real Node 24 process and of a lab process with the same npm packages,
 * unmodified. What an observer saw, the lines the program logs, must be equal. A line begins with who saw it: the order
 * between two ends of a connection is the kernel's, so lines are compared for each of them.
 */
import { spawn } from 'node:child_process';
import { expect } from 'vitest';
import { bundlePrograms } from '../../catalog/bundle.ts';
import { type Log, TestNet } from '../node/test-scenario.ts';
import { hardenIntrinsics } from '../process/intrinsics.ts';

/** What every program finds in scope. */
export const PRELUDE = `
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
const log = (...words) => console.log('@' + JSON.stringify(words.map((word) => typeof word === 'string' ? word : show(word))));
const show = (value) => value instanceof Error
  ? [value.name, value.code, value.message].filter(Boolean).join('|')
  : typeof value === 'bigint' ? value + 'n' : typeof value === 'symbol' ? String(value) : JSON.stringify(value) ?? String(value);
/** Logs what a call came to. */
const attempt = async (who, call) => { try { log(who, await call()); } catch (error) { log(who, 'threw', error); } };
/** Starts a server on a free port of loopback. */
const listen = (server) => new Promise((resolve, reject) => {
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => resolve(server.address().port));
});
const close = (server) => { server.closeAllConnections?.(); return new Promise((resolve) => server.close(resolve)); };
const text = async (stream) => { let all = ''; for await (const chunk of stream) all += chunk; return all; };
`;

const NODE_MS_MAX = 20_000;
const LAB_MS_MAX = 60_000;

export interface Seen {
  readonly seen: Log;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs `program` on both and expects the same lines. */
export async function expectSame(program: string, packages: readonly string[] = []): Promise<Log> {
  const source = PRELUDE + program;
  const [real, lab] = [await onNode(source), await inLab(source, packages)];
  expect(real.stderr, 'stderr on Node').toBe('');
  expect(lab.stderr, 'stderr in the lab').toBe('');
  expect(Object.keys(real.seen), 'the program logs').not.toEqual([]);
  expect(lab.seen).toEqual(real.seen);
  expect(lab.code).toBe(real.code);
  return real.seen;
}

export async function inLab(source: string, packages: readonly string[]): Promise<Seen> {
  const net = new TestNet();
  const { builtins, fullBuiltins, packages: code } = await programsOf(packages);
  // As in the worker: packages must do with intrinsics that cannot be changed.
  hardenIntrinsics();
  const program = net.spawn('main', source, builtins, code, fullBuiltins);
  net.run(LAB_MS_MAX, () => program.exit !== null);
  const late = program.exit === null ? 'The program did not end.' : '';
  return { seen: program.seen, stderr: program.stderr + late, code: program.exit?.code ?? null };
}

const programs = new Map<string, ReturnType<typeof bundlePrograms>>();

function programsOf(packages: readonly string[]) {
  const key = packages.join();
  const known =
    programs.get(key) ?? bundlePrograms(Object.fromEntries(packages.map((name) => [name, '*'])), process.cwd());
  programs.set(key, known);
  return known;
}

/** Runs an ES module's text on this machine's Node, with this environment beside PATH and UTC. */
export function onNode(
  source: string,
  env: Readonly<Record<string, string>> = { LANG: 'en_US.UTF-8' },
  timeout = NODE_MS_MAX,
): Promise<Seen> {
  const { promise, resolve } = Promise.withResolvers<Seen>();
  const child = spawn(process.execPath, ['--input-type=module'], {
    cwd: process.cwd(),
    env: { PATH: process.env.PATH, TZ: 'UTC', ...env },
    timeout,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.on('close', (code) => resolve({ seen: linesOf(stdout), stderr, code }));
  child.stdin.end(source);
  return promise;
}

/** What the program's `log` wrote, by who saw it. */
export function linesOf(stdout: string): Log {
  const seen: Log = {};
  for (const line of stdout.split('\n')) {
    if (!line.startsWith('@')) continue;
    const [who, ...rest] = JSON.parse(line.slice(1)) as string[];
    seen[who!] ??= [];
    seen[who!]!.push(rest.join(' '));
  }
  return seen;
}
