/** Restart: SIGTERM, the grace period, SIGKILL, and a fresh process on the same files; `docker compose restart`. */
import type { FaultDefinition } from './fault.ts';

export const restart: FaultDefinition<'restart'> = {
  help: 'Stops it in order (SIGTERM) and starts it afresh.',
  describe: ({ service }) => `restart ${service}`,
  validate() {},
  start({ service }, target) {
    for (const endpoint of target.endpointsOf(service)) target.process(endpoint).restart();
    return null;
  },
};
