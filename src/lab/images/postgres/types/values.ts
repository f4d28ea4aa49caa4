/** Values that are neither numbers nor strings in JavaScript, and what all code calls a value and a row. */

/** null, boolean, number, bigint, string, Uint8Array or one of this folder's classes; the static type says which. */
export type Datum = any;
export type Row = Datum[];

/** An array of one or more dimensions; lower bounds are 1, as everybody's are. */
export class PgArray {
  readonly items: readonly Datum[];
  /** Lengths; items lie row by row. */
  readonly dims: readonly number[];
  constructor(items: readonly Datum[], dims: readonly number[] = items.length ? [items.length] : []) {
    this.items = items;
    this.dims = dims;
  }
}

/** A null bound is unbounded. */
export class PgRange {
  readonly lower: Datum;
  readonly upper: Datum;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
  readonly isEmpty: boolean;
  constructor(lower: Datum, upper: Datum, lowerInclusive: boolean, upperInclusive: boolean, isEmpty = false) {
    this.lower = lower;
    this.upper = upper;
    this.lowerInclusive = lowerInclusive;
    this.upperInclusive = upperInclusive;
    this.isEmpty = isEmpty;
  }
}

/** A row as a value. */
export class PgRecord {
  readonly values: readonly Datum[];
  readonly types: readonly import('./types.ts').Type[];
  readonly names: readonly string[];
  constructor(values: readonly Datum[], types: PgRecord['types'], names: readonly string[]) {
    this.values = values;
    this.types = types;
    this.names = names;
  }
}
