/**
 * A crash at each I/O step of a checkout leaves every store as its durability promises, and the order comes to its end.
 * Here: each change of a file by payment's database and by the broker, because what is half written comes of those, and
 * because these two hold the money and the messages on their way. All steps of all processes, some 630 in two ways of an
 * order, take minutes: `node scripts/ensure.mjs scripts/crash-checkout.ts`.
 */
import { beforeAll, expect, test } from 'vitest';
import { allCases, type Baseline, crash, measure } from './sandbox-checkout-crash/matrix.ts';
import { checkoutSandbox, PROCESSES, type Sandbox, SCENARIOS } from './sandbox-checkout-crash/run.ts';

const HERE = ['payment-db', 'rabbit'];
const [CONFIRMED] = SCENARIOS;

let sandbox: Sandbox;
let baseline: Baseline;
beforeAll(async () => {
  sandbox = await checkoutSandbox();
  baseline = measure(sandbox, CONFIRMED!);
}, 60_000);

test('a checkout has steps in every process, and its databases commit', () => {
  for (const name of PROCESSES) expect(baseline.steps[name]!.length, name).toBeGreaterThan(3);
  // An order's database: placed, three answers, and the relay four times. The others: their answer, and the relay once.
  // Before the first of them is a state, too.
  expect(Object.values(baseline.states).map(({ length }) => length)).toEqual([9, 3, 3, 3]);
});

test('a crash at each disk step of payment’s database and of the broker keeps every promise', () => {
  const cases = allCases(baseline).filter(
    ({ process, nth }) => HERE.includes(process) && baseline.steps[process]![nth - 1] !== 'send',
  );
  expect(cases.length).toBeGreaterThan(10);
  const bad = cases.flatMap((one) => crash(sandbox, baseline, one).map((problem) => ({ ...one, problem })));
  expect(bad).toEqual([]);
}, 120_000);

/** A sandbox that keeps its promises is done by then; one that does not need not be waited for. */
const SETTLE_MS = 5000;

/** The first crash of this process that something is wrong after. */
function firstProblem(edited: Sandbox, name: string): readonly string[] | null {
  const own = measure(edited, CONFIRMED!);
  for (const one of allCases(own)) {
    if (one.process !== name) continue;
    const problems = crash(edited, own, one, SETTLE_MS);
    if (problems.length > 0) return problems;
  }
  return null;
}

/** The sandbox with this change in each service's messages.ts. */
function withMessages(from: string, to: string): Sandbox {
  const files = Object.fromEntries(
    Object.entries(sandbox.files).map(([path, text]) => [
      path,
      path.endsWith('messages.ts') ? text.replace(from, to) : text,
    ]),
  );
  expect(files).not.toEqual(sandbox.files);
  return { ...sandbox, files };
}

test('a service that acknowledges before it commits is found out: its message is lost', () => {
  const careless = withMessages(
    'await transaction(async (client) => {\n        const',
    'channel.ack(delivery);\n      await transaction(async (client) => {\n        const',
  );
  const once = {
    ...careless,
    files: Object.fromEntries(
      Object.entries(careless.files).map(([path, text]) => [
        path,
        text.replace('      if (isOpen()) channel.ack(delivery);\n', ''),
      ]),
    ),
  };
  expect(firstProblem(once, 'payment')).toContainEqual(
    expect.stringContaining('[["RESERVED",2]], expected [["CONFIRMED",4]]'),
  );
}, 120_000);

test('messages that the broker need not keep are found out: it is confirmed, not handled and in no queue', () => {
  const careless = withMessages('persistent: true', 'persistent: false');
  expect(firstProblem(careless, 'rabbit')).toContainEqual(
    expect.stringMatching(/^rabbit: .* confirmed and not handled, but the queue/),
  );
}, 120_000);
