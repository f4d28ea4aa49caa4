/** One database: its objects by name, as a transaction sees them. */
import { PgError, undefinedTable, unsupported } from '../errors.ts';
import { quoteName } from '../functions/text.ts';
import type { Analyzer } from '../run/analyzer.ts';
import type { Ex } from '../run/ex.ts';
import { bareExec } from '../run/indexes.ts';
import { Scope } from '../run/scope.ts';
import type { Session } from '../session/session.ts';
import type { Expr, TypeName } from '../sql/ast.ts';
import { parse } from '../sql/parse.ts';
import * as T from '../types/types.ts';
import { type Type, type TypeMod, typeByName, typeByOid, typeMod } from '../types/types.ts';
import type { CatalogObject, Check, ForeignKey, Relation, Schema, Table, UserType } from './objects.ts';
import { type SystemTable, systemTable } from './system.ts';

export class Database {
  readonly name: string;
  readonly oid: number;
  readonly relations = new Map<number, Relation>();
  readonly types = new Map<number, UserType>();
  readonly schemas = new Map<number, Schema>();
  /** Goes up with every change of the catalog; plans made before are made anew. */
  version = 0;
  private byName = new Map<string, Relation[]>();
  private byNameVersion = -1;

  constructor(name: string, oid: number) {
    this.name = name;
    this.oid = oid;
  }

  changed(): void {
    this.version++;
  }

  isVisible(one: CatalogObject, session: Session | null): boolean {
    const top = session?.xact?.top ?? null;
    const { createdBy, droppedBy } = one;
    if (createdBy.state === 'aborted' || (createdBy.state === 'running' && createdBy.top !== top)) return false;
    if (droppedBy === null || droppedBy.state === 'aborted') return true;
    return droppedBy.state === 'running' && droppedBy.top !== top;
  }

  /** All of a name, seen or not. */
  named(name: string): readonly Relation[] {
    if (this.byNameVersion !== this.version) {
      this.byName = new Map();
      for (const one of this.relations.values()) {
        const list = this.byName.get(one.name);
        if (list) list.push(one);
        else this.byName.set(one.name, [one]);
      }
      this.byNameVersion = this.version;
    }
    return this.byName.get(name) ?? [];
  }

  findRelation(path: readonly string[], session: Session): Relation | null {
    const name = path.at(-1)!;
    const schema = path.length > 1 ? path.at(-2)! : null;
    const found = this.named(name).filter((one) => this.isVisible(one, session));
    const temp = found.find((one) => one.kind === 'table' && one.temp !== null);
    if (schema === null || schema === 'pg_temp') {
      if (temp && (temp as Table).temp === session) return temp;
      if (schema !== null) return null;
      for (const one of session.searchPath) {
        const hit = found.find(
          (candidate) => candidate.schema === one && !(candidate.kind === 'table' && candidate.temp),
        );
        if (hit) return hit;
      }
      return null;
    }
    return found.find((one) => one.schema === schema && !(one.kind === 'table' && one.temp)) ?? null;
  }

  /** A table by name, or the error for what is none. */
  table(path: readonly string[], session: Session, at = -1): Table {
    const found = this.findRelation(path, session);
    if (!found) throw undefinedTable(path.join('.'), at);
    if (found.kind !== 'table') throw new PgError('42809', `"${found.name}" is not a table`);
    return found;
  }

  tableByOid(oid: number): Table | null {
    const found = this.relations.get(oid);
    return found?.kind === 'table' ? found : null;
  }

  tables(session: Session | null): Table[] {
    return [...this.relations.values()].filter(
      (one): one is Table => one.kind === 'table' && this.isVisible(one, session),
    );
  }

  /** The index of a name, with its table. */
  findIndex(path: readonly string[], session: Session) {
    const name = path.at(-1)!;
    for (const table of this.tables(session)) {
      if (path.length > 1 && table.schema !== path.at(-2)) continue;
      const index = table.indexes.find(({ shape }) => shape.name === name);
      if (index) return { table, index };
    }
    return null;
  }

  /** Foreign keys that point to a table. */
  referencing(table: Table, session: Session): { child: Table; fk: ForeignKey }[] {
    const found: { child: Table; fk: ForeignKey }[] = [];
    for (const child of this.relations.values())
      if (child.kind === 'table' && child.foreignKeys.length && this.isVisible(child, session))
        for (const fk of child.foreignKeys) if (fk.table === table.oid) found.push({ child, fk });
    return found;
  }

  schemaNames(session: Session | null): string[] {
    return [...this.schemas.values()].filter((one) => this.isVisible(one, session)).map(({ name }) => name);
  }

  findType(path: readonly string[], session: Session): Type | null {
    const name = path.at(-1)!;
    const own = [...this.types.values()].find(
      (one) => one.name === name && this.isVisible(one, session) && (path.length === 1 || one.schema === path.at(-2)),
    );
    if (own) return own.type;
    if (path.length > 1 && path.at(-2) !== 'pg_catalog') return null;
    return typeByName(name) ?? null;
  }

