/**
 * Latency with jitter, as Toxiproxy's toxic of that name: data takes longer on its way from `from` to `to`. Replies and
 * handshakes are not delayed, so a request takes exactly `latencyMs` longer, on a new connection or an old one. (netem
 * on Linux would also delay the SYN and make the first request on a connection pay twice.)
 */
import { PASS } from '../net/network.ts';
import { type FaultDefinition, formatMs, linkRule, mustBeJitter, mustBeMs } from './fault.ts';

export const latency: FaultDefinition<'latency'> = {
  describe({ from, to, latencyMs, jitterMs }) {
    return `latency ${formatMs(latencyMs)}${jitterMs ? ` ± ${formatMs(jitterMs)}` : ''} on ${from} → ${to}`;
  },
  validate({ latencyMs, jitterMs }) {
    mustBeMs('latencyMs', latencyMs);
    mustBeJitter(jitterMs, 'latencyMs', latencyMs);
  },
  start(spec, { network }, random) {
    const { latencyMs, jitterMs = 0 } = spec;
    return network.addRule(
      linkRule(spec, 'forth', ({ kind }) => {
        if (kind !== 'data') return PASS;
        const ms = jitterMs === 0 ? latencyMs : random.between(latencyMs - jitterMs, latencyMs + jitterMs);
        return Math.round(ms * 1000);
      }),
    );
  },
};
