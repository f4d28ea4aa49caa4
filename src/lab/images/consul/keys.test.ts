/** Keys, locks, sessions, transactions. */
import { expect, test } from 'vitest';
import { TestConsul } from './test-client.ts';

const session = (consul: TestConsul, body: object = {}): string => consul.put('/v1/session/create', body).json.ID;
const decoded = (consul: TestConsul, key: string) => atob(consul.get(`/v1/kv/${key}`).json[0].Value);

test('values, flags and bytes come back as they were written', () => {
  const consul = TestConsul.up();
  expect(consul.put('/v1/kv/a/b%20c?flags=18446744073709551615', 'x<y').json).toBe(true);
  const reply = consul.get('/v1/kv/a/b%20c');
  expect(reply.text).toContain('"Flags": 18446744073709551615');
  expect(reply.json[0]).toMatchObject({ Key: 'a/b c', Value: btoa('x<y'), LockIndex: 0 });
  expect(reply.json[0].CreateIndex).toBe(reply.json[0].ModifyIndex);
  const raw = consul.get('/v1/kv/a/b%20c?raw');
  expect(raw).toMatchObject({
    text: 'x<y',
    headers: { 'content-type': 'text/plain', 'content-security-policy': 'sandbox' },
  });
  consul.put('/v1/kv/empty');
  expect(consul.get('/v1/kv/empty').json[0].Value).toBeNull();
  expect(consul.get('/v1/kv/nothing')).toMatchObject({ status: 404, text: '' });
});

test('prefixes, key lists and separators', () => {
  const consul = TestConsul.up();
  for (const key of ['web/b/1', 'web/a', 'web/b/2', 'db/x']) consul.put(`/v1/kv/${key}`, key);
  const keys = (query: string) => consul.get(`/v1/kv/${query}`).json;
  expect(keys('web/?keys')).toEqual(['web/a', 'web/b/1', 'web/b/2']);
  expect(keys('web/?keys&separator=/')).toEqual(['web/a', 'web/b/']);
  expect(keys('?keys&separator=/')).toEqual(['db/', 'web/']);
  expect(consul.get('/v1/kv/none?keys').status).toBe(404);
  expect(keys('web/b?recurse').map(({ Key }: { Key: string }) => Key)).toEqual(['web/b/1', 'web/b/2']);
  expect(consul.ask('DELETE', '/v1/kv/web/b?recurse').json).toBe(true);
  expect(keys('?keys')).toEqual(['db/x', 'web/a']);
  consul.ask('DELETE', '/v1/kv/?recurse');
  expect(keys('?keys')).toEqual([]);
});

test('check-and-set: 0 means a new key, another number the index that it must have', () => {
  const consul = TestConsul.up();
  const cas = (index: number, value: string) => consul.put(`/v1/kv/a?cas=${index}`, value).json;
  expect([cas(7, 'x'), cas(0, 'one'), cas(0, 'two')]).toEqual([false, true, false]);
  const { ModifyIndex } = consul.get('/v1/kv/a').json[0];
  expect([cas(ModifyIndex + 1, 'x'), cas(ModifyIndex, 'two'), cas(ModifyIndex, 'three')]).toEqual([false, true, false]);
  expect(decoded(consul, 'a')).toBe('two');
  const now = consul.get('/v1/kv/a').json[0].ModifyIndex;
  expect(consul.ask('DELETE', `/v1/kv/a?cas=${now - 1}`).json).toBe(false);
  expect(consul.ask('DELETE', `/v1/kv/a?cas=${now}`).json).toBe(true);
});

