/** The real servers that the images are compared with: Debian's, where they are installed. */
import { existsSync } from 'node:fs';
import net from 'node:net';
import type { ServerName } from './facts.ts';

/** There is none for consul: Debian has no package of it (its licence, BUSL, is not free). */
export type ComparedServer = Exclude<ServerName, 'consul'>;

export const REAL_SERVERS: Readonly<Record<ComparedServer, { readonly program: string; readonly package: string }>> = {
  redis: { program: '/usr/bin/redis-server', package: 'redis-server' },
  postgres: { program: '/usr/lib/postgresql/15/bin/postgres', package: 'postgresql-15' },
  rabbitmq: { program: '/usr/lib/rabbitmq/bin/rabbitmq-server', package: 'rabbitmq-server' },
  haproxy: { program: '/usr/sbin/haproxy', package: 'haproxy' },
};

export const COMPARED_SERVERS = Object.keys(REAL_SERVERS) as readonly ComparedServer[];

export function isInstalled(name: ComparedServer): boolean {
  return existsSync(REAL_SERVERS[name].program);
}

/** One that a test has started, in a folder and on a port of its own. */
export interface RealServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Free ports of loopback, as of now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const { promise, resolve } = Promise.withResolvers<net.Server>();
      const server = net.createServer();
      server.listen(0, '127.0.0.1', () => resolve(server));
      return promise;
    }),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}
