/**
 * The network half of the built-ins (net, dns, http, fetch): what index.ts registers. Inside the bundle free names such
 * as `process`, `Buffer`, `setTimeout` mean the process's own (inject.ts).
 */
import dns, { promises as dnsPromises } from './dns.ts';
import { Blob, File, FormData, fetch, Headers, Request, Response } from './fetch/index.ts';
import http from './http/index.ts';
import net from './net.ts';

/** Module name without `node:` → its exports. */
export const networkModules: Record<string, unknown> = {
  dns,
  'dns/promises': dnsPromises,
  http,
  net,
};

/** Globals: fetch, Headers, Request, Response, FormData, … */
export const networkGlobals: Record<string, unknown> = { Blob, File, FormData, Headers, Request, Response, fetch };

/** Module name → the sentence thrown at import. */
export const networkMissing: Record<string, string> = {
  https:
    'node:https is not part of the lab: services inside it talk plain HTTP, as behind a proxy that ends TLS. Use node:http and http:// addresses.',
  tls: 'node:tls is not part of the lab: services inside it talk plain TCP, as behind a proxy that ends TLS. Use node:net.',
};
