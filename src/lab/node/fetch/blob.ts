/** Blob and File: bytes with a type. */
import { notLoaded } from '../full-names.ts';
import { concatBytes, utf8Bytes, utf8Length, utf8Text } from '../http/bytes.ts';
import { web } from './web.ts';

let bytesOf: (blob: Blob) => Uint8Array;

export class Blob {
  #bytes: Uint8Array;
  readonly #type: string;

  static {
    bytesOf = (blob) => blob.#bytes;
  }

  constructor(parts: any = [], options: any = {}) {
    if (parts === null || typeof parts !== 'object' || typeof parts[Symbol.iterator] !== 'function') {
      throw new TypeError('The "sources" argument must be an instance of Sequence.');
    }
    const all = [...parts].map(partBytes);
    this.#bytes = all.length === 0 ? new Uint8Array(0) : concatBytes(all).slice();
    const type = `${options?.type ?? ''}`;
    this.#type = /[^\x20-\x7e]/.test(type) ? '' : type.toLowerCase();
  }

  get size() {
    return this.#bytes.length;
  }
  get type() {
    return this.#type;
  }

  slice(start = 0, end = this.size, type = ''): Blob {
    return new Blob([this.#bytes.slice(start, end)], { type });
  }

  text(): Promise<string> {
    return Promise.resolve(utf8Text(this.#bytes));
  }

  bytes(): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes.slice());
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.resolve(this.#bytes.slice().buffer as ArrayBuffer);
  }

  stream(): any {
    if (web.bodies === null) throw new Error(notLoaded('Blob.stream()'));
    return web.bodies.streamFrom(this.#bytes);
  }

  get [Symbol.toStringTag]() {
    return 'Blob';
  }
}

export class File extends Blob {
  readonly name: string;
  readonly lastModified: number;

  constructor(parts: any, name: any, options: any = {}) {
    super(parts, options);
    this.name = `${name}`;
    this.lastModified = options?.lastModified ?? Date.now();
  }

  override get [Symbol.toStringTag]() {
    return 'File';
  }
}

function partBytes(part: any): Uint8Array {
  if (part instanceof Blob) return bytesOf(part);
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  const text = `${part}`;
  return utf8Bytes(text, utf8Length(text));
}

export { bytesOf as bytesOfBlob };
