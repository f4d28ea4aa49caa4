/**
 * node:v8 as monitoring uses it: heap figures out of the process's memory account, shared between V8's spaces in the
 * proportions of a small service. Part of the full built-ins.
 */
import { missing } from './errors.ts';

/** Share of the heap in each of V8's spaces. */
const SPACES: Readonly<Record<string, number>> = {
  read_only_space: 0,
  new_space: 0.1,
  old_space: 0.7,
  code_space: 0.05,
  shared_space: 0,
  trusted_space: 0.1,
  shared_trusted_space: 0,
  new_large_object_space: 0,
  large_object_space: 0.05,
  code_large_object_space: 0,
  shared_large_object_space: 0,
  shared_trusted_large_object_space: 0,
  trusted_large_object_space: 0,
};

const HEAP_LIMIT = 4_345_298_944;

function getHeapStatistics() {
  const { heapTotal, heapUsed, external } = process.memoryUsage();
  return {
    total_heap_size: heapTotal,
    total_heap_size_executable: 262_144,
    total_physical_size: heapTotal,
    total_available_size: HEAP_LIMIT - heapUsed,
    used_heap_size: heapUsed,
    heap_size_limit: HEAP_LIMIT,
    malloced_memory: 262_320,
    peak_malloced_memory: 1_060_864,
    does_zap_garbage: 0,
    number_of_native_contexts: 1,
    number_of_detached_contexts: 0,
    total_global_handles_size: 8192,
    used_global_handles_size: 2112,
    external_memory: external,
  };
}

function getHeapSpaceStatistics() {
  const { heapTotal, heapUsed } = process.memoryUsage();
  return Object.entries(SPACES).map(([space_name, share]) => ({
    space_name,
    space_size: Math.round(heapTotal * share),
    space_used_size: Math.round(heapUsed * share),
    space_available_size: Math.round((heapTotal - heapUsed) * share),
    physical_space_size: Math.round(heapTotal * share),
  }));
}

const absent = (name: string, instead: string) => () => missing(`v8.${name}`, instead);

export default {
  getHeapStatistics,
  getHeapSpaceStatistics,
  getHeapCodeStatistics: () => ({
    code_and_metadata_size: 0,
    bytecode_and_metadata_size: 0,
    external_script_source_size: 0,
    cpu_profiler_metadata_size: 0,
  }),
  setFlagsFromString() {},
  cachedDataVersionTag: () => 0,
  serialize: absent('serialize', 'Use JSON, or structuredClone for a copy.'),
  deserialize: absent('deserialize', 'Use JSON, or structuredClone for a copy.'),
  getHeapSnapshot: absent('getHeapSnapshot', 'Use process.memoryUsage().'),
  writeHeapSnapshot: absent('writeHeapSnapshot', 'Use process.memoryUsage().'),
};
