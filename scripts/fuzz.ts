/**
 * Random fault schedules without end: `node scripts/fuzz.ts [count] [shop|chain] [first seed]`, default 1,000 on the
 * shop from seed 1. Says after each hundred how far it is; on a violation its seed and the smallest schedule that still
 * leads to it, and exits with 1.
 */
import { useNodeScripts } from '../src/cli/node-scripts.ts';
import { fuzzOnce, shrink } from '../src/lab/test-fuzz.ts';
import { chain, shop } from '../src/lab/test-fuzz-projects.ts';
import { testPrograms } from '../src/lab/test-lab.ts';

useNodeScripts();
const [count = '1000', name = 'shop', first = '1'] = process.argv.slice(2);
const project = name === 'chain' ? chain() : shop();
const programs = await testPrograms();
const startMs = performance.now();
const drops = new Map<string, number>();
let failed = 0;
for (let i = 1; i <= Number(count); i++) {
  const seed = Number(first) + i - 1;
  const run = fuzzOnce(project, programs, seed);
  for (const { kind } of run.schedule) drops.set(kind, (drops.get(kind) ?? 0) + 1);
  if (run.violations.length > 0) {
    failed++;
    const { schedule, violations } = shrink(project, programs, seed, run);
    console.log(`seed ${seed}: ${violations.join('; ')}\n  ${JSON.stringify(schedule)}`);
  }
  if (i % 100 === 0 || i === Number(count))
    console.log(`${i} schedules on ${name}, ${failed} failed, ${Math.round((performance.now() - startMs) / 1000)} s`);
}
const kinds = [...drops].sort(([a], [b]) => a.localeCompare(b)).map(([kind, times]) => `${kind} ${times}`);
console.log(`faults: ${kinds.join(', ')}`);
process.exitCode = failed > 0 ? 1 : 0;
