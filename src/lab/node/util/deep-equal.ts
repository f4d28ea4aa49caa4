/** Deep equality of util.isDeepStrictEqual and assert. Source: Node 24's lib/internal/util/comparisons.js. */
import * as types from './types.ts';

type Pairs = Map<unknown, unknown>;

export const isDeepStrictEqual = (a: unknown, b: unknown): boolean => equal(a, b, true, new Map());
/** assert.deepEqual: primitives by ==, prototypes ignored. */
export const isDeepLooseEqual = (a: unknown, b: unknown): boolean => equal(a, b, false, new Map());

function equal(a: any, b: any, isStrict: boolean, seen: Pairs): boolean {
  if (Object.is(a, b)) return true;
  if (!isStrict && a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    if (isStrict || typeof a === 'object' || typeof b === 'object') return false;
    // biome-ignore lint/suspicious/noDoubleEquals: loose equality is what is asked for
    return a == b || (Number.isNaN(a) && Number.isNaN(b));
  }
  if (isStrict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (types.isDate(a) !== types.isDate(b) || (types.isDate(a) && a.getTime() !== b.getTime())) return false;
  if (types.isRegExp(a) && (String(a) !== String(b) || a.lastIndex !== b.lastIndex)) return false;
  if (types.isNativeError(a) && (a.message !== b.message || a.name !== b.name)) return false;
  if (types.isBoxedPrimitive(a) && !Object.is(a.valueOf(), b.valueOf())) return false;
  if (ArrayBuffer.isView(a) && !sameBytes(a, b, isStrict)) return false;
  if (types.isAnyArrayBuffer(a) && !sameBytes(new Uint8Array(a as any), new Uint8Array(b), isStrict)) return false;
  if (types.isWeakMap(a) || types.isWeakSet(a) || types.isPromise(a)) return false;

  if (seen.get(a) === b) return true;
  seen.set(a, b);
  const result = sameContent(a, b, isStrict, seen);
  seen.delete(a);
  return result;
}

function sameBytes(a: any, b: any, isStrict: boolean): boolean {
  if (a.byteLength !== b.byteLength) return false;
  if (types.isDataView(a)) return sameBytes(bytesOf(a), bytesOf(b), isStrict);
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i]) && (isStrict || a[i] !== b[i])) return false;
  return true;
}

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);

function sameContent(a: any, b: any, isStrict: boolean, seen: Pairs): boolean {
  if (types.isSet(a)) {
    if (a.size !== b.size) return false;
    for (const item of a) if (!b.has(item) && ![...b].some((other) => equal(item, other, isStrict, seen))) return false;
  } else if (types.isMap(a)) {
    if (a.size !== b.size) return false;
    for (const [key, value] of a) {
      if (b.has(key) ? equal(value, b.get(key), isStrict, seen) : false) continue;
      const isFound = [...b].some(([k, v]) => equal(key, k, isStrict, seen) && equal(value, v, isStrict, seen));
      if (!isFound) return false;
    }
  }
  if (Array.isArray(a) && a.length !== b.length) return false;
  const keys = keysOf(a, isStrict);
  if (keys.length !== keysOf(b, isStrict).length) return false;
  return keys.every(
    (key) => Object.prototype.propertyIsEnumerable.call(b, key) && equal(a[key], b[key], isStrict, seen),
  );
}

function keysOf(value: any, isStrict: boolean): (string | symbol)[] {
  const keys: (string | symbol)[] = ArrayBuffer.isView(value) && !types.isDataView(value) ? [] : Object.keys(value);
  if (!isStrict) return keys;
  const symbols = Object.getOwnPropertySymbols(value);
  return keys.concat(symbols.filter((key) => Object.prototype.propertyIsEnumerable.call(value, key)));
}
