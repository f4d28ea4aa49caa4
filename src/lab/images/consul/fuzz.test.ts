/** Malformed requests: an answer or the end of the connection, never an exception, and the server goes on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import { HttpError } from './api/context.ts';
import { compileFilter } from './api/filter.ts';
import { ENDPOINTS } from './api/router.ts';
import { toBinary, utf8 } from './bytes.ts';
import { parseJson, writeJson } from './go/json.ts';
import { parseRequest } from './http/request.ts';
import { TestConsul } from './test-client.ts';

const COUNT = 10_000;
const SEED = 20_261_123;

const NAMES = ['a', 'web', '', '%00', '%zz', '..', 'ü', '%2F', 'x'.repeat(300), 'serfHealth', 'service:web'];
const QUERIES = [
  '',
  '?',
  '?index=1&wait=1ms',
  '?index=99999999999999999999',
  '?wait=-1s&index=5',
  '?cas=0',
  '?cas=x',
  '?recurse',
  '?keys&separator=',
  '?filter=((',
  '?filter=a.b==%22',
  '?passing=2',
  '?%zz',
  '?a;b',
  '?dc=x',
  '?acquire=1',
  '?raw',
  '?enable=',
  '?flags=1e9',
  '?tag=&tag',
  '?node-meta=:',
];
const VALUES = [
  'null',
  '{}',
  '[]',
  '1',
  '"x"',
  '-0',
  '1e400',
  'true',
  '{"a":',
  '"10s"',
  '"-1s"',
  '123456789012345678901234567890',
  '"\\ud800"',
  '[[[[]]]]',
  '{"HTTP":"http://x","Interval":"1ms"}',
  '{"TTL":"1ns"}',
  '{"TCP":"x","Interval":"1s"}',
  '{"HTTP":"::","Interval":"1s"}',
];
const FIELDS = [
  'Name',
  'ID',
  'Port',
  'Tags',
  'Check',
  'Checks',
  'Meta',
  'Node',
  'Address',
  'Service',
  'TTL',
  'LockDelay',
  'Behavior',
  'Weights',
  'KV',
  'Status',
  'TaggedAddresses',
  '__proto__',
  'constructor',
  'name',
];

/** What ends the agent on purpose is left out. */
const TARGETS = ENDPOINTS.filter((each) => !each.endsWith('/leave'));

/** Bytes as text that no client would send. */
function malformed(random: Random): string {
  const pick = <T>(all: readonly T[]): T => all[random.below(all.length)]!;
  const json = () =>
    random.below(4) === 0
      ? pick(VALUES)
      : `{${Array.from({ length: random.below(5) }, () => `"${pick(FIELDS)}":${pick(VALUES)}`).join(random.below(9) ? ',' : '')}${random.below(9) ? '}' : ''}`;
  const request = (body = random.below(3) === 0 ? `[${json()},{"KV":${json()}}]` : json()) => {
    const [method = '', path = ''] = pick(TARGETS).split(' ');
    const length = toBinary(utf8(body)).length + (random.below(12) === 0 ? random.below(5) - 2 : 0);
    return `${random.below(8) ? method : pick(['GET', 'PUT', 'DELETE', 'get', 'X', 'OPTIONS', 'HEAD'])} ${path}${path.endsWith('/') ? pick(NAMES) : ''}${pick(QUERIES)} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${toBinary(utf8(body))}`;
  };
  const chunked = () =>
    `PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${pick(['0', '5', '-1', 'zz', 'ffffffff', '3;x'])}\r\n${pick(['abc\r\n', 'abcde\r\n0\r\n\r\n', '\r\n', ''])}`;
  const text = random.below(10) === 0 ? chunked() : request();
  switch (random.below(6)) {
    case 0:
      return text.slice(0, random.below(text.length));
    case 1: {
      const at = random.below(text.length);
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + random.below(3));
    }
    case 2:
      return Array.from({ length: 1 + random.below(60) }, () => String.fromCharCode(random.below(256))).join('');
    case 3:
      return text.replace(
        /Host: x\r\n/,
        pick([
          '',
          'Host: x\r\nHost: y\r\n',
          'Host\r\n',
          'Host: x\r\nA b: c\r\n',
          'Host: x\r\nContent-Length: 7\r\n',
          'Expect: 100-continue\r\nHost: x\r\n',
        ]),
      );
    default:
      return text;
  }
}

