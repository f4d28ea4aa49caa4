/**
 * util.inspect, with Node's output: what console.log prints. Promise states come from the kernel; proxies, weak
 * collections and iterators are shown without their contents, which plain JavaScript cannot read.
 *
 * Source: Node 24's lib/internal/util/inspect.js.
 */
import { cleanStack } from '../../process/stack.ts';
import { stringWidth, stripVTControlCharacters } from './string-width.ts';
import * as types from './types.ts';

export const customInspect = Symbol.for('nodejs.util.inspect.custom');

type Stylize = (text: string, style: string) => string;

interface Context {
  budget: Record<number, number>;
  indentationLvl: number;
  seen: unknown[];
  currentDepth: number;
  stylize: Stylize;
  circular?: Map<unknown, number>;
  showHidden: boolean;
  depth: number | null;
  colors: boolean;
  customInspect: boolean;
  showProxy: boolean;
  maxArrayLength: number;
  maxStringLength: number;
  breakLength: number;
  compact: number | boolean;
  sorted: boolean | ((a: string, b: string) => number);
  getters: boolean | 'get' | 'set';
  numericSeparator: boolean;
}

type Formatter = (ctx: Context, value: any, recurseTimes: number) => string[];

/** How an entry is written: `key: value`, an array element, or a named property of an array. */
const OBJECT = 0;
const ELEMENT = 1;
const ARRAY_EXTRA = 2;

export const defaultOptions: any = {
  showHidden: false,
  depth: 2,
  colors: false,
  customInspect: true,
  showProxy: false,
  maxArrayLength: 100,
  maxStringLength: 10000,
  breakLength: 80,
  compact: 3,
  sorted: false,
  getters: false,
  numericSeparator: false,
};

export const inspect: any = function inspect(value: unknown, options?: any): string {
  const ctx: Context = {
    budget: {},
    indentationLvl: 0,
    seen: [],
    currentDepth: 0,
    stylize: plain,
    ...defaultOptions,
  };
  if (arguments.length > 1) {
    if (arguments.length > 2) {
      if (arguments[2] !== undefined) ctx.depth = arguments[2];
      if (arguments.length > 3 && arguments[3] !== undefined) ctx.colors = arguments[3];
    }
    if (typeof options === 'boolean') ctx.showHidden = options;
    else if (options) {
      for (const key of Object.keys(options)) {
        if (Object.hasOwn(defaultOptions, key) || key === 'stylize') (ctx as any)[key] = options[key];
        else if (ctx.userOptions === undefined) ctx.userOptions = options;
      }
    }
  }
  if (ctx.colors) ctx.stylize = colored;
  if (ctx.maxArrayLength === null) ctx.maxArrayLength = Number.POSITIVE_INFINITY;
  if (ctx.maxStringLength === null) ctx.maxStringLength = Number.POSITIVE_INFINITY;
  return formatValue(ctx, value, 0);
};

interface Context {
  userOptions?: any;
}

inspect.custom = customInspect;
Object.defineProperty(inspect, 'defaultOptions', {
  get: () => defaultOptions,
  set: (options: object) => Object.assign(defaultOptions, options),
});
inspect.colors = {
  reset: [0, 0],
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  inverse: [7, 27],
  hidden: [8, 28],
  strikethrough: [9, 29],
  black: [30, 39],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  white: [37, 39],
  gray: [90, 39],
  grey: [90, 39],
  redBright: [91, 39],
  greenBright: [92, 39],
  yellowBright: [93, 39],
  blueBright: [94, 39],
  magentaBright: [95, 39],
  cyanBright: [96, 39],
  whiteBright: [97, 39],
  bgBlack: [40, 49],
  bgRed: [41, 49],
  bgGreen: [42, 49],
  bgYellow: [43, 49],
  bgBlue: [44, 49],
  bgMagenta: [45, 49],
  bgCyan: [46, 49],
  bgWhite: [47, 49],
};
inspect.styles = Object.assign(Object.create(null), {
  special: 'cyan',
  number: 'yellow',
  bigint: 'yellow',
  boolean: 'yellow',
  undefined: 'grey',
  null: 'bold',
  string: 'green',
  symbol: 'green',
  date: 'magenta',
  regexp: 'red',
  module: 'underline',
});

const plain: Stylize = (text) => text;

const colored: Stylize = (text, style) => {
  const color = inspect.colors[inspect.styles[style]];
  return color === undefined ? text : `\u001b[${color[0]}m${text}\u001b[${color[1]}m`;
};

