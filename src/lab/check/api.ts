/** The two modules that a checks file imports: 'loadbearing' and 'vitest'. */
import { Random } from '../core/random.ts';
import { type Duration, toMs } from './duration.ts';
import { Evidence, type Series } from './evidence.ts';
import { createExpect } from './expect.ts';
import type { CheckError, CheckHost } from './host.ts';
import { plotsOf } from './plots.ts';
import { Suite, type TestRun } from './suite.ts';
import { System } from './system.ts';
import { Tap } from './tap.ts';
import type { Measurement } from './verdict.ts';

export interface CheckApi {
  readonly modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly suite: Suite;
  /** Why the project did not come up; nothing else counts then. */
  readonly failure: CheckError | null;
  /** Puts the plots into the test runs, at the end, when the series are whole. */
  finish(): void;
}

export interface CheckApiEvents {
  onTestEnd?(run: TestRun): void;
  /** The project did not come up. */
  onFailure?(error: CheckError): void;
}

export function createCheckApi(host: CheckHost, events: CheckApiEvents = {}): CheckApi {
  const evidenceOf = new Map<TestRun, { readonly series: readonly Series[]; readonly system: System | null }>();
  const random = Random.derive(host.seed, 'checks vary');
  const evidence = new Evidence((connection, fromMs, endMs) => system?.tap.requestOn(connection, fromMs, endMs) ?? 0);
  let system: System | null = null;
  let current: TestRun | null = null;
  let failure: CheckError | null = null;
  // Expectations in hooks belong to the check that follows: a failed one must not be lost even if it was caught.
  const fromHooks: Measurement[] = [];

  const suite = new Suite(host, {
    onTestStart: (run) => {
      current = run;
      run.measurements.push(...fromHooks.splice(0));
      evidence.take();
    },
    onTestEnd: (run) => {
      evidenceOf.set(run, { series: evidence.take(), system });
      current = null;
      events.onTestEnd?.(run);
    },
  });

  const expect = createExpect({
    record: (measurement) => {
      (current?.measurements ?? fromHooks).push(measurement);
    },
    takePointer: () => evidence.takePointer(),
  });

  const up = (): Promise<System> => {
    system?.close();
    return new host.Promise<System>((resolve, reject) => {
      host.up((result) => {
        if (!result.ok) {
          failure = result.error;
          events.onFailure?.(result.error);
          host.enter(() => reject(new Error(result.error.message)));
          return;
        }
        const tap = new Tap((found, query) => evidence.readTap(found, query));
        const started = new System(host, result.system, evidence, tap);
        system = started;
        host.enter(() => resolve(started));
      });
    });
  };

  return {
    modules: {
      loadbearing: {
        up,
        seed: host.seed,
        /** A number drawn for this seed, from `min` up to `max`; of durations, in ms. The n-th draw is the same in every run. */
        vary: (min: Duration, max: Duration) => random.between(toMs(min, 'vary'), toMs(max, 'vary')),
        /** As `vary`, a whole number, both ends included. */
        varyInt: (min: number, max: number) => min + random.below(max - min + 1),
      },
      vitest: { ...suite.api, expect },
    },
    suite,
    get failure() {
      return failure;
    },
    finish: () => {
      for (const [run, { series, system: ranOn }] of evidenceOf) {
        run.plots = plotsOf(series, ranOn ?? system, run.measurements);
      }
    },
  };
}
