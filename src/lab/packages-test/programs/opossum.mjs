// packages: opossum
import CircuitBreaker from 'opossum';

let mode = 'ok';
const call = async (x) => {
  if (mode === 'slow') await sleep(60);
  if (mode === 'bad') throw new Error(`bad ${x}`);
  return `ok ${x}`;
};
const breaker = new CircuitBreaker(call, {
  timeout: 30,
  errorThresholdPercentage: 50,
  resetTimeout: 50,
  volumeThreshold: 4,
  rollingCountTimeout: 1000,
  name: 'call',
});
for (const event of ['open', 'close', 'halfOpen', 'timeout', 'reject', 'success', 'failure', 'fallback'])
  breaker.on(event, (v) => log('a', event, v instanceof Error ? v : typeof v === 'number' ? 'n' : (v ?? '')));
for (let i = 0; i < 3; i++) await attempt('a', () => breaker.fire(i));
mode = 'slow';
await attempt('a', () => breaker.fire('slow'));
mode = 'bad';
for (let i = 0; i < 4; i++) await attempt('a', () => breaker.fire(i));
log('a', breaker.opened, breaker.closed, breaker.halfOpen, breaker.enabled);
await attempt('a', () => breaker.fire('while open'));
mode = 'ok';
await sleep(70);
log('a', breaker.halfOpen);
await attempt('a', () => breaker.fire('probe'));
log('a', breaker.closed);
const { fires, failures, successes, rejects, timeouts } = breaker.stats;
log('a', { fires, failures, successes, rejects, timeouts });
const other = new CircuitBreaker(call, {
  capacity: 1,
  timeout: false,
  errorFilter: (e) => e.message === 'bad ignored',
});
other.fallback((x, e) => `instead of ${x}: ${e.code}`);
mode = 'slow';
log('b', await Promise.all([other.fire(1), other.fire(2)]));
mode = 'bad';
await attempt('b', () => other.fire('ignored'));
log('b', other.opened, (await other.healthCheck(() => Promise.resolve(), 1000)) ?? 'checking');
other.shutdown();
breaker.shutdown();
await attempt('b', () => breaker.fire(1));
const cached = new CircuitBreaker(async (x) => x + Math.floor(performance.now() / 1e9), { cache: true, cacheTTL: 20 });
log('c', await cached.fire(1), await cached.fire(1), cached.stats.cacheHits, cached.stats.cacheMisses);
cached.shutdown();
const aborting = new CircuitBreaker(
  (_x, signal) => new Promise((_r, j) => signal?.addEventListener('abort', () => j(new Error('told')))),
  { timeout: 10, abortController: new AbortController() },
);
await attempt('d', () => aborting.fire(1));
aborting.shutdown();
process.exit();
