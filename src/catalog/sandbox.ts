/** sandboxes/<id>/: sandbox.yaml says its titles; everything else in the folder is what runs. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { Fields } from './fields.ts';
import { readTextFiles } from './folder.ts';
import { loadOf } from './load.ts';
import { dependenciesIn } from './packages.ts';
import type { CatalogProblem } from './problem.ts';
import type { Sandbox } from './types.ts';

/** Reads one sandbox folder; `root` is what paths in problems are relative to. Problems are appended to `problems`. */
export function readSandbox(folder: string, root: string, problems: CatalogProblem[]): Sandbox {
  const at = (name: string) => join(relative(root, folder), name).replaceAll('\\', '/');
  const id = basename(folder);
  const path = join(folder, 'sandbox.yaml');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '{}';
  if (!existsSync(path)) {
    problems.push({
      file: at('sandbox.yaml'),
      expected: 'the sandbox’s titles',
      found: 'no such file',
      next: 'Write it: id, title, summary.',
    });
  }
  const fields = new Fields(at('sandbox.yaml'), text, ['id', 'title', 'summary', 'load']);
  if (existsSync(path)) {
    const writtenId = fields.text('id', 'the folder’s name');
    if (writtenId !== '' && writtenId !== id) {
      fields.report(
        fields.line('id'),
        `${id}, the folder’s name`,
        `“${writtenId}”`,
        'Rename the folder or the id: one name for one thing.',
      );
    }
  }
  const title = existsSync(path) ? fields.localized('title', 'the sandbox’s name') : { en: id };
  const summary = existsSync(path) ? fields.localized('summary', 'what it is, in a sentence or two') : { en: '' };
  const load = fields.has('load') ? loadOf(fields) : null;
  problems.push(...fields.problems);

  const { 'sandbox.yaml': _, ...files } = readTextFiles(folder);
  if (files['compose.yaml'] === undefined) {
    problems.push({
      file: at('compose.yaml'),
      expected: 'the services of the sandbox',
      found: 'no such file',
      next: 'A sandbox is a Docker Compose project: write its compose.yaml.',
    });
  }
  return {
    id,
    title,
    summary,
    ...(load === null ? {} : { load }),
    files,
    dependencies: dependenciesIn([files], (file) => at(file), problems),
  };
}
