/** Paths as the person at the terminal means them: from where they are, not from where the program was started. */
import { resolve } from 'node:path';

export function fromUser(path: string): string {
  const { npm_command: command, INIT_CWD: before } = process.env;
  // npm changes the folder before it runs a script, and says where it was.
  return resolve(command === 'run-script' && before !== undefined ? before : process.cwd(), path);
}
