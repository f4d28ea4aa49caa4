/** Runs the commands of a file against the empty dataset. */
import { lower } from './bytes.ts';
import type { Command } from './command.ts';
import { LOAD_MEGABYTE_US } from './cost.ts';
import { run } from './execute.ts';
import type { RedisServer } from './redis-server.ts';
import { Failure } from './reply.ts';
import { RequestParser } from './request-parser.ts';
import { findCommand } from './table.ts';

const PIECE_BYTES = 1 << 20;

export type Loaded =
  | { readonly is: 'whole' }
  /** The file ends within a command or transaction; up to `validBytes` it has been loaded. */
  | { readonly is: 'truncated'; readonly validBytes: number }
  | { readonly is: 'bad'; readonly why: string };

export function loadCommands(server: RedisServer, bytes: Uint8Array): Loaded {
  const parser = new RequestParser();
  const limits = { bulkBytesMax: Infinity, isAuthenticated: true };
  let validBytes = 0;
  let transaction: { command: Command; args: readonly string[] }[] | null = null;
  server.burn((bytes.length / 1e6) * LOAD_MEGABYTE_US);
  if (bytes.length > 0 && bytes[0] !== 42) return { is: 'bad', why: 'it does not begin with a command' };
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const end = Math.min(at + PIECE_BYTES, bytes.length);
    parser.push(bytes.subarray(at, end));
    for (let parsed = parser.next(limits); parsed; parsed = parser.next(limits)) {
      if ('error' in parsed) return { is: 'bad', why: parsed.error };
      const { args } = parsed;
      if (args.length === 0) return { is: 'bad', why: 'an empty command' };
      const name = lower(args[0]!);
      if (name === 'multi') transaction = [];
      else if (name === 'exec' && transaction) {
        for (const one of transaction) executeCommand(server, one.command, one.args);
        transaction = null;
      } else {
        const command = findCommand(args);
        if (command instanceof Failure) return { is: 'bad', why: `Unknown command '${args[0]}'` };
        if (transaction) transaction.push({ command, args });
        else executeCommand(server, command, args);
      }
      // A transaction that is cut off must not be half done, so it begins to count with its EXEC.
      if (!transaction) validBytes = end - parser.bufferedBytes;
    }
  }
  return validBytes === bytes.length ? { is: 'whole' } : { is: 'truncated', validBytes };
}

/** As loading does: whatever would be in its way for a client. */
export function executeCommand(server: RedisServer, command: Command, args: readonly string[]): void {
  server.execution(() => run(server, server.internal, command, args, false));
}
