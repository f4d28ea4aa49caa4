/** Restart: SIGTERM, the grace period, SIGKILL, and a fresh process on the same files; `docker compose restart`. */
import type { FaultDefinition } from './fault.ts';

export const restart: FaultDefinition<'restart'> = {
  describe: ({ service }) => `restart ${service}`,
  validate() {},
  start({ service }, target) {
    for (const endpoint of target.endpointsOf(service)) target.process(endpoint).restart();
    return null;
  },
};
