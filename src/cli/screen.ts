/**
 * Lines that scroll by with a table that stays below them, on a terminal; elsewhere only the lines. Nothing but
 * standard escapes: up, clear to the end.
 */

const REDRAW_MS = 150;

export class Screen {
  private readonly stream: NodeJS.WriteStream;
  private readonly table: () => readonly string[];
  private drawn = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(table: () => readonly string[], stream: NodeJS.WriteStream = process.stdout) {
    this.table = table;
    this.stream = stream;
    if (stream.isTTY) this.timer = setInterval(() => this.redraw(''), REDRAW_MS);
  }

  line(text: string): void {
    if (this.timer === null) this.stream.write(`${text}\n`);
    else this.redraw(`${text}\n`);
  }

  /** The table goes away; what comes is plain lines. */
  close(): void {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.stream.write(this.erased());
  }

  private redraw(text: string): void {
    const width = this.stream.columns ?? 80;
    const lines = this.table().map((line) => line.slice(0, width - 1));
    const room = Math.max(0, (this.stream.rows ?? 24) - 2);
    const shown = lines.slice(0, room);
    this.stream.write(`${this.erased()}${text}${shown.map((line) => `${line}\n`).join('')}`);
    this.drawn = shown.length;
  }

  private erased(): string {
    const { drawn } = this;
    this.drawn = 0;
    return drawn === 0 ? '' : `\u001b[${drawn}A\r\u001b[J`;
  }
}
