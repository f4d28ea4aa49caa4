/**
 * The tree that a site mounts for the shop, run by real Node in a folder that has nothing else. Every Node there may read
 * and write below that folder only (its permission model): what is missing from the tree cannot come from elsewhere.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { dependenciesOf, readCatalog } from '../../catalog/catalog.ts';
import type { Session, TraceEvent } from '../engine.ts';
import { testEngine } from './test-engine.ts';

const catalog = readCatalog(process.cwd());
const shop = catalog.sandboxes.find(({ id }) => id === 'shop')!;
const project = { id: 'shop', files: shop.files, packagesUrl: '' };
const products = { method: 'GET', url: 'http://gateway:8080/products' };
const { engine, pids } = testEngine(dependenciesOf(shop, catalog.exercises), { isCaged: true });

const checks = `import { up } from 'loadbearing';
import { expect, test } from 'vitest';
test('the product page is there', async () => {
  const shop = await up();
  const { status } = await shop.request({ get: 'http://gateway:8080/products' });
  expect(status, 'status').toBe(200);
});
test('the files of this machine are not', async () => {
  const { readFileSync } = await import('node:fs');
  expect(() => readFileSync('/etc/hostname')).toThrow('restricted');
});
`;

describe('the shop in a folder of its own', () => {
  let session: Session;
  const events: TraceEvent[] = [];
  const seen = (fits: (event: TraceEvent) => boolean, from = 0) =>
    vi.waitFor(() => expect(events.slice(from).find(fits)).toBeDefined(), { timeout: 20_000, interval: 20 });
  const isState = (endpoint: string, state: string) => (event: TraceEvent) =>
    event.kind === 'process' && event.endpoint === endpoint && event.state === state;

  beforeAll(async () => {
    const result = await engine.boot(project, { seed: 1, speed: 1 });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    session = result.session;
    session.subscribe((update) => {
      if (update.kind === 'trace') events.push(...update.events);
    });
    await seen(isState('gateway-1', 'healthy'));
  }, 40_000);

  afterAll(() => engine.dispose());

  test('answers from four services and says who called whom', async () => {
    const from = events.length;
    const reply = await session.request(products);
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.body).products[0]).toMatchObject({ sku: 'tent-1p', stock: expect.any(Number) });
    await seen(
      (event) => event.kind === 'request' && event.to === 'inventory-1' && event.cause === reply.requestId,
      from,
    );
  });

  test('latency is felt', async () => {
    // The gateway waits for a second.
    const id = await session.inject({ kind: 'latency', from: 'gateway', to: 'inventory', latencyMs: 900 });
    expect((await session.request(products)).durationMs).toBeGreaterThan(900);
    await session.heal(id);
    expect((await session.request(products)).durationMs).toBeLessThan(900);
  });

  test('a killed service comes back', async () => {
    const from = events.length;
    await session.inject({ kind: 'kill', service: 'reviews' });
    await seen(isState('reviews-1', 'exited'), from);
    await seen(isState('reviews-1', 'healthy'), from);
  });

  test('an edit runs', async () => {
    const path = 'reviews/src/main.ts';
    const from = events.length;
    const { restarted } = await session.edit({ [path]: `${shop.files[path]}\nconsole.log('edited' as string);\n` });
    expect(restarted).toEqual(['reviews']);
    await seen((event) => event.kind === 'log' && event.text === 'edited', from);
  });

  test('what it cannot do it refuses with a sentence', async () => {
    await expect(session.inject({ kind: 'memory-limit', service: 'catalog', bytes: 1e8 })).rejects.toThrow(
      'A WebContainer cannot see how much memory a process has: use the lab.',
    );
    await expect(session.control({ verb: 'kill', target: 'catalog', argument: 'SIGSTOP' })).rejects.toThrow(
      'A WebContainer cannot stop a process and let it go on: use the lab.',
    );
  });

  test('checks are graded, and the verdict says by what', { timeout: 40_000 }, async () => {
    session.stop();
    await vi.waitFor(() => expect(pids()).toEqual([]), { timeout: 10_000 });
    const shares: number[] = [];
    const verdict = await engine.check({ exerciseId: 'T1', project, checks, seeds: [3] }, (share) =>
      shares.push(share),
    );
    expect(verdict).toMatchObject({ passed: true, engine: 'webcontainer', seeds: [3] });
    expect(shares.at(-1)).toBe(1);
  });
});