function formatValue(ctx: Context, value: any, recurseTimes: number, typedArray?: boolean): string {
  if (typeof value !== 'object' && typeof value !== 'function') return formatPrimitive(ctx.stylize, value, ctx);
  if (value === null) return ctx.stylize('null', 'null');
  if (ctx.customInspect) {
    const custom = customOf(value);
    if (typeof custom === 'function' && custom !== inspect && value.constructor?.prototype !== value) {
      const depth = ctx.depth === null ? null : ctx.depth - recurseTimes;
      const result = custom.call(value, depth, userOptions(ctx), inspect);
      if (result !== value) {
        if (typeof result === 'object') return formatValue(ctx, result, recurseTimes);
        return `${result}`.replaceAll('\n', `\n${' '.repeat(ctx.indentationLvl)}`);
      }
    }
  }
  if (ctx.seen.includes(value)) {
    ctx.circular ??= new Map();
    let index = ctx.circular.get(value);
    if (index === undefined) {
      index = ctx.circular.size + 1;
      ctx.circular.set(value, index);
    }
    return ctx.stylize(`[Circular *${index}]`, 'special');
  }
  return formatRaw(ctx, value, recurseTimes, typedArray);
}

/** The host's own classes are written the same way whatever the host: Node's have a method of their own, Chromium's none. */
function customOf(value: any): unknown {
  if (value instanceof URL) return inspectUrl;
  if (value instanceof URLSearchParams) return inspectSearchParams;
  return value[customInspect];
}

const URL_FIELDS = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'searchParams',
  'hash',
];

function inspectUrl(this: any, depth: number | null, options: any): unknown {
  if (depth !== null && depth < 0) return this;
  const shown: any = Object.create({ constructor: this.constructor });
  for (const field of URL_FIELDS) shown[field] = this[field];
  return `${this.constructor.name} ${inspect(shown, options)}`;
}

function inspectSearchParams(this: URLSearchParams, depth: number | null, options: any): string {
  if (depth !== null && depth < 0) return options.stylize('[Object]', 'special');
  const inner = { ...options, depth: depth === null ? null : depth - 1 };
  const parts = [...this].map(([key, value]) => `${inspect(key, inner)} => ${inspect(value, inner)}`);
  if (parts.length === 0) return `${this.constructor.name} {}`;
  const length = parts.reduce((sum, part) => sum + stripVTControlCharacters(part).length + 2, -2);
  if (length > options.breakLength) return `${this.constructor.name} {\n  ${parts.join(',\n  ')} }`;
  return `${this.constructor.name} { ${parts.join(', ')} }`;
}

function userOptions(ctx: Context): any {
  const options: any = { stylize: ctx.stylize, ...ctx.userOptions };
  for (const key of Object.keys(defaultOptions)) options[key] = (ctx as any)[key];
  options.stylize = ctx.stylize;
  return options;
}

