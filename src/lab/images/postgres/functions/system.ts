/** Functions of the server itself: identity, settings, sequences, advisory locks, other sessions, the catalog. */

import { nameParts } from '../catalog/database.ts';
import type { Table } from '../catalog/objects.ts';
import { PgError } from '../errors.ts';
import type { Exec, Task } from '../run/exec.ts';
import { exprText } from '../run/from.ts';
import { TimeWait, takeLock, writer } from '../run/waits.ts';
import type { Session } from '../session/session.ts';
import { VERSION } from '../session/settings.ts';
import { EXCLUSIVE, type LockTag, SHARE } from '../storage/locks.ts';
import { intervalUs } from '../types/datetime.ts';
import { hexOf } from '../types/types.ts';
import { type Datum, PgArray } from '../types/values.ts';
import { def } from './registry.ts';
import { quoteName } from './text.ts';

export function systemFunctions(): void {
  def(
    'version() text',
    () => `PostgreSQL ${VERSION} on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit`,
  );
  def('current_database() name', (_, x) => x.session.database.name);
  for (const name of ['current_user', 'session_user']) def(`${name}() name`, (_, x) => x.session.user);
  def('current_schema() name', (_, x) => x.session.currentSchema);
  def('current_schemas(bool) _name', ([all], x) => {
    const names = x.session.database.schemaNames(x.session);
    return new PgArray([...(all ? ['pg_catalog'] : []), ...x.session.searchPath.filter((one) => names.includes(one))]);
  });
  def('pg_backend_pid() int4', (_, x) => x.session.pid);
  def('inet_client_addr() text', (_, x) => x.session.clientAddress);
  def('inet_server_port() int4', () => 5432);
  def('pg_postmaster_start_time() timestamptz', (_, x) => x.session.nowUs);
  def('pg_is_in_recovery() bool', () => false);
  def('current_setting(text) text', ([name], x) => x.session.get(name.toLowerCase()), { volatile: true });
  def(
    'current_setting(text, bool) text',
    ([name, missingOk], x) => {
      try {
        return x.session.get(name.toLowerCase());
      } catch (error) {
        if (missingOk) return null;
        throw error;
      }
    },
    { volatile: true },
  );
  def(
    'set_config(text, text, bool) text',
    ([name, value, local], x) => {
      x.session.set(name.toLowerCase(), value, local);
      return x.session.get(name.toLowerCase());
    },
    { volatile: true },
  );
  for (const name of ['gen_random_uuid', 'uuid_generate_v4'])
    def(
      `${name}() uuid`,
      (_, x) => {
        const bytes = new Uint8Array(16);
        x.session.cluster.machine.fillRandom(bytes);
        bytes[6] = (bytes[6]! & 0x0f) | 0x40;
        bytes[8] = (bytes[8]! & 0x3f) | 0x80;
        return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      },
      { volatile: true },
    );
  def(
    'gen_random_bytes(int4) bytea',
    ([n], x) => {
      const bytes = new Uint8Array(n);
      x.session.cluster.machine.fillRandom(bytes);
      return bytes;
    },
    { volatile: true },
  );
  transactions();
  sequences();
  advisory();
  others();
  catalog();
}

function transactions(): void {
  for (const [name, type] of [
    ['txid_current', 'int8'],
    ['pg_current_xact_id', 'int8'],
  ])
    def(
      `${name}() ${type}`,
      (_, x) => {
        writer(x.session);
        return BigInt(x.session.xid);
      },
      { volatile: true },
    );
  for (const name of ['txid_current_if_assigned', 'pg_current_xact_id_if_assigned'])
    def(`${name}() int8`, (_, x) => (x.session.xid ? BigInt(x.session.xid) : null), { volatile: true });
  def('pg_current_wal_lsn() text', (_, x) => `0/${(x.session.cluster.wal?.bytes ?? 0).toString(16).toUpperCase()}`, {
    volatile: true,
  });
  def(
    'pg_notify(text, text) void',
    ([channel, payload], x) => {
      x.session.notify(channel ?? '', payload ?? '');
      return '';
    },
    { volatile: true, lax: true },
  );
  def('pg_listening_channels() text', (_, x) => [...x.session.channels], { set: true, volatile: true });
  def('pg_export_snapshot() text', () => {
    throw new PgError('0A000', "exported snapshots are not supported by the lab's PostgreSQL");
  });
}

