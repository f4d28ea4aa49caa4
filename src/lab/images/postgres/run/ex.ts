/** A compiled expression: its type and how to compute it from a row. */

import type { Table } from '../catalog/objects.ts';
import { PgError } from '../errors.ts';
import type { Type, TypeMod } from '../types/types.ts';
import type { Datum, Row } from '../types/values.ts';
import type { Exec, Task } from './exec.ts';

export type Fn = (row: Row, x: Exec) => Datum;

export interface Ex {
  readonly type: Type;
  readonly mod?: TypeMod | null;
  readonly fn: Fn;
  readonly at: number;
  /** Leaves of the own query that it needs, a mask. */
  uses: number;
  /** Text of a literal without a type. */
  readonly literal?: string | null;
  /** Number of a parameter without a type. */
  readonly param?: number;
  /** A plain column of the own query. */
  readonly column?: {
    readonly leaf: number;
    readonly index: number;
    readonly table: Table | null;
    readonly slot: number;
    readonly name: string;
  };
  /** A comparison of the two, for indexes. */
  readonly compares?: {
    readonly op: string;
    readonly l: Ex;
    readonly r: Ex;
    readonly isAny?: boolean /** Both in the type of the comparison. */;
    readonly both?: readonly [Ex, Ex];
  };
  /** Calls a function that is not the same every time. */
  isVolatile?: boolean;
  isNull?: boolean;
}

/** A call that may wait, computed before the row's expressions: see `blocking`. */
export interface BlockingCall {
  readonly slot: { value: Datum };
  run(row: Row, x: Exec): Task<Datum>;
}

export const notBoolean = (what: string, type: Type, at: number) =>
  new PgError('42804', `argument of ${what} must be type boolean, not type ${type.name}`).at(at);
