/** The catalog as a page sees it: fetched from `_lab/` beside the site when needed, each file once. */
import type { Manifest, PublicExercise, PublicSandbox } from './public.ts';

export type { Manifest, PublicExercise, PublicSandbox };

export interface CatalogClient {
  manifest(): Promise<Manifest>;
  sandbox(id: string): Promise<PublicSandbox>;
  /** By slug, as `d14-breaker`. */
  exercise(slug: string): Promise<PublicExercise>;
  /** d.ts files for the editor, by path as `node_modules/express/package.json`. */
  types(sandboxId: string): Promise<Readonly<Record<string, string>>>;
  /** The package-lock.json files of a sandbox, or of an exercise by its slug. */
  locks(of: { readonly sandbox?: string; readonly exercise?: string }): Promise<Readonly<Record<string, string>>>;
  /** For Project.packagesUrl. */
  packagesUrl(sandboxId: string): Promise<string>;
  /** The absolute address of a file of the manifest. */
  url(file: string): string;
}

/** `base` is the site's base path, as Vite's `import.meta.env.BASE_URL`. Failed fetches are tried again at the next call. */
export function openCatalog(base: string): CatalogClient {
  const folder = new URL(`${base.endsWith('/') ? base : `${base}/`}_lab/`, location.href);
  const cache = new Map<string, Promise<unknown>>();
  const url = (file: string) => new URL(file, folder).href;

  function json<T>(file: string): Promise<T> {
    let pending = cache.get(file);
    if (pending === undefined) {
      pending = fetchJson(url(file));
      pending.catch(() => cache.delete(file));
      cache.set(file, pending);
    }
    return pending as Promise<T>;
  }

  const manifest = () => json<Manifest>('manifest.json');
  const sandboxEntry = async (id: string) => entry((await manifest()).sandboxes, id, 'sandbox');
  return {
    manifest,
    url,
    sandbox: async (id) => json((await sandboxEntry(id)).url),
    types: async (id) => json((await sandboxEntry(id)).types),
    locks: async ({ sandbox, exercise }) =>
      exercise === undefined
        ? json((await sandboxEntry(sandbox ?? '')).locks)
        : json(entry((await manifest()).exercises, exercise, 'exercise').locks),
    packagesUrl: async (id) => url((await sandboxEntry(id)).packages),
    exercise: async (slug) => json(entry((await manifest()).exercises, slug, 'exercise').url),
  };
}

async function fetchJson(address: string): Promise<unknown> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} could not be loaded: HTTP ${response.status}.`);
  return response.json();
}

function entry<T>(entries: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = entries[name];
  if (found !== undefined) return found;
  throw new Error(`There is no ${what} “${name}”; there are ${Object.keys(entries).join(', ')}.`);
}