function sequences(): void {
  def('nextval(regclass) int8', ([oid], x) => x.session.nextValue(Number(oid)), { volatile: true });
  def('currval(regclass) int8', ([oid], x) => x.session.currentValue(Number(oid)), { volatile: true });
  def('lastval() int8', (_, x) => x.session.lastValue(), { volatile: true });
  def('setval(regclass, int8) int8', ([oid, v], x) => x.session.setValue(Number(oid), v, true), { volatile: true });
  def('setval(regclass, int8, bool) int8', ([oid, v, isCalled], x) => x.session.setValue(Number(oid), v, isCalled), {
    volatile: true,
  });
  def('pg_get_serial_sequence(text, text) text', ([table, column], x) => {
    const { session } = x;
    const path = nameParts(table);
    if (session.database.findRelation(path, session)?.kind === 'view') return null;
    const found = session.database.table(path, session);
    const col = found.columns.find((one) => one.name === column && !one.isDropped);
    if (!col) throw new PgError('42703', `column "${column}" of relation "${found.name}" does not exist`);
    const s = col.sequence === null ? null : session.database.relations.get(col.sequence);
    return s ? `${quoteName(s.schema)}.${quoteName(s.name)}` : null;
  });
  def('pg_sequence_last_value(regclass) int8', ([oid], x) => {
    const s = x.session.database.relations.get(Number(oid));
    return s?.kind === 'sequence' && s.isCalled ? s.last : null;
  });
}

/** The tag of an advisory lock, of one key of 64 bits or two of 32. */
function advisoryTag(x: Exec, a: bigint | number, b: number | null): LockTag {
  const database = x.session.database.oid;
  const key = BigInt.asUintN(64, BigInt(a));
  const [classid, objid, sub] =
    b === null ? [Number(key >> 32n), Number(key & 0xffffffffn), 1] : [Number(a) >>> 0, b >>> 0, 2];
  return {
    key: `a${database}.${classid}.${objid}.${sub}`,
    type: 'advisory',
    text: `advisory lock [${database},${classid},${objid},${sub}]`,
    classid,
    objid,
    objsubid: sub,
  };
}

function advisory(): void {
  for (const keys of ['int8', 'int4, int4'])
    for (const isXact of [false, true])
      for (const isShared of [false, true]) {
        const mode = isShared ? SHARE : EXCLUSIVE;
        const suffix = `${isXact ? '_xact' : ''}_lock${isShared ? '_shared' : ''}`;
        const until = (x: Exec) => (isXact ? x.session.xact : null);
        def(`pg_advisory${suffix}(${keys}) void`, () => '', {
          volatile: true,
          *wait([a, b], x) {
            yield* takeLock(x.session, advisoryTag(x, a, b ?? null), mode, until(x));
            return '';
          },
        });
        def(
          `pg_try_advisory${suffix}(${keys}) bool`,
          ([a, b], x) =>
            x.session.cluster.locks.acquire(x.session, advisoryTag(x, a, b ?? null), mode, until(x), true) === null,
          { volatile: true },
        );
        if (!isXact)
          def(
            `pg_advisory_unlock${isShared ? '_shared' : ''}(${keys}) bool`,
            ([a, b], x) => {
              const tag = advisoryTag(x, a, b ?? null);
              const isHeld = x.session.cluster.locks.release(x.session, tag.key, mode, null);
              if (!isHeld)
                x.session.notice(
                  `you don't own a lock of type ${isShared ? 'ShareLock' : 'ExclusiveLock'}`,
                  'WARNING',
                  '01000',
                );
              return isHeld;
            },
            { volatile: true },
          );
      }
  def(
    'pg_advisory_unlock_all() void',
    (_, x) => {
      x.session.cluster.locks.releaseWhere(
        x.session,
        ({ until, lock }) => until === null && lock.tag.type === 'advisory',
      );
      return '';
    },
    { volatile: true },
  );
}