test(`${COUNT} malformed requests from seed ${SEED} end in answers or a closed connection, and the server goes on`, () => {
  const random = new Random(SEED);
  const argv = ['consul', 'agent', '-server', '-client=0.0.0.0', '-data-dir=/consul/data'];
  let consul = TestConsul.up({ argv });
  const statuses = new Map<string, number>();
  let closed = 0;
  for (let i = 0; i < COUNT; i++) {
    // A new one now and then: logs and checks grow.
    if (i % 500 === 0) consul = TestConsul.up({ argv });
    const client = consul.machine.client(8500);
    client.send(malformed(random));
    if (i % 20 === 0) consul.machine.advance(500);
    const status = /^HTTP\/1\.1 (\d+)/.exec(client.text())?.[1] ?? 'none';
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (client.closed === null) client.end();
    else closed++;
    expect(consul.machine.isAlive).toBe(true);
  }
  expect(closed).toBeGreaterThan(COUNT / 10);
  expect([...statuses.keys()].sort()).toEqual(
    expect.arrayContaining(['200', '400', '404', '405', '500', '501', 'none']),
  );
  expect(consul.get('/v1/status/leader').status).toBe(200);
});

test('however the bytes are cut, the same answers come', () => {
  const consul = TestConsul.up();
  consul.put('/v1/kv/a', 'b');
  const text = [
    'GET /v1/kv/a?raw HTTP/1.1\r\nHost: x\r\n\r\n',
    'PUT /v1/kv/c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    'GET /v1/kv/c?raw HTTP/1.1\r\nHost: x\r\n\r\n',
    'PUT /v1/agent/check/pass/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody',
    'GET /v1/status/peers HTTP/1.0\r\n\r\n',
  ].join('');
  const answers = (cuts: readonly number[]) => {
    const client = consul.machine.client(8500);
    let from = 0;
    for (const to of [...new Set(cuts), text.length].sort((a, b) => a - b)) {
      client.send(text.slice(from, to));
      from = to;
    }
    return `${client.text()}${client.closed}`;
  };
  const whole = answers([]);
  expect(whole.match(/HTTP\/1\.1 \d+/g)).toEqual(
    ['200', '200', '200', '404', '200'].map((status) => `HTTP/1.1 ${status}`),
  );
  fc.assert(fc.property(fc.array(fc.nat(text.length), { maxLength: 30 }), (cuts) => answers(cuts) === whole));
});

test('JSON is read as the host reads it, and what it refuses is refused', () => {
  const plain = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? Number(each) : each)));
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(plain(parseJson(JSON.stringify(value)))).toEqual(plain(value));
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(writeJson(value, '    '))).toEqual(plain(value));
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), fc.string({ maxLength: 2 }), (value, at, noise) => {
      const text = JSON.stringify(value);
      const spoilt = text.slice(0, at % (text.length + 1)) + noise + text.slice((at % (text.length + 1)) + 1);
      const isJson = attempt(() => JSON.parse(spoilt));
      // The first value counts: what comes behind it is not looked at, as in Go.
      if (isJson) expect(attempt(() => parseJson(spoilt))).toBe(true);
      else attempt(() => parseJson(spoilt));
    }),
    { numRuns: 1000 },
  );
});

test('filters never fail in another way than by saying so', () => {
  const word = fc.constantFrom(
    'Service',
    'Tags',
    'and',
    'or',
    'not',
    'in',
    'is',
    'empty',
    'contains',
    'matches',
    '==',
    '!=',
    '(',
    ')',
    '"a"',
    'Service.Meta["a"]',
    '`x`',
    '"(',
    '[',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      try {
        compileFilter(words.join(' '))({ Service: { Tags: ['a'], Meta: { a: 'b' } } });
      } catch (error) {
        expect(error).toBeInstanceOf(HttpError);
      }
    }),
    { numRuns: 3000 },
  );
});

test('a head without end is refused at a megabyte', () => {
  expect(parseRequest(`GET / HTTP/1.1\r\nA: ${'x'.repeat(1 << 20)}`, true)).toMatchObject({ status: 431 });
});

function attempt(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    expect(error).not.toBeInstanceOf(TypeError);
    return false;
  }
}
