/**
 * `npm run calibrate`: how long a page takes in the lab and on real processes, in one run. The way between two services
 * on this machine is measured first, one request to each service's health check at a time, and the lab's links are set
 * to it; then the same load asks both for the same page, which goes through four services. What the lab says of the whole
 * from what it was told of the parts must be within a quarter of what this machine does, at the median.
 */
import { writeFileSync } from 'node:fs';
import type { CalibratedPart, Calibration, Percentiles } from '../catalog/calibration.ts';
import { LocalSystem, LocalWorld } from '../engines/local/local-system.ts';
import { healthUrlsOf, linksOf } from '../lab/compose/index.ts';
import { createLab, type Lab, readProject } from '../lab/index.ts';
import { CLIENT_LATENCY_US, LATENCY_US } from '../lab/net/route.ts';
import type { SystemMachine } from '../lab/system.ts';
import { readArgs } from './args.ts';
import { CliError, EXIT } from './failure.ts';
import { Grader } from './grade.ts';
import { machineText } from './machine-text.ts';
import { Progress } from './progress.ts';
import { table } from './table.ts';
import { CALIBRATE_USAGE } from './usage.ts';
import { fromUser } from './user-path.ts';

const SANDBOX = 'shop';
const PAGE = '/products';
const RATE_PER_S = 50;
/** The lab and the machine may differ by that much at the median. */
const TOLERANCE = 0.25;
/** Until a real program's code is compiled it is ten times as slow. */
const WARM_UP_S = 20;
const PART_S = 10;
const PAGE_S = 50;
/** The load's percentiles are those of its last ten seconds. */
const WINDOW_S = 10;
const START_MS_MAX = 60_000;

/** A system under load, in whichever time. */
interface Measured {
  readonly lab: Lab<SystemMachine>;
  /** Lets that many of its seconds go by. */
  pass(seconds: number): Promise<void>;
}

export async function calibrate(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values } = readArgs(args, { json: { type: 'string' } }, CALIBRATE_USAGE);
  const grader = new Grader();
  const { files } = grader.catalog.sandboxes.find(({ id }) => id === SANDBOX)!;
  const read = readProject(files);
  if (!read.ok) throw new CliError(EXIT.project, read.problems[0]!.message);
  const addresses = new Map([...healthUrlsOf(read.project)].map(([name, url]) => [name, new URL(url)]));
  const { name: gateway } = read.project.services.find(({ ports }) => ports.length > 0)!;
  const urlOf = (service: string, path: string) => `http://${service}:${addresses.get(service)!.port}${path}`;
  const health = (service: string) => urlOf(service, addresses.get(service)!.pathname);
  const page = urlOf(gateway, PAGE);

  const progress = new Progress();
  const realSeconds = WARM_UP_S + addresses.size * PART_S + PAGE_S;

  // Real processes.
  const world = new LocalWorld(1);
  const local = await LocalSystem.open(world, read.project, { seed: 1, servers: 'lab', hasDeclaredCost: true });
  const stop = () => void local.dispose();
  signal.addEventListener('abort', stop);
  let passed = 0;
  const real: Measured = {
    lab: local.steered(files),
    pass: async (wanted) => {
      for (let i = 0; i < wanted && !signal.aborted; i++) {
        progress.show(passed++ / realSeconds, 'real processes');
        await new Promise<void>((resolve) => world.scheduler.after(1e6, resolve));
      }
      signal.throwIfAborted();
    },
  };
  const realParts = new Map<string, number>();
  let realPage: Percentiles;
  try {
    await up(real);
    await measure(real, page, WARM_UP_S);
    for (const service of addresses.keys())
      realParts.set(service, (await measure(real, health(service), PART_S)).p50Ms);
    realPage = await measure(real, page, PAGE_S);
  } finally {
    signal.removeEventListener('abort', stop);
    await local.dispose();
    world.scheduler.stop();
    progress.clear();
  }

  // The lab, told of each part.
  const programs = await grader.programsOf(grader.catalog.exercises.find(({ sandbox }) => sandbox === SANDBOX)!);
  const created = createLab({ files, seed: 1, programs, realNowMs: () => performance.now() });
  if (!created.ok) throw new CliError(EXIT.project, created.problems[0]!.message);
  const { lab } = created;
  const virtual: Measured = {
    lab,
    pass: async (wanted) => void lab.scheduler.runUntil(lab.scheduler.nowUs + wanted * 1e6),
  };
  await up(virtual);
  const parts: CalibratedPart[] = [];
  for (const service of addresses.keys()) {
    const { p50Ms } = await measure(virtual, health(service), PART_S);
    parts.push({ service, labMs: p50Ms, localMs: realParts.get(service)! });
  }
  for (const { service, labMs, localMs } of parts) {
    for (const [from, to] of linksOf(read.project)) {
      // It was asked from outside, which in the lab is farther than a neighbour is; on one machine it is not.
      const nearerMs = from === 'client' ? 0 : (2 * (CLIENT_LATENCY_US - LATENCY_US)) / 1000;
      const latencyMs = Math.max(0, localMs - labMs + nearerMs);
      if (to === service) lab.inject({ kind: 'latency', from, to, latencyMs });
    }
  }
  const labPage = await measure(virtual, page, PAGE_S);

  const ratio = labPage.p50Ms / realPage.p50Ms;
  const found: Calibration = {
    node: process.versions.node,
    machine: machineText(),
    sandbox: SANDBOX,
    page: PAGE,
    ratePerSecond: RATE_PER_S,
    parts,
    lab: labPage,
    local: realPage,
    ratio,
  };
  if (values.json !== undefined) writeFileSync(fromUser(values.json), `${JSON.stringify(found, null, 2)}\n`);
  console.log(report(found));
  return Math.abs(ratio - 1) <= TOLERANCE ? EXIT.ok : EXIT.failed;
}

