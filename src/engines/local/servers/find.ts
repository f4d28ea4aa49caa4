/** The real servers: where Debian and others put them. */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ServerName } from '../../../lab/images/index.ts';

const PROGRAMS: Partial<Readonly<Record<ServerName, string>>> = { redis: 'redis-server', postgres: 'postgres' };

const POSTGRES_ROOT = '/usr/lib/postgresql';

export function isInstalled(name: ServerName): boolean {
  return PROGRAMS[name] !== undefined && findProgram(PROGRAMS[name]) !== null;
}

/** The path of a program of a server, null when there is none. */
export function findProgram(program: string): string | null {
  return (
    folders()
      .map((folder) => join(folder, program))
      .find((path) => existsSync(path)) ?? null
  );
}

/** PostgreSQL's own folder goes first: Debian's wrappers in PATH expect clusters of theirs. */
function folders(): string[] {
  const versions = existsSync(POSTGRES_ROOT) ? readdirSync(POSTGRES_ROOT) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(POSTGRES_ROOT, version, 'bin'));
  return [...newest, ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')];
}
