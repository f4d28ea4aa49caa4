/**
 * From the bridge to the page, over a terminal that may do what terminals do: repeat the input, colour, end lines with
 * \r\n, cut the stream anywhere (inside a character, too). So a message is ASCII, in lines of bounded length that begin
 * with a random token and say their number and length; whatever else is printed is noise, of which the end is kept. A
 * line that is lost or damaged is noticed and ends the conversation: nothing is guessed.
 *
 * Who does not know the token cannot forge a line. Services are not told it, and what they print reaches the page inside
 * messages only. They run as the same user in the same container, so one that set out to find it could: the token keeps
 * accidents apart, and what is read is looked at like anything else that comes from a learner's program.
 */

/** Of a piece of a message: much less than any pipe holds. */
const PIECE_MAX = 8000;
/** Of a whole message; more than a second of the busiest trace. */
const MESSAGE_MAX = 64 * 1024 * 1024;
/** What is kept of noise, to be shown when the bridge ends. */
const NOISE_KEPT = 2000;

/** Made of the message, in order; the first has number 0. */
export class WireWriter {
  private readonly token: string;
  private readonly write: (line: string) => void;
  private number = 0;

  constructor(token: string, write: (line: string) => void) {
    this.token = token;
    this.write = write;
  }

  send(message: unknown): void {
    const text = ascii(encode(message));
    for (let at = 0; at < text.length; at += PIECE_MAX) {
      const piece = text.slice(at, at + PIECE_MAX);
      const hasMore = at + PIECE_MAX < text.length ? 1 : 0;
      // Begins on a line of its own, whatever was printed before.
      this.write(`\n${this.token} ${this.number++} ${hasMore} ${piece.length} ${piece}\n`);
    }
  }
}

export interface WireListener {
  onMessage(message: unknown): void;
  /** A line was lost or damaged; nothing more is read. */
  onGarbled(): void;
}

export class WireReader {
  private readonly token: string;
  private readonly listener: WireListener;
  private rest = '';
  private message = '';
  private number = 0;
  private isOver = false;
  private noise = '';

  constructor(token: string, listener: WireListener) {
    this.token = token;
    this.listener = listener;
  }

  /** The end of what was printed beside the messages. */
  get lastNoise(): string {
    return clean(this.noise + this.rest).trim();
  }

  take(chunk: string): void {
    if (this.isOver) return;
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) {
      if (this.isOver) return;
      this.line(clean(line));
    }
    // Noise without an end of line.
    if (this.rest.length > 4 * PIECE_MAX) {
      this.heardNoise(this.rest);
      this.rest = '';
    }
  }

  private line(line: string): void {
    const at = line.indexOf(this.token);
    if (at < 0) {
      // A number alone is a repeated word of the page's (mailbox.ts).
      if (!/^\d*$/.test(line)) this.heardNoise(`${line}\n`);
      return;
    }
    const found = /^ (\d+) ([01]) (\d+) (.*)$/.exec(line.slice(at + this.token.length));
    const [, number, hasMore, length, piece] = found ?? [];
    if (piece === undefined || Number(number) !== this.number || Number(length) !== piece.length) {
      this.garbled();
      return;
    }
    this.number++;
    this.message += piece;
    if (this.message.length > MESSAGE_MAX) this.garbled();
    else if (hasMore === '0') this.end();
  }

  private end(): void {
    const { message } = this;
    this.message = '';
    let decoded: unknown;
    try {
      decoded = decode(message);
    } catch {
      this.garbled();
      return;
    }
    this.listener.onMessage(decoded);
  }

  private garbled(): void {
    this.isOver = true;
    this.listener.onGarbled();
  }

  private heardNoise(text: string): void {
    this.noise = (this.noise + text).slice(-NOISE_KEPT);
  }
}

/** JSON that keeps what JSON has not: a percentile of nothing is NaN, a speed may be infinite. */
export function encode(message: unknown): string {
  return JSON.stringify(message, (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? { $number: String(value) } : value,
  );
}

/** Throws a SyntaxError. */
export function decode(text: string): unknown {
  return JSON.parse(text, (_, value) =>
    typeof value === 'object' && value !== null && typeof value.$number === 'string' ? Number(value.$number) : value,
  );
}

function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Without colours, other commands to terminals, and carriage returns. No message has any of these. */
function clean(text: string): string {
  return text.replace(
    /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])|[\r\u0000]/g,
    '',
  );
}
