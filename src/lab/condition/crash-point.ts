/** Tells of what a process does that others can notice, files it changes and bytes it sends, so that it can be ended there. */

type Listener = (what: string) => void;

export class CrashPoint {
  private listeners: readonly Listener[] = [];

  /** `listener` may throw to unwind the program. Returns what ends the watching. */
  watch(listener: Listener): () => void {
    this.listeners = [...this.listeners, listener];
    return () => {
      this.listeners = this.listeners.filter((other) => other !== listener);
    };
  }

  reached(what: string): void {
    for (const listener of this.listeners) listener(what);
  }
}
