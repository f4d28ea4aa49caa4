import { expect, test } from 'vitest';
import type { TraceEvent } from '../engine.ts';
import { BootWatch } from './boot-watch.ts';

const service = { ports: [], image: '', dependsOn: [], isPublished: false };
const topology = {
  services: [
    { ...service, name: 'front', replicas: 1 },
    { ...service, name: 'back', replicas: 1 },
  ],
};
const state = (endpoint: string, now: string, atMs = 100) =>
  ({ kind: 'process', atMs, endpoint, state: now }) as unknown as TraceEvent;

function watchOf(...events: readonly TraceEvent[]): BootWatch {
  const watch = new BootWatch(topology);
  for (const event of events) watch.see(event);
  return watch;
}

test('booting ends when all replicas are up, and that is told once', () => {
  expect(watchOf(state('back-1', 'healthy')).isBooting).toBe(true);
  const watch = watchOf(state('back-1', 'healthy'), state('front-1', 'running'));
  expect(watch.isBooting).toBe(false);
  expect([watch.takeUp(), watch.takeUp()]).toEqual([true, false]);
});

test.each(['exited', 'unhealthy', 'paused'])('a replica that is %s ends the hurry: somebody wants to see it', (now) => {
  expect(watchOf(state('back-1', now)).isBooting).toBe(false);
});

test('a system that is not up after a minute is shown as it is', () => {
  expect(watchOf(state('back-1', 'starting', 60_001)).isBooting).toBe(false);
});
