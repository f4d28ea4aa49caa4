/** A line that shows how far long work is, on a terminal; nothing elsewhere, so that logs stay readable. */

const WIDTH = 24;

export class Progress {
  private readonly stream: NodeJS.WriteStream;
  private isShown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.stream = stream;
  }

  show(share: number, text: string): void {
    if (!this.stream.isTTY) return;
    const filled = Math.round(Math.max(0, Math.min(1, share)) * WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    this.stream.write(`\r\u001b[K${bar} ${`${text}`.slice(0, Math.max(0, (this.stream.columns ?? 80) - WIDTH - 2))}`);
    this.isShown = true;
  }

  clear(): void {
    if (this.isShown) this.stream.write('\r\u001b[K');
    this.isShown = false;
  }
}