function formatRaw(ctx: Context, value: any, recurseTimes: number, typedArray?: boolean): string {
  let protoProps: string[] | undefined;
  if (ctx.showHidden && (ctx.depth === null || recurseTimes <= ctx.depth)) protoProps = [];
  const constructor = constructorName(value, ctx, recurseTimes, protoProps);
  if (protoProps !== undefined && protoProps.length === 0) protoProps = undefined;
  let tag = value[Symbol.toStringTag];
  const owns = ctx.showHidden ? Object.prototype.hasOwnProperty : Object.prototype.propertyIsEnumerable;
  if (typeof tag !== 'string' || (tag !== '' && owns.call(value, Symbol.toStringTag))) tag = '';

  let keys: (string | symbol)[];
  let base = '';
  let braces: [string, string] = ['{', '}'];
  let formatter: Formatter = () => [];
  let extrasType = OBJECT;
  /** Getters of the prototype that are shown all the same, in brackets. */
  let hidden: readonly string[] = [];
  const isBare = () => keys.length === 0 && protoProps === undefined;
  const prefix = (fallback: string, size = '') => prefixOf(constructor, tag, fallback, size);

  if (Array.isArray(value)) {
    keys = nonIndexKeys(value, ctx.showHidden);
    braces = [`${constructor !== 'Array' || tag !== '' ? prefix('Array', `(${value.length})`) : ''}[`, ']'];
    if (value.length === 0 && isBare()) return `${braces[0]}]`;
    extrasType = ARRAY_EXTRA;
    formatter = formatArray;
  } else if (types.isTypedArray(value)) {
    keys = nonIndexKeys(value, ctx.showHidden);
    braces = [`${prefix(types.typedArrayName(value)!, `(${value.length})`)}[`, ']'];
    if (value.length === 0 && keys.length === 0 && !ctx.showHidden) return `${braces[0]}]`;
    extrasType = ARRAY_EXTRA;
    formatter = formatTypedArray;
  } else {
    keys = keysOf(value, ctx.showHidden);
    if (typeof value === 'function') {
      base = functionBase(value, constructor, tag);
      if (isBare()) return ctx.stylize(base, 'special');
    } else if (types.isSet(value)) {
      const head = prefix('Set', `(${value.size})`);
      if (value.size === 0 && isBare()) return `${head}{}`;
      braces[0] = `${head}{`;
      formatter = formatSet;
    } else if (types.isMap(value)) {
      const head = prefix('Map', `(${value.size})`);
      if (value.size === 0 && isBare()) return `${head}{}`;
      braces[0] = `${head}{`;
      formatter = formatMap;
    } else if (types.isMapIterator(value) || types.isSetIterator(value)) {
      braces[0] = `[${tag}] {`;
      formatter = () => ['<items unknown>'];
    } else if (constructor === 'Object' && !types.isNativeError(value)) {
      if (types.isArgumentsObject(value)) braces[0] = '[Arguments] {';
      else if (tag !== '') braces[0] = `${prefix('Object')}{`;
      if (isBare()) return `${braces[0]}}`;
    } else if (types.isRegExp(value)) {
      base = RegExp.prototype.toString.call(value);
      if (prefix('RegExp') !== 'RegExp ') base = prefix('RegExp') + base;
      if (isBare() || isTooDeep(ctx, recurseTimes)) return ctx.stylize(base, 'regexp');
    } else if (types.isDate(value)) {
      base = Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
      if (prefix('Date') !== 'Date ') base = prefix('Date') + base;
      if (isBare()) return ctx.stylize(base, 'date');
    } else if (types.isNativeError(value)) {
      base = formatError(value, constructor, tag, ctx, keys);
      if (isBare()) return base;
    } else if (types.isAnyArrayBuffer(value)) {
      const head = prefix(types.isArrayBuffer(value) ? 'ArrayBuffer' : 'SharedArrayBuffer');
      if (typedArray === undefined) formatter = formatArrayBuffer;
      else if (isBare()) return `${head}{ [byteLength]: ${formatNumber(ctx.stylize, value.byteLength, false)} }`;
      braces[0] = `${head}{`;
      hidden = ['byteLength'];
    } else if (types.isDataView(value)) {
      braces[0] = `${prefix('DataView')}{`;
      hidden = ['byteLength', 'byteOffset', 'buffer'];
    } else if (types.isPromise(value)) {
      braces[0] = `${prefix('Promise')}{`;
      formatter = formatPromise;
    } else if (types.isWeakSet(value) || types.isWeakMap(value)) {
      braces[0] = `${prefix(types.isWeakSet(value) ? 'WeakSet' : 'WeakMap')}{`;
      formatter = () => [ctx.stylize('<items unknown>', 'special')];
    } else if (types.isModuleNamespaceObject(value)) {
      braces[0] = `${prefix('Module')}{`;
    } else if (types.isBoxedPrimitive(value)) {
      base = boxedBase(value, ctx, keys, constructor, tag);
      if (isBare()) return base;
    } else {
      if (isBare()) return `${prefix('Object')}{}`;
      braces[0] = `${prefix('Object')}{`;
    }
  }

  if (isTooDeep(ctx, recurseTimes)) {
    return ctx.stylize(
      `[${prefixOf(constructor, tag, Array.isArray(value) ? 'Array' : 'Object').slice(0, -1)}]`,
      'special',
    );
  }
  const depth = recurseTimes + 1;
  ctx.seen.push(value);
  ctx.currentDepth = depth;
  const output = formatter(ctx, value, depth);
  for (const key of hidden) {
    output.push(formatProperty(ctx, value, depth, key, OBJECT, { value: value[key], enumerable: false }));
  }
  for (const key of keys) output.push(formatProperty(ctx, value, depth, key, extrasType));
  if (protoProps !== undefined) output.push(...protoProps);
  const circular = ctx.circular?.get(value);
  if (circular !== undefined) {
    const reference = ctx.stylize(`<ref *${circular}>`, 'special');
    if (ctx.compact !== true) base = base === '' ? reference : `${reference} ${base}`;
    else braces[0] = `${reference} ${braces[0]}`;
  }
  ctx.seen.pop();
  if (ctx.sorted) {
    const compare = ctx.sorted === true ? undefined : ctx.sorted;
    if (extrasType === OBJECT) output.sort(compare);
    else if (keys.length > 1) output.push(...output.splice(output.length - keys.length).sort(compare));
  }
  const result = reduceToSingleString(ctx, output, base, braces, extrasType, depth, value);
  // A value that is huge even so is cut short from here on, as Node does.
  ctx.budget[ctx.indentationLvl] = (ctx.budget[ctx.indentationLvl] ?? 0) + result.length;
  if (ctx.budget[ctx.indentationLvl]! > 2 ** 27) ctx.depth = -1;
  return result;
}

