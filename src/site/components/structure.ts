/** A sandbox's services as its compose.yaml has them, for drawings made at build time. */
import { parse } from 'yaml';
import type { Sandbox } from '../../catalog/types.ts';
import type { LayoutService } from '../../workbench/topology/layout.ts';

interface ComposeFile {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
        readonly ports?: readonly unknown[];
        readonly deploy?: { readonly replicas?: number };
      }
    >
  >;
}

/** In the file's order. The lab refuses what is wrong in a compose file; this reads only what a drawing needs. */
export function servicesOf(sandbox: Pick<Sandbox, 'files'>): readonly LayoutService[] {
  const file = parse(sandbox.files['compose.yaml'] ?? '', { merge: true }) as ComposeFile;
  return Object.entries(file.services).map(([name, { depends_on = [], ports = [], deploy }]) => ({
    name,
    replicas: deploy?.replicas ?? 1,
    dependsOn: Array.isArray(depends_on) ? depends_on : Object.keys(depends_on),
    isPublished: ports.length > 0,
  }));
}
