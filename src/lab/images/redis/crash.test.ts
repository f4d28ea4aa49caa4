/** What survives a kill at any step of the disk, a loss of power, a full disk and a torn file, by mode of persistence. */
import { expect, test } from 'vitest';
import { TestFiles } from '../test-machine.ts';
import { boot, cli, RedisTestClient, request } from './test-client.ts';

const AOF = ['--appendonly', 'yes', '--save', ''];
const INCREMENT = '/data/appendonlydir/appendonly.aof.1.incr.aof';

/** Writes 1, 2, 3, … until the machine dies; returns how many were answered. */
function writeUntilDeath(argv: readonly string[], files: TestFiles, step: number, count = 12): number {
  const machine = boot(argv, { files });
  machine.killAtDiskStep(machine.diskSteps + step);
  const client = new RedisTestClient(machine);
  let answered = 0;
  for (let i = 1; i <= count && machine.isAlive; i++) {
    if (client.call('RPUSH', 'list', i) === `:${i}`) answered = i;
    if (i === 6 && machine.isAlive) client.call('BGREWRITEAOF');
    if (machine.isAlive) machine.advance(300);
  }
  machine.kill();
  return answered;
}

for (const policy of ['always', 'everysec', 'no']) {
  test(`appendfsync ${policy}: a kill at any disk step, also of a rewrite, loses nothing that was answered`, () => {
    let steps = 0;
    for (let step = 0; step < 60; step++) {
      const files = new TestFiles();
      const answered = writeUntilDeath([...AOF, '--appendfsync', policy], files, step);
      const again = boot(AOF, { files });
      const kept = cli(again, 'LRANGE', 'list', '0', '-1').split('\n').filter(Boolean).map(Number);
      // What was written but not answered may be there: at most the one that was on its way.
      expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => i + 1));
      expect(kept.length - answered, `step ${step}`).toBeOneOf([0, 1]);
      if (answered < 12) steps++;
    }
    expect(steps).toBeGreaterThan(10);
  });
}

test('a loss of power: always keeps what was answered, everysec may lose the last second, no may lose all', () => {
  const lost = (policy: string) => {
    const files = new TestFiles();
    const machine = boot([...AOF, '--appendfsync', policy], { files });
    const client = new RedisTestClient(machine);
    for (let i = 1; i <= 53; i++) {
      expect(client.call('RPUSH', 'list', i)).toBe(`:${i}`);
      machine.advance(100);
    }
    machine.kill();
    files.losePower();
    return 53 - Number(cli(boot(AOF, { files }), 'LLEN', 'list'));
  };
  expect(lost('always')).toBe(0);
  expect(lost('everysec')).toBeGreaterThan(0);
  expect(lost('everysec')).toBeLessThanOrEqual(11);
  expect(lost('no')).toBe(53);
});

test('with always, the reply waits for the disk and one sync serves all who wrote meanwhile', () => {
  const machine = boot([...AOF, '--appendfsync', 'always'], { syncMs: 5 });
  const [a, b, c] = [new RedisTestClient(machine), new RedisTestClient(machine), new RedisTestClient(machine)];
  expect(a.call('SET', 'a', '1')).toBe('');
  expect(b.call('SET', 'b', '1')).toBe('');
  expect(c.call('GET', 'a')).toBe('');
  machine.advance(5);
  expect(a.text()).toBe('+OK');
  expect(b.text()).toBe('');
  machine.advance(5);
  expect([b.text(), c.text()]).toEqual(['+OK', '$1\r\n1']);
});

test('without persistence a kill loses everything; with the default settings it goes back to the last snapshot', () => {
  const files = new TestFiles();
  const machine = boot([], { files });
  const client = new RedisTestClient(machine);
  client.call('SET', 'a', '1');
  client.call('SAVE');
  client.call('SET', 'b', '2');
  machine.kill();
  const again = boot([], { files });
  expect(cli(again, 'MGET', 'a', 'b')).toBe('1');
  again.kill();
  const none = new TestFiles();
  const other = boot(['--save', ''], { files: none });
  new RedisTestClient(other).call('SET', 'a', '1');
  other.server!.signal('SIGTERM');
  expect(other.exited).toMatchObject({ code: 0 });
  expect(cli(boot([], { files: none }), 'DBSIZE')).toBe('0');
});

