/** Bandwidth: each way between two machines carries so many bytes in a second, shared by all their connections. */
import { PASS } from '../net/network.ts';
import { type FaultDefinition, formatRate, linkRule, mustBe } from './fault.ts';

export const bandwidth: FaultDefinition<'bandwidth'> = {
  describe: ({ from, to, bytesPerSecond }) => `${formatRate(bytesPerSecond)} on ${from} ↔ ${to}`,
  validate({ bytesPerSecond }) {
    const isRight = bytesPerSecond >= 1 && bytesPerSecond < Number.POSITIVE_INFINITY;
    mustBe(isRight, 'bytesPerSecond', bytesPerSecond, '1 or more');
  },
  start: (spec, { network }) =>
    network.addRule({ ...linkRule(spec, 'both', () => PASS), bytesPerSecond: spec.bytesPerSecond }),
};
