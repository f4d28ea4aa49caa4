/**
 * Replication with Debian's redis-server on the other side: a real replica of the image, and the image as a replica of a
 * real master. Both must hold the same after the snapshot and after what follows it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { serveImage } from '../../../engines/local/serve-image.ts';
import { freePort } from '../test-servers.ts';
import program from './index.ts';
import { startReal } from './test-real.ts';

const NOT_INSTALLED = 'redis-server is not installed: apt-get install redis-server';
const OPTIONS = ['--repl-diskless-sync-delay', '0'];
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function image(...more: string[]): Promise<Redis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'redis-image-'));
  const argv = ['redis-server', '--save', '', '--port', String(port), ...OPTIONS, ...more];
  const serving = serveImage({ program, argv, dataFolder: folder });
  await serving.listening;
  ends.push(
    () => serving.close(),
    () => rmSync(folder, { recursive: true, force: true }),
  );
  return clientOf(port);
}

async function real(...more: string[]): Promise<Redis | null> {
  const server = await startReal([...OPTIONS, ...more]);
  if (server === null) return null;
  ends.push(() => server.stop());
  return clientOf(server.port);
}

function clientOf(port: number): Redis {
  const client = new Redis(port, '127.0.0.1');
  client.on('error', () => {});
  ends.push(() => client.disconnect());
  return client;
}

const portOf = (client: Redis) => String(client.options.port);

/** Everything: kinds of values in each of their encodings, times to live, databases, scripts. */
async function fill(redis: Redis): Promise<void> {
  await redis.mset({
    int: '12345',
    text: 'a text',
    long: 'abcabcabd'.repeat(3000),
    bytes: Buffer.from([0, 255, 13, 10, 128]),
  });
  await redis.rpush(
    'list',
    'a',
    '12',
    '-5000',
    '70000',
    '3000000000',
    '-9000000000000',
    'x'.repeat(70),
    'y'.repeat(5000),
  );
  await redis.rpush('long-list', ...Array.from({ length: 3000 }, (_, i) => `item ${i}`));
  await redis.rpush('plain', 'z'.repeat(20_000), 'after');
  await redis.sadd('ints', 1, -2, 70_000, '9000000000');
  await redis.sadd('set', 'a', 'b', 'c'.repeat(100));
  await redis.hset('hash', { f: 'v', n: '7', empty: '' });
  await redis.hset('big-hash', Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`f${i}`, `v${i}`])));
  await redis.zadd('zset', 1.5, 'm', '-inf', 'n', 3, 'o', 0.1, 'p');
  await redis.zadd('big-zset', ...Array.from({ length: 300 }, (_, i) => [i / 7, `m${i}`]).flat());
  for (let i = 1; i <= 250; i++)
    await redis.xadd('stream', `${i}-1`, 'same', String(i), ...(i % 5 ? [] : ['more', 'x']));
  await redis.xdel('stream', '7-1', '250-1');
  await redis.xgroup('CREATE', 'stream', 'group', '0');
  await redis.xreadgroup('GROUP', 'group', 'bob', 'COUNT', 3, 'STREAMS', 'stream', '>');
  await redis.xreadgroup('GROUP', 'group', 'eve', 'COUNT', 2, 'STREAMS', 'stream', '>');
  await redis.xgroup('CREATECONSUMER', 'stream', 'group', 'idle');
  await redis.xadd('empty-stream', '5-5', 'a', 'b');
  await redis.xtrim('empty-stream', 'MAXLEN', 0);
  await redis.set('soon', 'x', 'PX', 3_600_000);
  await redis.call(
    'FUNCTION',
    'LOAD',
    "#!lua name=lib\nredis.register_function{function_name='f', callback=function() return 7 end, flags={'no-writes'}}",
  );
  await redis.select(3);
  await redis.set('three', '3');
  await redis.select(0);
}

/** What a client sees of all that. */
async function look(redis: Redis): Promise<unknown> {
  const seen: Record<string, unknown> = {};
  for (const key of (await redis.keys('*')).sort()) {
    const type = await redis.type(key);
    const value =
      type === 'string'
        ? (await redis.getBuffer(key))!.toString('latin1')
        : type === 'list'
          ? await redis.lrange(key, 0, -1)
          : type === 'set'
            ? (await redis.smembers(key)).sort()
            : type === 'hash'
              ? await redis.hgetall(key)
              : type === 'zset'
                ? await redis.call('ZRANGE', key, '0', '-1', 'WITHSCORES')
                : [await redis.xrange(key, '-', '+'), ...(await groups(redis, key))];
    seen[key] = [type, value, (await redis.pexpiretime(key)) as number];
  }
  seen.function = await redis.call('FCALL_RO', 'f', 0).catch((error: Error) => error.message);
  await redis.select(3);
  seen.three = await redis.get('three');
  await redis.select(0);
  return seen;
}

