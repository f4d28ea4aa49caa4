/** Calls: plain functions, COALESCE and its kin, aggregates, window functions, set-returning functions. */
import { PgError, unsupported } from '../errors.ts';
import { findFunction, hasFunction } from '../functions/registry.ts';
import type { Expr, FunctionCall, SortKey } from '../sql/ast.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import type { Datum, PgArray, Row } from '../types/values.ts';
import { type AggregateCall, findAggregate, isAggregate } from './aggregates.ts';
import type { Analyzer } from './analyzer.ts';
import { isImplicit } from './coerce.ts';
import type { BlockingCall, Ex, Fn } from './ex.ts';
import { compared, settled } from './expression.ts';
import type { Scope } from './scope.ts';
import { type Ordering, sortOrder } from './sort.ts';
import { findWindowFunction, frameOf, isWindowFunction, type WindowCall } from './windows.ts';

export function compileCall(a: Analyzer, e: FunctionCall, scope: Scope): Ex {
  if (e.over !== null) return windowCall(a, e, scope);
  if (isAggregate(e.name)) return aggregateCall(a, e, scope);
  if (isWindowFunction(e.name))
    throw new PgError('42P20', `window function ${e.name} requires an OVER clause`).at(e.at);
  switch (e.name) {
    case 'coalesce': {
      const { type, exs } = a.unify(
        e.args.map((one) => a.ex(one, scope)),
        'COALESCE',
      );
      const fns = exs.map(({ fn }) => fn);
      return { type, at: e.at, uses: 0, fn: (row, x) => firstOf(fns, row, x) };
    }
    case 'greatest':
    case 'least': {
      const { type, exs } = a.unify(
        e.args.map((one) => a.ex(one, scope)),
        e.name.toUpperCase(),
      );
      const sign = e.name === 'greatest' ? 1 : -1;
      return {
        ...{ type, at: e.at, uses: 0 },
        fn(row, x) {
          let best: Datum = null;
          for (const { fn } of exs) {
            const v = fn(row, x);
            if (v !== null && (best === null || sign * type.compare(v, best) > 0)) best = v;
          }
          return best;
        },
      };
    }
    case 'nullif': {
      if (e.args.length !== 2) break;
      const first = a.ex(e.args[0]!, scope);
      const [l, r] = compared(a, first, a.ex(e.args[1]!, scope), '=', e.at);
      const result = settled(a, first.type === T.UNKNOWN ? l : first);
      return {
        ...{ type: result.type, at: e.at, uses: 0 },
        fn(row, x) {
          const v = l.fn(row, x);
          const w = r.fn(row, x);
          return v !== null && w !== null && l.type.compare(v, w) === 0 ? null : result.fn(row, x);
        },
      };
    }
    case 'grouping':
      throw unsupported('GROUPING', e.at);
    default:
      break;
  }
  if (e.distinct || e.order.length || e.filter || e.star)
    throw new PgError(
      '42809',
      `${e.star ? `${e.name}(*) specified, but ${e.name} is not an aggregate function` : `${e.distinct ? 'DISTINCT' : e.order.length ? 'ORDER BY' : 'FILTER'} specified, but ${e.name} is not an aggregate function`}`,
    ).at(e.at);
  return plainCall(a, e, scope);
}

function firstOf(fns: readonly Fn[], row: Row, x: any): Datum {
  for (const fn of fns) {
    const v = fn(row, x);
    if (v !== null) return v;
  }
  return null;
}

export function noFunction(name: string, types: readonly Type[], at: number): PgError {
  return new PgError('42883', `function ${name}(${types.map((type) => type.name).join(', ')}) does not exist`, {
    hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
  }).at(at);
}

