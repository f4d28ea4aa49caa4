/** ALTER and DROP. */

import type { CatalogObject, Relation } from '../catalog/objects.ts';
import { type Schema, Sequence, Table } from '../catalog/objects.ts';
import { PgError, undefinedTable, unsupported } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { AlterAction, ObjectKind, Statement } from '../sql/ast.ts';
import type { ObjectClass } from '../storage/changes.ts';
import type { Tuple } from '../storage/heap.ts';
import { ACCESS_EXCLUSIVE } from '../storage/locks.ts';
import { sequenceDef, typeDef, viewDef } from '../storage/records.ts';
import { typeMod } from '../types/types.ts';
import type { Row } from '../types/values.ts';
import { Analyzer } from './analyzer.ts';
import {
  addConstraint,
  applyOptions,
  checkDefaults,
  columnConstraints,
  exists,
  freeName,
  logDefinition,
  logTable,
  makeColumn,
  makeSequence,
} from './define.ts';
import type { Task } from './exec.ts';
import { fillIndex, prepareIndex, tableScope } from './indexes.ts';
import { assigned, rowShape } from './shape.ts';
import { lockRelation, writer } from './waits.ts';

type Of<K extends Statement['k']> = Statement & { k: K };

export function* alter(session: Session, s: Of<'alter table'>): Task<string> {
  const { database } = session;
  const tag = `ALTER ${s.kind.toUpperCase()}`;
  if (s.kind === 'type') return alterType(session, s);
  if (s.kind === 'index') {
    const found = database.findIndex(s.name, session);
    if (!found) return missing(session, s, 'relation');
    for (const action of s.actions) {
      if (action.k !== 'rename') throw unsupported('this ALTER INDEX');
      yield* lockRelation(session, found.table.oid, ACCESS_EXCLUSIVE);
      rename(session, found.index.shape, action.to);
      logTable(session, found.table);
    }
    return tag;
  }
  const found = database.findRelation(s.name, session);
  if (!found) return missing(session, s, 'relation');
  yield* lockRelation(session, found.oid, ACCESS_EXCLUSIVE);
  for (const action of s.actions) {
    if (action.k === 'rename') {
      if (exists(session, found.schema, action.to))
        throw new PgError('42P07', `relation "${action.to}" already exists`);
      rename(session, found, action.to);
      logRelation(session, found);
    } else if (action.k === 'set schema') {
      const old = found.schema;
      found.schema = action.to;
      writer(session).undo.push(() => {
        found.schema = old;
      });
      logRelation(session, found);
    } else if (action.k !== 'nothing') {
      if (found.kind !== 'table') throw new PgError('42809', `"${found.name}" is not a table`);
      yield* alterTable(session, found, action);
    }
    database.changed();
  }
  writer(session).undo.push(() => database.changed());
  return tag;
}

function missing(session: Session, s: Of<'alter table'>, what: string): string {
  if (!s.ifExists) throw undefinedTable(s.name.join('.'));
  session.notice(`${what} "${s.name.join('.')}" does not exist, skipping`);
  return `ALTER ${s.kind.toUpperCase()}`;
}

function logRelation(session: Session, found: Relation): void {
  if (found.kind === 'table') logTable(session, found);
  else if (found.kind === 'sequence') logDefinition(session, 'sequence', found.oid, () => sequenceDef(found));
  else logDefinition(session, 'view', found.oid, () => viewDef(found));
}

function rename(session: Session, one: { name: string }, to: string): void {
  const old = one.name;
  one.name = to;
  session.database.changed();
  writer(session).undo.push(() => {
    one.name = old;
    session.database.changed();
  });
}

function columnOf(table: Table, name: string): number {
  const i = table.columns.findIndex((one) => one.name === name && !one.isDropped);
  if (i < 0) throw new PgError('42703', `column "${name}" of relation "${table.name}" does not exist`);
  return i;
}

/** Changes something of the table until the transaction is undone. */
function put<O extends object, K extends keyof O>(session: Session, one: O, key: K, value: O[K]): void {
  const old = one[key];
  one[key] = value;
  writer(session).undo.push(() => {
    one[key] = old;
  });
}

