/**
 * Four clients at once: every read and write of a key happens at one moment between its request and its answer
 * (linearizability, which Consul's default mode promises of one leader), while the disk is busy with each write, and also
 * when the server is killed in the middle and goes on with what it had.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Pending, TestConsul } from './test-client.ts';

const ARGV = ['consul', 'agent', '-server', '-bootstrap-expect=1', '-client=0.0.0.0', '-data-dir=/consul/data'];
const CLIENTS = 4;
const RUNS = 60;

type Operation =
  | { readonly is: 'get' }
  | { readonly is: 'set'; readonly value: string }
  | { readonly is: 'delete' }
  /** Only when there is none. */
  | { readonly is: 'create'; readonly value: string };

interface Done {
  readonly operation: Operation;
  readonly fromMs: number;
  /** Infinity: nobody knows whether it has happened. */
  toMs: number;
  /** The value that was read, null for none; or whether it was created. */
  result: string | null | boolean;
}

const value = fc.constantFrom('1', '2', '3', '4', '5');
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constant({ is: 'get' } as const),
  fc.record({ is: fc.constant('set' as const), value }),
  fc.constant({ is: 'delete' } as const),
  fc.record({ is: fc.constant('create' as const), value }),
);
const steps = fc.array(fc.record({ client: fc.nat(CLIENTS - 1), operation, pauseMs: fc.nat(3) }), {
  minLength: 10,
  maxLength: 30,
});

function send(consul: TestConsul, one: Operation): Pending {
  if (one.is === 'get') return consul.send('GET', '/v1/kv/x?raw');
  if (one.is === 'delete') return consul.send('DELETE', '/v1/kv/x');
  return consul.send('PUT', `/v1/kv/x${one.is === 'create' ? '?cas=0' : ''}`, one.value);
}

/** The history of all that was asked; each client asks when it has had its answer. */
function play(
  consul: TestConsul,
  all: readonly { client: number; operation: Operation; pauseMs: number }[],
  offsetMs = 0,
): Done[] {
  const { machine } = consul;
  const history: Done[] = [];
  const open = new Map<number, { readonly pending: Pending; readonly done: Done }>();
  const nowMs = () => machine.nowMs() + offsetMs;
  const look = () => {
    for (const [client, { pending, done }] of open) {
      const reply = pending.reply();
      if (reply === null) continue;
      done.toMs = nowMs();
      if (done.operation.is === 'get') done.result = reply.status === 404 ? null : reply.text;
      if (done.operation.is === 'create') done.result = reply.json;
      pending.abandon();
      open.delete(client);
    }
  };
  for (const { client, operation: next, pauseMs } of all) {
    for (let i = 0; i < 100 && open.has(client) && machine.isAlive; i++) {
      machine.advance(0.5);
      look();
    }
    if (!machine.isAlive) break;
    const done: Done = { operation: next, fromMs: nowMs(), toMs: Infinity, result: null };
    history.push(done);
    open.set(client, { pending: send(consul, next), done });
    look();
    machine.advance(pauseMs / 2);
    look();
  }
  for (let i = 0; i < 100 && open.size > 0 && machine.isAlive; i++) {
    machine.advance(0.5);
    look();
  }
  return history;
}

/** Whether some order of them explains all answers and keeps those apart that were one after the other. */
function isLinearizable(history: readonly Done[]): boolean {
  const tried = new Set<string>();
  const search = (left: readonly number[], state: string | null): boolean => {
    // What nobody knows the end of need not have happened.
    if (left.every((i) => history[i]!.toMs === Infinity)) return true;
    const name = `${left.join()} ${state}`;
    if (tried.has(name)) return false;
    tried.add(name);
    const firstEnd = Math.min(...left.map((i) => history[i]!.toMs));
    return left.some((i) => {
      const done = history[i]!;
      if (done.fromMs > firstEnd) return false;
      const next = step(done, state);
      return (
        next !== undefined &&
        search(
          left.filter((other) => other !== i),
          next,
        )
      );
    });
  };
  return search(
    history.map((_, i) => i),
    null,
  );
}

/** The state after it; undefined when its answer cannot be. */
function step({ operation: one, result, toMs }: Done, state: string | null): string | null | undefined {
  const isKnown = toMs !== Infinity;
  switch (one.is) {
    case 'get':
      return !isKnown || result === state ? state : undefined;
    case 'set':
      return one.value;
    case 'delete':
      return null;
    case 'create': {
      const can = state === null;
      if (isKnown && result !== can) return undefined;
      return can ? one.value : state;
    }
  }
}

test('the checker knows a stale read and two winners when it sees them', () => {
  const done = (one: Operation, fromMs: number, toMs: number, result: Done['result'] = null): Done => ({
    operation: one,
    fromMs,
    toMs,
    result,
  });
  const set = done({ is: 'set', value: '1' }, 0, 2);
  expect(isLinearizable([set, done({ is: 'get' }, 1, 3, null)])).toBe(true);
  expect(isLinearizable([set, done({ is: 'get' }, 3, 4, null)])).toBe(false);
  expect(isLinearizable([set, done({ is: 'get' }, 1, 2, '1'), done({ is: 'get' }, 3, 4, null)])).toBe(false);
  const create = (value: string) => done({ is: 'create', value }, 0, 9, true);
  expect(isLinearizable([create('1'), create('2')])).toBe(false);
});

test(`${RUNS} interleavings of ${CLIENTS} clients are linearizable`, () => {
  fc.assert(
    fc.property(steps, fc.nat(1000), (all, seed) => {
      const consul = TestConsul.up({ argv: ARGV, syncMs: 2, seed });
      const history = play(consul, all);
      expect(history.every(({ toMs }) => toMs < Infinity)).toBe(true);
      expect(isLinearizable(history)).toBe(true);
    }),
    { numRuns: RUNS },
  );
});

test(`so are ${RUNS} with a kill at one of the disk's steps and a restart`, () => {
  let kills = 0;
  fc.assert(
    fc.property(steps, steps, fc.nat(30), (before, after, at) => {
      const first = TestConsul.up({ argv: ARGV, syncMs: 2 });
      first.machine.killAtDiskStep(first.machine.diskSteps + at);
      const history = play(first, before);
      if (!first.machine.isAlive) kills++;
      first.machine.kill();
      const again = TestConsul.up({ argv: ARGV, syncMs: 2, files: first.machine.files });
      history.push(...play(again, after, 1_000_000));
      expect(isLinearizable(history)).toBe(true);
    }),
    { numRuns: RUNS },
  );
  expect(kills).toBeGreaterThan(RUNS / 4);
});
