/** Settings: their defaults, units and texts, as SHOW prints them. */
import { PgError } from '../errors.ts';

interface Setting {
  readonly value: string;
  readonly kind: 'bool' | 'int' | 'ms' | 'text' | 'enum' | 'kB' | 'real';
  readonly options?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Fixed at start. */
  readonly isFixed?: boolean;
  /** Told to the client when it changes. */
  readonly isReported?: boolean;
}

export const VERSION = '15.18 (Debian 15.18-0+deb12u1)';
export const VERSION_NUMBER = '150018';

const LEVELS = ['serializable', 'repeatable read', 'read committed', 'read uncommitted'];
const text = (value: string, more: Partial<Setting> = {}): Setting => ({ value, kind: 'text', ...more });
const bool = (value: string, more: Partial<Setting> = {}): Setting => ({ value, kind: 'bool', ...more });
const int = (value: string, min = 0, max = 2147483647, more: Partial<Setting> = {}): Setting => ({
  value,
  kind: 'int',
  min,
  max,
  ...more,
});
const ms = (value: string): Setting => ({ value, kind: 'ms', min: 0, max: 2147483647 });

export const SETTINGS: Readonly<Record<string, Setting>> = {
  application_name: text('', { isReported: true }),
  bytea_output: { value: 'hex', kind: 'enum', options: ['hex'] },
  check_function_bodies: bool('on'),
  client_encoding: text('UTF8', { isReported: true }),
  client_min_messages: text('notice'),
  datestyle: text('ISO, MDY', { isReported: true }),
  deadlock_timeout: ms('1s'),
  default_table_access_method: text('heap'),
  default_tablespace: text(''),
  default_transaction_deferrable: bool('off'),
  default_transaction_isolation: { value: 'read committed', kind: 'enum', options: LEVELS },
  default_transaction_read_only: bool('off', { isReported: true }),
  enable_seqscan: bool('on'),
  enable_indexscan: bool('on'),
  enable_bitmapscan: bool('on'),
  enable_hashjoin: bool('on'),
  enable_mergejoin: bool('on'),
  enable_nestloop: bool('on'),
  extra_float_digits: int('1', -15, 3),
  fsync: bool('on', { isFixed: true }),
  idle_in_transaction_session_timeout: ms('0'),
  idle_session_timeout: ms('0'),
  in_hot_standby: bool('off', { isReported: true, isFixed: true }),
  integer_datetimes: bool('on', { isReported: true, isFixed: true }),
  intervalstyle: text('postgres', { isReported: true }),
  is_superuser: bool('on', { isReported: true, isFixed: true }),
  jit: bool('on'),
  lc_collate: text('C.UTF-8', { isFixed: true }),
  lc_ctype: text('C.UTF-8', { isFixed: true }),
  lock_timeout: ms('0'),
  log_min_messages: text('warning'),
  log_statement: text('none'),
  max_connections: int('100', 1, 262143, { isFixed: true }),
  max_wal_size: text('1GB'),
  maintenance_work_mem: text('64MB'),
  port: int('5432', 1, 65535, { isFixed: true }),
  random_page_cost: { value: '4', kind: 'real' },
  row_security: bool('on'),
  search_path: text('"$user", public'),
  server_encoding: text('UTF8', { isReported: true, isFixed: true }),
  server_version: text(VERSION, { isReported: true, isFixed: true }),
  server_version_num: int(VERSION_NUMBER, 0, 2147483647, { isFixed: true }),
  session_authorization: text('', { isReported: true }),
  shared_buffers: text('128MB', { isFixed: true }),
  standard_conforming_strings: bool('on', { isReported: true }),
  statement_timeout: ms('0'),
  superuser_reserved_connections: int('3', 0, 262143, { isFixed: true }),
  synchronous_commit: { value: 'on', kind: 'enum', options: ['on', 'off', 'local', 'remote_write', 'remote_apply'] },
  synchronize_seqscans: bool('on'),
  tcp_keepalives_idle: int('7200'),
  tcp_keepalives_interval: int('75'),
  timezone: text('Etc/UTC', { isReported: true }),
  transaction_deferrable: bool('off'),
  transaction_isolation: { value: 'read committed', kind: 'enum', options: LEVELS },
  transaction_read_only: bool('off'),
  wal_level: text('replica', { isFixed: true }),
  work_mem: text('4MB'),
  xmloption: text('content'),
  role: text('none'),
  listen_addresses: text('*', { isFixed: true }),
};

