/** The sandbox `checkout`, booted in the lab on Node: what its README promises. */
import { beforeAll, expect, test } from 'vitest';
import { bundlePrograms } from '../src/catalog/bundle.ts';
import { readTextFiles } from '../src/catalog/folder.ts';
import type { ToolResult } from '../src/lab/images/server.ts';
import { TestLab } from '../src/lab/test-lab.ts';

const SERVICES = ['order', 'inventory', 'payment', 'shipping', 'view'];
const MUG_CENTS = 900;

let programs: Awaited<ReturnType<typeof bundlePrograms>>;
beforeAll(async () => {
  programs = await bundlePrograms({ amqplib: '2.3.1', pg: '8.23.1' }, process.cwd(), ['postgres', 'rabbitmq']);
});

function boot(): TestLab {
  const lab = new TestLab(readTextFiles('sandboxes/checkout'), 1, programs);
  lab.run(5000);
  expect(lab.problems).toEqual([]);
  return lab;
}

interface Wish {
  readonly customer?: string;
  readonly country?: string;
  readonly items?: readonly { sku: string; quantity: number }[];
}

/** One mug for ada in China, unless the wish says otherwise. */
function post(lab: TestLab, key: string | null, wish: Wish = {}) {
  const body = { customer: 'ada', country: 'CN', items: [{ sku: 'mug', quantity: 1 }], ...wish };
  const { status, body: text } = lab.request('http://order:8080/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === null ? {} : { 'idempotency-key': key }) },
    body: JSON.stringify(body),
  });
  return { status, body: JSON.parse(text) as { id: string; status: string } };
}

function get<T>(lab: TestLab, url: string): T {
  return JSON.parse(lab.request(`http://${url}`).body) as T;
}

function tool(lab: TestLab, endpoint: string, ...argv: string[]): ToolResult | null {
  let result: ToolResult | null = null;
  lab.lab.system.machine.tool(endpoint, argv, (done) => {
    result = done;
  });
  lab.run(1000);
  return result;
}

const sql = (lab: TestLab, name: string, text: string) =>
  tool(lab, `${name}-db-1`, 'psql', '-U', name, '-d', name, '-c', text);

const orderOf = (lab: TestLab, id: string) =>
  get<{ status: string; reason: string | null }>(lab, `order:8080/orders/${id}`);

const stockOf = (lab: TestLab) =>
  Object.fromEntries(
    get<{ sku: string; available: number }[]>(lab, 'inventory:8081/stock').map((row) => [row.sku, row.available]),
  );

test('all become healthy; 20 orders end CONFIRMED, and stock, charges, shipments and the view agree', () => {
  const lab = boot();
  for (const service of SERVICES) {
    expect(lab.events).toContainEqual(
      expect.objectContaining({ kind: 'process', endpoint: `${service}-1`, state: 'healthy' }),
    );
    expect(lab.exits(`${service}-1`)).toEqual([]);
  }
  const ids = Array.from({ length: 20 }, (_, i) => post(lab, `key-${i}`).body.id);
  lab.run(5000);
  expectAllConfirmed(lab, ids);
});

test('the same key means the same order, for one customer', () => {
  const lab = boot();
  const first = post(lab, 'k');
  lab.run(3000);
  expect(first).toMatchObject({ status: 202, body: { status: 'PENDING' } });
  expect(post(lab, 'k')).toEqual(first);
  expect(post(lab, 'k', { items: [{ sku: 'mug', quantity: 2 }] }).status).toBe(422);
  expect(post(lab, null).status).toBe(400);
  expect(post(lab, 'k', { customer: 'grace' }).body.id).not.toBe(first.body.id);
  lab.run(3000);
  expect(stockOf(lab).mug).toBe(498);
});

