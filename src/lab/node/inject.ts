/**
 * The names that mean the process's own everywhere in the bundle: esbuild replaces each free use of a name below, in
 * this folder's files and in the npm packages under them, by an import from here. So nothing in the bundle can reach
 * the host's timers, clock, randomness or promises. `Promise` is not here: it is a parameter of the whole bundle.
 */
export { AbortController, AbortSignal } from './abort.ts';
export { atob, Buffer, btoa } from './buffer/index.ts';
export { console } from './console.ts';
export { CustomEvent, Event, EventTarget } from './event-target.ts';
export { LabDate as Date } from './globals/date.ts';
export { global, global as globalThis } from './globals/global.ts';
export { LabIntl as Intl } from './globals/intl.ts';
export { LabMath as Math } from './globals/math.ts';
export { performance } from './performance.ts';
export { process } from './process/index.ts';
export {
  clearImmediate,
  clearInterval,
  clearTimeout,
  queueMicrotask,
  setImmediate,
  setInterval,
  setTimeout,
} from './timers.ts';
export { crypto } from './web-crypto.ts';
