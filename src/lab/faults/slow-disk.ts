/** Slow disk: each file operation takes that much longer, four at a time; a …Sync operation stops the whole process. */
import type { Slowness } from '../condition/disk.ts';
import { type FaultDefinition, formatMs, mustBeJitter, mustBeMs } from './fault.ts';
import { Holds } from './holds.ts';

const slownesses = new Holds<Slowness>(({ condition }, slowness) => condition.disk.slow(slowness));

export const slowDisk: FaultDefinition<'slow-disk'> = {
  describe({ service, delayMs, jitterMs }) {
    return `disk of ${service} ${formatMs(delayMs)}${jitterMs ? ` ± ${formatMs(jitterMs)}` : ''} slower`;
  },
  validate({ delayMs, jitterMs }) {
    mustBeMs('delayMs', delayMs);
    mustBeJitter(jitterMs, 'delayMs', delayMs);
  },
  start: ({ service, delayMs, jitterMs = 0 }, target) => slownesses.begin(service, { delayMs, jitterMs }, target),
};