/** As the client knows it: mixed case for three. */
export const REPORTED: Readonly<Record<string, string>> = {
  ...{ application_name: 'application_name', client_encoding: 'client_encoding', datestyle: 'DateStyle' },
  ...{ default_transaction_read_only: 'default_transaction_read_only', in_hot_standby: 'in_hot_standby' },
  ...{ integer_datetimes: 'integer_datetimes', intervalstyle: 'IntervalStyle', is_superuser: 'is_superuser' },
  ...{
    server_encoding: 'server_encoding',
    server_version: 'server_version',
    session_authorization: 'session_authorization',
  },
  ...{ standard_conforming_strings: 'standard_conforming_strings', timezone: 'TimeZone' },
};

/** The value as SHOW prints it, or the error for one that does not fit. */
export function checkSetting(name: string, value: string): string {
  const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  if (!setting) {
    // Names with a dot are free for applications.
    if (name.includes('.')) return value;
    throw new PgError('42704', `unrecognized configuration parameter "${name}"`);
  }
  if (setting.isFixed)
    throw new PgError(
      '55P02',
      `parameter "${name}" cannot be changed${name === 'server_version' || name === 'integer_datetimes' ? '' : ' without restarting the server'}`,
    );
  const invalid = (hint?: string) =>
    new PgError('22023', `invalid value for parameter "${name}": "${value}"`, { hint });
  switch (setting.kind) {
    case 'bool': {
      const v = value.trim().toLowerCase();
      if (['on', 'true', 'yes', '1', 't', 'y'].includes(v)) return 'on';
      if (['off', 'false', 'no', '0', 'f', 'n'].includes(v)) return 'off';
      throw new PgError('22023', `parameter "${name}" requires a Boolean value`);
    }
    case 'ms': {
      const m = /^\s*(-?\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$/.exec(value);
      if (!m)
        throw invalid(
          /^\s*-?\d/.test(value)
            ? 'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".'
            : undefined,
        );
      const n = Math.round(
        Number(m[1]) * { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }[(m[2] ?? 'ms') as 'ms'],
      );
      if (n < setting.min! || n > setting.max!)
        throw new PgError(
          '22023',
          `${n} ms is outside the valid range for parameter "${name}" (${setting.min} ms .. ${setting.max} ms)`,
        );
      return durationText(n);
    }
    case 'int': {
      if (!/^\s*-?\d+\s*$/.test(value)) throw invalid();
      const n = Number(value);
      if (n < setting.min! || n > setting.max!)
        throw new PgError(
          '22023',
          `${n} is outside the valid range for parameter "${name}" (${setting.min} .. ${setting.max})`,
        );
      return String(n);
    }
    case 'enum': {
      const v = value.trim().toLowerCase();
      if (!setting.options!.includes(v)) {
        if (name === 'synchronous_commit' && ['true', 'yes', '1'].includes(v)) return 'on';
        if (name === 'synchronous_commit' && ['false', 'no', '0'].includes(v)) return 'off';
        throw invalid(`Available values: ${setting.options!.join(', ')}.`);
      }
      return v;
    }
    default:
      return name === 'timezone' ? zone(value) : value;
  }
}

function zone(value: string): string {
  const v = value.trim();
  if (/^(utc|etc\/utc|gmt|etc\/gmt|zulu|z|0|default|local)$/i.test(v))
    return /^(0|default|local)$/i.test(v) ? 'Etc/UTC' : v;
  throw new PgError(
    '0A000',
    `the lab's PostgreSQL keeps every session in UTC; the time zone "${value}" is not supported`,
  );
}

/** In the largest unit that divides it. */
export function durationText(n: number): string {
  if (n === 0) return '0';
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const)
    if (n % size === 0) return `${n / size}${unit}`;
  return `${n}ms`;
}

export function durationMs(value: string): number {
  const m = /^(\d+)(ms|s|min|h|d)?$/.exec(value);
  return m ? Number(m[1]) * { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }[(m[2] ?? 'ms') as 'ms'] : 0;
}
