/** Records of the WAL and of checkpoints: what is written, and how it is read back. */
import type { Database } from '../catalog/database.ts';
import {
  type Check,
  type Column,
  type ForeignKey,
  Index,
  type IndexShape,
  Schema,
  Sequence,
  Table,
  type UserType,
  View,
} from '../catalog/objects.ts';
import { makeDomain, makeEnum } from '../catalog/user-types.ts';
import type { Cluster } from '../session/cluster.ts';
import { type Type, typeMod } from '../types/types.ts';
import type { Row } from '../types/values.ts';
import type { Change } from './changes.ts';
import { decodeRow, encodeRow } from './encode.ts';
import { FROZEN, type Xact } from './xact.ts';

/** What a transaction has to say; null when it changed nothing. */
export function commitRecord(top: Xact): unknown | null {
  if (top.changes.length === 0) return null;
  const database = top.session!.database;
  const changes = top.changes.flatMap((change) => encodeChange(change, database));
  return { x: top.xid, d: database.name, c: changes };
}

function encodeChange(change: Change, database: Database): unknown[] {
  switch (change.k) {
    case 'insert':
      return [['i', change.table, change.row, encodeRow(change.values)]];
    case 'delete':
      return [['d', change.table, change.row]];
    case 'truncate':
      return [['t', change.table]];
    case 'sequence':
      return database.relations.has(change.oid) ? [['s', change.oid, String(change.last), change.isCalled]] : [];
    case 'rewrite':
      return [['r', change.table, change.read().map(([row, values]) => [row, encodeRow(values)])]];
    case 'define':
      return [['o', change.kind, change.oid, change.read()]];
    case 'drop':
      return [['x', change.kind, change.oid]];
    case 'database':
      return [['b', change.name]];
  }
}

const plainColumn = (c: Column) => ({ ...c, type: c.type.oid, mod: undefined });

export const tableDef = (t: Table): unknown => ({
  ...{
    schema: t.schema,
    name: t.name,
    columns: t.columns.map(plainColumn),
    checks: t.checks,
    foreignKeys: t.foreignKeys,
  },
  indexes: t.indexes.map(({ shape }) => shape),
});

export const sequenceDef = (s: Sequence): unknown => {
  const { schema, name, type, cycle, owner, isCalled } = s;
  // Ahead of what was given out, as the WAL allows.
  return {
    schema,
    name,
    type,
    cycle,
    owner,
    isCalled,
    start: String(s.start),
    increment: String(s.increment),
    min: String(s.min),
    max: String(s.max),
    last: String(s.last),
  };
};

export const viewDef = (v: View): unknown => ({
  schema: v.schema,
  name: v.name,
  cols: v.cols,
  query: v.query,
  text: v.text,
});

export const typeDef = (t: UserType): unknown => ({
  ...{ schema: t.schema, name: t.name, labels: t.labels, array: t.type.array?.oid },
  domain: t.domain && {
    base: t.domain.base.oid,
    mods: t.domain.mods,
    notNull: t.domain.notNull,
    checks: t.domain.checks,
    default: t.domain.default,
  },
});

/** Reads records into an empty or older state. */
export class Replay {
  private readonly cluster: Cluster;
  private readonly rows = new Map<Table, Map<number, Row>>();
  maxXid = 0;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  apply(record: any): void {
    if (record.x) this.maxXid = Math.max(this.maxXid, record.x);
    const database = this.cluster.databases.get(record.d) ?? this.cluster.createDatabase(record.d, record.oid);
    for (const change of record.c) this.change(database, change);
  }

  private change(database: Database, c: any[]): void {
    const table = () => database.tableByOid(c[1])!;
    switch (c[0]) {
      case 'i':
        this.rowsOf(table()).set(c[2], decodeRow(c[3]));
        break;
      case 'd':
        this.rowsOf(table()).delete(c[2]);
        break;
      case 't':
        this.rowsOf(table()).clear();
        break;
      case 'r': {
        const rows = this.rowsOf(table());
        rows.clear();
        for (const [row, values] of c[2]) rows.set(row, decodeRow(values));
        break;
      }
      case 's': {
        const s = database.relations.get(c[1]);
        if (s?.kind === 'sequence') {
          s.last = BigInt(c[2]);
          s.isCalled = c[3];
        }
        break;
      }
      case 'o':
        this.define(database, c[1], c[2], c[3]);
        break;
      case 'x':
        if (c[1] === 'type') database.types.delete(c[2]);
        else if (c[1] === 'schema') database.schemas.delete(c[2]);
        else database.relations.delete(c[2]);
        database.changed();
        break;
      case 'b':
        if (!this.cluster.databases.has(c[1])) this.cluster.createDatabase(c[1]);
        break;
    }
  }

