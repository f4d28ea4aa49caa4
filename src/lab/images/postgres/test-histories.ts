/** Random transactions of four clients, and whether what was committed could have come one after another. */
import type { Random } from '../../core/random.ts';

export type Op =
  | { k: 'read' | 'delete' | 'increment'; key: number }
  | { k: 'all' }
  | { k: 'count'; lo: number; hi: number }
  | { k: 'write' | 'insert'; key: number; value: number };

export interface Transaction {
  readonly client: number;
  readonly ops: Op[];
  /** What each op came to, as text. */
  readonly results: string[];
  outcome: 'committed' | 'aborted' | 'running';
}

export const KEYS = 3;
export const SETUP =
  'drop table if exists kv; create table kv (k int primary key, v int not null); insert into kv values (1, 0), (2, 0), (3, 0)';

export function randomOps(random: Random, kinds: readonly Op['k'][]): Op[] {
  const key = () => 1 + random.below(KEYS + 1);
  return Array.from({ length: 2 + random.below(3) }, (): Op => {
    const k = kinds[random.below(kinds.length)]!;
    if (k === 'all') return { k };
    if (k === 'count') {
      const lo = key();
      return { k, lo, hi: lo + random.below(3) };
    }
    if (k === 'write' || k === 'insert') return { k, key: key(), value: 100 + random.below(1_000_000_000) };
    return { k, key: key() };
  });
}

/** So many more rows that an index is more than one page; nobody touches them. */
export const FILLER = 'insert into kv select g, 0 from generate_series(1000, 1400) g';

export function sqlOf(op: Op, hasFiller = false): string {
  switch (op.k) {
    case 'read':
      return `select v from kv where k = ${op.key}`;
    case 'all':
      return hasFiller ? 'select k, v from kv where k < 1000 order by k' : 'select k, v from kv order by k';
    case 'count':
      return `select count(*) from kv where k between ${op.lo} and ${op.hi}`;
    case 'write':
      return `update kv set v = ${op.value} where k = ${op.key} returning k`;
    case 'increment':
      return `update kv set v = v + 1 where k = ${op.key} returning k`;
    case 'insert':
      return `insert into kv values (${op.key}, ${op.value}) returning k`;
    case 'delete':
      return `delete from kv where k = ${op.key} returning k`;
  }
}

type State = ReadonlyMap<number, number>;

/** The op on a model that has one client. */
function apply(op: Op, state: Map<number, number>): string {
  const has = (key: number) => JSON.stringify(state.has(key) ? [[String(key)]] : []);
  switch (op.k) {
    case 'read':
      return JSON.stringify(state.has(op.key) ? [[String(state.get(op.key))]] : []);
    case 'all':
      return JSON.stringify([...state].sort(([a], [b]) => a - b).map(([k, v]) => [String(k), String(v)]));
    case 'count':
      return JSON.stringify([[String([...state.keys()].filter((k) => k >= op.lo && k <= op.hi).length)]]);
    case 'write':
    case 'increment': {
      const result = has(op.key);
      if (state.has(op.key)) state.set(op.key, op.k === 'write' ? op.value : state.get(op.key)! + 1);
      return result;
    }
    case 'insert':
      if (state.has(op.key)) return 'duplicate';
      state.set(op.key, op.value);
      return has(op.key);
    case 'delete': {
      const result = has(op.key);
      state.delete(op.key);
      return result;
    }
  }
}

/** An order of the committed transactions that explains every result and the end; null when there is none. */
export function serialOrder(transactions: readonly Transaction[], end: string): Transaction[] | null {
  const committed = transactions.filter(({ outcome }) => outcome === 'committed');
  const search = (left: readonly Transaction[], state: State): Transaction[] | null => {
    if (left.length === 0) return apply({ k: 'all' }, new Map(state)) === end ? [] : null;
    for (const one of left) {
      const next = new Map(state);
      if (!one.ops.every((op, i) => apply(op, next) === one.results[i])) continue;
      const rest = search(
        left.filter((other) => other !== one),
        next,
      );
      if (rest) return [one, ...rest];
    }
    return null;
  };
  return search(
    committed,
    new Map([
      [1, 0],
      [2, 0],
      [3, 0],
    ]),
  );
}

export const describeHistory = (transactions: readonly Transaction[], end: string): string =>
  [
    ...transactions.map(
      ({ client, ops, results, outcome }) =>
        `${'ABCD'[client]} ${outcome}: ${ops.map((op, i) => `${sqlOf(op)} → ${results[i] ?? '–'}`).join('; ')}`,
    ),
    `end ${end}`,
  ].join('\n');
