/** util.types, from brands that plain JavaScript can read: the host's own slots are out of reach. */

const tag = (value: unknown) => Object.prototype.toString.call(value).slice(8, -1);

const typedArrayTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!
  .get!;

/**
 * True when the value is an instance of `Class` and `read` (a getter or method that checks its receiver's slot) accepts
 * it. The instance test comes first because a refused read costs an Error.
 */
const brand = (Class: any, read: (this: any) => unknown) => (value: unknown) => {
  if (!(value instanceof Class)) return false;
  try {
    read.call(value);
    return true;
  } catch {
    return false;
  }
};
const getterOf = (proto: object, name: string) => Object.getOwnPropertyDescriptor(proto, name)!.get!;

export const isMap = brand(Map, getterOf(Map.prototype, 'size'));
export const isSet = brand(Set, getterOf(Set.prototype, 'size'));
export const isArrayBuffer = brand(ArrayBuffer, getterOf(ArrayBuffer.prototype, 'byteLength'));
export const isDataView = (value: unknown): value is DataView => ArrayBuffer.isView(value) && !isTypedArray(value);
export const isDate = brand(__host.Date, __host.Date.prototype.getTime);
export const isWeakMap = brand(WeakMap, function (this: any) {
  WeakMap.prototype.has.call(this, this);
});
export const isWeakSet = brand(WeakSet, function (this: any) {
  WeakSet.prototype.has.call(this, this);
});
export const isRegExp = (value: unknown): value is RegExp => tag(value) === 'RegExp';
/** A host error or one whose prototype chain has Error; `Error.isError` is too new for every browser. */
export const isNativeError = (value: any): value is Error =>
  typeof value === 'object' && value !== null && (tag(value) === 'Error' || value instanceof Error);
export const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise;
export const typedArrayName = (value: unknown): string | undefined => typedArrayTag.call(value as any);
export const isTypedArray = (value: unknown): value is Uint8Array => typedArrayName(value) !== undefined;
export const isArrayBufferView = (value: unknown): value is ArrayBufferView => ArrayBuffer.isView(value);
export const isSharedArrayBuffer = (value: unknown) => tag(value) === 'SharedArrayBuffer';
export const isAnyArrayBuffer = (value: unknown) => isArrayBuffer(value) || isSharedArrayBuffer(value);
export const isGeneratorFunction = (value: unknown) =>
  typeof value === 'function' && /GeneratorFunction$/.test(tag(value));
export const isGeneratorObject = (value: unknown) => /^(Async)?Generator$/.test(tag(value));
/** Async functions are lowered before they run, so a lowered one is told by the mark that the compiler leaves, if any. */
export const isAsyncFunction = (value: any) => typeof value === 'function' && tag(value) === 'AsyncFunction';
export const isMapIterator = (value: unknown) => tag(value) === 'Map Iterator';
export const isSetIterator = (value: unknown) => tag(value) === 'Set Iterator';
export const isModuleNamespaceObject = (value: unknown) => tag(value) === 'Module';
export const isArgumentsObject = (value: unknown) => tag(value) === 'Arguments';
export const isProxy = (_value: unknown) => false;
export const isExternal = (_value: unknown) => false;
export const isNumberObject = brand(Number, Number.prototype.valueOf);
export const isStringObject = brand(String, String.prototype.valueOf);
export const isBooleanObject = brand(Boolean, Boolean.prototype.valueOf);
export const isBigIntObject = brand(BigInt, BigInt.prototype.valueOf);
export const isSymbolObject = brand(Symbol, Symbol.prototype.valueOf);
export const isBoxedPrimitive = (value: unknown) =>
  isNumberObject(value) ||
  isStringObject(value) ||
  isBooleanObject(value) ||
  isBigIntObject(value) ||
  isSymbolObject(value);

const named = (name: string) => (value: unknown) => typedArrayName(value) === name;
export const isUint8Array = named('Uint8Array');
export const isUint8ClampedArray = named('Uint8ClampedArray');
export const isUint16Array = named('Uint16Array');
export const isUint32Array = named('Uint32Array');
export const isInt8Array = named('Int8Array');
export const isInt16Array = named('Int16Array');
export const isInt32Array = named('Int32Array');
export const isFloat32Array = named('Float32Array');
export const isFloat64Array = named('Float64Array');
export const isBigInt64Array = named('BigInt64Array');
export const isBigUint64Array = named('BigUint64Array');