/** New values for all rows; indexes are made anew. */
function rewrite(session: Session, table: Table, make: (row: Row) => Row): void {
  const olds = table.heap.tuples.map((t): [Tuple, Row] => [t, t.values]);
  for (const t of table.heap.tuples) t.values = make(t.values);
  rebuild(session, table);
  const xact = writer(session);
  xact.undo.push(() => {
    for (const [t, values] of olds) t.values = values;
    rebuild(session, table);
  });
  logTable(session, table);
  if (!table.temp)
    xact.changes.push({
      ...{ k: 'rewrite', table: table.oid },
      read: () => table.heap.tuples.filter((t) => live(session)(t)).map((t): [number, Row] => [t.row, t.values]),
    });
}

function rebuild(session: Session, table: Table): void {
  for (const index of table.indexes) {
    prepareIndex(session, table, index);
    fillIndex(table, index, live(session));
  }
}

const live = (session: Session) => (t: Tuple) => {
  const mine = (x: Tuple['xmin']) => x.state === 'committed' || x.top === session.xact?.top;
  return t.xmin.state !== 'aborted' && mine(t.xmin) && !(t.xmax && t.xmax.state !== 'aborted' && mine(t.xmax));
};

function* alterTable(session: Session, table: Table, action: AlterAction): Task {
  const { database } = session;
  switch (action.k) {
    case 'add column': {
      const { def } = action;
      if (table.columns.some((one) => one.name === def.name && !one.isDropped)) {
        if (!action.ifNotExists)
          throw new PgError('42701', `column "${def.name}" of relation "${table.name}" already exists`);
        session.notice(`column "${def.name}" of relation "${table.name}" already exists, skipping`, 'NOTICE', '42701');
        return;
      }
      const column = makeColumn(session, table, def);
      put(session, table, 'columns', [...table.columns, column]);
      database.changed();
      checkDefaults(session, table);
      const at = table.columns.length - 1;
      const shape = rowShape(new Analyzer(session), table);
      const x = session.execFor([]);
      const make = shape.defaults[at];
      if (column.notNull && !make && !column.generated && table.heap.tuples.some(live(session)))
        throw new PgError('23502', `column "${def.name}" of relation "${table.name}" contains null values`, {
          schema: table.schema,
          table: table.name,
          column: def.name,
        });
      rewrite(session, table, (row) => {
        const made = Array.from({ length: at + 1 }, (_, i) => row[i] ?? null);
        made[at] = make ? make(made, x) : null;
        if (column.generated) shape.finish(made, x);
        return made;
      });
      for (const one of columnConstraints(def, at)) yield* addConstraint(session, table, one.def, one.column, true);
      break;
    }
    case 'drop column': {
      if (action.ifExists && !table.columns.some((one) => one.name === action.name && !one.isDropped)) {
        session.notice(`column "${action.name}" of relation "${table.name}" does not exist, skipping`);
        return;
      }
      const at = columnOf(table, action.name);
      const column = table.columns[at]!;
      const users = database
        .referencing(table, session)
        .filter(({ fk, child }) => fk.refs.includes(at) && child !== table);
      if (users.length && !action.cascade)
        throw new PgError(
          '2BP01',
          `cannot drop column ${action.name} of table ${table.name} because other objects depend on it`,
          {
            detail: users
              .map(
                ({ child, fk }) =>
                  `constraint ${fk.name} on table ${child.name} depends on column ${action.name} of table ${table.name}`,
              )
              .join('\n'),
            hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
          },
        );
      for (const { child, fk } of users) {
        put(
          session,
          child,
          'foreignKeys',
          child.foreignKeys.filter((one) => one !== fk),
        );
        logTable(session, child);
      }
      const name = `"${action.name}"`;
      const uses = (e: unknown) => JSON.stringify(e).includes(`"path":[${name}]`);
      put(
        session,
        table,
        'indexes',
        table.indexes.filter(
          ({ shape }) => !shape.items.some(({ col, e }) => col === at || uses(e)) && !uses(shape.where),
        ),
      );
      put(
        session,
        table,
        'checks',
        table.checks.filter(({ e }) => !uses(e)),
      );
      put(
        session,
        table,
        'foreignKeys',
        table.foreignKeys.filter(({ cols }) => !cols.includes(at)),
      );
      if (column.sequence !== null) dropRelation(session, database.relations.get(column.sequence)!);
      put(
        session,
        table,
        'columns',
        table.columns.map((one, i) =>
          i === at
            ? {
                ...one,
                isDropped: true,
                notNull: false,
                default: null,
                generated: null,
                sequence: null,
                name: `........pg.dropped.${at + 1}........`,
              }
            : one,
        ),
      );
      break;
    }
    case 'add constraint':
      yield* addConstraint(session, table, action.def, null, true);
      break;
    case 'drop constraint': {
      const check = table.checks.find(({ name }) => name === action.name);
      const fk = table.foreignKeys.find(({ name }) => name === action.name);
      const index = table.indexes.find(({ shape }) => shape.isConstraint && shape.name === action.name);
      if (check)
        put(
          session,
          table,
          'checks',
          table.checks.filter((one) => one !== check),
        );
      else if (fk)
        put(
          session,
          table,
          'foreignKeys',
          table.foreignKeys.filter((one) => one !== fk),
        );
      else if (index) {
        const cols = index.shape.items.map(({ col }) => col);
        const users = database
          .referencing(table, session)
          .filter(({ fk: one }) => one.refs.every((ref) => cols.includes(ref)));
        if (users.length && !action.cascade)
          throw new PgError(
            '2BP01',
            `cannot drop constraint ${action.name} on table ${table.name} because other objects depend on it`,
            {
              detail: users
                .map(
                  ({ child, fk: one }) =>
                    `constraint ${one.name} on table ${child.name} depends on index ${action.name}`,
                )
                .join('\n'),
              hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
            },
          );
        for (const { child, fk: one } of users) {
          put(
            session,
            child,
            'foreignKeys',
            child.foreignKeys.filter((other) => other !== one),
          );
          logTable(session, child);
        }
        put(
          session,
          table,
          'indexes',
          table.indexes.filter((one) => one !== index),
        );
      } else if (action.ifExists)
        session.notice(`constraint "${action.name}" of relation "${table.name}" does not exist, skipping`);
      else throw new PgError('42704', `constraint "${action.name}" of relation "${table.name}" does not exist`);
      break;
    }
    case 'set default': {
      const column = table.columns[columnOf(table, action.column)]!;
      put(session, column, 'default', action.e && { e: action.e, text: action.text });
      if (!action.e && column.sequence !== null && !column.identity) put(session, column, 'sequence', null);
      checkDefaults(session, table);
      break;
    }
    case 'set not null': {
      const at = columnOf(table, action.column);
      if (action.on && table.heap.tuples.some((t) => live(session)(t) && (t.values[at] ?? null) === null))
        throw new PgError('23502', `column "${action.column}" of relation "${table.name}" contains null values`, {
          schema: table.schema,
          table: table.name,
          column: action.column,
        });
      if (!action.on && table.indexes.some(({ shape }) => shape.isPrimary && shape.items.some(({ col }) => col === at)))
        throw new PgError('42P16', `column "${action.column}" is in a primary key`);
      put(session, table.columns[at]!, 'notNull', action.on);
      break;
    }
    case 'type': {
      const at = columnOf(table, action.column);
      const column = table.columns[at]!;
      const { type, mod } = database.type(action.type, session);
      const a = new Analyzer(session);
      const scope = tableScope(table);
      const from = a.ex(action.using ?? { k: 'col', path: [action.column], at: -1 }, scope);
      const target = { name: column.name, type, mod };
      const made = a.coerce(from, type, 'assignment', mod);
      if (!made)
        throw new PgError(
          '42804',
          action.using
            ? `result of USING clause for column "${action.column}" cannot be cast automatically to type ${type.name}`
            : `column "${action.column}" cannot be cast automatically to type ${type.name}`,
          {
            hint: action.using
              ? 'You might need to add an explicit cast.'
              : `You might need to specify "USING ${action.column}::${mod?.text ?? type.name}".`,
          },
        );
      const { fn } = assigned(a, from, target, table.name);
      const x = session.execFor([]);
      put(
        session,
        table,
        'columns',
        table.columns.map((one, i) =>
          i === at ? { ...one, type, mod: typeMod(type.base ?? type, action.type.mods), mods: action.type.mods } : one,
        ),
      );
      rewrite(session, table, (row) => row.map((v, i) => (i === at ? fn(row, x) : v)));
      break;
    }
    case 'add identity': {
      const at = columnOf(table, action.column);
      const column = table.columns[at]!;
      const name = freeName(session, table.schema, [table.name, action.column, 'seq']);
      const s = makeSequence(session, table.schema, name, {
        type: { name: [column.type.typname], mods: [], dims: 0, at: -1 },
        ...action.options,
      });
      s.owner = { table: table.oid, column: at };
      put(session, column, 'identity', action.always ? 'always' : 'default');
      put(session, column, 'sequence', s.oid);
      break;
    }
    case 'drop identity': {
      const column = table.columns[columnOf(table, action.column)]!;
      put(session, column, 'identity', null);
      put(session, column, 'sequence', null);
      break;
    }
    case 'rename column': {
      const at = columnOf(table, action.from);
      if (table.columns.some((one) => one.name === action.to && !one.isDropped))
        throw new PgError('42701', `column "${action.to}" of relation "${table.name}" already exists`);
      put(
        session,
        table,
        'columns',
        table.columns.map((one, i) => (i === at ? { ...one, name: action.to } : one)),
      );
      // Expressions of the table go on meaning the same column.
      const again = <E>(e: E): E =>
        JSON.parse(JSON.stringify(e).replaceAll(`"path":["${action.from}"]`, `"path":["${action.to}"]`));
      put(
        session,
        table,
        'checks',
        table.checks.map((one) => ({
          ...one,
          e: again(one.e),
          text: one.text.replace(new RegExp(`\\b${action.from}\\b`, 'g'), action.to),
        })),
      );
      for (const { shape } of table.indexes) if (shape.where) put(session, shape, 'where', again(shape.where));
      for (const column of table.columns)
        if (column.generated) put(session, column, 'generated', again(column.generated));
      for (const { shape } of table.indexes)
        put(
          session,
          shape,
          'items',
          shape.items.map((item) => ({ ...item, e: again(item.e), text: item.col === at ? action.to : item.text })),
        );
      break;
    }
    case 'rename constraint': {
      const one =
        table.checks.find(({ name }) => name === action.from) ??
        table.foreignKeys.find(({ name }) => name === action.from) ??
        table.indexes.find(({ shape }) => shape.isConstraint && shape.name === action.from)?.shape;
      if (!one) throw new PgError('42704', `constraint "${action.from}" for table "${table.name}" does not exist`);
      put(session, one, 'name', action.to);
      break;
    }
    case 'validate constraint':
      break;
    default:
      throw unsupported('this ALTER TABLE');
  }
  logTable(session, table);
}

