// packages: ioredis, redlock, rate-limiter-flexible
// 20 scenarios: the packages that bring Lua of their own, unmodified, and the scripts that people write.
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import Redlock from 'redlock';

const redis = new Redis({ host: process.env.HOST, port: Number(process.env.PORT) });
await redis.flushall();

const redlock = new Redlock([redis], { retryCount: 0 });
const lock = await redlock.lock('lock:a', 1_000);
log('redlock', 'held', (await redis.pttl('lock:a')) > 900);
await attempt('redlock', () => redlock.lock('lock:a', 1_000).then(() => 'twice'));
const longer = await lock.extend(5_000);
log('redlock', 'extended', (await redis.pttl('lock:a')) > 4_000);
await longer.unlock();
log('redlock', 'free', await redis.exists('lock:a'));
await attempt('redlock', () => longer.unlock().then(() => 'unlocked twice'));
const both = await redlock.lock(['lock:b', 'lock:c'], 1_000);
log('redlock', 'two', await redis.exists('lock:b', 'lock:c'));
await both.unlock();

const limiter = new RateLimiterRedis({ storeClient: redis, points: 3, duration: 5, keyPrefix: 'rl' });
for (let i = 0; i < 5; i++) {
  try {
    const { remainingPoints, consumedPoints, isFirstInDuration } = await limiter.consume('user');
    log('limiter', remainingPoints, consumedPoints, isFirstInDuration);
  } catch (refused) {
    log('limiter', 'refused', refused.remainingPoints, refused.consumedPoints, refused.msBeforeNext > 3_000);
  }
}
log('limiter', (await limiter.get('user')).consumedPoints, await limiter.delete('user'), await limiter.get('user'));
await limiter.block('blocked', 10);
await attempt('limiter', () =>
  limiter.consume('blocked').then(
    () => 'let in',
    ({ msBeforeNext }) => msBeforeNext > 9_000,
  ),
);
const blocking = new RateLimiterRedis({
  storeClient: redis,
  points: 1,
  duration: 1,
  blockDuration: 2,
  keyPrefix: 'bl',
});
await blocking.consume('x');
await attempt('limiter', () =>
  blocking.consume('x').then(
    () => 'let in',
    ({ msBeforeNext }) => msBeforeNext > 1_000,
  ),
);

// A job queue: taken under a lock with a token, finished only by who holds it, stalled jobs go back.
redis.defineCommand('take', {
  numberOfKeys: 3,
  lua: `
    local id = redis.call('RPOPLPUSH', KEYS[1], KEYS[2])
    if not id then return nil end
    local key = KEYS[3] .. id
    redis.call('SET', key .. ':lock', ARGV[1], 'PX', ARGV[2])
    redis.call('HSET', key, 'processedOn', ARGV[3])
    redis.call('HINCRBY', key, 'attempts', 1)
    return {id, redis.call('HGETALL', key)}`,
});
redis.defineCommand('finish', {
  numberOfKeys: 2,
  lua: `
    local lock = KEYS[2] .. ARGV[1] .. ':lock'
    if redis.call('GET', lock) ~= ARGV[2] then return -2 end
    redis.call('DEL', lock)
    if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 0 then return redis.error_reply('Missing job ' .. ARGV[1]) end
    redis.call('XADD', KEYS[2] .. 'events', '1-*', 'event', 'completed', 'jobId', ARGV[1], 'result', cjson.encode({ok = true, n = 1}))
    return 0`,
});
redis.defineCommand('window', {
  numberOfKeys: 1,
  lua: `
    local now, size, max = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - size)
    local count = redis.call('ZCARD', KEYS[1])
    if count >= max then
      local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
      return {0, tostring(oldest[2] + size - now)}
    end
    redis.call('ZADD', KEYS[1], now, now .. '-' .. count)
    redis.call('PEXPIRE', KEYS[1], size)
    return {1, tostring(max - count - 1)}`,
});
redis.defineCommand('bucket', {
  numberOfKeys: 1,
  lua: `
    local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
    local rate, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    local tokens = tonumber(state[1]) or burst
    local at = tonumber(state[2]) or now
    tokens = math.min(burst, tokens + (now - at) / 1000 * rate)
    local allowed = tokens >= 1
    if allowed then tokens = tokens - 1 end
    redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
    return {allowed and 1 or 0, tostring(tokens), string.format('%.3f', tokens), redis.call('HGET', KEYS[1], 'tokens')}`,
});
await redis.rpush('wait', '1', '2');
await redis.hset('job:1', 'name', 'mail');
log('jobs', await redis.take('wait', 'active', 'job:', 'token', 30_000, 1_700_000_000_123));
log('jobs', await redis.finish('active', 'job:', '2', 'wrong'));
await attempt('jobs', () => redis.finish('active', 'job:', '2', 'token'));
log('jobs', await redis.xrange('job:events', '-', '+'), await redis.lrange('active', 0, -1));
log(
  'jobs',
  await redis.take('wait', 'active', 'job:', 't2', 30_000, 1),
  await redis.take('wait', 'active', 'job:', 't3', 30_000, 1),
);
await redis.del('active');
await attempt('jobs', () => redis.finish('active', 'job:', '1', 't2'));
for (let i = 0; i < 4; i++) log('window', await redis.window('win', 1_700_000_000_000 + i * 300, 1_000, 2));
for (let i = 0; i < 6; i++) log('bucket', await redis.bucket('tb', 2.5, 3, 1_700_000_000_000 + i * 130));
log(
  'numbers',
  await redis.eval(
    'return {1e15, 2^53, 0.1 + 0.2, 1700000000 * 1000, tostring(1700000000 * 1000), 7 % 3, -7 % 3, 10 / 4}',
    0,
  ),
);
redis.disconnect();
