/** Partition: nothing gets through, and nobody is told. One-way: `to` hears nothing from `from`, but can be heard. */
import { DROP } from '../net/network.ts';
import { type FaultDefinition, linkRule } from './fault.ts';

export const partition: FaultDefinition<'partition'> = {
  describe: ({ from, to, oneWay }) => (oneWay ? `partition ${from} ↛ ${to} (one way)` : `partition ${from} ↮ ${to}`),
  validate() {},
  start: (spec, { network }) =>
    network.addRule(linkRule(spec, spec.oneWay ? 'forth' : 'both', () => DROP, partition.describe(spec))),
};