function alterType(session: Session, s: Of<'alter table'>): string {
  const found = [...session.database.types.values()].find(
    (one) => one.name === s.name.at(-1) && session.database.isVisible(one, session),
  );
  if (!found) throw new PgError('42704', `type "${s.name.join('.')}" does not exist`);
  for (const action of s.actions) {
    if (action.k !== 'rename') throw unsupported('this ALTER TYPE');
    rename(session, found, action.to);
  }
  logDefinition(session, 'type', found.oid, () => typeDef(found));
  return 'ALTER TYPE';
}

export function alterEnum(session: Session, s: Of<'alter enum'>): string {
  const found = [...session.database.types.values()].find(
    (one) => one.name === s.name.at(-1) && session.database.isVisible(one, session),
  );
  if (!found?.labels) throw new PgError('42704', `type "${s.name.join('.')}" does not exist`);
  const { labels } = found;
  if (labels.includes(s.add)) {
    if (!s.ifNotExists) throw new PgError('42710', `enum label "${s.add}" already exists`);
    session.notice(`enum label "${s.add}" already exists, skipping`, 'NOTICE', '42710');
    return 'ALTER TYPE';
  }
  const near = s.before ?? s.after;
  const at = near === null ? labels.length : labels.indexOf(near) + (s.after !== null ? 1 : 0);
  if (near !== null && !labels.includes(near)) throw new PgError('22023', `"${near}" is not an existing enum label`);
  labels.splice(at, 0, s.add);
  writer(session).undo.push(() => labels.splice(labels.indexOf(s.add), 1));
  logDefinition(session, 'type', found.oid, () => typeDef(found));
  return 'ALTER TYPE';
}

