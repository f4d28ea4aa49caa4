/** Memory limit: the OOM killer ends a process (exit code 137) that uses more; condition/memory.ts says what counts. */
import { type FaultDefinition, formatBytes, mustBe } from './fault.ts';
import { Holds } from './holds.ts';

const limits = new Holds<number>(({ condition }, bytes) => condition.memory.limit(bytes));

export const memoryLimit: FaultDefinition<'memory-limit'> = {
  describe: ({ service, bytes }) => `memory of ${service} limited to ${formatBytes(bytes)}`,
  validate: ({ bytes }) => mustBe(bytes > 0 && bytes < Number.POSITIVE_INFINITY, 'bytes', bytes, 'more than 0'),
  start: ({ service, bytes }, target) => limits.begin(service, bytes, target),
};