const isTooDeep = (ctx: Context, recurseTimes: number) => ctx.depth !== null && recurseTimes > ctx.depth;

const isIndex = (key: string) => /^(0|[1-9]\d{0,9})$/.test(key);

function nonIndexKeys(value: any, showHidden: boolean): (string | symbol)[] {
  // Arrays mostly have nothing but elements: look at the names only when there are more of them than elements.
  const names = showHidden ? Object.getOwnPropertyNames(value) : Object.keys(value);
  const keys: (string | symbol)[] =
    names.length === value.length && !showHidden ? [] : names.filter((key) => !isIndex(key));
  return keys.concat(symbolsOf(value, showHidden));
}

function symbolsOf(value: any, showHidden: boolean): symbol[] {
  const symbols = Object.getOwnPropertySymbols(value);
  if (showHidden || symbols.length === 0) return symbols;
  return symbols.filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}

function keysOf(value: any, showHidden: boolean): (string | symbol)[] {
  const names: (string | symbol)[] = showHidden ? Object.getOwnPropertyNames(value) : Object.keys(value);
  return names.concat(symbolsOf(value, showHidden));
}

function constructorName(value: any, ctx: Context, recurseTimes: number, protoProps?: string[]): string | null {
  let firstProto: any;
  for (let object = value; object; object = Object.getPrototypeOf(object)) {
    if (object !== value && firstProto === undefined) firstProto = object;
    const name = classNameAt(object, value);
    if (name !== null) {
      if (protoProps !== undefined && (firstProto !== object || !isBuiltIn(name))) {
        addPrototypeProperties(ctx, value, firstProto || value, recurseTimes, protoProps);
      }
      return name;
    }
  }
  firstProto ??= null;
  if (firstProto === null) return null;
  const fallback = Object.prototype.toString.call(value).slice(8, -1);
  if (isTooDeep(ctx, recurseTimes)) return `${fallback} <Complex prototype>`;
  const protoName = constructorName(firstProto, ctx, recurseTimes + 1, protoProps);
  if (protoName !== null) return `${fallback} <${protoName}>`;
  return `${fallback} <${inspect(firstProto, { ...ctx, customInspect: false, depth: -1 })}>`;
}

/** The name of the class whose prototype `object` is; null when it is none, or one that `value` is not an instance of. */
export function classNameAt(object: any, value: any): string | null {
  const known = wellKnown.get(object);
  if (known !== undefined) return known;
  const constructor = Object.getOwnPropertyDescriptor(object, 'constructor')?.value;
  if (typeof constructor !== 'function' || constructor.name === '') return null;
  return isInstanceOf(value, constructor) ? String(constructor.name) : null;
}

/** As in Node: their `constructor` may have been replaced, and is where the intrinsics are closed (process/intrinsics.ts). */
const wellKnown = new Map<object, string>([
  [Object.getPrototypeOf(() => {}), 'Function'],
  [Object.getPrototypeOf(function* () {}), 'GeneratorFunction'],
  ...[Object, Array, Map, Set, RegExp, Boolean, Number, String, ArrayBuffer, DataView, Promise].map(prototypeName),
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError].map(
    prototypeName,
  ),
]);

function prototypeName(one: { readonly prototype: object; readonly name: string }): [object, string] {
  return [one.prototype, one.name];
}

function isInstanceOf(value: any, constructor: any): boolean {
  try {
    return value instanceof constructor;
  } catch {
    return false;
  }
}

function addPrototypeProperties(ctx: Context, main: any, object: any, recurseTimes: number, output: string[]): void {
  let depth = 0;
  let keys: (string | symbol)[] = [];
  const seen = new Set<string | symbol>();
  let proto = object;
  do {
    if (depth !== 0 || main === proto) {
      proto = Object.getPrototypeOf(proto);
      if (proto === null) break;
      if (isBuiltIn(classNameAt(proto, main) ?? '')) break;
    }
    if (depth > 0) for (const key of keys) seen.add(key);
    keys = Reflect.ownKeys(proto);
    ctx.seen.push(main);
    for (const key of keys) {
      if (key === 'constructor' || Object.hasOwn(main, key) || (depth !== 0 && seen.has(key))) continue;
      const descriptor = Object.getOwnPropertyDescriptor(proto, key)!;
      if (typeof descriptor.value === 'function') continue;
      output.push(formatProperty(ctx, proto, recurseTimes, key, OBJECT, descriptor));
    }
    ctx.seen.pop();
  } while (++depth !== 3);
}

