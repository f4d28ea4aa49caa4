/** Pause: SIGSTOP. The kernel still accepts and acknowledges; the program answers nothing until it goes on. */
import type { FaultDefinition } from './fault.ts';

export const pause: FaultDefinition<'pause'> = {
  help: 'The process stands still (SIGSTOP): connections stay open, nothing answers.',
  describe: ({ service }) => `pause ${service}`,
  validate() {},
  start({ service }, target) {
    const endpoints = target.endpointsOf(service);
    for (const endpoint of endpoints) target.process(endpoint).pause();
    return () => {
      for (const endpoint of endpoints) target.process(endpoint).resume();
    };
  },
};
