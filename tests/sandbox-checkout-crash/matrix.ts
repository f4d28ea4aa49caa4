/**
 * One checkout with a crash at one I/O step of one process. Until there each run is the same as the run without a crash,
 * step for step, so that run says how many steps there are, and what each database held after each of its commits.
 */
import type { Operation } from '../../src/lab/images/server.ts';
import { type Books, halves, invented, lost, SERVICES, type ServiceName } from './books.ts';
import { type AllBooks, PROCESSES, Run, type Sandbox, type Scenario } from './run.ts';

/** Longer than a checkout takes, shorter than until the relays' next look at their outboxes after it. */
const WINDOW_MS = 400;
const SETTLE_MS_MAX = 60_000;
const LOOK_MS = 500;
/** Three of the relays' looks: what would still happen, happens in it. */
const STILL_MS = 1600;

export interface Baseline {
  readonly scenario: Scenario;
  /** What each step of a process is: `append …/pg_wal/…`, `send`. */
  readonly steps: Readonly<Record<string, readonly string[]>>;
  /** What a database held after its n-th commit since the order was placed; the first is before any. */
  readonly states: Readonly<Record<ServiceName, readonly Books[]>>;
}

export interface CrashCase {
  readonly scenario: string;
  readonly process: string;
  /** From 1. */
  readonly nth: number;
}

type TraceOperation = Pick<Operation, 'connection' | 'name' | 'text' | 'error'>;

/**
 * Follows the transactions of one database. Those that only look are left out: how many relays look at their outboxes in
 * vain is a matter of time.
 */
class Transactions {
  /** The writing statements of each that was acknowledged, in that order. */
  readonly acknowledged: string[] = [];
  private readonly open = new Map<number, string[]>();
  private readonly endpoint: string;

  constructor(run: Run, service: ServiceName, onCommit: () => void = () => {}) {
    this.endpoint = `${service}-db-1`;
    run.lab.lab.trace.subscribe((event) => {
      if (event.kind === 'operation' && event.endpoint === this.endpoint && this.take(event)) onCommit();
    });
  }

  /** Some have written and are not acknowledged. */
  get openWrites(): number {
    return [...this.open.values()].filter((list) => list.length > 0).length;
  }

  private take(operation: TraceOperation): boolean {
    const { connection, name, text, error } = operation;
    const list = this.open.get(connection) ?? [];
    this.open.set(connection, list);
    if (/^(?:INSERT|UPDATE|DELETE)/.test(text)) list.push(text);
    if (!/^(?:COMMIT|ROLLBACK)$/.test(name)) return false;
    // One that fails, as by a crash in its middle, stays open: it may have happened or not.
    if (error === undefined) this.open.delete(connection);
    if (name === 'ROLLBACK' || error !== undefined || list.length === 0) return false;
    this.acknowledged.push(list.join('; '));
    return true;
  }
}

/** Two runs without a crash: one that only counts, one that reads the books after each commit. */
export function measure(sandbox: Sandbox, scenario: Scenario): Baseline {
  const counting = new Run(sandbox, scenario);
  const steps: Record<string, string[]> = {};
  for (const name of PROCESSES) {
    const list: string[] = [];
    steps[name] = list;
    counting.lab.lab.system.machine.conditionOf(`${name}-1`).crashPoint.watch((what) => void list.push(what));
  }
  const counted = SERVICES.map((service) => new Transactions(counting, service));
  counting.post();
  counting.lab.run(WINDOW_MS);
  const all = Object.fromEntries(Object.entries(steps).map(([name, list]) => [name, [...list]]));
  const problems = endProblems(counting, scenario);
  if (problems.length > 0) throw new Error(`Without a crash, ${scenario.name} is not over: ${problems.join('; ')}`);

  const reading = new Run(sandbox, scenario);
  const states: Record<ServiceName, Books[]> = { order: [], inventory: [], payment: [], shipping: [] };
  const first = reading.allBooks()!;
  for (const service of SERVICES) states[service].push(first[service]);
  let races = 0;
  const read = SERVICES.map(
    (service) =>
      new Transactions(reading, service, () => {
        const at = states[service].push(first[service]) - 1;
        reading.books(service, (books) => {
          // Another commit came in between: then this is not what the first of them left.
          if (books === null || states[service].length !== at + 1) races++;
          else states[service][at] = books;
        });
      }),
  );
  reading.post();
  reading.lab.run(WINDOW_MS);
  if (races > 0) throw new Error(`${races} commits came before the books could be read.`);
  // Reading takes time, so look whether the databases were asked the same in the same order for all that.
  for (const [i, service] of SERVICES.entries())
    if (counted[i]!.acknowledged.join('\n') !== read[i]!.acknowledged.join('\n'))
      throw new Error(`${service}-db was asked something else while its books were read.`);
  counting.dispose();
  reading.dispose();
  return { scenario, steps: all, states };
}

