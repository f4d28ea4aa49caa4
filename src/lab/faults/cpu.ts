/** CPU cost: every HTTP request takes that much CPU instead of what `x-lab: cpu` declares. One CPU per replica. */
import { type FaultDefinition, formatMs, mustBe } from './fault.ts';
import { Holds } from './holds.ts';

const costs = new Holds<number>((process, us) => process.setRequestCost(us));

export const cpu: FaultDefinition<'cpu'> = {
  help: 'Every request costs this much CPU; above the limit of 1 s per second, a queue grows.',
  describe: ({ service, perRequestMs }) => `${formatMs(perRequestMs)} CPU per request at ${service}`,
  validate({ perRequestMs }) {
    const isRight = perRequestMs >= 0 && perRequestMs < Number.POSITIVE_INFINITY;
    mustBe(isRight, 'perRequestMs', perRequestMs, 'milliseconds, 0 or more');
  },
  start: ({ service, perRequestMs }, target) => costs.begin(service, Math.round(perRequestMs * 1000), target),
};
