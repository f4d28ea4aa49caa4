/**
 * The command line: `npx loadbearing <command>`.
 *
 * - up.ts      a project as real processes            check.ts   a design graded, in the lab or on real processes
 * - prove.ts   graders proven                         truth.ts   lab and real processes side by side
 * - calibrate.ts   how long a page takes in both    export.ts   Kubernetes manifests
 * - new.ts     a sandbox, an exercise, a lesson to begin with
 * - args.ts, failure.ts, machine-text.ts, progress.ts, screen.ts, table.ts, junit.ts   what commands share
 *
 * Exit codes are in failure.ts.
 */
import { spawn } from 'node:child_process';
import net from 'node:net';
import { CatalogError } from '../catalog/problem.ts';
import { CliError, EXIT } from './failure.ts';
import { projectFolder } from './project-folder.ts';
import { CALIBRATE_USAGE, CHECK_USAGE, EXPORT_USAGE, NEW_USAGE, TRUTH_USAGE, UP_USAGE } from './usage.ts';

type Command = (args: readonly string[], signal: AbortSignal) => Promise<number>;

const COMMANDS: Readonly<Record<string, { readonly usage: string; readonly what: string; load(): Promise<Command> }>> =
  {
    up: {
      usage: UP_USAGE,
      what: 'runs a project as real Node processes on this machine',
      load: async () => (await import('./up.ts')).up,
    },
    check: {
      usage: CHECK_USAGE,
      what: 'grades a design of an exercise',
      load: async () => (await import('./check.ts')).check,
    },
    prove: {
      usage: 'loadbearing prove [exercise …] [--quick]',
      what: 'proves that graders tell right from wrong',
      load: async () => (args, signal) => program('src/cli/prove.ts', args, signal),
    },
    truth: {
      usage: TRUTH_USAGE,
      what: 'grades every design in the lab and on real processes and compares',
      load: async () => (await import('./truth.ts')).truth,
    },
    calibrate: {
      usage: CALIBRATE_USAGE,
      what: 'measures one page in the lab and on real processes and compares',
      load: async () => (await import('./calibrate.ts')).calibrate,
    },
    bench: {
      usage: 'loadbearing bench [--json]',
      what: 'measures the lab against its budgets',
      load: async () => (args, signal) => program('scripts/bench.ts', args, signal),
    },
    export: {
      usage: EXPORT_USAGE,
      what: 'writes a project as Kubernetes manifests',
      load: async () => (await import('./export.ts')).exportProject,
    },
    new: {
      usage: NEW_USAGE,
      what: 'makes a sandbox, an exercise or a lesson to begin with',
      load: async () => (await import('./new.ts')).create,
    },
  };

const [name, ...args] = process.argv.slice(2);
const abort = new AbortController();
let askedMs = Number.NEGATIVE_INFINITY;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // npx and the shell may pass on what the terminal has sent already; a second wish comes later than that.
    if (abort.signal.aborted && performance.now() - askedMs > 500) process.exit(EXIT.interrupted);
    askedMs = performance.now();
    abort.abort();
  });
}
if (process.env.LOADBEARING_PARENT !== undefined) {
  const parent = new net.Socket({ fd: Number(process.env.LOADBEARING_PARENT) });
  delete process.env.LOADBEARING_PARENT;
  parent.on('error', () => {});
  // Whoever started this has been killed; what runs here is ended by the reaper.
  parent.on('close', () => process.exit(EXIT.interrupted));
  parent.resume();
  parent.unref();
}

process.exit(await main());

async function main(): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.log(help());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    console.error(`There is no command "${name}".\n\n${help()}`);
    return EXIT.usage;
  }
  if (args.includes('--help') || args.includes('-h')) {
    console.log(`usage: ${command.usage}\n${command.what}`);
    return EXIT.ok;
  }
  try {
    const run = await command.load();
    return await run(args, abort.signal);
  } catch (error) {
    if (error instanceof CliError) {
      console.error(error.message);
      if (error.hint !== undefined) console.error(error.hint);
      return error.code;
    }
    if (error instanceof CatalogError) {
      console.error(error.message);
      return EXIT.project;
    }
    if (abort.signal.aborted) return EXIT.interrupted;
    throw error;
  }
}

function help(): string {
  const lines = Object.values(COMMANDS).map(({ usage, what }) => `  ${usage}\n      ${what}`);
  return `usage:\n${lines.join('\n')}\n\nExit codes: 0 well, 1 a check failed, 2 wrong command line, 3 wrong project, 4 it could not be started, 130 stopped.`;
}

/** Another program of the repository, with the terminal. */
function program(file: string, words: readonly string[], signal: AbortSignal): Promise<number> {
  const child = spawn(process.execPath, [file, ...words], { cwd: projectFolder, stdio: 'inherit' });
  signal.addEventListener('abort', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? EXIT.interrupted)));
}
