/** Clock skew: the machine's wall clock (Date) is wrong by an offset and may run too fast or slow. Timers are right. */
import type { Skew } from '../condition/clock.ts';
import { type FaultDefinition, formatSignedMs, mustBe } from './fault.ts';
import { Holds } from './holds.ts';

const skews = new Holds<Skew>(({ condition }, skew) => condition.clock.set(skew));

export const clockSkew: FaultDefinition<'clock-skew'> = {
  describe({ service, offsetMs, driftPpm }) {
    return `clock of ${service} ${formatSignedMs(offsetMs)}${driftPpm ? `, ${driftPpm} ppm fast` : ''}`;
  },
  validate({ offsetMs, driftPpm }) {
    mustBe(Number.isFinite(offsetMs), 'offsetMs', offsetMs, 'milliseconds, below 0 for a clock that is behind');
    mustBe(driftPpm === undefined || Number.isFinite(driftPpm), 'driftPpm', driftPpm, 'parts per million');
  },
  start: ({ service, offsetMs, driftPpm = 0 }, target) => skews.begin(service, { offsetMs, driftPpm }, target),
};
