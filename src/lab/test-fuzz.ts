/**
 * For tests: one random fault schedule on a project, now and then with an edit or another number of replicas in the
 * middle of it, and everything looked at that must hold whatever breaks:
 *
 * - the lab itself throws nothing and does not end the run
 * - no event is run in the past
 * - bytes sent = delivered + dropped by a fault of the schedule + under way, and in the end nothing is under way
 * - nothing is heard of a replica between its exit and its next start, and no callback of a dead process runs
 * - a reply with status 200 or 201 has the right content, and every request from outside ends within its timeout
 * - when all is healed, the system answers again
 */
import type { FaultSpec, TraceEvent } from './core/events.ts';
import { Random } from './core/random.ts';
import { randomSchedule } from './faults/index.ts';
import { createLab, type Lab, type LabReply, type LabRequest } from './lab.ts';
import { Process, type Programs } from './process/process.ts';

export interface FuzzProject {
  readonly files: Readonly<Record<string, string>>;
  readonly services: readonly { readonly name: string; readonly replicas: number }[];
  readonly links: readonly (readonly [from: string, to: string])[];
  /** The i-th request from outside. */
  readonly request: (i: number) => LabRequest;
  /** What is wrong with a reply of status 200 or 201; null when nothing is. */
  readonly wrong: (i: number, body: string) => string | null;
}

export interface FuzzRun {
  readonly schedule: readonly FaultSpec[];
  readonly hash: string;
  readonly violations: readonly string[];
  /** Replies by status, 0 for none. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly dropped: ReadonlyMap<string, number>;
}

const DURATION_MS = 15_000;
const TIMEOUT_MS = 3000;
const EVERY_MS = 80;
/** A thousand times what a run of this length has. */
const EVENTS_MAX = 5_000_000;

export function fuzzOnce(
  project: FuzzProject,
  programs: Programs,
  seed: number,
  given?: readonly FaultSpec[],
): FuzzRun {
  const random = Random.derive(seed, 'fuzz');
  const schedule =
    given ??
    randomSchedule(random, {
      services: project.services,
      links: project.links,
      durationMs: DURATION_MS,
      count: 1 + random.below(8),
    });
  const violations: string[] = [];
  const complain = (sentence: string) => {
    if (violations.length < 10) violations.push(sentence);
  };
  const statuses = new Map<number, number>();
  const endWatch = watchDeadProcesses(complain);
  try {
    const created = createLab({ files: project.files, seed, programs, realNowMs: () => performance.now() });
    if (!created.ok) throw new Error(created.problems[0]!.message);
    const { lab } = created;
    const silence = new Silence(complain);
    const faultTexts = new Set<string>();
    lab.trace.subscribe((event) => {
      silence.hear(event);
      if (event.kind === 'fault') faultTexts.add(event.text);
    });
    const stepper = new Stepper(lab, complain);
    lab.boot();
    stepper.run(5000);
    const ids = schedule.map((spec) => lab.inject(spec));
    disturb(lab, project, random);
    let open = 0;
    for (let i = 0; i * EVERY_MS < DURATION_MS; i++) {
      open++;
      lab.scheduler.after(i * EVERY_MS * 1000, () =>
        lab.request({ ...project.request(i), timeoutMs: TIMEOUT_MS }, (reply) => {
          open--;
          statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
          const wrong = reply.status === 200 || reply.status === 201 ? project.wrong(i, reply.body) : null;
          if (wrong !== null) complain(`request ${i}: ${wrong}`);
        }),
      );
    }
    stepper.run(DURATION_MS + TIMEOUT_MS + 100);
    if (open > 0) complain(`${open} requests neither ended nor timed out`);
    for (const id of ids) lab.heal(id);
    // Docker waits up to a minute before it restarts what keeps crashing; TCP up to two before it tries again.
    stepper.run(200_000);
    const { ledger } = lab.network;
    let settled = 0;
    // What waits for a slow wire on a connection that is given up still comes, and is thrown away.
    while (ledger.underWay > 0 && settled++ < 3600) stepper.run(settled < 1000 ? 1 : 1000);
    if (ledger.underWay !== 0) complain(`${ledger.underWay} bytes are under way for ever`);
    for (const name of ledger.dropped.keys())
      if (!faultTexts.has(name)) complain(`"${name}" dropped bytes and is no fault`);
    const healed = answer(lab, stepper, project);
    if (healed.status !== 200) complain(`after all was healed: status ${healed.status} ${healed.error ?? healed.body}`);
    const { hash } = lab.trace;
    lab.system.dispose();
    return { schedule, hash, violations, statuses, dropped: ledger.dropped };
  } catch (error) {
    complain(`the lab threw ${(error as Error).stack}`);
    return { schedule, hash: '', violations, statuses, dropped: new Map() };
  } finally {
    endWatch();
  }
}

/** Faults without which the schedule still leads to a violation are left out; what is left is the cause. */
export function shrink(project: FuzzProject, programs: Programs, seed: number, run: FuzzRun): FuzzRun {
  let smallest = run;
  for (let i = smallest.schedule.length - 1; i >= 0; i--) {
    const fewer = smallest.schedule.filter((_, at) => at !== i);
    const again = fuzzOnce(project, programs, seed, fewer);
    if (again.violations.length > 0) smallest = again;
  }
  return smallest;
}

/** What people do meanwhile: a service is edited and rolled out, one is scaled and scaled back. */
function disturb(lab: Lab, { files, services }: FuzzProject, random: Random): void {
  const { scheduler, system } = lab;
  const later = (run: () => void) => scheduler.after(Math.round(random.between(0, DURATION_MS) * 1000), run);
  if (random.float() < 0.4) {
    const path = `${services[random.below(services.length)]!.name}/src/main.ts`;
    later(() => lab.edit({ ...files, [path]: `${files[path]}\n// edited\n` }));
  }
  const scalable = services.find(({ replicas }) => replicas > 1);
  if (scalable !== undefined && random.float() < 0.3) {
    const { name, replicas } = scalable;
    later(() => {
      system.supervisor.scale(name, 1 + random.below(4));
      scheduler.after(3_000_000, () => system.supervisor.scale(name, replicas));
    });
  }
}

class Stepper {
  private readonly lab: Lab;
  private readonly complain: (sentence: string) => void;