function others(): void {
  const sleep = (ms: (v: Datum) => number) =>
    function* ([v]: Datum[], x: Exec): Task<Datum> {
      if (ms(v) > 0) yield new TimeWait(x.session, ms(v));
      return '';
    };
  def('pg_sleep(float8) void', () => '', { volatile: true, wait: sleep((v) => v * 1000) });
  def('pg_sleep_for(interval) void', () => '', { volatile: true, wait: sleep((v) => intervalUs(v) / 1000) });
  for (const [name, kind] of [
    ['pg_cancel_backend', 'cancel'],
    ['pg_terminate_backend', 'terminate'],
  ] as const) {
    const run = ([pid]: Datum[], x: Exec) => {
      for (const session of x.session.cluster.sessions)
        if (session.pid === pid) {
          session.onSignal(kind);
          return true;
        }
      x.session.notice(`PID ${pid} is not a PostgreSQL backend process`, 'WARNING', '01000');
      return false;
    };
    def(`${name}(int4) bool`, run, { volatile: true });
    if (kind === 'terminate') def(`${name}(int4, int8) bool`, run, { volatile: true });
  }
  def(
    'pg_blocking_pids(int4) _int4',
    ([pid], x) => {
      for (const session of x.session.cluster.sessions)
        if (session.pid === pid)
          return new PgArray(
            session.waiter && !session.waiter.isGranted
              ? x.session.cluster.locks.blockers(session.waiter).map((one) => one.pid)
              : [],
          );
      return new PgArray([]);
    },
    { volatile: true },
  );
  def('pg_stat_clear_snapshot() void', () => '');
  def('pg_reload_conf() bool', () => true);
  def('pg_stat_reset() void', () => '');
}

function catalog(): void {
  def('pg_table_is_visible(oid) bool', ([oid], x) => {
    const found = x.session.database.relations.get(oid);
    return found ? x.session.searchPath.includes(found.schema) : true;
  });
  def('pg_type_is_visible(oid) bool', () => true);
  def('pg_function_is_visible(oid) bool', () => true);
  def('pg_get_userbyid(oid) name', (_, x) => x.session.user);
  def('pg_get_expr(text, oid) text', ([text]) => text);
  def('pg_get_expr(text, oid, bool) text', ([text]) => text);
  def('pg_encoding_to_char(int4) name', () => 'UTF8');
  def('pg_relation_is_publishable(regclass) bool', () => true);
  for (const name of ['col_description', 'obj_description', 'shobj_description']) {
    def(`${name}(oid, int4) text`, () => null);
    def(`${name}(oid, name) text`, () => null);
  }
  def('obj_description(oid) text', () => null);
  def(
    'format_type(oid, int4) text',
    ([oid, mod], x) => {
      const type = x.session.database.typeByOid(oid);
      if (!type) return '???';
      const name = type.name;
      if (mod === null || mod < 0) return name;
      if (type.typname === 'varchar' || type.typname === 'bpchar') return `${name}(${mod - 4})`;
      if (type.typname === 'numeric') return `numeric(${(mod - 4) >> 16},${(mod - 4) & 0xffff})`;
      if (/^time/.test(type.typname)) return name.replace(/^(\w+)/, `$1(${mod})`);
      return name;
    },
    { lax: true },
  );
  def(
    'to_regclass(text) regclass',
    ([name], x) =>
      x.session.database.findRelation(nameParts(name), x.session)?.oid ??
      x.session.database.findIndex(nameParts(name), x.session)?.index.shape.oid ??
      null,
  );
  def('to_regtype(text) regtype', ([name], x) => x.session.database.findType(nameParts(name), x.session)?.oid ?? null);
  def('pg_typeof(any) regtype', (_, __, [type]) => type!.oid, { lax: true });
  def('pg_column_size(any) int4', ([v], _, [type]) => type!.text(v).length + 1);
  const size = (x: Exec, oid: number): bigint => {
    const table = x.session.database.tableByOid(oid);
    return table ? BigInt(table.heap.pages * 8192) : 8192n;
  };
  for (const name of ['pg_relation_size', 'pg_total_relation_size', 'pg_table_size', 'pg_indexes_size'])
    def(`${name}(regclass) int8`, ([oid], x) => size(x, Number(oid)));
  def('pg_database_size(name) int8', (_, x) =>
    x.session.database.tables(x.session).reduce((sum, one) => sum + BigInt(one.heap.pages * 8192), 7_500_000n),
  );
  def('pg_size_pretty(int8) text', ([n]) => {
    let v = Number(n);
    for (const unit of ['bytes', 'kB', 'MB', 'GB', 'TB']) {
      if (Math.abs(v) < 10240 || unit === 'TB') return `${Math.round(v)} ${unit}`;
      v /= 1024;
    }
    return '';
  });
  def('has_table_privilege(text, text) bool', () => true);
  def('has_table_privilege(oid, text) bool', () => true);
  def('has_schema_privilege(text, text) bool', () => true);
  def('has_schema_privilege(oid, text) bool', () => true);
  def('has_database_privilege(text, text) bool', () => true);
  def('pg_get_constraintdef(oid) text', ([oid], x) => constraintText(x, oid));
  def('pg_get_constraintdef(oid, bool) text', ([oid], x) => constraintText(x, oid));
  def('pg_get_indexdef(oid) text', ([oid], x) => indexText(x.session, oid));
  def('pg_get_indexdef(oid, int4, bool) text', ([oid, n], x) => {
    const found = findIndex(x.session, oid);
    return n === 0 ? indexText(x.session, oid) : (found?.index.shape.items[n - 1]?.text ?? null);
  });
  def('pg_get_viewdef(oid) text', ([oid], x) => viewText(x, oid));
  def('pg_get_viewdef(oid, bool) text', ([oid], x) => viewText(x, oid));
}

