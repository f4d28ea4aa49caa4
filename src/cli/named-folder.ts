/** What a person means by the name of a project: one of the sandboxes here, or a folder of theirs. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, EXIT } from './failure.ts';
import { projectFolder } from './project-folder.ts';
import { fromUser } from './user-path.ts';

export function folderOf(name: string): string {
  const sandbox = join(projectFolder, 'sandboxes', name);
  if (/^[\w-]+$/.test(name) && existsSync(sandbox)) return sandbox;
  const folder = fromUser(name);
  if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
  throw new CliError(EXIT.project, `There is no sandbox "${name}" and no folder ${folder}.`);
}
