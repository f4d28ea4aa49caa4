/** Order of rows by expressions. */
import { PgError } from '../errors.ts';
import type { SortKey } from '../sql/ast.ts';
import type { Type } from '../types/types.ts';
import type { Datum, Row } from '../types/values.ts';
import type { Analyzer } from './analyzer.ts';
import type { Ex, Fn } from './ex.ts';
import type { Exec } from './exec.ts';

export interface Ordering {
  readonly fn: Fn;
  readonly type: Type;
  readonly desc: boolean;
  readonly nullsFirst: boolean;
  readonly ex: Ex;
}

export function sortOrder(_a: Analyzer, ex: Ex, key: Pick<SortKey, 'desc' | 'nullsFirst'>): Ordering {
  if (!ex.type.isComparable) {
    throw new PgError('42883', `could not identify an ordering operator for type ${ex.type.name}`, {
      hint: 'Use an explicit ordering operator or modify the query.',
    }).at(ex.at);
  }
  return { fn: ex.fn, type: ex.type, desc: key.desc, nullsFirst: key.nullsFirst, ex };
}

export function compareBy(
  order: readonly Pick<Ordering, 'type' | 'desc' | 'nullsFirst'>[],
  a: readonly Datum[],
  b: readonly Datum[],
): number {
  for (let i = 0; i < order.length; i++) {
    const x = a[i];
    const y = b[i];
    const { type, desc, nullsFirst } = order[i]!;
    if (x === null || y === null) {
      if (x === y) continue;
      return (x === null) === nullsFirst ? -1 : 1;
    }
    const c = type.compare(x, y);
    if (c !== 0) return desc ? -c : c;
  }
  return 0;
}

/** Equal rows keep their order. */
export function sortRows<R extends Row>(rows: R[], order: readonly Ordering[], x: Exec): R[] {
  const keyed = rows.map((row) => ({ row, key: order.map(({ fn }) => fn(row, x)) }));
  keyed.sort((p, q) => compareBy(order, p.key, q.key));
  return keyed.map(({ row }) => row);
}
