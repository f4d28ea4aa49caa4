/** Options of a command, with a sentence for what is wrong. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CliError, EXIT } from './failure.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

export function readArgs<const O extends Options>(args: readonly string[], options: O, usage: string) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new CliError(EXIT.usage, (error as Error).message.split('. ')[0]!.replace(/\.?$/, '.'), `usage: ${usage}`);
  }
}

export function readSeeds(words: readonly string[] | undefined, usage: string): readonly number[] | null {
  if (words === undefined) return null;
  const seeds = words.flatMap((word) => word.split(',')).map(Number);
  if (seeds.some((seed) => !Number.isSafeInteger(seed) || seed < 0))
    throw new CliError(
      EXIT.usage,
      `--seed takes whole numbers, as --seed 11 or --seed 11,23; found ${words.join(' ')}.`,
      `usage: ${usage}`,
    );
  return seeds;
}
