import { expect, test } from 'vitest';
import { hardenIntrinsics } from '../../process/intrinsics.ts';
import { differences, supported, version } from './differences.ts';
import { boot, cli, RedisTestClient } from './test-client.ts';

test('keys expire under the clock of the machine: lazily, actively within 100 ms, and when the wall clock jumps', () => {
  const machine = boot(['--notify-keyspace-events', 'Ex']);
  const [client, listener] = [new RedisTestClient(machine), new RedisTestClient(machine)];
  listener.call('SUBSCRIBE', '__keyevent@0__:expired');
  client.call('SET', 'a', '1', 'PX', '1000');
  client.call('SET', 'far', '1', 'EX', '3600');
  machine.advance(1_000);
  expect(client.call('GET', 'a')).toBe('$1\r\n1');
  expect(client.call('PTTL', 'a')).toBe(':0');
  machine.advance(101);
  expect(listener.text()).toContain('__keyevent@0__:expired');
  expect(client.call('DBSIZE')).toBe(':1');
  machine.wallOffsetMs = 3_600_000;
  expect(client.call('GET', 'far')).toBe('$-1');
});

test('blocked clients are served first come, first served, and time out', () => {
  const machine = boot();
  const clients = Array.from({ length: 4 }, () => new RedisTestClient(machine));
  const [a, b, c, pusher] = clients as [RedisTestClient, RedisTestClient, RedisTestClient, RedisTestClient];
  a.call('BLPOP', 'q', '0');
  b.call('BLPOP', 'q', '1.5');
  c.call('BLPOP', 'other', 'q', '0');
  expect(pusher.call('RPUSH', 'q', 'one')).toBe(':1');
  expect(a.text()).toBe('*2\r\n$1\r\nq\r\n$3\r\none');
  machine.advance(1_600);
  expect(b.text()).toBe('*-1');
  pusher.call('RPUSH', 'q', 'two', 'three');
  expect(c.text()).toBe('*2\r\n$1\r\nq\r\n$3\r\ntwo');
  expect(pusher.call('LRANGE', 'q', '0', '-1')).toBe('*1\r\n$5\r\nthree');
  // What it said while it waited is answered afterwards.
  b.connection.send('BLPOP q2 0\r\nPING\r\n');
  expect(b.text()).toBe('');
  pusher.call('LPUSH', 'q2', 'x');
  expect(b.text()).toBe('*2\r\n$2\r\nq2\r\n$1\r\nx\r\n+PONG');
});

test('lab-keys shows what is there and changes no figure', () => {
  const machine = boot();
  const client = new RedisTestClient(machine);
  client.call('SET', 'a:1', 'one', 'EX', '10');
  client.call('RPUSH', 'a:2', 'x');
  client.call('SET', 'b', '1', 'PX', '500');
  machine.advance(1_000);
  const before = machine.server!.figures();
  const seen: unknown[] = [];
  machine.server!.tool(['lab-keys', 'a:*', '1'], ({ value }) => seen.push(value));
  machine.server!.tool(['lab-keys'], ({ stdout }) => seen.push(stdout));
  expect(seen).toEqual([
    { total: 2, keys: [{ key: 'a:1', db: 0, type: 'string', ttlMs: 9000, bytes: expect.any(Number), text: 'one' }] },
    'a:1\na:2\n',
  ]);
  expect(machine.server!.figures()).toEqual(before);
});

test('maxmemory: noeviction refuses, allkeys-lru forgets what was not used', () => {
  const machine = boot(['--maxmemory', '1mb']);
  const client = new RedisTestClient(machine);
  let reply = '';
  for (let i = 0; i < 200 && reply !== "-OOM command not allowed when used memory > 'maxmemory'."; i++)
    reply = client.call('SET', `k${i}`, 'x'.repeat(2_000));
  expect(reply).toBe("-OOM command not allowed when used memory > 'maxmemory'.");
  expect(client.call('GET', 'k0')).toMatch(/^\$2000/);
  expect(client.call('DEL', 'k1')).toBe(':1');
  client.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  for (let i = 0; i < 400; i++) {
    machine.advance(10);
    client.call('GET', 'k0');
    expect(client.call('SET', `new${i}`, 'x'.repeat(2_000))).toBe('+OK');
  }
  expect(client.call('GET', 'k0')).toMatch(/^\$2000/);
  expect(machine.server!.figures().evicted_keys).toBeGreaterThan(300);
  expect(machine.server!.figures().used_memory).toBeLessThan(1_048_576 + 5_000);
});

test('volatile-ttl takes the key that would expire first, and none without a time to live', () => {
  const machine = boot(['--maxmemory', '1mb', '--maxmemory-policy', 'volatile-ttl', '--maxmemory-samples', '10']);
  const client = new RedisTestClient(machine);
  client.call('SET', 'soon', 'x'.repeat(50_000), 'EX', '10');
  client.call('SET', 'late', 'x'.repeat(50_000), 'EX', '1000');
  client.call('SET', 'fixed', 'x'.repeat(60_000));
  client.call('SET', 'more', 'x'.repeat(1_000));
  expect(client.call('EXISTS', 'soon', 'late', 'fixed')).toBe(':3');
  client.call('SET', 'more2', 'x'.repeat(12_000));
  client.call('PING');
  expect(client.call('EXISTS', 'soon')).toBe(':0');
  expect(client.call('EXISTS', 'late', 'fixed')).toBe(':2');
});

