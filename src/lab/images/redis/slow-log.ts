/** The last commands that took longer than `slowlog-log-slower-than` µs of virtual CPU time. */
import type { Client } from './client.ts';

export interface SlowCommand {
  readonly id: number;
  readonly atSeconds: number;
  readonly us: number;
  readonly args: readonly string[];
  readonly address: string;
  readonly clientName: string;
}

/** As `SLOWLOG_ENTRY_MAX_ARGC` and `SLOWLOG_ENTRY_MAX_STRING`. */
const ARGS_MAX = 32;
const ARG_BYTES_MAX = 128;

export class SlowLog {
  /** The newest first. */
  entries: SlowCommand[] = [];
  private nextId = 0;

  add(client: Client, args: readonly string[], us: number, wallMs: number, countMax: number): void {
    const shown = args
      .slice(0, args.length > ARGS_MAX ? ARGS_MAX - 1 : ARGS_MAX)
      .map((arg) =>
        arg.length > ARG_BYTES_MAX
          ? `${arg.slice(0, ARG_BYTES_MAX)}... (${arg.length - ARG_BYTES_MAX} more bytes)`
          : arg,
      );
    if (args.length > ARGS_MAX) shown.push(`... (${args.length - ARGS_MAX + 1} more arguments)`);
    const { address, name } = client;
    const atSeconds = Math.floor(wallMs / 1_000);
    this.entries.unshift({ id: this.nextId++, atSeconds, us: Math.round(us), args: shown, address, clientName: name });
    this.entries.length = Math.min(this.entries.length, countMax);
  }
}
