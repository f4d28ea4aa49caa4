#!/usr/bin/env node
/** `npx loadbearing …`: runs src/cli/loadbearing.ts on the project's own Node, whatever Node started this. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
if (!existsSync(node)) {
  console.error(`The project's packages are not installed: run npm install in ${root}.`);
  process.exit(3);
}
// The fourth descriptor closes when this process is gone, however it ended; the program on the other end then ends too.
const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', join(root, 'src/cli/loadbearing.ts'), ...process.argv.slice(2)],
  {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, LOADBEARING_PARENT: '3' },
  },
);
// A terminal sends Ctrl-C to both; only what was sent to this process alone is passed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