/** Compiled arguments and the function for them. */
export function resolveCall(a: Analyzer, e: FunctionCall, scope: Scope) {
  const args = e.args.map((one) => a.ex(one, scope));
  const types = args.map(({ type }) => type);
  const found = findFunction(e.name, types, e.at);
  if (!found) {
    // `int4(x)`: a type's name as a cast.
    const type = args.length === 1 && !hasFunction(e.name) ? T.typeByName(e.name) : undefined;
    if (type) return { cast: a.cast(args[0]!, type, null, e.at), found: null, args };
    throw noFunction(e.name, types, e.at);
  }
  let wanted = found.args;
  if (e.variadic && found.def.variadic) {
    // The last argument is the array of the rest.
    wanted = [...found.args.slice(0, -1), args.at(-1)!.type];
  }
  const made = args.map((one, i) => {
    const ex = a.coerce(one, wanted[i]!, 'implicit');
    if (!ex) throw noFunction(e.name, types, e.at);
    return ex;
  });
  return { cast: null, found, args: made };
}

function plainCall(a: Analyzer, e: FunctionCall, scope: Scope): Ex {
  const { cast, found, args } = resolveCall(a, e, scope);
  if (cast) return cast;
  const { def, result } = found!;
  const fns = args.map(({ fn }) => fn);
  const types = args.map(({ type }) => type);
  const { at } = e;
  if (def.isSet) {
    if (!scope.sets)
      throw new PgError('0A000', `set-returning functions are not allowed in ${scope.clause ?? 'this context'}`).at(at);
    const slot: { value: Datum } = { value: null };
    scope.sets.push({
      slot,
      values(row, x) {
        const values = fns.map((fn) => fn(row, x));
        if (def.isStrict && values.includes(null)) return [];
        return def.run(values, x, types) as Datum[];
      },
    });
    return { type: result, at, uses: 0, fn: () => slot.value };
  }
  if (def.wait) {
    const slot: { value: Datum } = { value: null };
    const { wait, isStrict } = def;
    scope.blocking.push({
      slot,
      *run(row, x) {
        const values = fns.map((fn) => fn(row, x));
        return isStrict && values.includes(null) ? null : yield* wait(values, x);
      },
    } satisfies BlockingCall);
    return { type: result, at, uses: 0, fn: () => slot.value, isVolatile: true };
  }
  const { run, isStrict } = def;
  const base = { type: result, at, uses: 0, isVolatile: def.isVolatile || args.some((one) => one.isVolatile) };
  if (e.variadic && def.variadic)
    return {
      ...base,
      fn(row, x) {
        const values = fns.map((fn) => fn(row, x));
        const rest = values.pop() as PgArray | null;
        if (rest === null) return null;
        const elem = types.at(-1)!.elem ?? T.TEXT;
        return run([...values, ...rest.items], x, [...types.slice(0, -1), ...rest.items.map(() => elem)]);
      },
    };
  if (isStrict && fns.length === 1) {
    const [f] = fns;
    return {
      ...base,
      fn(row, x) {
        const v = f!(row, x);
        return v === null ? null : run([v], x, types);
      },
    };
  }
  return {
    ...base,
    fn(row, x) {
      const values: Datum[] = [];
      for (const fn of fns) {
        const v = fn(row, x);
        if (v === null && isStrict) return null;
        values.push(v);
      }
      return run(values, x, types);
    },
  };
}

function aggregateCall(a: Analyzer, e: FunctionCall, scope: Scope): Ex {
  const { at } = e;
  if (scope.isInside && scope.clause !== 'window')
    throw new PgError('42803', 'aggregate function calls cannot be nested').at(at);
  if (scope.clause === 'WHERE' || scope.clause?.startsWith('JOIN'))
    throw new PgError(
      '42803',
      `aggregate functions are not allowed in ${scope.clause === 'WHERE' ? 'WHERE' : 'JOIN conditions'}`,
    ).at(at);
  const wasInside = scope.isInside;
  scope.isInside = true;
  const call = compileAggregate(a, e, scope);
  scope.isInside = wasInside;
  // The same call is computed once.
  scope.aggregates.push(call);
  const { slot } = call;
  return { type: call.result, at, uses: 0, fn: (row) => row[slot.index] };
}