export function alterSequence(session: Session, s: Of<'alter sequence'>): string {
  const found = session.database.findRelation(s.name, session);
  if (!found) {
    if (!s.ifExists) throw undefinedTable(s.name.join('.'));
    session.notice(`relation "${s.name.join('.')}" does not exist, skipping`);
    return 'ALTER SEQUENCE';
  }
  if (!(found instanceof Sequence)) throw new PgError('42809', `"${found.name}" is not a sequence`);
  const old = { ...found };
  applyOptions(session, found, s.options, false);
  writer(session).undo.push(() => Object.assign(found, old));
  logDefinition(session, 'sequence', found.oid, () => sequenceDef(found));
  return 'ALTER SEQUENCE';
}

function drop(session: Session, one: CatalogObject, kind: ObjectClass): void {
  const { database } = session;
  one.droppedBy = writer(session);
  database.changed();
  if (!(one instanceof Table && one.temp))
    writer(session).changes.push({ k: 'drop', database: database.name, kind, oid: one.oid });
  const xact = one.droppedBy;
  xact.undo.push(() => {
    if (one.droppedBy === xact) one.droppedBy = null;
    database.changed();
  });
}

export function dropRelation(session: Session, one: Relation): void {
  if (one.droppedBy?.top === session.xact?.top && one.droppedBy?.state === 'running') return;
  drop(session, one, one.kind);
  if (one.kind === 'table')
    for (const other of session.database.relations.values())
      if (other.kind === 'sequence' && other.owner?.table === one.oid) dropRelation(session, other);
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  table: 'table',
  view: 'view',
  sequence: 'sequence',
  index: 'index',
};

