/** Clock jump: the wall clock is set by so much at once, as by NTP after a long sleep or by an operator, and stays so. */
import { type FaultDefinition, formatSignedMs, mustBe } from './fault.ts';

export const clockJump: FaultDefinition<'clock-jump'> = {
  describe: ({ service, byMs }) => `clock of ${service} jumps ${formatSignedMs(byMs)}`,
  validate: ({ byMs }) => mustBe(Number.isFinite(byMs), 'byMs', byMs, 'milliseconds, below 0 for a jump back'),
  start({ service, byMs }, target) {
    for (const endpoint of target.endpointsOf(service)) target.process(endpoint).condition.clock.jump(byMs);
    return null;
  },
};
