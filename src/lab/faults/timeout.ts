/**
 * Timeout, as Toxiproxy's toxic of that name: what `from` sends to `to` is acknowledged and vanishes; the connection
 * stays open and nobody is told. New connections open, too. When it heals, connections with such a hole in their
 * stream are reset: nothing that is sent on them later could make sense to the receiver.
 */
import { PASS, SWALLOW } from '../net/network.ts';
import { type FaultDefinition, linkRule } from './fault.ts';

export const timeout: FaultDefinition<'timeout'> = {
  describe: ({ from, to }) => `data vanishes on ${from} → ${to}`,
  validate() {},
  start(spec, { network }) {
    const holed = new Set<number>();
    const end = network.addRule(
      linkRule(
        spec,
        'forth',
        ({ kind, connection }) => {
          if (kind !== 'data') return PASS;
          holed.add(connection);
          return SWALLOW;
        },
        timeout.describe(spec),
      ),
    );
    return () => {
      end();
      network.resetConnections((_client, _server, connection) => holed.has(connection));
    };
  },
};
