/** What a command of the terminal is, and what it is given when it runs. */
import type { WorkbenchSession } from '../session/session.ts';
import type { Prompt } from './prompts/prompt.ts';
import type { TerminalTexts } from './texts.ts';

export interface Command {
  readonly name: string;
  /** One line for `help`; the texts know it by the name. */
  readonly usage: string;
  /** Its exit code. Waits through `call.wait`, so that Ctrl-C ends it. */
  run(call: Call): Promise<number> | number;
  /** What could stand at the place of the next word, after `words` (without the command's own name). */
  complete?(words: readonly string[], session: WorkbenchSession): readonly string[];
}

export interface Call {
  readonly argv: readonly string[];
  readonly session: WorkbenchSession;
  readonly text: TerminalTexts;
  readonly signal: AbortSignal;
  out(text: string): void;
  err(text: string): void;
  /** The promise's value, or an Interrupted error once Ctrl-C was pressed. Says so when the clock stands meanwhile. */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** Lines go to this prompt from now on. */
  open(prompt: Prompt): void;
  /** Nothing of it is read out: it prints until it is ended. */
  streams(): void;
}

export class Interrupted extends Error {}

/** A sentence for the person; the command ends with `status`. */
export class CommandError extends Error {
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}
