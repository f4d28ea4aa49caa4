/**
 * Closes the worker's realm before any code of a project runs in it. What the lab itself needs of the host is taken
 * first; then everything that is not the language is removed from the global object, the language's intrinsics are
 * frozen (process/intrinsics.ts), and nothing can be added. The frame's policy closes the network and the origin is
 * opaque anyway: this is so that code which does reach the realm finds nothing there to work with, and so that every
 * browser looks the same from inside.
 */
import { hardenIntrinsics, hideNames, LENT_TO_BUILTINS, useScripts } from '../../lab/index.ts';
import { createScriptRunner } from './script-runner.ts';

export interface Powers {
  nowMs(): number;
  /** Runs in a task of its own, without delay. */
  soon(run: () => void): void;
  /** Returns what cancels it. */
  later(delayMs: number, run: () => void): () => void;
}

/** ECMA-262 §19, and what is normative for the web (Annex B). */
const LANGUAGE = [
  ...['AggregateError', 'Array', 'ArrayBuffer', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'Boolean', 'DataView'],
  ...['Date', 'Error', 'EvalError', 'FinalizationRegistry', 'Float16Array', 'Float32Array', 'Float64Array', 'Function'],
  ...['Infinity', 'Int16Array', 'Int32Array', 'Int8Array', 'Intl', 'Iterator', 'JSON', 'Map', 'Math', 'NaN', 'Number'],
  ...['Object', 'Promise', 'Proxy', 'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol'],
  ...['SyntaxError', 'TypeError', 'URIError', 'Uint16Array', 'Uint32Array', 'Uint8Array', 'Uint8ClampedArray'],
  ...['WeakMap', 'WeakRef', 'WeakSet', 'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent'],
  ...['escape', 'eval', 'globalThis', 'isFinite', 'isNaN', 'parseFloat', 'parseInt', 'undefined', 'unescape'],
];

/** Call once, first of all. */
export function closeRealm(): Powers {
  const powers = takePowers();
  useScripts(createScriptRunner());
  const kept = new Set([...LENT_TO_BUILTINS, ...LANGUAGE]);
  const left: string[] = [];
  for (let object: object | null = globalThis; object !== null; object = Object.getPrototypeOf(object)) {
    if (object === Object.prototype) break;
    for (const name of Object.getOwnPropertyNames(object)) {
      if (kept.has(name)) {
        // Methods of the worker's global scope are inherited; those that stay become its own.
        if (object === globalThis) continue;
        const value = Reflect.get(globalThis, name);
        Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
      }
      if (!Reflect.deleteProperty(object, name)) left.push(name);
    }
  }
  hideNames(left.filter((name) => !kept.has(name)));
  hardenIntrinsics();
  for (const name of kept) {
    const property = Object.getOwnPropertyDescriptor(globalThis, name);
    if (property?.configurable)
      Object.defineProperty(globalThis, name, { value: property.value, writable: false, configurable: false });
  }
  Object.preventExtensions(globalThis);
  return powers;
}

function takePowers(): Powers {
  const now = performance.now.bind(performance);
  const { port1, port2 } = new MessageChannel();
  const post = port2.postMessage.bind(port2);
  const start = setTimeout.bind(globalThis);
  const cancel = clearTimeout.bind(globalThis);
  const hops: (() => void)[] = [];
  port1.onmessage = () => hops.shift()?.();
  return {
    nowMs: () => now(),
    soon: (run) => {
      hops.push(run);
      post(null);
    },
    later: (delayMs, run) => {
      const timer = start(run, delayMs);
      return () => cancel(timer);
    },
  };
}
