/** Before all browser tests: the site is built and served, a Chromium is there. Torn down in the same order. */
import type { TestProject } from 'vitest/node';
import { base, buildSite, dist } from '../../scripts/build.ts';
import { ensureChromium } from '../../scripts/chromium.ts';
import { serve } from '../../scripts/serve.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** As `http://localhost:4321/`. */
    siteUrl: string;
    chromiumPath: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildSite();
  const server = await serve({ folder: dist, port: 0, base });
  project.provide('siteUrl', server.url);
  project.provide('chromiumPath', ensureChromium());
  return () => server.close();
}