async function up({ lab, pass }: Measured): Promise<void> {
  let isReady = false;
  let failure = '';
  lab.onReady = () => {
    isReady = true;
  };
  lab.onProblem = ({ message }) => {
    failure = message;
  };
  lab.boot();
  for (let ms = 0; ms < START_MS_MAX && !isReady && failure === ''; ms += 1000) await pass(1);
  if (!isReady) throw new CliError(EXIT.start, failure || `${SANDBOX} was not ready after ${START_MS_MAX / 1000} s.`);
}

/** Median over the windows of their percentiles. */
async function measure({ lab, pass }: Measured, url: string, seconds: number): Promise<Percentiles> {
  const windows: Percentiles[] = [];
  let ticks = 0;
  lab.onLoadTick = ({ p50Ms, p95Ms, p99Ms, errorRate }) => {
    if (errorRate > 0) throw new CliError(EXIT.start, `${url} fails under a load of ${RATE_PER_S} requests/s.`);
    if (++ticks % WINDOW_S === 0) windows.push({ p50Ms, p95Ms, p99Ms });
  };
  const id = lab.startLoad({ url, ratePerSecond: RATE_PER_S });
  // A second more: the tick of the last one comes at its end.
  await pass(seconds + 1);
  lab.stopLoad(id);
  lab.onLoadTick = () => {};
  if (windows.length === 0) throw new CliError(EXIT.start, `${url} was not measured for ${WINDOW_S} s.`);
  const middle = (of: (window: Percentiles) => number) => median(windows.map(of));
  return {
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p95Ms: middle(({ p95Ms }) => p95Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function report({ sandbox, page, ratePerSecond, parts, lab, local, ratio, machine }: Calibration): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const rows = [
    ...parts.map(({ service, labMs, localMs }) => [`${service}, health check, p50`, ms(labMs), ms(localMs), '']),
    [`${page}, p50`, ms(lab.p50Ms), ms(local.p50Ms), ratio.toFixed(2)],
    [`${page}, p95`, ms(lab.p95Ms), ms(local.p95Ms), (lab.p95Ms / local.p95Ms).toFixed(2)],
    [`${page}, p99`, ms(lab.p99Ms), ms(local.p99Ms), (lab.p99Ms / local.p99Ms).toFixed(2)],
  ];
  const verdict =
    Math.abs(ratio - 1) <= TOLERANCE
      ? `At the median the lab is within ${TOLERANCE * 100} % of real processes.`
      : `At the median the lab differs by more than ${TOLERANCE * 100} % from real processes: on a busy machine they wait for each other.`;
  return `${sandbox}, ${ratePerSecond} requests/s, ${machine}\n${table(['', 'lab', 'real', 'lab / real'], rows)}\n${verdict}`;
}
