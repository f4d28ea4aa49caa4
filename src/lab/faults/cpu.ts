/** CPU cost: every HTTP request takes that much CPU instead of what `x-lab: cpu` declares. One CPU per replica. */
import { type FaultDefinition, formatMs, mustBe } from './fault.ts';
import { Holds } from './holds.ts';

const costs = new Holds<number>(({ condition }, us) => condition.cost.override(us));

export const cpu: FaultDefinition<'cpu'> = {
  describe: ({ service, perRequestMs }) => `${formatMs(perRequestMs)} CPU per request at ${service}`,
  validate({ perRequestMs }) {
    const isRight = perRequestMs >= 0 && perRequestMs < Number.POSITIVE_INFINITY;
    mustBe(isRight, 'perRequestMs', perRequestMs, 'milliseconds, 0 or more');
  },
  start: ({ service, perRequestMs }, target) => costs.begin(service, Math.round(perRequestMs * 1000), target),
};
