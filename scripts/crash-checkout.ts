/**
 * A crash at every I/O step of a checkout: `node scripts/ensure.mjs scripts/crash-checkout.ts`. For each way of an order
 * (confirmed; refused at the last step), each process of the sandbox and each change of a file or write to a socket that
 * it does meanwhile: the process ends just before that step and is started again, and what the stores hold is checked
 * (tests/sandbox-checkout-crash). All of them, none drawn by lot; two processes at a time; the exit code says whether all
 * promises were kept.
 *
 *     --processes 1            how many at a time, 2 at most
 *     --scenario refused       only this way
 *     --of order-db            only crashes of this process
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { allCases, type CrashCase, crash, measure } from '../tests/sandbox-checkout-crash/matrix.ts';
import { checkoutSandbox, SCENARIOS } from '../tests/sandbox-checkout-crash/run.ts';

const { values: options } = parseArgs({
  options: {
    processes: { type: 'string', default: '2' },
    scenario: { type: 'string' },
    of: { type: 'string' },
    /** Inside: `0/2` is the first of two parts, told as lines of JSON. */
    part: { type: 'string' },
  },
});

interface Told extends CrashCase {
  readonly step: string;
  readonly problems: readonly string[];
  /** Of all parts together. */
  readonly total: number;
}

if (options.part === undefined) await runAll();
else await runPart(options.part);

async function runPart(part: string): Promise<void> {
  const [index, parts] = part.split('/').map(Number) as [number, number];
  const sandbox = await checkoutSandbox();
  const baselines = SCENARIOS.filter(({ name }) => name === (options.scenario ?? name)).map((each) =>
    measure(sandbox, each),
  );
  const all = baselines.flatMap((baseline) => allCases(baseline).map((one) => ({ baseline, one })));
  const chosen = all.filter(({ one }) => one.process === (options.of ?? one.process));
  for (const [i, { baseline, one }] of chosen.entries()) {
    if (i % parts !== index) continue;
    const problems = crash(sandbox, baseline, one);
    const told: Told = { ...one, step: baseline.steps[one.process]![one.nth - 1]!, problems, total: chosen.length };
    console.log(JSON.stringify(told));
  }
}

async function runAll(): Promise<void> {
  const parts = Math.min(2, Math.max(1, Number(options.processes) || 1));
  const startMs = performance.now();
  const results: Told[] = [];
  const codes = await Promise.all(
    Array.from({ length: parts }, (_, i) => {
      const passed = [
        ...(options.scenario ? ['--scenario', options.scenario] : []),
        ...(options.of ? ['--of', options.of] : []),
      ];
      const child = spawn(process.execPath, [import.meta.filename, '--part', `${i}/${parts}`, ...passed], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      createInterface(child.stdout).on('line', (line) => {
        const told = JSON.parse(line) as Told;
        results.push(told);
        if (told.problems.length > 0) {
          console.log(`${told.scenario}: ${told.process} crashed at I/O ${told.nth} (${told.step})`);
          for (const problem of told.problems) console.log(`    ${problem}`);
        }
        if (results.length % 25 === 0 || results.length === told.total)
          console.log(`${results.length} of ${told.total}`);
      });
      return new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
    }),
  );
  summary(results);
  const bad = results.filter(({ problems }) => problems.length > 0).length;
  const isWhole = results.length > 0 && results.length === results[0]!.total && codes.every((code) => code === 0);
  console.log(
    `${results.length} crashes in ${((performance.now() - startMs) / 1000).toFixed(0)} s: ${bad === 0 ? 'every promise kept' : `${bad} with problems`}${isWhole ? '' : '; not all of them were run'}`,
  );
  process.exitCode = bad === 0 && isWhole ? 0 : 1;
}

/** A row a process: its steps by kind, and how many ended badly. */
function summary(results: readonly Told[]): void {
  const groups = Map.groupBy(results, ({ scenario, process: name }) => `${scenario}  ${name}`);
  const width = Math.max(...[...groups.keys()].map(({ length }) => length));
  for (const [name, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sends = group.filter(({ step }) => step === 'send').length;
    const bad = group.filter(({ problems }) => problems.length > 0).length;
    console.log(
      `${name.padEnd(width)}  ${String(group.length).padStart(3)} steps: ${String(sends).padStart(3)} sends, ${String(group.length - sends).padStart(2)} of files; ${bad === 0 ? 'all good' : `${bad} BAD`}`,
    );
  }
}
