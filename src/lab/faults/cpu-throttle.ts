/** CPU throttle: the process runs for its share of each 100 ms and stands still for the rest (CFS quota, `cpus: 0.2`). */
import { type FaultDefinition, formatShare, mustBe } from './fault.ts';
import { Holds } from './holds.ts';

const shares = new Holds<number>(({ condition }, share) => condition.quota.throttle(share));

export const cpuThrottle: FaultDefinition<'cpu-throttle'> = {
  describe: ({ service, share }) => `${service} throttled to ${formatShare(share)} of a CPU`,
  validate: ({ share }) => mustBe(share > 0 && share < 1, 'share', share, 'a share of one CPU, above 0 and below 1'),
  start: ({ service, share }, target) => shares.begin(service, share, target),
};