test('SIGTERM saves a snapshot of every kind of value, with its time to live', () => {
  const files = new TestFiles();
  const machine = boot([], { files });
  const client = new RedisTestClient(machine);
  const setup = [
    ['SET', 's', 'text', 'PX', '50000'],
    ['HSET', 'h', 'f', 'v'],
    ['RPUSH', 'l', 'a', 'b'],
    ['SADD', 'set', '1', 'x'],
    ['ZADD', 'z', '1.5', 'm', 'inf', 'n'],
    ['XADD', 'x', '1-1', 'f', 'v'],
    ['XADD', 'x', '2-1', 'f', 'v'],
    ['XGROUP', 'CREATE', 'x', 'g', '0'],
    ['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '1', 'STREAMS', 'x', '>'],
    ['FUNCTION', 'LOAD', "#!lua name=lib\nredis.register_function('f', function() return 7 end)"],
    ['SELECT', '3'],
    ['SET', 'other', '1'],
  ];
  for (const words of setup) client.call(...words);
  machine.server!.signal('SIGTERM');
  expect(machine.exited).toMatchObject({ code: 0 });
  const again = boot([], { files, wallMs: 1_750_000_010_000 });
  const looks = [
    ['PTTL', 's'],
    ['HGETALL', 'h'],
    ['LRANGE', 'l', '0', '-1'],
    ['SCARD', 'set'],
    ['ZRANGE', 'z', '0', '-1', 'WITHSCORES'],
    ['XPENDING', 'x', 'g', '-', '+', '9', 'c'],
    ['XLEN', 'x'],
    ['FCALL', 'f', '0'],
    ['-n', '3', 'GET', 'other'],
  ];
  expect(looks.map((words) => cli(again, ...words).replaceAll('\n', ' '))).toMatchInlineSnapshot(`
    [
      "40000",
      "f v",
      "a b",
      "2",
      "m 1.5 n inf",
      "1-1 c 10000 1",
      "2",
      "7",
      "1",
    ]
  `);
});

test('a snapshot that is killed on its way leaves the one before', () => {
  for (let step = 0; step < 4; step++) {
    const files = new TestFiles();
    const machine = boot(['--save', '1 1'], { files });
    const client = new RedisTestClient(machine);
    client.call('SET', 'v', 'old');
    client.call('SAVE');
    client.call('SET', 'v', 'new');
    machine.killAtDiskStep(machine.diskSteps + step);
    machine.advance(3_000);
    machine.kill();
    expect(cli(boot([], { files }), 'GET', 'v')).toBe(step < 3 ? 'old' : 'new');
  }
});

test('a torn tail is cut off and a torn transaction never half done', () => {
  const files = new TestFiles();
  const machine = boot(AOF, { files });
  const client = new RedisTestClient(machine);
  client.call('SET', 'a', '1');
  const whole = files.read(INCREMENT)!.length;
  client.connection.send(request('MULTI') + request('SET', 'b', '1') + request('SET', 'c', '1') + request('EXEC'));
  machine.kill();
  const bytes = files.read(INCREMENT)!;
  for (let cut = whole; cut < bytes.length; cut++) {
    const torn = files.clone();
    torn.write(INCREMENT, bytes.subarray(0, cut));
    const again = boot(AOF, { files: torn });
    expect(cli(again, 'EXISTS', 'a', 'b', 'c')).toBe('1');
    expect(torn.read(INCREMENT)!.length).toBe(whole);
  }
  const strict = files.clone();
  strict.write(INCREMENT, bytes.subarray(0, bytes.length - 1));
  expect(boot([...AOF, '--aof-load-truncated', 'no'], { files: strict }).exited).toMatchObject({ code: 1 });
  files.write(INCREMENT, new TextEncoder().encode('nonsense'));
  expect(boot(AOF, { files }).exited).toMatchObject({ code: 1 });
});

test('on a full disk writes are refused with MISCONF, and go on when there is room', () => {
  const files = new TestFiles();
  const machine = boot(AOF, { files });
  const client = new RedisTestClient(machine);
  files.capacityBytes = 300;
  let replies = '';
  for (let i = 0; i < 8; i++) replies = client.call('SET', `key:${i}`, 'x'.repeat(20));
  expect(replies).toBe('-MISCONF Errors writing to the AOF file: No space left on device');
  expect(client.call('GET', 'key:0')).toBe(`$20\r\n${'x'.repeat(20)}`);
  files.capacityBytes = Infinity;
  machine.advance(2_000);
  expect(client.call('SET', 'later', '1')).toBe('+OK');
  const keys = cli(machine, 'DBSIZE');
  machine.kill();
  expect(cli(boot(AOF, { files }), 'DBSIZE')).toBe(keys);
});

test('a snapshot that does not fit refuses writes until one does', () => {
  const files = new TestFiles();
  files.capacityBytes = 10;
  const machine = boot(['--save', '1 1'], { files });
  const client = new RedisTestClient(machine);
  client.call('SET', 'a', '1');
  machine.advance(3_000);
  expect(client.call('SET', 'a', '2')).toMatch(/^-MISCONF Redis is configured to save RDB snapshots/);
  files.capacityBytes = Infinity;
  expect(client.call('BGSAVE')).toBe('+Background saving started');
  machine.advance(1_000);
  expect(client.call('SET', 'a', '2')).toBe('+OK');
});
