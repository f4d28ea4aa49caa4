/** The part of pg_catalog and information_schema that clients ask for, made from the catalog when it is read. */

import { constraintOid, indexText } from '../functions/system.ts';
import type { Exec } from '../run/exec.ts';
import type { Session } from '../session/session.ts';
import { SETTINGS } from '../session/settings.ts';
import { MODES } from '../storage/locks.ts';
import { wallToUs } from '../types/binary.ts';
import { allTypes, type Type, typeByName } from '../types/types.ts';
import { type Datum, PgArray, type Row } from '../types/values.ts';
import type { Database } from './database.ts';
import type { Index, Relation, Table } from './objects.ts';

export interface SystemTable {
  readonly oid: number;
  readonly name: string;
  readonly columns: readonly { name: string; type: Type }[];
  rows(x: Exec): Row[];
}

interface Source {
  readonly oid: number;
  readonly schema: 'pg_catalog' | 'information_schema';
  /** `name type, …` */
  readonly shape: string;
  readonly rows: (session: Session) => Record<string, Datum>[];
}

export function systemTable(_database: Database, path: readonly string[], _session: Session): SystemTable | null {
  const name = path.at(-1)!;
  const schema = path.length > 1 ? path.at(-2)! : 'pg_catalog';
  const key = Object.hasOwn(SOURCES, name)
    ? name
    : (Object.keys(SOURCES).find((one) => String(SOURCES[one]!.oid) === name) ?? null);
  const source = key === null ? null : SOURCES[key]!;
  if (!source || source.schema !== schema) return null;
  const columns = source.shape.split(',').map((one) => {
    const [column, type] = one.trim().split(/\s+/) as [string, string];
    return { name: column, type: typeByName(type)! };
  });
  return {
    oid: source.oid,
    name: key!,
    columns,
    rows: (x) => source.rows(x.session).map((row) => columns.map((one) => row[one.name] ?? null)),
  };
}

const NAMESPACES: Readonly<Record<string, number>> = { pg_catalog: 11, pg_toast: 99, information_schema: 13427 };

function namespaceOid(session: Session, schema: string): number {
  if (NAMESPACES[schema]) return NAMESPACES[schema];
  for (const one of session.database.schemas.values())
    if (one.name === schema && session.database.isVisible(one, session)) return one.oid;
  return 0;
}

const seen = (session: Session): Relation[] =>
  [...session.database.relations.values()].filter(
    (one) => session.database.isVisible(one, session) && !(one.kind === 'table' && one.temp && one.temp !== session),
  );
const tables = (session: Session): Table[] => seen(session).filter((one): one is Table => one.kind === 'table');
const indexes = (session: Session): { table: Table; index: Index }[] =>
  tables(session).flatMap((table) => table.indexes.map((index) => ({ table, index })));
const liveColumns = (table: Table) =>
  table.columns.map((column, i) => ({ column, number: i + 1 })).filter(({ column }) => !column.isDropped);
const yes = (v: boolean) => (v ? 'YES' : 'NO');

function viewColumns(
  session: Session,
  one: Relation,
): { name: string; type: Type; notNull: boolean; number: number; mod: number }[] {
  if (one.kind === 'table')
    return liveColumns(one).map(({ column, number }) => ({
      name: column.name,
      type: column.type,
      notNull: column.notNull,
      number,
      mod: column.mod?.number ?? -1,
    }));
  if (one.kind === 'view')
    return session
      .columnsOf(one)
      .map(({ name, type, mod }, i) => ({ name, type, notNull: false, number: i + 1, mod: mod?.number ?? -1 }));
  return [];
}

