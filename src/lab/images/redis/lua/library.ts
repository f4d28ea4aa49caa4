/** The libraries that Redis gives to scripts: base, string, table, math, bit. */
import { compile } from './compiler.ts';
import { LuaSyntaxError } from './lexer.ts';
import { isTrue, type Lua } from './machine.ts';
import { mathLibrary } from './math-library.ts';
import { parse } from './parser.ts';
import { stringLibrary } from './string-library.ts';
import { LuaError, type LuaFunction, Table, toNumber, toText, typeOf, type Value } from './values.ts';

/** Reads the arguments of one library function, with the errors of lauxlib.c. */
export class Args {
  private readonly lua: Lua;
  private readonly name: string;
  readonly all: readonly Value[];

  constructor(lua: Lua, name: string, all: readonly Value[]) {
    this.lua = lua;
    this.name = name;
    this.all = all;
  }

  fail(i: number, what: string): LuaError {
    return this.lua.libraryError(`bad argument #${i + 1} to '${this.name}' (${what})`);
  }

  private expected(i: number, type: string): LuaError {
    return this.fail(i, `${type} expected, got ${i < this.all.length ? typeOf(this.all[i]) : 'no value'}`);
  }

  number(i: number, otherwise?: number): number {
    if (this.all[i] === undefined && otherwise !== undefined) return otherwise;
    const value = toNumber(this.all[i]);
    if (value === undefined) throw this.expected(i, 'number');
    return value;
  }

  int(i: number, otherwise?: number): number {
    return Math.trunc(this.number(i, otherwise)) || 0;
  }

  text(i: number, otherwise?: string): string {
    if (this.all[i] === undefined && otherwise !== undefined) return otherwise;
    const value = toText(this.all[i]);
    if (value === undefined) throw this.expected(i, 'string');
    return value;
  }

  table(i: number): Table {
    const value = this.all[i];
    if (!(value instanceof Table)) throw this.expected(i, 'table');
    return value;
  }

  any(i: number): Value {
    if (i >= this.all.length) throw this.fail(i, 'value expected');
    return this.all[i];
  }
}

export type Library = Readonly<Record<string, (args: Args) => readonly Value[]>>;

/** As a table of Lua functions. */
export function libraryTable(lua: Lua, library: Library): Table {
  const table = new Table();
  for (const [name, run] of Object.entries(library)) table.set(name, wrap(lua, name, run));
  return table;
}

export const wrap =
  (lua: Lua, name: string, run: (args: Args) => readonly Value[]): LuaFunction =>
  (args) =>
    run(new Args(lua, name, args));

export function openLibraries(lua: Lua): void {
  const { globals } = lua;
  for (const [name, run] of Object.entries(base(lua))) globals.set(name, wrap(lua, name, run));
  const string = libraryTable(lua, stringLibrary(lua));
  globals.set('string', string);
  lua.stringMeta.set('__index', string);
  globals.set('table', libraryTable(lua, tableLibrary(lua)));
  const math = libraryTable(lua, mathLibrary());
  math.set('pi', Math.PI);
  math.set('huge', Infinity);
  globals.set('math', math);
  globals.set('bit', libraryTable(lua, bit));
  globals.set('_G', globals);
  globals.set('_VERSION', 'Lua 5.1');
}

export function textOfValue(lua: Lua, value: Value): string {
  const handler = lua.meta(value, '__tostring');
  if (handler !== undefined) return toText(lua.call(handler, [value], lua.lines.at(-1) ?? 0)[0]) ?? '';
  return (
    toText(value) ??
    (value === undefined
      ? 'nil'
      : typeof value === 'boolean'
        ? String(value)
        : `${typeOf(value)}: 0x${identity(value as Table | LuaFunction)}`)
  );
}

const identities = new WeakMap<object, number>();
let nextIdentity = 0x55d0_0000;

function identity(value: Table | LuaFunction): string {
  const known = identities.get(value) ?? nextIdentity++ * 16;
  identities.set(value, known);
  return known.toString(16).padStart(12, '0');
}

