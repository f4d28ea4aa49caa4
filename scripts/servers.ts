/** The real servers that the lab's images are compared with, where they are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

interface Missing {
  readonly name: string;
  /** Installs it on Debian. */
  readonly command: string;
}

const SERVERS = [
  { name: 'redis', package: 'redis-server', isThere: () => isOnPath('redis-server') },
  { name: 'postgres', package: 'postgresql-15', isThere: () => existsSync('/usr/lib/postgresql/15/bin/postgres') },
  {
    name: 'rabbitmq',
    package: 'rabbitmq-server',
    isThere: () => isOnPath('rabbitmq-server') || existsSync('/usr/sbin/rabbitmq-server'),
  },
  {
    name: 'haproxy',
    package: 'haproxy',
    isThere: () => isOnPath('haproxy') || existsSync('/usr/sbin/haproxy'),
  },
] as const;

export function missingServers(): Missing[] {
  return SERVERS.filter((server) => !server.isThere()).map((server) => ({
    name: server.name,
    command: `apt-get install ${server.package}`,
  }));
}

function isOnPath(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}
