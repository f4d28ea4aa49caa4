/**
 * Node's built-ins for one process. The bundle of this file (catalog/bundle.ts) is evaluated once per process with
 * `__kernel`, the process's system calls, and `Promise`, the process's own; it returns what `createBuiltins` gives.
 *
 * Start reading: kernel.ts is what all of it stands on; inject.ts says what bare names mean inside the bundle; then one
 * file or folder a module. net, dns, http and fetch come through network-modules.ts. Not here: see missing.ts.
 */
import { AbortController, AbortSignal } from './abort.ts';
import buffer, { atob, Buffer, btoa } from './buffer/index.ts';
import { console } from './console.ts';
import { CustomEvent, Event, EventTarget } from './event-target.ts';
import { fromAsync } from './from-async.ts';
import { FULL_MODULES, notLoaded } from './full-names.ts';
import { LabDate } from './globals/date.ts';
import { global } from './globals/global.ts';
import { LabIntl } from './globals/intl.ts';
import { LabMath } from './globals/math.ts';
import { FinalizationRegistry, WeakRef } from './globals/weak.ts';
import type { Builtins } from './kernel.ts';
import { missingModules } from './missing.ts';
import { networkGlobals, networkMissing, networkModules } from './network-modules.ts';
import perfHooks, { performance } from './performance.ts';
import { process } from './process/index.ts';
import { useRequire } from './small-modules.ts';
import timers from './timers.ts';
import timersPromises from './timers-promises.ts';
import { Crypto, SubtleCrypto, crypto as webcrypto } from './web-crypto.ts';

/** What the full set (full.ts) has over the core. */
export interface Extra {
  readonly globals: Readonly<Record<string, unknown>>;
  /** Module name without `node:` → a function that gives its exports, called once; `core` are the core's, when it has the module, too. */
  readonly modules: Readonly<Record<string, (core: any) => any>>;
}

export function createBuiltins(extra: Extra | null = null): Builtins {
  const globals: Record<string, unknown> = {
    AbortController,
    AbortSignal,
    Buffer,
    Crypto,
    CustomEvent,
    DOMException,
    Date: LabDate,
    Event,
    EventTarget,
    FinalizationRegistry,
    Intl: LabIntl,
    Math: LabMath,
    Promise,
    SubtleCrypto,
    TextDecoder,
    TextEncoder,
    URL,
    URLSearchParams,
    WeakRef,
    atob,
    btoa,
    clearImmediate: timers.clearImmediate,
    clearInterval: timers.clearInterval,
    clearTimeout: timers.clearTimeout,
    console,
    crypto: webcrypto,
    performance,
    process,
    queueMicrotask,
    setImmediate: timers.setImmediate,
    setInterval: timers.setInterval,
    setTimeout: timers.setTimeout,
    structuredClone,
    ...networkGlobals,
    ...extra?.globals,
    navigator,
    global,
    globalThis: global,
  };
  Object.assign(buffer, { Blob: networkGlobals.Blob, File: networkGlobals.File });
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(global, name, { value, writable: true, configurable: true, enumerable: isEnumerable(name) });
  }

  nameClasses(globals);
  nameClasses(networkModules);
  for (const module of Object.values(networkModules)) nameClasses(module);

  const loaded = new Map<string, unknown>(Object.entries(networkModules));
  const builtin = (name: string): unknown => {
    if (loaded.has(name)) return loaded.get(name);
    const own = Object.hasOwn(modules, name) ? modules[name]! : null;
    const more = extra !== null && Object.hasOwn(extra.modules, name) ? extra.modules[name]! : null;
    if (own === null && more === null) return null;
    const exports = more === null ? own!() : more(own?.());
    nameClasses(exports);
    loaded.set(name, exports);
    return exports;
  };
  process.getBuiltinModule = (name: string) => builtin(name.replace(/^node:/, '')) ?? undefined;
  // The same in both sets: nothing that a program can see of the core depends on which one it got.
  const names = [...new Set([...Object.keys(modules), 'module', ...Object.keys(networkModules), ...FULL_MODULES])];
  modules.module = () => require('./small-modules.ts').createModuleModule(names, builtin);

  const missing = { ...missingModules, ...networkMissing };
  if (extra === null) for (const name of FULL_MODULES) missing[name] = notLoaded(`node:${name}`);
  const present = [...Object.keys(modules), ...Object.keys(networkModules), ...Object.keys(extra?.modules ?? {})];
  for (const name of present) delete missing[name];
  return { globals, builtin, missing, fromAsync, useRequire };
}

/** Evaluated when first asked for: most programs use a few, and every replica evaluates its own. */
const modules: Record<string, () => any> = {
  assert: () => require('./assert.ts').default,
  'assert/strict': () => require('./assert.ts').strict,
  async_hooks: () => require('./async-hooks.ts').default,
  buffer: () => buffer,
  console: () => console,
  constants: () => {
    const { errno, signals } = require('./os.ts').default.constants;
    return { ...signals, ...errno, ...require('./fs/index.ts').default.constants };
  },
  crypto: () => require('./crypto/index.ts').default,
  diagnostics_channel: () => require('./diagnostics-channel.ts').default,
  events: () => require('./events.ts').default,
  fs: () => require('./fs/index.ts').default,
  'fs/promises': () => require('./fs/index.ts').promises,
  os: () => require('./os.ts').default,
  path: () => require('./path.ts').default,
  'path/posix': () => require('./path.ts').default,
  perf_hooks: () => perfHooks,
  process: () => process,
  querystring: () => require('./querystring.ts').default,
  stream: () => require('./stream/index.ts').default,
  'stream/consumers': () => require('./stream/consumers.ts').default,
  'stream/promises': () => require('./stream/index.ts').promises,
  string_decoder: () => require('./string-decoder.ts').default,
  sys: () => require('./util/index.ts').default,
  timers: () => timers,
  'timers/promises': () => timersPromises,
  tty: () => require('./small-modules.ts').tty,
  url: () => require('./url.ts').default,
  util: () => require('./util/index.ts').default,
  'util/types': () => require('./util/types.ts'),
  worker_threads: () => require('./small-modules.ts').workerThreads,
  zlib: () => require('./zlib.ts').default,
};

const navigator = {
  hardwareConcurrency: 1,
  language: 'en-US',
  languages: ['en-US'],
  platform: 'linux',
  userAgent: 'Node.js/24',
};

const named = new Set<unknown>();

/** Bundling drops or numbers the names of some classes (`Server2`); console.log shows them, so they are put right. */
function nameClasses(exports: any): void {
  for (const key of Object.keys(exports)) {
    if (!/^[A-Z][a-z]/.test(key)) continue;
    const value = Object.getOwnPropertyDescriptor(exports, key)!.value;
    if (typeof value !== 'function' || named.has(value)) continue;
    named.add(value);
    if (value.name !== key && Object.getOwnPropertyDescriptor(value, 'name')?.configurable) {
      Object.defineProperty(value, 'name', { value: key, configurable: true });
    }
  }
}

/** Classes are hidden in for-in over globalThis, functions are not, as in Node. */
const isEnumerable = (name: string) =>
  /^[a-z]/.test(name) && name !== 'globalThis' && name !== 'process' && name !== 'console';