test('a lock belongs to one session until it is released, and its LockIndex counts', () => {
  const consul = TestConsul.up();
  const [a, b] = [session(consul, { Name: 'a' }), session(consul)];
  const put = (query: string, value = '') => consul.put(`/v1/kv/lock?${query}`, value).json;
  expect([put(`acquire=${a}`, 'a'), put(`acquire=${a}`, 'a again'), put(`acquire=${b}`, 'b')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(consul.get('/v1/kv/lock').json[0]).toMatchObject({ Session: a, LockIndex: 1, Value: btoa('a again') });
  // A lock is advice: who does not ask may write.
  consul.put('/v1/kv/lock', 'anybody');
  expect(consul.get('/v1/kv/lock').json[0]).toMatchObject({ Session: a, Value: btoa('anybody') });
  expect([put(`release=${b}`), put(`release=${a}`, 'free'), put(`release=${a}`)]).toEqual([false, true, false]);
  expect(consul.get('/v1/kv/lock').json[0].Session).toBeUndefined();
  expect(put(`acquire=${b}`)).toBe(true);
  expect(consul.get('/v1/kv/lock').json[0].LockIndex).toBe(2);
});

test('a session that is not renewed ends after twice its TTL; its lock is free after the delay', () => {
  const consul = TestConsul.up();
  const [a, b] = [session(consul, { TTL: '10s', LockDelay: '5s' }), session(consul, { TTL: '1h' })];
  const take = (id: string) => consul.put(`/v1/kv/leader?acquire=${id}`, id).json;
  expect(take(a)).toBe(true);
  consul.machine.advance(15_000);
  expect(consul.put(`/v1/session/renew/${a}`).json[0]).toMatchObject({ ID: a, TTL: '10s', LockDelay: 5e9 });
  consul.machine.advance(19_999);
  expect([consul.get(`/v1/session/info/${a}`).json.length, take(b)]).toEqual([1, false]);
  consul.machine.advance(1);
  expect(consul.get(`/v1/session/info/${a}`).json).toEqual([]);
  expect(consul.get('/v1/kv/leader').json[0].Session).toBeUndefined();
  expect(take(b)).toBe(false);
  consul.machine.advance(5_000);
  expect(take(b)).toBe(true);
  expect(consul.put(`/v1/session/renew/${a}`)).toMatchObject({ status: 404, text: `Session id '${a}' not found` });
});

test('behaviour delete removes the keys; a critical check ends the session', () => {
  const consul = TestConsul.up();
  consul.put('/v1/agent/service/register', { Name: 'web', Check: { TTL: '30s', Status: 'passing' } });
  const id = session(consul, { Behavior: 'delete', Checks: ['serfHealth', 'service:web'], LockDelay: '0s' });
  consul.put(`/v1/kv/alive?acquire=${id}`, 'yes');
  consul.put('/v1/agent/check/fail/service:web');
  expect(consul.get('/v1/session/list').json).toEqual([]);
  expect(consul.get('/v1/kv/alive').status).toBe(404);
  expect(consul.put('/v1/session/create', { Checks: ['service:web'] })).toMatchObject({
    status: 500,
    text: "Check 'service:web' is in critical state",
  });
});

test('destroying a session frees its locks, with the delay of 15 s that is usual', () => {
  const consul = TestConsul.up();
  const [a, b] = [session(consul), session(consul)];
  consul.put(`/v1/kv/l?acquire=${a}`);
  expect(consul.put(`/v1/session/destroy/${a}`).json).toBe(true);
  consul.machine.advance(14_999);
  expect(consul.put(`/v1/kv/l?acquire=${b}`).json).toBe(false);
  consul.machine.advance(1);
  expect(consul.put(`/v1/kv/l?acquire=${b}`).json).toBe(true);
});

test('a transaction does all or nothing', () => {
  const consul = TestConsul.up();
  const txn = (...operations: object[]) =>
    consul.put(
      '/v1/txn',
      operations.map((KV) => ({ KV })),
    );
  const done = txn(
    { Verb: 'set', Key: 'a', Value: btoa('1') },
    { Verb: 'cas', Key: 'b', Value: btoa('2'), Index: 0 },
    { Verb: 'get', Key: 'a' },
  );
  expect(done).toMatchObject({ status: 200, json: { Errors: null } });
  expect(done.json.Results.map(({ KV }: { KV: { Key: string; Value: string } }) => [KV.Key, KV.Value])).toEqual([
    ['a', null],
    ['b', null],
    ['a', btoa('1')],
  ]);
  const failed = txn(
    { Verb: 'set', Key: 'a', Value: btoa('9') },
    { Verb: 'cas', Key: 'b', Index: 1 },
    { Verb: 'get', Key: 'c' },
  );
  expect(failed).toMatchObject({
    status: 409,
    json: {
      Results: null,
      Errors: [
        { OpIndex: 1, What: 'failed to set key "b", index is stale' },
        { OpIndex: 2, What: 'key "c" doesn\'t exist' },
      ],
    },
  });
  expect(decoded(consul, 'a')).toBe('1');
  expect(txn({ Verb: 'get-tree', Key: '' }).json.Results).toHaveLength(2);
});

test('refusals have Consul’s status and words', () => {
  const consul = TestConsul.up();
  const said = (method: string, path: string, body?: unknown) => {
    const { status, text } = consul.ask(method, path, body);
    return `${status} ${text}`;
  };
  expect([
    said('GET', '/v1/kv/'),
    said('PUT', '/v1/kv/'),
    said('PUT', '/v1/kv/a?cas=1&acquire=x'),
    said('PUT', '/v1/kv/a?cas=x'),
    said('PUT', '/v1/kv/a?flags=-1'),
    said('PUT', '/v1/kv/a?acquire='),
    said('PUT', '/v1/kv/a?acquire=nobody'),
    said('PUT', '/v1/kv/a', 'x'.repeat(512 * 1024 + 1)),
    said('POST', '/v1/kv/a'),
    said('PUT', '/v1/session/create', { TTL: '5s' }),
    said('PUT', '/v1/session/create', { TTL: 'x' }),
    said('PUT', '/v1/session/create', { Behavior: 'x' }),
    said('PUT', '/v1/session/create', { Node: 'nowhere' }),
    said('PUT', '/v1/session/create', { Checks: ['x'] }),
    said('PUT', '/v1/session/destroy/'),
    said('PUT', '/v1/txn', '{}'),
    said(
      'PUT',
      '/v1/txn',
      Array.from({ length: 129 }, () => ({ KV: { Verb: 'get', Key: 'a' } })),
    ),
  ]).toMatchInlineSnapshot(`
    [
      "400 Missing key name",
      "400 Missing key name",
      "400 Conflicting flags: acquire=x&cas=1
    ",
      "500 strconv.ParseUint: parsing "x": invalid syntax",
      "500 strconv.ParseUint: parsing "-1": invalid syntax",
      "500 missing session",
      "500 invalid session "nobody"",
      "413 Request body(524289 bytes) too large, max size: 524288 bytes. See https://developer.hashicorp.com/docs/agent/config/config-files#kv_max_value_size.",
      "405 method POST not allowed",
      "500 Invalid Session TTL '5000000000', must be between [10s=24h0m0s]",
      "500 Session TTL 'x' invalid: time: invalid duration "x"",
      "500 Invalid Behavior setting 'x'",
      "500 Missing node registration",
      "500 Missing check 'x' registration",
      "400 Missing session",
      "400 Failed to parse body: json: cannot unmarshal object into Go value of type api.TxnOps",
      "413 Transaction contains too many operations (129 > 128)",
    ]
  `);
});
