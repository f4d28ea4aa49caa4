/** How a command ends when it cannot do its work: a sentence and an exit code. */

export const EXIT = {
  /** All is well; every check passed. */
  ok: 0,
  /** The work was done and the answer is no: a check failed, a grader is not proven. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The folder, the compose file or the exercise is wrong. */
  project: 3,
  /** It could not be started here: a busy port, a service that does not get ready. */
  start: 4,
  /** Ctrl-C, as shells have it. */
  interrupted: 130,
} as const;

/** Shown as its sentence, without a stack. */
export class CliError extends Error {
  readonly code: number;
  readonly hint: string | undefined;

  constructor(code: number, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
