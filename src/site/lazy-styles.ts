/**
 * Astro puts the styles of everything that a page's scripts may ever import into that page's head: with the workbench,
 * Monaco's 170 KB in every lesson. Vite loads a dynamically imported module's styles with the module anyway, so these
 * links are taken out of the pages again, except where the page is the workbench and needs them at once.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';

/** What of Rollup's output is looked at. */
interface Chunk {
  readonly type: 'chunk';
  readonly fileName: string;
  readonly isEntry: boolean;
  readonly imports: readonly string[];
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> };
}
type Bundle = Readonly<Record<string, Chunk | { readonly type: 'asset' }>>;

export function lazyStyles(): AstroIntegration {
  let lazy: ReadonlySet<string> = new Set();
  return {
    name: 'loadbearing-lazy-styles',
    hooks: {
      'astro:config:setup': ({ updateConfig }) => {
        updateConfig({
          vite: {
            plugins: [
              {
                name: 'loadbearing:lazy-styles',
                enforce: 'post',
                applyToEnvironment: (environment) => environment.name === 'client',
                writeBundle: (_options, bundle) => {
                  lazy = lazyStylesIn(bundle as unknown as Bundle);
                },
              },
            ],
          },
        });
      },
      'astro:build:done': ({ dir }) => {
        for (const file of htmlFiles(fileURLToPath(dir))) {
          const before = readFileSync(file, 'utf8');
          const after = withoutStyles(before, lazy);
          if (after !== before) writeFileSync(file, after);
        }
      },
    },
  };
}

/** Style sheets that belong only to chunks which no page loads by itself. */
export function lazyStylesIn(bundle: Bundle): ReadonlySet<string> {
  const chunks = Object.values(bundle).filter((each) => each.type === 'chunk');
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const loaded = new Set<string>();
  const visit = (name: string) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const imported of byName.get(name)?.imports ?? []) visit(imported);
  };
  for (const chunk of chunks) if (chunk.isEntry) visit(chunk.fileName);
  const stylesOf = (wanted: boolean) =>
    chunks
      .filter((chunk) => loaded.has(chunk.fileName) === wanted)
      .flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? [])]);
  const eager = new Set(stylesOf(true));
  return new Set(stylesOf(false).filter((style) => !eager.has(style)));
}

/** The page without links to these style sheets; unchanged when it is the workbench's own. */
export function withoutStyles(html: string, styles: ReadonlySet<string>): string {
  if (html.includes('id="workbench-page"')) return html;
  return html.replace(/<link rel="stylesheet" href="([^"]+)"[^>]*>/g, (link, href: string) => {
    const isLazy = [...styles].some((style) => href.endsWith(`/${style}`));
    return isLazy ? '' : link;
  });
}

function htmlFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html') && !name.startsWith('_lab'))
    .map((name) => join(folder, name));
}
