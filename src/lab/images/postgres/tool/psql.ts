/** psql, as far as `-c` and the lists go: statements in a session of their own, results as psql prints them. */
import type { ToolResult } from '../../server.ts';
import type { PgError } from '../errors.ts';
import { jsonTextOf } from '../functions/to-json.ts';
import type { Task } from '../run/exec.ts';
import { bareExec } from '../run/indexes.ts';
import type { OutputColumn } from '../run/targets.ts';
import { asPgError } from '../session/backend.ts';
import type { Cluster } from '../session/cluster.ts';
import { Runner } from '../session/runner.ts';
import { Session } from '../session/session.ts';
import { execute } from '../session/statements.ts';
import { parse } from '../sql/parse.ts';
import type { Row } from '../types/values.ts';
import { backslash } from './backslash.ts';
import { type Format, formatTable } from './table.ts';

interface Options extends Format {
  user: string;
  database: string;
  commands: string[];
  isQuiet: boolean;
}

let pids = 50_000;

/** @param isFree it takes no CPU time and no process id: for looking on, so that the run stays what it was */
export function runPsql(
  cluster: Cluster,
  argv: readonly string[],
  onDone: (result: ToolResult) => void,
  isFree = false,
) {
  const options = parseOptions(cluster, argv);
  if (typeof options === 'string') return onDone({ exitCode: 1, stdout: '', stderr: options });
  const fail = (message: string) =>
    onDone({
      exitCode: 2,
      stdout: '',
      stderr: `psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: FATAL:  ${message}\n`,
    });
  const database = cluster.databases.get(options.database);
  if (!cluster.roles.has(options.user)) return fail(`role "${options.user}" does not exist`);
  if (!database) return fail(`database "${options.database}" does not exist`);
  if (cluster.sessions.size >= Number(cluster.settings.get('max_connections') ?? 100))
    return fail('sorry, too many clients already');
  const session = new Session(cluster, database, options.user, isFree ? 0 : pids++);
  session.isFree = isFree;
  cluster.sessions.add(session);
  let stdout = '';
  let stderr = '';
  let value: unknown;
  session.onNotice = ({ severity, message, detail }) => {
    stderr += `${severity}:  ${message}\n${detail ? `DETAIL:  ${detail}\n` : ''}`;
  };
  let text = '';
  let failed = false;
  function* one(command: string): Task {
    const list = command.startsWith('\\') ? backslash(command, session) : null;
    if (list?.error !== undefined) {
      stderr += list.error;
      failed = true;
      return;
    }
    text = list?.sql ?? command;
    for (const parsed of parse(text)) {
      let columns: readonly OutputColumn[] = [];
      const rows: Row[] = [];
      let tag = '';
      session.state = 'active';
      session.query = text;
      session.queryStartMs = cluster.machine.wallMs();
      session.ensureXact();
      yield* execute(session, parsed, text, {
        columns: (given) => {
          columns = given;
        },
        row: (row) => void rows.push(row),
        complete: (given) => {
          tag = given;
        },
      });
      if (columns.length) {
        const shown = rows.map((row) =>
          columns.map(({ type }, i) =>
            row[i] === null || row[i] === undefined
              ? null
              : type.kind === 'base' && type.typname.startsWith('reg')
                ? database!.regText(type, row[i], session)
                : type.text(row[i]),
          ),
        );
        stdout += formatTable(columns, shown, options as Format, list?.title ?? null);
        value = rows.map((row) =>
          Object.fromEntries(
            columns.map(({ name, type }, i) => [name, JSON.parse(jsonTextOf(type, row[i] ?? null, bareExec(session)))]),
          ),
        );
        if (/^(INSERT|UPDATE|DELETE)/.test(tag) && !isQuiet(options)) stdout += `${tag}\n`;
      } else if (tag && !isQuiet(options)) stdout += `${tag}\n`;
      if (tag && !columns.length) value ??= { tag };
    }
    if (!session.isBlock) yield* session.commit();
  }
  const next = (i: number) => {
    const command = (options as Options).commands[i];
    if (command === undefined || failed) {
      session.close();
      return onDone({ exitCode: failed ? 1 : 0, stdout, stderr, ...(value === undefined ? {} : { value }) });
    }
    new Runner(session).run(one(command), (error) => {
      if (error !== null) {
        const pg = asPgError(error);
        stderr += errorText(pg, text);
        // Of several -c the rest still runs, but the exit code tells.
        if (session.isBlock) {
          session.isFailed = true;
          session.abortCurrent();
        } else session.abort();
        failed = true;
      }
      next(i + 1);
    });
  };
  next(0);
}

