/** The server images that the lab has, and what is known of them without their code. */

export type ServerName = 'redis' | 'postgres' | 'rabbitmq' | 'haproxy' | 'consul';

export interface ServerFacts {
  /** Major version that the lab behaves as. */
  readonly version: string;
  /** First word of the command. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly tools: readonly string[];
  readonly ports: readonly number[];
  readonly volumes: readonly string[];
  readonly stopSignal?: string;
  /** Resident memory of the real one when it has nothing to do, bytes. */
  readonly baseBytes: number;
}

const MIB = 1024 * 1024;

/** As the official images on Docker Hub have it. */
export const SERVERS: Readonly<Record<ServerName, ServerFacts>> = {
  redis: {
    version: '7',
    program: 'redis-server',
    env: {},
    command: ['redis-server'],
    tools: ['redis-cli', 'redis-server'],
    ports: [6379],
    volumes: ['/data'],
    baseBytes: 8 * MIB,
  },
  postgres: {
    version: '17',
    program: 'postgres',
    env: { PGDATA: '/var/lib/postgresql/data' },
    command: ['postgres'],
    tools: ['pg_isready', 'psql'],
    ports: [5432],
    volumes: ['/var/lib/postgresql/data'],
    // "Fast shutdown": open sessions are ended, not waited for.
    stopSignal: 'SIGINT',
    baseBytes: 40 * MIB,
  },
  rabbitmq: {
    version: '4',
    program: 'rabbitmq-server',
    env: {},
    command: ['rabbitmq-server'],
    tools: ['rabbitmq-diagnostics', 'rabbitmqctl', 'rabbitmqadmin'],
    ports: [5672],
    volumes: ['/var/lib/rabbitmq'],
    baseBytes: 120 * MIB,
  },
  haproxy: {
    version: '3',
    program: 'haproxy',
    env: {},
    command: ['haproxy', '-f', '/usr/local/etc/haproxy/haproxy.cfg'],
    tools: ['haproxy'],
    // What its configuration binds.
    ports: [],
    volumes: [],
    // "Soft stop": what is open may finish.
    stopSignal: 'SIGUSR1',
    baseBytes: 12 * MIB,
  },
  consul: {
    version: '1',
    program: 'consul',
    env: {},
    command: ['consul', 'agent', '-dev', '-client', '0.0.0.0'],
    tools: ['consul', 'curl', 'wget'],
    ports: [8500],
    volumes: ['/consul/data'],
    baseBytes: 60 * MIB,
  },
};

export const SERVER_NAMES = Object.keys(SERVERS) as readonly ServerName[];

/**
 * The servers that a project's files may start, by what stands after `image:` in YAML and FROM in Dockerfiles; so that
 * their scripts are fetched before it runs. One too many does no harm.
 */
export function serversIn(files: Readonly<Record<string, string>>): readonly ServerName[] {
  const texts = Object.entries(files).flatMap(([path, text]) =>
    /\.ya?ml$|Dockerfile[^/]*$|(?:^|\/)\.env$/.test(path) ? [text] : [],
  );
  return SERVER_NAMES.filter((name) => {
    const pattern = new RegExp(`\\b${name}\\b`);
    return texts.some((text) => pattern.test(text));
  });
}
