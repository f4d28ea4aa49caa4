/**
 * State of the workbench. Panels import from this folder and never from each other.
 *
 * - record/     the trace of a run, in little memory, and the world at any moment of it; past.ts shows such a moment
 * - trace/      single requests with all they caused, read from the record
 * - world.ts    what the trace says: replicas, links, requests, faults, logs, series (its parts lie beside it)
 * - run.ts      one run in an engine: start, pause, speed, faults, load
 * - project.ts  the learner's files and edits; storage.ts keeps them
 * - grading.ts  checks, verdict, hints, attempts
 * - engine-choice.ts  the lab or a container, where a site offers one
 * - client.ts   the request client; capture.ts packets caught off the wire
 * - keeping/    links, files and folders to take along; what comes in by them
 * - learning/   predictions, the checks' runs to look at, the fewest faults by which a check fails
 * - session.ts  all of these together; context.ts hands them to panels
 * - format.ts   numbers and times as text
 *
 * Not here: anything that draws, and anything that knows how a system runs (engines/).
 */
export * from './capture.ts';
export * from './client.ts';
export * from './context.ts';
export type { EngineChoice, EngineName, Trouble } from './engine-choice.ts';
export * from './faults.ts';
export * from './format.ts';
export * from './grading.ts';
export * from './identity.ts';
export * from './links.ts';
export * from './logs.ts';
export * from './moments.ts';
export * from './offers.ts';
export * from './operations.ts';
export * from './past.ts';
export * from './preview.ts';
export * from './project.ts';
export * from './replicas.ts';
export * from './requests.ts';
export * from './run.ts';
export * from './series.ts';
export * from './servers.ts';
export * from './session.ts';
export * from './storage.ts';
export * from './subject.ts';
export * from './world.ts';
