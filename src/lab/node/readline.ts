/**
 * node:readline for streams that are no terminals, which is all a container has: lines of an input, question() and
 * prompt(). Source: Node 24's lib/internal/readline/interface.js. Part of the full built-ins.
 */
import { AbortError, codes, defineError, missing } from './errors.ts';
import EventEmitter, { on as eventsOn } from './events.ts';
import { validateAbortSignal, validateFunction, validateString } from './validators.ts';

defineError('ERR_USE_AFTER_CLOSE', '%s was closed');

const LINE_END = /\r\n|\n|\r(?!\n)|\u2028|\u2029/;

export class Interface extends (EventEmitter as any) {
  readonly input: any;
  readonly output: any;
  readonly terminal = false;
  line = '';
  cursor = 0;
  closed = false;
  readonly #decoder = new TextDecoder();
  readonly #crlfDelayMs: number;
  #prompt: string;
  #rest = '';
  /** When a chunk ended with CR: a LF that follows soon belongs to it. */
  #crAtUs = -1;
  #isPaused = false;
  #question: ((answer: string) => void) | null = null;
  readonly #onData = (chunk: any) => this.#take(typeof chunk === 'string' ? chunk : this.#decode(chunk, true));
  readonly #onEnd = () => this.#end();

  constructor(input: any, output?: any) {
    super();
    const options = input?.input ? input : { input, output };
    this.input = options.input;
    this.output = options.output;
    this.#prompt = options.prompt ?? '> ';
    this.#crlfDelayMs = Math.max(100, options.crlfDelay ?? 100);
    const { signal } = options;
    if (signal) {
      validateAbortSignal(signal, 'options.signal');
      if (signal.aborted) process.nextTick(() => this.close());
      else signal.addEventListener('abort', () => this.close(), { once: true });
    }
    const { input: source } = this;
    source.on('data', this.#onData);
    this.input.on('end', this.#onEnd);
    this.input.on('error', (error: unknown) => this.emit('error', error));
    this.input.resume();
  }

  getPrompt(): string {
    return this.#prompt;
  }
  setPrompt(prompt: string): void {
    this.#prompt = `${prompt}`;
  }
  prompt(): void {
    if (this.#isPaused) this.resume();
    this.output?.write(this.#prompt);
  }

  question(query: string, options: any, callback?: any): void {
    if (this.closed) throw new codes.ERR_USE_AFTER_CLOSE('readline');
    const done = typeof options === 'function' ? options : callback;
    validateFunction(done, 'cb');
    const signal = typeof options === 'object' ? options?.signal : undefined;
    if (signal?.aborted) return;
    signal?.addEventListener('abort', () => {
      if (this.#question === done) this.#question = null;
    });
    this.output?.write(query);
    this.#question = done;
    this.resume();
  }

  pause(): this {
    if (this.#isPaused) return this;
    this.input.pause();
    this.#isPaused = true;
    this.emit('pause');
    return this;
  }

  resume(): this {
    if (!this.#isPaused) return this;
    this.input.resume();
    this.#isPaused = false;
    this.emit('resume');
    return this;
  }

  write(text: any): void {
    if (this.closed) throw new codes.ERR_USE_AFTER_CLOSE('readline');
    if (this.#isPaused) this.resume();
    if (text !== null && text !== undefined) this.#take(typeof text === 'string' ? text : this.#decode(text, true));
  }

  close(): void {
    if (this.closed) return;
    this.pause();
    this.input.off('data', this.#onData);
    this.input.off('end', this.#onEnd);
    this.closed = true;
    this.emit('close');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for await (const [line] of eventsOn(this, 'line', { close: ['close'], highWaterMark: 1024 } as any)) yield line;
  }

  #decode(chunk: Uint8Array, isMore: boolean): string {
    return this.#decoder.decode(chunk, { stream: isMore });
  }

  #take(text: string): void {
    if (this.#crAtUs >= 0) {
      const isOneEnd = text.startsWith('\n') && (__kernel.loopUs() - this.#crAtUs) / 1000 <= this.#crlfDelayMs;
      if (isOneEnd) text = text.slice(1);
      this.#crAtUs = -1;
    }
    if (text.endsWith('\r')) this.#crAtUs = __kernel.loopUs();
    const lines = (this.#rest + text).split(LINE_END);
    this.#rest = lines.pop()!;
    for (const line of lines) this.#tell(line);
  }

  #tell(line: string): void {
    const question = this.#question;
    this.#question = null;
    if (question !== null) question(line);
    else this.emit('line', line);
  }

  #end(): void {
    const rest = this.#rest + this.#decode(new Uint8Array(0), false);
    this.#rest = '';
    if (rest !== '') this.#tell(rest);
    this.close();
  }
}

export const createInterface = (input: any, output?: any): Interface => new Interface(input, output);

class PromiseInterface extends Interface {
  override question(query: string, options: any = {}): Promise<string> {
    validateString(query, 'query');
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) {
        reject(new AbortError(undefined, { cause: signal.reason }));
        return;
      }
      signal?.addEventListener('abort', () => reject(new AbortError(undefined, { cause: signal.reason })), {
        once: true,
      });
      super.question(query, options, resolve);
    });
  }
}

export const promises = {
  Interface: PromiseInterface,
  createInterface: (input: any, output?: any) => new PromiseInterface(input, output),
  Readline: function Readline() {
    missing('readline/promises.Readline', 'A container has no terminal: write to process.stdout.');
  },
};

const done = (...args: any[]): boolean => {
  const callback = args.at(-1);
  if (typeof callback === 'function') process.nextTick(callback);
  return true;
};

export default {
  Interface,
  createInterface,
  promises,
  // Without a terminal there is nothing to move or clear.
  clearLine: done,
  clearScreenDown: done,
  cursorTo: done,
  moveCursor: done,
  emitKeypressEvents() {},
};
