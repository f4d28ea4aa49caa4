/** CREATE TABLE, CREATE INDEX, sequences, types, views, schemas. Everything is undone with the transaction. */
import {
  type CatalogObject,
  type Column,
  Index,
  type IndexItem,
  type IndexShape,
  Schema,
  Sequence,
  Table,
  type UserType,
  View,
} from '../catalog/objects.ts';
import { makeDomain, makeEnum } from '../catalog/user-types.ts';
import { PgError, undefinedTable } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { ColumnDef, ConstraintDef, Expr, IndexDef, SequenceOptions, Statement, TypeName } from '../sql/ast.ts';
import type { ObjectClass } from '../storage/changes.ts';
import type { Tuple } from '../storage/heap.ts';
import { SHARE, SHARE_ROW_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE } from '../storage/locks.ts';
import { sequenceDef, tableDef, typeDef, viewDef } from '../storage/records.ts';
import type { Type } from '../types/types.ts';
import * as T from '../types/types.ts';
import { Analyzer } from './analyzer.ts';
import { collect, type Task } from './exec.ts';
import { fillIndex, prepareIndex, tableScope } from './indexes.ts';
import { Scope } from './scope.ts';
import { planSelect } from './select.ts';
import { assigned } from './shape.ts';
import { append } from './tuples.ts';
import { lockRelation, waitForXact, writer } from './waits.ts';

type Of<K extends Statement['k']> = Statement & { k: K };

/** Schema and name of a new object. */
export function newName(session: Session, path: readonly string[]): [schema: string, name: string] {
  const name = path.at(-1)!;
  if (path.length > 1) {
    const schema = path.at(-2)!;
    if (!session.database.schemaNames(session).includes(schema))
      throw new PgError('3F000', `schema "${schema}" does not exist`);
    return [schema, name];
  }
  const schema = session.currentSchema;
  if (schema === null) throw new PgError('3F000', 'no schema has been selected to create in');
  return [schema, name];
}

/** Puts a definition into the WAL as it will be at commit. */
export function logDefinition(session: Session, kind: ObjectClass, oid: number, read: () => unknown): void {
  const xact = writer(session);
  const { changes } = xact;
  if (!changes.some((one) => one.k === 'define' && one.oid === oid))
    changes.push({ k: 'define', database: session.database.name, kind, oid, read });
  else {
    // Later rows may need the newer definition: it moves behind what was written before.
    const at = changes.findIndex((one) => one.k === 'define' && one.oid === oid);
    if (changes.slice(at + 1).every((one) => one.k === 'define')) return;
    changes.push({ k: 'define', database: session.database.name, kind, oid, read });
  }
}

export const logTable = (session: Session, table: Table) => {
  if (!table.temp) logDefinition(session, 'table', table.oid, () => tableDef(table));
};

/** Adds to a list of the catalog until the transaction is undone. */
export function addObject<O extends CatalogObject>(session: Session, list: Map<number, O>, one: O): void {
  list.set(one.oid, one);
  const { database } = session;
  database.changed();
  writer(session).undo.push(() => {
    list.delete(one.oid);
    database.changed();
  });
}

/** Waits for another transaction that is making something of this name. */
export function* waitForName(session: Session, schema: string, name: string, constraint: string, detail: string): Task {
  for (;;) {
    const other = session.database
      .named(name)
      .find(
        (one) =>
          one.schema === schema &&
          one.createdBy.state === 'running' &&
          one.createdBy.top !== session.xact?.top &&
          !(one.kind === 'table' && one.temp),
      );
    if (!other) return;
    yield* waitForXact(session, other.createdBy, '');
    if (other.createdBy.state === 'committed')
      throw new PgError('23505', `duplicate key value violates unique constraint "${constraint}"`, {
        detail,
        schema: 'pg_catalog',
        table: 'pg_type',
        constraint,
      });
  }
}

export const exists = (session: Session, schema: string, name: string) =>
  session.database
    .named(name)
    .find(
      (one) =>
        one.schema === schema &&
        session.database.isVisible(one, session) &&
        !(one.kind === 'table' && one.temp && one.temp !== session),
    ) ??
  session.database
    .tables(session)
    .find((table) => table.schema === schema && table.indexes.some(({ shape }) => shape.name === name));

