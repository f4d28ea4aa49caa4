/**
 * Compiled text to functions. A text is turned into a function once, and each process calls it with globals of its own.
 *
 * Node's built-ins are the exception: most of a request's work is theirs, and each process has classes of its own. An
 * engine that sees the objects of many processes at one place of the code stops optimising that place (inline caches
 * become megamorphic), so each main process gets a function of its own. Where the host can run one script again and
 * again (`useScripts`), these functions share their compiled form and what the engine knows of how hot they get, but
 * not what it has seen in them; `eval` of an equal text gives them all in common.
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

/**
 * Makes a script of a text. What it returns runs the script in the realm and gives its value: functions that are new
 * each time. Throws what the script throws.
 */
export type CompileScript = (text: string) => () => unknown;

let compileScript: CompileScript | null = null;

/** Call before anything is compiled. Without it all processes share one function of the built-ins, which is slower. */
export function useScripts(compile: CompileScript): void {
  compileScript = compile;
}

interface Entry {
  readonly text: string;
  /** The function that many have in common. */
  factory: Factory | null;
  /** What makes another. */
  script: (() => unknown) | null;
}

/** By address and body. */
const entries = new Map<string, Map<string, Entry>>();
/** Texts of one address: edits of a file. */
const TEXTS_MAX = 50;

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
export function moduleFactory(code: string, url: string, isGenerator: boolean): Factory {
  const star = isGenerator ? '*' : '';
  return factory(entry(`return (function${star} (${MODULE_NAMES.join(', ')}) {${code}\n})`, url, []));
}

/** The packages bundle: its body returns a value; `extra` names are looked up among the globals, too. */
export function bundleFactory(code: string, url: string, extra: readonly string[]): Factory {
  return factory(entry(code, url, extra));
}

/**
 * The built-ins bundle, which makes the process's globals and so must see the few that it makes them from.
 * @param isOwn whether the function is nobody else's
 */
export function builtinsFactory(code: string, isOwn: boolean): Factory {
  const one = entry(code, 'node:internal/lab', ['__kernel'], (name) => !LENT_TO_BUILTINS.has(name));
  if (!isOwn || compileScript === null) return factory(one);
  one.script ??= compileScript(one.text);
  return one.script() as Factory;
}

/** The script of a server image (lab/images): the lab's own code, which has no business with the host either. */
export function imageFactory(code: string, name: string): Factory {
  return factory(entry(code, `node:internal/images/${name}`, [], (one) => !LENT_TO_BUILTINS.has(one)));
}

function factory(one: Entry): Factory {
  one.factory ??= evaluateGlobally(one.text) as Factory;
  return one.factory;
}

function entry(
  body: string,
  url: string,
  extra: readonly string[],
  isHidden: (name: string) => boolean = () => true,
): Entry {
  const known = entries.get(url)?.get(body);
  if (known) return known;
  const names = [...HOST_NAMES.filter(isHidden), ...alsoHidden, ...extra].join(', ');
  const text = `(function ($globals) { const { ${names} } = $globals; ${body}\n})\n//# sourceURL=${url}`;
  const made: Entry = { text, factory: null, script: null };
  const byBody = entries.get(url);
  if (byBody === undefined || byBody.size >= TEXTS_MAX) entries.set(url, new Map([[body, made]]));
  else byBody.set(body, made);
  return made;
}

/** Indirect eval: global scope, and sloppy outside so that any name can be bound; the text itself decides on strictness. */
// biome-ignore lint/security/noGlobalEval: evaluating a learner's program is what the lab is for
const evaluateGlobally = eval;
