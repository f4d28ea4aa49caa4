/** The engine as the site has it: the package and the trees come from the site's own origin when they are wanted. */
import { openCatalog } from '../../catalog/client.ts';
import type { Project } from '../engine.ts';
import type { ContainerFailure } from './failure.ts';
import type { TreeSource } from './keeper.ts';
import type { FileTree } from './runtime.ts';
import { WebContainerEngine } from './webcontainer-engine.ts';

export interface PageOptions {
  /** The site's base path, as Vite's `import.meta.env.BASE_URL`. */
  readonly base: string;
  /** A system that ran cannot go on. */
  onLost(failure: ContainerFailure): void;
}

export function openWebContainerEngine({ base, onLost }: PageOptions): WebContainerEngine {
  const catalog = openCatalog(base);
  const tree = async ({ packagesUrl }: Project): Promise<TreeSource> => {
    const { sandboxes } = await catalog.manifest();
    // The packages name the sandbox: every exercise on it has the same.
    const file = Object.values(sandboxes).find(({ packages }) => catalog.url(packages) === packagesUrl)?.tree;
    if (file === undefined) throw new Error('no files for this system are among the assets of the site');
    const url = catalog.url(file);
    return { key: url, load: () => fetchTree(url) };
  };
  return new WebContainerEngine({
    load: async () => (await import('@webcontainer/api')).WebContainer,
    tree,
    isIsolated: () => globalThis.crossOriginIsolated === true,
    onLost,
  });
}

async function fetchTree(url: string): Promise<FileTree> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: HTTP ${response.status}.`);
  return response.json();
}
