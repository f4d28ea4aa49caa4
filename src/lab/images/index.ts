/**
 * What `image:` and `FROM` may name in the lab. An image here is what a container starts from: environment, command
 * and the tools that health checks may call. Node images run a project's programs; the others are servers, each a
 * program of the lab's own that speaks the real one's protocol (server.ts), in a folder and a script of its own.
 *
 * - server.ts            what a server is written against
 * - server-process.ts    a server as a process of the lab; load.ts: from its script
 * - facts.ts             what the official images of the servers are: ports, volumes, tools
 * - redis/, postgres/, rabbitmq/, haproxy/, consul/    the servers; their index.ts say what they do and what not
 */
import { SERVER_NAMES, SERVERS, type ServerName } from './facts.ts';

export { SERVERS, type ServerName } from './facts.ts';

export interface LabImage {
  /** As written, `node:24-alpine`. */
  readonly reference: string;
  /** Null for Node. */
  readonly server: ServerName | null;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  /** The image's own CMD. */
  readonly command: readonly string[];
  /** Programs a health check can find in it. */
  readonly tools: readonly string[];
  /** Ports that the image declares. */
  readonly exposed: readonly number[];
  readonly stopSignal?: string;
  /** What differs from the real image and the reader should know. */
  readonly warning?: string;
}

/** The Node the lab behaves as; the major decides what is missing and which tags are right. */
export const LAB_NODE_VERSION = '24.21.0';

/** For error messages: what can be written instead of an unknown image. */
export const KNOWN_IMAGES: readonly string[] = [
  'node:24-alpine',
  'node:24-slim',
  'node:24',
  ...SERVER_NAMES.map((name) => `${name}:${SERVERS[name].version}`),
];

/** Real images that people reach for, and what to do until the lab speaks them. */
const NOT_YET: Readonly<Record<string, string>> = {
  valkey: 'Write image: redis:7, which speaks the same protocol',
  mysql: 'Write image: postgres:17 for a relational database',
  mariadb: 'Write image: postgres:17 for a relational database',
  mongo: 'Write image: postgres:17, which stores JSON, too',
  nats: 'Write image: rabbitmq:4 for a message broker',
  kafka: 'Write image: rabbitmq:4 for a message broker',
  nginx: 'Write image: haproxy:3, or the proxy as a Node service',
  caddy: 'Write image: haproxy:3, or the proxy as a Node service',
  traefik: 'Write image: haproxy:3, or the proxy as a Node service',
  envoy: 'Write image: haproxy:3, or the proxy as a Node service',
};

export type ImageLookup =
  | { readonly image: LabImage }
  | { readonly image: null; readonly message: string; readonly hint: string };

/** The image for a reference as Docker writes them: `[registry/][library/]name[:tag][@digest]`. */
export function findImage(reference: string): ImageLookup {
  const { name, tag } = split(reference);
  if (name === 'node') return { image: nodeImage(reference, tag) };
  const server = SERVER_NAMES.find((one) => one === name);
  if (server !== undefined) return { image: serverImage(server, reference, tag) };
  const advice = NOT_YET[name.split('/').at(-1) ?? name];
  return {
    image: null,
    message: `the lab has no image "${reference}"; it has ${KNOWN_IMAGES.join(', ')}`,
    hint: advice ? `${advice}.` : 'Begin the Dockerfile with FROM node:24-alpine, and name its folder in build:.',
  };
}

function nodeImage(reference: string, tag: string): LabImage {
  const major = /^\d+/.exec(tag)?.[0];
  return {
    reference,
    server: null,
    exposed: [],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      NODE_VERSION: LAB_NODE_VERSION,
      HOME: '/root',
    },
    workdir: '/',
    command: ['node'],
    // Alpine's busybox has wget; the slim image has neither; the full Debian image has both.
    tools: tag.includes('alpine') ? ['node', 'wget'] : tag.includes('slim') ? ['node'] : ['node', 'wget', 'curl'],
    ...(major !== undefined && major !== LAB_NODE_VERSION.split('.')[0]
      ? {
          warning: `the lab runs Node ${LAB_NODE_VERSION.split('.')[0]} whatever the tag says; "${reference}" is Node ${major}`,
        }
      : {}),
  };
}

function serverImage(name: ServerName, reference: string, tag: string): LabImage {
  const { env, command, tools, ports, stopSignal, version } = SERVERS[name];
  const hasManagement = name === 'rabbitmq' && tag.includes('management');
  const major = /^\d+/.exec(tag)?.[0];
  return {
    reference,
    server: name,
    env: hasManagement ? { ...env, RABBITMQ_MANAGEMENT: 'yes' } : env,
    workdir: '/',
    command,
    tools: tag.includes('alpine') ? [...tools, 'wget'] : tools,
    exposed: hasManagement ? [...ports, 15672] : ports,
    ...(stopSignal ? { stopSignal } : {}),
    ...(major !== undefined && major !== version
      ? { warning: `the lab behaves as ${name} ${version} whatever the tag says; "${reference}" is ${major}` }
      : {}),
  };
}

function split(reference: string): { name: string; tag: string } {
  const bare = reference.split('@')[0]!;
  const colon = bare.lastIndexOf(':');
  // A colon before a slash is a registry's port, not a tag.
  const hasTag = colon > bare.lastIndexOf('/');
  const path = hasTag ? bare.slice(0, colon) : bare;
  const name = path.replace(/^(?:docker\.io|index\.docker\.io)\//, '').replace(/^(?:library|hashicorp)\//, '');
  return { name, tag: hasTag ? bare.slice(colon + 1) : 'latest' };
}
