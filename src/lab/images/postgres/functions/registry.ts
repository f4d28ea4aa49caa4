/** The functions by name. A definition reads `name(type, type…) result`, where `any`, `elem`, `array`, `range` fit several types. */
import { PgError } from '../errors.ts';
import { isImplicit } from '../run/coerce.ts';
import type { Exec, Task } from '../run/exec.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import type { Datum } from '../types/values.ts';

export type Run = (args: Datum[], x: Exec, types: readonly Type[]) => Datum;

export interface FunctionDef {
  readonly name: string;
  readonly args: readonly string[];
  /** Type of any number of further arguments. */
  readonly variadic: string | null;
  readonly result: string;
  /** Null for a null argument, without being called. */
  readonly isStrict: boolean;
  readonly isVolatile: boolean;
  /** Returns rows: `run` gives an array of values, or of rows when `columns` is set. */
  readonly isSet: boolean;
  readonly columns: readonly (readonly [name: string, type: string])[] | null;
  readonly run: Run;
  /** Of a function that may wait. */
  readonly wait: ((args: Datum[], x: Exec) => Task<Datum>) | null;
}

const functions = new Map<string, FunctionDef[]>();

export interface Options {
  lax?: boolean;
  volatile?: boolean;
  set?: boolean;
  columns?: readonly (readonly [string, string])[];
  wait?: FunctionDef['wait'];
}

export function def(signature: string, run: Run, options: Options = {}): void {
  const [, name, list, result] = /^(\w+)\((.*)\)\s*(.+)$/.exec(signature)!;
  const args = list!
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  let variadic: string | null = null;
  if (args.at(-1)?.startsWith('*')) variadic = args.pop()!.slice(1);
  const made: FunctionDef = {
    ...{ name: name!, args, variadic, result: result!, run, isStrict: !options.lax },
    ...{ isVolatile: options.volatile ?? false, isSet: options.set ?? false, columns: options.columns ?? null },
    wait: options.wait ?? null,
  };
  const found = functions.get(name!);
  if (found) found.push(made);
  else functions.set(name!, [made]);
}

export const hasFunction = (name: string): boolean => functions.has(name);

export interface Resolved {
  readonly def: FunctionDef;
  /** What the arguments become. */
  readonly args: readonly Type[];
  readonly result: Type;
}

/** The function for these types, as PostgreSQL chooses among several of a name. */
export function findFunction(name: string, types: readonly Type[], at: number): Resolved | null {
  const candidates = functions.get(name);
  if (!candidates) return null;
  let best: { score: number; resolved: Resolved } | null = null;
  let isTie = false;
  for (const one of candidates) {
    const fitted = toFit(one, types);
    if (!fitted) continue;
    if (!best || fitted.score > best.score) {
      best = fitted;
      isTie = false;
    } else if (fitted.score === best.score) isTie = true;
  }
  if (best && isTie && types.some((type) => type === T.UNKNOWN)) {
    // PostgreSQL prefers strings for literals without a type.
    const asText = candidates
      .map((one) =>
        toFit(
          one,
          types.map((type) => (type === T.UNKNOWN ? T.TEXT : type)),
        ),
      )
      .filter((one) => one !== null)
      .sort((a, b) => b.score - a.score);
    if (asText.length > 0) return asText[0]!.resolved;
    if (name !== 'date_trunc' && candidates.length < 1)
      throw new PgError('42725', `function ${name}(${types.map(({ name: n }) => n).join(', ')}) is not unique`).at(at);
  }
  return best?.resolved ?? null;
}

function toFit(one: FunctionDef, types: readonly Type[]): { score: number; resolved: Resolved } | null {
  if (one.variadic ? types.length < one.args.length : types.length !== one.args.length) return null;
  let elem: Type | null = null;
  const specs = types.map((_, i) => one.args[i] ?? one.variadic!);
  // What the open types stand for is decided by the arguments that have one.
  for (const [i, spec] of specs.entries()) {
    const type = types[i]!;
    if (type === T.UNKNOWN) continue;
    const of = spec === 'elem' ? type : spec === 'array' ? type.elem : spec === 'range' ? type.range : undefined;
    if (of === undefined) continue;
    if (of === null) return null;
    if (elem === null) elem = of;
    else if (elem !== of) {
      if (isImplicit(elem, of)) elem = of;
      else if (!isImplicit(of, elem)) return null;
    }
  }
  let score = 0;
  const args: Type[] = [];
  for (const [i, spec] of specs.entries()) {
    const type = types[i]!;
    let target: Type | null | undefined;
    if (spec === 'any') target = type;
    else if (spec === 'elem') target = elem ?? T.TEXT;
    else if (spec === 'array') target = elem ? (type.elem === elem ? type : elem.array) : null;
    else if (spec === 'range') target = type === T.UNKNOWN ? null : type;
    else target = T.typeByName(spec);
    if (!target) return null;
    if (target === type) score += 10;
    else if (type === T.UNKNOWN) score += 1;
    else if (isImplicit(type, target))
      score += target === T.FLOAT8 || target === T.TEXT || target === T.TIMESTAMPTZ ? 3 : target === T.NUMERIC ? 2 : 2;
    else return null;
    args.push(target);
  }
  const result =
    one.result === 'elem'
      ? (elem ?? T.TEXT)
      : one.result === 'array'
        ? ((elem ?? T.TEXT).array ?? T.TEXT.array!)
        : one.result === 'range'
          ? (types.find((type) => type.kind === 'range') ?? T.INT4RANGE)
          : (T.typeByName(one.result) ?? T.TEXT);
  return { score: score / Math.max(1, types.length), resolved: { def: one, args, result } };
}