function compileAggregate(a: Analyzer, e: FunctionCall, scope: Scope): AggregateCall {
  const { at } = e;
  const args = e.args.map((one) => a.ex(one, scope));
  const keys = (e.withinGroup ? e.order : e.order) as SortKey[];
  const order: Ordering[] = keys.map((key) => sortOrder(a, settled(a, a.ex(key.e, scope)), key));
  const types = e.withinGroup
    ? [...args.map(({ type }) => type), ...order.map(({ type }) => type)]
    : args.map(({ type }) => type);
  const found = findAggregate(e.name, types, e.star);
  if (!found) throw noFunction(e.name, types, at);
  const fns = args.map((one, i) => {
    const ex = a.coerce(one, found.args[i]!, 'implicit');
    if (!ex) throw noFunction(e.name, types, at);
    return ex.fn;
  });
  const filter = e.filter ? a.condition(e.filter, scope, 'FILTER').fn : null;
  if (
    e.distinct &&
    order.length &&
    !(args.length >= 1 && keys.length === 1 && JSON.stringify(keys[0]!.e, noAt) === JSON.stringify(e.args[0], noAt))
  )
    throw new PgError('42P10', 'in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list').at(
      keys[0]!.e.at,
    );
  return {
    ...{
      slot: { index: -1 },
      args: fns,
      types: found.args,
      order,
      filter,
      isDistinct: e.distinct,
      result: found.result,
    },
    ...{ make: found.make, name: e.name, isOrderedSet: e.withinGroup },
  };
}

const noAt = (k: string, v: unknown) => (k === 'at' ? undefined : v);

function windowCall(a: Analyzer, e: FunctionCall, scope: Scope): Ex {
  const { at } = e;
  if (scope.clause && scope.clause !== 'SELECT') {
    throw new PgError('42P20', `window functions are not allowed in ${scope.clause}`).at(at);
  }
  const over = e.over!;
  let spec = typeof over === 'string' ? scope.namedWindows.get(over) : over;
  if (!spec) throw new PgError('42704', `window "${over as string}" does not exist`).at(at);
  if (spec.base) {
    const base = scope.namedWindows.get(spec.base);
    if (!base) throw new PgError('42704', `window "${spec.base}" does not exist`).at(at);
    spec = {
      ...spec,
      partition: base.partition,
      order: spec.order.length ? spec.order : base.order,
      frame: spec.frame ?? base.frame,
    };
  }
  const partition = spec.partition.map((one) => settled(a, a.ex(one, scope)));
  const order = spec.order.map((key) => sortOrder(a, settled(a, a.ex(key.e, scope)), key));
  const frame = frameOf(a, spec.frame, order, scope);
  const slot = { index: -1 };
  let call: WindowCall;
  if (isAggregate(e.name)) {
    const aggregate = compileAggregate(a, e, scope);
    call = { slot, partition, order, frame, aggregate, window: null, args: [], result: aggregate.result };
  } else {
    const args = e.args.map((one) => settled(a, a.ex(one, scope)));
    const found = findWindowFunction(
      e.name,
      args.map(({ type }) => type),
    );
    if (!found) {
      if (hasFunction(e.name))
        throw new PgError(
          '42809',
          `OVER specified, but ${e.name} is not a window function nor an aggregate function`,
        ).at(at);
      throw noFunction(
        e.name,
        args.map(({ type }) => type),
        at,
      );
    }
    const fns = args.map((one, i) => {
      const target = found.args[i] ?? one.type;
      return (isImplicit(one.type, target) ? a.coerce(one, target, 'implicit')! : one).fn;
    });
    call = { slot, partition, order, frame, aggregate: null, window: found.run, args: fns, result: found.result };
  }
  scope.windows.push(call);
  return { type: call.result, at, uses: 0, fn: (row) => row[slot.index] };
}

/** Whether an expression calls an aggregate of its own query. */
export function hasAggregate(e: unknown): boolean {
  if (Array.isArray(e)) return e.some(hasAggregate);
  if (e === null || typeof e !== 'object') return false;
  const node = e as Expr & { over?: unknown };
  if (node.k === 'sub' || node.k === 'exists' || node.k === 'arraysub') return false;
  if (node.k === 'quantified' && node.query) return hasAggregate(node.l);
  if (node.k === 'fn' && isAggregate(node.name) && node.over === null) return true;
  return Object.values(node).some(hasAggregate);
}
