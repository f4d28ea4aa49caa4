/** Slow close, as Toxiproxy's slow_close: the end of a connection (FIN), sent by either side, arrives that much later. */
import { PASS } from '../net/network.ts';
import { type FaultDefinition, formatMs, linkRule, mustBeMs } from './fault.ts';

export const slowClose: FaultDefinition<'slow-close'> = {
  describe: ({ from, to, delayMs }) => `connections close ${formatMs(delayMs)} late on ${from} ↔ ${to}`,
  validate: ({ delayMs }) => mustBeMs('delayMs', delayMs),
  start: (spec, { network }) =>
    network.addRule(linkRule(spec, 'both', ({ kind }) => (kind === 'fin' ? Math.round(spec.delayMs * 1000) : PASS))),
};