async function groups(redis: Redis, key: string): Promise<unknown[]> {
  const info = (await redis.call('XINFO', 'STREAM', key)) as unknown[];
  const about = Object.fromEntries(info.flatMap((name, i) => (i % 2 === 0 ? [[name, info[i + 1]]] : [])));
  const names = ['length', 'last-generated-id', 'max-deleted-entry-id', 'entries-added'];
  const rows = (await redis.call('XINFO', 'GROUPS', key)) as unknown[];
  const pending = rows.length > 0 ? await redis.call('XPENDING', key, 'group', '-', '+', '100') : [];
  // How long each has been idle is a matter of when one asks.
  return [
    names.map((name) => about[name]),
    rows,
    (pending as unknown[][]).map(([id, who, , times]) => [id, who, times]),
  ];
}

/** What comes after the snapshot. */
async function goOn(redis: Redis): Promise<void> {
  await redis.multi().incr('int').lpush('list', 'new').expire('text', 1000).exec();
  await redis.eval("redis.call('SET', KEYS[1], ARGV[1]); return redis.call('SADD', 'set', 'lua')", 1, 'from-lua', 'x');
  await redis.spop('ints');
  await redis.zadd('zset', 'INCR', 2.5, 'm');
  await redis.hincrbyfloat('hash', 'n', 0.5);
  await redis.xadd('stream', 'MAXLEN', '~', 100, '300-0', 'a', 'b');
  await redis.xack('stream', 'group', '1-1');
  await redis.set('short', 'x', 'PX', 50);
  await redis.getdel('bytes');
  await redis.select(3);
  await redis.rename('three', 'four');
  await redis.set('three', 'again');
  await redis.select(0);
}

/** Waits, some milliseconds at a time, for what is true in the end. */
async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not within 8 s: ${what}`);
}

const field = async (redis: Redis, name: string) => new RegExp(`${name}:(.*)\r`).exec(await redis.info())?.[1];

async function follows(replica: Redis, master: Redis): Promise<void> {
  await until(async () => (await field(replica, 'master_link_status')) === 'up', 'the replica is linked');
  await until(
    async () => (await field(replica, 'master_repl_offset')) === (await field(master, 'master_repl_offset')),
    'the replica has all',
  );
}

async function replicate(master: Redis, replica: Redis): Promise<void> {
  await fill(master);
  expect(await replica.call('REPLICAOF', '127.0.0.1', portOf(master))).toBe('OK');
  await follows(replica, master);
  expect(await look(replica)).toEqual(await look(master));
  await goOn(master);
  expect(await master.wait(1, 5000)).toBe(1);
  await until(
    async () => (await master.exists('short')) === 0 && (await replica.dbsize()) === (await master.dbsize()),
    'what has expired is gone',
  );
  expect(await look(replica)).toEqual(await look(master));
  await expect(replica.set('a', 'b')).rejects.toThrow("READONLY You can't write against a read only replica.");
  // A lost connection: the replica goes on where it was.
  await master.call('CLIENT', 'KILL', 'TYPE', 'replica');
  await master.set('while', 'away');
  await until(async () => (await replica.get('while')) === 'away', 'the replica has caught up');
  expect([await field(master, 'sync_full'), await field(master, 'sync_partial_ok')]).toEqual(['1', '1']);
  const [role, , rows] = (await master.call('ROLE')) as [string, number, [string, string, string][]];
  expect([role, rows.map(([ip, port]) => [ip, port])]).toEqual(['master', [['127.0.0.1', portOf(replica)]]]);
  expect(((await replica.call('ROLE')) as unknown[]).slice(0, 4)).toEqual([
    'slave',
    '127.0.0.1',
    Number(portOf(master)),
    'connected',
  ]);
}

test('a real replica of the image has what it has', async ({ skip }) => {
  const replica = await real();
  if (replica === null) return skip(NOT_INSTALLED);
  await replicate(await image(), replica);
}, 30_000);

test('the image as a replica of a real master has what that has', async ({ skip }) => {
  const master = await real();
  if (master === null) return skip(NOT_INSTALLED);
  await replicate(master, await image());
}, 30_000);

test('promotion: a real replica follows the image that was a replica beside it, without a new snapshot', async ({
  skip,
}) => {
  const master = await real();
  if (master === null) return skip(NOT_INSTALLED);
  const [next, other] = [await image(), (await real())!];
  for (const replica of [next, other]) {
    await replica.call('REPLICAOF', '127.0.0.1', portOf(master));
    await follows(replica, master);
  }
  await master.set('a', '1');
  for (const replica of [next, other]) await follows(replica, master);
  await next.call('REPLICAOF', 'NO', 'ONE');
  await next.set('b', '2');
  await other.call('REPLICAOF', '127.0.0.1', portOf(next));
  await until(async () => (await other.get('b')) === '2', 'the other follows');
  expect(await field(next, 'sync_partial_ok')).toBe('1');
  expect(await field(next, 'sync_full')).toBe('0');
  expect(await field(other, 'master_replid2')).toBe(await field(next, 'master_replid2'));
}, 30_000);
