import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import type { RealServer } from '../test-servers.ts';
import {
  describeHistory,
  FILLER,
  type Op,
  randomOps,
  SETUP,
  serialOrder,
  sqlOf,
  type Transaction,
} from './test-histories.ts';
import { startReal } from './test-real.ts';
import { boot, TestPg } from './test-wire.ts';

const ALL: readonly Op['k'][] = ['read', 'read', 'all', 'count', 'write', 'write', 'insert', 'delete', 'increment'];

/** Four clients run transactions in a random interleaving; a blocked client is passed over until it goes on. */
function history(
  seed: number,
  level: string,
  kinds: readonly Op['k'][],
  perClient: number,
  hasFiller = false,
): { transactions: Transaction[]; end: string } {
  const random = new Random(seed);
  const machine = boot();
  const clients = Array.from({ length: 4 }, () => new TestPg(machine));
  clients[0]!.query(SETUP);
  if (hasFiller) clients[0]!.query(FILLER);
  const transactions: Transaction[] = [];
  const running: (Transaction | null)[] = [null, null, null, null];
  const begun = [0, 0, 0, 0];
  const waiting = [false, false, false, false];
  const took = (c: number) => {
    const answer = clients[c]!.read();
    if (answer.status === null) {
      waiting[c] = true;
      return;
    }
    waiting[c] = false;
    const one = running[c]!;
    if (answer.error) {
      if (!['40001', '40P01', '23505'].includes(answer.error.code))
        throw new Error(`${answer.error.code} ${answer.error.message}`);
      one.outcome = 'aborted';
      if (answer.status !== 'I') clients[c]!.query('rollback');
      running[c] = null;
    } else if (answer.tags[0] === 'COMMIT') {
      one.outcome = 'committed';
      running[c] = null;
    } else if (answer.tags[0] === 'ROLLBACK') {
      one.outcome = 'aborted';
      running[c] = null;
    } else if (answer.tags[0] !== 'BEGIN') one.results.push(JSON.stringify(answer.rows));
  };
  for (let step = 0; step < 400; step++) {
    for (let c = 0; c < 4; c++) if (waiting[c]) took(c);
    const able = [0, 1, 2, 3].filter((c) => !waiting[c] && (running[c] || begun[c]! < perClient));
    if (able.length === 0) {
      if (!waiting.includes(true)) break;
      machine.advance(1000);
      continue;
    }
    const c = able[random.below(able.length)]!;
    const client = clients[c]!;
    const one = running[c];
    if (!one) {
      const made: Transaction = { client: c, ops: randomOps(random, kinds), results: [], outcome: 'running' };
      transactions.push(made);
      running[c] = made;
      begun[c]!++;
      client.query(`begin isolation level ${level}`);
    } else if (one.results.length < one.ops.length) client.query(sqlOf(one.ops[one.results.length]!, hasFiller));
    else client.query(random.below(8) === 0 ? 'rollback' : 'commit');
    took(c);
  }
  expect(running).toEqual([null, null, null, null]);
  return { transactions, end: JSON.stringify(clients[0]!.query(sqlOf({ k: 'all' }, true)).rows) };
}

describe('isolation', () => {
  it('SERIALIZABLE: every committed history of 300 has a serial order', () => {
    let committed = 0;
    let failed = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const { transactions, end } = history(seed, 'serializable', ALL, 2);
      committed += transactions.filter(({ outcome }) => outcome === 'committed').length;
      failed += transactions.filter(({ outcome }) => outcome === 'aborted').length;
      if (!serialOrder(transactions, end))
        throw new Error(`seed ${seed} is not serializable:\n${describeHistory(transactions, end)}`);
    }
    // It would be no feat to abort everything.
    expect(committed).toBeGreaterThan(900);
    expect(failed).toBeGreaterThan(50);
  });

  it('SERIALIZABLE: so have 150 that lock ranges of a larger index', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const { transactions, end } = history(seed, 'serializable', ALL, 2, true);
      if (!serialOrder(transactions, end)) throw new Error(`seed ${seed}:\n${describeHistory(transactions, end)}`);
    }
  });

  it('the checker finds what snapshot isolation lets through', () => {
    const found = Array.from({ length: 80 }, (_, seed) => history(seed, 'repeatable read', ALL, 2)).filter(
      ({ transactions, end }) => !serialOrder(transactions, end),
    );
    expect(found.length).toBeGreaterThan(0);
  });

  it('REPEATABLE READ: a transaction reads one state, and no increment is lost', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const { transactions, end } = history(seed, 'repeatable read', ['increment', 'increment', 'all'], 2);
      const done = transactions.filter(({ outcome }) => outcome === 'committed');
      expect(sumOf(end), `seed ${seed}`).toBe(increments(done));
      for (const { ops, results } of done) {
        // Between its own writes a transaction sees the same.
        let seen: string | null = null;
        for (const [i, op] of ops.entries()) {
          if (op.k !== 'all') seen = null;
          else {
            if (seen !== null) expect(results[i]).toBe(seen);
            seen = results[i]!;
          }
        }
      }
    }
  });

  it('READ COMMITTED: no increment is lost, and nothing uncommitted is read', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const { transactions, end } = history(seed, 'read committed', ['increment', 'increment', 'all', 'read'], 2);
      const done = transactions.filter(({ outcome }) => outcome === 'committed');
      expect(sumOf(end), `seed ${seed}`).toBe(increments(done));
    }
  });

  it('the same seed gives the same history', () => {
    expect(history(7, 'serializable', ALL, 2)).toEqual(history(7, 'serializable', ALL, 2));
  });
});

const sumOf = (end: string) => (JSON.parse(end) as string[][]).reduce((sum, [, v]) => sum + Number(v), 0);
const increments = (done: readonly Transaction[]) =>
  done.reduce(
    (n, { ops, results }) => n + ops.filter((op, i) => op.k === 'increment' && results[i] !== '[]').length,
    0,
  );

describe('the real server', () => {
  let real: RealServer | null = null;
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    real = await startReal({ deadlock_timeout: '20ms' });
    for (let i = 0; real && i < 4; i++) {
      const client = new pg.Client({ host: '127.0.0.1', port: real.port, user: 'postgres', database: 'postgres' });
      await client.connect();
      clients.push(client);
    }
  });

  afterAll(async () => {
    for (const client of clients) await client.end();
    await real?.stop();
  });

  it('passes the same check: 40 histories at SERIALIZABLE', async ({ skip }) => {
    if (!real) return skip('PostgreSQL 15 is not installed');
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed);
      await clients[0]!.query(SETUP);
      const transactions: Transaction[] = [];
      await Promise.all(
        clients.map(async (client, c) => {
          for (let i = 0; i < 2; i++) {
            const one: Transaction = { client: c, ops: randomOps(random, ALL), results: [], outcome: 'running' };
            transactions.push(one);
            try {
              await client.query('begin isolation level serializable');
              for (const op of one.ops) {
                const { rows } = await client.query({ text: sqlOf(op), rowMode: 'array' });
                one.results.push(JSON.stringify(rows.map((row: unknown[]) => row.map(String))));
              }
              await client.query('commit');
              one.outcome = 'committed';
            } catch {
              one.outcome = 'aborted';
              await client.query('rollback');
            }
          }
        }),
      );
      const { rows } = await clients[0]!.query({ text: 'select k, v from kv order by k', rowMode: 'array' });
      const end = JSON.stringify(rows.map((row: unknown[]) => row.map(String)));
      if (!serialOrder(transactions, end)) throw new Error(`seed ${seed}:\n${describeHistory(transactions, end)}`);
    }
  });
});
