/**
 * Crash at the n-th I/O: the process dies (SIGKILL) just before its n-th effect on the world from now on: a file
 * changed or bytes written to a socket. With n = 1, 2, 3 … a check walks through every moment at which a crash leaves
 * half of the work done. Replicas of a service are counted together.
 */
import { type FaultDefinition, mustBe } from './fault.ts';

export const crashAtIo: FaultDefinition<'crash-at-io'> = {
  describe: ({ service, nth }) => `${service} crashes at I/O ${nth}`,
  validate: ({ nth }) => mustBe(Number.isInteger(nth) && nth >= 1, 'nth', nth, '1 or more'),
  start({ service, nth }, target, _random, finish) {
    let count = 0;
    const ends = target.endpointsOf(service).map((endpoint) => {
      const { condition, crash } = target.process(endpoint);
      return condition.crashPoint.watch((what) => {
        if (++count !== nth) return;
        finish();
        crash(`crashed at I/O ${nth} (${what})`);
      });
    });
    return () => {
      for (const end of ends) end();
    };
  },
};
