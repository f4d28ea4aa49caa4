/** Real time, as far as it is waited for here; tests have their own. */
export interface Clock {
  /** Calls once after so many ms, unless the function that it returns was called before. */
  after(ms: number, run: () => void): () => void;
}

export const realClock: Clock = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** `promise`, or a rejection by what `late` makes when it has not settled in time. */
export function within<T>(promise: Promise<T>, ms: number, clock: Clock, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(late()));
    promise.then(resolve, reject).finally(cancel);
  });
}
