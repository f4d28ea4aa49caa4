/** The syntax tree. `at` is the offset of the token that PostgreSQL would point to. Plain data: the WAL stores it. */

export interface TypeName {
  readonly name: readonly string[];
  readonly mods: readonly number[];
  /** Number of `[]`. */
  readonly dims: number;
  readonly at: number;
}

export type Expr =
  | { k: 'const'; type: 'int' | 'num' | 'str' | 'bool' | 'null' | 'bits'; v: string; at: number }
  | { k: 'param'; n: number; at: number }
  | { k: 'col'; path: string[]; at: number }
  | { k: 'star'; path: string[]; at: number }
  | { k: 'op'; op: string; l: Expr | null; r: Expr; at: number }
  | { k: 'and'; args: Expr[]; at: number }
  | { k: 'or'; args: Expr[]; at: number }
  | { k: 'not'; e: Expr; at: number }
  | { k: 'is'; e: Expr; test: 'null' | 'true' | 'false' | 'unknown'; not: boolean; at: number }
  | { k: 'distinct'; l: Expr; r: Expr; not: boolean; at: number }
  | { k: 'in'; e: Expr; list: Expr[]; not: boolean; at: number }
  | { k: 'between'; e: Expr; lo: Expr; hi: Expr; not: boolean; symmetric: boolean; at: number }
  | {
      k: 'like';
      e: Expr;
      pattern: Expr;
      op: 'like' | 'ilike' | 'similar';
      not: boolean;
      escape: Expr | null;
      at: number;
    }
  | { k: 'quantified'; l: Expr; op: string; all: boolean; r: Expr | null; query: Select | null; at: number }
  | { k: 'case'; arg: Expr | null; whens: { when: Expr; then: Expr }[]; otherwise: Expr | null; at: number }
  | FunctionCall
  | { k: 'cast'; e: Expr; type: TypeName; at: number }
  | { k: 'sub'; query: Select; at: number }
  | { k: 'exists'; query: Select; at: number }
  | { k: 'arraysub'; query: Select; at: number }
  | { k: 'array'; items: Expr[]; at: number }
  | { k: 'row'; items: Expr[]; at: number }
  | { k: 'index'; e: Expr; lo: Expr | null; hi: Expr | null; slice: boolean; at: number }
  | { k: 'field'; e: Expr; name: string; at: number }
  | { k: 'default'; at: number };

export interface FunctionCall {
  k: 'fn';
  name: string;
  args: Expr[];
  star: boolean;
  distinct: boolean;
  variadic: boolean;
  order: SortKey[];
  filter: Expr | null;
  over: WindowSpec | string | null;
  withinGroup: boolean;
  at: number;
}

export interface WindowSpec {
  base: string | null;
  partition: Expr[];
  order: SortKey[];
  frame: Frame | null;
}

export interface Frame {
  mode: 'rows' | 'range' | 'groups';
  start: FrameBound;
  end: FrameBound;
}

export interface FrameBound {
  kind: 'unbounded preceding' | 'preceding' | 'current' | 'following' | 'unbounded following';
  offset: Expr | null;
}

export interface SortKey {
  e: Expr;
  desc: boolean;
  nullsFirst: boolean;
}

export interface Target {
  e: Expr;
  alias: string | null;
  at: number;
}

export interface Lock {
  strength: 'update' | 'no key update' | 'share' | 'key share';
  of: string[];
  wait: 'block' | 'nowait' | 'skip';
}

export interface Cte {
  name: string;
  cols: string[] | null;
  statement: Select | Insert | Update | Delete;
  at: number;
}

export interface With {
  recursive: boolean;
  ctes: Cte[];
}

export type FromItem =
  | { k: 'table'; name: string[]; alias: string | null; cols: string[] | null; only: boolean; at: number }
  | { k: 'subquery'; query: Select; lateral: boolean; alias: string | null; cols: string[] | null; at: number }
  | {
      k: 'function';
      call: FunctionCall;
      lateral: boolean;
      alias: string | null;
      cols: string[] | null;
      defs: { name: string; type: TypeName }[] | null;
      ordinality: boolean;
      at: number;
    }
  | {
      k: 'join';
      type: 'inner' | 'left' | 'right' | 'full' | 'cross';
      l: FromItem;
      r: FromItem;
      on: Expr | null;
      using: string[] | null;
      natural: boolean;
      at: number;
    };

