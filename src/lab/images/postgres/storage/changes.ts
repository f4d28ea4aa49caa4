/** What a committed transaction did, as the WAL keeps it: rows by number of table and row, and whole definitions. */
import type { Row } from '../types/values.ts';

export type Change =
  | { k: 'insert'; table: number; row: number; values: Row }
  | { k: 'delete'; table: number; row: number }
  | { k: 'truncate'; table: number }
  /** An object of the catalog is now so. */
  | { k: 'define'; database: string; kind: ObjectClass; oid: number; read: () => unknown }
  | { k: 'drop'; database: string; kind: ObjectClass; oid: number }
  /** All rows of a table were rewritten; read when the record is made. */
  | { k: 'rewrite'; table: number; read: () => [row: number, values: Row][] }
  | { k: 'sequence'; oid: number; last: bigint; isCalled: boolean }
  | { k: 'database'; name: string };

export type ObjectClass = 'table' | 'sequence' | 'view' | 'type' | 'schema' | 'setting';
