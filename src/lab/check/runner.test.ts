import { expect, test } from 'vitest';
import { type CheckJob, runChecks, runSeed } from './runner.ts';
import { type ChecksBody, openTestHost, type TestHost } from './test-host.ts';

const job: CheckJob = { exerciseId: 'D00', files: {}, checks: '' };

function grade(body: ChecksBody, seeds: readonly number[] = [1], prepare?: (host: TestHost) => void) {
  return runChecks(job, seeds, openTestHost(body, prepare));
}

test('a failed expectation fails its check, the next check runs, and the verdict fails', () => {
  const verdict = grade(({ vi }) => {
    vi.test('too slow', () => vi.expect(2003.4, 'p99 in the fault, ms').toBeLessThan(300));
    vi.test('fine', () => vi.expect(0.001, 'errors, %').toBeLessThan(0.01));
  });
  expect(verdict.passed).toBe(false);
  expect(verdict.checks.map(({ name, passed }) => [name, passed])).toEqual([
    ['too slow', false],
    ['fine', true],
  ]);
  expect(verdict.checks[0]!.measurements).toEqual([
    { label: 'p99 in the fault', actual: 2003.4, comparator: '<', bound: 300, unit: 'ms', passed: false },
  ]);
  expect(verdict.checks[0]!.error).toBeUndefined();
  expect(verdict.checks[1]!.measurements[0]).toMatchObject({ actual: 0.1, bound: 1, unit: '%' });
});

test('a failed expectation cannot be swallowed', () => {
  const verdict = grade(({ vi }) => {
    vi.test('tries', () => {
      try {
        vi.expect(5).toBe(6);
      } catch {}
      vi.expect(6).toBe(6);
    });
  });
  expect(verdict.checks[0]!.passed).toBe(false);
});

test('neither can one in a hook: it fails the check that follows', () => {
  const verdict = grade(({ vi }) => {
    vi.beforeAll(() => {
      try {
        vi.expect(5).toBe(6);
      } catch {}
    });
    vi.test('follows', () => vi.expect(6).toBe(6));
  });
  expect(verdict.checks[0]!.passed).toBe(false);
});

test('a check without expectation fails: it proves nothing', () => {
  const verdict = grade(({ vi }) => vi.test('idle', () => {}));
  expect(verdict.passed).toBe(false);
  expect(verdict.checks[0]!.error).toContain('made no expectation');
});

test('asynchronous checks run one after the other on virtual time, with promises of the check process', () => {
  const order: string[] = [];
  const verdict = grade(({ vi, lb, run, host }) => {
    let system: any;
    vi.beforeAll(
      run(function* () {
        system = yield lb.up();
      }),
    );
    vi.test(
      'first',
      run(function* () {
        const nap = system.sleep('10s');
        expect(nap).toBeInstanceOf(host.Promise);
        yield nap;
        order.push(`first ${system.now()}`);
        vi.expect(system.now(), 'now, ms').toBe(10_001);
      }),
    );
    vi.test('second', () => {
      order.push('second');
      vi.expect(true).toBe(true);
    });
  });
  expect(order).toEqual(['first 10001', 'second']);
  expect(verdict).toMatchObject({ passed: true, virtualMs: 10_001, traceHashes: ['hash of 1'] });
});

test('a check that waits for nothing ends with a sentence that names it', () => {
  const verdict = grade(({ vi, host }) => vi.test('stuck', () => new host.Promise(() => {})));
  expect(verdict.failure?.message).toMatchInlineSnapshot(
    `""stuck" waits for something that cannot happen: nothing is running and no timer is set at 0 s"`,
  );
  expect(verdict.passed).toBe(false);
});

test('a check that waits for ever beside a living system ends after 20 virtual minutes', () => {
  const verdict = grade(({ vi, host }) => {
    const tick = (): void => void host.scheduler.after(1_000_000, tick);
    tick();
    vi.test('waits', () => new host.Promise(() => {}));
  });
  expect(verdict.failure?.message).toMatchInlineSnapshot(`""waits" still waited after 20 virtual minutes"`);
});

test('a project that does not come up is the verdict’s failure, with file and line', () => {
  const error = { message: 'unknown key "port"', hint: 'write "ports"', file: 'compose.yaml', line: 7 };
  const verdict = grade(
    ({ vi, lb, run }) =>
      vi.test(
        'boots',
        run(function* () {
          yield lb.up();
        }),
      ),
    [1, 2, 3],
    (host) => {
      host.upResult = () => ({ ok: false, error });
    },
  );
  expect(verdict.failure).toEqual(error);
  expect(verdict.seeds).toEqual([1]);
});