const BUILT_IN = new Set(
  (
    'Object Function Array Number Boolean String Symbol BigInt Date Promise RegExp Error AggregateError EvalError ' +
    'RangeError ReferenceError SyntaxError TypeError URIError ArrayBuffer SharedArrayBuffer DataView Map Set WeakMap ' +
    'WeakSet WeakRef FinalizationRegistry Proxy Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array ' +
    'Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array Iterator'
  ).split(' '),
);
export const isBuiltIn = (name: string) => BUILT_IN.has(name);

function prefixOf(constructor: string | null, tag: string, fallback: string, size = ''): string {
  if (constructor === null) {
    if (tag !== '' && fallback !== tag) return `[${fallback}${size}: null prototype] [${tag}] `;
    return `[${fallback}${size}: null prototype] `;
  }
  if (tag !== '' && constructor !== tag) return `${constructor}${size} [${tag}] `;
  return `${constructor}${size} `;
}

function functionBase(value: any, constructor: string | null, tag: string): string {
  const source = Function.prototype.toString.call(value);
  if (source.startsWith('class') && source.endsWith('}')) return classBase(value, constructor, tag);
  let type = 'Function';
  if (types.isGeneratorFunction(value)) type = `Generator${type}`;
  if (types.isAsyncFunction(value)) type = `Async${type}`;
  let base = `[${type}`;
  if (constructor === null) base += ' (null prototype)';
  base += value.name === '' ? ' (anonymous)' : `: ${typeof value.name === 'string' ? value.name : inspect(value.name)}`;
  base += ']';
  if (constructor !== type && constructor !== null) base += ` ${constructor}`;
  if (tag !== '' && constructor !== tag) base += ` [${tag}]`;
  return base;
}

function classBase(value: any, constructor: string | null, tag: string): string {
  let base = `class ${(Object.hasOwn(value, 'name') && value.name) || '(anonymous)'}`;
  if (constructor !== 'Function' && constructor !== null) base += ` [${constructor}]`;
  if (tag !== '' && constructor !== tag) base += ` [${tag}]`;
  if (constructor === null) base += ' extends null';
  else {
    const parent = Object.getPrototypeOf(value).name;
    if (parent) base += ` extends ${parent}`;
  }
  return `[${base}]`;
}

function boxedBase(
  value: any,
  ctx: Context,
  keys: (string | symbol)[],
  constructor: string | null,
  tag: string,
): string {
  let type = 'Symbol';
  if (types.isNumberObject(value)) type = 'Number';
  else if (types.isStringObject(value)) {
    type = 'String';
    keys.splice(0, value.length);
  } else if (types.isBooleanObject(value)) type = 'Boolean';
  else if (types.isBigIntObject(value)) type = 'BigInt';
  let base = `[${type}`;
  if (type !== constructor) base += constructor === null ? ' (null prototype)' : ` (${constructor})`;
  base += `: ${formatPrimitive(plain, value.valueOf(), ctx)}]`;
  if (tag !== '' && tag !== constructor) base += ` [${tag}]`;
  if (keys.length !== 0 || ctx.stylize === plain) return base;
  return ctx.stylize(base, type.toLowerCase());
}

function formatError(
  error: any,
  constructor: string | null,
  tag: string,
  ctx: Context,
  keys: (string | symbol)[],
): string {
  const name = error.name !== null && error.name !== undefined ? String(error.name) : 'Error';
  const raw: string =
    typeof error.stack === 'string' && error.stack !== '' ? error.stack : Error.prototype.toString.call(error);
  const hasFrames = /\n {4}at |@\S+:\d+:\d+/.test(raw);
  // Frames of the lab itself are left out, in every browser's wording of them.
  let stack = hasFrames ? cleanStack(error) : raw;
  if (!ctx.showHidden) {
    for (const key of ['name', 'message', 'stack']) {
      const index = keys.indexOf(key);
      if (index !== -1 && (typeof error[key] !== 'string' || stack.includes(error[key]))) keys.splice(index, 1);
    }
  }
  if ('cause' in error && !keys.includes('cause')) keys.push('cause');
  if (Array.isArray(error.errors) && !keys.includes('errors')) keys.push('errors');
  stack = improveStack(stack, constructor, name, tag);
  if (!hasFrames) stack = `[${stack}]`;
  return ctx.indentationLvl === 0 ? stack : stack.replaceAll('\n', `\n${' '.repeat(ctx.indentationLvl)}`);
}

