/** What the operations of Lua do, with its errors; and how much a script may run. */

import pow from '@stdlib/math-base-special-pow';
import { LuaError, type LuaFunction, Table, toNumber, toText, typeOf, type Value } from './values.ts';

/** Nested calls, as LUAI_MAXCALLS would allow in the memory of a worker. */
const DEPTH_MAX = 180;

export class Lua {
  readonly globals = new Table();
  readonly stringMeta = new Table();
  /** Of this script, so far. */
  steps = 0;
  stepsMax = Infinity;
  /** Lines of the calls that run, the innermost last. */
  readonly lines: number[] = [];
  /** Where errors say they come from. */
  chunk = 'user_script';

  step(): void {
    if (++this.steps > this.stepsMax) throw new ScriptTooLong();
  }

  fail(message: string, line: number): LuaError {
    return new LuaError(`${this.chunk}:${line}: ${message}`, line);
  }

  /** An error of a library function: the line of the script that called it. */
  libraryError(message: string): LuaError {
    const line = this.lines.at(-1) ?? 0;
    return new LuaError(`${this.chunk}:${line}: ${message}`, line);
  }

  meta(value: Value, event: string): Value {
    if (value instanceof Table) return value.meta?.get(event);
    return typeof value === 'string' ? this.stringMeta.get(event) : undefined;
  }

  index(of: Value, key: Value, line: number, describe: () => string): Value {
    for (let loop = 0; loop < 100; loop++) {
      if (of instanceof Table) {
        const value = of.get(key);
        if (value !== undefined || of.meta === null) return value;
        const handler = of.meta.get('__index');
        if (handler === undefined) return undefined;
        if (typeof handler === 'function') return this.call(handler, [of, key], line)[0];
        of = handler;
        continue;
      }
      const handler = this.meta(of, '__index');
      if (handler === undefined) throw this.fail(`attempt to index ${describe()} (a ${typeOf(of)} value)`, line);
      if (typeof handler === 'function') return this.call(handler, [of, key], line)[0];
      of = handler;
    }
    throw this.fail('loop in gettable', line);
  }

  setIndex(of: Value, key: Value, value: Value, line: number, describe: () => string): void {
    for (let loop = 0; loop < 100; loop++) {
      let handler: Value;
      if (of instanceof Table) {
        handler = of.meta !== null && of.get(key) === undefined ? of.meta.get('__newindex') : undefined;
        if (handler === undefined) {
          if (of.isReadOnly) throw this.fail('Attempt to modify a readonly table', line);
          if (key === undefined) throw this.fail('table index is nil', line);
          if (Number.isNaN(key)) throw this.fail('table index is NaN', line);
          of.set(key, value);
          return;
        }
      } else {
        handler = this.meta(of, '__newindex');
        if (handler === undefined) throw this.fail(`attempt to index ${describe()} (a ${typeOf(of)} value)`, line);
      }
      if (typeof handler === 'function') {
        this.call(handler, [of, key, value], line);
        return;
      }
      of = handler;
    }
    throw this.fail('loop in settable', line);
  }