export interface Select {
  k: 'select';
  with: With | null;
  distinct: 'all' | Expr[] | null;
  targets: Target[];
  from: FromItem[];
  where: Expr | null;
  group: Expr[];
  having: Expr | null;
  windows: { name: string; spec: WindowSpec }[];
  values: Expr[][] | null;
  set: { op: 'union' | 'intersect' | 'except'; all: boolean; l: Select; r: Select } | null;
  order: SortKey[];
  limit: Expr | null;
  offset: Expr | null;
  locks: Lock[];
  at: number;
}

export interface OnConflict {
  target: { e: Expr; name: string | null }[] | null;
  where: Expr | null;
  constraint: string | null;
  action: 'nothing' | 'update';
  set: Assignment[];
  updateWhere: Expr | null;
  at: number;
}

export interface Assignment {
  cols: { name: string; index: Expr | null; at: number }[];
  /** One expression, or a row or query giving one value a column. */
  e: Expr;
  isMulti: boolean;
}

export interface Insert {
  k: 'insert';
  with: With | null;
  table: string[];
  alias: string | null;
  cols: { name: string; at: number }[] | null;
  overriding: 'user' | 'system' | null;
  /** Null for DEFAULT VALUES. */
  source: Select | null;
  conflict: OnConflict | null;
  returning: Target[] | null;
  at: number;
}

export interface Update {
  k: 'update';
  with: With | null;
  table: string[];
  alias: string | null;
  set: Assignment[];
  from: FromItem[];
  where: Expr | null;
  returning: Target[] | null;
  at: number;
}

export interface Delete {
  k: 'delete';
  with: With | null;
  table: string[];
  alias: string | null;
  using: FromItem[];
  where: Expr | null;
  returning: Target[] | null;
  at: number;
}

export type ForeignKeyAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

export type ConstraintDef =
  | { k: 'not null'; name: string | null }
  | { k: 'null' }
  | { k: 'default'; e: Expr; text: string }
  | { k: 'check'; name: string | null; e: Expr; text: string; notValid?: boolean }
  | {
      k: 'unique' | 'primary';
      name: string | null;
      cols: string[] | null;
      usingIndex?: string;
      nullsNotDistinct?: boolean;
    }
  | {
      k: 'foreign';
      name: string | null;
      cols: string[] | null;
      table: string[];
      refs: string[] | null;
      onDelete: ForeignKeyAction;
      onUpdate: ForeignKeyAction;
      deferrable: boolean;
      deferred: boolean;
      notValid?: boolean;
      at: number;
    }
  | {
      k: 'exclude';
      name: string | null;
      method: string;
      items: { e: Expr; op: string }[];
      where: Expr | null;
      whereText: string;
    }
  | { k: 'generated'; e: Expr; text: string }
  | { k: 'identity'; always: boolean; options: SequenceOptions };

export interface ColumnDef {
  name: string;
  type: TypeName;
  constraints: ConstraintDef[];
  at: number;
}

export interface SequenceOptions {
  start?: string;
  increment?: string;
  min?: string | null;
  max?: string | null;
  cache?: string;
  cycle?: boolean;
  restart?: string | null;
  ownedBy?: string[];
  type?: TypeName;
}

export interface IndexDef {
  name: string | null;
  table: string[];
  unique: boolean;
  concurrently: boolean;
  ifNotExists: boolean;
  method: string;
  items: { e: Expr; text: string; desc: boolean; nullsFirst: boolean }[];
  include: string[];
  where: Expr | null;
  whereText: string;
  nullsNotDistinct: boolean;
  at: number;
}