const typeRow = (session: Session, type: Type, namespace: number) => ({
  ...{
    oid: type.oid,
    typname: type.typname,
    typnamespace: namespace,
    typowner: 10,
    typlen: type.length,
    typbyval: type.length > 0 && type.length <= 8,
  },
  typtype:
    type.kind === 'enum'
      ? 'e'
      : type.kind === 'domain'
        ? 'd'
        : type.kind === 'range'
          ? 'r'
          : type.kind === 'pseudo'
            ? 'p'
            : 'b',
  ...{
    typcategory: type.category,
    typispreferred: ['text', 'float8', 'timestamptz', 'bool', 'interval', 'oid'].includes(type.typname),
    typisdefined: true,
    typdelim: ',',
  },
  ...{
    typrelid: 0,
    typelem: type.elem?.oid ?? 0,
    typarray: type.array?.oid ?? 0,
    typbasetype: type.base?.oid ?? 0,
    typtypmod: -1,
    typnotnull: false,
    typndims: 0,
  },
  ...{ typinput: session.database.oid ? 0 : 0, typcollation: type.category === 'S' ? 100 : 0 },
});

function constraints(session: Session): Record<string, Datum>[] {
  return tables(session).flatMap((table) => {
    const base = {
      connamespace: namespaceOid(session, table.schema),
      conrelid: table.oid,
      contypid: 0,
      condeferrable: false,
      condeferred: false,
      convalidated: true,
      conindid: 0,
      confrelid: 0,
      conislocal: true,
      coninhcount: 0,
      connoinherit: true,
    };
    return [
      ...table.indexes
        .filter(({ shape }) => shape.isConstraint)
        .map(({ shape }) => ({
          ...base,
          oid: shape.oid,
          conname: shape.name,
          contype: shape.isPrimary ? 'p' : shape.exclude ? 'x' : 'u',
          conindid: shape.oid,
          conkey: new PgArray(shape.items.map(({ col }) => (col ?? -1) + 1)),
        })),
      ...table.checks.map((one, i) => ({
        ...base,
        oid: constraintOid(table, i),
        conname: one.name,
        contype: 'c',
        conkey: new PgArray([]),
      })),
      ...table.foreignKeys.map((one, i) => ({
        ...base,
        ...{
          oid: constraintOid(table, table.checks.length + i),
          conname: one.name,
          contype: 'f',
          confrelid: one.table,
          condeferrable: one.deferrable,
          condeferred: one.deferred,
        },
        ...{
          conkey: new PgArray(one.cols.map((col) => col + 1)),
          confkey: new PgArray(one.refs.map((col) => col + 1)),
        },
        ...{
          confupdtype:
            one.onUpdate === 'no action'
              ? 'a'
              : one.onUpdate === 'set null'
                ? 'n'
                : one.onUpdate === 'set default'
                  ? 'd'
                  : one.onUpdate[0],
          confdeltype:
            one.onDelete === 'no action'
              ? 'a'
              : one.onDelete === 'set null'
                ? 'n'
                : one.onDelete === 'set default'
                  ? 'd'
                  : one.onDelete[0],
          confmatchtype: 's',
        },
      })),
    ];
  });
}

const defaultText = (session: Session, table: Table, i: number): string | null => {
  const column = table.columns[i]!;
  if (column.generated) return `(${column.generated.text})`;
  if (column.identity) return null;
  if (column.default) return column.default.text;
  const s = column.sequence === null ? null : session.database.relations.get(column.sequence);
  return s ? `nextval('${s.name}'::regclass)` : null;
};

function locks(session: Session): Record<string, Datum>[] {
  const rows: Record<string, Datum>[] = [];
  const { cluster } = session;
  for (const { tag, holders, queue } of cluster.locks.locks.values()) {
    const base = {
      locktype: tag.type,
      database: tag.type === 'transactionid' ? null : session.database.oid,
      relation: tag.relation ?? null,
      page: tag.page ?? null,
      tuple: tag.offset ?? null,
      transactionid: tag.xid ?? null,
      classid: tag.classid ?? null,
      objid: tag.objid ?? null,
      objsubid: tag.objsubid ?? null,
      fastpath: false,
    };
    for (const [owner, counts] of holders)
      for (let mode = 1; mode <= 8; mode++)
        if (counts[mode]! > 0)
          rows.push({
            ...base,
            pid: owner.pid,
            mode: MODES[mode],
            granted: true,
            virtualtransaction: `${owner.pid}/1`,
          });
    for (const waiter of queue)
      rows.push({
        ...base,
        pid: waiter.owner.pid,
        mode: MODES[waiter.mode],
        granted: false,
        waitstart: wallToUs(waiter.sinceMs),
        virtualtransaction: `${waiter.owner.pid}/1`,
      });
  }
  // As every session holds its own number.
  for (const one of cluster.sessions)
    if (one.xact)
      rows.push({
        locktype: 'virtualxid',
        virtualxid: `${one.pid}/1`,
        virtualtransaction: `${one.pid}/1`,
        pid: one.pid,
        mode: 'ExclusiveLock',
        granted: true,
        fastpath: true,
      });
  for (const { xact, relations } of cluster.ssi.active)
    for (const _ of relations)
      rows.push({
        locktype: 'relation',
        pid: xact.session?.pid ?? null,
        mode: 'SIReadLock',
        granted: true,
        fastpath: false,
      });
  return rows;
}

