// packages: rate-limiter-flexible
import { BurstyRateLimiter, RateLimiterMemory, RateLimiterQueue } from 'rate-limiter-flexible';

const show2 = (r) => ({
  remaining: r.remainingPoints,
  consumed: r.consumedPoints,
  first: r.isFirstInDuration,
  wait: r.msBeforeNext > 0,
});
const rl = new RateLimiterMemory({ points: 2, duration: 0.5 });
for (let i = 0; i < 3; i++) {
  try {
    log('rate', show2(await rl.consume('ip')));
  } catch (r) {
    log('rate', 'rejected', show2(r));
  }
}
log('rate', show2(await rl.get('ip')), (await rl.get('other')) === null);
await sleep(700);
log('rate', show2(await rl.consume('ip')));
await rl.penalty('ip', 1);
await rl.reward('ip', 1);
log('rate', show2(await rl.get('ip')), await rl.delete('ip'));
await rl.block('ip', 1);
try {
  await rl.consume('ip');
} catch (r) {
  log('rate', 'blocked', r.msBeforeNext > 900);
}
const q = new RateLimiterQueue(new RateLimiterMemory({ points: 1, duration: 0.01 }), { maxQueueSize: 2 });
const outs = await Promise.allSettled([1, 2, 3, 4].map(() => q.removeTokens(1)));
log(
  'queue',
  outs.map((o) => (o.status === 'fulfilled' ? 'ok' : o.reason.message)),
);
const bursty = new BurstyRateLimiter(
  new RateLimiterMemory({ points: 1, duration: 1 }),
  new RateLimiterMemory({ keyPrefix: 'b', points: 1, duration: 5 }),
);
const bs = [];
for (let i = 0; i < 3; i++)
  bs.push(
    await bursty.consume('k').then(
      () => 'ok',
      () => 'no',
    ),
  );
log('bursty', bs);
process.exit();
