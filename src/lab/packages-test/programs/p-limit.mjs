// packages: p-limit
import pLimit from 'p-limit';

const limit = pLimit(2);
let active = 0,
  most = 0;
const job = (x) =>
  limit(async () => {
    most = Math.max(most, ++active);
    await sleep(3);
    active--;
    if (x === 4) throw new Error('four');
    return x;
  });
const results = await Promise.allSettled([1, 2, 3, 4, 5].map(job));
log(
  'limit',
  most,
  results.map((r) => r.value ?? r.reason.message),
  limit.activeCount,
  limit.pendingCount,
);
limit.concurrency = 1;
log('limit', await limit.map([1, 2], async (x) => x * 2));
for (let i = 0; i < 3; i++) limit(() => sleep(1));
limit.clearQueue();
log('limit', limit.pendingCount);
await attempt('limit', () => pLimit(0));