  private rowsOf(table: Table): Map<number, Row> {
    let rows = this.rows.get(table);
    if (!rows) {
      rows = new Map();
      this.rows.set(table, rows);
    }
    return rows;
  }

  private type(database: Database, oid: number): Type {
    const found = database.typeByOid(oid);
    if (!found) throw new Error(`the log names type ${oid}, which it has not defined`);
    return found;
  }

  private define(database: Database, kind: string, oid: number, def: any): void {
    this.cluster.nextOid = Math.max(this.cluster.nextOid, oid + 1);
    database.changed();
    switch (kind) {
      case 'table': {
        const known = database.relations.get(oid);
        const table = known?.kind === 'table' ? known : new Table(oid, def.schema, def.name, FROZEN);
        table.schema = def.schema;
        table.name = def.name;
        table.columns = def.columns.map((c: any) => {
          const type = this.type(database, c.type);
          return { ...c, type, mod: typeMod(type.base ?? type, c.mods) };
        });
        table.checks = def.checks as Check[];
        table.foreignKeys = def.foreignKeys as ForeignKey[];
        table.indexes = def.indexes.map((shape: IndexShape) => {
          this.cluster.nextOid = Math.max(this.cluster.nextOid, shape.oid + 1);
          return new Index(shape);
        });
        database.relations.set(oid, table);
        break;
      }
      case 'sequence': {
        const known = database.relations.get(oid);
        const s = known?.kind === 'sequence' ? known : new Sequence(oid, def.schema, def.name, FROZEN);
        Object.assign(s, def, {
          start: BigInt(def.start),
          increment: BigInt(def.increment),
          min: BigInt(def.min),
          max: BigInt(def.max),
          last: BigInt(def.last),
        });
        database.relations.set(oid, s);
        break;
      }
      case 'view': {
        const view = new View(oid, def.schema, def.name, FROZEN, def.query, def.text);
        view.cols = def.cols;
        database.relations.set(oid, view);
        break;
      }
      case 'type': {
        const known = database.types.get(oid);
        if (known && def.labels) {
          known.labels!.splice(0, known.labels!.length, ...def.labels);
          known.name = def.name;
        } else if (def.labels)
          database.types.set(oid, makeEnum(oid, def.array, def.schema, def.name, def.labels, FROZEN));
        else
          database.types.set(
            oid,
            makeDomain(oid, def.array, def.schema, def.name, this.type(database, def.domain.base), def.domain, FROZEN),
          );
        this.cluster.nextOid = Math.max(this.cluster.nextOid, def.array + 1);
        break;
      }
      case 'schema':
        database.schemas.set(oid, new Schema(oid, def.name, FROZEN));
        break;
    }
  }

  /** Puts the rows that are left into the tables. Indexes are filled when the tables are first used. */
  finish(): void {
    for (const [table, rows] of this.rows) {
      table.heap.clear();
      for (const [row, values] of [...rows].sort(([a], [b]) => a - b)) table.heap.add(values, FROZEN, 0, row);
    }
  }
}

/** Everything that is committed, as records. */
export function* snapshotRecords(cluster: Cluster): Generator<unknown> {
  const isIn = (x: Xact) => x.state === 'committed' || x.top.isLogged;
  for (const database of cluster.databases.values()) {
    const here = <T extends { createdBy: Xact; droppedBy: Xact | null }>(list: Iterable<T>) =>
      [...list].filter((one) => isIn(one.createdBy) && !(one.droppedBy && isIn(one.droppedBy)));
    const objects: unknown[] = [];
    for (const one of here(database.schemas.values())) objects.push(['o', 'schema', one.oid, { name: one.name }]);
    for (const one of here(database.types.values())) objects.push(['o', 'type', one.oid, typeDef(one)]);
    for (const one of here(database.relations.values())) {
      if (one.kind === 'table') {
        if (!one.temp) objects.push(['o', 'table', one.oid, tableDef(one)]);
      } else if (one.kind === 'sequence') objects.push(['o', 'sequence', one.oid, sequenceDef(one)]);
      else objects.push(['o', 'view', one.oid, viewDef(one)]);
    }
    yield { d: database.name, oid: database.oid, c: objects };
    for (const table of here(database.relations.values())) {
      if (table.kind !== 'table' || table.temp) continue;
      let batch: unknown[] = [];
      for (const t of table.heap.tuples) {
        if (!isIn(t.xmin) || t.xmin.state === 'aborted' || (t.xmax && t.xmax.state !== 'aborted' && isIn(t.xmax)))
          continue;
        batch.push(['i', table.oid, t.row, encodeRow(t.values)]);
        if (batch.length >= 500) {
          yield { d: database.name, c: batch };
          batch = [];
        }
      }
      if (batch.length) yield { d: database.name, c: batch };
    }
  }
}
