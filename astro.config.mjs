// The site's build. What the site is made of: src/site/integration.ts. Environment:
//   SITE_BASE  the path under which it is hosted, as /course/ ; / when absent
//   SITE_URL   its public origin, as https://learn.example.com ; adds canonical addresses and the sitemap
//   SITE_WEBCONTAINERS  1 offers StackBlitz's WebContainers beside the lab (docs/webcontainers.md)

import { satteri } from '@astrojs/markdown-satteri';
import preact from '@astrojs/preact';
import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
import lab from './src/catalog/integration.ts';
import { site } from './src/site/integration.ts';
import { lazyStyles } from './src/site/lazy-styles.ts';
import { asides } from './src/site/markdown/asides.ts';
import { headingAnchors } from './src/site/markdown/headingAnchors.ts';
import { contentSecurityPolicy } from './src/site/security.ts';
import { starlightOptions } from './src/site/starlight.ts';

const webContainers = process.env.SITE_WEBCONTAINERS === '1';

export default defineConfig({
  site: process.env.SITE_URL,
  base: process.env.SITE_BASE ?? '/',
  trailingSlash: 'always',
  output: 'static',
  integrations: [lab({ webContainers }), site(), starlight(starlightOptions()), preact(), lazyStyles()],
  markdown: { processor: satteri({ mdastPlugins: [asides], hastPlugins: [headingAnchors] }) },
  security: { csp: contentSecurityPolicy({ webContainers }) },
  devToolbar: { enabled: false },
});
