/**
 * An unseen first boot in an idle worker. It leaves nothing but compiled code: the built-ins, the packages and the
 * project's files are parsed once per worker, and a second boot in the same worker takes a fifth of the time.
 */
import { createLab, type Programs } from '../../lab/index.ts';
import type { Files } from '../remote/messages.ts';
import type { Clock } from './lab-run.ts';

/** Real ms of one slice: a `boot` that arrives meanwhile waits no longer. */
const SLICE_MS = 8;
/** Events after which the rehearsal is over whatever the project does; a boot of the shop takes a few hundred. */
const EVENTS_MAX = 20_000;

/** Starts it; returns the function that ends it early. `onDone` is called when it is over by itself. */
export function rehearse(files: Files, programs: Programs, clock: Clock, onDone: () => void): () => void {
  const created = createLab({ files, seed: 1, programs, realNowMs: clock.nowMs });
  if (!created.ok) {
    onDone();
    return () => {};
  }
  const { lab } = created;
  let isOver = false;
  let isCancelled = false;
  lab.onReady = () => {
    isOver = true;
  };
  lab.boot();
  let events = 0;
  const slice = () => {
    if (isCancelled) return;
    const deadline = clock.nowMs() + SLICE_MS;
    while (!isOver && lab.ended === null && clock.nowMs() < deadline) {
      if (!lab.scheduler.step() || ++events >= EVENTS_MAX) isOver = true;
    }
    if (isOver || lab.ended !== null) onDone();
    else clock.soon(slice);
  };
  clock.soon(slice);
  return () => {
    isCancelled = true;
  };
}
