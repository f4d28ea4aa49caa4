/**
 * `loadbearing export k8s <sandbox|folder>`: the compose file as Kubernetes manifests. Writes into a folder of its own and
 * over nothing that it has not written itself.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readTextFiles } from '../catalog/folder.ts';
import { toKubernetes } from '../export/index.ts';
import { readArgs } from './args.ts';
import { CliError, EXIT } from './failure.ts';
import { folderOf } from './named-folder.ts';
import { EXPORT_USAGE } from './usage.ts';
import { fromUser } from './user-path.ts';

export async function exportProject(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArgs(args, { out: { type: 'string' }, force: { type: 'boolean' } }, EXPORT_USAGE);
  const [form, name, ...rest] = positionals;
  if (form !== 'k8s' || name === undefined || rest.length > 0)
    throw new CliError(EXIT.usage, 'Name the form, k8s, and one sandbox or folder.', `usage: ${EXPORT_USAGE}`);
  const source = folderOf(name);
  const result = toKubernetes(readTextFiles(source));
  if (!result.ok)
    throw new CliError(
      EXIT.project,
      result.problems
        .map(({ file, line, column, message, hint }) => `${file}:${line}:${column} ${message}\n  ${hint}`)
        .join('\n'),
    );
  const folder = fromUser(values.out ?? `${basename(source)}-k8s`);
  const inTheWay = existsSync(folder) ? readdirSync(folder).filter((each) => result.files[each] === undefined) : [];
  if (inTheWay.length > 0 && values.force !== true)
    throw new CliError(
      EXIT.project,
      `${folder} holds other files: ${inTheWay.slice(0, 5).join(', ')}.`,
      'Name another folder with --out, or write beside them with --force.',
    );
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(result.files)) writeFileSync(join(folder, file), text);
  const kinds = new Map<string, number>();
  for (const { kind } of result.objects) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  console.log(`${folder}: ${[...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  console.log('Next: README.md there; kubectl apply -k', folder);
  return EXIT.ok;
}
