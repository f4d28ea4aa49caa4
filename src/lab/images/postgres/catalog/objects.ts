/** What a database consists of: tables with their columns, constraints and indexes; sequences, views, types, schemas. */

import type { Expr, ForeignKeyAction, Select } from '../sql/ast.ts';
import { BTree } from '../storage/btree.ts';
import { Heap } from '../storage/heap.ts';
import type { IndexMarks, SerializableXact } from '../storage/ssi.ts';
import type { Xact } from '../storage/xact.ts';
import type { Type, TypeMod } from '../types/types.ts';
import type { Datum, Row } from '../types/values.ts';

/** Who made it and who dropped it decide who sees it, as with rows. */
export interface CatalogObject {
  readonly oid: number;
  name: string;
  schema: string;
  createdBy: Xact;
  droppedBy: Xact | null;
}

export interface Column {
  name: string;
  type: Type;
  mod: TypeMod | null;
  mods: readonly number[];
  notNull: boolean;
  default: { e: Expr; text: string } | null;
  generated: { e: Expr; text: string } | null;
  identity: 'always' | 'default' | null;
  /** Sequence of a serial or identity column. */
  sequence: number | null;
  isDropped: boolean;
}

export interface Check {
  name: string;
  e: Expr;
  text: string;
}

export interface ForeignKey {
  name: string;
  cols: number[];
  /** Oid of the referenced table. */
  table: number;
  refs: number[];
  onDelete: ForeignKeyAction;
  onUpdate: ForeignKeyAction;
  deferrable: boolean;
  deferred: boolean;
}

export interface IndexItem {
  /** Index of the column, or null for an expression. */
  col: number | null;
  e: Expr;
  text: string;
  desc: boolean;
  nullsFirst: boolean;
}

export interface IndexShape {
  readonly oid: number;
  name: string;
  items: IndexItem[];
  unique: boolean;
  isPrimary: boolean;
  /** Made by a constraint of its name. */
  isConstraint: boolean;
  nullsNotDistinct: boolean;
  method: string;
  where: Expr | null;
  whereText: string;
  /** Of an exclusion constraint, one operator an item. */
  exclude: string[] | null;
}

/** An index with its entries. */
export class Index implements IndexMarks {
  readonly shape: IndexShape;
  tree: BTree = new BTree([]);
  readonly ranges: { reader: SerializableXact; lo: any; hi: any; isWhole: boolean }[] = [];
  /** Key of a row; set when the index is built. */
  keyOf: (row: Row) => Datum[] = () => [];
  types: Type[] = [];
  /** Whether a partial index has the row. */
  covers: (row: Row) => boolean = () => true;
  /** Tests two keys of an exclusion constraint against each other. */
  excludes: (a: readonly Datum[], b: readonly Datum[]) => boolean = () => false;
  constructor(shape: IndexShape) {
    this.shape = shape;
  }
}

export class Table implements CatalogObject {
  readonly kind = 'table';
  readonly oid: number;
  name: string;
  schema: string;
  createdBy: Xact;
  droppedBy: Xact | null = null;
  columns: Column[] = [];
  checks: Check[] = [];
  foreignKeys: ForeignKey[] = [];
  indexes: Index[] = [];
  heap = new Heap();
  readonly readers = new Set<SerializableXact>();
  /** Of a temporary table: nobody else sees it and the WAL does not know it. */
  temp: object | null = null;
  /** Rows when it was last analyzed; null before. */
  analyzedRows: number | null = null;
  constructor(oid: number, schema: string, name: string, createdBy: Xact) {
    this.oid = oid;
    this.schema = schema;
    this.name = name;
    this.createdBy = createdBy;
  }

  get key(): string {
    return `r${this.oid}`;
  }
}

export class Sequence implements CatalogObject {
  readonly kind = 'sequence';
  readonly oid: number;
  name: string;
  schema: string;
  createdBy: Xact;
  droppedBy: Xact | null = null;
  type: 'smallint' | 'integer' | 'bigint' = 'bigint';
  start = 1n;
  increment = 1n;
  min = 1n;
  max = 9223372036854775807n;
  cycle = false;
  /** Table and column that it serves. */
  owner: { table: number; column: number } | null = null;
  last = 1n;
  isCalled = false;
  /** How many more values the WAL already allows for. */
  logged = 0;
  constructor(oid: number, schema: string, name: string, createdBy: Xact) {
    this.oid = oid;
    this.schema = schema;
    this.name = name;
    this.createdBy = createdBy;
  }
}

export class View implements CatalogObject {
  readonly kind = 'view';
  readonly oid: number;
  name: string;
  schema: string;
  createdBy: Xact;
  droppedBy: Xact | null = null;
  cols: string[] | null = null;
  query: Select;
  text: string;
  constructor(oid: number, schema: string, name: string, createdBy: Xact, query: Select, text: string) {
    this.oid = oid;
    this.schema = schema;
    this.name = name;
    this.createdBy = createdBy;
    this.query = query;
    this.text = text;
  }
}

/** An enum or a domain. */
export class UserType implements CatalogObject {
  readonly kind = 'type';
  readonly oid: number;
  name: string;
  schema: string;
  createdBy: Xact;
  droppedBy: Xact | null = null;
  readonly type: Type;
  labels: string[] | null = null;
  domain: {
    base: Type;
    mod: TypeMod | null;
    mods: readonly number[];
    notNull: boolean;
    checks: Check[];
    default: { e: Expr; text: string } | null;
  } | null = null;
  constructor(oid: number, schema: string, name: string, createdBy: Xact, type: Type) {
    this.oid = oid;
    this.schema = schema;
    this.name = name;
    this.createdBy = createdBy;
    this.type = type;
  }
}

export class Schema implements CatalogObject {
  readonly kind = 'schema';
  readonly oid: number;
  name: string;
  schema = '';
  createdBy: Xact;
  droppedBy: Xact | null = null;
  constructor(oid: number, name: string, createdBy: Xact) {
    this.oid = oid;
    this.name = name;
    this.createdBy = createdBy;
  }
}

export type Relation = Table | Sequence | View;