export function* dropObjects(session: Session, s: Of<'drop'>): Task<string> {
  const tag = `DROP ${s.kind.toUpperCase()}`;
  const targets: Relation[] = [];
  for (const path of s.names) {
    const shown = path.join('.');
    const none = (code: string, what: string) => {
      if (!s.ifExists) throw new PgError(code, `${what} "${shown}" does not exist`);
      session.notice(`${what} "${shown}" does not exist, skipping`);
    };
    if (s.kind === 'index') {
      const found = session.database.findIndex(path, session);
      if (!found) none('42704', 'index');
      else {
        if (found.index.shape.isConstraint)
          throw new PgError(
            '2BP01',
            `cannot drop index ${shown} because constraint ${shown} on table ${found.table.name} requires it`,
            { hint: `You can drop constraint ${shown} on table ${found.table.name} instead.` },
          );
        yield* lockRelation(session, found.table.oid, ACCESS_EXCLUSIVE);
        put(
          session,
          found.table,
          'indexes',
          found.table.indexes.filter((one) => one !== found.index),
        );
        session.database.changed();
        logTable(session, found.table);
      }
    } else if (s.kind === 'type') {
      const found = [...session.database.types.values()].find(
        (one) => one.name === path.at(-1) && session.database.isVisible(one, session),
      );
      if (!found) {
        none('42704', 'type');
        continue;
      }
      const users = session.database
        .tables(session)
        .flatMap((table) =>
          table.columns
            .filter((one) => !one.isDropped && (one.type === found.type || one.type === found.type.array))
            .map((one) => ({ table, column: one })),
        );
      if (users.length && !s.cascade)
        throw new PgError('2BP01', `cannot drop type ${shown} because other objects depend on it`, {
          detail: users
            .map(({ table, column }) => `column ${column.name} of table ${table.name} depends on type ${shown}`)
            .join('\n'),
          hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
        });
      for (const { table, column } of users)
        yield* alterTable(session, table, { k: 'drop column', name: column.name, ifExists: false, cascade: true });
      drop(session, found, 'type');
    } else if (s.kind === 'schema') {
      const found: Schema | undefined = [...session.database.schemas.values()].find(
        (one) => one.name === path.at(-1) && session.database.isVisible(one, session),
      );
      if (!found) {
        none('3F000', 'schema');
        continue;
      }
      const inside = [...session.database.relations.values()].filter(
        (one) => one.schema === found.name && session.database.isVisible(one, session),
      );
      const types = [...session.database.types.values()].filter(
        (one) => one.schema === found.name && session.database.isVisible(one, session),
      );
      if ((inside.length || types.length) && !s.cascade)
        throw new PgError('2BP01', `cannot drop schema ${shown} because other objects depend on it`, {
          detail: [...inside.filter((one) => !(one.kind === 'sequence' && one.owner)), ...types]
            .sort((p, q) => p.oid - q.oid)
            .map(
              (one) =>
                `${one.kind} ${session.searchPath.includes(found.name) ? '' : `${found.name}.`}${one.name} depends on schema ${shown}`,
            )
            .join('\n'),
          hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
        });
      for (const one of inside) {
        yield* lockRelation(session, one.oid, ACCESS_EXCLUSIVE);
        dropRelation(session, one);
      }
      for (const one of types) drop(session, one, 'type');
      drop(session, found, 'schema');
    } else if (s.kind === 'extension') session.notice(`extension "${shown}" does not exist, skipping`);
    else {
      const found = session.database.findRelation(path, session);
      if (!found) {
        none('42P01', s.kind);
        continue;
      }
      if (found.kind !== s.kind)
        throw new PgError('42809', `"${found.name}" is not a ${s.kind as ObjectKind}`, {
          hint: `Use DROP ${found.kind.toUpperCase()} to remove a ${KIND_NAMES[found.kind]}.`,
        });
      targets.push(found);
    }
  }
  const gone: string[] = [];
  for (const found of targets) {
    yield* lockRelation(session, found.oid, ACCESS_EXCLUSIVE);
    if (found.kind === 'table') dropDependents(session, found, targets, s.cascade, gone);
    if (found.kind === 'sequence' && found.owner && !s.cascade) {
      const table = session.database.tableByOid(found.owner.table);
      const column = table?.columns.find((one) => one.sequence === found.oid);
      if (table && column)
        throw new PgError('2BP01', `cannot drop sequence ${found.name} because other objects depend on it`, {
          detail: `default value for column ${column.name} of table ${table.name} depends on sequence ${found.name}`,
          hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
        });
    }
    dropRelation(session, found);
  }
  if (gone.length === 1) session.notice(`drop cascades to ${gone[0]}`);
  else if (gone.length)
    session.notice(
      `drop cascades to ${gone.length} other objects`,
      'NOTICE',
      '00000',
      gone.map((one) => `drop cascades to ${one}`).join('\n'),
    );
  return tag;
}

