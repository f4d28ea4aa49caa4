/**
 * `loadbearing new sandbox|exercise|lesson <name>`: a small one that runs, passes the catalog's checks and, for an
 * exercise, is proven; to be changed file by file. Nothing that exists is overwritten.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTextFiles } from '../catalog/folder.ts';
import { readArgs } from './args.ts';
import { CliError, EXIT } from './failure.ts';
import { projectFolder } from './project-folder.ts';
import { exerciseFiles } from './scaffold/exercise.ts';
import { lessonFiles } from './scaffold/lesson.ts';
import { sandboxFiles } from './scaffold/sandbox.ts';
import { NEW_USAGE } from './usage.ts';

export async function create(args: readonly string[]): Promise<number> {
  const options = {
    sandbox: { type: 'string', default: 'shop' },
    root: { type: 'string', default: projectFolder },
  } as const;
  const { values, positionals } = readArgs(args, options, NEW_USAGE);
  const [kind, name, ...rest] = positionals;
  if (kind === undefined || name === undefined || rest.length > 0)
    throw new CliError(EXIT.usage, 'Say what to make and how it is named.', `usage: ${NEW_USAGE}`);
  const { files, next } = made(kind, name, values.sandbox, values.root);
  const taken = Object.keys(files).find((path) => existsSync(join(values.root, path)));
  if (taken !== undefined) throw new CliError(EXIT.project, `${taken} is there already; nothing was written.`);
  for (const [path, text] of Object.entries(files)) {
    const file = join(values.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(path);
  }
  console.log(`\n${next}`);
  return EXIT.ok;
}

function made(
  kind: string,
  name: string,
  sandbox: string,
  root: string,
): { readonly files: Readonly<Record<string, string>>; readonly next: string } {
  if (kind === 'sandbox') {
    mustLook(/^[a-z][a-z0-9-]*$/, name, 'small letters, digits and -, as "bank"');
    return { files: under(`sandboxes/${name}`, sandboxFiles(name)), next: `Run it: npx loadbearing up ${name}` };
  }
  if (kind === 'exercise') {
    mustLook(/^d\d+-[a-z0-9-]+$/, name, 'the drill’s number and a name, as "d15-bulkheads"');
    const folder = join(root, 'sandboxes', sandbox);
    if (!existsSync(folder)) throw new CliError(EXIT.project, `There is no sandbox "${sandbox}".`);
    const files = exerciseFiles(name, sandbox, readTextFiles(folder)['compose.yaml'] ?? '');
    return { files: under(`exercises/${name}`, files), next: `Prove it: npx loadbearing prove ${name} --quick` };
  }
  if (kind === 'lesson') {
    mustLook(/^\d+-\d+-[a-z0-9-]+$/, name, 'module, place and a name, as "5-4-bulkheads"');
    return {
      files: under('lessons', lessonFiles(name, sandbox)),
      next: `Name its slug, '${name}', at its place in src/site/curriculum.ts, then look at it: npm run dev`,
    };
  }
  throw new CliError(EXIT.usage, `There is no "${kind}" to make.`, `usage: ${NEW_USAGE}`);
}

function mustLook(pattern: RegExp, name: string, how: string): void {
  if (!pattern.test(name)) throw new CliError(EXIT.usage, `"${name}" is no such name: ${how}.`);
}

function under(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}
