/**
 * Packet loss: every packet between the two, either way, handshakes and acknowledgements included, is lost with the
 * same probability and independently. TCP sends again after its timeout, at first 200 ms: loss looks like latency.
 */
import { DROP, PASS } from '../net/network.ts';
import { type FaultDefinition, formatShare, linkRule, mustBe } from './fault.ts';

export const loss: FaultDefinition<'loss'> = {
  describe: ({ from, to, probability }) => `${formatShare(probability)} packet loss on ${from} ↔ ${to}`,
  validate({ probability }) {
    mustBe(probability >= 0 && probability <= 1, 'probability', probability, 'a share from 0 to 1');
  },
  start: (spec, { network }, random) =>
    network.addRule(
      linkRule(spec, 'both', () => (random.float() < spec.probability ? DROP : PASS), loss.describe(spec)),
    ),
};
