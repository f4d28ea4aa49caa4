/** util.promisify, callbackify and deprecate. Source: Node 24's lib/internal/util.js. */
import { codes } from '../errors.ts';
import { validateFunction } from '../validators.ts';

const custom = Symbol.for('nodejs.util.promisify.custom');
const kArgumentNames = Symbol('customPromisifyArgs');

export function promisify(original: any): any {
  validateFunction(original, 'original');
  const given = (original as any)[custom];
  if (given) {
    validateFunction(given, 'util.promisify.custom');
    return Object.defineProperty(given, custom, {
      value: given,
      enumerable: false,
      writable: false,
      configurable: true,
    });
  }
  const names = (original as any)[kArgumentNames];
  function fn(this: any, ...args: any[]) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [
        ...args,
        (error: unknown, ...values: any[]) => {
          if (error) reject(error);
          else if (names !== undefined && values.length > 1) {
            resolve(Object.fromEntries(names.map((name: string, i: number) => [name, values[i]])));
          } else resolve(values[0]);
        },
      ]);
    });
  }
  Object.setPrototypeOf(fn, Object.getPrototypeOf(original));
  Object.defineProperty(fn, custom, { value: fn, enumerable: false, writable: false, configurable: true });
  const descriptors = Object.getOwnPropertyDescriptors(original);
  return Object.defineProperties(fn, descriptors as any);
}
promisify.custom = custom;

/** Names the values of a callback with several, so that promisify gives an object (dns.lookup: address, family). */
export function namePromisedValues(fn: any, names: readonly string[]): void {
  Object.defineProperty(fn, kArgumentNames, { value: names, enumerable: false });
}

export function callbackify(original: any): any {
  validateFunction(original, 'original');
  function callbackified(this: any, ...args: any[]) {
    const callback = args.pop();
    validateFunction(callback, 'last argument');
    (Reflect.apply(original as any, this, args) as any).then(
      (value: unknown) => process.nextTick(callback, null, value),
      (reason: any) => {
        let error = reason;
        if (!error) {
          error = new codes.ERR_FALSY_VALUE_REJECTION();
          error.reason = reason;
        }
        process.nextTick(callback, error);
      },
    );
  }
  const descriptors: any = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length?.value === 'number') descriptors.length.value++;
  if (typeof descriptors.name?.value === 'string') descriptors.name.value += 'Callbackified';
  delete descriptors.prototype;
  return Object.defineProperties(callbackified, descriptors);
}

const warnedCodes = new Set<string>();

export function deprecate(fn: any, message: string, code?: string): any {
  let isWarned = false;
  function deprecated(this: any, ...args: any[]) {
    if (!isWarned) {
      isWarned = true;
      if (code === undefined || !warnedCodes.has(code)) {
        if (code !== undefined) warnedCodes.add(code);
        process.emitWarning(message, 'DeprecationWarning', code);
      }
    }
    return new.target ? Reflect.construct(fn, args, new.target) : Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  Object.defineProperty(deprecated, 'length', { ...Object.getOwnPropertyDescriptor(fn, 'length') });
  return deprecated;
}
