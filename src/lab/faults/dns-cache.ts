/**
 * DNS cache: answers are kept for their TTL, as by a caching resolver on the node. `from` hears what was true when the
 * answer was made: of replicas that are gone since, and not of new ones. A name that was unknown stays so as long.
 */
import { type FaultDefinition, formatMs, mustBeMs, nameRule } from './fault.ts';

export const dnsCache: FaultDefinition<'dns-cache'> = {
  describe: ({ from, to, ttlMs }) => `${from} keeps the addresses of ${to} for ${formatMs(ttlMs)}`,
  validate: ({ ttlMs }) => mustBeMs('ttlMs', ttlMs),
  start: (spec, { network }) =>
    network.addNameRule({ ...nameRule(spec, network), ttlUs: Math.round(spec.ttlMs * 1000) }),
};
