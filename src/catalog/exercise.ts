/**
 * exercises/<slug>/: exercise.yaml, brief.mdx, checks.test.ts and the designs. `starter/` lies over the sandbox's files;
 * `solution/`, `rejected/<name>/` and `accepted/<name>/` each lie over the starter and hold only what they change.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { firstParagraph, testNames } from './exercise-text.ts';
import { Fields } from './fields.ts';
import { folderNames, readTextFiles } from './folder.ts';
import { loadOf } from './load.ts';
import { type CatalogProblem, didYouMean, either } from './problem.ts';
import type { Design, Exercise, Localized, Sandbox } from './types.ts';

const fieldNames = [
  'id',
  'title',
  'sandbox',
  'editable',
  'hints',
  'incident',
  'load',
  'seeds',
  'hiddenSeeds',
  'starterFails',
  'rejected',
];

/** Reads one exercise folder; `root` is what paths in problems are relative to. Problems are appended to `problems`. */
export function readExercise(
  folder: string,
  root: string,
  sandboxes: readonly Sandbox[],
  problems: CatalogProblem[],
): Exercise {
  const at = (name: string) => join(relative(root, folder), name).replaceAll('\\', '/');
  const read = (name: string, what: string) => {
    if (existsSync(join(folder, name))) return readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n');
    problems.push({ file: at(name), expected: what, found: 'no such file', next: 'Write it.' });
    return '';
  };
  const yaml = read('exercise.yaml', 'the exercise’s title, sandbox, editable files, hints and seeds');
  const checks = read('checks.test.ts', 'the checks that grade the exercise');
  const brief = read('brief.mdx', 'the incident and the task');
  const problemsOfFiles = problems.length;
  const fields = new Fields(at('exercise.yaml'), yaml === '' ? '{}' : yaml, fieldNames);

  const sandboxId = fields.text('sandbox', 'the name of a folder in sandboxes/');
  const sandbox = sandboxes.find((candidate) => candidate.id === sandboxId);
  if (sandbox === undefined && sandboxId !== '') {
    const ids = sandboxes.map((candidate) => candidate.id);
    fields.report(
      fields.line('sandbox'),
      either(ids),
      `“${sandboxId}”`,
      `Name a folder of sandboxes/.${didYouMean(sandboxId, ids)}`,
    );
  }
  const starter = { ...sandbox?.files, ...readTextFiles(join(folder, 'starter')) };
  const editable = fields
    .texts('editable', 'paths that the learner may edit, as gateway/src/main.ts')
    .map(({ value, line }) => {
      if (starter[value] === undefined && sandbox !== undefined) {
        fields.report(
          line,
          'a file of the starter',
          `“${value}”`,
          `Name a path inside the sandbox.${didYouMean(value, Object.keys(starter))}`,
        );
      }
      return value;
    });

  const names = testNames(checks);
  const knownCheck = (value: string, line: number) => {
    if (value === '' || names.includes(value) || checks === '') return;
    fields.report(
      line,
      `a check of checks.test.ts: ${either(names.map((name) => `“${name}”`))}`,
      `“${value}”`,
      `Copy the check's name exactly.${didYouMean(value, names)}`,
    );
  };
  const starterFails = fields.text('starterFails', 'the exact name of the check that the starter fails');
  knownCheck(starterFails, fields.line('starterFails'));
  const failsCheck = fields.named('rejected', 'failsCheck');
  for (const { value, line } of failsCheck.values()) knownCheck(value, line);

  const design = (path: string, name: string): Design => {
    const files = readTextFiles(join(folder, path));
    checkDesign(files, path, { starter, editable, at, problems });
    return { name, files };
  };
  const rejected = folderNames(join(folder, 'rejected')).map((name): Design => {
    const check = failsCheck.get(name);
    if (check === undefined) {
      fields.report(
        fields.line('rejected'),
        `rejected: { ${name}: { failsCheck: … } }`,
        'nothing',
        'Say which check the design must fail.',
      );
    }
    return { ...design(`rejected/${name}`, name), failsCheck: check?.value ?? '' };
  });
  for (const [name, { line }] of failsCheck) {
    if (rejected.some((candidate) => candidate.name === name)) continue;
    fields.report(line, `a folder rejected/${name}/`, 'none', 'Add the design or remove the line.');
  }

  const exercise: Exercise = {
    id: fields.text('id', 'the drill’s number, as D14'),
    slug: basename(folder),
    title: fields.localized('title', 'the drill’s name'),
    sandbox: sandboxId,
    editable,
    hints: fields.has('hints') ? fields.localizedList('hints', 'each more concrete than the one before') : [],
    incident: fields.has('incident')
      ? fields.localized('incident', 'what happened, in a few sentences')
      : incidentOf(folder, brief),
    starter,
    starterFails,
    solution: design('solution', 'solution').files,
    rejected,
    accepted: folderNames(join(folder, 'accepted')).map((name) => design(`accepted/${name}`, name)),
    ...(fields.has('load') ? { load: loadOf(fields) } : {}),
    checks,
    seeds: fields.numbers('seeds', 'the runs that grade, as [1, 2, 3]', true),
    hiddenSeeds: fields.numbers('hiddenSeeds', 'seeds that only `npm run prove` uses', false),
  };
  problems.push(...fields.problems);
  // Without exercise.yaml everything else looks wrong too.
  if (yaml === '') problems.length = problemsOfFiles;
  return exercise;
}

interface DesignContext {
  readonly starter: Readonly<Record<string, string>>;
  readonly editable: readonly string[];
  readonly at: (name: string) => string;
  readonly problems: CatalogProblem[];
}

/** A design must be one that a learner could hand in: only editable files, only what changes. */
function checkDesign(files: Readonly<Record<string, string>>, path: string, context: DesignContext): void {
  const { starter, editable, at, problems } = context;
  if (Object.keys(files).length === 0) {
    problems.push({
      file: at(path),
      expected: 'the files that the design changes',
      found: 'none',
      next: 'Put them there, by their path in the sandbox.',
    });
  }
  for (const [name, text] of Object.entries(files)) {
    const file = at(`${path}/${name}`);
    if (!editable.includes(name)) {
      problems.push({
        file,
        expected: `one of the editable files: ${either(editable)}`,
        found: name,
        next: 'A learner could not hand this in: make the file editable or leave it alone.',
      });
    } else if (starter[name] === text) {
      problems.push({
        file,
        expected: 'a change',
        found: 'the same text as in the starter',
        next: 'Remove the file: a design holds only what it changes.',
      });
    }
  }
}

function incidentOf(folder: string, brief: string): Localized {
  const translated = join(folder, 'brief.zh-cn.mdx');
  const zhCn = existsSync(translated) ? { 'zh-cn': firstParagraph(readFileSync(translated, 'utf8')) } : {};
  return { en: firstParagraph(brief), ...zhCn };
}