/** What is wrong after the crash; nothing when every promise was kept. */
export function crash(
  sandbox: Sandbox,
  baseline: Baseline,
  { process, nth }: CrashCase,
  settleMs = SETTLE_MS_MAX,
): string[] {
  const { scenario, steps, states } = baseline;
  const run = new Run(sandbox, scenario);
  const problems: string[] = [];
  const { lab } = run.lab;
  const database = SERVICES.find((service) => process === `${service}-db`);
  const transactions = database === undefined ? null : new Transactions(run, database);
  lab.inject({ kind: 'crash-at-io', service: process, nth });
  run.post();
  const exits = () => run.lab.exits(`${process}-1`);
  for (let i = 0; i < WINDOW_MS * 4 && exits().length === 0; i++) run.lab.run(0.25);
  const reason = `crashed at I/O ${nth} (${steps[process]![nth - 1]})`;
  const [exit] = exits();
  if (exit === undefined) return [`${process} did not crash`];
  if (!('reason' in exit) || exit.reason !== reason)
    return [`expected "${reason}", found "${'reason' in exit ? exit.reason : 'another end'}"`];
  if (transactions !== null) problems.push(...recovered(run, database!, transactions, states[database!]));
  let last: readonly string[] = ['the end was not waited for'];
  for (let waited = 0; waited < settleMs && last.length > 0; waited += LOOK_MS) {
    problems.push(...moment(run));
    if (problems.length > 0) break;
    last = endProblems(run, scenario);
    if (last.length > 0) run.lab.run(LOOK_MS);
  }
  if (problems.length === 0 && last.length === 0) {
    run.lab.run(STILL_MS);
    last = endProblems(run, scenario);
  }
  problems.push(...last);
  if (exits().length !== 1) problems.push(`${process} ended ${exits().length} times`);
  for (const { message } of run.lab.problems) problems.push(message);
  for (const name of PROCESSES)
    if (name !== process && run.lab.exits(`${name}-1`).length > 0) problems.push(`${name} ended, too`);
  run.dispose();
  return problems;
}

/**
 * The database as it comes back, before anybody else asks it: what was acknowledged is there, and of what was not either
 * all or nothing.
 */
function recovered(run: Run, service: ServiceName, transactions: Transactions, states: readonly Books[]): string[] {
  const acknowledged = transactions.acknowledged.length;
  const { openWrites } = transactions;
  let found: Books | null | undefined = null;
  for (let i = 0; i < 20_000 && found === null; i++) {
    let isOpen = true;
    run.books(service, (books) => {
      found = books;
      isOpen = false;
    });
    for (let j = 0; j < 100 && isOpen; j++) run.lab.run(0.5);
  }
  if (found === null) return [`${service}-db does not come back`];
  if (transactions.acknowledged.length !== acknowledged)
    return [`${service}-db was written to by others before its books could be read`];
  const allowed = states.slice(acknowledged, acknowledged + openWrites + 1).map((state) => JSON.stringify(state));
  if (allowed.includes(JSON.stringify(found))) return [];
  return [
    `${service}-db acknowledged ${acknowledged} writing transactions, ${openWrites} were open, and it holds ${JSON.stringify(found)}; promised is one of ${allowed.join(' or ')}`,
  ];
}

