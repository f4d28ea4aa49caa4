/**
 * What `image:` and `FROM` may name in the lab. An image here is what a container starts from: environment, command
 * and the tools that health checks may call. Images that speak a protocol of their own (redis, postgres) will get a
 * file each beside this one; so far there is Node.
 */

export interface LabImage {
  /** As written, `node:24-alpine`. */
  readonly reference: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  /** The image's own CMD. */
  readonly command: readonly string[];
  /** Programs a health check can find in it. */
  readonly tools: readonly ('wget' | 'curl' | 'node')[];
  /** What differs from the real image and the reader should know. */
  readonly warning?: string;
}

/** The Node the lab behaves as; the major decides what is missing and which tags are right. */
export const LAB_NODE_VERSION = '24.21.0';

/** For error messages: what can be written instead of an unknown image. */
export const KNOWN_IMAGES: readonly string[] = ['node:24-alpine', 'node:24-slim', 'node:24'];

/** Real images that people reach for, and what to do until the lab speaks them. */
const NOT_YET: Readonly<Record<string, string>> = {
  redis: 'Keep the data in a small Node service for now',
  postgres: 'Keep the data in a small Node service for now',
  mysql: 'Keep the data in a small Node service for now',
  mariadb: 'Keep the data in a small Node service for now',
  mongo: 'Keep the data in a small Node service for now',
  rabbitmq: 'Let the services call each other over HTTP for now',
  nats: 'Let the services call each other over HTTP for now',
  kafka: 'Let the services call each other over HTTP for now',
  nginx: 'Write the proxy as a Node service',
  caddy: 'Write the proxy as a Node service',
  traefik: 'Write the proxy as a Node service',
  haproxy: 'Write the proxy as a Node service',
  envoy: 'Write the proxy as a Node service',
};

export type ImageLookup =
  | { readonly image: LabImage }
  | { readonly image: null; readonly message: string; readonly hint: string };

/** The image for a reference as Docker writes them: `[registry/][library/]name[:tag][@digest]`. */
export function findImage(reference: string): ImageLookup {
  const { name, tag } = split(reference);
  if (name === 'node') return { image: nodeImage(reference, tag) };
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

function split(reference: string): { name: string; tag: string } {
  const bare = reference.split('@')[0]!;
  const colon = bare.lastIndexOf(':');
  // A colon before a slash is a registry's port, not a tag.
  const hasTag = colon > bare.lastIndexOf('/');
  const path = hasTag ? bare.slice(0, colon) : bare;
  const name = path.replace(/^(?:docker\.io|index\.docker\.io)\//, '').replace(/^library\//, '');
  return { name, tag: hasTag ? bare.slice(colon + 1) : 'latest' };
}
