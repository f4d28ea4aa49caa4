/**
 * What of Node the lab has, said by the lab itself: a program in it looks at every built-in module, and its answer is
 * held against the Node that runs this. `node src/cli/fidelity.ts` prints the report as JSON; the site's page about the
 * lab is made from it when the site is built.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundlePrograms, imageNames } from '../catalog/bundle.ts';
import type { FidelityReport, ImageReport, ModuleReport } from '../catalog/fidelity.ts';
import { createLab } from '../lab/index.ts';

const root = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);
const NAMES = builtinModules.filter((name) => !name.startsWith('_') && !name.startsWith('node:'));

export async function fidelityReport(): Promise<FidelityReport> {
  const { builtins, fullBuiltins } = await bundlePrograms({}, root);
  const core = inLab(builtins);
  const full = inLab(fullBuiltins!);
  const modules = NAMES.map((name): ModuleReport => {
    const sentence = core.failures[name] ?? '';
    const found = core.modules[name] ?? full.modules[name];
    if (found === undefined)
      return { name, set: 'missing', has: 0, lacks: [], sentence: full.failures[name] ?? sentence };
    const own = new Set(full.modules[name] ?? found);
    const nodes = namesOf(require(`node:${name}`));
    const set = core.modules[name] === undefined ? 'full' : 'core';
    return {
      name,
      set,
      has: nodes.filter((each) => own.has(each)).length,
      lacks: nodes.filter((each) => !own.has(each)),
    };
  });
  const globals = Object.getOwnPropertyNames(globalThis);
  const own = new Set(full.globals);
  return {
    node: process.versions.node,
    modules,
    globals: { has: globals.filter((name) => own.has(name)).length, lacks: globals.filter((name) => !own.has(name)) },
    images: await Promise.all(imageNames().map(imageReport)),
    packages: testedPackages(),
  };
}

async function imageReport(name: string): Promise<ImageReport> {
  const { version, supported, differences } = (await import(`../lab/images/${name}/differences.ts`)) as Omit<
    ImageReport,
    'name'
  >;
  return {
    name,
    version,
    supported: [...supported],
    differences: differences.map(({ what, real, lab, why }) => ({ what, real, lab, why })),
  };
}

/** What a program may use: own names that are no internals. */
function namesOf(module: object): string[] {
  return Object.keys(module).filter((name) => !name.startsWith('_') && name !== 'default');
}

interface Found {
  readonly modules: Readonly<Record<string, readonly string[]>>;
  readonly failures: Readonly<Record<string, string>>;
  readonly globals: readonly string[];
}

/**
 * Looks at each module, and calls each of its functions without arguments: one that is missing says so, whatever it is
 * given. Output of process and console would mix with the answer, and timers would keep the program waiting.
 */
const LOOK = `
process.on('uncaughtException', () => {});
process.on('unhandledRejection', () => {});
const isAbsent = (error) => /is not part of the lab/.test(error?.message);
const modules = {};
const failures = {};
const pending = [];
for (const name of NAMES) {
  let found;
  try { found = await import('node:' + name); found = found.default ?? found; } catch (error) { failures[name] = error.message; continue; }
  const keys = new Set(Object.keys(found));
  modules[name] = keys;
  if (name === 'process' || name === 'console' || name.startsWith('timers')) continue;
  for (const key of keys) {
    let value;
    try { value = found[key]; } catch { continue; }
    if (typeof value !== 'function') continue;
    try {
      const result = value.call(found);
      if (typeof result?.then === 'function') pending.push(result.then(() => {}, (error) => { if (isAbsent(error)) keys.delete(key); }));
      result?.on?.('error', () => {});
      result?.destroy?.();
    } catch (error) {
      if (isAbsent(error)) keys.delete(key);
      else if (/without 'new'/.test(error?.message)) try { new value(); } catch (second) { if (isAbsent(second)) keys.delete(key); }
    }
  }
}
await Promise.race([Promise.all(pending), new Promise((resolve) => setTimeout(resolve, 100))]);
for (const name of Object.keys(modules)) console.log('LOOK' + JSON.stringify({ name, keys: [...modules[name]] }));
for (const name of Object.keys(failures)) console.log('LOOK' + JSON.stringify({ name, failure: failures[name] }));
console.log('LOOK' + JSON.stringify({ globals: Object.getOwnPropertyNames(globalThis) }));
process.exit(0);
`;

function inLab(builtins: string): Found {
  const main = `const NAMES = ${JSON.stringify(NAMES)};\n${LOOK}`;
  const files = {
    'compose.yaml': 'services:\n  look:\n    build: ./look\n',
    'look/Dockerfile': 'FROM node:24-alpine\nWORKDIR /app\nCOPY main.mjs ./\nCMD ["node", "main.mjs"]\n',
    'look/main.mjs': main,
  };
  const created = createLab({ files, seed: 1, programs: { builtins, packages: 'return () => null' } });
  if (!created.ok) throw new Error(created.problems.map(({ message }) => message).join('\n'));
  const found = {
    modules: {} as Record<string, string[]>,
    failures: {} as Record<string, string>,
    globals: [] as string[],
  };
  const { lab } = created;
  lab.trace.subscribe((event) => {
    if (event.kind !== 'log' || !event.text.startsWith('LOOK')) return;
    const line = JSON.parse(event.text.slice(4));
    if (line.globals !== undefined) found.globals = line.globals;
    else if (line.keys === undefined) found.failures[line.name] = line.failure;
    else found.modules[line.name] = line.keys;
  });
  lab.boot();
  lab.scheduler.runUntil(1e6);
  lab.system.dispose();
  if (found.globals.length === 0) throw new Error('The program that looks at the built-ins did not come to its end.');
  return found;
}

/** Packages whose tests stand beside the built-in that they need. */
const TESTED_ELSEWHERE = ['@connectrpc/connect', '@connectrpc/connect-node', '@grpc/grpc-js', 'express', 'jose'];

/** As the programs of src/lab/packages-test name them in their first line, and some others. */
function testedPackages(): FidelityReport['packages'] {
  const folder = join(root, 'src/lab/packages-test/programs');
  const named = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .flatMap((text) => /^\/\/ packages: (.+)$/m.exec(text)?.[1]?.split(' ') ?? []);
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return [...new Set([...named, ...TESTED_ELSEWHERE])].sort().map((name) => ({ name, version: devDependencies[name] }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(JSON.stringify(await fidelityReport()));
