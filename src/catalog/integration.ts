/**
 * The Astro integration: builds public/_lab before `astro dev` and `astro build`; in dev rebuilds it and reloads the
 * page when the lab, a sandbox or an exercise changes. Records which modules were shipped, for the notices.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { type AssetReport, buildAssets } from './assets.ts';

/** What a first Run loads may weigh this much gzipped: worker, built-ins and a sandbox's packages. */
const runGzipBytesMax = 400 * 1024;

export interface LabOptions {
  /** Whether learners may choose StackBlitz's WebContainers instead of the lab. */
  readonly webContainers?: boolean;
}

/** What a page needs that embeds a WebContainer, besides Cross-Origin-Opener-Policy. */
export const EMBEDDER_POLICY = ['Cross-Origin-Embedder-Policy', 'require-corp'] as const;

/** For `integrations` in astro.config.mjs. */
export default function loadbearing({ webContainers = false }: LabOptions = {}): AstroIntegration {
  let root = '';
  const shipped = new Set<string>();
  return {
    name: 'loadbearing',
    hooks: {
      'astro:config:setup': async ({ command, config, logger, updateConfig }) => {
        root = fileURLToPath(config.root);
        if (command !== 'dev' && command !== 'build') return;
        updateConfig({
          vite: {
            plugins: [recordShippedModules(shipped)],
            // A constant: what is behind it is not even built when it is false.
            define: { 'import.meta.env.WEBCONTAINERS': JSON.stringify(webContainers) },
            ...(webContainers && { server: { headers: Object.fromEntries([EMBEDDER_POLICY]) } }),
          },
        });
        try {
          // While an author is half-way through an edit the site must stay up; a build must not.
          const onProblems = (error: Error) => logger.error(error.message);
          const report = await buildAssets(root, command === 'dev' ? onProblems : undefined, {
            hasContainers: webContainers,
          });
          for (const module of report.modules) shipped.add(module);
          for (const line of describeSizes(report)) logger.info(line);
        } catch (error) {
          if (command === 'build') throw error;
          logger.error((error as Error).message);
        }
      },
      'astro:server:setup': ({ server, logger }) => {
        const folders = ['src/lab', 'src/engines/lab', 'src/catalog', 'sandboxes', 'exercises'].map(
          (name) => join(root, name) + sep,
        );
        server.watcher.add(folders.slice(3));
        let building = Promise.resolve();
        let isQueued = false;
        const rebuild = (path: string) => {
          if (
            isQueued ||
            !folders.some((folder) => path.startsWith(folder)) ||
            (path.endsWith('.test.ts') && path.includes(`${sep}src${sep}`))
          )
            return;
          isQueued = true;
          // One build at a time; changes that arrive meanwhile share the next one.
          building = building.then(async () => {
            isQueued = false;
            try {
              await buildAssets(root, (error) => logger.error(error.message), { hasContainers: webContainers });
              server.ws.send({ type: 'full-reload', path: '*' });
            } catch (error) {
              logger.error((error as Error).message);
            }
          });
        };
        for (const event of ['add', 'change', 'unlink'] as const) server.watcher.on(event, rebuild);
      },
      'astro:build:done': ({ dir }) => {
        if (webContainers) addHeader(join(fileURLToPath(dir), '_headers'), EMBEDDER_POLICY);
        mkdirSync(join(root, '.cache'), { recursive: true });
        writeFileSync(join(root, '.cache', 'shipped-modules.json'), JSON.stringify([...shipped].sort(), null, 1));
      },
    },
  };
}

/** One line a sandbox: what a first Run loads, against the budget; and what would be mounted into a WebContainer. */
export function describeSizes(report: AssetReport): string[] {
  const runs = Object.entries(report.runGzipBytes).map(([id, bytes]) => {
    const verdict = bytes <= runGzipBytesMax ? 'within' : 'OVER';
    return `${id}: worker, built-ins and packages ${kib(bytes)} gzip, ${verdict} the budget of ${kib(runGzipBytesMax)}`;
  });
  const trees = Object.entries(report.manifest.sandboxes).flatMap(([id, { tree }]) =>
    tree === undefined ? [] : [`${id}: files for a WebContainer ${kib(report.gzipBytes[tree]!)} gzip`],
  );
  return [...runs, ...trees];
}

/** Says a header for all paths, in a `_headers` file that has said some. Throws when there is no such place in it. */
export function withHeader(headers: string, [name, value]: readonly [string, string]): string {
  if (!/^\/\*$/m.test(headers))
    throw new Error('public/_headers has no block for /* to which a header could be added.');
  return headers.replace(/^\/\*$/m, `/*\n  ${name}: ${value}`);
}

function addHeader(file: string, header: readonly [string, string]): void {
  writeFileSync(file, withHeader(existsSync(file) ? readFileSync(file, 'utf8') : '', header));
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

/** What a bundle of Vite holds, as far as it is read here. */
interface Output {
  readonly type: 'chunk' | 'asset';
  readonly modules?: object;
  readonly originalFileNames?: readonly string[];
}

/**
 * Notes every module that Vite renders into a script for browsers, every stylesheet and every file that it ships as it
 * is, as fonts. Stylesheets are looked for in all builds: Astro collects those of pages while it renders them.
 */
function recordShippedModules(shipped: Set<string>) {
  const add = (id: string) => shipped.add(id.replace(/^\0+/, '').replace(/[?#].*$/, ''));
  return {
    name: 'loadbearing:shipped-modules',
    generateBundle(this: { environment?: { name: string } }, _options: unknown, bundle: Record<string, Output>) {
      const isForBrowsers = this.environment === undefined || this.environment.name === 'client';
      for (const output of Object.values(bundle)) {
        for (const name of output.originalFileNames ?? []) add(name);
        for (const id of Object.keys(output.modules ?? {})) if (isForBrowsers || /\.css(\?|$)/.test(id)) add(id);
      }
    },
  };
}