/** `base`, or `base1`, … until it is free. PostgreSQL cuts the parts to 63 bytes. */
export function freeName(
  session: Session,
  schema: string,
  parts: readonly string[],
  taken: readonly string[] = [],
): string {
  const cut = [...parts];
  while (cut.join('_').length > 63) {
    const longest = cut.slice(0, -1).reduce((best, one, i) => (one.length > cut[best]!.length ? i : best), 0);
    cut[longest] = cut[longest]!.slice(0, -1);
  }
  const base = cut.join('_');
  for (let i = 0; ; i++) {
    const name = i === 0 ? base : `${base}${i}`;
    if (!taken.includes(name) && !exists(session, schema, name)) return name;
  }
}

const SERIAL: Readonly<Record<string, Type>> = {
  serial: T.INT4,
  serial4: T.INT4,
  bigserial: T.INT8,
  serial8: T.INT8,
  smallserial: T.INT2,
  serial2: T.INT2,
};

export function* createTable(session: Session, s: Of<'create table'>): Task<string> {
  const { database } = session;
  const [schema, name] = s.temp ? ['pg_temp', s.name.at(-1)!] : newName(session, s.name);
  if (!s.temp)
    yield* waitForName(
      session,
      schema,
      name,
      'pg_type_typname_nsp_index',
      `Key (typname, typnamespace)=(${name}, 2200) already exists.`,
    );
  if (
    s.temp
      ? database.named(name).some((one) => one.kind === 'table' && one.temp === session)
      : exists(session, schema, name)
  ) {
    if (!s.ifNotExists) throw new PgError('42P07', `relation "${name}" already exists`);
    session.notice(`relation "${name}" already exists, skipping`, 'NOTICE', '42P07');
    return s.query ? 'CREATE TABLE AS' : 'CREATE TABLE';
  }
  const table = new Table(session.cluster.nextOid++, schema, name, writer(session));
  if (s.temp) table.temp = session;
  // A type of its rows has a number too.
  session.cluster.nextOid += 2;
  const seen = new Set<string>();
  for (const def of s.columns) {
    if (seen.has(def.name)) throw new PgError('42701', `column "${def.name}" specified more than once`).at(-1);
    seen.add(def.name);
  }
  for (const path of s.like) {
    const other = database.table(path, session);
    for (const column of other.columns)
      if (!column.isDropped)
        table.columns.push({ ...column, default: null, generated: null, identity: null, sequence: null });
  }
  addObject(session, database.relations, table);
  yield* lockRelation(session, table.oid, 8);
  logTable(session, table);
  const later: { def: ConstraintDef; column: number | null }[] = [];
  for (const def of s.columns) {
    table.columns.push(makeColumn(session, table, def));
    later.push(...columnConstraints(def, table.columns.length - 1));
  }
  if (s.query) return yield* createAs(session, table, s);
  for (const def of s.constraints) later.push({ def, column: null });
  checkDefaults(session, table);
  // Primary and unique keys first: foreign keys may point to them.
  const rank = ({ def }: { def: ConstraintDef }) =>
    def.k === 'primary' ? 0 : def.k === 'unique' ? 1 : def.k === 'foreign' ? 3 : 2;
  for (const { def, column } of later.sort((a, b) => rank(a) - rank(b)))
    yield* addConstraint(session, table, def, column, false);
  return 'CREATE TABLE';
}

function* createAs(session: Session, table: Table, s: Of<'create table'>): Task<string> {
  const a = new Analyzer(session);
  const plan = planSelect(a, s.query!, new Scope(null));
  yield* session.lockTables(a.used);
  const names = s.columns.map(({ name }) => name);
  table.columns = plan.columns.map((one, i) => plainColumn(names[i] ?? one.name, one.type, one.mod));
  const x = session.execFor([]);
  session.follow(x.statement);
  const rows = yield* collect(plan.node.run(x, []));
  for (const row of rows) append(session, table, row, x.statement.command);
  return `SELECT ${rows.length}`;
}

export function plainColumn(name: string, type: Type, mod: Column['mod'] = null, mods: readonly number[] = []): Column {
  return {
    name,
    type,
    mod,
    mods,
    notNull: false,
    default: null,
    generated: null,
    identity: null,
    sequence: null,
    isDropped: false,
  };
}

