/** Which of a system's services are servers with data of their own, by their images. */
import type { ServiceInfo } from '../../engines/engine.ts';

export const SERVERS = ['redis', 'postgres', 'rabbitmq', 'haproxy', 'consul'] as const;
export type ServerKind = (typeof SERVERS)[number];

/** `postgres:17-alpine`, `docker.io/library/postgres@sha256:…` → `postgres`. */
export function imageName(image: string): string {
  return image.replace(/@.*$/, '').split('/').at(-1)!.replace(/:.*$/, '');
}

/** Which server with data to look at it is; null for a learner's own image and for others. */
export function serverOf(image: string): ServerKind | null {
  const name = imageName(image);
  return SERVERS.find((server) => server === name) ?? null;
}

export interface Store {
  readonly name: string;
  readonly kind: ServerKind;
  readonly replicas: number;
}

export function storesOf(services: readonly ServiceInfo[]): readonly Store[] {
  return services.flatMap(({ name, image, replicas }) => {
    const kind = serverOf(image);
    return kind === null ? [] : [{ name, kind, replicas }];
  });
}
