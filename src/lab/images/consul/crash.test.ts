/**
 * Durability: what has been acknowledged is there after a crash at any step of the disk, nothing is there in part, and
 * development mode keeps nothing.
 */
import { expect, test } from 'vitest';
import { TestFiles } from '../test-machine.ts';
import { TestConsul } from './test-client.ts';

const SERVER = ['consul', 'agent', '-server', '-bootstrap-expect=1', '-client=0.0.0.0', '-data-dir=/consul/data'];
const WRITES = 12;

/** Writes one thing after the other while the machine lives; gives back which were acknowledged. */
function work(consul: TestConsul): string[] {
  const acknowledged: string[] = [];
  const done = (name: string, method: string, path: string, body?: unknown) => {
    if (!consul.machine.isAlive) return null;
    const pending = consul.send(method, path, body);
    consul.machine.advance(5);
    const reply = pending.reply();
    if (reply?.status === 200) acknowledged.push(name);
    return reply;
  };
  for (let i = 0; i < WRITES; i++) done(`key ${i}`, 'PUT', `/v1/kv/k${i}`, `value ${i}`);
  done('service', 'PUT', '/v1/agent/service/register', { Name: 'web', Check: { TTL: '1h' } });
  done('passing', 'PUT', '/v1/agent/check/pass/service:web');
  const id = done('session', 'PUT', '/v1/session/create', { TTL: '1h' })?.json?.ID;
  done('lock', 'PUT', `/v1/kv/lock?acquire=${id}`, 'mine');
  done(
    'txn',
    'PUT',
    '/v1/txn',
    [1, 2].map((i) => ({ KV: { Verb: 'set', Key: `t${i}`, Value: btoa('t') } })),
  );
  done('deleted', 'DELETE', '/v1/kv/k0');
  return acknowledged;
}

function restart(files: TestFiles): TestConsul {
  return TestConsul.up({ argv: SERVER, files, syncMs: 1, seed: 2 });
}

function check(consul: TestConsul, acknowledged: readonly string[]): void {
  const has = (name: string) => acknowledged.includes(name);
  const value = (key: string) => {
    const { status, text } = consul.get(`/v1/kv/${key}?raw`);
    return status === 404 ? null : text;
  };
  for (let i = 1; i < WRITES; i++) {
    if (has(`key ${i}`)) expect(value(`k${i}`)).toBe(`value ${i}`);
    else expect([null, `value ${i}`]).toContain(value(`k${i}`));
  }
  if (has('deleted')) expect(value('k0')).toBeNull();
  if (has('lock')) expect(consul.get('/v1/kv/lock').json[0].Session).toBe(consul.get('/v1/session/list').json[0].ID);
  expect(value('t1'), 'both or none').toBe(value('t2'));
  if (has('txn')) expect(value('t1')).toBe('t');
  const services = Object.keys(consul.get('/v1/agent/services').json);
  if (has('service')) expect(services).toEqual(['web']);
  // The catalog knows what the agent knows.
  expect(consul.get('/v1/catalog/service/web').json).toHaveLength(services.length);
  if (has('passing')) expect(consul.passing('web')).toEqual(['web']);
}

test.each(['killed', 'without power'] as const)(
  '%s at each of its disk steps, a server keeps what it acknowledged',
  (how) => {
    const first = TestConsul.up({ argv: SERVER, syncMs: 1 });
    const start = first.machine.diskSteps;
    expect(work(first)).toHaveLength(WRITES + 6);
    const { diskSteps } = first.machine;
    expect(diskSteps - start).toBeGreaterThan(2 * WRITES);
    for (let step = 0; step < diskSteps; step++) {
      const consul = new TestConsul({ argv: SERVER, syncMs: 1 });
      consul.machine.killAtDiskStep(step);
      consul.machine.advance(10_000);
      const acknowledged = work(consul);
      consul.machine.kill();
      const files = consul.machine.files.clone();
      if (how === 'without power') files.losePower();
      check(restart(files), acknowledged);
    }
  },
);

