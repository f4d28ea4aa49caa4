/**
 * The full set of built-ins: the core of index.ts and what few programs need and is large. A program gets it when its
 * files or packages name something of it (process/variant.ts). To add a module, put its name into full-names.ts and a
 * line here. Nothing in the core may import from here or from what stands behind it.
 */
import { createBuiltins, type Extra } from './index.ts';
import type { Builtins } from './kernel.ts';
import { connectWebStreams, webStreams } from './web-streams/index.ts';

export function createFullBuiltins(): Builtins {
  connectWebStreams();
  return createBuiltins({ globals: { ...webStreams }, modules });
}

/** Module name without `node:` → its exports; evaluated when first asked for. */
const modules: Extra['modules'] = {
  'stream/web': () => webStreams,
  http2: () => require('./http2/index.ts').default,
  zlib: () => require('./zlib/index.ts').default,
};