  type(name: TypeName, session: Session): { type: Type; mod: TypeMod | null } {
    const found = this.findType(name.name, session);
    if (!found) throw new PgError('42704', `type "${name.name.join('.')}" does not exist`).at(name.at);
    const mod = typeMod(found, name.mods);
    if (name.dims === 0) return { type: found, mod };
    if (!found.array) throw unsupported(`an array of ${found.name}`, name.at);
    return { type: found.array, mod: mod && typeMod(found.array, name.mods) };
  }

  typeByOid(oid: number): Type | undefined {
    const known = typeByOid(oid);
    if (known) return known;
    for (const { type } of this.types.values()) {
      if (type.oid === oid) return type;
      if (type.array?.oid === oid) return type.array;
    }
    return undefined;
  }

  private domain(type: Type): UserType | undefined {
    for (const one of this.types.values()) if (one.type === type) return one;
    return undefined;
  }

  domainDefault(type: Type): Expr | null {
    return this.domain(type)?.domain?.default?.e ?? null;
  }

  /** The value, if the domain allows it. */
  checkDomain(a: Analyzer, type: Type, ex: Ex): Ex {
    const found = this.domain(type);
    if (!found?.domain) return ex;
    const { notNull, checks, mod } = found.domain;
    const tests = checks.map((check) => ({ check, fn: domainTest(a, type, check) }));
    const { fn } = ex;
    return {
      ...ex,
      type,
      fn(row, x) {
        let v = fn(row, x);
        if (v === null) {
          if (notNull)
            throw new PgError('23502', `domain ${found.name} does not allow null values`, { dataType: found.name });
          return v;
        }
        if (mod) v = mod.apply(v, false);
        for (const { check, fn: test } of tests)
          if (test([v], x) === false)
            throw new PgError('23514', `value for domain ${found.name} violates check constraint "${check.name}"`, {
              dataType: found.name,
              constraint: check.name,
            });
        return v;
      },
    };
  }

  systemTable(path: readonly string[], session: Session): SystemTable | null {
    return systemTable(this, path, session);
  }

  /** `'orders'::regclass` and its kin: the oid. */
  resolveReg(type: Type, text: string, session: Session): number {
    if (/^\d+$/.test(text)) return Number(text);
    const path = nameParts(text);
    if (type === T.REGTYPE) {
      const [parsed] = parse(`select null::${text}`);
      const target = parsed!.statement.k === 'select' ? parsed!.statement.targets[0]!.e : null;
      if (target?.k !== 'cast') throw new PgError('42704', `type "${text}" does not exist`);
      return this.type(target.type, session).type.oid;
    }
    if (type === T.REGNAMESPACE) {
      for (const one of this.schemas.values()) if (one.name === path[0] && this.isVisible(one, session)) return one.oid;
      throw new PgError('3F000', `schema "${text}" does not exist`);
    }
    if (type === T.REGPROC) return 0;
    const found = this.findRelation(path, session);
    if (found) return found.oid;
    const index = this.findIndex(path, session);
    if (index) return index.index.shape.oid;
    const system = this.systemTable(path, session);
    if (system) return system.oid;
    throw undefinedTable(text);
  }

  regText(type: Type, v: unknown, session: Session): string {
    if (typeof v === 'string') return v;
    const oid = Number(v);
    if (oid === 0) return '-';
    if (type === T.REGTYPE) return this.typeByOid(oid)?.name ?? String(oid);
    if (type === T.REGNAMESPACE) return this.schemas.get(oid)?.name ?? String(oid);
    const found = this.relations.get(oid);
    if (found)
      return session.searchPath.includes(found.schema)
        ? quoteName(found.name)
        : `${quoteName(found.schema)}.${quoteName(found.name)}`;
    for (const table of this.tables(session))
      for (const { shape } of table.indexes) if (shape.oid === oid) return shape.name;
    return systemTable(this, ['pg_catalog', String(oid)], session)?.name ?? String(oid);
  }
}

function domainTest(a: Analyzer, type: Type, check: Check) {
  const scope = new Scope(null);
  scope.rels.push({
    alias: '',
    columns: [{ name: 'value', type: type.base!, mod: null, slot: 0 }],
    leaf: 0,
    table: null,
    tupleSlot: -1,
  });
  scope.width = 1;
  const { fn } = a.condition(check.e, scope, 'CHECK');
  return (row: unknown[], x: Parameters<typeof fn>[1] | null) => fn(row, x ?? bareExec(a.session));
}

/** `"Schema".name` → its parts. */
export function nameParts(text: string): string[] {
  const parts = [...text.trim().matchAll(/"((?:[^"]|"")*)"|([^.]+)/g)].map((m) =>
    m[1] !== undefined ? m[1].replace(/""/g, '"') : m[2]!.toLowerCase(),
  );
  if (parts.length === 0) throw new PgError('42602', 'invalid name syntax');
  return parts;
}