test('a lab that cannot go on ends the run with its own sentence', () => {
  const verdict = grade(({ vi, host }) => {
    host.scheduler.after(5, () => {
      host.ended = { message: 'gateway-1 does not give the CPU back', file: 'gateway/src/main.ts', line: 12 };
    });
    vi.test('waits', () => new host.Promise(() => {}));
  });
  expect(verdict.failure).toMatchObject({ file: 'gateway/src/main.ts', line: 12 });
});

test('an error in beforeAll fails every check of its group and no other', () => {
  const verdict = grade(({ vi }) => {
    vi.describe('broken', () => {
      vi.beforeAll(() => {
        throw new Error('no such service');
      });
      vi.test('a', () => vi.expect(1).toBe(1));
    });
    vi.test('b', () => vi.expect(1).toBe(1));
  });
  expect(verdict.checks.map(({ name, passed, error }) => [name, passed, error])).toEqual([
    ['broken › a', false, 'beforeAll of "broken" failed: no such service'],
    ['b', true, undefined],
  ]);
});

test('the verdict shows the first seed that failed', () => {
  const verdict = grade(({ vi, lb }) => vi.test('odd', () => vi.expect(lb.seed, 'seed').not.toBe(20)), [10, 20, 30]);
  expect(verdict.checks[0]).toMatchObject({ seed: 20, passed: false });
  expect(verdict.traceHashes).toEqual(['hash of 10', 'hash of 20', 'hash of 30']);
});

test('vary draws the same for the same seed and others for another, within its bounds', () => {
  const draws = new Map<number, number[]>();
  const body: ChecksBody = ({ vi, lb }) =>
    vi.test('draws', () => {
      const drawn = [lb.vary('20s', '40s'), lb.vary(40, 60), lb.varyInt(1, 3)];
      draws.set(lb.seed, [...(draws.get(lb.seed) ?? []), ...drawn]);
      vi.expect(drawn[0]).toBeGreaterThanOrEqual(20_000);
      vi.expect(drawn[0]).toBeLessThan(40_000);
    });
  grade(body, [1, 1, 2]);
  const [one, two] = [draws.get(1)!, draws.get(2)!];
  expect(one.slice(0, 3)).toEqual(one.slice(3));
  expect(two).not.toEqual(one.slice(0, 3));
});

test('faults: begin at the call, end after for(), and can be awaited until then', () => {
  const seen: (number | string)[] = [];
  grade(({ vi, lb, run, host }) => {
    vi.test(
      'breaks',
      run(function* () {
        const shop = yield lb.up();
        yield shop.link('gateway', 'catalog').latency('2s', { jitter: '100ms' }).for('30s');
        seen.push(shop.now());
        const partition = shop.link('client', 'gateway').partition();
        yield shop.service('catalog').replica(2).kill();
        seen.push(shop.now());
        partition.heal();
        vi.expect(() => shop.service('catalogue'), 'unknown service').toThrow('the compose file has gateway, catalog');
        vi.expect(() => shop.service('catalog').replica(3), 'unknown replica').toThrow('it has 2');
        seen.push(host.healed.length);
      }),
    );
    host.scheduler.after(40_000_000, () => seen.push(JSON.stringify(host.injected)));
  });
  expect(seen).toEqual([30_001, 30_001, 2]);
});

test('two checks with one name, and test.skip, are refused', () => {
  const run = runSeed(
    job,
    1,
    openTestHost(({ vi }) => {
      vi.test('a', () => {});
      expect(() => vi.test('a', () => {})).toThrow('two checks are named "a"');
      expect(() => vi.test.skip('b', () => {})).toThrow('test.skip is not for checks');
    }),
  );
  expect(run.failure).toBeNull();
});

test('progress moves inside a test, by the virtual time that the checks plan to take, and is 1 only at the end', () => {
  const told: number[] = [];
  const body: ChecksBody = ({ vi, host }) => {
    vi.test('long', () => {
      vi.expect(1).toBe(1);
      return new host.Promise<void>((resolve) => {
        // 10,000 events in 20 s.
        const tick = (left: number): void => {
          if (left === 0) host.enter(resolve);
          else host.scheduler.after(2000, () => tick(left - 1));
        };
        tick(10_000);
      });
    });
  };
  runChecks({ ...job, checks: "await shop.sleep('20s')" }, [1], openTestHost(body), (share) => told.push(share));
  expect(told.at(-1)).toBe(1);
  const during = told.slice(0, -1);
  expect(during.length).toBeGreaterThan(3);
  expect(during).toEqual([...during].sort((a, b) => a - b));
  expect(during[0]).toBeCloseTo(0.2, 1);
  expect(Math.max(...during)).toBeLessThan(1);
});
