/** What `import … from 'loadbearing'` gives to a checks file; the types for editors and for `tsc` over exercises/. */
import type { Duration } from './duration.ts';
import type { System } from './system.ts';

export type { ToolResult } from '../images/server.ts';
export type { LoadResult } from '../load/result.ts';
export type { LoadStats } from '../load/stats.ts';
export type { Duration } from './duration.ts';
export type { Chaos, ChaosOptions, FaultHandle, LinkFaults, ServiceFaults } from './faults.ts';
export type { Size } from './size.ts';
export type { System } from './system.ts';
export type { TapOperation, TapRequest, TapRequests } from './tap.ts';
export type { LoadShape, Reply, RequestShape, Traffic, TrafficStats } from './traffic.ts';

/** `docker compose up --wait`. A second call first takes the running system down. Rejects when it does not come up. */
export declare function up(): Promise<System>;
/** The run's seed. For messages; a check that behaves differently by seed uses `vary`. */
export declare const seed: number;
/** A number drawn for this seed, from `min` up to `max`; of durations, in ms. */
export declare function vary(min: Duration, max: Duration): number;
/** As `vary`, a whole number, both ends included. */
export declare function varyInt(min: number, max: number): number;
