/**
 * The full set of built-ins: the core of index.ts and what few programs need and is large. A program gets it when its
 * files or packages name something of it (process/variant.ts). To add a module, put its name into full-names.ts and a
 * line here. Nothing in the core may import from here or from what stands behind it.
 */
import { completeSubtle, CryptoKey } from './crypto/install.ts';
import { installExactMath } from './globals/exact-math.ts';
import { createBuiltins, type Extra } from './index.ts';
import type { Builtins } from './kernel.ts';
import { BroadcastChannel, MessageChannel, MessageEvent, MessagePort, workerMessaging } from './messaging.ts';
import { processWebAssembly } from './web-assembly.ts';
import { connectWebStreams, webStreams } from './web-streams/index.ts';

export function createFullBuiltins(): Builtins {
  connectWebStreams();
  completeSubtle();
  installExactMath();
  return createBuiltins({
    globals: {
      ...webStreams,
      BroadcastChannel,
      CryptoKey,
      MessageChannel,
      MessageEvent,
      MessagePort,
      WebAssembly: processWebAssembly,
    },
    modules,
  });
}

/** Module name without `node:` → its exports; evaluated when first asked for. */
const modules: Extra['modules'] = {
  crypto: (core) => require('./crypto/full.ts').fullCrypto(core),
  'stream/web': () => webStreams,
  http2: () => require('./http2/index.ts').default,
  https: () => require('./https/index.ts').default,
  perf_hooks: (core) => ({ ...core, ...require('./performance-observer.ts').observing }),
  tls: () => require('./tls/index.ts').default,
  v8: () => require('./v8.ts').default,
  worker_threads: (core) => ({ ...core, ...workerMessaging }),
  zlib: () => require('./zlib/index.ts').default,
};
