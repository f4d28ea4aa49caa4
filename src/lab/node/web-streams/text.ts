/** TextDecoderStream and TextEncoderStream. Source: the Encoding standard §8. */
import { showAs, TransformStream } from './classes.ts';

export class TextDecoderStream {
  readonly #decoder: TextDecoder;
  readonly #transform: any;

  constructor(encoding = 'utf-8', options: any = {}) {
    const decoder = new TextDecoder(encoding, {
      fatal: Boolean(options?.fatal),
      ignoreBOM: Boolean(options?.ignoreBOM),
    });
    this.#decoder = decoder;
    this.#transform = new TransformStream({
      transform(chunk: any, controller: any) {
        const text = decoder.decode(chunk, { stream: true });
        if (text !== '') controller.enqueue(text);
      },
      flush(controller: any) {
        const text = decoder.decode();
        if (text !== '') controller.enqueue(text);
      },
    });
  }

  get encoding() {
    return this.#decoder.encoding;
  }
  get fatal() {
    return this.#decoder.fatal;
  }
  get ignoreBOM() {
    return this.#decoder.ignoreBOM;
  }
  get readable() {
    return this.#transform.readable;
  }
  get writable() {
    return this.#transform.writable;
  }
}

export class TextEncoderStream {
  readonly #transform: any;

  constructor() {
    const encoder = new TextEncoder();
    // The first half of a surrogate pair waits for the second, which may come with the next chunk.
    let half = '';
    this.#transform = new TransformStream({
      transform(chunk: any, controller: any) {
        let text = `${half}${chunk}`;
        half = '';
        if (/[\ud800-\udbff]$/.test(text)) {
          half = text.at(-1)!;
          text = text.slice(0, -1);
        }
        if (text !== '') controller.enqueue(encoder.encode(text));
      },
      flush(controller: any) {
        if (half !== '') controller.enqueue(encoder.encode(half));
      },
    });
  }

  get encoding() {
    return 'utf-8';
  }
  get readable() {
    return this.#transform.readable;
  }
  get writable() {
    return this.#transform.writable;
  }
}

showAs(TextDecoderStream, ({ encoding, fatal, ignoreBOM, readable, writable }) => ({
  encoding,
  fatal,
  ignoreBOM,
  readable,
  writable,
}));
showAs(TextEncoderStream, ({ encoding, readable, writable }) => ({ encoding, readable, writable }));