test('a refusal at any step ends CANCELLED, and what was done before it is undone', () => {
  const lab = boot();
  const tents = (quantity: number) => ({ items: [{ sku: 'tent', quantity }] });
  const all = post(lab, 'all', tents(10));
  lab.run(3000);
  const refused = {
    soldOut: post(lab, 'late', { items: [{ sku: 'mug', quantity: 3 }, ...tents(1).items] }),
    declined: post(lab, 'poor', { customer: 'timothy', items: [{ sku: 'lamp', quantity: 1 }] }),
    far: post(lab, 'far', { country: 'XX' }),
  };
  lab.run(5000);
  expect(orderOf(lab, all.body.id).status).toBe('CONFIRMED');
  const end = (reason: string) => ({ status: 'CANCELLED', reason });
  expect(orderOf(lab, refused.soldOut.body.id)).toMatchObject(end('tent is sold out'));
  expect(orderOf(lab, refused.declined.body.id)).toMatchObject(end('the card was declined'));
  expect(orderOf(lab, refused.far.body.id)).toMatchObject(end('nothing is shipped to XX'));
  expect(stockOf(lab)).toEqual({ lamp: 100, mug: 500, tent: 0 });
  expect(get(lab, 'payment:8082/charges')).toEqual([
    { state: 'charged', count: 1, cents: 199_000 },
    { state: 'refunded', count: 1, cents: MUG_CENTS },
  ]);
  expect(get(lab, 'shipping:8083/shipments')).toEqual([{ count: 1 }]);
});

test('while payment is away orders wait as RESERVED, and go on when it is back', () => {
  const lab = boot();
  const pause = lab.lab.inject({ kind: 'pause', service: 'payment' });
  const { id } = post(lab, 'k').body;
  lab.run(5000);
  expect(orderOf(lab, id).status).toBe('RESERVED');
  lab.lab.heal(pause);
  lab.run(5000);
  expect(orderOf(lab, id).status).toBe('CONFIRMED');
});

test('a message that nobody understands becomes a dead letter, and those after it are handled', () => {
  const lab = boot();
  sql(lab, 'order', `INSERT INTO outbox (type, body) VALUES ('payment.charge', '{"orderId": "no uuid"}')`);
  const { id } = post(lab, 'k').body;
  lab.run(5000);
  expect(orderOf(lab, id).status).toBe('CONFIRMED');
  const queues = tool(lab, 'rabbit-1', 'rabbitmqctl', 'list_queues');
  expect(queues?.value).toContainEqual(expect.objectContaining({ name: 'dead-letters', messages: 1 }));
});

test('payment killed in the middle: the end is the same', () => {
  const lab = boot();
  const ids = Array.from({ length: 5 }, (_, i) => post(lab, `key-${i}`).body.id);
  expect(orderOf(lab, ids.at(-1)!).status, 'under way').not.toBe('CONFIRMED');
  lab.lab.inject({ kind: 'kill', service: 'payment' });
  for (let i = 5; i < 10; i++) ids.push(post(lab, `key-${i}`).body.id);
  lab.run(8000);
  expect(lab.exits('payment-1')).toHaveLength(1);
  expectAllConfirmed(lab, ids);
});

test('so it is with order, the broker, a database and the view, one after the other', () => {
  const lab = boot();
  const ids: string[] = [];
  for (const service of ['order', 'rabbit', 'payment-db', 'view']) {
    for (let i = 0; i < 3; i++) ids.push(post(lab, `${service}-${i}`).body.id);
    expect(orderOf(lab, ids.at(-1)!).status, `under way when ${service} ends`).not.toBe('CONFIRMED');
    lab.lab.inject({ kind: 'kill', service });
    lab.run(5000);
    expect(lab.exits(`${service}-1`)).toHaveLength(1);
  }
  expectAllConfirmed(lab, ids);
});

/** One mug each, and nothing else was ordered. */
function expectAllConfirmed(lab: TestLab, ids: readonly string[]): void {
  const count = ids.length;
  expect(ids.map((id) => orderOf(lab, id).status)).toEqual(ids.map(() => 'CONFIRMED'));
  expect(stockOf(lab)).toEqual({ lamp: 100, mug: 500 - count, tent: 10 });
  expect(get(lab, 'payment:8082/charges')).toEqual([{ state: 'charged', count, cents: count * MUG_CENTS }]);
  expect(get(lab, 'shipping:8083/shipments')).toEqual([{ count }]);
  expect(get(lab, 'view:8090/counts')).toEqual({ CONFIRMED: count });
}
