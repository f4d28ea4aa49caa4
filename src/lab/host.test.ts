/** Nothing of the host leaks in: the shop runs, is broken and recovers while every such native throws. */
import { expect, test } from 'vitest';
import { readTextFiles } from '../catalog/folder.ts';
import { TestLab, testPrograms } from './test-lab.ts';

const banned: Record<string, readonly string[]> = {
  globalThis: [
    'Promise',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'queueMicrotask',
    'fetch',
    'Request',
    'Response',
    'Headers',
    'AbortController',
    'AbortSignal',
    'EventTarget',
    'Event',
    'MessageChannel',
    'ReadableStream',
    'Blob',
    'process',
    'Buffer',
  ],
  Math: ['random'],
  Date: ['now'],
  performance: ['now', 'mark', 'measure'],
  crypto: ['getRandomValues', 'randomUUID'],
};

/** Runs `run` with the natives replaced by ones that throw their name. */
function withoutHost(run: () => void): void {
  const saved: [object, string, PropertyDescriptor][] = [];
  try {
    for (const [owner, names] of Object.entries(banned)) {
      const object = owner === 'globalThis' ? globalThis : ((globalThis as any)[owner] as object);
      for (const name of names) {
        const thrower = () => {
          throw new Error(`The lab used the host's ${owner}.${name}`);
        };
        const holder = Object.hasOwn(object, name) ? object : Object.getPrototypeOf(object);
        saved.push([holder, name, Object.getOwnPropertyDescriptor(holder, name)!]);
        Object.defineProperty(holder, name, { configurable: true, get: thrower });
      }
    }
    run();
  } finally {
    for (const [holder, name, descriptor] of saved.reverse()) Object.defineProperty(holder, name, descriptor);
  }
}

test('the shop under load with faults uses no clock, timer, promise, random number or I/O of the host', async () => {
  const files = readTextFiles('sandboxes/shop');
  const programs = await testPrograms();
  const outcome: { errors: number[]; hash: string }[] = [];
  for (let i = 0; i < 2; i++) {
    const errors: number[] = [];
    let hash = '';
    const run = () => {
      const t = new TestLab(files, 5, programs, null);
      t.run(2000);
      t.lab.onLoadTick = (tick) => errors.push(tick.errorRate);
      t.lab.startLoad({ url: 'http://gateway:8080/products', ratePerSecond: 50 });
      t.lab.inject({
        kind: 'latency',
        from: 'gateway',
        to: 'inventory',
        latencyMs: 2000,
        jitterMs: 100,
        afterMs: 3000,
        forMs: 4000,
      });
      t.lab.inject({ kind: 'kill', service: 'catalog', afterMs: 9000 });
      t.run(15_000);
      expect(t.lab.ended).toBeNull();
      hash = t.lab.trace.hash;
    };
    // The second time with everything of the host gone: the same run.
    if (i === 0) run();
    else withoutHost(run);
    outcome.push({ errors, hash });
  }
  expect(outcome[1]).toEqual(outcome[0]);
  expect(Math.max(...outcome[0]!.errors)).toBeGreaterThan(0.9);
  expect(outcome[0]!.errors.at(-1)).toBe(0);
});
