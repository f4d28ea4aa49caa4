/** How long a page takes in the lab and on real processes, as data: made by `npm run calibrate`, shown by the site. */

export interface Percentiles {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** One service's health check, alone: what the lab's links are set to comes from the difference. */
export interface CalibratedPart {
  readonly service: string;
  readonly labMs: number;
  readonly localMs: number;
}

export interface Calibration {
  readonly node: string;
  readonly machine: string;
  readonly sandbox: string;
  readonly page: string;
  readonly ratePerSecond: number;
  readonly parts: readonly CalibratedPart[];
  /** Of the page, with the lab's links as measured. */
  readonly lab: Percentiles;
  readonly local: Percentiles;
  /** p50 in the lab to p50 on real processes. */
  readonly ratio: number;
}
