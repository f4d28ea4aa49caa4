// packages: p-retry
import pRetry, { AbortError } from 'p-retry';

await attempt('retry', () =>
  pRetry(
    (n) => {
      if (n < 3) throw new Error(`n${n}`);
      return `at ${n}`;
    },
    {
      retries: 5,
      minTimeout: 2,
      factor: 1,
      onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => log('retry', error, attemptNumber, retriesLeft),
    },
  ),
);
await attempt('retry', () =>
  pRetry(
    () => {
      throw new AbortError('stop');
    },
    { retries: 5, minTimeout: 1 },
  ),
);
await attempt('retry', () =>
  pRetry(
    () => {
      throw new TypeError('not network');
    },
    { retries: 1, minTimeout: 1 },
  ),
);
await attempt('retry', () => pRetry(() => 5));
const ac = new AbortController();
setTimeout(() => ac.abort(new Error('enough')), 5);
await attempt('retry', () =>
  pRetry(
    () => {
      throw new Error('again');
    },
    { retries: 100, minTimeout: 3, factor: 1, signal: ac.signal },
  ),
);
await attempt('retry', () =>
  pRetry(
    () => {
      throw new Error('skip');
    },
    { retries: 3, minTimeout: 1, shouldRetry: () => false },
  ),
);
