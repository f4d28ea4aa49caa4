/**
 * Runs one ES module on real Node, in a child process, and in the lab with the full built-ins, and gives back what each
 * logged. A line begins with who saw it: the order between two ends of a connection is the kernel's, so lines are
 * compared for each of them.
 */
import { spawn } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { bundleBuiltins, bundlePackages } from '../../catalog/bundle.ts';
import { type Log, TestNet } from './test-scenario.ts';

/** What every program may use, the same text on both sides. Ports differ from run to run and are left out of texts. */
const HELPERS = `
  const noPorts = (text) => String(text).replace(/(?<=[:=])\\d{4,5}\\b/g, 'PORT');
  const log = (who, ...words) => console.log(JSON.stringify([who, ...words.map(noPorts)]));
  const listen = (server, ...more) => new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', ...more, () => { server.off('error', reject); resolve(server.address().port); });
  });
  const collect = async (stream) => { const all = []; for await (const chunk of stream) all.push(chunk); return Buffer.concat(all.map((one) => Buffer.from(one))); };
  const describe = (value) => {
    if (value instanceof Error) return [value.name, value.code, value.errno, value.message].filter((one) => one !== undefined).join('|');
    if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? value + 'n' : String(value);
    if (value instanceof Uint8Array) return 'bytes ' + Buffer.from(value).toString('hex');
    return JSON.stringify(value);
  };
  const attempt = (who, run) => { try { log(who, describe(run())); } catch (error) { log(who, 'throws', describe(error)); } };
  const spy = (who, emitter, names) => {
    for (const name of names) emitter.on(name, (...args) => log(who, name, ...args.map((one) => (one instanceof Error || typeof one !== 'object' ? describe(one) : 'object'))));
    return emitter;
  };
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
`;

/** Imports first, then the helpers: what stands below them may use both. */
const whole = (source: string) => `${source.replace(/^(?!\s*(import\b|$))/m, `${HELPERS}\n`)}`;

export interface Side {
  readonly seen: Log;
  readonly stderr: string;
  readonly code: number | null;
}

export function onRealNode(source: string): Promise<Side> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module'], { cwd: process.cwd() });
    const timer = setTimeout(() => child.kill(), 20_000);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ seen: logOf(stdout), stderr, code });
    });
    child.stdin.end(whole(source));
  });
}

/** @param ms virtual time after which the program is left, when it does not end by itself */
export async function inFullLab(source: string, packages: readonly string[] = [], ms = 120_000): Promise<Side> {
  const builtins = (await bundleBuiltins({ variant: 'full' })).code;
  const wanted = Object.fromEntries(packages.map((name) => [name, '*']));
  const bundle = packages.length === 0 ? undefined : (await bundlePackages(wanted, process.cwd())).code;
  const net = new TestNet();
  const program = net.spawn('main', whole(source), builtins, bundle);
  net.run(ms, () => program.exit !== null);
  const exit = program.exit;
  return { seen: program.seen, stderr: program.stderr, code: exit === null ? null : (exit as any).code };
}

/**
 * Expects that both sides log the same and end with code 0; gives back what they logged. The lab runs once: it is the
 * same each time. On a busy machine real Node may see two packets as one or a timer late, so it gets three tries to show
 * the run that the lab shows.
 */
export async function expectSame(source: string, packages: readonly string[] = []): Promise<Log> {
  const lab = await inFullLab(source, packages);
  let real = await onRealNode(source);
  for (let tries = 1; tries < 3 && !isDeepStrictEqual(real.seen, lab.seen); tries++) real = await onRealNode(source);
  expect(real.stderr).toBe('');
  expect({ seen: lab.seen, stderr: lab.stderr }).toEqual({ seen: real.seen, stderr: '' });
  expect(lab.code).toBe(0);
  expect(real.code).toBe(0);
  expect(Object.keys(real.seen).length).toBeGreaterThan(0);
  return lab.seen;
}

function logOf(stdout: string): Log {
  const seen: Log = {};
  for (const line of stdout.trimEnd().split('\n')) {
    if (line === '') continue;
    const [who, ...words] = JSON.parse(line) as string[];
    seen[who!] ??= [];
    seen[who!]!.push(words.join(' '));
  }
  return seen;
}