/** What must hold at any moment, of the stores that answer now. */
function moment(run: Run): string[] {
  const before = run.allBooks();
  const queues = run.queues();
  const after = run.allBooks();
  const problems: string[] = [];
  for (const books of [before, after])
    if (books !== null) for (const service of SERVICES) problems.push(...halves(service, books[service]));
  if (before !== null && after !== null) problems.push(...invented(before, after));
  if (before !== null && queues !== null && after !== null) problems.push(...lost(before, queues, after));
  return problems;
}

/** What is missing of the end: every message handled once, order, money, goods and view agree. */
function endProblems(run: Run, { end }: Scenario): string[] {
  const books = run.allBooks();
  const queues = run.queues();
  const view = run.view();
  if (books === null) return ['a database does not answer'];
  if (queues === null) return ['the broker does not answer'];
  const problems = new Map<string, readonly [unknown, unknown]>();
  const must = (what: string, actual: unknown, expected: unknown) => {
    if (JSON.stringify(actual) !== JSON.stringify(expected)) problems.set(what, [actual, expected]);
  };
  const isGood = end === 'CONFIRMED';
  const { order, inventory, payment, shipping } = books;
  must(
    'orders',
    order.orders?.map(({ status, version }) => [status, version]),
    [[end, isGood ? 4 : 6]],
  );
  const ids = new Set([...run.acknowledged, ...(order.orders ?? []).map(({ id }) => id)]);
  must('replies to the client', run.acknowledged.length > 0, true);
  must('orders that the client was told of or are there', ids.size, 1);
  const kinds = (outbox: Books['outbox']) =>
    outbox
      .map(({ type }) => type)
      .filter((type) => type !== 'order.changed')
      .sort();
  const back = ['inventory.release', 'payment.refund'];
  must(
    'questions',
    kinds(order.outbox),
    ['inventory.reserve', 'payment.charge', 'shipping.ship', ...(isGood ? [] : back)].sort(),
  );
  must(
    'answers of inventory',
    kinds(inventory.outbox),
    isGood ? ['inventory.reserved'] : ['inventory.released', 'inventory.reserved'],
  );
  must(
    'answers of payment',
    kinds(payment.outbox),
    isGood ? ['payment.charged'] : ['payment.charged', 'payment.refunded'],
  );
  must('answers of shipping', kinds(shipping.outbox), [isGood ? 'shipping.shipped' : 'shipping.refused']);
  must('stock', inventory.stock, { lamp: 100, mug: isGood ? 499 : 500, tent: 10 });
  must('reservations', inventory.reservations, [{ state: isGood ? 'reserved' : 'released' }]);
  must('charges', payment.charges, [{ cents: 900, state: isGood ? 'charged' : 'refunded' }]);
  must("ada's credit", payment.cards?.ada, 100_000_000 - (isGood ? 900 : 0));
  must('shipments', shipping.shipments, isGood ? [{ country: 'CN' }] : []);
  for (const service of SERVICES) {
    must(`unsent of ${service}`, books[service].outbox.filter(({ isSent }) => !isSent).length, 0);
    must(`queue ${service}`, queues[service], 0);
    const sent = asked(books, service);
    must(`handled by ${service}`, [...books[service].inbox].sort(), sent);
    for (const half of halves(service, books[service])) problems.set(half, ['half', 'whole']);
  }
  must('dead letters', queues['dead-letters'], 0);
  must('view', view, { [end]: 1 });
  return [...problems].map(
    ([what, [actual, expected]]) => `${what}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`,
  );
}

/** The messages that one service was to handle. */
function asked(books: AllBooks, receiver: ServiceName): string[] {
  const isFor = (type: string) =>
    receiver === 'order'
      ? /\.(?:reserved|refused|released|charged|refunded|shipped)$/.test(type)
      : new RegExp(`^${receiver}\\.(?:reserve|release|charge|refund|ship)$`).test(type);
  return SERVICES.flatMap((sender) => books[sender].outbox)
    .filter(({ type }) => isFor(type))
    .map(({ message }) => message)
    .sort();
}

/** Every step of every process, in this order. */
export function allCases({ scenario, steps }: Baseline): CrashCase[] {
  return PROCESSES.flatMap((process) =>
    steps[process]!.map((_, i) => ({ scenario: scenario.name, process, nth: i + 1 })),
  );
}
