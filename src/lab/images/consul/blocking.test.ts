/** Blocking queries: when they answer, and with which index. Source: the API's page on them, and agent/blockingquery. */
import { expect, test } from 'vitest';
import { type Pending, TestConsul } from './test-client.ts';

const indexOf = (consul: TestConsul, path: string) => Number(consul.get(path).headers['x-consul-index']);

function watch(consul: TestConsul, path: string, wait = '10s'): Pending {
  return consul.send('GET', `${path}${path.includes('?') ? '&' : '?'}index=${indexOf(consul, path)}&wait=${wait}`);
}

test('a query waits for a change of its service, not of others, and its index grows', () => {
  const consul = TestConsul.up();
  for (const Name of ['web', 'db']) consul.put('/v1/agent/service/register', { Name, Check: { TTL: '1m' } });
  const pending = watch(consul, '/v1/health/service/web?passing', '1m');
  consul.put('/v1/agent/check/pass/service:db');
  consul.put('/v1/kv/a', 'b');
  consul.machine.advance(5_000);
  expect(pending.reply()).toBeNull();
  const before = indexOf(consul, '/v1/health/service/web?passing');
  consul.put('/v1/agent/check/pass/service:web');
  const reply = pending.reply()!;
  expect(reply.json).toHaveLength(1);
  expect(Number(reply.headers['x-consul-index'])).toBeGreaterThan(before);
  expect(consul.machine.server!.figures()['blocked queries']).toBe(0);
});

test('without a change it answers after its wait and at most a sixteenth more, with the same index', () => {
  const consul = TestConsul.up();
  const index = indexOf(consul, '/v1/catalog/nodes');
  const pendings = Array.from({ length: 20 }, () => consul.send('GET', `/v1/catalog/nodes?index=${index}&wait=16s`));
  consul.machine.advance(15_999);
  expect(pendings.filter((each) => each.reply())).toEqual([]);
  consul.machine.advance(500);
  const some = pendings.filter((each) => each.reply()).length;
  expect(some).toBeGreaterThan(0);
  expect(some).toBeLessThan(20);
  consul.machine.advance(501);
  expect(pendings.map((each) => Number(each.reply()!.headers['x-consul-index']))).toEqual(pendings.map(() => index));
});

test('a wait of 0 means 5 minutes, and 10 minutes are the longest', () => {
  const consul = TestConsul.up();
  const [usual, longest] = [watch(consul, '/v1/catalog/nodes', '0s'), watch(consul, '/v1/catalog/nodes', '24h')];
  consul.machine.advance(299_000);
  expect(usual.reply()).toBeNull();
  consul.machine.advance(20_000);
  expect(usual.reply()).not.toBeNull();
  consul.machine.advance(280_000);
  expect(longest.reply()).toBeNull();
  consul.machine.advance(39_000);
  expect(longest.reply()).not.toBeNull();
});

test('an index of the past, and none, answer at once; one of the future waits', () => {
  const consul = TestConsul.up();
  consul.put('/v1/kv/a', '1');
  expect(consul.get('/v1/kv/a?index=1&wait=1m').status).toBe(200);
  expect(consul.get('/v1/kv/a?index=0&wait=1m').status).toBe(200);
  const future = consul.send('GET', '/v1/kv/a?index=1000&wait=1m');
  consul.put('/v1/kv/a', '2');
  expect(future.reply()).toBeNull();
});

test('a key that is not there is waited for, whatever else is written', () => {
  const consul = TestConsul.up();
  consul.put('/v1/kv/other', '1');
  const pending = watch(consul, '/v1/kv/lock', '1m');
  for (let i = 0; i < 5; i++) consul.put(`/v1/kv/other${i}`, 'x');
  expect(pending.reply()).toBeNull();
  consul.put('/v1/kv/lock', 'here');
  expect(pending.reply()).toMatchObject({ status: 200 });
});

