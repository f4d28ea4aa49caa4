/** Refuse: new connections to the service get an RST, as when nothing listens on its port. Open ones live on. */
import { PASS, RESET } from '../net/network.ts';
import { type FaultDefinition, isMeant } from './fault.ts';

export const refuse: FaultDefinition<'refuse'> = {
  describe: ({ service }) => `${service} refuses connections`,
  validate() {},
  start: ({ service }, { network }) =>
    network.addRule({
      concerns: (_from, to) => isMeant(service, to),
      decide: ({ kind }) => (kind === 'syn' ? RESET : PASS),
    }),
};
