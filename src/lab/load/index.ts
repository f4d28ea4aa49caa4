/**
 * Load from the outside, and what it measured.
 * - `http-client.ts`: HTTP/1.1 on the network's connections; also for health probes and the request client.
 * - `shape.ts`: the rate over time; `generator.ts`: sends at those moments and records what came back.
 * - `histogram.ts`, `stats.ts`: percentiles, error rates, series.
 * All of it is host-side: callbacks under the scheduler, no promise, no wall clock.
 */
export { LoadGenerator, type LoadPlan, type LoadRequest } from './generator.ts';
export { Histogram } from './histogram.ts';
export { HttpClient, type HttpReply, type HttpRequest, type PendingRequest } from './http-client.ts';
export { LoadResult } from './result.ts';
export { bursts, constant, ramp, type Stage, steps, timeOf } from './shape.ts';
export { type Latency, LoadStats, type SecondStats } from './stats.ts';
