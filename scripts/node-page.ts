/**
 * Writes docs/node.md: what of Node the lab has, asked of the lab itself and of the Node that runs this, and which npm
 * packages are known to work, from the tests that show it. `node scripts/node-page.ts`; a test says when it is due.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { bundleBuiltins } from '../src/catalog/bundle.ts';
import { FULL_GLOBALS, FULL_MODULES } from '../src/lab/node/full-names.ts';
import { TestNet } from '../src/lab/node/test-scenario.ts';
import { root } from './build.ts';

export const pageFile = join(root, 'docs/node.md');

/** Modules of Node 24 that a service imports, but for those that only add up others (`constants`, `sys`) or test code. */
const MODULES = (
  'assert assert/strict async_hooks buffer child_process cluster console crypto dgram diagnostics_channel dns dns/promises ' +
  'domain events fs fs/promises http http2 https inspector module net os path perf_hooks process punycode querystring ' +
  'readline readline/promises repl sqlite stream stream/consumers stream/promises stream/web string_decoder ' +
  'timers timers/promises tls trace_events tty url util util/types v8 vm wasi worker_threads zlib'
).split(' ');

/** Packages whose tests stand beside the built-in that they need. */
const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {
  express: 'src/lab/node/http/express.test.ts',
  '@grpc/grpc-js': 'src/lab/node/http2/grpc.test.ts',
  '@connectrpc/connect': 'src/lab/node/http2/connect.test.ts',
  '@connectrpc/connect-node': 'src/lab/node/http2/connect.test.ts',
  jose: 'src/lab/node/crypto/jose.test.ts',
};

export async function nodePage(): Promise<string> {
  const lab = await askLab();
  const node = askNode();
  const rows = MODULES.map((name) => moduleRow(name, node.functions[name]!, lab.modules[name] ?? null));
  // `node -e` lends the modules' names and those of CommonJS.
  const lent = [...builtinModules, '__filename', '__dirname', 'exports', 'module', 'require'];
  const globals = node.globals.filter((name) => !lab.globals.includes(name) && !lent.includes(name)).sort();
  return `# Node in the lab

Written by \`node scripts/node-page.ts\`; a test fails when it no longer says what is so. Compared with Node ${process.version}.

## Packages known to work

Unmodified from npm. Each has a program that runs in the lab and on real Node, and what it logs is equal.

| Package | Version | Shown by |
| --- | --- | --- |
${packageRows().join('\n')}

Others work as far as they use what is below. A package that needs a native addon, a child process or a browser does not.

## Built-in modules

*Core* is there for every service. *Full* is loaded when a file of the service or a package names something of it.
What is missing throws a sentence that names it and says what to use.

| Module | Set | Functions | Missing |
| --- | --- | ---: | --- |
${rows.join('\n')}

## Globals

Of the full set: ${FULL_GLOBALS.filter((name) => lab.globals.includes(name))
    .map(code)
    .join(', ')}.
Missing: ${globals.map(code).join(', ')}.
`;
}

interface LabAnswer {
  /** Module → its functions that do more than say that they are missing; null when the module is not there. */
  readonly modules: Readonly<Record<string, readonly string[] | null>>;
  readonly globals: readonly string[];
}

/** Calls each function without arguments: one that is missing says so, whatever it is given. */
const QUESTIONS = `
import { createRequire } from 'node:module';
const load = createRequire('/app/main.mjs');
process.on('uncaughtException', () => {});
process.on('unhandledRejection', () => {});
const isAbsent = (error) => /is not part of the lab/.test(error?.message);
const modules = {};
const pending = [];
for (const name of MODULES) {
  let exports;
  try { exports = load('node:' + name); } catch { modules[name] = null; continue; }
  const found = new Set();
  modules[name] = found;
  for (const key of Object.getOwnPropertyNames(exports)) {
    let value;
    try { value = exports[key]; } catch { continue; }
    if (typeof value !== 'function') continue;
    found.add(key);
    if (name === 'process' || name === 'console' || name.startsWith('timers')) continue;
    try {
      const result = value.call(exports);
      if (typeof result?.then === 'function') pending.push(result.then(() => {}, (error) => { if (isAbsent(error)) found.delete(key); }));
      result?.on?.('error', () => {});
      result?.destroy?.();
    } catch (error) {
      if (isAbsent(error)) found.delete(key);
      else if (/without 'new'/.test(error?.message)) try { new value(); } catch (second) { if (isAbsent(second)) found.delete(key); }
    }
  }
}
await Promise.race([Promise.all(pending), new Promise((resolve) => setTimeout(resolve, 100))]);
for (const name of Object.keys(modules)) modules[name] &&= [...modules[name]];
console.log('@' + JSON.stringify(['answer', JSON.stringify({ modules, globals: Object.getOwnPropertyNames(globalThis) })]));
process.exit(0);
`;

async function askLab(): Promise<LabAnswer> {
  const [core, full] = await Promise.all([bundleBuiltins(), bundleBuiltins({ variant: 'full' })]);
  const net = new TestNet();
  // The name of one module of the full set makes it the full set.
  const source = `const MODULES = ${JSON.stringify(MODULES)}; 'node:http2';${QUESTIONS}`;
  const program = net.spawn('node', source, core.code, undefined, full.code);
  net.run(60_000, () => program.exit !== null);
  const [answer] = program.seen.answer ?? [];
  if (answer === undefined) throw new Error(`The lab did not answer: ${program.stderr}`);
  return JSON.parse(answer);
}

function moduleRow(name: string, real: readonly string[], own: readonly string[] | null): string {
  if (own === null) return `| ${code(name)} | – | 0 of ${real.length} | all |`;
  const set = (FULL_MODULES as readonly string[]).includes(name) ? 'full' : 'core';
  const missing = real.filter((one) => !own.includes(one));
  return `| ${code(name)} | ${set} | ${real.length - missing.length} of ${real.length} | ${missing.map(code).join(', ')} |`;
}

/** Of Node itself, in a process of its own: a test's runner adds to the globals and to process. */
function askNode(): { functions: Record<string, string[]>; globals: string[] } {
  const source = `
    import { createRequire } from 'node:module';
    const load = createRequire('/');
    const functions = {};
    for (const name of ${JSON.stringify(MODULES)}) {
      const exports = load('node:' + name);
      const isFunction = (key) => typeof Object.getOwnPropertyDescriptor(exports, key)?.value === 'function';
      functions[name] = Object.getOwnPropertyNames(exports).filter((key) => !key.startsWith('_') && isFunction(key)).sort();
    }
    console.log(JSON.stringify({ functions, globals: Object.getOwnPropertyNames(globalThis) }));`;
  const args = ['--no-warnings', '--input-type=module', '-e', source];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

function packageRows(): string[] {
  const folder = 'src/lab/packages-test/programs';
  const shown = new Map(Object.entries(TESTED_ELSEWHERE).filter(([, file]) => existsSync(join(root, file))));
  for (const file of readdirSync(join(root, folder))) {
    const line = /^\/\/ packages: (.+)$/m.exec(readFileSync(join(root, folder, file), 'utf8'))?.[1] ?? '';
    for (const name of line.split(' ').filter(Boolean)) if (!shown.has(name)) shown.set(name, `${folder}/${file}`);
  }
  return [...shown]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, file]) => `| ${name} | ${versionOf(name)} | [${file.split('/').at(-1)}](../${file}) |`);
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

function code(name: string): string {
  return `\`${name}\``;
}

if (process.argv[1] === import.meta.filename) writeFileSync(pageFile, await nodePage());