function activity(session: Session): Record<string, Datum>[] {
  const us = (ms: number) => (ms ? wallToUs(ms) : null);
  return [...session.cluster.sessions].map((one) => ({
    ...{
      datid: one.database.oid,
      datname: one.database.name,
      pid: one.pid,
      usesysid: 10,
      usename: one.user,
      application_name: one.get('application_name'),
    },
    ...{
      client_addr: one.clientAddress,
      client_port: one.clientPort,
      backend_start: us(one.startMs),
      xact_start: one.xact ? us(one.xactStartMs) : null,
      query_start: us(one.queryStartMs),
      state_change: us(one.stateSinceMs),
    },
    ...{
      wait_event_type: one.wait?.type || (one.state === 'active' ? null : 'Client'),
      wait_event: one.wait?.event || (one.state === 'active' ? null : 'ClientRead'),
      state: one.state,
      backend_xid: one.xid || null,
      query: one.query,
      backend_type: 'client backend',
    },
  }));
}

function schemas(session: Session): { oid: number; name: string }[] {
  const own = [...session.database.schemas.values()].filter((one) => session.database.isVisible(one, session));
  return [...Object.entries(NAMESPACES).map(([name, oid]) => ({ oid, name })), ...own];
}

/** Where data types of information_schema differ from format_type. */
const dataType = (type: Type) =>
  type.kind === 'array'
    ? 'ARRAY'
    : type.kind === 'enum'
      ? 'USER-DEFINED'
      : type.kind === 'domain'
        ? type.base!.name
        : type.name;

const catalog = 'pg_catalog' as const;
const information = 'information_schema' as const;