/** A column with what does not need the others. */
export function makeColumn(session: Session, table: Table, def: ColumnDef): Column {
  const serial = def.type.name.length === 1 && def.type.dims === 0 ? SERIAL[def.type.name[0]!] : undefined;
  const { type, mod } = serial ? { type: serial, mod: null } : session.database.type(def.type, session);
  if (type.kind === 'pseudo') throw new PgError('42P16', `column "${def.name}" has pseudo-type ${type.name}`);
  const column = plainColumn(def.name, type, mod, def.type.mods);
  for (const one of def.constraints) {
    if (one.k === 'not null') column.notNull = true;
    else if (one.k === 'default') {
      if (column.default)
        throw new PgError(
          '42601',
          `multiple default values specified for column "${def.name}" of table "${table.name}"`,
        );
      column.default = { e: one.e, text: one.text };
    } else if (one.k === 'generated') column.generated = { e: one.e, text: one.text };
    else if (one.k === 'identity') {
      if (![T.INT2, T.INT4, T.INT8].includes(type))
        throw new PgError('22023', 'identity column type must be smallint, integer, or bigint');
      column.identity = one.always ? 'always' : 'default';
      column.notNull = true;
      column.sequence = ownedSequence(session, table, def.name, type, one.options);
    } else if (one.k === 'primary') column.notNull = true;
  }
  if (serial) {
    column.notNull = true;
    column.sequence = ownedSequence(session, table, def.name, type, {});
  }
  return column;
}

export const columnConstraints = (def: ColumnDef, column: number) =>
  def.constraints
    .filter(({ k }) => k === 'check' || k === 'unique' || k === 'primary' || k === 'foreign')
    .map((one) => ({ def: one, column }));

/** Defaults and generated expressions must be of the right type. */
export function checkDefaults(session: Session, table: Table): void {
  const a = new Analyzer(session);
  for (const column of table.columns) {
    if (column.isDropped) continue;
    if (column.default) {
      const e = column.default.e;
      if (/"k":"(?:col|sub)"/.test(JSON.stringify(e))) {
        const path = /"k":"col","path":\[[^\]]*\],"at":(\d+)/.exec(JSON.stringify(e));
        throw new PgError('0A000', `cannot use ${path ? 'column reference' : 'subquery'} in DEFAULT expression`).at(
          path ? Number(path[1]) : -1,
        );
      }
      const ex = a.ex(e, new Scope(null));
      if (!a.coerce(ex, column.type, 'assignment', column.mod))
        throw new PgError(
          '42804',
          `column "${column.name}" is of type ${column.type.name} but default expression is of type ${ex.type.name}`,
          {
            hint: 'You will need to rewrite or cast the expression.',
          },
        );
    }
    if (column.generated) assigned(a, a.ex(column.generated.e, tableScope(table)), column, table.name);
  }
}

function ownedSequence(session: Session, table: Table, column: string, type: Type, options: SequenceOptions): number {
  const name = freeName(session, table.schema === 'pg_temp' ? 'public' : table.schema, [table.name, column, 'seq']);
  const s = makeSequence(session, table.schema, name, {
    type: { name: [type.typname], mods: [], dims: 0, at: -1 },
    ...options,
  });
  s.owner = { table: table.oid, column: table.columns.length };
  return s.oid;
}

export function makeSequence(session: Session, schema: string, name: string, options: SequenceOptions): Sequence {
  const s = new Sequence(session.cluster.nextOid++, schema, name, writer(session));
  applyOptions(session, s, options, true);
  addObject(session, session.database.relations, s);
  logDefinition(session, 'sequence', s.oid, () => sequenceDef(s));
  return s;
}

const LIMITS = { smallint: 32767n, integer: 2147483647n, bigint: T.BIGINT_MAX };

