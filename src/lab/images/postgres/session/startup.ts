/** The command line of the server, and the scripts of the first start. */
import type { Database } from '../catalog/database.ts';
import type { PgError } from '../errors.ts';
import type { Task } from '../run/exec.ts';
import { parse } from '../sql/parse.ts';
import { asPgError } from './backend.ts';
import type { Cluster } from './cluster.ts';
import { Runner } from './runner.ts';
import { Session } from './session.ts';
import { SETTINGS } from './settings.ts';
import { execute } from './statements.ts';

/** `postgres -c max_connections=20 -p 5433 --shared-buffers=…` */
export function parseArguments(argv: readonly string[]): [name: string, value: string][] {
  const found: [string, string][] = [];
  const put = (text: string) => {
    const [key = '', ...rest] = text.split('=');
    const name = key.toLowerCase().replace(/-/g, '_');
    found.push(
      Object.hasOwn(SETTINGS, name) || name.includes('.')
        ? [name, rest.join('=')]
        : ['unknown', `unrecognized configuration parameter "${name}"`],
    );
  };
  const LETTERS: Readonly<Record<string, string>> = { p: 'port', N: 'max_connections', B: 'shared_buffers' };
  for (let i = argv[0]?.startsWith('-') ? 0 : 1; i < argv.length; i++) {
    const arg = argv[i]!;
    if (arg === '-c') put(argv[++i] ?? '');
    else if (arg.startsWith('--')) put(arg.slice(2));
    else if (/^-c./.test(arg)) put(arg.slice(2));
    else if (LETTERS[arg[1] ?? '']) put(`${LETTERS[arg[1]!]}=${arg.length > 2 ? arg.slice(2) : (argv[++i] ?? '')}`);
    else if (arg === '-F') put('fsync=off');
  }
  return found;
}

const FOLDER = '/docker-entrypoint-initdb.d';

/** Runs the files of the folder in the order of their names, as psql with ON_ERROR_STOP. */
export function runInitScripts(
  cluster: Cluster,
  database: Database,
  user: string,
  onError: (message: string) => void,
  onDone: () => void,
): void {
  const { machine } = cluster;
  const files = machine.disk.list(FOLDER).filter((path) => !path.slice(FOLDER.length + 1).includes('/'));
  const next = (i: number) => {
    const path = files[i];
    if (path === undefined) return onDone();
    if (!path.endsWith('.sql')) {
      machine.log(`/usr/local/bin/docker-entrypoint.sh: ignoring ${path}`);
      return next(i + 1);
    }
    machine.log(`/usr/local/bin/docker-entrypoint.sh: running ${path}`);
    runScript(cluster, database, user, new TextDecoder().decode(machine.disk.read(path)!), (error) => {
      if (error) onError(`psql:${path}: ERROR:  ${error.message}`);
      else next(i + 1);
    });
  };
  next(0);
}

/** Statement after statement, each in a transaction of its own unless the script says otherwise. */
export function runScript(
  cluster: Cluster,
  database: Database,
  user: string,
  sql: string,
  onDone: (error: PgError | null) => void,
  onTag: (tag: string) => void = () => {},
): void {
  const session = new Session(cluster, database, user, 59);
  cluster.sessions.add(session);
  function* all(): Task {
    for (const parsed of parse(sql)) {
      session.ensureXact();
      yield* execute(session, parsed, sql, { columns() {}, row() {}, complete: onTag });
      if (!session.isBlock) yield* session.commit();
    }
    if (session.xact) yield* session.commit();
  }
  new Runner(session).run(all(), (error) => {
    session.close();
    onDone(error === null ? null : asPgError(error));
  });
}
