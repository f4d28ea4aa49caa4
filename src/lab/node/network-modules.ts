/**
 * The network half of the built-ins (net, dns, http, fetch): what index.ts registers. Written by the part that owns
 * those folders. Inside the bundle free names such as `process`, `Buffer`, `setTimeout`, `queueMicrotask`,
 * `AbortController`, `URL` mean the process's own (inject.ts); the rest comes by import from this folder:
 * './events.ts' (EventEmitter), './stream.ts', './errors.ts', './async-hooks.ts', './util/index.ts', …
 */

/** Module name without `node:` → its exports. */
export const networkModules: Record<string, unknown> = {};

/** Globals: fetch, Headers, Request, Response, FormData, … */
export const networkGlobals: Record<string, unknown> = {};

/** Module name → the sentence thrown at import. */
export const networkMissing: Record<string, string> = {};
