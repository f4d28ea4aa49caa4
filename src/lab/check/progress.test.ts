import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plannedMs, shareOfPlan } from './progress.ts';

test('the plan is what the checks say they sleep', () => {
  const checks = `
  await shop.sleep(vary('9s', '12s')); // 10.5 s
  await shop.sleep('250ms');
  await shop.sleep(settle + vary(7_000, 9_000));
  const load = shop.load({ duration: '60s' });`;
  expect(plannedMs(checks)).toBe(10_500 + 250 + 8000);
  expect(plannedMs('')).toBeGreaterThan(0);
});

test('progress never goes back and never comes to its end, however wrong the plan is', () => {
  const ms = fc.double({ min: 0, max: 1e7, noNaN: true });
  fc.assert(
    fc.property(ms, ms, fc.double({ min: 1, max: 1e6, noNaN: true }), (a, b, plan) => {
      const [early, late] = [Math.min(a, b), Math.max(a, b)].map((at) => shareOfPlan(at, plan)) as [number, number];
      expect(late).toBeGreaterThanOrEqual(early);
      expect(early).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(1);
    }),
  );
  expect(shareOfPlan(50, 100)).toBe(0.5);
});
