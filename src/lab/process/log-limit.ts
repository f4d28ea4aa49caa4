/**
 * Keeps a program that logs without end from filling the trace: it is the record of a run, and a page holds it. Counted
 * in virtual time, so every run of a seed leaves out the same lines.
 */

/** Calls that write, per virtual second of one process; far above what a service under load logs for people. */
export const LINES_PER_SECOND_MAX = 10_000;
/** Characters of one text that are kept. */
export const TEXT_MAX = 65_536;

export class LogLimit {
  private second = -1;
  private count = 0;

  /** What to keep of a text written at `nowUs`: the text, a sentence in place of the first that is left out, or null. */
  admit(text: string, nowUs: number): string | null {
    const second = Math.floor(nowUs / 1_000_000);
    if (second !== this.second) {
      this.second = second;
      this.count = 0;
    }
    this.count++;
    if (this.count > LINES_PER_SECOND_MAX)
      return this.count === LINES_PER_SECOND_MAX + 1
        ? `(The lab leaves out what this process writes beyond ${LINES_PER_SECOND_MAX} lines in one second.)\n`
        : null;
    return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}… (${text.length - TEXT_MAX} more characters)\n`;
  }
}