function base(lua: Lua): Library {
  /** Restores what an error left behind. */
  const protect = (run: () => readonly Value[], onError: (value: Value) => readonly Value[]): readonly Value[] => {
    const { length } = lua.lines;
    try {
      return run();
    } catch (error) {
      lua.lines.length = length;
      if (error instanceof LuaError) return onError(error.value);
      if (error instanceof RangeError) return onError('stack overflow');
      throw error;
    }
  };
  const next = (args: Args): readonly Value[] => args.table(0).next(args.all[1]) ?? [undefined];
  const nextFunction = wrap(lua, 'next', next);
  const step: LuaFunction = ([table, i]) => {
    const at = (i as number) + 1;
    const value = (table as Table).get(at);
    return value === undefined ? [undefined] : [at, value];
  };
  return {
    assert: (args) => {
      if (isTrue(args.any(0))) return args.all;
      throw new LuaError(args.text(1, 'assertion failed!'), lua.lines.at(-1) ?? null);
    },
    collectgarbage: () => [0],
    error: (args) => {
      const [value] = args.all;
      const level = args.int(1, 1);
      // The innermost line is that of the call of `error` itself.
      const line = lua.lines.at(-level) ?? 0;
      const isPlaced = typeof value === 'string' && level > 0;
      throw new LuaError(isPlaced ? `${lua.chunk}:${line}: ${value}` : value, lua.lines.at(-1) ?? null);
    },
    getmetatable: (args) => {
      const value = args.any(0);
      const meta = value instanceof Table ? value.meta : typeof value === 'string' ? lua.stringMeta : null;
      return [meta?.get('__metatable') ?? meta ?? undefined];
    },
    ipairs: (args) => [step, args.table(0), 0],
    load: () => {
      throw lua.libraryError('load is not part of this server: use loadstring');
    },
    loadstring: (args) => {
      try {
        return [compile(lua, parse(args.text(0), `[string "${args.text(0).split('\n')[0]!.slice(0, 60)}"]`))];
      } catch (error) {
        if (error instanceof LuaSyntaxError) return [undefined, error.message];
        throw error;
      }
    },
    next,
    pairs: (args) => [nextFunction, args.table(0), undefined],
    pcall: (args) =>
      protect(
        () => [true, ...lua.call(args.any(0), args.all.slice(1), lua.lines.at(-1) ?? 0)],
        // An error of Redis is a table, which callers of older versions expect as its text.
        (value) => [false, value instanceof Table && typeof value.get('err') === 'string' ? value.get('err') : value],
      ),
    rawequal: (args) => [args.any(0) === args.any(1)],
    rawget: (args) => [args.table(0).get(args.any(1))],
    rawset: (args) => {
      const table = args.table(0);
      if (table.isReadOnly) throw lua.libraryError('Attempt to modify a readonly table');
      table.set(args.any(1), args.any(2));
      return [table];
    },
    select: (args) => {
      if (args.all[0] === '#') return [args.all.length - 1];
      const at = args.int(0);
      if (at < 0 && args.all.length + at < 1) throw args.fail(0, 'index out of range');
      if (at === 0) throw args.fail(0, 'index out of range');
      return args.all.slice(at < 0 ? args.all.length + at : at);
    },
    setmetatable: (args) => {
      const table = args.table(0);
      const meta = args.all[1];
      if (meta !== undefined && !(meta instanceof Table)) throw args.fail(1, 'nil or table expected');
      if (table.meta?.get('__metatable') !== undefined) throw lua.libraryError('cannot change a protected metatable');
      if (table.isReadOnly) throw new LuaError('Attempt to modify a readonly table', lua.lines.at(-1) ?? null);
      table.meta = meta ?? null;
      return [table];
    },
    tonumber: (args) => {
      const radix = args.int(1, 10);
      if (radix === 10) return [toNumber(args.any(0))];
      const text = args.text(0).trim().toLowerCase();
      const digits = '0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, radix);
      const bare = text.replace(/^-/, '').replace(radix === 16 ? /^0x/ : /^$/, '');
      if (bare === '' || [...bare].some((c) => !digits.includes(c))) return [undefined];
      return [Number.parseInt(bare, radix) * (text.startsWith('-') ? -1 : 1)];
    },
    tostring: (args) => [textOfValue(lua, args.any(0))],
    type: (args) => [typeOf(args.any(0))],
    unpack: (args) => {
      const table = args.table(0);
      const [from, to] = [args.int(1, 1), args.int(2, table.length)];
      if (to - from >= 8_000) throw lua.libraryError('too many results to unpack');
      return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => table.get(from + i));
    },
    xpcall: (args) =>
      protect(
        () => [true, ...lua.call(args.any(0), [], lua.lines.at(-1) ?? 0)],
        (value) => [false, ...lua.call(args.any(1), [value], lua.lines.at(-1) ?? 0)],
      ),
  };
}

