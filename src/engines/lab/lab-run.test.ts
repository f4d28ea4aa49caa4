/** The worker's side with a real lab and the shop in it, in Node: everything but the worker itself. */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleBuiltins, bundlePackages } from '../../catalog/bundle.ts';
import { readCatalog } from '../../catalog/index.ts';
import type { Action, EditResult, Reply, SessionUpdate, TimedAction, TraceEvent } from '../engine.ts';
import type { Call, WorkerMessage } from '../remote/messages.ts';
import { readWorkerMessage } from '../remote/messages.ts';
import { type Clock, LabRun } from './lab-run.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const shop = readCatalog(root).sandboxes.find(({ id }) => id === 'shop')!;
let programs: { builtins: string; packages: string };

beforeAll(async () => {
  const [builtins, packages] = await Promise.all([bundleBuiltins(), bundlePackages(shop.dependencies, root)]);
  programs = { builtins: builtins.code, packages: packages.code };
});

const clock: Clock = {
  nowMs: () => performance.now(),
  soon: (run) => void setImmediate(run),
  later: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A run whose messages are kept; `until` waits for the first that fits, past ones included. */
function boot(changes: Record<string, string> = {}, speed = 1, script: readonly TimedAction[] = []) {
  const messages: WorkerMessage[] = [];
  const waiting = new Set<() => void>();
  const run = LabRun.start({
    files: { ...shop.files, ...changes },
    options: { seed: 1, speed, script },
    programs,
    clock,
    post: (message) => {
      // What the page would not take must not be sent.
      const taken = readWorkerMessage(structuredClone(message));
      if (taken === null) throw new Error(`The page would not take ${JSON.stringify(message)}.`);
      messages.push(taken);
      for (const look of waiting) look();
    },
  });
  let lastId = 0;
  const until = <T>(find: (message: WorkerMessage) => T | undefined | false): Promise<T> =>
    new Promise((resolve) => {
      let seen = 0;
      const look = () => {
        for (; seen < messages.length; seen++) {
          const found = find(messages[seen]!);
          if (found === undefined || found === false) continue;
          waiting.delete(look);
          resolve(found);
          return;
        }
      };
      waiting.add(look);
      look();
    });
  const update = <T>(find: (update: SessionUpdate) => T | undefined | false) =>
    until((message) => message.kind === 'update' && find(message.update));
  const event = (find: (event: Extract<SessionUpdate, { kind: 'trace' }>['events'][number]) => boolean) =>
    update((each) => each.kind === 'trace' && each.events.find(find));
  const call = <T>(request: Call): Promise<T> => {
    const id = ++lastId;
    const answer = until((message) => {
      if (message.kind === 'failed' && message.id === id) return { error: message.message };
      return message.kind === 'answer' && message.id === id && { value: message.value as T };
    });
    run?.take({ kind: 'call', id, call: request });
    return answer.then((found) => {
      if ('error' in found) throw new Error(found.error);
      return found.value;
    });
  };
  const nowMs = () =>
    messages.reduce(
      (latest, message) => (message.kind === 'update' && 'nowMs' in message.update ? message.update.nowMs : latest),
      0,
    );
  return {
    messages,
    run: run!,
    until,
    update,
    event,
    call,
    nowMs,
    up: () => event((each) => each.kind === 'process' && each.endpoint === 'gateway-1' && each.state === 'healthy'),
    stop: () => run?.take({ kind: 'pause' }),
  };
}

const products = { name: 'request', spec: { method: 'GET', url: 'http://gateway:8080/products' } } as const;

describe('a run in the worker', () => {
  test('boots, answers a request from outside, and its trace says who called whom', async () => {
    const shopRun = boot();
    await shopRun.up();
    const reply = await shopRun.call<Reply>(products);
    expect(reply.status).toBe(200);
    const called = await shopRun.event(
      (event) => event.kind === 'request' && event.to === 'inventory-1' && event.cause === reply.requestId,
    );
    expect(called).toMatchObject({ from: 'gateway-1', method: 'GET' });
    shopRun.stop();
  });

  test('what was done to it, done again at the same virtual times, gives the same events one for one', async () => {
    const atMs: number[] = [];
    const actions: Action[] = [];
    const events = (of: { readonly messages: readonly WorkerMessage[] }): TraceEvent[] =>
      of.messages.flatMap((each) => (each.kind === 'update' && each.update.kind === 'trace' ? each.update.events : []));
    const first = boot({}, 5);
    const act = async (action: Action) => {
      actions.push(action);
      const answer = await first.call(action);
      return answer;
    };
    await act({ name: 'startLoad', spec: { url: 'http://gateway:8080/products', ratePerSecond: 30 } });
    await first.up();
    await act({ name: 'inject', fault: { kind: 'latency', from: 'gateway', to: 'inventory', latencyMs: 300 } });
    await act(products);
    await act({ name: 'inject', fault: { kind: 'kill', service: 'catalog-1' } });
    await first.event(
      (event) => event.kind === 'process' && event.endpoint === 'catalog-1' && event.state === 'exited',
    );
    await act({ name: 'heal', faultId: 1 });
    await act({ name: 'edit', files: { 'reviews/src/main.ts': `${shop.files['reviews/src/main.ts']}\n// edited\n` } });
    await act(products);
    first.stop();
    for (const message of first.messages) if (message.kind === 'taken') atMs.push(message.atMs);
    expect(atMs.length).toBe(actions.length);
    const endMs = Math.floor(first.nowMs());

    const again = boot(
      {},
      20,
      actions.map((action, i) => ({ atMs: atMs[i]!, action })),
    );
    await again.update((update) => 'nowMs' in update && update.nowMs > endMs);
    again.stop();
    const upTo = (all: readonly TraceEvent[]) => all.filter((event) => event.atMs < endMs);
    const [before, after] = [upTo(events(first)), upTo(events(again))];
    expect(before.length).toBeGreaterThan(200);
    expect(after.length).toBe(before.length);
    expect(after).toEqual(before);
  });

  test('a boot runs ahead of the clock: a second of health checks takes no second', async () => {
    const startMs = performance.now();
    const shopRun = boot({}, 0.001);
    await shopRun.up();
    // At this speed the 700 virtual ms until the gateway is healthy would take 12 minutes.
    expect(shopRun.nowMs()).toBeGreaterThan(500);
    expect(performance.now() - startMs).toBeLessThan(20_000);
    shopRun.stop();
  });

  test('paused, time stands; a step runs to the next request and stands again', async () => {
    const shopRun = boot();
    await shopRun.up();
    shopRun.run.take({ kind: 'pause' });
    await shopRun.update((update) => update.kind === 'clock' && update.state === 'paused');
    const pausedMs = shopRun.nowMs();
    const pending = shopRun.call<Reply>(products);
    expect(shopRun.nowMs()).toBe(pausedMs);
    shopRun.run.take({ kind: 'step', unit: 'request' });
    await shopRun.event((event) => event.kind === 'request' && event.path === '/products');
    expect(shopRun.nowMs()).toBeGreaterThan(pausedMs);
    shopRun.run.take({ kind: 'play', speed: Number.POSITIVE_INFINITY });
    expect((await pending).status).toBe(200);
    shopRun.stop();
  });

  test('a fault is seen in the trace, hurts, and heals', async () => {
    const shopRun = boot({}, Number.POSITIVE_INFINITY);
    await shopRun.up();
    const id = await shopRun.call<number>({
      name: 'inject',
      fault: { kind: 'latency', from: 'gateway', to: 'reviews', latencyMs: 500 },
    });
    expect((await shopRun.call<Reply>(products)).durationMs).toBeGreaterThan(500);
    await shopRun.call({ name: 'heal', faultId: id });
    await shopRun.event((event) => event.kind === 'fault' && event.state === 'off');
    expect((await shopRun.call<Reply>(products)).durationMs).toBeLessThan(500);
    shopRun.stop();
  });

  test('a fault on a service that does not exist is refused with a sentence', async () => {
    const shopRun = boot();
    await expect(shopRun.call({ name: 'inject', fault: { kind: 'kill', service: 'catalogue' } })).rejects.toThrow(
      /catalogue/,
    );
    shopRun.stop();
  });

  test('a load reports once per virtual second until it is stopped', async () => {
    const shopRun = boot({}, 20);
    await shopRun.up();
    const loadId = await shopRun.call<number>({
      name: 'startLoad',
      spec: { url: 'http://gateway:8080/products', ratePerSecond: 20 },
    });
    const tick = await shopRun.update(
      (update) => update.kind === 'load' && update.tick.ratePerSecond === 20 && update.tick,
    );
    expect(tick.errorRate).toBe(0);
    await shopRun.call({ name: 'stopLoad', loadId });
    shopRun.stop();
  });

  test('an edit restarts the service that contains the file, and only that', async () => {
    const shopRun = boot({}, 20);
    await shopRun.up();
    const path = 'reviews/src/main.ts';
    const result = await shopRun.call<EditResult>({
      name: 'edit',
      files: { [path]: `console.log('edited');\n${shop.files[path]}` },
    });
    expect(result).toEqual({ restarted: ['reviews'], problems: [] });
    await shopRun.event(
      (event) => event.kind === 'log' && event.endpoint === 'reviews-1' && event.text.includes('edited'),
    );
    shopRun.stop();
  });

  test('an edit of the compose file that cannot be is refused, and the system goes on as it was', async () => {
    const shopRun = boot({}, 20);
    await shopRun.up();
    const broken = shop.files['compose.yaml']!.replace('catalog:\n        condition', 'catalogue:\n        condition');
    const result = await shopRun.call<EditResult>({ name: 'edit', files: { 'compose.yaml': broken } });
    expect(result.restarted).toEqual([]);
    expect(result.problems[0]).toMatchObject({ file: 'compose.yaml', severity: 'error' });
    expect((await shopRun.call<Reply>(products)).status).toBe(200);
    shopRun.stop();
  });

  test('a project that cannot boot is refused with file and line', () => {
    const { messages } = boot({ 'compose.yaml': 'services:\n  gateway:\n    imge: node:24\n' });
    expect(messages).toMatchObject([
      { kind: 'refused', problems: [{ line: 2 }, { file: 'compose.yaml', line: 3, hint: 'Did you mean `image`?' }] },
    ]);
  });

  test('an endless loop ends the run with service, file and line', async () => {
    const path = 'gateway/src/products.ts';
    const shopRun = boot(
      { [path]: shop.files[path]!.replace('const items = await listItems();', 'while (true) {}') },
      20,
    );
    await shopRun.up();
    void shopRun.call(products);
    const ended = await shopRun.update((update) => update.kind === 'ended' && update);
    expect(ended.reason).toContain('gateway');
    expect(ended.problem).toMatchObject({ file: path, line: 13 });
  });
});
