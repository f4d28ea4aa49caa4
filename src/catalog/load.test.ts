import { expect, test } from 'vitest';
import { Fields } from './fields.ts';
import { loadOf } from './load.ts';

const read = (load: string) => {
  const fields = new Fields('sandbox.yaml', `load: '${load}'`, ['load']);
  return { load: loadOf(fields), problems: fields.problems };
};

test('method, address, rate, headers and body', () => {
  expect(read('GET http://gateway:8080/products 50/s').load).toEqual({
    method: 'GET',
    url: 'http://gateway:8080/products',
    ratePerSecond: 50,
  });
  expect(read('POST http://a:1/b 4/s Idempotency-Key:{n} X-A:b {"c": "d e"}').load).toEqual({
    method: 'POST',
    url: 'http://a:1/b',
    ratePerSecond: 4,
    headers: { 'idempotency-key': '{n}', 'x-a': 'b' },
    body: '{"c": "d e"}',
  });
});

test('what is none is said', () => {
  expect(read('GET gateway 50').problems).toHaveLength(1);
});
