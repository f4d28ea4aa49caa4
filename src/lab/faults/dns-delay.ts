/** Slow DNS: each question of `from` for the name of `to` takes that much longer. Node asks once for each connection. */
import { type FaultDefinition, formatMs, mustBeMs, nameRule } from './fault.ts';

export const dnsDelay: FaultDefinition<'dns-delay'> = {
  describe: ({ from, to, delayMs }) => `${from} resolves ${to} ${formatMs(delayMs)} late`,
  validate: ({ delayMs }) => mustBeMs('delayMs', delayMs),
  start: (spec, { network }) =>
    network.addNameRule({ ...nameRule(spec, network), delayUs: Math.round(spec.delayMs * 1000) }),
};
