/**
 * The content security policy that stands in every page's head, so that it holds on any static host. public/_headers
 * adds what a <meta> cannot say. The lab's frame (public/_lab/) is a document of its own with a stricter one.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The one script that must run before the first paint, and so stands in the page itself. */
const themeScript = readFileSync(new URL('./theme/theme-before-paint.js', import.meta.url), 'utf8');

/** Where the frame comes from that @webcontainer/api puts into a page; what that loads is its own policy's matter. */
const STACKBLITZ = 'https://stackblitz.com';

/** `webContainers`: whether learners may choose StackBlitz's runtime. */
export const contentSecurityPolicy = ({ webContainers }: { readonly webContainers: boolean }) => ({
  scriptDirective: {
    // WebAssembly is the search index's reader (Pagefind). Astro adds the hashes of its own inline scripts.
    resources: ["'self'", "'wasm-unsafe-eval'"],
    hashes: [`sha256-${createHash('sha256').update(themeScript).digest('base64')}` as const],
  },
  styleDirective: {
    // The editor (Monaco) and mermaid write style elements and attributes while they draw; there is no hash for these.
    resources: ["'self'", "'unsafe-inline'"],
  },
  directives: [
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    `frame-src 'self' blob:${webContainers ? ` ${STACKBLITZ}` : ''}` as const,
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
  ] as const,
});