  call(callee: Value, args: readonly Value[], line: number, describe?: () => string): readonly Value[] {
    let target = callee;
    if (typeof target !== 'function') {
      const handler = this.meta(callee, '__call');
      if (typeof handler !== 'function')
        throw this.fail(
          `attempt to call ${describe ? `${describe()} ` : ''}(a ${typeOf(callee)} value)`
            .replace('call (a', 'call a')
            .replace(/call a (.*) value\)$/, 'call a $1 value'),
          line,
        );
      args = [callee, ...args];
      target = handler;
    }
    this.step();
    const { lines } = this;
    if (lines.length >= DEPTH_MAX) throw this.fail('stack overflow', line);
    lines.push(line);
    const result = (target as LuaFunction)(args);
    lines.pop();
    return result;
  }

  arithmetic(op: string, a: Value, b: Value, line: number, describe: (which: 0 | 1) => string): Value {
    const [x, y] = [toNumber(a), toNumber(b)];
    if (x !== undefined && y !== undefined) {
      if (op === '+') return x + y;
      if (op === '-') return x - y;
      if (op === '*') return x * y;
      if (op === '/') return x / y;
      if (op === '%') return x - Math.floor(x / y) * y;
      return pow(x, y);
    }
    const event = `__${{ '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '%': 'mod', '^': 'pow' }[op]}`;
    const handler = this.meta(a, event) ?? this.meta(b, event);
    if (handler !== undefined) return this.call(handler, [a, b], line)[0];
    const which = x === undefined ? 0 : 1;
    throw this.fail(`attempt to perform arithmetic on ${named(describe(which), which === 0 ? a : b)}`, line);
  }

  concat(a: Value, b: Value, line: number, describe: (which: 0 | 1) => string): Value {
    const [x, y] = [toText(a), toText(b)];
    if (x !== undefined && y !== undefined) {
      if (x.length + y.length > 512 * 1_048_576) throw this.fail('string length overflow', line);
      return x + y;
    }
    const handler = this.meta(a, '__concat') ?? this.meta(b, '__concat');
    if (handler !== undefined) return this.call(handler, [a, b], line)[0];
    const which = x === undefined ? 0 : 1;
    throw this.fail(`attempt to concatenate ${named(describe(which), which === 0 ? a : b)}`, line);
  }

  equals(a: Value, b: Value, line: number): boolean {
    if (a === b) return true;
    if (!(a instanceof Table && b instanceof Table)) return false;
    const handler = this.meta(a, '__eq');
    if (handler === undefined || handler !== this.meta(b, '__eq')) return false;
    return isTrue(this.call(handler, [a, b], line)[0]);
  }

  isLess(a: Value, b: Value, line: number): boolean {
    if (typeof a === 'number' && typeof b === 'number') return a < b;
    if (typeof a === 'string' && typeof b === 'string') return a < b;
    return this.compareBy('__lt', a, b, line) ?? this.refuseCompare(a, b, line);
  }

  isLessOrEqual(a: Value, b: Value, line: number): boolean {
    if (typeof a === 'number' && typeof b === 'number') return a <= b;
    if (typeof a === 'string' && typeof b === 'string') return a <= b;
    const result = this.compareBy('__le', a, b, line);
    if (result !== null) return result;
    const swapped = this.compareBy('__lt', b, a, line);
    return swapped === null ? this.refuseCompare(a, b, line) : !swapped;
  }

  private compareBy(event: string, a: Value, b: Value, line: number): boolean | null {
    const handler = this.meta(a, event);
    if (handler === undefined || handler !== this.meta(b, event)) return null;
    return isTrue(this.call(handler, [a, b], line)[0]);
  }

  private refuseCompare(a: Value, b: Value, line: number): never {
    const [x, y] = [typeOf(a), typeOf(b)];
    throw this.fail(x === y ? `attempt to compare two ${x} values` : `attempt to compare ${x} with ${y}`, line);
  }

  lengthOf(value: Value, line: number, describe: () => string): number {
    if (typeof value === 'string') return value.length;
    if (value instanceof Table) return value.length;
    throw this.fail(`attempt to get length of ${named(describe(), value)}`, line);
  }

  negate(value: Value, line: number, describe: () => string): Value {
    const number = toNumber(value);
    if (number !== undefined) return -number;
    const handler = this.meta(value, '__unm');
    if (handler !== undefined) return this.call(handler, [value, value], line)[0];
    throw this.fail(`attempt to perform arithmetic on ${named(describe(), value)}`, line);
  }
}

/** It took more steps than a script may: nobody is there to type SCRIPT KILL. */
export class ScriptTooLong {
  readonly isScriptTooLong = true;
}

export const isTrue = (value: Value): boolean => value !== undefined && value !== false;

const named = (name: string, value: Value): string =>
  name === '' ? `a ${typeOf(value)} value` : `${name} (a ${typeOf(value)} value)`;
