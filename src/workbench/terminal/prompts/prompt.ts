/** A tool's own prompt, as redis-cli and psql open one: lines go to it until one leaves it. */
import type { Call } from '../command.ts';

export interface Prompt {
  /** The tool; each has a history of its own. */
  readonly name: PromptName;
  /** What stands before the line: `cache:6379>`, `orders=#`, `orders-#` while a statement goes on. */
  readonly sign: string;
  /** What one types to leave it. */
  readonly leaveWord: string;
  /** Runs a line; true when it was the one to leave. Waits through the call, so that Ctrl-C ends it. */
  enter(line: string, call: Call): Promise<boolean>;
  /** Ctrl-C: what was begun is forgotten. */
  reset(): void;
  /** What could stand at the end of the line. */
  complete(line: string): readonly string[];
}

export const PROMPTS = ['redis-cli', 'psql'] as const;
export type PromptName = (typeof PROMPTS)[number];