/** The stack's first line names the class at construction; this puts the constructor's real name there. */
function improveStack(stack: string, constructor: string | null, name: string, tag: string): string {
  let length = name.length;
  const isNamed =
    name.endsWith('Error') &&
    stack.startsWith(name) &&
    (stack.length === length || stack[length] === ':' || stack[length] === '\n');
  if (constructor !== null && !isNamed) return stack;
  let fallback = 'Error';
  if (constructor === null) {
    const start = /^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n\s+at)/.exec(stack) ?? /^([a-z_A-Z0-9-]*Error)$/.exec(stack);
    fallback = start?.[1] ?? '';
    length = fallback.length;
    fallback ||= 'Error';
  }
  const prefix = prefixOf(constructor, tag, fallback).slice(0, -1);
  if (name === prefix) return stack;
  if (!prefix.includes(name)) return `${prefix} [${name}]${stack.slice(length)}`;
  return length === 0 ? `${prefix}: ${stack}` : `${prefix}${stack.slice(length)}`;
}

function formatPrimitive(stylize: Stylize, value: any, ctx: Context): string {
  if (typeof value === 'string') {
    let text = value;
    let trailer = '';
    if (text.length > ctx.maxStringLength) {
      const remaining = text.length - ctx.maxStringLength;
      text = text.slice(0, ctx.maxStringLength);
      trailer = `... ${remaining} more character${remaining > 1 ? 's' : ''}`;
    }
    if (ctx.compact !== true && text.length > 16 && text.length > ctx.breakLength - ctx.indentationLvl - 4) {
      const lines = text.split(/(?<=\n)/).map((line) => stylize(quote(line), 'string'));
      return lines.join(` +\n${' '.repeat(ctx.indentationLvl + 2)}`) + trailer;
    }
    return stylize(quote(text), 'string') + trailer;
  }
  if (typeof value === 'number') return formatNumber(stylize, value, ctx.numericSeparator);
  if (typeof value === 'bigint') return stylize(`${separate(String(value), ctx.numericSeparator)}n`, 'bigint');
  if (typeof value === 'boolean') return stylize(`${value}`, 'boolean');
  if (typeof value === 'undefined') return stylize('undefined', 'undefined');
  return stylize(Symbol.prototype.toString.call(value), 'symbol');
}

export function formatNumber(stylize: Stylize, value: number, isSeparated: boolean): string {
  if (Object.is(value, -0)) return stylize('-0', 'number');
  const text = String(value);
  if (!isSeparated || /[eIN]/.test(text)) return stylize(text, 'number');
  const [whole, fraction] = text.split('.') as [string, string | undefined];
  const after = fraction === undefined ? '' : `.${fraction.replace(/(\d{3})(?=\d)/g, '$1_')}`;
  return stylize(separate(whole, true) + after, 'number');
}

const separate = (digits: string, isSeparated: boolean) =>
  isSeparated ? digits.replace(/(\d)(?=(\d{3})+$)/g, '$1_') : digits;