const viewText = (x: Exec, oid: number) => {
  const found = x.session.database.relations.get(Number(oid));
  return found?.kind === 'view' ? ` ${found.text};` : null;
};

function findIndex(session: Session, oid: number) {
  for (const table of session.database.tables(session))
    for (const index of table.indexes) if (index.shape.oid === Number(oid)) return { table, index };
  return null;
}

export function indexText(session: Session, oid: number): string | null {
  const found = findIndex(session, oid);
  if (!found) return null;
  const { table, index } = found;
  const { shape } = index;
  const items = shape.items.map(({ col, text, desc, nullsFirst }) => {
    const name = col !== null ? quoteName(text) : /^\w+\(.*\)$/.test(text) ? text : `(${text})`;
    return `${name}${desc ? ' DESC' : ''}${nullsFirst === desc ? '' : nullsFirst ? ' NULLS FIRST' : ' NULLS LAST'}`;
  });
  return `CREATE ${shape.unique ? 'UNIQUE ' : ''}INDEX ${quoteName(shape.name)} ON ${table.schema}.${quoteName(table.name)} USING ${shape.method} (${items.join(', ')})${shape.where ? ` WHERE (${exprText(shape.where)})` : ''}`;
}

/** Numbers of checks and foreign keys, which have none of their own: the table's, and the place among its constraints. */
export const constraintOid = (table: Table, i: number): number => table.oid * 1000 + i;

function constraintText(x: Exec, oid: number): string | null {
  const { session } = x;
  const found = findIndex(x.session, oid);
  if (found) {
    const { shape } = found.index;
    const cols = shape.items.map(({ text }) => text);
    if (shape.exclude)
      return `EXCLUDE USING ${shape.method} (${cols.map((one, i) => `${one} WITH ${shape.exclude![i]}`).join(', ')})`;
    return `${shape.isPrimary ? 'PRIMARY KEY' : 'UNIQUE'} (${cols.map(quoteName).join(', ')})`;
  }
  const table = session.database.tableByOid(Math.floor(oid / 1000));
  if (!table) return null;
  const i = oid % 1000;
  const check = table.checks[i];
  if (check) return `CHECK ((${check.e ? exprText(check.e) : check.text}))`;
  const fk = table.foreignKeys[i - table.checks.length];
  const parent = fk && session.database.tableByOid(fk.table);
  if (!fk || !parent) return null;
  const names = (of: Table, cols: number[]) => cols.map((col) => quoteName(of.columns[col]!.name)).join(', ');
  const action = (what: string, how: string) => (how === 'no action' ? '' : ` ON ${what} ${how.toUpperCase()}`);
  return `FOREIGN KEY (${names(table, fk.cols)}) REFERENCES ${quoteName(parent.name)}(${names(parent, fk.refs)})${action('UPDATE', fk.onUpdate)}${action('DELETE', fk.onDelete)}${fk.deferrable ? ' DEFERRABLE' : ''}${fk.deferred ? ' INITIALLY DEFERRED' : ''}`;
}
