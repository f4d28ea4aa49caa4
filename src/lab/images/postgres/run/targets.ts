/** The list of targets of SELECT and RETURNING: stars spread out, names found. */
import { PgError } from '../errors.ts';
import type { Expr, Target } from '../sql/ast.ts';
import type { Type, TypeMod } from '../types/types.ts';
import type { Analyzer } from './analyzer.ts';
import type { Ex } from './ex.ts';
import { read } from './expression.ts';
import type { Scope } from './scope.ts';

export interface OutputColumn {
  readonly name: string;
  readonly type: Type;
  readonly mod: TypeMod | null;
  /** Of a plain column: its table and number. */
  readonly table: number;
  readonly number: number;
}

export interface CompiledTarget {
  readonly name: string;
  readonly alias: string | null;
  readonly ex: Ex;
  readonly e: Expr | null;
}

export function compileTargets(a: Analyzer, targets: readonly Target[], scope: Scope): CompiledTarget[] {
  return targets.flatMap((target): CompiledTarget[] => {
    const { e } = target;
    if (e.k === 'star') return star(e.path, e.at, scope);
    return [{ name: target.alias ?? nameOf(e) ?? '?column?', alias: target.alias, ex: a.ex(e, scope), e }];
  });
}

function star(path: readonly string[], at: number, scope: Scope): CompiledTarget[] {
  let rels = scope.rels.filter((one) => !one.isQualifiedOnly).map((rel) => ({ rel, depth: 0 }));
  if (path.length) {
    const found = scope.findRel(path.at(-1)!);
    if (!found) throw new PgError('42P01', `missing FROM-clause entry for table "${path.at(-1)}"`).at(at);
    rels = [found];
  }
  if (rels.length === 0) throw new PgError('42601', 'SELECT * with no tables specified is not valid').at(at);
  return rels.flatMap(({ rel, depth }) =>
    rel.columns
      .filter((one) => (path.length ? one.name !== '' : !one.isHidden))
      .map((one): CompiledTarget => {
        const { grouping } = scope;
        if (grouping && depth === 0 && !grouping.slots.has(one.slot))
          throw new PgError(
            '42803',
            `column "${rel.alias}.${one.name}" must appear in the GROUP BY clause or be used in an aggregate function`,
          ).at(at);
        const column = {
          leaf: rel.leaf,
          index: rel.table ? rel.columns.indexOf(one) : -1,
          table: rel.table,
          slot: one.slot,
          name: one.name,
        };
        return {
          ...{ name: one.name, alias: null, e: null },
          ex: {
            type: one.type,
            mod: one.mod,
            at,
            uses: 0,
            fn: read(one.slot, depth),
            ...(depth === 0 ? { column } : {}),
          },
        };
      }),
  );
}

/** As FigureColname names a target without AS. */
export const nameOf = (e: Expr): string | null => named(e)?.name ?? null;

/** A weak name gives way to that of a cast around it. */
interface Named {
  readonly name: string;
  readonly isStrong: boolean;
}

const strong = (name: string): Named => ({ name, isStrong: true });
const weak = (name: string): Named => ({ name, isStrong: false });

function named(e: Expr): Named | null {
  switch (e.k) {
    case 'col':
      return strong(e.path.at(-1)!);
    case 'fn':
    case 'field':
      return strong(e.name);
    case 'cast': {
      const inner = named(e.e);
      return inner?.isStrong ? inner : weak(typeNameOf(e.type.name.at(-1)!));
    }
    case 'case': {
      const inner = e.otherwise && named(e.otherwise);
      return inner?.isStrong ? inner : weak('case');
    }
    case 'array':
    case 'arraysub':
      return strong('array');
    case 'exists':
      return strong('exists');
    case 'row':
      return strong('row');
    case 'index':
      return named(e.e);
    case 'sub': {
      const [target] = e.query.targets;
      if (!target || e.query.targets.length > 1) return null;
      return target.alias === null ? named(target.e) : strong(target.alias);
    }
    default:
      return null;
  }
}

const SHORT: Readonly<Record<string, string>> = {
  int: 'int4',
  integer: 'int4',
  bigint: 'int8',
  smallint: 'int2',
  boolean: 'bool',
  decimal: 'numeric',
  real: 'float4',
  float: 'float8',
};
const typeNameOf = (name: string) => SHORT[name] ?? name;

export const outputOf = (target: CompiledTarget): OutputColumn => {
  const { column, type, mod } = target.ex;
  const isTable = column?.table && column.index >= 0;
  return {
    name: target.name,
    type,
    mod: mod ?? null,
    table: isTable ? column.table!.oid : 0,
    number: isTable ? column.index + 1 : 0,
  };
};
