/**
 * What a container runs. The lab runs Node programs: a command line must come down to `node program.ts`, and what
 * cannot is refused with the reason. Wrappers that only start another program (sh -c, tini, exec) are looked through.
 */
import { SERVERS, type ServerName } from '../images/index.ts';
import type { ContainerFiles, NodeProgram } from './model.ts';
import { absolutePath } from './paths.ts';
import { closest } from './problems.ts';
import { joinWords, splitWords } from './shell.ts';

export interface CommandContext {
  /** The server that the image is; null for Node. */
  readonly server: ServerName | null;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly files: ContainerFiles;
}

export type Command =
  | {
      readonly argv: readonly string[];
      /** Null for a server. */
      readonly program: NodeProgram | null;
      readonly warning?: Warning;
    }
  | { readonly argv: null; readonly message: string; readonly hint: string };

/** Node's options that change nothing about how a program runs in the lab. */
const HARMLESS_OPTIONS = new Set([
  '--enable-source-maps',
  '--no-warnings',
  '--experimental-strip-types',
  '--no-experimental-strip-types',
  '--trace-warnings',
  '--trace-uncaught',
  '--stack-trace-limit',
  '--disable-warning',
  '--max-old-space-size',
  '--max-semi-space-size',
  '--unhandled-rejections=throw',
]);

const SHELLS = new Set(['sh', 'bash', 'ash', '/bin/sh', '/bin/bash', '/bin/ash']);

/** Checks that the lab can run the words and finds the program in the container's files. */
export function readCommand(words: readonly string[], context: CommandContext): Command {
  const argv = unwrap(words, context);
  if (argv.words === null) return { argv: null, message: argv.message, hint: argv.hint };
  if (context.server !== null) return serverCommand(argv.words, context.server, argv.warning);
  const [first, ...rest] = argv.words;
  if (first === undefined) return { argv: null, message: 'the command is empty', hint: NODE_HINT };
  const name = first.split('/').at(-1)!;
  if (name === 'node' || name === 'nodejs') {
    const node = readNode(rest, context);
    if ('message' in node) return { argv: null, ...node };
    const warning = argv.warning;
    return { argv: ['node', ...rest], program: node, ...(warning ? { warning } : {}) };
  }
  // The node image's entrypoint puts `node` before what is no program: an option or a file.
  if (first.startsWith('-') || context.files[absolutePath(context.workdir, first)] !== undefined) {
    return readCommand(['node', ...argv.words], context);
  }
  if (['npm', 'npx', 'yarn', 'pnpm'].includes(name)) {
    return {
      argv: null,
      message: `the command is "${joinWords(argv.words)}", and the lab starts Node directly`,
      hint: `${NODE_HINT} (Outside the lab it is better too: ${name} between Docker and Node delays or loses SIGTERM.)`,
    };
  }
  if (['nodemon', 'ts-node', 'tsx', 'ts-node-dev'].includes(name)) {
    return { argv: null, message: `the command starts "${name}"; Node 24 runs TypeScript itself`, hint: NODE_HINT };
  }
  return {
    argv: null,
    message: `the lab runs Node programs, and the command is "${joinWords(argv.words)}"`,
    hint: NODE_HINT,
  };
}

/** The entrypoints of the official images put the server's name before options and configuration files. */
function serverCommand(words: readonly string[], server: ServerName, warning: Warning | undefined): Command {
  const { program, command } = SERVERS[server];
  const first = words[0] ?? '';
  const isPart = first === '' || first.startsWith('-') || first.endsWith('.conf') || first === command[1];
  const named = isPart ? [program, ...words] : [...words];
  if (named[0]!.split('/').at(-1) !== program)
    return {
      argv: null,
      message: `the lab's ${server} image runs ${program}, and the command is "${joinWords(words)}"`,
      hint: `Write ${JSON.stringify(command)} with its options, or leave command out.`,
    };
  return { argv: [program, ...named.slice(1)], program: null, ...(warning ? { warning } : {}) };
}

const NODE_HINT = 'Write ["node", "src/main.ts"].';

interface Warning {
  readonly message: string;
  readonly hint: string;
}

type Unwrapped = { words: string[]; warning?: Warning } | { words: null; message: string; hint: string };

/** Looks through sh -c "…", exec, tini and the image's own entrypoint. */
function unwrap(words: readonly string[], context: CommandContext): Unwrapped {
  let rest = [...words];
  let warning: Warning | undefined;
  for (let turn = 0; turn < 5; turn++) {
    const first = rest[0] ?? '';
    const name = first.split('/').at(-1)!;
    if (SHELLS.has(first) && rest[1] === '-c' && rest[2] !== undefined) {
      const split = splitWords(rest[2], { variables: context.env });
      if (split.words === null) return { words: null, message: split.message, hint: split.hint };
      rest = [...split.words];
      if (rest[0] !== 'exec') {
        warning = {
          message: 'a shell starts the program here, so on Docker SIGTERM reaches the shell and not Node',
          hint: `Write it as a list, ${JSON.stringify(rest)}, so that Node can shut down in order.`,
        };
      }
    } else if (name === 'exec' || name === 'docker-entrypoint.sh') rest = rest.slice(1);
    else if (name === 'tini' || name === 'dumb-init') {
      rest = rest.slice(1);
      while (rest[0]?.startsWith('-')) rest = rest.slice(1);
    } else break;
  }
  return { words: rest, ...(warning ? { warning } : {}) };
}

function readNode(args: readonly string[], context: CommandContext): NodeProgram | { message: string; hint: string } {
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith('-') || arg === '-') break;
    if (['-e', '--eval', '-p', '--print'].includes(arg)) {
      const code = args[i + 1];
      if (code === undefined)
        return { message: `node ${arg} has no code after it`, hint: `Write ["node", "-e", "…"].` };
      return { script: null, code, args: args.slice(i + 2) };
    }
    const name = arg.split('=')[0]!;
    if (arg === '--watch' || arg.startsWith('--watch-'))
      return {
        message: 'node --watch is for development',
        hint: 'Leave it out; the lab restarts a service by itself when its files change.',
      };
    if (!HARMLESS_OPTIONS.has(arg) && !HARMLESS_OPTIONS.has(name)) {
      return { message: `the lab does not know the node option ${arg}`, hint: `Leave it out: ${NODE_HINT.slice(6)}` };
    }
  }
  const script = args[i];
  if (script === undefined) {
    return {
      message: 'the command is "node" without a program, which exits at once',
      hint: 'Name the program: CMD ["node", "src/main.ts"] in the Dockerfile, or command: node src/main.ts.',
    };
  }
  const path = absolutePath(context.workdir, script);
  const found = resolveScript(path, context.files);
  if (found !== null) return { script: found, code: null, args: args.slice(i + 1) };
  const names = Object.keys(context.files);
  const meant = closest(path, names) ?? names.find((name) => name.endsWith(`/${script.split('/').at(-1)}`));
  return {
    message: `node would not find ${path}: no such file in the container`,
    hint: meant
      ? `There is ${meant}; correct the path, WORKDIR or COPY.`
      : names.length === 0
        ? 'Nothing was copied into the container: add `COPY src ./src` to the Dockerfile.'
        : `In the container: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}. Check COPY and WORKDIR in the Dockerfile.`,
  };
}

/** As Node finds its main module: the file, with .js, or the folder's index.js. */
function resolveScript(path: string, files: ContainerFiles): string | null {
  for (const candidate of [path, `${path}.js`, `${path}/index.js`])
    if (files[candidate] !== undefined) return candidate;
  return null;
}
