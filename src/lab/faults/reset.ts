/**
 * Reset: established connections between the two are cut by an RST, as by a restarted load balancer or a full
 * connection table; while it lasts, each request sent meets the same fate with `probability` (1 when absent).
 */
import { PASS, RESET } from '../net/network.ts';
import { type FaultDefinition, formatShare, isMeant, linkRule, mustBe } from './fault.ts';

export const reset: FaultDefinition<'reset'> = {
  describe({ from, to, probability = 1 }) {
    return `reset ${from} ↔ ${to}${probability < 1 ? ` (${formatShare(probability)})` : ''}`;
  },
  validate({ probability }) {
    const isRight = probability === undefined || (probability >= 0 && probability <= 1);
    mustBe(isRight, 'probability', probability, 'a share from 0 to 1');
  },
  start(spec, { network }, random) {
    const { from, to, probability = 1 } = spec;
    const end = network.addRule(
      linkRule(
        spec,
        'forth',
        ({ kind }) => (kind === 'data' && random.float() < probability ? RESET : PASS),
        reset.describe(spec),
      ),
    );
    network.resetConnections(
      (client, server) =>
        (isMeant(from, client) && isMeant(to, server)) || (isMeant(to, client) && isMeant(from, server)),
    );
    return end;
  },
};