function tableLibrary(lua: Lua): Library {
  return {
    concat: (args) => {
      const table = args.table(0);
      const separator = args.text(1, '');
      const parts: string[] = [];
      for (let i = args.int(2, 1); i <= args.int(3, table.length); i++) {
        const text = toText(table.get(i));
        if (text === undefined)
          throw lua.libraryError(`invalid value (${typeOf(table.get(i))}) at index ${i} in table for 'concat'`);
        parts.push(text);
      }
      return [parts.join(separator)];
    },
    getn: (args) => [args.table(0).length],
    insert: (args) => {
      const table = args.table(0);
      if (table.isReadOnly) throw lua.libraryError('Attempt to modify a readonly table');
      if (args.all.length < 2 || args.all.length > 3) throw lua.libraryError("wrong number of arguments to 'insert'");
      const at = args.all.length === 3 ? args.int(1) : table.length + 1;
      const value = args.all.at(-1);
      for (let i = table.length; i >= at; i--) table.set(i + 1, table.get(i));
      table.set(at, value);
      return [];
    },
    maxn: (args) => {
      const table = args.table(0);
      let max = table.length;
      for (const key of table.rest.keys()) if (typeof key === 'number' && key > max) max = key;
      return [max];
    },
    remove: (args) => {
      const table = args.table(0);
      const size = table.length;
      const at = args.int(1, size);
      if (size === 0 || at < 1 || at > size) return size === 0 ? [] : [undefined];
      const value = table.get(at);
      for (let i = at; i < size; i++) table.set(i, table.get(i + 1));
      table.set(size, undefined);
      return [value];
    },
    sort: (args) => {
      const table = args.table(0);
      const before = args.all[1];
      const line = lua.lines.at(-1) ?? 0;
      const isLess = (a: Value, b: Value) =>
        before === undefined ? lua.isLess(a, b, line) : isTrue(lua.call(before, [a, b], line)[0]);
      const sorted = [...table.list].sort((a, b) => (isLess(a, b) ? -1 : isLess(b, a) ? 1 : 0));
      sorted.forEach((value, i) => {
        table.set(i + 1, value);
      });
      return [];
    },
  };
}

const int32 = (value: number): number => {
  const rest = Math.round(value) % 4_294_967_296;
  return rest | 0;
};

const bits = (args: Args, join: (a: number, b: number) => number): readonly Value[] => [
  args.all.map((_, i) => int32(args.number(i))).reduce(join),
];

const bit: Library = {
  arshift: (args) => [int32(args.number(0)) >> (args.int(1) & 31)],
  band: (args) => bits(args, (a, b) => a & b),
  bnot: (args) => [~int32(args.number(0))],
  bor: (args) => bits(args, (a, b) => a | b),
  bswap: (args) => {
    const x = int32(args.number(0));
    return [((x & 0xff) << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24)];
  },
  bxor: (args) => bits(args, (a, b) => a ^ b),
  lshift: (args) => [int32(args.number(0)) << (args.int(1) & 31)],
  rol: (args) => {
    const [x, by] = [int32(args.number(0)), args.int(1) & 31];
    return [(x << by) | (x >>> (32 - by))];
  },
  ror: (args) => {
    const [x, by] = [int32(args.number(0)), args.int(1) & 31];
    return [(x >>> by) | (x << (32 - by))];
  },
  rshift: (args) => [(int32(args.number(0)) >>> (args.int(1) & 31)) | 0],
  tobit: (args) => [int32(args.number(0))],
  tohex: (args) => {
    const digits = args.int(1, 8);
    const text = (int32(args.number(0)) >>> 0)
      .toString(16)
      .padStart(8, '0')
      .slice(-Math.min(8, Math.abs(digits)));
    return [digits < 0 ? text.toUpperCase() : text];
  },
};
