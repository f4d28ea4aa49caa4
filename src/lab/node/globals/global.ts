/**
 * `globalThis` inside a process: an object of its own with the language's intrinsics. index.ts adds the process's
 * globals once all are made. Assigning to it makes a property here, not a free name in modules: those are compiled
 * with their names bound.
 */
export const global: any = {};

const intrinsics: Record<string, unknown> = {
  Object,
  Function,
  Array,
  Number,
  parseFloat,
  parseInt,
  Infinity: Number.POSITIVE_INFINITY,
  NaN: Number.NaN,
  undefined,
  Boolean,
  String,
  Symbol,
  Promise,
  RegExp,
  Error,
  AggregateError,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  JSON,
  ArrayBuffer,
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  Uint8ClampedArray,
  BigUint64Array,
  BigInt64Array,
  DataView,
  Map,
  BigInt,
  Set,
  WeakMap,
  WeakSet,
  Proxy,
  Reflect,
  // Newer than some browsers.
  ...(typeof Iterator === 'undefined' ? {} : { Iterator }),
  decodeURI,
  decodeURIComponent,
  encodeURI,
  encodeURIComponent,
  escape,
  eval,
  unescape,
  isFinite: (value: unknown) => Number.isFinite(Number(value)),
  isNaN: (value: unknown) => Number.isNaN(Number(value)),
};
for (const name of Object.keys(intrinsics)) {
  Object.defineProperty(global, name, {
    value: intrinsics[name],
    writable: true,
    configurable: true,
    enumerable: false,
  });
}
Object.defineProperty(global, Symbol.toStringTag, { value: 'global', configurable: true });
