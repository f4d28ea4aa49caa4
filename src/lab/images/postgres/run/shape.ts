/** What a row of a table must be: defaults, generated columns, NOT NULL, CHECK. */
import type { Table } from '../catalog/objects.ts';
import { PgError } from '../errors.ts';
import { compareText } from '../types/text.ts';
import type { Type, TypeMod } from '../types/types.ts';
import type { Datum, Row } from '../types/values.ts';
import type { Analyzer } from './analyzer.ts';
import type { Ex, Fn } from './ex.ts';
import type { Exec } from './exec.ts';
import { tableScope } from './indexes.ts';
import { Scope } from './scope.ts';

export interface RowShape {
  readonly defaults: readonly (Fn | null)[];
  /** Computes generated columns and fails where a constraint does. */
  finish(row: Row, x: Exec): void;
}

export function rowShape(a: Analyzer, table: Table): RowShape {
  const scope = tableScope(table);
  const defaults = table.columns.map((column): Fn | null => {
    if (column.isDropped) return null;
    if (column.sequence !== null && (column.identity || column.default === null)) {
      const oid = column.sequence;
      const { type } = column;
      return (_, x) => {
        const v = x.session.nextValue(oid);
        return type.typname === 'int8' ? v : Number(v);
      };
    }
    const e = column.default?.e ?? (column.type.base ? a.session.database.domainDefault(column.type) : null);
    return e ? assigned(a, a.ex(e, new Scope(null)), column, '').fn : null;
  });
  const generated = table.columns.flatMap((column, i) =>
    column.generated && !column.isDropped
      ? [{ i, fn: assigned(a, a.ex(column.generated.e, scope), column, '').fn }]
      : [],
  );
  // By name, as PostgreSQL keeps them.
  const byName = [...table.checks].sort((p, q) => compareText(p.name, q.name));
  const checks = byName.map((check) => ({ check, fn: a.condition(check.e, scope, 'CHECK').fn }));
  const notNull = table.columns.flatMap((column, i) => (column.notNull && !column.isDropped ? [{ column, i }] : []));
  return {
    defaults,
    finish(row, x) {
      for (const { i, fn } of generated) row[i] = fn(row, x);
      for (const { column, i } of notNull)
        if (row[i] === null)
          throw new PgError(
            '23502',
            `null value in column "${column.name}" of relation "${table.name}" violates not-null constraint`,
            {
              ...{ detail: failingRow(table, row), schema: table.schema, table: table.name, column: column.name },
            },
          );
      for (const { check, fn } of checks)
        if (fn(row, x) === false)
          throw new PgError('23514', `new row for relation "${table.name}" violates check constraint "${check.name}"`, {
            ...{ detail: failingRow(table, row), schema: table.schema, table: table.name, constraint: check.name },
          });
    },
  };
}

export function failingRow(table: Table, row: Row): string {
  const values = table.columns.flatMap((column, i) => {
    if (column.isDropped) return [];
    const v: Datum = row[i] ?? null;
    const text = v === null ? 'null' : column.type.text(v);
    return [text.length > 64 ? `${text.slice(0, 64)}...` : text];
  });
  return `Failing row contains (${values.join(', ')}).`;
}

/** An expression as the value of a column. */
export function assigned(
  a: Analyzer,
  ex: Ex,
  column: { name: string; type: Type; mod: TypeMod | null },
  _table: string,
): Ex {
  const made = a.coerce(ex, column.type, 'assignment', column.mod);
  if (!made)
    throw new PgError(
      '42804',
      `column "${column.name}" is of type ${column.type.name} but expression is of type ${ex.type.name}`,
      {
        hint: 'You will need to rewrite or cast the expression.',
      },
    ).at(ex.at);
  return column.type.base && (ex.literal != null || ex.param !== undefined)
    ? a.session.database.checkDomain(a, column.type, made)
    : made;
}
