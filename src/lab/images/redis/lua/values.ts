/** Values of Lua: nil is undefined; strings are bytes, one character each; numbers are doubles, as in Lua 5.1. */
import { formatG, parseDouble } from '../numbers.ts';

export type Value = undefined | boolean | number | string | Table | LuaFunction;
export type LuaFunction = (args: readonly Value[]) => readonly Value[];

/** What `error` throws, and what runtime errors are. */
export class LuaError {
  readonly value: Value;
  /** Line of the script that ran; null outside of one. */
  readonly line: number | null;
  constructor(value: Value, line: number | null) {
    this.value = value;
    this.line = line;
  }
}

export class Table {
  /** 1, 2, 3, … without gaps; at index 0 is what Lua calls 1. */
  readonly list: Value[] = [];
  readonly rest = new Map<Value, Value>();
  meta: Table | null = null;
  isReadOnly = false;
  private order: { readonly keys: readonly Value[]; readonly at: ReadonlyMap<Value, number> } | null = null;

  get(key: Value): Value {
    if (typeof key === 'number' && key >= 1 && key <= this.list.length && Number.isInteger(key))
      return this.list[key - 1];
    return this.rest.get(key);
  }

  set(key: Value, value: Value): void {
    const { list, rest } = this;
    if (typeof key === 'number' && Number.isInteger(key) && key >= 1) {
      if (key <= list.length) {
        if (value !== undefined || key < list.length) list[key - 1] = value;
        else {
          list.pop();
          while (list.length > 0 && list[list.length - 1] === undefined) list.pop();
        }
        return;
      }
      if (key === list.length + 1) {
        if (value === undefined) return void rest.delete(key);
        list.push(value);
        rest.delete(key);
        // What was put ahead of its place moves in.
        for (let next = key + 1; rest.size > 0 && rest.has(next); next++) {
          list.push(rest.get(next));
          rest.delete(next);
        }
        return;
      }
    }
    if (value === undefined) rest.delete(key);
    else rest.set(key, value);
  }

  get length(): number {
    return this.list.length;
  }

  /** The entry after `key`, the first for undefined; null at the end. */
  next(key: Value): readonly [Value, Value] | null {
    let at = 0;
    if (typeof key === 'number' && key >= 1 && key <= this.list.length) at = key;
    else if (key !== undefined) return this.nextInRest(key);
    for (; at < this.list.length; at++) if (this.list[at] !== undefined) return [at + 1, this.list[at]];
    return this.nextInRest(undefined);
  }

  private nextInRest(key: Value): readonly [Value, Value] | null {
    if (key === undefined) {
      this.order = null;
      for (const entry of this.rest) return entry;
      return null;
    }
    if (!this.order?.at.has(key)) {
      const keys = [...this.rest.keys()];
      this.order = { keys, at: new Map(keys.map((one, i) => [one, i])) };
    }
    const { keys, at } = this.order;
    const from = at.get(key);
    if (from === undefined) return null;
    for (let i = from + 1; i < keys.length; i++) {
      const value = this.rest.get(keys[i]);
      if (value !== undefined) return [keys[i], value];
    }
    return null;
  }
}

export const typeOf = (value: Value): string => {
  if (value === undefined) return 'nil';
  if (value instanceof Table) return 'table';
  return typeof value;
};

/** As `%.14g`. */
export function numberText(value: number): string {
  if (Number.isInteger(value) && value > -1e14 && value < 1e14) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? '-nan' : formatG(value, 14);
}

/** A number, or a string that reads as one; undefined otherwise. */
export function toNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
  return parseDouble(text) ?? undefined;
}

/** A string, or a number as text; undefined otherwise. */
export const toText = (value: Value): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? numberText(value) : undefined;
