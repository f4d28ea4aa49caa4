/**
 * Closes the one thing that services, checks and grader share: the intrinsics of the JavaScript engine. A service that
 * could replace `Array.prototype.filter` would count its own failures. From the first graded run on, for as long as
 * the realm lives, assigning to one of these throws, as it does under Node's `--frozen-intrinsics`.
 *
 * Left open is what programs have good reason to assign to and no figure of a verdict passes through: typed arrays
 * (Buffer's methods shadow theirs), Math and Date (each process has its own), Error (`prepareStackTrace`), and the
 * present properties of Object.prototype. Nothing can be added to it, so no option of the grader can be set from there.
 */
let isHard = false;

export function hardenIntrinsics(): void {
  if (isHard) return;
  isHard = true;
  const generator = Object.getPrototypeOf(function* () {});
  const constructors = [
    Object,
    Array,
    Map,
    Set,
    WeakMap,
    WeakSet,
    WeakRef,
    Number,
    String,
    Boolean,
    Symbol,
    BigInt,
    RegExp,
  ];
  const texts = [TextEncoder, TextDecoder];
  for (const one of [...constructors, ...texts]) {
    // Object.prototype is where every program's own objects look: see above.
    if (one !== Object) Object.freeze(one.prototype);
    Object.freeze(one);
  }
  for (const one of [JSON, Reflect, generator, generator.prototype]) Object.freeze(one);
  for (const iterable of [[], new Map(), new Set(), '', 'a'.matchAll(/a/g)]) {
    Object.freeze(Object.getPrototypeOf((iterable as Iterable<unknown>)[Symbol.iterator]()));
  }
  Object.freeze(Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
  for (const name of ['call', 'apply', 'bind']) lock(Function.prototype, name);
  Object.preventExtensions(Object.prototype);
}

/** Not replaceable on the prototype, but an own property of that name may be assigned: express's router has a `bind`. */
function lock(target: object, name: string | symbol): void {
  const { value, configurable } = Object.getOwnPropertyDescriptor(target, name)!;
  if (!configurable) return;
  Object.defineProperty(target, name, {
    configurable: false,
    get: () => value,
    set(this: object, own: unknown) {
      if (this === target)
        throw new TypeError(`Cannot assign to read only property '${String(name)}' of a built-in object`);
      Object.defineProperty(this, name, { value: own, writable: true, enumerable: true, configurable: true });
    },
  });
}
