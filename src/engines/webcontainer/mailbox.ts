/**
 * From the page to the bridge: each message is a file in a folder, by its number; its number on a line of the standard
 * input says that it is there. Who misses the line (nobody knows what a terminal does to input) finds the file a little
 * later. A file gets its name when it is whole.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from './wire.ts';

const LOOK_MS = 500;

/** `line`, when it says that a message is there. */
export function mailName(number: number): string {
  return `${number}.json`;
}

/** Calls back with each message, in order; returns the function that ends it. */
export function readMailbox(
  folder: string,
  input: NodeJS.ReadableStream,
  onMessage: (message: unknown) => void,
): () => void {
  let number = 0;
  const look = () => {
    for (;;) {
      const file = join(folder, mailName(number));
      if (!existsSync(file)) return;
      number++;
      const text = readFileSync(file, 'utf8');
      rmSync(file, { force: true });
      onMessage(decode(text));
    }
  };
  input.on('data', look);
  const timer = setInterval(look, LOOK_MS);
  look();
  return () => {
    input.off('data', look);
    clearInterval(timer);
  };
}
