/** How far a run of the checks is, as far as anybody can know while it lasts. */
import { toMs } from './duration.ts';

/** For checks that sleep nowhere: about what one phase of an exercise takes. */
const UNKNOWN_MS = 30_000;
/** From here on it only creeps: a run that takes longer than planned must not stand at its end. */
const CREEPS_FROM = 0.9;

/** Virtual ms that a checks file says it sleeps, each time once; of two bounds the middle. */
export function plannedMs(checks: string): number {
  let total = 0;
  for (const [, inside = ''] of checks.matchAll(/\bsleep\(([^;\n]*)\)/g)) {
    const found = inside.match(/\d[\d_.]*(?:us|ms|s|m|h)?\b/g) ?? [];
    const each = found.map((text) => (/[a-z]$/.test(text) ? toMs(text) : Number(text.replaceAll('_', ''))));
    const sum = each.reduce((a, b) => a + b, 0);
    total += sum / Math.max(1, each.length);
  }
  return total || UNKNOWN_MS;
}

/** 0 to below 1, never less for more: in proportion up to where the plan nearly ends, then ever slower. */
export function shareOfPlan(elapsedMs: number, planMs: number): number {
  const share = elapsedMs / planMs;
  return share <= CREEPS_FROM ? share : 1 - (1 - CREEPS_FROM) / (1 + (share - CREEPS_FROM) / (1 - CREEPS_FROM));
}
