/**
 * Closes what all processes, the checks and the lab itself share: the intrinsics of the JavaScript engine. A service
 * that could replace `Array.prototype.filter` would count its own failures and could spoil its neighbours. From the
 * call on, for as long as the realm lives, assigning to one of these throws, as under Node's `--frozen-intrinsics`;
 * an object's own property of such a name can still be assigned where programs do that (`toString`, `message`).
 *
 * Left open: `Error.stackTraceLimit` and `Error.prepareStackTrace`, which each process has for itself (process.ts), and
 * the objects Math and Intl, of which each has a copy.
 */
import { running } from './running.ts';

let isHard = false;

export function hardenIntrinsics(): void {
  if (isHard) return;
  isHard = true;
  lockConstructors();
  lockErrors();
  const generator = Object.getPrototypeOf(function* () {});
  const typedArray = Object.getPrototypeOf(Uint8Array);
  const frozen = [
    ...[Array, Map, Set, WeakMap, WeakSet, WeakRef, FinalizationRegistry, Number, String, Boolean, Symbol, BigInt],
    ...[RegExp, Date, Promise, ArrayBuffer, DataView, typedArray, ...typedArrays(), ...lent()],
    ...[Intl, WebAssembly]
      .flatMap((one) => Object.values(Object.getOwnPropertyDescriptors(one)))
      .map(({ value }) => value),
  ].filter((one) => typeof one === 'function');
  for (const one of frozen) {
    if (one.prototype) Object.freeze(one.prototype);
    Object.freeze(one);
  }
  for (const one of [JSON, Reflect, Proxy, generator, generator.prototype]) Object.freeze(one);
  for (const iterable of [[], new Map(), new Set(), '', 'a'.matchAll(/a/g)]) {
    Object.freeze(Object.getPrototypeOf((iterable as Iterable<unknown>)[Symbol.iterator]()));
  }
  Object.freeze(Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
  // Every object and every function looks here, so an own property of such a name must stay assignable.
  for (const name of ['call', 'apply', 'bind', 'toString']) lock(Function.prototype, name);
  for (const name of OF_OBJECTS) lock(Object.prototype, name);
  Object.freeze(Object);
  Object.preventExtensions(Object.prototype);
  Object.preventExtensions(Function.prototype);
}

const OF_OBJECTS = [
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
];

function typedArrays(): Function[] {
  return [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ];
}

/** Of the host, and given to every process; see evaluate.ts. */
function lent(): Function[] {
  return [URL, URLSearchParams, TextEncoder, TextDecoder, DOMException];
}

/** Not replaceable on the prototype, but an own property of that name may be assigned: express's router has a `bind`. */
function lock(target: object, name: string | symbol): void {
  const { value } = Object.getOwnPropertyDescriptor(target, name)!;
  lockGetter(target, name, () => value);
}

function lockGetter(target: object, name: string | symbol, get: () => unknown): void {
  if (!Object.getOwnPropertyDescriptor(target, name)!.configurable) return;
  Object.defineProperty(target, name, {
    configurable: false,
    get,
    set(this: object, own: unknown) {
      if (this === target)
        throw new TypeError(`Cannot assign to read only property '${String(name)}' of a built-in object`);
      Object.defineProperty(this, name, { value: own, writable: true, enumerable: true, configurable: true });
    },
  });
}

/** `(() => {}).constructor('…')` makes code of the process that runs, not of the host; outside of one it makes none. */
function lockConstructors(): void {
  const refuse = () => {
    throw new EvalError('Code generation from strings is not part of the lab outside of a process');
  };
  // Written as text: the build would lower them. Indirect, so a script of the realm.
  // biome-ignore lint/security/noGlobalEval: a constant
  const evaluate = eval;
  const kinds: readonly object[] = evaluate('[function(){}, function*(){}, async function(){}, async function*(){}]');
  const [plain, generator, async, asyncGenerator] = kinds.map((one) => Object.getPrototypeOf(one) as object) as [
    object,
    object,
    object,
    object,
  ];
  lockGetter(plain, 'constructor', () => running.code?.constructorOf('function') ?? refuse);
  for (const [target, kind] of [
    [generator, 'function*'],
    [async, 'async function'],
    [asyncGenerator, 'async function*'],
  ] as const) {
    const get = () => running.code?.constructorOf(kind) ?? refuse;
    // Not writable in the language, so nothing assigns to it.
    Object.defineProperty(target, 'constructor', { get, configurable: false });
  }
}

function lockErrors(): void {
  const errors = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError];
  for (const one of errors) {
    for (const name of ['constructor', 'name', 'message', ...(one === Error ? ['toString'] : [])])
      lock(one.prototype, name);
    Object.preventExtensions(one.prototype);
    if (one !== Error) Object.freeze(one);
  }
  if ('captureStackTrace' in Error)
    Object.defineProperty(Error, 'captureStackTrace', { writable: false, configurable: false });
}