function dropDependents(
  session: Session,
  table: Table,
  targets: readonly Relation[],
  cascade: boolean,
  gone: string[],
): void {
  const users = session.database.referencing(table, session).filter(({ child }) => !targets.includes(child));
  const views = [...session.database.relations.values()].filter(
    (one) =>
      one.kind === 'view' &&
      session.database.isVisible(one, session) &&
      !targets.includes(one) &&
      JSON.stringify(one.query).includes(`"k":"table","name":["${table.name}"]`),
  );
  if ((users.length || views.length) && !cascade)
    throw new PgError('2BP01', `cannot drop table ${table.name} because other objects depend on it`, {
      detail: [
        ...users.map(({ child, fk }) => `constraint ${fk.name} on table ${child.name} depends on table ${table.name}`),
        ...views.map((one) => `view ${one.name} depends on table ${table.name}`),
      ].join('\n'),
      hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
    });
  for (const { child, fk } of users) {
    gone.push(`constraint ${fk.name} on table ${child.name}`);
    put(
      session,
      child,
      'foreignKeys',
      child.foreignKeys.filter((one) => one !== fk),
    );
    logTable(session, child);
  }
  for (const view of views) {
    gone.push(`view ${view.name}`);
    dropRelation(session, view);
  }
}

export function* truncate(session: Session, s: Of<'truncate'>): Task<string> {
  const tables = s.names.map((path) => session.database.table(path, session));
  for (let i = 0; i < tables.length; i++) {
    for (const { child } of session.database.referencing(tables[i]!, session)) {
      if (tables.includes(child)) continue;
      if (!s.cascade)
        throw new PgError('0A000', 'cannot truncate a table referenced in a foreign key constraint', {
          detail: `Table "${child.name}" references "${tables[i]!.name}".`,
          hint: `Truncate table "${child.name}" at the same time, or use TRUNCATE ... CASCADE.`,
        });
      session.notice(`truncate cascades to table "${child.name}"`);
      tables.push(child);
    }
  }
  for (const table of tables) yield* lockRelation(session, table.oid, ACCESS_EXCLUSIVE);
  for (const table of tables) {
    const { heap } = table;
    const { tuples, bytes, dead } = heap;
    const trees = table.indexes.map(({ tree }) => tree);
    heap.clear();
    for (const index of table.indexes) prepareIndex(session, table, index);
    const xact = writer(session);
    xact.undo.push(() => {
      Object.assign(heap, { tuples, bytes, dead });
      for (const [i, index] of table.indexes.entries()) if (trees[i]) index.tree = trees[i];
    });
    if (!table.temp) xact.changes.push({ k: 'truncate', table: table.oid });
    if (s.restart)
      for (const one of session.database.relations.values())
        if (one.kind === 'sequence' && one.owner?.table === table.oid) {
          const old = { last: one.last, isCalled: one.isCalled, logged: one.logged };
          Object.assign(one, { last: one.start, isCalled: false, logged: 0 });
          xact.undo.push(() => Object.assign(one, old));
          xact.changes.push({ k: 'sequence', oid: one.oid, last: one.start, isCalled: false });
        }
  }
  return 'TRUNCATE TABLE';
}