const SOURCES: Readonly<Record<string, Source>> = {
  pg_namespace: {
    oid: 2615,
    schema: catalog,
    shape: 'oid oid, nspname name, nspowner oid, nspacl text',
    rows: (s) => schemas(s).map(({ oid, name }) => ({ oid, nspname: name, nspowner: 10 })),
  },
  pg_class: {
    ...{ oid: 1259, schema: catalog },
    shape:
      'oid oid, relname name, relnamespace oid, reltype oid, relowner oid, relam oid, relfilenode oid, reltablespace oid, relpages int4, reltuples float4, reltoastrelid oid, relhasindex bool, relisshared bool, relpersistence char, relkind char, relnatts int2, relchecks int2, relhasrules bool, relhastriggers bool, relrowsecurity bool, relforcerowsecurity bool, relhassubclass bool, relispartition bool, relreplident char, relispopulated bool, reloftype oid',
    rows: (s) => {
      const base = {
        relowner: 10,
        reltablespace: 0,
        reltoastrelid: 0,
        relisshared: false,
        relhasrules: false,
        relhastriggers: false,
        relrowsecurity: false,
        relforcerowsecurity: false,
        relhassubclass: false,
        relispartition: false,
        relreplident: 'd',
        relispopulated: true,
        reloftype: 0,
        relpersistence: 'p',
        relchecks: 0,
        relhasindex: false,
        reltype: 0,
        relam: 0,
        relpages: 0,
        reltuples: -1,
      };
      return [
        ...seen(s).map((one) => ({
          ...base,
          ...{
            oid: one.oid,
            relname: one.name,
            relnamespace: namespaceOid(s, one.schema),
            relfilenode: one.oid,
            relkind: one.kind === 'table' ? 'r' : one.kind === 'view' ? 'v' : 'S',
            relnatts: viewColumns(s, one).length,
          },
          ...(one.kind === 'table'
            ? {
                relam: 2,
                relhasindex: one.indexes.length > 0,
                relchecks: one.checks.length,
                relpages: one.analyzedRows === null ? 0 : one.heap.pages,
                reltuples: one.analyzedRows ?? -1,
                relpersistence: one.temp ? 't' : 'p',
                relhastriggers: one.foreignKeys.length > 0,
              }
            : {}),
        })),
        ...indexes(s).map(({ table, index: { shape } }) => ({
          ...base,
          oid: shape.oid,
          relname: shape.name,
          relnamespace: namespaceOid(s, table.schema),
          relfilenode: shape.oid,
          relkind: 'i',
          relnatts: shape.items.length,
          relam: 403,
        })),
      ];
    },
  },
  pg_attribute: {
    ...{ oid: 1249, schema: catalog },
    shape:
      'attrelid oid, attname name, atttypid oid, attstattarget int4, attlen int2, attnum int2, attndims int4, atttypmod int4, attnotnull bool, atthasdef bool, atthasmissing bool, attidentity char, attgenerated char, attisdropped bool, attislocal bool, attinhcount int4, attcollation oid, attstorage char, attcompression char, attoptions _text, attfdwoptions _text, attacl text',
    rows: (s) => [
      ...seen(s).flatMap((one) =>
        viewColumns(s, one).map(({ name, type, notNull, number, mod }) => {
          const column = one.kind === 'table' ? one.columns[number - 1]! : null;
          return {
            ...{
              attrelid: one.oid,
              attname: name,
              atttypid: type.oid,
              attstattarget: -1,
              attlen: type.length,
              attnum: number,
              attndims: type.kind === 'array' ? 1 : 0,
              atttypmod: mod,
              attnotnull: notNull,
            },
            ...{
              atthasdef: column !== null && one.kind === 'table' && defaultText(s, one, number - 1) !== null,
              atthasmissing: false,
              attidentity: column?.identity === 'always' ? 'a' : column?.identity === 'default' ? 'd' : '',
              attgenerated: column?.generated ? 's' : '',
              attisdropped: false,
              attislocal: true,
              attinhcount: 0,
              attcollation: type.category === 'S' ? 100 : 0,
              attstorage: type.length > 0 ? 'p' : 'x',
              attcompression: '',
            },
          };
        }),
      ),
      ...indexes(s).flatMap(({ index: { shape, types } }) =>
        shape.items.map((item, i) => ({
          attrelid: shape.oid,
          attname: item.text,
          atttypid: types[i]?.oid ?? 0,
          attnum: i + 1,
          atttypmod: -1,
          attnotnull: false,
          atthasdef: false,
          attisdropped: false,
          attidentity: '',
          attgenerated: '',
          attndims: 0,
          attcollation: 0,
        })),
      ),
    ],
  },
  pg_attrdef: {
    oid: 2604,
    schema: catalog,
    shape: 'oid oid, adrelid oid, adnum int2, adbin text',
    rows: (s) =>
      tables(s).flatMap((table) =>
        liveColumns(table).flatMap(({ number }) =>
          defaultText(s, table, number - 1) === null
            ? []
            : [
                {
                  oid: constraintOid(table, 500 + number),
                  adrelid: table.oid,
                  adnum: number,
                  adbin: defaultText(s, table, number - 1),
                },
              ],
        ),
      ),
  },
  pg_type: {
    ...{ oid: 1247, schema: catalog },
    shape:
      'oid oid, typname name, typnamespace oid, typowner oid, typlen int2, typbyval bool, typtype char, typcategory char, typispreferred bool, typisdefined bool, typdelim char, typrelid oid, typelem oid, typarray oid, typinput regproc, typnotnull bool, typbasetype oid, typtypmod int4, typndims int4, typcollation oid, typdefault text, typacl text',
    rows: (s) => [
      ...[...allTypes()].map((type) => typeRow(s, type, 11)),
      ...[...s.database.types.values()]
        .filter((one) => s.database.isVisible(one, s))
        .flatMap((one) => {
          const namespace = namespaceOid(s, one.schema);
          return [
            { ...typeRow(s, one.type, namespace), typname: one.name },
            ...(one.type.array ? [{ ...typeRow(s, one.type.array, namespace), typname: `_${one.name}` }] : []),
          ];
        }),
    ],
  },
  pg_enum: {
    oid: 3501,
    schema: catalog,
    shape: 'oid oid, enumtypid oid, enumsortorder float4, enumlabel name',
    rows: (s) =>
      [...s.database.types.values()]
        .filter((one) => s.database.isVisible(one, s))
        .flatMap((one) =>
          (one.labels ?? []).map((label, i) => ({
            oid: one.oid * 100 + i,
            enumtypid: one.oid,
            enumsortorder: i + 1,
            enumlabel: label,
          })),
        ),
  },
  pg_index: {
    ...{ oid: 2610, schema: catalog },
    shape:
      'indexrelid oid, indrelid oid, indnatts int2, indnkeyatts int2, indisunique bool, indnullsnotdistinct bool, indisprimary bool, indisexclusion bool, indimmediate bool, indisclustered bool, indisvalid bool, indcheckxmin bool, indisready bool, indislive bool, indisreplident bool, indkey _int2, indoption _int2, indexprs text, indpred text',
    rows: (s) =>
      indexes(s).map(({ table, index: { shape } }) => ({
        indexrelid: shape.oid,
        indrelid: table.oid,
        indnatts: shape.items.length,
        indnkeyatts: shape.items.length,
        indisunique: shape.unique,
        indnullsnotdistinct: shape.nullsNotDistinct,
        indisprimary: shape.isPrimary,
        indisexclusion: shape.exclude !== null,
        indimmediate: true,
        indisclustered: false,
        indisvalid: true,
        indcheckxmin: false,
        indisready: true,
        indislive: true,
        indisreplident: false,
        indkey: new PgArray(shape.items.map(({ col }) => (col === null ? 0 : col + 1))),
        indoption: new PgArray(shape.items.map(({ desc, nullsFirst }) => (desc ? 1 : 0) + (nullsFirst ? 2 : 0))),
        indexprs: shape.items.some(({ col }) => col === null)
          ? shape.items
              .filter(({ col }) => col === null)
              .map(({ text }) => text)
              .join(', ')
          : null,
        indpred: shape.where ? shape.whereText : null,
      })),
  },
  pg_constraint: {
    ...{ oid: 2606, schema: catalog },
    shape:
      'oid oid, conname name, connamespace oid, contype char, condeferrable bool, condeferred bool, convalidated bool, conrelid oid, contypid oid, conindid oid, conparentid oid, confrelid oid, confupdtype char, confdeltype char, confmatchtype char, conislocal bool, coninhcount int4, connoinherit bool, conkey _int2, confkey _int2, conbin text',
    rows: constraints,
  },
  pg_sequence: {
    oid: 2224,
    schema: catalog,
    shape:
      'seqrelid oid, seqtypid oid, seqstart int8, seqincrement int8, seqmax int8, seqmin int8, seqcache int8, seqcycle bool',
    rows: (s) =>
      seen(s).flatMap((one) =>
        one.kind === 'sequence'
          ? [
              {
                seqrelid: one.oid,
                seqtypid: one.type === 'bigint' ? 20 : 23,
                seqstart: one.start,
                seqincrement: one.increment,
                seqmax: one.max,
                seqmin: one.min,
                seqcache: 1n,
                seqcycle: one.cycle,
              },
            ]
          : [],
      ),
  },
  pg_sequences: {
    oid: 12074,
    schema: catalog,
    shape:
      'schemaname name, sequencename name, sequenceowner name, data_type regtype, start_value int8, min_value int8, max_value int8, increment_by int8, cycle bool, cache_size int8, last_value int8',
    rows: (s) =>
      seen(s).flatMap((one) =>
        one.kind === 'sequence'
          ? [
              {
                schemaname: one.schema,
                sequencename: one.name,
                sequenceowner: s.user,
                data_type: one.type === 'bigint' ? 20 : 23,
                start_value: one.start,
                min_value: one.min,
                max_value: one.max,
                increment_by: one.increment,
                cycle: one.cycle,
                cache_size: 1n,
                last_value: one.isCalled ? one.last : null,
              },
            ]
          : [],
      ),
  },
  pg_database: {
    oid: 1262,
    schema: catalog,
    shape:
      'oid oid, datname name, datdba oid, encoding int4, datcollate name, datctype name, datistemplate bool, datallowconn bool, datconnlimit int4, datlocprovider char, daticulocale text, datacl text',
    rows: (s) =>
      [...s.cluster.databases.values()].map((one) => ({
        oid: one.oid,
        datname: one.name,
        datdba: 10,
        encoding: 6,
        datcollate: 'C.UTF-8',
        datctype: 'C.UTF-8',
        datistemplate: one.name.startsWith('template'),
        datallowconn: one.name !== 'template0',
        datconnlimit: -1,
        datlocprovider: 'c',
      })),
  },
  pg_roles: {
    oid: 12000,
    schema: catalog,
    shape:
      'rolname name, rolsuper bool, rolinherit bool, rolcreaterole bool, rolcreatedb bool, rolcanlogin bool, rolreplication bool, rolconnlimit int4, oid oid',
    rows: (s) =>
      [...s.cluster.roles.keys()].map((name, i) => ({
        rolname: name,
        rolsuper: true,
        rolinherit: true,
        rolcreaterole: true,
        rolcreatedb: true,
        rolcanlogin: true,
        rolreplication: true,
        rolconnlimit: -1,
        oid: 10 + i,
      })),
  },
  pg_user: {
    oid: 12001,
    schema: catalog,
    shape: 'usename name, usesysid oid, usecreatedb bool, usesuper bool',
    rows: (s) =>
      [...s.cluster.roles.keys()].map((name, i) => ({
        usename: name,
        usesysid: 10 + i,
        usecreatedb: true,
        usesuper: true,
      })),
  },
  pg_settings: {
    oid: 12101,
    schema: catalog,
    shape: 'name text, setting text, unit text, category text',
    rows: (s) => Object.keys(SETTINGS).map((name) => ({ name, setting: s.get(name) })),
  },
  pg_stat_activity: {
    ...{ oid: 12200, schema: catalog },
    shape:
      'datid oid, datname name, pid int4, leader_pid int4, usesysid oid, usename name, application_name text, client_addr inet, client_hostname text, client_port int4, backend_start timestamptz, xact_start timestamptz, query_start timestamptz, state_change timestamptz, wait_event_type text, wait_event text, state text, backend_xid xid, backend_xmin xid, query_id int8, query text, backend_type text',
    rows: activity,
  },
  pg_locks: {
    oid: 12073,
    schema: catalog,
    shape:
      'locktype text, database oid, relation oid, page int4, tuple int2, virtualxid text, transactionid xid, classid oid, objid oid, objsubid int2, virtualtransaction text, pid int4, mode text, granted bool, fastpath bool, waitstart timestamptz',
    rows: locks,
  },
  pg_tables: {
    oid: 12010,
    schema: catalog,
    shape:
      'schemaname name, tablename name, tableowner name, tablespace name, hasindexes bool, hasrules bool, hastriggers bool, rowsecurity bool',
    rows: (s) =>
      tables(s).map((one) => ({
        schemaname: one.schema,
        tablename: one.name,
        tableowner: s.user,
        hasindexes: one.indexes.length > 0,
        hasrules: false,
        hastriggers: one.foreignKeys.length > 0,
        rowsecurity: false,
      })),
  },
  pg_views: {
    oid: 12011,
    schema: catalog,
    shape: 'schemaname name, viewname name, viewowner name, definition text',
    rows: (s) =>
      seen(s).flatMap((one) =>
        one.kind === 'view'
          ? [{ schemaname: one.schema, viewname: one.name, viewowner: s.user, definition: ` ${one.text};` }]
          : [],
      ),
  },
  pg_indexes: {
    oid: 12012,
    schema: catalog,
    shape: 'schemaname name, tablename name, indexname name, tablespace name, indexdef text',
    rows: (s) =>
      indexes(s).map(({ table, index: { shape } }) => ({
        schemaname: table.schema,
        tablename: table.name,
        indexname: shape.name,
        indexdef: indexText(s, shape.oid),
      })),
  },
  pg_description: {
    oid: 2609,
    schema: catalog,
    shape: 'objoid oid, classoid oid, objsubid int4, description text',
    rows: () => [],
  },
  pg_depend: {
    oid: 2608,
    schema: catalog,
    shape: 'classid oid, objid oid, objsubid int4, refclassid oid, refobjid oid, refobjsubid int4, deptype char',
    rows: () => [],
  },
  pg_collation: {
    oid: 3456,
    schema: catalog,
    shape: 'oid oid, collname name, collnamespace oid',
    rows: () => [{ oid: 100, collname: 'default', collnamespace: 11 }],
  },
  pg_am: {
    oid: 2601,
    schema: catalog,
    shape: 'oid oid, amname name, amtype char',
    rows: () => [
      { oid: 2, amname: 'heap', amtype: 't' },
      { oid: 403, amname: 'btree', amtype: 'i' },
    ],
  },
  pg_extension: {
    oid: 3079,
    schema: catalog,
    shape: 'oid oid, extname name, extnamespace oid, extversion text',
    rows: () => [{ oid: 13500, extname: 'plpgsql', extnamespace: 11, extversion: '1.0' }],
  },
  pg_inherits: { oid: 2611, schema: catalog, shape: 'inhrelid oid, inhparent oid, inhseqno int4', rows: () => [] },
  pg_proc: { oid: 1255, schema: catalog, shape: 'oid oid, proname name, pronamespace oid', rows: () => [] },
  pg_trigger: {
    oid: 2620,
    schema: catalog,
    shape: 'oid oid, tgrelid oid, tgname name, tgisinternal bool',
    rows: () => [],
  },
  pg_policy: { oid: 3256, schema: catalog, shape: 'oid oid, polname name, polrelid oid', rows: () => [] },
  pg_tablespace: {
    oid: 1213,
    schema: catalog,
    shape: 'oid oid, spcname name',
    rows: () => [{ oid: 1663, spcname: 'pg_default' }],
  },
  pg_stat_user_tables: {
    oid: 12201,
    schema: catalog,
    shape: 'relid oid, schemaname name, relname name, n_live_tup int8, n_dead_tup int8',
    rows: (s) =>
      tables(s).map((one) => ({
        relid: one.oid,
        schemaname: one.schema,
        relname: one.name,
        n_live_tup: BigInt(Math.max(0, one.heap.tuples.length - one.heap.dead)),
        n_dead_tup: BigInt(one.heap.dead),
      })),
  },
  schemata: {
    oid: 13500,
    schema: information,
    shape: 'catalog_name name, schema_name name, schema_owner name',
    rows: (s) =>
      schemas(s).map(({ name }) => ({ catalog_name: s.database.name, schema_name: name, schema_owner: s.user })),
  },
  tables: {
    oid: 13501,
    schema: information,
    shape: 'table_catalog name, table_schema name, table_name name, table_type varchar, is_insertable_into varchar',
    rows: (s) =>
      seen(s).flatMap((one) =>
        one.kind === 'sequence'
          ? []
          : [
              {
                table_catalog: s.database.name,
                table_schema: one.schema,
                table_name: one.name,
                table_type: one.kind === 'view' ? 'VIEW' : 'BASE TABLE',
                is_insertable_into: yes(one.kind === 'table'),
              },
            ],
      ),
  },
  columns: {
    ...{ oid: 13502, schema: information },
    shape:
      'table_catalog name, table_schema name, table_name name, column_name name, ordinal_position int4, column_default varchar, is_nullable varchar, data_type varchar, character_maximum_length int4, numeric_precision int4, numeric_scale int4, datetime_precision int4, udt_schema name, udt_name name, is_identity varchar, identity_generation varchar, is_generated varchar, generation_expression varchar, is_updatable varchar',
    rows: (s) =>
      seen(s).flatMap((one) =>
        viewColumns(s, one).map(({ name, type, notNull, number, mod }) => {
          const column = one.kind === 'table' ? one.columns[number - 1]! : null;
          const base = type.base ?? type;
          return {
            ...{
              table_catalog: s.database.name,
              table_schema: one.schema,
              table_name: one.name,
              column_name: name,
              ordinal_position: number,
              column_default:
                column && !column.generated && one.kind === 'table' ? defaultText(s, one, number - 1) : null,
              is_nullable: yes(!notNull),
              data_type: dataType(type),
            },
            character_maximum_length: mod >= 4 && ['varchar', 'bpchar'].includes(base.typname) ? mod - 4 : null,
            numeric_precision:
              ({ int2: 16, int4: 32, int8: 64, float4: 24, float8: 53 } as Record<string, number>)[base.typname] ??
              (base.typname === 'numeric' && mod >= 4 ? (mod - 4) >> 16 : null),
            numeric_scale:
              ({ int2: 0, int4: 0, int8: 0 } as Record<string, number>)[base.typname] ??
              (base.typname === 'numeric' && mod >= 4 ? (mod - 4) & 0xffff : null),
            datetime_precision: base.category === 'D' ? (base.typname === 'date' ? 0 : mod >= 0 ? mod : 6) : null,
            ...{
              udt_schema: 'pg_catalog',
              udt_name: base.typname,
              is_identity: yes(column?.identity != null),
              identity_generation: column?.identity === 'always' ? 'ALWAYS' : column?.identity ? 'BY DEFAULT' : null,
              is_generated: column?.generated ? 'ALWAYS' : 'NEVER',
              generation_expression: column?.generated?.text ?? null,
              is_updatable: yes(one.kind === 'table'),
            },
          };
        }),
      ),
  },
  table_constraints: {
    ...{ oid: 13503, schema: information },
    shape:
      'constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name, table_schema name, table_name name, constraint_type varchar, is_deferrable varchar, initially_deferred varchar',
    rows: (s) =>
      tables(s).flatMap((table) => {
        const base = {
          constraint_catalog: s.database.name,
          constraint_schema: table.schema,
          table_catalog: s.database.name,
          table_schema: table.schema,
          table_name: table.name,
          is_deferrable: 'NO',
          initially_deferred: 'NO',
        };
        return [
          ...table.indexes
            .filter(({ shape }) => shape.isConstraint && !shape.exclude)
            .map(({ shape }) => ({
              ...base,
              constraint_name: shape.name,
              constraint_type: shape.isPrimary ? 'PRIMARY KEY' : 'UNIQUE',
            })),
          ...table.checks.map(({ name }) => ({ ...base, constraint_name: name, constraint_type: 'CHECK' })),
          ...table.foreignKeys.map(({ name, deferrable, deferred }) => ({
            ...base,
            constraint_name: name,
            constraint_type: 'FOREIGN KEY',
            is_deferrable: yes(deferrable),
            initially_deferred: yes(deferred),
          })),
        ];
      }),
  },
  key_column_usage: {
    ...{ oid: 13504, schema: information },
    shape:
      'constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name, table_schema name, table_name name, column_name name, ordinal_position int4, position_in_unique_constraint int4',
    rows: (s) =>
      tables(s).flatMap((table) => {
        const base = {
          constraint_catalog: s.database.name,
          constraint_schema: table.schema,
          table_catalog: s.database.name,
          table_schema: table.schema,
          table_name: table.name,
        };
        return [
          ...table.indexes
            .filter(({ shape }) => shape.isConstraint && !shape.exclude)
            .flatMap(({ shape }) =>
              shape.items.map(({ text }, i) => ({
                ...base,
                constraint_name: shape.name,
                column_name: text,
                ordinal_position: i + 1,
              })),
            ),
          ...table.foreignKeys.flatMap(({ name, cols }) =>
            cols.map((col, i) => ({
              ...base,
              constraint_name: name,
              column_name: table.columns[col]!.name,
              ordinal_position: i + 1,
              position_in_unique_constraint: i + 1,
            })),
          ),
        ];
      }),
  },
};