const ESCAPE = /[\x00-\x1f\x27\x5c\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const SHORT: Record<string, string> = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\' };

/** A string literal, in the quotes that need the fewest escapes. */
function quote(text: string): string {
  let mark = "'";
  if (text.includes("'")) {
    if (!text.includes('"')) mark = '"';
    else if (!text.includes('`') && !text.includes('${')) mark = '`';
  }
  const escaped = text.replace(ESCAPE, (char) => {
    if (char === "'") return mark === "'" ? "\\'" : char;
    const code = char.charCodeAt(0);
    return (
      SHORT[char] ?? (code > 255 ? `\\u${code.toString(16)}` : `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`)
    );
  });
  return mark + escaped + mark;
}

const more = (remaining: number) => `... ${remaining} more item${remaining > 1 ? 's' : ''}`;

function formatArray(ctx: Context, value: any, recurseTimes: number): string[] {
  const length = Math.min(Math.max(0, ctx.maxArrayLength), value.length);
  const output: string[] = [];
  for (let i = 0; i < length; i++) {
    if (!Object.hasOwn(value, i)) return formatSparseArray(ctx, value, recurseTimes, length, output, i);
    output.push(formatProperty(ctx, value, recurseTimes, i, ELEMENT));
  }
  if (value.length > length) output.push(more(value.length - length));
  return output;
}

function formatSparseArray(
  ctx: Context,
  value: any,
  recurseTimes: number,
  maxLength: number,
  output: string[],
  first: number,
): string[] {
  const holes = (count: number) => ctx.stylize(`<${count} empty item${count > 1 ? 's' : ''}>`, 'undefined');
  const keys = Object.keys(value);
  let index = first;
  for (let i = first; i < keys.length && output.length < maxLength; i++) {
    const key = keys[i]!;
    if (!isIndex(key)) break;
    if (`${index}` !== key) {
      output.push(holes(Number(key) - index));
      index = Number(key);
      if (output.length === maxLength) break;
    }
    output.push(formatProperty(ctx, value, recurseTimes, key, ELEMENT));
    index++;
  }
  const remaining = value.length - index;
  if (remaining > 0) output.push(output.length === maxLength ? more(remaining) : holes(remaining));
  return output;
}

function formatTypedArray(ctx: Context, value: any, recurseTimes: number): string[] {
  const length = Math.min(Math.max(0, ctx.maxArrayLength), value.length);
  const output: string[] = [];
  for (let i = 0; i < length; i++) output.push(formatPrimitive(ctx.stylize, value[i], ctx));
  if (value.length > length) output.push(more(value.length - length));
  if (ctx.showHidden) {
    ctx.indentationLvl += 2;
    for (const key of ['BYTES_PER_ELEMENT', 'length', 'byteLength', 'byteOffset', 'buffer']) {
      output.push(`[${key}]: ${formatValue(ctx, value[key], recurseTimes, true)}`);
    }
    ctx.indentationLvl -= 2;
  }
  return output;
}

function formatArrayBuffer(ctx: Context, value: ArrayBuffer): string[] {
  const bytes = new Uint8Array(value);
  const length = Math.min(Math.max(0, ctx.maxArrayLength), bytes.length);
  let text = [...bytes.subarray(0, length)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const remaining = bytes.length - length;
  if (remaining > 0) text += ` ... ${remaining} more byte${remaining > 1 ? 's' : ''}`;
  return [`${ctx.stylize('[Uint8Contents]', 'special')}: <${text}>`];
}

function formatSet(ctx: Context, value: Set<unknown>, recurseTimes: number): string[] {
  return formatEntries(ctx, value.size, value, (item) => formatValue(ctx, item, recurseTimes));
}

function formatMap(ctx: Context, value: Map<unknown, unknown>, recurseTimes: number): string[] {
  return formatEntries(
    ctx,
    value.size,
    value,
    ([key, item]) => `${formatValue(ctx, key, recurseTimes)} => ${formatValue(ctx, item, recurseTimes)}`,
  );
}

function formatEntries(ctx: Context, size: number, items: Iterable<any>, format: (item: any) => string): string[] {
  const length = Math.min(Math.max(0, ctx.maxArrayLength), size);
  const output: string[] = [];
  ctx.indentationLvl += 2;
  for (const item of items) {
    if (output.length >= length) break;
    output.push(format(item));
  }
  if (size > length) output.push(more(size - length));
  ctx.indentationLvl -= 2;
  return output;
}

function formatPromise(ctx: Context, value: Promise<unknown>, recurseTimes: number): string[] {
  const { state, value: result } = __kernel.promiseState(value);
  if (state === 'pending') return [ctx.stylize('<pending>', 'special')];
  ctx.indentationLvl += 2;
  const text = formatValue(ctx, result, recurseTimes);
  ctx.indentationLvl -= 2;
  return [state === 'rejected' ? `${ctx.stylize('<rejected>', 'special')} ${text}` : text];
}

function formatProperty(
  ctx: Context,
  value: any,
  recurseTimes: number,
  key: any,
  type: number,
  descriptor: PropertyDescriptor = Object.getOwnPropertyDescriptor(value, key) ?? {
    value: value[key],
    enumerable: true,
  },
): string {
  let text: string;
  let separator = ' ';
  if (descriptor.value !== undefined) {
    const indent = ctx.compact !== true || type !== OBJECT ? 2 : 3;
    ctx.indentationLvl += indent;
    text = formatValue(ctx, descriptor.value, recurseTimes);
    if (indent === 3 && ctx.breakLength < stringWidth(text)) separator = `\n${' '.repeat(ctx.indentationLvl)}`;
    ctx.indentationLvl -= indent;
  } else if (descriptor.get !== undefined) text = formatGetter(ctx, value, recurseTimes, descriptor);
  else if (descriptor.set !== undefined) text = ctx.stylize('[Setter]', 'special');
  else text = ctx.stylize('undefined', 'undefined');
  if (type === ELEMENT) return text;
  let name: string;
  if (typeof key === 'symbol') {
    const shown = ctx.stylize(Symbol.prototype.toString.call(key), 'symbol');
    name = descriptor.enumerable === false ? `[${shown}]` : shown;
  } else if (key === '__proto__') name = "['__proto__']";
  else if (descriptor.enumerable === false) name = `[${key}]`;
  else if (/^[a-zA-Z_][a-zA-Z_0-9]*$/.test(key)) name = ctx.stylize(key, 'name');
  else name = ctx.stylize(quote(key), 'string');
  return `${name}:${separator}${text}`;
}

function formatGetter(ctx: Context, value: any, recurseTimes: number, descriptor: PropertyDescriptor): string {
  const label = descriptor.set === undefined ? 'Getter' : 'Getter/Setter';
  const special = (text: string) => ctx.stylize(text, 'special');
  const { getters } = ctx;
  const isRead = getters === true || getters === (descriptor.set === undefined ? 'get' : 'set');
  if (!isRead) return special(`[${label}]`);
  try {
    const result = descriptor.get!.call(value);
    if (typeof result !== 'object' || result === null) {
      return `${special(`[${label}:`)} ${formatValue(ctx, result, recurseTimes)}${special(']')}`;
    }
    ctx.indentationLvl += 2;
    const text = `${special(`[${label}]`)} ${formatValue(ctx, result, recurseTimes)}`;
    ctx.indentationLvl -= 2;
    return text;
  } catch (error: any) {
    return special(`[${label}: <Inspection threw (${error?.message})>]`);
  }
}

function reduceToSingleString(
  ctx: Context,
  entries: string[],
  base: string,
  braces: [string, string],
  extrasType: number,
  recurseTimes: number,
  value: any,
): string {
  let output = entries;
  const head = base === '' ? '' : `${base} `;
  const indentation = `\n${' '.repeat(ctx.indentationLvl)}`;
  if (ctx.compact !== true) {
    if (typeof ctx.compact === 'number' && ctx.compact >= 1) {
      if (extrasType === ARRAY_EXTRA && entries.length > 6) output = groupArrayElements(ctx, output, value);
      if (ctx.currentDepth - recurseTimes < ctx.compact && entries.length === output.length) {
        const start = output.length + ctx.indentationLvl + braces[0].length + base.length + 10;
        if (isBelowBreakLength(ctx, output, start, base)) {
          const joined = output.join(', ');
          if (!joined.includes('\n')) return `${head}${braces[0]} ${joined} ${braces[1]}`;
        }
      }
    }
    return `${head}${braces[0]}${indentation}  ${output.join(`,${indentation}  `)}${indentation}${braces[1]}`;
  }
  if (isBelowBreakLength(ctx, output, 0, base)) {
    return `${braces[0]}${base === '' ? '' : ` ${base}`} ${output.join(', ')} ${braces[1]}`;
  }
  const line = base === '' && braces[0].length === 1 ? ' ' : `${base === '' ? '' : ` ${base}`}${indentation}  `;
  return `${braces[0]}${line}${output.join(`,${indentation}  `)} ${braces[1]}`;
}

function isBelowBreakLength(ctx: Context, output: string[], start: number, base: string): boolean {
  let total = output.length + start;
  if (total + output.length > ctx.breakLength) return false;
  for (const entry of output) {
    total += ctx.colors ? stripVTControlCharacters(entry).length : entry.length;
    if (total > ctx.breakLength) return false;
  }
  return base === '' || !base.includes('\n');
}

/** Puts the elements of a long array in columns. */
function groupArrayElements(ctx: Context, output: string[], value: any): string[] {
  const isCut = ctx.maxArrayLength < output.length;
  const length = isCut ? output.length - 1 : output.length;
  const widths: number[] = [];
  let total = 0;
  let widest = 0;
  for (let i = 0; i < length; i++) {
    const width = stringWidth(output[i]!);
    widths.push(width);
    total += width + 2;
    widest = Math.max(widest, width);
  }
  const cell = widest + 2;
  if (cell * 3 + ctx.indentationLvl >= ctx.breakLength || (total / cell <= 5 && widest > 6)) return output;
  const biased = Math.max(cell - 3 - Math.sqrt(cell - total / output.length), 1);
  const columns = Math.min(
    // A character is about 2.5 times as high as it is wide; the block shall look square.
    Math.round(Math.sqrt(2.5 * biased * length) / biased),
    Math.floor((ctx.breakLength - ctx.indentationLvl) / cell),
    (ctx.compact as number) * 4,
    15,
  );
  if (columns <= 1) return output;
  const columnWidths: number[] = [];
  for (let i = 0; i < columns; i++) {
    let width = 0;
    for (let j = i; j < length; j += columns) width = Math.max(width, widths[j]!);
    columnWidths.push(width + 2);
  }
  let isRight = value !== undefined;
  for (let i = 0; isRight && i < output.length; i++) {
    isRight = typeof value[i] === 'number' || typeof value[i] === 'bigint';
  }
  const rows: string[] = [];
  for (let i = 0; i < length; i += columns) {
    const end = Math.min(i + columns, length);
    let row = '';
    for (let j = i; j < end; j++) {
      const text = output[j]!;
      const padding = columnWidths[j - i]! + text.length - widths[j]!;
      if (j < end - 1) row += isRight ? `${text}, `.padStart(padding) : `${text}, `.padEnd(padding);
      else row += isRight ? text.padStart(padding - 2) : text;
    }
    rows.push(row);
  }
  if (isCut) rows.push(output[length]!);
  return rows;
}
