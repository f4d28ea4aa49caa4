/**
 * What Node's native half does in the check phase: everything that was asked for, and what that asks for again, in one
 * go. Ticks and promises of the callbacks come after all of it.
 */
const queue: (() => void)[] = [];
let isScheduled = false;

export function soon(run: () => void): void {
  queue.push(run);
  if (isScheduled) return;
  isScheduled = true;
  __kernel.setImmediate(drain);
}

function drain(): void {
  try {
    while (queue.length > 0) queue.shift()!();
  } finally {
    isScheduled = false;
    // A listener threw: the others still have their turn.
    if (queue.length > 0) soon(queue.shift()!);
  }
}