test('maxclients, timeout and the output limit of subscribers close connections', () => {
  const machine = boot(['--maxclients', '3', '--timeout', '10', '--client-output-buffer-limit', 'pubsub 1000 0 0']);
  const [idle, slow, publisher] = [
    new RedisTestClient(machine),
    new RedisTestClient(machine),
    new RedisTestClient(machine),
  ];
  const refused = new RedisTestClient(machine);
  expect(refused.text()).toBe('-ERR max number of clients reached');
  expect(refused.connection.closed).toBe('ended');
  slow.call('SUBSCRIBE', 'news');
  slow.connection.socket.bytesQueued = 2_000;
  expect(publisher.call('PUBLISH', 'news', 'x')).toBe(':1');
  expect(slow.connection.closed).toBe('reset');
  machine.advance(9_000);
  publisher.call('PING');
  machine.advance(3_000);
  expect([idle.connection.closed, publisher.connection.closed]).toEqual(['ended', null]);
});

test('requirepass lets nobody in without it', () => {
  const machine = boot(['--requirepass', 'secret']);
  const client = new RedisTestClient(machine);
  expect(client.call('GET', 'a')).toBe('-NOAUTH Authentication required.');
  expect(client.call('AUTH', 'wrong')).toBe('-WRONGPASS invalid username-password pair or user is disabled.');
  expect(client.call('AUTH', 'secret')).toBe('+OK');
  expect(client.call('GET', 'a')).toBe('$-1');
  expect(cli(machine, 'GET', 'a')).toBe('NOAUTH Authentication required.');
  expect(cli(machine, '-a', 'secret', 'PING')).toBe('PONG');
});

test('redis-cli prints as to a pipe and gives the reply as data', () => {
  const machine = boot();
  const results: unknown[] = [];
  for (const words of [
    'PING',
    'SET a ü',
    'GET a',
    'GET none',
    'HSET h f 1 g 2',
    'HGETALL h',
    'LPUSH a x',
    '-3 HGETALL h',
  ])
    machine.server!.tool(['redis-cli', ...words.split(' ')], ({ stdout, value }) => results.push([stdout, value]));
  expect(results).toMatchInlineSnapshot(`
    [
      [
        "PONG
    ",
        "PONG",
      ],
      [
        "OK
    ",
        "OK",
      ],
      [
        "ü
    ",
        "ü",
      ],
      [
        "
    ",
        null,
      ],
      [
        "2
    ",
        2,
      ],
      [
        "f
    1
    g
    2
    ",
        {
          "f": "1",
          "g": "2",
        },
      ],
      [
        "WRONGTYPE Operation against a key holding the wrong kind of value

    ",
        {
          "error": "WRONGTYPE Operation against a key holding the wrong kind of value",
        },
      ],
      [
        "f
    1
    g
    2
    ",
        {
          "f": "1",
          "g": "2",
        },
      ],
    ]
  `);
  machine.server!.tool(['redis-server', '--version'], ({ stdout }) => expect(stdout).toContain('v=7.0.15'));
  machine.server!.tool(['psql'], ({ exitCode }) => expect(exitCode).toBe(127));
});

test('a script without end is ended, and the server goes on', () => {
  const machine = boot();
  const client = new RedisTestClient(machine);
  expect(client.call('EVAL', 'local f = function() return 1 end while true do f() end', '0')).toContain(
    'Script killed by user',
  );
  expect(client.call('EVAL', 'local function f() return f() + 1 end return f()', '0')).toContain('stack overflow');
  expect(client.call('EVAL', "return string.rep('x', 1e10)", '0')).toContain('resulting string too large');
  expect(client.call('EVAL', "return ('a'):rep(5000):find(('a*'):rep(20) .. 'b')", '0')).toMatch(
    /Script killed|too complex/,
  );
  expect(client.call('PING')).toBe('+PONG');
}, 60_000);

test('it works where intrinsics cannot be changed, whatever names clients choose', () => {
  hardenIntrinsics();
  const machine = boot();
  const client = new RedisTestClient(machine);
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'then']) {
    expect(client.call('SET', name, name)).toBe('+OK');
    expect(client.call('HSET', `h${name}`, name, name)).toBe(':1');
    expect(client.call(name)).toMatch(/^-ERR unknown command/);
    expect(client.call('CONFIG', 'SET', name, '1')).toMatch(/^-ERR Unknown option/);
    expect(client.call('ZADD', 'z', name, 'x')).toMatch(/^-ERR/);
    expect(client.call('EXPIRE', name, '1', name)).toMatch(/^-ERR Unsupported option/);
    expect(client.call('EVAL', `local t = {} t['${name}'] = 1 return t['${name}'] + #ARGV`, '0', 'x')).toBe(':2');
    expect(cli(machine, 'GET', name)).toBe(name);
  }
});

test('the page of differences has what it needs', () => {
  expect(version).toBe('7.0.15');
  expect(supported.length).toBeGreaterThan(200);
  expect(new Set(differences.map(({ what }) => what)).size).toBe(differences.length);
});
