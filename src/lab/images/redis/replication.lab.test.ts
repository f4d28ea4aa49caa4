/** A master and a replica as containers: what asynchronous replication loses when the network or the master fails. */
import { beforeAll, expect, test } from 'vitest';
import { bundlePrograms } from '../../../catalog/bundle.ts';
import { hardenIntrinsics } from '../../process/intrinsics.ts';
import { TestLab } from '../../test-lab.ts';
import type { ToolResult } from '../server.ts';

let programs: Awaited<ReturnType<typeof bundlePrograms>>;
beforeAll(async () => {
  programs = await bundlePrograms({}, process.cwd(), ['redis']);
  // As in the worker.
  hardenIntrinsics();
}, 60_000);

function boot(options = ''): TestLab {
  const lab = new TestLab(
    {
      'compose.yaml': `services:
  first:
    image: redis:7
    command: redis-server --save "" --repl-diskless-sync-delay 0 ${options}
  second:
    image: redis:7
    command: redis-server --save "" --replicaof first 6379
    depends_on: [first]
`,
    },
    1,
    programs,
  );
  lab.run(5000);
  expect(lab.problems).toEqual([]);
  return lab;
}

function redis(lab: TestLab, service: string, ...words: string[]): unknown {
  let result: ToolResult | null = null;
  lab.lab.system.machine.tool(`${service}-1`, ['redis-cli', ...words], (done) => {
    result = done;
  });
  lab.run(50);
  return (result as ToolResult | null)?.value;
}

const cut = (lab: TestLab) => lab.lab.inject({ kind: 'partition', from: 'first', to: 'second' });

test('what a master acknowledges while its replica is cut off is lost when that takes its place', () => {
  const lab = boot();
  expect(redis(lab, 'first', 'SET', 'a', '1')).toBe('OK');
  expect(redis(lab, 'second', 'GET', 'a')).toBe('1');
  cut(lab);
  expect(redis(lab, 'first', 'SET', 'b', '2')).toBe('OK');
  lab.run(5000);
  // The figures that the workbench shows tell of it.
  const figures = (endpoint: string) => {
    const sample = lab.events.findLast((event) => event.kind === 'sample' && event.endpoint === endpoint);
    return sample && 'figures' in sample ? sample.figures : undefined;
  };
  expect(figures('first-1')).toMatchObject({ replicas: 1, unacknowledged_bytes: expect.any(Number) });
  expect(figures('first-1')!.unacknowledged_bytes).toBeGreaterThan(0);
  expect(figures('second-1')).toMatchObject({ master_link_up: 1 });
  lab.lab.inject({ kind: 'kill', service: 'first' });
  expect(redis(lab, 'second', 'REPLICAOF', 'NO', 'ONE')).toBe('OK');
  expect([redis(lab, 'second', 'GET', 'a'), redis(lab, 'second', 'GET', 'b')]).toEqual(['1', null]);
  expect(redis(lab, 'second', 'SET', 'c', '3')).toBe('OK');
});

test('min-replicas-to-write bounds the loss: no write is taken once the replica has been silent for the lag', () => {
  const lab = boot('--min-replicas-to-write 1 --min-replicas-max-lag 2');
  cut(lab);
  expect(redis(lab, 'first', 'SET', 'b', '2')).toBe('OK');
  lab.run(4000);
  expect(redis(lab, 'first', 'SET', 'c', '3')).toMatchObject({ error: expect.stringMatching(/^NOREPLICAS/) });
});

test('a short cut costs nothing: the bytes that were on their way come when it heals, over the same connection', () => {
  const lab = boot();
  const fault = cut(lab);
  redis(lab, 'first', 'SET', 'b', '2');
  lab.run(3000);
  expect(redis(lab, 'second', 'GET', 'b')).toBeNull();
  lab.lab.heal(fault);
  lab.run(5000);
  expect(redis(lab, 'second', 'GET', 'b')).toBe('2');
  expect(String(redis(lab, 'first', 'INFO', 'stats'))).toMatch(/sync_full:1\r\nsync_partial_ok:0/);
});

test('a cut of more than repl-timeout ends the link; after it the replica asks for what it missed', () => {
  const lab = boot();
  const fault = cut(lab);
  redis(lab, 'first', 'SET', 'b', '2');
  lab.run(70_000);
  expect(String(redis(lab, 'second', 'INFO', 'replication'))).toContain('master_link_status:down');
  lab.lab.heal(fault);
  lab.run(10_000);
  expect(redis(lab, 'second', 'GET', 'b')).toBe('2');
  expect(String(redis(lab, 'first', 'INFO', 'stats'))).toMatch(/sync_full:1\r\nsync_partial_ok:1/);
});