  constructor(lab: Lab, complain: (sentence: string) => void) {
    this.lab = lab;
    this.complain = complain;
  }

  run(ms: number): void {
    const { scheduler, network } = this.lab;
    const untilUs = scheduler.nowUs + ms * 1000;
    let lastUs = scheduler.nowUs;
    for (let events = 0; scheduler.step(untilUs); events++) {
      if (scheduler.nowUs < lastUs) this.complain(`an event of ${scheduler.nowUs} µs ran after one of ${lastUs} µs`);
      lastUs = scheduler.nowUs;
      if (events % 64 === 0 && network.ledger.problem !== null) this.complain(network.ledger.problem);
      if (this.lab.ended !== null) throw new Error(`the run was ended: ${this.lab.ended.message}`);
      if (events > EVENTS_MAX) throw new Error(`${EVENTS_MAX} events in ${ms} ms`);
    }
    scheduler.runUntil(untilUs);
    if (network.ledger.problem !== null) this.complain(network.ledger.problem);
  }
}

/** Hears whether anything comes from a replica that has exited. */
class Silence {
  private readonly dead = new Set<string>();
  private readonly complain: (sentence: string) => void;

  constructor(complain: (sentence: string) => void) {
    this.complain = complain;
  }

  hear(event: TraceEvent): void {
    if (event.kind === 'process') {
      if (event.state === 'exited') this.dead.add(event.endpoint);
      else this.dead.delete(event.endpoint);
      return;
    }
    const from = event.kind === 'log' ? event.endpoint : event.kind === 'request' ? event.from : null;
    if (from !== null && this.dead.has(from))
      this.complain(`${event.kind} at ${event.atMs} ms from ${from}, which has exited`);
  }
}

/** Every callback of every process passes through `execute`. */
function watchDeadProcesses(complain: (sentence: string) => void): () => void {
  const prototype = Process.prototype as unknown as { execute(this: Process, run: () => void): void };
  const { execute } = prototype;
  prototype.execute = function (run) {
    if (!this.isAlive) complain(`a callback of ${this.options.host.name}, process ${this.options.pid}, which is dead`);
    execute.call(this, run);
  };
  return () => {
    prototype.execute = execute;
  };
}

function answer(lab: Lab, stepper: Stepper, project: FuzzProject): LabReply {
  let reply: LabReply | null = null;
  lab.request({ ...project.request(0), timeoutMs: TIMEOUT_MS }, (result) => {
    reply = result;
  });
  stepper.run(TIMEOUT_MS + 100);
  if (reply === null) throw new Error('The last request has no end.');
  return reply;
}
