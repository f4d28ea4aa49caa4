// packages: ioredis, redis
// 34 scenarios as programs use the clients: pipelines, transactions, optimistic locking, blocking pops between clients,
// publishing, scanning, consumer groups that wait, what a killed connection sees.
import { Redis } from 'ioredis';
import { createClient } from 'redis';

const host = process.env.HOST;
const port = Number(process.env.PORT);
const a = new Redis({ host, port });
const b = new Redis({ host, port });
const c = new Redis({ host, port });
const modern = await createClient({ socket: { host, port }, RESP: 3 }).connect();
await a.flushall();

// Pipelines and transactions.
log('pipeline', await a.pipeline().set('k', '1').incr('k').lpush('k', 'x').get('k').exec());
log('multi', await a.multi().set('m', '1').incr('m').get('m').exec());
await attempt('multi broken', () => a.multi().set('m').exec());
await a.watch('m');
await b.set('m', '100');
log('watch spoiled', await a.multi().incr('m').exec());
await a.watch('m');
log('watch kept', await a.multi().incr('m').exec());
log('big', await a.set('big', 'x'.repeat(1_000_000)), await a.strlen('big'), (await a.get('big')).length);
log('binary', await a.set('bin', Buffer.from([0, 255, 13, 10])), [...(await a.getBuffer('bin'))]);
log('unicode', await a.set('ü', 'grün'), await a.get('ü'), await a.strlen('ü'));
const many = a.pipeline();
for (let i = 0; i < 500; i++) many.hset('h', `f${i}`, i);
await many.exec();
log('many', await a.hlen('h'), await a.object('ENCODING', 'h'));

// Blocking pops: first come, first served; over keys in the order given; by timeout.
const first = b.blpop('q', 0);
await sleep(50);
const second = c.blpop('q', 0);
await sleep(50);
await a.rpush('q', 'one', 'two', 'three');
log('fair', await first, await second, await a.lrange('q', 0, -1));
const several = b.blpop('q1', 'q2', 0);
await sleep(50);
await a.multi().rpush('q2', 'x').rpush('q1', 'y').exec();
log('several', await several);
log('timeout', await b.blpop('none', 0.05), await b.brpoplpush('none', 'n', 0.05));
const moving = b.blmove('from', 'to', 'LEFT', 'RIGHT', 0);
const chained = c.blpop('to', 0);
await sleep(50);
await a.rpush('from', 'm');
log('chain', await moving, await chained);
const min = b.bzpopmin('z', 0);
await sleep(50);
await a.zadd('z', 5, 'five', 1, 'one');
log('bzpopmin', await min);
const wrong = b.blpop('w', 0);
await sleep(50);
await a.set('w', 'string');
await a.del('w');
await a.rpush('w', 'list');
log('wrong type does not wake', await wrong);
const id = await b.client('ID');
const unblocked = b.blpop('never', 0).catch((error) => error.message);
await sleep(50);
log('unblock', await a.client('UNBLOCK', id, 'ERROR'), await unblocked);

// Streams.
const reading = b.xread('BLOCK', 0, 'STREAMS', 's', '$');
await sleep(50);
await a.xadd('s', '1-1', 'f', 'v');
log('xread', await reading);
await a.xgroup('CREATE', 's', 'g', '$');
const r1 = b.xreadgroup('GROUP', 'g', 'c1', 'COUNT', 1, 'BLOCK', 0, 'STREAMS', 's', '>');
await sleep(50);
const r2 = c.xreadgroup('GROUP', 'g', 'c2', 'COUNT', 1, 'BLOCK', 0, 'STREAMS', 's', '>');
await sleep(50);
await a.multi().xadd('s', '2-1', 'n', '1').xadd('s', '3-1', 'n', '2').exec();
log('xreadgroup', await r1, await r2);
log(
  'pending',
  await a.xpending('s', 'g'),
  await a.xack('s', 'g', '2-1'),
  await a.xpending('s', 'g', '-', '+', 10).then((all) => all.map(([one, who, , n]) => [one, who, n])),
);
log('modern streams', await modern.xRange('s', '-', '+'), await modern.xLen('s'));
const gone = b.xreadgroup('GROUP', 'g', 'c1', 'BLOCK', 0, 'STREAMS', 's', '>').catch((error) => error.message);
await sleep(50);
await a.xgroup('DESTROY', 's', 'g');
await a.xadd('s', '9-1', 'x', 'y');
log('group destroyed', await gone);

// Publishing.
const sub = new Redis({ host, port });
const heard = [];
sub.on('message', (channel, message) => heard.push([channel, message]));
sub.on('pmessage', (pattern, channel, message) => heard.push([pattern, channel, message]));
log('subscribe', await sub.subscribe('news', 'other'), await sub.psubscribe('n*'));
log('receivers', await a.publish('news', 'hello'), await a.publish('nobody', 'x'), await a.publish('silent', 'x'));
log('numsub', await a.pubsub('NUMSUB', 'news'), await a.pubsub('NUMPAT'));
await sleep(50);
log('heard', heard);
const modernSub = await modern.duplicate().connect();
const pushed = [];
await modernSub.subscribe('news', (message, channel) => pushed.push([channel, message]));
await modernSub.pSubscribe('ne?s', (message, channel) => pushed.push(['pattern', channel, message]));
log('in RESP3 it may still ask', await modernSub.get('k'));
log('receivers', await a.publish('news', 'again'));
await sleep(50);
log('pushed', pushed);
await sub.unsubscribe('news', 'other');
log('left', await a.publish('news', 'last'));

// Keyspace events.
await a.config('SET', 'notify-keyspace-events', 'KEA');
const events = [];
sub.on('pmessage', (_, channel, message) => channel.startsWith('__key') && events.push([channel, message]));
await sub.psubscribe('__key*__:*');
await a.set('ev', '1', 'PX', 30);
await a.lpush('evl', 'x');
await a.lpop('evl');
await sleep(400);
log('events', events);
await a.config('SET', 'notify-keyspace-events', '');

// Scanning.
const names = Array.from({ length: 300 }, (_, i) => `scan:${i}`);
await a.mset(Object.fromEntries(names.map((name) => [name, '1'])));
const seen = new Set();
let cursor = '0';
do {
  const [next, keys] = await a.scan(cursor, 'MATCH', 'scan:*', 'COUNT', 20);
  for (const key of keys) seen.add(key);
  cursor = next;
  await a.del('scan:299');
} while (cursor !== '0');
log(
  'scan',
  names.slice(0, 299).every((name) => seen.has(name)),
);
let fields = 0;
for await (const part of modern.hScanIterator('h')) fields += part.length;
log('hscan', fields);

// Modern client's own forms.
log(
  'modern',
  await modern.hGetAll('nothing'),
  await modern.zAdd('mz', [{ score: 1.5, value: 'x' }]),
  await modern.zRangeWithScores('mz', 0, -1),
);
log('modern multi', await modern.multi().set('x', '1').incr('x').hSet('hx', { a: 1 }).hGetAll('hx').exec());
log('modern score', await modern.zScore('mz', 'x'), await modern.zScore('mz', 'none'));
log('config', await modern.configGet('maxmemory-policy'));

// A connection that is killed.
const victim = new Redis({ host, port, retryStrategy: null });
await once(victim, 'ready');
const victimId = await victim.client('ID');
const waiting = victim.blpop('never', 0).catch((error) => error.message);
const closed = once(victim, 'close');
log('killed', await a.client('KILL', 'ID', victimId));
await closed;
log('killed', await waiting);
for (const one of [a, b, c, sub]) one.disconnect();
modern.destroy();
modernSub.destroy();
