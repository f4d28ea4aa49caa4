import { expect, test } from 'vitest';
import { LoadResult } from './result.ts';
import { LoadStats } from './stats.ts';

function result(id: number, dueMs: number, latencyMs: number, status = 200, error: string | null = null): LoadResult {
  return new LoadResult({
    id,
    method: 'GET',
    url: 'http://gateway:8080/',
    dueUs: dueMs * 1000,
    latencyUs: latencyMs * 1000,
    status,
    error,
    headers: {},
    body: null,
    connection: 1,
  });
}

test('errors count in the rate, by status, and in the latency', () => {
  const results = [result(0, 0, 10), result(1, 500, 20), result(2, 1000, 5000, 0, 'TIMEOUT'), result(3, 1500, 30, 503)];
  const stats = new LoadStats(results, 0, 2000);
  expect(stats.count).toBe(4);
  expect(stats.errorRate).toBe(0.5);
  expect(stats.throughput).toBe(1);
  expect(stats.byStatus).toEqual({ '200': 2, '503': 1, TIMEOUT: 1 });
  expect(stats.latency.p50).toBeCloseTo(20, 1);
  expect(stats.latency.max).toBe(5000);
});

test('a window takes the requests due in it, whenever their replies came', () => {
  const stats = new LoadStats([result(1, 1500, 1), result(0, 999, 4000), result(2, 2000, 1)], 0, 3000);
  expect(stats.results.map(({ id }) => id)).toEqual([0, 1, 2]);
  expect(stats.window(0, 1000).results.map(({ id }) => id)).toEqual([0]);
  expect(stats.window(1000, 2000).results.map(({ id }) => id)).toEqual([1]);
  expect(stats.window(5000, 6000)).toMatchObject({ count: 0, errorRate: 0, throughput: 0 });
});

test('the series has an entry for each second, also for silent ones', () => {
  const stats = new LoadStats([result(0, 100, 10), result(1, 2100, 20, 500)], 0, 3000);
  expect(stats.series.map(({ atMs, count, errorRate, p99 }) => [atMs, count, errorRate, p99])).toEqual([
    [0, 1, 0, 10],
    [1000, 0, 0, 0],
    [2000, 1, 1, 20],
  ]);
});
