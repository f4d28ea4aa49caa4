/** The real server, in a folder and on a port of its own, for the tests that compare with it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, isInstalled, REAL_SERVERS, type RealServer } from '../test-servers.ts';

const BIN = dirname(REAL_SERVERS.postgres.program);

/** Null when PostgreSQL 15 is not installed. `postgres` without a password, text by code points, UTC. */
export async function startReal(settings: Readonly<Record<string, string>> = {}): Promise<RealServer | null> {
  if (!isInstalled('postgres')) return null;
  const folder = mkdtempSync(join(tmpdir(), 'real-postgres-'));
  const user = process.getuid?.() === 0 ? idsOf('postgres') : null;
  if (process.getuid?.() === 0 && !user) return null;
  if (user) chownSync(folder, user.uid, user.gid);
  const as = { ...(user ?? {}), env: { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C.UTF-8' }, cwd: folder };
  const data = join(folder, 'data');
  const made = spawnSync(
    `${BIN}/initdb`,
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'],
    as,
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    timezone: 'Etc/UTC',
    ...settings,
  };
  const child = spawn(
    REAL_SERVERS.postgres.program,
    ['-D', data, ...Object.entries(all).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    { ...as, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await ready(child);
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => {
          rmSync(folder, { recursive: true, force: true });
          resolve();
        });
        child.kill('SIGQUIT');
      }),
  };
}

function idsOf(name: string): { uid: number; gid: number } | null {
  const id = (flag: string) => Number(spawnSync('id', [flag, name]).stdout?.toString().trim());
  const [uid, gid] = [id('-u'), id('-g')];
  return uid > 0 && gid > 0 ? { uid, gid } : null;
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr!.on('data', (chunk) => {
      text += chunk;
      if (text.includes('ready to accept connections')) resolve();
    });
    child.once('exit', () => reject(new Error(`postgres did not start: ${text}`)));
  });
}
