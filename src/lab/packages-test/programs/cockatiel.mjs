// packages: cockatiel
import {
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  ConstantBackoff,
  circuitBreaker,
  ExponentialBackoff,
  fallback,
  handleAll,
  handleType,
  IterableBackoff,
  noop,
  retry,
  SamplingBreaker,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';

const _n = 0;
const r = retry(handleAll, { maxAttempts: 3, backoff: new ConstantBackoff(5) });
r.onRetry(({ attempt, delay, reason }) => log('retry', attempt, delay, reason?.error));
r.onFailure(({ handled }) => log('retry', 'failure', handled));
r.onGiveUp(() => log('retry', 'gave up'));
await attempt('retry', () =>
  r.execute(({ attempt }) => {
    if (attempt < 2) throw new Error(`try ${attempt}`);
    return `done ${attempt}`;
  }),
);
await attempt('retry', () =>
  r.execute(() => {
    throw new Error('always');
  }),
);
const only = retry(
  handleType(RangeError).orWhen((e) => e.message === 'soft'),
  { maxAttempts: 1, backoff: new IterableBackoff([1, 2]) },
);
await attempt('retry', () =>
  only.execute(() => {
    throw new TypeError('hard');
  }),
);
await attempt('retry', () =>
  only.execute(({ attempt }) => {
    if (attempt === 0) throw new Error('soft');
    return attempt;
  }),
);
const b = circuitBreaker(handleAll, { halfOpenAfter: 20, breaker: new ConsecutiveBreaker(2) });
b.onStateChange((s) => log('breaker', CircuitState[s]));
for (let i = 0; i < 3; i++)
  await attempt('breaker', () =>
    b.execute(() => {
      throw new Error('down');
    }),
  );
await sleep(30);
await attempt('breaker', () => b.execute(() => 'up'));
log('breaker', CircuitState[b.state]);
const held = b.isolate();
await attempt('breaker', () => b.execute(() => 1));
held.dispose();
log('breaker', await b.execute(() => 'free'));
const s = circuitBreaker(handleAll, {
  halfOpenAfter: 1000,
  breaker: new SamplingBreaker({ threshold: 0.5, duration: 100, minimumRps: 1 }),
});
for (let i = 0; i < 6; i++)
  await attempt('sampling', () =>
    s.execute(() => {
      if (i % 2) throw new Error('odd');
      return i;
    }),
  );
const t = timeout(10, TimeoutStrategy.Aggressive);
t.onTimeout(() => log('timeout', 'event'));
await attempt('timeout', () => t.execute(() => sleep(50)));
const co = timeout(10, TimeoutStrategy.Cooperative);
await attempt('timeout', () => co.execute(({ signal }) => sleep(50, null, { signal })));
log('timeout', await t.execute(() => 'quick'));
const bh = bulkhead(1, 1);
const all = await Promise.allSettled(
  [1, 2, 3].map((x) =>
    bh.execute(async () => {
      await sleep(5);
      return x;
    }),
  ),
);
log(
  'bulkhead',
  all.map((one) => (one.status === 'fulfilled' ? one.value : one.reason instanceof BulkheadRejectedError)),
  bh.executionSlots,
  bh.queueSlots,
);
const w = wrap(
  fallback(handleAll, () => 'plan b'),
  retry(handleAll, { maxAttempts: 1, backoff: new ConstantBackoff(1) }),
  timeout(10, TimeoutStrategy.Aggressive),
);
w.onSuccess(({ duration }) => log('wrap', 'success', duration >= 0));
log('wrap', await w.execute(() => sleep(30)));
log('wrap', await w.execute(() => 'plan a'));
const e = new ExponentialBackoff({
  initialDelay: 10,
  maxDelay: 100,
  generator: (state, o) => [
    Math.min(o.maxDelay, state === undefined ? o.initialDelay : state * 2),
    state === undefined ? o.initialDelay : state * 2,
  ],
});
const delays = [];
let next = e.next();
for (let i = 0; i < 5; i++) {
  delays.push(next.duration);
  next = next.next({});
}
log('backoff', delays);
await attempt('noop', () => noop.execute(() => 5));
class Svc {
  async go() {
    return ++this.n < 3 ? Promise.reject(new Error(`n${this.n}`)) : this.n;
  }
  n = 0;
}
const svc = new Svc();
log('class', await r.execute(() => svc.go()));
const ac = new AbortController();
setTimeout(() => ac.abort(), 3);
await attempt('abort', () =>
  retry(handleAll, { maxAttempts: 100, backoff: new ConstantBackoff(2) }).execute(() => {
    throw new Error('again');
  }, ac.signal),
);
