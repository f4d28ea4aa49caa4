import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import { TestMachine } from '../test-machine.ts';
import { bytesOf } from './bytes.ts';
import program from './index.ts';
import { RequestParser } from './request-parser.ts';
import { malformed, reactionOfImage } from './test-fuzz.ts';

const COUNT = 10_000;
const SEED = 20_261_123;

test(`${COUNT} malformed inputs from seed ${SEED} end in replies or a closed connection, and the server goes on`, () => {
  const random = new Random(SEED);
  let closed = 0;
  for (let i = 0; i < COUNT; i++) if (reactionOfImage(malformed(random)).endsWith('(closed)')) closed++;
  expect(closed).toBeGreaterThan(COUNT / 10);
  const machine = new TestMachine({ argv: ['redis-server', '--save', ''] });
  machine.start(program);
  const client = machine.client(6379);
  client.send('PING\r\n');
  expect(client.text()).toBe('+PONG\r\n');
});

test('however the bytes are cut, the same requests come out', () => {
  const word = fc.string({ unit: 'binary-ascii', maxLength: 30 });
  fc.assert(
    fc.property(
      fc.array(fc.array(word, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(400), { maxLength: 12 }),
      (requests, cuts) => {
        const bytes = bytesOf(
          requests
            .map((words) => `*${words.length}\r\n${words.map((one) => `$${one.length}\r\n${one}\r\n`).join('')}`)
            .join(''),
        );
        const parser = new RequestParser();
        const seen: string[][] = [];
        const ends = [...new Set([...cuts.map((at) => at % bytes.length), bytes.length])].sort((a, b) => a - b);
        let from = 0;
        for (const to of ends) {
          parser.push(bytes.subarray(from, to));
          from = to;
          for (let next = parser.next(LIMITS); next; next = parser.next(LIMITS)) {
            expect(next).toHaveProperty('args');
            if ('args' in next) seen.push(next.args);
          }
        }
        expect(seen).toEqual(requests);
      },
    ),
  );
});

const LIMITS = { bulkBytesMax: 1_000, isAuthenticated: true };
