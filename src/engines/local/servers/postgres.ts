/** This machine's PostgreSQL on the replica's own address: initdb, the official image's entrypoint, the server. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RealProcess } from '../real-process.ts';
import { findProgram } from './find.ts';
import type { ServerStart } from './index.ts';
import { realPort } from './real-port.ts';
import { runTool } from './run-tool.ts';
import { waitForPort } from './wait-for-port.ts';

const PORT = 5432;
const DATA = '/var/lib/postgresql/data';
const SCRIPTS = '/docker-entrypoint-initdb.d';

/**
 * As docker-entrypoint.sh of the official image: an empty folder is made a cluster, the scripts run against a server that
 * listens on its socket alone, then the server proper takes the process over.
 */
const ENTRYPOINT = `
set -e
data="$STORE/pg"
if [ ! -f "$data/PG_VERSION" ]; then
  printf '%s\\n' "$PASSWORD" > "$STORE/password"
  "$BIN/initdb" -D "$data" -A trust --pwfile="$STORE/password" -E UTF8 --locale=C.UTF-8 -N -U "$PGUSER" > /dev/null
  rm "$STORE/password"
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
  "$BIN/postgres" -D "$data" -k "$STORE" -c listen_addresses= 2>"$STORE/init.log" &
  first=$!
  until "$BIN/pg_isready" -q -h "$STORE"; do sleep 0.05; done
  [ "$DATABASE" = postgres ] || "$BIN/createdb" -h "$STORE" "$DATABASE"
  for file in "$SCRIPTS"/*.sql; do
    [ ! -f "$file" ] || "$BIN/psql" -q -v ON_ERROR_STOP=1 -h "$STORE" -d "$DATABASE" -f "$file"
  done
  kill -INT $first
  wait $first || true
fi
exec "$BIN/postgres" -D "$data" -k "$STORE" -c timezone=Etc/UTC "$@"
`;

/** Null when the machine does not let it: PostgreSQL refuses to run as root, and root may have no user for it. */
export function startPostgres({ container, argv, env, baseEnv, start, onListening }: ServerStart): RealProcess | null {
  const server = findProgram('postgres');
  const { root, host } = container;
  if (server === null) return null;
  const port = realPort(host.real, PORT);
  const bin = dirname(realpathSync(server));
  const ids: { uid: number; gid: number } | Record<string, never> | null =
    process.getuid?.() === 0 ? idsOf('postgres') : {};
  if (ids === null || !existsSync(join(bin, 'initdb'))) return null;
  const user = env.POSTGRES_USER ?? 'postgres';
  const database = env.POSTGRES_DB ?? user;
  const password = env.POSTGRES_PASSWORD ?? '';
  if (password === '') return null;
  const store = realpathSync(join(root, DATA));
  if (ids.uid !== undefined) {
    // Its user must find the way to its folder, and to the scripts.
    for (const folder of [dirname(root), dirname(store), root]) chmodSync(folder, 0o755);
    chownSync(store, ids.uid, ids.gid);
  }
  const process_ = start({
    command: 'sh',
    args: ['-c', ENTRYPOINT, 'postgres', ...argv.slice(1), '-c', `listen_addresses=${host.real}`, '-c', `port=${port}`],
    env: {
      ...baseEnv,
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      HOME: store,
      BIN: bin,
      STORE: store,
      SCRIPTS: join(root, SCRIPTS),
      PGUSER: user,
      DATABASE: database,
      PASSWORD: password,
    },
    cwd: store,
    hasChannel: false,
    ...ids,
  });
  waitForPort(
    host.real,
    port,
    () => container.main !== process_,
    () => onListening(PORT, port),
  );
  container.tool = ([name = '', ...args], onDone) => {
    const at = ['-h', host.real, '-p', String(port)];
    const own = { ...baseEnv, LC_ALL: 'C.UTF-8', TZ: 'UTC', PGUSER: user, PGPASSWORD: password, PGDATABASE: database };
    if (name === 'pg_isready') runTool(join(bin, 'pg_isready'), [...at, ...withoutHost(args)], own, onDone);
    else if (name !== 'psql') onDone({ exitCode: 127, stdout: '', stderr: `${name}: not found\n` });
    else {
      const psql = join(bin, 'psql');
      const words = [...at, ...withoutHost(args)];
      runTool(psql, words, own, (result) => {
        const asked = words.lastIndexOf('-c') + 1;
        const statement = words[asked]?.trim().replace(/;$/, '') ?? '';
        if (result.exitCode !== 0 || asked === 0 || !/^(?:select|with|values|table)\b/i.test(statement)) onDone(result);
        else {
          const rows = words.with(asked, `SELECT coalesce(json_agg(row), '[]') FROM (${statement}) row`);
          runTool(psql, ['-t', '-A', ...rows], own, ({ exitCode, stdout }) =>
            onDone(exitCode === 0 ? { ...result, value: JSON.parse(stdout) } : result),
          );
        }
      });
    }
  };
  return process_;
}

/** The server is asked where it is, whatever the command inside the container would say. */
function withoutHost(args: readonly string[]): string[] {
  return args.filter((word, i) => !['-h', '-p'].includes(word) && !['-h', '-p'].includes(args[i - 1] ?? ''));
}

function idsOf(name: string): { uid: number; gid: number } | null {
  const id = (flag: string) => Number(spawnSync('id', [flag, name]).stdout?.toString().trim());
  const [uid, gid] = [id('-u'), id('-g')];
  return uid > 0 && gid > 0 ? { uid, gid } : null;
}
