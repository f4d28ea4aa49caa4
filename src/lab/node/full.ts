/**
 * The full set of built-ins: the core of index.ts and what few programs need and is large. A program gets it when its
 * files or packages name something of it (process/variant.ts). To add a module, put its name into full-names.ts and a
 * line here. Nothing in the core may import from here or from what stands behind it.
 */
import { addAbsent } from './absent.ts';
import { CryptoKey, completeSubtle } from './crypto/install.ts';
import { installExactMath } from './globals/exact-math.ts';
import { createBuiltins, type Extra } from './index.ts';
import type { Builtins } from './kernel.ts';
import { BroadcastChannel, MessageChannel, MessageEvent, MessagePort, workerMessaging } from './messaging.ts';
import { more } from './more.ts';
import perfHooks from './performance.ts';
import { observing } from './performance-observer.ts';
import { process } from './process/index.ts';
import { connectSecureFetch } from './tls/install.ts';
import { processWebAssembly } from './web-assembly.ts';
import { CloseEvent, WebSocket } from './web-socket.ts';
import { connectWebStreams, webStreams } from './web-streams/index.ts';

const { PerformanceEntry, PerformanceMark, PerformanceMeasure } = perfHooks as any;
const { PerformanceObserver, PerformanceObserverEntryList } = observing;

export function createFullBuiltins(): Builtins {
  connectWebStreams();
  completeSubtle();
  connectSecureFetch();
  installExactMath();
  const core = createBuiltins({
    globals: {
      ...webStreams,
      BroadcastChannel,
      CryptoKey,
      MessageChannel,
      MessageEvent,
      MessagePort,
      PerformanceEntry,
      PerformanceMark,
      PerformanceMeasure,
      PerformanceObserver,
      PerformanceObserverEntryList,
      WebAssembly: processWebAssembly,
      CloseEvent,
      WebSocket,
    },
    modules,
  });
  const completed = new Set<unknown>();
  const builtin = (name: string): unknown => {
    const exports: any = core.builtin(name);
    if (exports === null || exports === undefined || completed.has(exports)) return exports;
    completed.add(exports);
    if (Object.hasOwn(more, name)) more[name]!(exports);
    addAbsent(name, exports);
    return exports;
  };
  process.getBuiltinModule = (name: string) => builtin(name.replace(/^node:/, '')) ?? undefined;
  return { ...core, builtin };
}

/** Module name without `node:` → its exports; evaluated when first asked for. */
const modules: Extra['modules'] = {
  crypto: (core) => require('./crypto/full.ts').fullCrypto(core),
  http2: () => require('./http2/index.ts').default,
  https: () => require('./https/index.ts').default,
  'stream/web': () => webStreams,
  readline: () => require('./readline.ts').default,
  'readline/promises': () => require('./readline.ts').promises,
  perf_hooks: (core) => ({ ...core, ...observing }),
  v8: () => require('./v8.ts').default,
  worker_threads: (core) => ({ ...core, ...workerMessaging }),
  tls: () => require('./tls/index.ts').default,
  zlib: () => require('./zlib/index.ts').default,
};
