/** What INFO counts. */
export class Stats {
  connections = 0;
  rejected = 0;
  commands = 0;
  netIn = 0;
  netOut = 0;
  hits = 0;
  misses = 0;
  expired = 0;
  evicted = 0;
  outputLimited = 0;
  syncFull = 0;
  syncPartialOk = 0;
  syncPartialErr = 0;
  /** By the error's first word. */
  readonly errors = new Map<string, number>();
  /** By command: calls, µs of CPU, refused before they ran, failed. */
  readonly byCommand = new Map<string, { calls: number; us: number; rejected: number; failed: number }>();

  error(message: string): void {
    const code = message.split(' ', 1)[0]!;
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  of(command: string) {
    const found = this.byCommand.get(command) ?? { calls: 0, us: 0, rejected: 0, failed: 0 };
    this.byCommand.set(command, found);
    return found;
  }

  reset(): void {
    Object.assign(this, { connections: 0, rejected: 0, commands: 0, netIn: 0, netOut: 0, hits: 0, misses: 0 });
    Object.assign(this, { expired: 0, evicted: 0, outputLimited: 0 });
    Object.assign(this, { syncFull: 0, syncPartialOk: 0, syncPartialErr: 0 });
    this.errors.clear();
    this.byCommand.clear();
  }

  get totalErrors(): number {
    let sum = 0;
    for (const count of this.errors.values()) sum += count;
    return sum;
  }
}