test('after a restart checks are critical until they say otherwise, except TTL checks whose time is not up', () => {
  const consul = TestConsul.up({ argv: SERVER });
  consul.put('/v1/agent/service/register', {
    Name: 'web',
    Check: { TCP: 'web:80', Interval: '1h', Status: 'passing' },
  });
  consul.put('/v1/agent/service/register', { Name: 'job', Check: { TTL: '60s' } });
  consul.put('/v1/agent/check/pass/service:job');
  expect([consul.passing('web'), consul.passing('job')]).toEqual([['web'], ['job']]);
  const { files } = consul.machine;
  consul.machine.kill();
  const wallMs = consul.machine.wallMs() + 20_000;
  const again = TestConsul.up({ argv: SERVER, files, wallMs });
  expect([again.passing('web'), again.passing('job')]).toEqual([[], ['job']]);
  // 60 s since it spoke: 20 s it was away, 10 s it has been up.
  again.machine.advance(29_999);
  expect(again.passing('job')).toEqual(['job']);
  again.machine.advance(1);
  expect(again.passing('job')).toEqual([]);
});

test('a full disk: writes are refused, reads go on, and writes succeed when there is room again', () => {
  const consul = TestConsul.up({ argv: SERVER });
  consul.put('/v1/kv/a', '1');
  const { files } = consul.machine;
  files.capacityBytes = 0;
  expect(consul.put('/v1/kv/a', '2')).toMatchObject({ status: 500, text: 'leadership lost while committing log' });
  expect(consul.get('/v1/kv/a?raw').text).toBe('1');
  files.capacityBytes = Infinity;
  expect(consul.put('/v1/kv/a', '3').json).toBe(true);
  consul.machine.kill();
  expect(restart(files).get('/v1/kv/a?raw').text).toBe('3');
});

test('a disk that fills in the middle of a line loses that line only', () => {
  const consul = TestConsul.up({ argv: SERVER });
  const { files } = consul.machine;
  const used = () => files.list('/').reduce((sum, path) => sum + files.read(path)!.length, 0);
  files.capacityBytes = used() + 20;
  expect(consul.put('/v1/kv/a', 'x').status).toBe(500);
  files.capacityBytes = Infinity;
  expect(consul.put('/v1/kv/b', 'y').json).toBe(true);
  consul.machine.kill();
  const again = restart(files);
  expect([again.get('/v1/kv/a').status, again.get('/v1/kv/b?raw').text]).toEqual([404, 'y']);
});

test('a snapshot replaces the log’s beginning, and a crash at any of its steps loses nothing', () => {
  const entry = (i: number) => [
    i + 2,
    { op: 'kv', operation: { verb: 'set', Key: 'n', Flags: '0', Value: btoa(String(i)), Session: '', index: 0 } },
  ];
  const log = Array.from({ length: 16_380 }, (_, i) => `${JSON.stringify(entry(i))}\n`).join('');
  const begin = () => {
    const files = new TestFiles();
    files.write('/consul/data/raft/log', new TextEncoder().encode(log));
    return new TestConsul({ argv: SERVER, files, syncMs: 1 });
  };
  const more = (consul: TestConsul) => {
    consul.machine.advance(10_000);
    let last = 16_379;
    for (let i = 16_380; i < 16_390 && consul.machine.isAlive; i++) {
      const pending = consul.send('PUT', '/v1/kv/n', String(i));
      consul.machine.advance(5);
      if (pending.reply()?.status === 200) last = i;
    }
    return last;
  };
  const whole = begin();
  expect(more(whole)).toBe(16_389);
  const { files, diskSteps } = whole.machine;
  expect(files.read('/consul/data/raft/snapshot')).not.toBeNull();
  expect(files.read('/consul/data/raft/log')!.length).toBeLessThan(10_000);
  for (let step = 0; step <= diskSteps; step++) {
    const consul = begin();
    consul.machine.killAtDiskStep(step);
    const last = more(consul);
    consul.machine.kill();
    const value = Number(restart(consul.machine.files).get('/v1/kv/n?raw').text);
    expect([last, last + 1], `killed at step ${step}`).toContain(value);
  }
});

test('development mode keeps nothing', () => {
  const consul = TestConsul.up();
  consul.put('/v1/kv/a', '1');
  expect(consul.machine.diskSteps).toBe(0);
  expect(TestConsul.up({ files: consul.machine.files }).get('/v1/kv/a').status).toBe(404);
});
