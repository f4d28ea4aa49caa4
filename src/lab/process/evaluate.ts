/**
 * Compiled text to functions. A text is turned into a function once for each service and not for each process:
 * replicas, restarts and later runs call that function with globals of their own, so they share machine code and
 * nothing else. Different services do not share it, because an engine that sees the objects of many processes at one
 * place of the code stops optimising that place (inline caches become megamorphic).
 */
import { FULL_GLOBALS } from '../node/full-names.ts';
import { BUDGET, IMPORT, META, RUNTIME, STATIC_REQUIRE } from './lower.ts';

/**
 * Names of the host that would let code out of its process or bring in real time, real randomness or real I/O. They
 * are undefined inside unless the built-ins give the process one of its own.
 */
const NAMES_OF_HOSTS = [
  'AbortController',
  'AbortSignal',
  'Atomics',
  'Blob',
  'BroadcastChannel',
  'Buffer',
  'ByteLengthQueuingStrategy',
  'Cache',
  'CacheStorage',
  'CompressionStream',
  'CountQueuingStrategy',
  'Crypto',
  'CryptoKey',
  'CustomEvent',
  'DOMException',
  'Date',
  'DecompressionStream',
  'Event',
  'EventSource',
  'EventTarget',
  'File',
  'FileReader',
  'FileReaderSync',
  'FileSystem',
  'FinalizationRegistry',
  'FormData',
  'Function',
  'Headers',
  'IDBFactory',
  'ImageBitmap',
  'Intl',
  'Math',
  'MessageChannel',
  'MessageEvent',
  'MessagePort',
  'Navigator',
  'OffscreenCanvas',
  'Performance',
  'Promise',
  'ReadableStream',
  'Request',
  'Response',
  'ServiceWorker',
  'SharedArrayBuffer',
  'SharedWorker',
  'Storage',
  'SubtleCrypto',
  'TextDecoder',
  'TextDecoderStream',
  'TextEncoder',
  'TextEncoderStream',
  'TransformStream',
  'URL',
  'URLSearchParams',
  'WeakRef',
  'WebAssembly',
  'WebSocket',
  'WebTransport',
  'Worker',
  'WorkerGlobalScope',
  'WritableStream',
  'XMLHttpRequest',
  'addEventListener',
  'atob',
  'btoa',
  'cancelAnimationFrame',
  'caches',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'close',
  'console',
  'createImageBitmap',
  'crypto',
  'dispatchEvent',
  'document',
  'eval',
  'fetch',
  'global',
  'globalThis',
  'importScripts',
  'indexedDB',
  'localStorage',
  'location',
  'navigator',
  'onmessage',
  'origin',
  'performance',
  'postMessage',
  'process',
  'queueMicrotask',
  'removeEventListener',
  'reportError',
  'requestAnimationFrame',
  'scheduler',
  'self',
  'sessionStorage',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
  'window',
];

/** With what the full built-ins add, some of which only some hosts have. */
export const HOST_NAMES: readonly string[] = [...new Set([...NAMES_OF_HOSTS, ...FULL_GLOBALS])];

/** Synchronous and the same everywhere: the built-ins make the process's own from them. */
export const LENT_TO_BUILTINS: ReadonlySet<string> = new Set([
  'DOMException',
  'Date',
  'Intl',
  'Math',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'WebAssembly',
  'structuredClone',
]);

/** Names of this host's global object that are not in the list above and cannot be removed from it. */
let alsoHidden: readonly string[] = [];

/** Hides more names from everything that is compiled from now on; those that are no identifiers cannot be seen anyway. */
export function hideNames(names: readonly string[]): void {
  const known = new Set<string>([...HOST_NAMES, ...LENT_TO_BUILTINS]);
  alsoHidden = names.filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && !known.has(name));
}

export type Globals = Readonly<Record<string, unknown>>;
export type Factory = (globals: Globals) => unknown;

/** Copies of the code of built-ins and packages that a worker keeps at most: each weighs some megabytes once it is hot. */
export const COPIES_MAX = 8;

/** By copy, address and text. */
const factories = new Map<number, Map<string, Map<string, Factory>>>();
/** Texts of one address in one copy: edits of a file. */
const TEXTS_MAX = 50;

const SET_SIZE = 100;
let sets = 0;

/**
 * The number of the first of a new set of copies, for a system that runs long and is one of many in its worker, as
 * those that are graded: each brings objects of its own, and code that has met those of several systems gets slower
 * with each. All sets but the last two are forgotten.
 */
export function newSetOfCopies(): number {
  const first = ++sets * SET_SIZE;
  for (const copy of factories.keys()) if (copy >= SET_SIZE && copy < first - SET_SIZE) factories.delete(copy);
  return first;
}

/** What a module's function is called with, besides the globals. */
export const MODULE_NAMES = [
  'exports',
  'require',
  STATIC_REQUIRE,
  'module',
  '__filename',
  '__dirname',
  RUNTIME,
  BUDGET,
  META,
  IMPORT,
] as const;

/** A module's text → a function of the globals that gives the module's function (a generator function when it awaits at top level). */
export function moduleFactory(code: string, url: string, isGenerator: boolean, copy: number): Factory {
  const star = isGenerator ? '*' : '';
  return factory(`return (function${star} (${MODULE_NAMES.join(', ')}) {${code}\n})`, url, copy, []);
}

/** The packages bundle: its body returns a value; `extra` names are looked up among the globals, too. */
export function bundleFactory(code: string, url: string, copy: number, extra: readonly string[]): Factory {
  return factory(code, url, copy, extra);
}

/** The built-ins bundle, which makes the process's globals and so must see the few that it makes them from. */
export function builtinsFactory(code: string, copy: number): Factory {
  return factory(code, 'node:internal/lab', copy, ['__kernel'], (name) => !LENT_TO_BUILTINS.has(name));
}

/** The script of a server image (lab/images): the lab's own code, which has no business with the host either. */
export function imageFactory(code: string, name: string): Factory {
  return factory(code, `node:internal/images/${name}`, 0, [], (one) => !LENT_TO_BUILTINS.has(one));
}

function factory(
  body: string,
  url: string,
  copy: number,
  extra: readonly string[],
  isHidden: (name: string) => boolean = () => true,
): Factory {
  const known = factories.get(copy)?.get(url)?.get(body);
  if (known) return known;
  const names = [...HOST_NAMES.filter(isHidden), ...alsoHidden, ...extra].join(', ');
  const made = evaluateGlobally(
    `(function ($globals) { const { ${names} } = $globals; ${body}\n})\n// copy ${copy}\n//# sourceURL=${url}`,
  ) as Factory;
  let byUrl = factories.get(copy);
  if (byUrl === undefined) {
    byUrl = new Map();
    factories.set(copy, byUrl);
  }
  const byText = byUrl.get(url);
  if (byText === undefined || byText.size >= TEXTS_MAX) byUrl.set(url, new Map([[body, made]]));
  else byText.set(body, made);
  return made;
}

/** Indirect eval: global scope, and sloppy outside so that any name can be bound; the text itself decides on strictness. */
// biome-ignore lint/security/noGlobalEval: evaluating a learner's program is what the lab is for
const evaluateGlobally = eval;
