/** Tools that have a prompt of their own; prompt.ts says what one is. */
import type { Call } from '../command.ts';
import { PROMPTS, type Prompt } from './prompt.ts';
import { psqlPrompt } from './psql.ts';
import { redisPrompt } from './redis.ts';

export { PROMPTS, type Prompt, type PromptName } from './prompt.ts';
export { REDIS_COMMANDS } from './redis.ts';

/** Whether a command line of the tool has no command in it and so opens a prompt. */
export function opensPrompt([name = '', ...words]: readonly string[]): boolean {
  if (!PROMPTS.some((each) => each === name)) return false;
  if (words.some((word) => /^(?:-v|--version|-l|--help)$/.test(word))) return false;
  // Flags may stand together: -tAc.
  if (name === 'psql') return !words.some((word) => /^(?:-c|-\w*[cfl]$|--command|--file|--list)/.test(word));
  let at = 0;
  while (words[at]?.startsWith('-')) at += /^-[hpanui]$/.test(words[at]!) ? 2 : 1;
  return at >= words.length;
}

export async function openPrompt(
  call: Call,
  service: string,
  replica: number,
  [name = '', ...options]: readonly string[],
): Promise<number> {
  const prompt: Prompt =
    name === 'psql' ? await psqlPrompt(call, service, replica, options) : redisPrompt(call, service, replica, options);
  call.open(prompt);
  return 0;
}
