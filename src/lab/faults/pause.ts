/** Pause: SIGSTOP. The kernel still accepts and acknowledges; the program answers nothing until it goes on. */
import type { FaultDefinition } from './fault.ts';
import { Holds } from './holds.ts';

const pauses = new Holds<true>((process, isHeld) => (isHeld ? process.pause() : process.resume()));

export const pause: FaultDefinition<'pause'> = {
  describe: ({ service }) => `pause ${service}`,
  validate() {},
  start: ({ service }, target) => pauses.begin(service, true, target),
};