export function applyOptions(session: Session, s: Sequence, o: SequenceOptions, isNew: boolean): void {
  if (o.type) {
    const { type } = session.database.type(o.type as TypeName, session);
    if (type !== T.INT2 && type !== T.INT4 && type !== T.INT8)
      throw new PgError('22023', 'sequence type must be smallint, integer, or bigint');
    s.type = type === T.INT2 ? 'smallint' : type === T.INT4 ? 'integer' : 'bigint';
  }
  if (o.increment !== undefined) {
    s.increment = BigInt(o.increment);
    if (s.increment === 0n) throw new PgError('22023', 'INCREMENT must not be zero');
  }
  const max = LIMITS[s.type];
  if (o.max != null) s.max = BigInt(o.max);
  else if (isNew || o.max === null || o.type) s.max = s.increment > 0n ? max : -1n;
  if (o.min != null) s.min = BigInt(o.min);
  else if (isNew || o.min === null) s.min = s.increment > 0n ? 1n : -max - 1n;
  if (s.min >= s.max) throw new PgError('22023', `MINVALUE (${s.min}) must be less than MAXVALUE (${s.max})`);
  if (o.cycle !== undefined) s.cycle = o.cycle;
  if (o.start !== undefined) s.start = BigInt(o.start);
  else if (isNew) s.start = s.increment > 0n ? s.min : s.max;
  if (s.start < s.min) throw new PgError('22023', `START value (${s.start}) cannot be less than MINVALUE (${s.min})`);
  if (s.start > s.max)
    throw new PgError('22023', `START value (${s.start}) cannot be greater than MAXVALUE (${s.max})`);
  if (isNew) s.last = s.start;
  if (o.restart !== undefined) {
    s.last = o.restart === null ? s.start : BigInt(o.restart);
    s.isCalled = false;
    s.logged = 0;
  }
  if (o.ownedBy && o.ownedBy.length > 1) {
    const table = session.database.table(o.ownedBy.slice(0, -1), session);
    s.owner = { table: table.oid, column: table.columns.findIndex(({ name }) => name === o.ownedBy!.at(-1)) };
  }
}

const isLive = (session: Session) => (t: Tuple) => {
  const mine = (x: Tuple['xmin']) => x.state === 'committed' || x.top === session.xact?.top;
  return t.xmin.state !== 'aborted' && mine(t.xmin) && !(t.xmax && t.xmax.state !== 'aborted' && mine(t.xmax));
};

/** Makes an index, fills it, and keeps it until the transaction is undone. */
export function buildIndex(session: Session, table: Table, shape: IndexShape): Index {
  const index = new Index(shape);
  prepareIndex(session, table, index);
  fillIndex(table, index, isLive(session));
  table.indexes.push(index);
  session.database.changed();
  writer(session).undo.push(() => {
    table.indexes.splice(table.indexes.indexOf(index), 1);
    session.database.changed();
  });
  logTable(session, table);
  return index;
}

function columnItem(table: Table, name: string): IndexItem {
  const col = table.columns.findIndex((one) => one.name === name && !one.isDropped);
  if (col < 0) throw new PgError('42703', `column "${name}" named in key does not exist`);
  return { col, e: { k: 'col', path: [name], at: -1 }, text: name, desc: false, nullsFirst: false };
}

