/** Kill: SIGKILL, as by the OOM killer. Its sockets are reset; its restart policy decides what comes next. */
import type { FaultDefinition } from './fault.ts';

export const kill: FaultDefinition<'kill'> = {
  describe: ({ service }) => `kill ${service}`,
  validate() {},
  start({ service }, target) {
    for (const endpoint of target.endpointsOf(service)) target.process(endpoint).kill('SIGKILL');
    return null;
  },
};