const isQuiet = (options: Options | string) => typeof options !== 'string' && options.isQuiet;

function parseOptions(cluster: Cluster, argv: readonly string[]): Options | string {
  const { env } = cluster.machine;
  const options: Options = {
    user: env.PGUSER || env.POSTGRES_USER || 'postgres',
    database: '',
    commands: [],
    isQuiet: false,
    tuplesOnly: false,
    unaligned: false,
    separator: '|',
    csv: false,
  };
  const LONG: Readonly<Record<string, string>> = {
    '--username': '-U',
    '--dbname': '-d',
    '--command': '-c',
    '--tuples-only': '-t',
    '--no-align': '-A',
    '--no-psqlrc': '-X',
    '--quiet': '-q',
    '--host': '-h',
    '--port': '-p',
    '--field-separator': '-F',
    '--list': '-l',
    '--set': '-v',
    '--no-password': '-w',
    '--csv': '--csv',
  };
  for (let i = 0; i < argv.length; i++) {
    let arg = argv[i]!;
    let given: string | null = null;
    const long = /^(--[\w-]+)(?:=(.*))?$/s.exec(arg);
    if (long) {
      if (!LONG[long[1]!]) return `psql: unrecognized option '${arg}'\nTry "psql --help" for more information.\n`;
      arg = LONG[long[1]!]!;
      given = long[2] ?? null;
    } else if (/^-[A-Za-z]./.test(arg)) {
      // `-tA`, `-Upostgres`
      const letter = arg.slice(0, 2);
      if ('tAXqlw'.includes(letter[1]!)) {
        argv = [...argv.slice(0, i), letter, `-${arg.slice(2)}`, ...argv.slice(i + 1)];
        arg = letter;
      } else {
        given = arg.slice(2);
        arg = letter;
      }
    }
    const take = () => given ?? argv[++i] ?? '';
    switch (arg) {
      case '-U':
        options.user = take();
        break;
      case '-d': {
        const name = take();
        options.database = /^postgres(?:ql)?:\/\//.test(name)
          ? (/^[^:]+:\/\/[^/]*\/([^?]+)/.exec(name)?.[1] ?? '')
          : name;
        break;
      }
      case '-c':
        options.commands.push(take());
        break;
      case '-t':
        options.tuplesOnly = true;
        break;
      case '-A':
        options.unaligned = true;
        break;
      case '-F':
        options.separator = take();
        break;
      case '--csv':
        options.csv = true;
        break;
      case '-q':
        options.isQuiet = true;
        break;
      case '-l':
        options.commands.push('\\l');
        break;
      case '-X':
      case '-w':
        break;
      case '-h':
      case '-p':
      case '-v':
        take();
        break;
      default:
        if (arg.startsWith('-'))
          return `psql: invalid option -- '${arg.slice(1)}'\nTry "psql --help" for more information.\n`;
        if (options.database === '') options.database = arg;
        else options.user = arg;
    }
  }
  options.database ||= env.PGDATABASE || options.user;
  return options;
}

function errorText(error: PgError, sql: string): string {
  const { fields } = error;
  let text = `${fields.severity ?? 'ERROR'}:  ${error.message}\n`;
  if (fields.position !== undefined) {
    const at = fields.position - 1;
    const start = sql.lastIndexOf('\n', at - 1) + 1;
    const end = sql.indexOf('\n', at);
    const line = `LINE ${sql.slice(0, start).split('\n').length}: `;
    text += `${line}${sql.slice(start, end < 0 ? undefined : end)}\n${' '.repeat(line.length + at - start)}^\n`;
  }
  if (fields.detail) text += `DETAIL:  ${fields.detail}\n`;
  if (fields.hint) text += `HINT:  ${fields.hint}\n`;
  if (fields.where) text += `CONTEXT:  ${fields.where}\n`;
  return text;
}
