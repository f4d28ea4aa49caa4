/**
 * What engines share whose systems run elsewhere (the lab in a worker, a container behind a bridge): the page's side.
 *
 * - messages.ts        everything that both sides say, and the reader that believes none of it before it has looked
 * - host.ts            what is spoken to; each engine has its own
 * - remote-session.ts  a running system; grading.ts the checks of an exercise
 * - watchdog.ts        notices silence
 *
 * Not here: how the other side is started, and what it does.
 */
export { grade } from './grading.ts';
export type { RemoteHost } from './host.ts';
export { type PageMessage, readWorkerMessage, type WireMessage, type WorkerMessage } from './messages.ts';
export { RemoteSession, type RemoteWords } from './remote-session.ts';
export { Watchdog } from './watchdog.ts';
