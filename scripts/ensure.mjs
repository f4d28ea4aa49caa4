/**
 * Runs a command of the project on the project's own Node, after installing what is missing.
 *
 *   node scripts/ensure.mjs scripts/start.ts --port 4321     a TypeScript or JavaScript file
 *   node scripts/ensure.mjs astro dev                        a program of node_modules/.bin
 *
 * This file alone must run on any Node ≥ 20 with an empty folder around it; everything it starts runs on the Node
 * that package.json pins, because Astro and vitest need a newer one than many machines have.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const isWindows = process.platform === 'win32';
const bin = join(root, 'node_modules', '.bin');
const projectNode = join(root, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node');
const stamp = join(root, 'node_modules', '.installed-lock');

const [command, ...args] = process.argv.slice(2);
if (command === undefined) stop('Name what to run: node scripts/ensure.mjs <file.ts | program> [arguments].');
if (Number(process.versions.node.split('.')[0]) < 20) {
  stop(`Node ${process.versions.node} is too old to start the project: install Node 20 or newer and run it again.`);
}
install();
run();

function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(projectNode) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('Installing packages …');
  // `npm install`, not `npm ci`: the lock may lack the optional binaries of other platforms, which `ci` refuses even
  // where they are not needed. With the lock present both install the same versions; --no-save leaves it untouched.
  const npm = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: isWindows,
  });
  if (npm.error !== undefined) stop(`npm could not be started (${npm.error.message}): install npm and run it again.`);
  if (npm.status !== 0) stop('npm install failed; its output above says why. Is the npm registry reachable?');
  if (!existsSync(projectNode)) {
    stop(
      'npm did not install the project’s Node: its install script was blocked. Allow it: npm install-scripts approve node',
    );
  }
  writeFileSync(stamp, lock);
}

function run() {
  const isFile = /\.(ts|mjs|js)$/.test(command);
  // Windows keeps the variable as `Path`; a second spelling beside it would be ignored.
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const child = spawn(isFile ? projectNode : join(bin, command), isFile ? [command, ...args] : args, {
    cwd: root,
    stdio: 'inherit',
    shell: isWindows && !isFile,
    env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1', [pathName]: bin + delimiter + process.env[pathName] },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stop(`${command} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}
