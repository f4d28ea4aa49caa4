import { expect, test } from 'vitest';
import { withValue } from './control.ts';

test('a slider sets the magnitude that its fault has', () => {
  expect(withValue({ kind: 'latency', from: 'a', to: 'b', latencyMs: 0 }, 300)).toMatchObject({ latencyMs: 300 });
  expect(withValue({ kind: 'loss', from: 'a', to: 'b', probability: 0 }, 5)).toMatchObject({ probability: 0.05 });
  expect(withValue({ kind: 'cpu', service: 'a', perRequestMs: 0 }, 20)).toMatchObject({ perRequestMs: 20 });
  expect(withValue({ kind: 'pause', service: 'a' }, 20)).toEqual({ kind: 'pause', service: 'a' });
});
