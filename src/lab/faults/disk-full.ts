/** Disk full: when `freeBytes` (0) more are written, writes fail with ENOSPC. Removing files makes room again. */
import { type FaultDefinition, formatBytes, mustBe } from './fault.ts';
import { Holds } from './holds.ts';

const fills = new Holds<number>(({ condition }, freeBytes) => condition.disk.fill(freeBytes));

export const diskFull: FaultDefinition<'disk-full'> = {
  describe: ({ service, freeBytes = 0 }) =>
    freeBytes === 0 ? `disk of ${service} is full` : `disk of ${service} has ${formatBytes(freeBytes)} left`,
  validate: ({ freeBytes }) => mustBe(freeBytes === undefined || freeBytes >= 0, 'freeBytes', freeBytes, '0 or more'),
  start: ({ service, freeBytes = 0 }, target) => fills.begin(service, freeBytes, target),
};
