/** What a container's command starts: a file, a text, or nothing that the lab can run. */

export type Command =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'eval'; readonly source: string }
  | { readonly kind: 'unknown'; readonly message: string };

/** The commands a container of the lab can run: `node file`, `node -e code`, and npm's shorthands for them. */
export function parseCommand(argv: readonly string[], cwd: string, read: (path: string) => string | null): Command {
  const [program = '', ...rest] = argv;
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (name === 'node') {
    const args = [...rest];
    while (args[0]?.startsWith('--')) args.shift();
    if (args[0] === '-e' || args[0] === '-p') return { kind: 'eval', source: args[1] ?? '' };
    const file = args[0];
    if (file === undefined)
      return { kind: 'unknown', message: 'node: expected a file to run, as in ["node", "src/main.ts"]\n' };
    const path = file.startsWith('/') ? file : `${cwd}/${file}`;
    for (const ending of ['', '.js', '/index.js'])
      if (read(path + ending) !== null) return { kind: 'file', path: normalizePath(path + ending) };
    return { kind: 'file', path: normalizePath(path) };
  }
  if (name === 'npm') {
    const script = rest[0] === 'run' ? rest[1] : rest[0];
    const manifest = read(`${cwd}/package.json`);
    const line = manifest === null ? undefined : JSON.parse(manifest).scripts?.[script ?? 'start'];
    if (typeof line === 'string') return parseCommand(line.trim().split(/\s+/), cwd, read);
    return { kind: 'unknown', message: `npm error Missing script: "${script ?? 'start'}"\n` };
  }
  return {
    kind: 'unknown',
    message: `${program}: not found. A container of the lab can run node and npm scripts that start node.\n`,
  };
}

function normalizePath(path: string): string {
  return path.replace(/\/\.\//g, '/').replace(/\/{2,}/g, '/');
}
