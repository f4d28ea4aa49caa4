/**
 * Functions that Node's modules have and the lab's have not: each throws a sentence when it is called, so that no
 * program sees `undefined is not a function`. Part of the full built-ins, which a program gets by naming one of them.
 */
import { missing } from './errors.ts';
import { ABSENT } from './full-names.ts';

const ADVICE: Readonly<Record<string, string>> = {
  crypto:
    'The lab has hashes, HMAC, key derivation, AES-GCM, signatures with Ed25519, P-256 and RSA, and random values.',
  dns: 'Names in the lab are services and have A records only: use lookup or resolve4.',
  fs: 'The lab has files and folders in memory, without links, owners and descriptors of devices.',
  http: 'Use fetch, http.request, or the package ws.',
  module: 'Modules are loaded by the lab: use import, import() or createRequire.',
  net: 'Use net.createServer and net.connect.',
  util: 'Use util.inspect, util.format or a package.',
  v8: 'Use process.memoryUsage().',
  worker_threads: 'Start another service or replica in compose.yaml.',
  zlib: 'Use gzip, deflate or brotli.',
};

/** Adds them to a module when it is first asked for. */
export function addAbsent(name: string, exports: any): void {
  const names = Object.hasOwn(ABSENT, name) ? ABSENT[name]!.split(' ') : [];
  const area = name.split('/')[0]!;
  for (const one of names) {
    if (one in exports) continue;
    const throws = () => missing(`${area}.${one}`, ADVICE[area] ?? 'Use another function of the module.');
    Object.defineProperty(exports, one, { value: throws, writable: true, configurable: true, enumerable: true });
  }
}
