/** Names in scope: the tables of FROM with their place in the row, and the queries around. */

import type { Table } from '../catalog/objects.ts';
import { PgError, undefinedColumn } from '../errors.ts';
import type { WindowSpec } from '../sql/ast.ts';
import type { Type, TypeMod } from '../types/types.ts';
import type { AggregateCall } from './aggregates.ts';
import type { BlockingCall } from './ex.ts';
import type { Exec, Task } from './exec.ts';
import type { SetCall } from './project.ts';
import type { WindowCall } from './windows.ts';

export interface InitPlan {
  run(x: Exec): Task;
}

export interface ScopeColumn {
  readonly name: string;
  readonly type: Type;
  readonly mod: TypeMod | null;
  /** Place in the row. */
  readonly slot: number;
  /** Not shown by `*` and without a name of its own table: the right side of USING. */
  isHidden?: boolean;
}

export interface Rel {
  readonly alias: string;
  readonly columns: readonly ScopeColumn[];
  /** Number among the leaves, for masks. */
  readonly leaf: number;
  readonly table: Table | null;
  /** Slot of the row's tuple, for tables. */
  readonly tupleSlot: number;
  /** Columns that are reached by the table's name only, such as `excluded`. */
  isQualifiedOnly?: boolean;
}

export interface Found {
  readonly column: ScopeColumn;
  readonly rel: Rel;
  /** 0: this query; 1: the one around; … */
  readonly depth: number;
}

export class Scope {
  readonly parent: Scope | null;
  readonly rels: Rel[] = [];
  /** Joined columns of USING: a name that means one expression. */
  readonly merged: { name: string; columns: ScopeColumn[]; leaf: number; how: 'left' | 'right' | 'full' }[] = [];
  width = 0;
  /** Leaves that what is being compiled refers to; bit 30 is for all above 29. */
  uses = 0;
  /** Refers to a query around. */
  isCorrelated = false;
  /** WITH queries in scope. */
  readonly ctes = new Map<string, unknown>();
  /** Calls that may wait, of what is being compiled. */
  blocking: BlockingCall[] = [];
  /** Set-returning calls of the target list; null where none may stand. */
  sets: SetCall[] | null = null;
  aggregates: AggregateCall[] = [];
  windows: WindowCall[] = [];
  /** Of a grouped query: what may be used outside of aggregates. */
  grouping: { slots: Set<number>; keys: Set<string> } | null = null;
  /** In the arguments of an aggregate, or in a grouped expression. */
  isInside = false;
  /** Where an aggregate may not stand, the clause's name. */
  clause: string | null = null;
  /** Subqueries that may wait, run before the rest. */
  initPlans: InitPlan[] = [];
  namedWindows = new Map<string, WindowSpec>();

  constructor(parent: Scope | null) {
    this.parent = parent;
  }

  /** A name of a column, perhaps with its table's. Null when there is none of that name. */
  find(path: readonly string[], at: number): Found | null {
    const name = path.at(-1)!;
    const table = path.length > 1 ? path.at(-2)! : null;
    let depth = 0;
    for (let scope: Scope | null = this; scope; scope = scope.parent, depth++) {
      const matches: { column: ScopeColumn; rel: Rel }[] = [];
      for (const rel of scope.rels) {
        if (table === null ? rel.isQualifiedOnly : rel.alias !== table) continue;
        for (const column of rel.columns)
          if (column.name === name && (table !== null || !column.isHidden)) matches.push({ column, rel });
      }
      if (matches.length > 1) throw new PgError('42702', `column reference "${name}" is ambiguous`).at(at);
      if (matches.length === 1) {
        this.mark(depth, matches[0]!.rel.leaf);
        return { ...matches[0]!, depth };
      }
      // A table of that name hides those further out.
      if (table !== null && scope.rels.some(({ alias }) => alias === table)) return null;
    }
    return null;
  }

  findRel(name: string): { rel: Rel; depth: number } | null {
    let depth = 0;
    for (let scope: Scope | null = this; scope; scope = scope.parent, depth++) {
      const rel = scope.rels.find((one) => one.alias === name);
      if (rel) {
        this.mark(depth, rel.leaf);
        return { rel, depth };
      }
    }
    return null;
  }

  findCte(name: string): unknown {
    for (let scope: Scope | null = this; scope; scope = scope.parent)
      if (scope.ctes.has(name)) return scope.ctes.get(name);
    return undefined;
  }

  private mark(depth: number, leaf: number): void {
    let scope: Scope = this;
    for (let i = 0; i < depth; i++) {
      scope.isCorrelated = true;
      scope = scope.parent!;
    }
    scope.uses |= maskOf(leaf);
  }

  missing(path: readonly string[], at: number): PgError {
    const [table, name] = path.length > 1 ? [path.at(-2)!, path.at(-1)!] : [null, path[0]!];
    if (table !== null) {
      const rel = this.findRel(table);
      if (!rel) {
        return new PgError('42P01', `missing FROM-clause entry for table "${table}"`, this.hintFor(table)).at(at);
      }
      const like = this.similar(name, rel.rel.alias);
      const error = undefinedColumn(`${table}.${name}`, at);
      return like ? error.hinting(`Perhaps you meant to reference the column ${like}.`) : error;
    }
    const error = undefinedColumn(`"${name}"`, at);
    const like = this.similar(name);
    return like ? error.hinting(`Perhaps you meant to reference the column ${like}.`) : error;
  }

  /** A column with a name not far from this one, as PostgreSQL's hint guesses. */
  private similar(name: string, alias: string | null = null): string | null {
    let best = 4;
    let found: string[] = [];
    for (let scope: Scope | null = this; scope; scope = scope.parent)
      for (const rel of scope.rels)
        for (const column of rel.columns) {
          if (column.isHidden || (alias !== null && rel.alias !== alias)) continue;
          const d = distance(column.name, name);
          if (d > name.length / 2 || d > best || d > 3) continue;
          if (d < best) found = [];
          best = d;
          found.push(`"${rel.alias}.${column.name}"`);
        }
    return found.length === 1 ? found[0]! : found.length === 2 ? `${found[0]} or the column ${found[1]}` : null;
  }

  private hintFor(table: string): { hint?: string } {
    for (let scope: Scope | null = this; scope; scope = scope.parent)
      for (const rel of scope.rels)
        if (rel.table?.name === table && rel.alias !== table)
          return { hint: `Perhaps you meant to reference the table alias "${rel.alias}".` };
    return {};
  }
}

export const maskOf = (leaf: number): number => (leaf < 0 ? 0 : 1 << Math.min(leaf, 30));

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
