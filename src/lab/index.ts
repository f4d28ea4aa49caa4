/**
 * The lab: `docker compose up` under a virtual clock. This is its only door.
 *
 * - lab.ts         one run, steered from outside: boot, request, fault, load, edit. Start here.
 * - system.ts      one project up and running; machine.ts: its containers as processes on hosts; sampler.ts: figures
 * - check-host.ts  the same for the checks of an exercise
 * - core/          clock and event queue, own Promise, seeded random, trace
 * - net/           hosts, DNS, links, TCP        faults/   one fault a file
 * - process/       a replica: globals, modules, CPU, exit; compile and load
 * - node/          what services import; guest code, evaluated once per process
 * - compose/       compose.yaml to running services        images/   what `image:` may name
 * - load/          load generator, statistics        check/    checks, matchers, verdict
 *
 * Not here: anything of the host. No DOM, no Node built-in, no native promise, no real clock (but one: `realNowMs`).
 */
export {
  CHECKS_FILE,
  type CheckJob,
  hasPassed,
  runChecks,
  runSeed,
  type SeedRun,
  type Verdict,
  verdictOf,
} from './check/index.ts';
export { checkHosts } from './check-host.ts';
export type { FaultSpec, TraceEvent } from './core/events.ts';
export type { Problem } from './core/problem.ts';
export { type CreateResult, createLab, Lab, type LabOptions, type LabReply, type LabRequest } from './lab.ts';
export { type CompileScript, hideNames, LENT_TO_BUILTINS, useScripts } from './process/evaluate.ts';
export { hardenIntrinsics } from './process/intrinsics.ts';
export type { Programs } from './process/process.ts';
export { needsFullBuiltins } from './process/variant.ts';
export { type ProjectFiles, readProject } from './system.ts';
