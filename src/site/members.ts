/** The members of a system, as its compose file names them: for lists, where nothing runs. */
import { parse } from 'yaml';

export interface Member {
  readonly name: string;
  readonly replicas: number;
  /** The server's name, as `redis`; null for a service with code of its own. */
  readonly server: string | null;
}

export function membersOf(files: Readonly<Record<string, string>>): readonly Member[] {
  const { services } = parse(files['compose.yaml'] ?? 'services: {}', { merge: true }) as {
    services: Record<string, { image?: string; build?: unknown; deploy?: { replicas?: number } }>;
  };
  return Object.entries(services).map(([name, { image, build, deploy }]) => ({
    name,
    replicas: deploy?.replicas ?? 1,
    server: build === undefined ? (image?.split(':')[0]?.split('/').at(-1) ?? null) : null,
  }));
}
