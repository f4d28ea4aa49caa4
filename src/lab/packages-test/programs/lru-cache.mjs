// packages: lru-cache
import { LRUCache } from 'lru-cache';

const gone = [];
const cache = new LRUCache({
  max: 3,
  ttl: 200,
  dispose: (v, k, why) => gone.push([k, v, why]),
  fetchMethod: async (k, old) => {
    await sleep(2);
    return `${k}!${old ?? ''}`;
  },
});
for (const k of ['a', 'b', 'c', 'd']) cache.set(k, k.toUpperCase());
log('lru', cache.get('a') ?? 'none', cache.get('b'), [...cache.keys()], cache.size, gone);
cache.set('b', 'B2', { ttl: 5 });
await sleep(30);
log('lru', cache.get('b') ?? 'expired', cache.has('c'), cache.getRemainingTTL('c') > 0);
await sleep(250);
log('lru', cache.get('c') ?? 'expired', cache.purgeStale());
log(
  'lru',
  await cache.fetch('x'),
  await Promise.all([cache.fetch('y'), cache.fetch('y')]),
  cache.dump().map(([k, { value }]) => [k, value]),
);
const sized = new LRUCache({ maxSize: 10, sizeCalculation: (v) => v.length });
sized.set('a', 'xxxxxx');
sized.set('b', 'yyyyyy');
log('lru', [...sized.entries()], sized.calculatedSize);
await attempt('lru', () => new LRUCache({}));