/** `column`: of a constraint written with its column. */
export function* addConstraint(
  session: Session,
  table: Table,
  def: ConstraintDef,
  column: number | null,
  isLater: boolean,
): Task {
  const { database } = session;
  const own = column === null ? [] : [table.columns[column]!.name];
  const taken = [...table.checks, ...table.foreignKeys].map(({ name }) => name);
  const named = (name: string | null, ...parts: string[]): string => {
    if (name === null) return freeName(session, table.schema, parts, taken);
    if (taken.includes(name) || table.indexes.some(({ shape }) => shape.name === name))
      throw new PgError('42710', `constraint "${name}" for relation "${table.name}" already exists`);
    return name;
  };
  switch (def.k) {
    case 'check': {
      const cols = [
        ...new Set([...JSON.stringify(def.e).matchAll(/"k":"col","path":\["([^"]+)"\]/g)].map((m) => m[1]!)),
      ];
      const name = named(
        def.name,
        table.name,
        ...(column !== null || cols.length === 1 ? [own[0] ?? cols[0]!] : []),
        'check',
      );
      const a = new Analyzer(session);
      const { fn } = a.condition(def.e, tableScope(table), 'CHECK');
      if (isLater && !def.notValid) {
        const x = session.execFor([]);
        for (const t of table.heap.tuples)
          if (isLive(session)(t) && fn(t.values, x) === false)
            throw new PgError(
              '23514',
              `check constraint "${name}" of relation "${table.name}" is violated by some row`,
              { schema: table.schema, table: table.name, constraint: name },
            );
      }
      const check = { name, e: def.e, text: def.text };
      table.checks = [...table.checks, check];
      writer(session).undo.push(() => {
        table.checks = table.checks.filter((one) => one !== check);
      });
      break;
    }
    case 'unique':
    case 'primary': {
      const isPrimary = def.k === 'primary';
      if (isPrimary && table.indexes.some(({ shape }) => shape.isPrimary))
        throw new PgError('42P16', `multiple primary keys for table "${table.name}" are not allowed`);
      if (def.usingIndex) {
        const found = table.indexes.find(({ shape }) => shape.name === def.usingIndex);
        if (!found) throw new PgError('42704', `index "${def.usingIndex}" does not exist`);
        Object.assign(found.shape, { isConstraint: true, isPrimary, name: def.name ?? found.shape.name });
        break;
      }
      const cols = def.cols ?? own;
      const items = cols.map((name) => columnItem(table, name));
      const name = isPrimary ? named(def.name, table.name, 'pkey') : named(def.name, table.name, ...cols, 'key');
      if (def.name !== null && exists(session, table.schema, name))
        throw new PgError('42P07', `relation "${name}" already exists`);
      if (isPrimary)
        for (const { col } of items) {
          const target = table.columns[col!]!;
          if (!target.notNull) {
            if (isLater && table.heap.tuples.some((t) => isLive(session)(t) && (t.values[col!] ?? null) === null))
              throw new PgError('23502', `column "${target.name}" of relation "${table.name}" contains null values`, {
                schema: table.schema,
                table: table.name,
                column: target.name,
              });
            target.notNull = true;
            writer(session).undo.push(() => {
              target.notNull = false;
            });
          }
        }
      buildIndex(session, table, {
        ...{ oid: session.cluster.nextOid++, name, items, unique: true, isPrimary, isConstraint: true },
        ...{
          nullsNotDistinct: def.nullsNotDistinct ?? false,
          method: 'btree',
          where: null,
          whereText: '',
          exclude: null,
        },
      });
      break;
    }
    case 'exclude': {
      const items = def.items.map(({ e }): IndexItem => {
        if (e.k === 'col') return columnItem(table, e.path.at(-1)!);
        return { col: null, e, text: 'expr', desc: false, nullsFirst: false };
      });
      const name = named(def.name, table.name, ...items.map(({ text }) => text), 'excl');
      buildIndex(session, table, {
        ...{
          oid: session.cluster.nextOid++,
          name,
          items,
          unique: false,
          isPrimary: false,
          isConstraint: true,
          nullsNotDistinct: false,
        },
        ...{ method: def.method, where: def.where, whereText: def.whereText, exclude: def.items.map(({ op }) => op) },
      });
      break;
    }
    case 'foreign': {
      const parent = database.findRelation(def.table, session);
      if (!parent) throw undefinedTable(def.table.join('.'));
      if (parent.kind !== 'table') throw new PgError('42809', `referenced relation "${parent.name}" is not a table`);
      if (parent !== table) yield* lockRelation(session, parent.oid, SHARE_ROW_EXCLUSIVE);
      const cols = (def.cols ?? own).map((name) => {
        const col = table.columns.findIndex((one) => one.name === name && !one.isDropped);
        if (col < 0) throw new PgError('42703', `column "${name}" referenced in foreign key constraint does not exist`);
        return col;
      });
      const primary = parent.indexes.find(({ shape }) => shape.isPrimary);
      if (!def.refs && !primary)
        throw new PgError('42704', `there is no primary key for referenced table "${parent.name}"`);
      const refs = def.refs
        ? def.refs.map((name) => {
            const col = parent.columns.findIndex((one) => one.name === name && !one.isDropped);
            if (col < 0)
              throw new PgError('42703', `column "${name}" referenced in foreign key constraint does not exist`);
            return col;
          })
        : primary!.shape.items.map(({ col }) => col!);
      if (refs.length !== cols.length)
        throw new PgError('42830', 'number of referencing and referenced columns for foreign key disagree');
      if (
        !parent.indexes.some(
          ({ shape }) =>
            shape.unique &&
            !shape.where &&
            shape.items.length === refs.length &&
            refs.every((ref) => shape.items.some(({ col }) => col === ref)),
        )
      )
        throw new PgError(
          '42830',
          `there is no unique constraint matching given keys for referenced table "${parent.name}"`,
        );
      const name = named(def.name, table.name, ...cols.map((col) => table.columns[col]!.name), 'fkey');
      for (const [i, col] of cols.entries()) {
        const l = table.columns[col]!;
        const r = parent.columns[refs[i]!]!;
        if (l.type.category !== r.type.category)
          throw new PgError('42804', `foreign key constraint "${name}" cannot be implemented`, {
            detail: `Key columns "${l.name}" and "${r.name}" are of incompatible types: ${l.type.name} and ${r.type.name}.`,
          });
      }
      if (isLater && !def.notValid) validateForeign(session, table, cols, parent, refs, name);
      const fk = {
        name,
        cols,
        table: parent.oid,
        refs,
        onDelete: def.onDelete,
        onUpdate: def.onUpdate,
        deferrable: def.deferrable,
        deferred: def.deferred,
      };
      table.foreignKeys = [...table.foreignKeys, fk];
      database.changed();
      writer(session).undo.push(() => {
        table.foreignKeys = table.foreignKeys.filter((one) => one !== fk);
      });
      break;
    }
    default:
      break;
  }
  logTable(session, table);
}

function validateForeign(
  session: Session,
  table: Table,
  cols: number[],
  parent: Table,
  refs: number[],
  name: string,
): void {
  const live = isLive(session);
  const key = (t: Tuple, of: number[], columns: Column[]) =>
    of.map((col) => (t.values[col] == null ? null : columns[col]!.type.text(t.values[col])));
  const keys = new Set(parent.heap.tuples.filter(live).map((t) => JSON.stringify(key(t, refs, parent.columns))));
  for (const t of table.heap.tuples) {
    if (!live(t)) continue;
    const k = key(t, cols, table.columns);
    if (k.includes(null) || keys.has(JSON.stringify(k))) continue;
    throw new PgError('23503', `insert or update on table "${table.name}" violates foreign key constraint "${name}"`, {
      detail: `Key (${cols.map((col) => table.columns[col]!.name).join(', ')})=(${k.join(', ')}) is not present in table "${parent.name}".`,
      ...{ schema: table.schema, table: table.name, constraint: name },
    });
  }
}

export function* createIndex(session: Session, def: IndexDef): Task<string> {
  const found = session.database.findRelation(def.table, session);
  if (!found) throw undefinedTable(def.table.join('.'));
  if (found.kind !== 'table') throw new PgError('42809', `cannot create index on relation "${found.name}"`);
  if (def.concurrently && session.isBlock)
    throw new PgError('25001', 'CREATE INDEX CONCURRENTLY cannot run inside a transaction block');
  if (!['btree', 'hash', 'gin', 'gist', 'brin', 'spgist'].includes(def.method))
    throw new PgError('42704', `access method "${def.method}" does not exist`);
  yield* lockRelation(session, found.oid, def.concurrently ? SHARE_UPDATE_EXCLUSIVE : SHARE);
  const items = def.items.map(({ e, text, desc, nullsFirst }): IndexItem => {
    if (e.k === 'col' && e.path.length === 1) {
      const col = found.columns.findIndex((one) => one.name === e.path[0] && !one.isDropped);
      if (col < 0) throw new PgError('42703', `column "${e.path[0]}" does not exist`).at(-1);
      return { col, e, text: e.path[0]!, desc, nullsFirst };
    }
    return { col: null, e, text, desc, nullsFirst };
  });
  const parts = items.map(({ col, text, e }) => (col !== null ? text : e.k === 'fn' ? e.name : 'expr'));
  const name = def.name ?? freeName(session, found.schema, [found.name, ...parts, 'idx']);
  if (def.name !== null && exists(session, found.schema, name)) {
    if (!def.ifNotExists) throw new PgError('42P07', `relation "${name}" already exists`);
    session.notice(`relation "${name}" already exists, skipping`, 'NOTICE', '42P07');
    return 'CREATE INDEX';
  }
  if (def.unique && def.method !== 'btree')
    throw new PgError('0A000', `access method "${def.method}" does not support unique indexes`);
  buildIndex(session, found, {
    ...{
      oid: session.cluster.nextOid++,
      name,
      items,
      unique: def.unique,
      isPrimary: false,
      isConstraint: false,
      exclude: null,
    },
    ...{ nullsNotDistinct: def.nullsNotDistinct, method: def.method, where: def.where, whereText: def.whereText },
  });
  return 'CREATE INDEX';
}

export function createEnum(session: Session, s: Of<'create enum'>): string {
  const [schema, name] = newName(session, s.name);
  typeIsFree(session, schema, name);
  const twice = s.labels.find((one, i) => s.labels.indexOf(one) !== i);
  if (twice !== undefined)
    throw new PgError('23505', 'duplicate key value violates unique constraint "pg_enum_typid_label_index"');
  const oid = session.cluster.nextOid;
  session.cluster.nextOid += 2;
  addType(session, makeEnum(oid, oid + 1, schema, name, [...s.labels], writer(session)));
  return 'CREATE TYPE';
}

function typeIsFree(session: Session, schema: string, name: string): void {
  for (const one of session.database.types.values())
    if (one.name === name && one.schema === schema && session.database.isVisible(one, session))
      throw new PgError('42710', `type "${name}" already exists`);
}

function addType(session: Session, type: UserType): void {
  addObject(session, session.database.types, type);
  logDefinition(session, 'type', type.oid, () => typeDef(type));
}

export function createDomain(session: Session, s: Of<'create domain'>): string {
  const [schema, name] = newName(session, s.name);
  typeIsFree(session, schema, name);
  const { type } = session.database.type(s.type, session);
  const checks = s.constraints.flatMap((one, i) =>
    one.k === 'check' ? [{ name: one.name ?? `${name}_check${i || ''}`, e: one.e, text: one.text }] : [],
  );
  const given = s.constraints.find((one) => one.k === 'default') as { e: Expr; text: string } | undefined;
  const oid = session.cluster.nextOid;
  session.cluster.nextOid += 2;
  const shape = {
    mods: s.type.mods,
    notNull: s.constraints.some(({ k }) => k === 'not null'),
    checks,
    default: given ? { e: given.e, text: given.text } : null,
  };
  addType(session, makeDomain(oid, oid + 1, schema, name, type, shape, writer(session)));
  return 'CREATE DOMAIN';
}

export function createView(session: Session, s: Of<'create view'>): string {
  const [schema, name] = newName(session, s.name);
  const old = exists(session, schema, name);
  // It must make sense now.
  planSelect(new Analyzer(session), s.query, new Scope(null));
  if (old) {
    if (!s.replace || old.kind !== 'view') throw new PgError('42P07', `relation "${name}" already exists`);
    const { query, text, cols } = old;
    Object.assign(old, { query: s.query, text: s.text, cols: s.cols });
    writer(session).undo.push(() => Object.assign(old, { query, text, cols }));
    logDefinition(session, 'view', old.oid, () => viewDef(old));
    session.database.changed();
    return 'CREATE VIEW';
  }
  const view = new View(session.cluster.nextOid++, schema, name, writer(session), s.query, s.text);
  view.cols = s.cols;
  addObject(session, session.database.relations, view);
  logDefinition(session, 'view', view.oid, () => viewDef(view));
  return 'CREATE VIEW';
}

export function createSchema(session: Session, s: Of<'create schema'>): string {
  if (session.database.schemaNames(session).includes(s.name) || s.name === 'pg_catalog') {
    if (!s.ifNotExists) throw new PgError('42P06', `schema "${s.name}" already exists`);
    session.notice(`schema "${s.name}" already exists, skipping`, 'NOTICE', '42P06');
    return 'CREATE SCHEMA';
  }
  if (s.name.startsWith('pg_'))
    throw new PgError('42939', `unacceptable schema name "${s.name}"`, {
      detail: 'The prefix "pg_" is reserved for system schemas.',
    });
  const schema = new Schema(session.cluster.nextOid++, s.name, writer(session));
  addObject(session, session.database.schemas, schema);
  logDefinition(session, 'schema', schema.oid, () => ({ name: schema.name }));
  return 'CREATE SCHEMA';
}
