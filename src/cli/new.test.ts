/**
 * What `new` writes is right as it stands: the catalog takes it, the exercise's designs fare as they should, and they fare
 * the same in the lab and on real processes. The drills of the course take minutes of real time: `npm run truth`.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bundlePrograms } from '../catalog/bundle.ts';
import { readCatalog } from '../catalog/catalog.ts';
import { compareVerdicts } from '../catalog/truth.ts';
import type { Exercise } from '../catalog/types.ts';
import { runSeedLocally } from '../engines/local/grading.ts';
import { checkHosts, type Programs, runSeed, type SeedRun, verdictOf } from '../lab/index.ts';
import { projectOf } from './grade.ts';
import { create } from './new.ts';
import { casesOf } from './proof.ts';

const SEED = 11;

let root: string;
let exercise: Exercise;
let programs: Programs;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'new-test-'));
  cpSync('package.json', join(root, 'package.json'));
  vi.spyOn(console, 'log').mockImplementation(() => {});
  await create(['sandbox', 'demo', '--root', root]);
  await create(['exercise', 'd99-quick-answers', '--sandbox', 'demo', '--root', root]);
  await create(['lesson', '9-9-quick-answers', '--sandbox', 'demo', '--root', root]);
  const { sandboxes, exercises } = readCatalog(root);
  expect(sandboxes.map(({ id }) => id)).toEqual(['demo']);
  exercise = exercises[0]!;
  programs = await bundlePrograms({}, process.cwd());
}, 60_000);

afterAll(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

test('nothing that is there is overwritten', async () => {
  await expect(create(['sandbox', 'demo', '--root', root])).rejects.toThrow(
    'sandboxes/demo/sandbox.yaml is there already',
  );
  expect(existsSync(join(root, 'lessons/zh-cn/9-9-quick-answers.mdx'))).toBe(true);
});

test('each design fares as it should in the lab, and the same on real processes', { timeout: 60_000 }, async () => {
  const cases = casesOf(exercise);
  expect(cases.map(({ name }) => name)).toEqual([
    'starter',
    'solution',
    'accepted/remembered',
    'rejected/quick-and-wrong',
  ]);
  const jobOf = (files: Readonly<Record<string, string>>) => ({
    exerciseId: exercise.id,
    files: projectOf(exercise, files),
    checks: exercise.checks,
  });
  const inLab = cases.map(({ files }) =>
    verdictOf(exercise.id, [runSeed(jobOf(files), SEED, checkHosts({ programs }))]),
  );
  for (const [i, { name, mustFail }] of cases.entries()) {
    const failed = inLab[i]!.checks.filter(({ passed }) => !passed).map((check) => check.name);
    expect(failed, name).toEqual(mustFail === null ? [] : [mustFail]);
  }
  const onMachine: SeedRun[] = [];
  // More at once would only take each other's time.
  for (let i = 0; i < cases.length; i += 2)
    onMachine.push(
      ...(await Promise.all(cases.slice(i, i + 2).map(({ files }) => runSeedLocally(jobOf(files), SEED)))),
    );
  for (const [i, { name }] of cases.entries()) {
    const { differences, checks } = compareVerdicts(inLab[i]!, verdictOf(exercise.id, [onMachine[i]!]));
    expect(differences, name).toEqual([]);
    expect(checks, name).toHaveLength(2);
  }
});