test('deleting a key wakes who watches it or its prefix, and the prefix’s index does not go back', () => {
  const consul = TestConsul.up();
  for (const key of ['app/a', 'app/b']) consul.put(`/v1/kv/${key}`, '1');
  const before = indexOf(consul, '/v1/kv/app/?recurse');
  const [key, prefix] = [watch(consul, '/v1/kv/app/b', '1m'), watch(consul, '/v1/kv/app/?recurse', '1m')];
  consul.ask('DELETE', '/v1/kv/app/b');
  expect(key.reply()).toMatchObject({ status: 404, text: '' });
  expect(prefix.reply()!.json).toHaveLength(1);
  expect(indexOf(consul, '/v1/kv/app/?recurse')).toBeGreaterThan(before);
});

test('the same value again changes no index and wakes nobody', () => {
  const consul = TestConsul.up();
  consul.put('/v1/kv/a', '1');
  const pending = watch(consul, '/v1/kv/a', '1m');
  consul.put('/v1/kv/a', '1');
  expect(pending.reply()).toBeNull();
  consul.put('/v1/kv/a?flags=7', '1');
  expect(pending.reply()!.json[0]).toMatchObject({ Flags: 7 });
});

test('when the last instance goes, the watchers of the service are told', () => {
  const consul = TestConsul.up();
  consul.put('/v1/agent/service/register', { Name: 'web' });
  const pending = watch(consul, '/v1/catalog/service/web', '1m');
  consul.put('/v1/agent/service/deregister/web');
  expect(pending.reply()!.json).toEqual([]);
  const absent = watch(consul, '/v1/health/service/web', '1m');
  consul.put('/v1/kv/a', 'b');
  expect(absent.reply()).toBeNull();
  consul.put('/v1/agent/service/register', { Name: 'web' });
  expect(absent.reply()!.json).toHaveLength(1);
});

test('the index restarts low after a restart without data, so an old one waits: clients must reset theirs', () => {
  const consul = TestConsul.up();
  for (let i = 0; i < 50; i++) consul.put('/v1/kv/a', String(i));
  const old = indexOf(consul, '/v1/kv/a');
  const again = TestConsul.up({ files: consul.machine.files });
  again.put('/v1/kv/a', 'new');
  expect(indexOf(again, '/v1/kv/a')).toBeLessThan(old);
  const pending = again.send('GET', `/v1/kv/a?index=${old}&wait=8s`);
  again.machine.advance(8_500);
  expect(Number(pending.reply()!.headers['x-consul-index'])).toBeLessThan(old);
});

test('who goes away is waited for no more', () => {
  const consul = TestConsul.up();
  const pending = watch(consul, '/v1/catalog/nodes', '5m');
  expect(consul.machine.server!.figures()['blocked queries']).toBe(1);
  pending.abandon();
  expect(consul.machine.server!.figures()).toMatchObject({ 'blocked queries': 0, connections: 0 });
});

test('a server is elected 5 to 10 s after its start; requests wait 7 s for that; stale reads do not', () => {
  const argv = ['consul', 'agent', '-server', '-bootstrap-expect=1', '-client=0.0.0.0', '-data-dir=/consul/data'];
  const seen = new Set<number>();
  for (let seed = 1; seed <= 10; seed++) {
    const consul = new TestConsul({ argv, seed });
    const [read, write] = [consul.send('GET', '/v1/catalog/nodes'), consul.send('PUT', '/v1/kv/a', '1')];
    const stale = { status: 200, json: [], headers: { 'x-consul-knownleader': 'false' } };
    expect(consul.get('/v1/catalog/nodes?stale')).toMatchObject(stale);
    let ms = 0;
    for (; consul.get('/v1/status/leader').json === '' && ms <= 10_000; ms += 10) consul.machine.advance(10);
    expect(ms).toBeGreaterThanOrEqual(5_000);
    expect(ms).toBeLessThanOrEqual(10_000);
    const replies = [read.reply()!, write.reply()!];
    const expected = ms <= 7_000 ? 200 : 500;
    seen.add(expected);
    expect(replies.map(({ status }) => status)).toEqual([expected, expected]);
    if (expected === 500) expect(replies[0]!.text).toBe('No cluster leader');
  }
  expect([...seen].sort()).toEqual([200, 500]);
});