export type AlterAction =
  | { k: 'add column'; def: ColumnDef; ifNotExists: boolean }
  | { k: 'drop column'; name: string; ifExists: boolean; cascade: boolean }
  | { k: 'add constraint'; def: ConstraintDef }
  | { k: 'drop constraint'; name: string; ifExists: boolean; cascade: boolean }
  | { k: 'validate constraint'; name: string }
  | { k: 'set default'; column: string; e: Expr | null; text: string }
  | { k: 'set not null'; column: string; on: boolean }
  | { k: 'type'; column: string; type: TypeName; using: Expr | null }
  | { k: 'add identity'; column: string; always: boolean; options: SequenceOptions }
  | { k: 'drop identity'; column: string; ifExists: boolean }
  | { k: 'rename'; to: string }
  | { k: 'rename column'; from: string; to: string }
  | { k: 'rename constraint'; from: string; to: string }
  | { k: 'set schema'; to: string }
  | { k: 'nothing' };

export type ObjectKind =
  | 'table'
  | 'index'
  | 'view'
  | 'sequence'
  | 'type'
  | 'schema'
  | 'extension'
  | 'materialized view'
  | 'function';

export type Statement =
  | Select
  | Insert
  | Update
  | Delete
  | { k: 'begin'; modes: TransactionModes }
  | { k: 'commit'; chain: boolean }
  | { k: 'rollback'; chain: boolean }
  | { k: 'savepoint' | 'release' | 'rollback to'; name: string }
  | { k: 'set transaction'; modes: TransactionModes; session: boolean }
  | { k: 'set'; name: string; value: string | null; local: boolean }
  | { k: 'show'; name: string }
  | { k: 'reset'; name: string }
  | {
      k: 'create table';
      name: string[];
      temp: boolean;
      ifNotExists: boolean;
      columns: ColumnDef[];
      constraints: ConstraintDef[];
      like: string[][];
      query: Select | null;
      at: number;
    }
  | { k: 'create index'; def: IndexDef }
  | { k: 'create sequence'; name: string[]; ifNotExists: boolean; options: SequenceOptions }
  | { k: 'alter sequence'; name: string[]; ifExists: boolean; options: SequenceOptions }
  | { k: 'create enum'; name: string[]; labels: string[] }
  | { k: 'alter enum'; name: string[]; add: string; ifNotExists: boolean; before: string | null; after: string | null }
  | { k: 'create domain'; name: string[]; type: TypeName; constraints: ConstraintDef[] }
  | { k: 'create view'; name: string[]; replace: boolean; cols: string[] | null; query: Select; text: string }
  | { k: 'create schema'; name: string; ifNotExists: boolean }
  | { k: 'create extension'; name: string; ifNotExists: boolean }
  | { k: 'create database'; name: string }
  | { k: 'create role'; name: string }
  | { k: 'alter table'; name: string[]; ifExists: boolean; actions: AlterAction[]; kind: ObjectKind; at: number }
  | { k: 'drop'; kind: ObjectKind; names: string[][]; ifExists: boolean; cascade: boolean; ats: number[] }
  | { k: 'truncate'; names: string[][]; restart: boolean; cascade: boolean }
  | { k: 'lock table'; names: string[][]; mode: string; nowait: boolean }
  | { k: 'comment' }
  | { k: 'grant' }
  | { k: 'vacuum'; analyze: boolean; names: string[][] }
  | { k: 'reindex' }
  | { k: 'explain'; analyze: boolean; json: boolean; statement: Statement; costs: boolean }
  | { k: 'listen'; channel: string }
  | { k: 'unlisten'; channel: string | null }
  | { k: 'notify'; channel: string; payload: string }
  | { k: 'prepare'; name: string; types: TypeName[]; statement: Statement; text: string }
  | { k: 'execute'; name: string; args: Expr[] }
  | { k: 'deallocate'; name: string | null }
  | { k: 'declare'; name: string; query: Select; hold: boolean }
  | { k: 'fetch'; name: string; count: number; move: boolean }
  | { k: 'close'; name: string | null }
  | { k: 'discard'; what: string }
  | { k: 'checkpoint' }
  | { k: 'set constraints'; deferred: boolean; names: string[] | null };

export interface TransactionModes {
  isolation?: 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';
  readOnly?: boolean;
  deferrable?: boolean;
}

/** A statement with where it stands in the text of the query. */
export interface Parsed {
  readonly statement: Statement;
  readonly start: number;
  readonly end: number;
}
