import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Exec } from '../watch.ts';
import { readConsul } from './consul.ts';
import { readHaproxy } from './haproxy.ts';
import { query, readPostgres } from './postgres.ts';
import { peek, readRabbit } from './rabbitmq.ts';
import { readRedis, valueCommand } from './redis.ts';

/** Answers the first question with the first value, and the last value for ever. */
function answering(...values: unknown[]): Exec {
  return async () => {
    const value = values.length > 1 ? values.shift() : values[0];
    return { status: 0, stdout: 'UPDATE 1\n', stderr: '', value };
  };
}

const everything = [
  (exec: Exec) => readRedis(exec, '*'),
  readPostgres,
  (exec: Exec) => query(exec, 'SELECT 1'),
  readRabbit,
  (exec: Exec) => peek(exec, 'q'),
  readHaproxy,
  (exec: Exec) => readConsul(exec, ''),
];

test('whatever a run answers, a reader gives the shape that views draw', async () => {
  const record = fc.dictionary(
    fc.constantFrom(
      'key',
      'total',
      'keys',
      'arguments',
      'name',
      'relname',
      'pid',
      'blocked_by',
      'svname',
      'properties',
      'instances',
      'checks',
      'tags',
    ),
    fc.jsonValue(),
  );
  const any = fc.oneof(fc.jsonValue(), fc.array(record), record, fc.constant(undefined));
  await fc.assert(
    fc.asyncProperty(any, async (value) => {
      for (const read of everything) expect(await read(answering(value))).toBeTypeOf('object');
    }),
    { numRuns: 200 },
  );
});

test('a queue that others give up to is a dead-letter queue, by name or by binding', async () => {
  const queue = (name: string, args = {}) => ({ name, type: 'classic', arguments: args });
  const { queues } = await readRabbit(
    answering(
      [
        queue('work', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' }),
        queue('other', { 'x-dead-letter-exchange': 'dlx' }),
        queue('dead'),
        queue('parked'),
        queue('plain'),
      ],
      [
        { source_name: '', destination_name: 'work', routing_key: 'work' },
        { source_name: 'dlx', destination_name: 'parked', routing_key: '#' },
      ],
    ),
  );
  expect(queues.filter(({ isDeadLetter }) => isDeadLetter).map(({ name }) => name)).toEqual(['dead', 'parked']);
  expect(queues[0]).toMatchObject({ deadLettersTo: 'dead', bindings: [] });
  expect(queues[3]).toMatchObject({ bindings: ['dlx #'] });
});

test('places of a template without an address are left out and counted', async () => {
  const server = (svname: string, more = {}) => ({ pxname: 'workers', svname, status: 'UP', stot: 0, ...more });
  const { rows, empty } = await readHaproxy(
    answering([
      { pxname: 'web', svname: 'FRONTEND', status: 'OPEN', stot: 9 },
      server('w1', { check_status: 'L7OK', check_code: 200, stot: 9 }),
      server('w2', { check_status: 'L4CON', status: 'DOWN' }),
      server('w3'),
    ]),
  );
  expect(rows.map(({ server: name, isUp }) => [name, isUp])).toEqual([
    ['FRONTEND', true],
    ['w1', true],
    ['w2', false],
  ]);
  expect(empty).toBe(1);
});

test('a key is read by the command of its type; a statement without rows says what psql says', async () => {
  expect(valueCommand({ key: 'k', db: 2, type: 'hash', ttlMs: -1, bytes: 1, text: null })).toEqual([
    'redis-cli',
    '--no-raw',
    '-n',
    '2',
    'HGETALL',
    'k',
  ]);
  expect(await query(answering({ tag: 'UPDATE 1' }), 'UPDATE t SET a = 1')).toEqual({
    columns: [],
    rows: [],
    tag: 'UPDATE 1',
  });
});

test('an instance of Consul tells what its failing checks say, or which checks it passes', async () => {
  const instance = (id: string, status: string, output: string) => ({
    ...{ service: 'web', id, node: 'n', address: '10.0.0.7', port: 8080, tags: ['v1', 'eu'], status },
    checks: [
      { name: 'Serf Health Status', status: 'passing', output: 'alive' },
      { name: 'http', status, output },
    ],
  });
  const { instances } = await readConsul(
    answering({ instances: [instance('a', 'passing', 'ok'), instance('b', 'critical', 'oops')], isLeader: true }),
    '',
  );
  expect(instances.map(({ address, tags, status, checks }) => [address, tags, status, checks])).toEqual([
    ['10.0.0.7:8080', 'v1, eu', 'passing', 'Serf Health Status, http'],
    ['10.0.0.7:8080', 'v1, eu', 'critical', 'http: oops'],
  ]);
});
