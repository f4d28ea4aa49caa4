/**
 * For tests: a (scenario, seed, fault schedule) triple, run to its trace hash. It needs nothing but the lab, so the
 * same code runs in Node and in any browser's worker; a scenario is plain data, so it can be posted there.
 */
import type { TraceEvent } from './core/events.ts';
import { Random } from './core/random.ts';
import { randomSchedule } from './faults/index.ts';
import { createLab, type LabRequest } from './lab.ts';
import type { Programs } from './process/process.ts';

export interface Scenario {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly services: readonly { readonly name: string; readonly replicas: number }[];
  readonly links: readonly (readonly [from: string, to: string])[];
  /** Sent one after the other, and again from the first. */
  readonly requests: readonly LabRequest[];
}

export interface TripleRun {
  readonly hash: string;
  /** Requests that were answered with 200 or 201: a run in which nothing works proves nothing. */
  readonly ok: number;
  /** Every record of the trace as JSON, when asked for. */
  readonly records: readonly string[];
}

const BOOT_MS = 5000;
const DURATION_MS = 5000;
const EVERY_MS = 100;

export function runTriple(scenario: Scenario, seed: number, programs: Programs, keepsRecords = false): TripleRun {
  const { files, services, links, requests } = scenario;
  const random = Random.derive(seed, 'triple');
  const schedule = randomSchedule(random, { services, links, durationMs: DURATION_MS, count: 1 + random.below(5) });
  const created = createLab({ files, seed, programs });
  if (!created.ok) throw new Error(created.problems.map(({ message }) => message).join('\n'));
  const { lab } = created;
  const records: string[] = [];
  if (keepsRecords) lab.trace.subscribe((event: TraceEvent) => records.push(JSON.stringify(event)));
  lab.boot();
  const run = (ms: number) => lab.scheduler.runUntil(lab.scheduler.nowUs + ms * 1000, () => lab.ended !== null);
  run(BOOT_MS);
  for (const spec of schedule) lab.inject(spec);
  let ok = 0;
  for (let i = 0; i * EVERY_MS < DURATION_MS; i++) {
    lab.scheduler.after(i * EVERY_MS * 1000, () =>
      lab.request({ ...requests[i % requests.length]!, timeoutMs: 2000 }, ({ status }) => {
        if (status === 200 || status === 201) ok++;
      }),
    );
  }
  run(DURATION_MS + 2500);
  const { hash } = lab.trace;
  lab.system.dispose();
  return { hash, ok, records };
}

/** The first record in which two runs differ, with what each has there; null when they are the same. */
export function firstDifference(one: readonly string[], other: readonly string[]): string | null {
  const length = Math.max(one.length, other.length);
  for (let i = 0; i < length; i++)
    if (one[i] !== other[i]) return `record ${i}:\n  ${one[i] ?? '(none)'}\n  ${other[i] ?? '(none)'}`;
  return null;
}
