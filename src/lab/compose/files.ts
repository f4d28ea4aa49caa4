/** From the project's files to a container's and back. */
import type { ComposeService, ContainerFiles } from './model.ts';

/** Project files by path, as `gateway/src/main.ts`. */
export type ProjectFiles = Readonly<Record<string, string>>;

/** Text by absolute path: what a new container's file system starts with. */
export function fileTree(service: Pick<ComposeService, 'files'>): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const [path, file] of Object.entries(service.files)) tree[path] = file.text;
  return tree;
}

/** `/app/src/main.ts` → `gateway/src/main.ts`, for messages; null for what did not come from the project. */
export function toProjectPath(service: Pick<ComposeService, 'files'>, path: string): string | null {
  return service.files[path]?.source ?? null;
}

/** `gateway/src/main.ts` → `/app/src/main.ts`: all places in the container where the project's file was copied to. */
export function toContainerPaths(service: Pick<ComposeService, 'files'>, source: string): string[] {
  return Object.keys(service.files).filter((path) => service.files[path]!.source === source);
}

/** Whether two containers would start with the same files. */
export function haveSameFiles(a: ContainerFiles, b: ContainerFiles): boolean {
  const paths = Object.keys(a);
  return paths.length === Object.keys(b).length && paths.every((path) => a[path]!.text === b[path]?.text);
}
