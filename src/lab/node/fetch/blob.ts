/** Blob and File: bytes with a type. */
import { notLoaded } from '../full-names.ts';
import { concatBytes, utf8Bytes, utf8Length, utf8Text } from '../http/bytes.ts';
import { customInspect } from '../util/inspect.ts';
import { web } from './web.ts';

let bytesOf: (blob: Blob) => Uint8Array;
let partsOf: (blob: Blob) => readonly Uint8Array[];
let fromParts: (parts: readonly Uint8Array[], type: string) => Blob;

export class Blob {
  /** In pieces as they were given, which is how the stream shows them. */
  #parts: readonly Uint8Array[];
  #size: number;
  #type: string;

  static {
    bytesOf = (blob) => {
      if (blob.#parts.length !== 1) blob.#parts = [concatBytes([...blob.#parts])];
      return blob.#parts[0]!;
    };
    partsOf = (blob) => blob.#parts;
    fromParts = (parts, type) => {
      const blob = new Blob([], { type });
      blob.#parts = parts;
      blob.#size = sizeOf(parts);
      return blob;
    };
  }

  constructor(parts: any = [], options: any = {}) {
    if (parts === null || typeof parts !== 'object' || typeof parts[Symbol.iterator] !== 'function') {
      throw new TypeError('The "sources" argument must be an instance of Sequence.');
    }
    this.#parts = [...parts].flatMap(partBytes).filter(({ length }) => length > 0);
    this.#size = sizeOf(this.#parts);
    const type = `${options?.type ?? ''}`;
    this.#type = /[^\x20-\x7e]/.test(type) ? '' : type.toLowerCase();
  }

  get size() {
    return this.#size;
  }
  get type() {
    return this.#type;
  }

  slice(start = 0, end = this.size, type = ''): Blob {
    const from = start < 0 ? Math.max(0, this.#size + start) : start;
    const to = end < 0 ? this.#size + end : Math.min(end, this.#size);
    const parts: Uint8Array[] = [];
    let at = 0;
    for (const part of this.#parts) {
      const piece = part.subarray(Math.max(0, from - at), Math.max(0, to - at));
      if (piece.length > 0) parts.push(piece);
      at += part.length;
    }
    return fromParts(parts, `${type}`);
  }

  text(): Promise<string> {
    return Promise.resolve(utf8Text(bytesOf(this)));
  }

  bytes(): Promise<Uint8Array> {
    return Promise.resolve(bytesOf(this).slice());
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.resolve(bytesOf(this).slice().buffer as ArrayBuffer);
  }

  stream(): any {
    if (web.bodies === null) throw new Error(notLoaded('Blob.stream()'));
    return web.bodies.streamFrom(partsOf(this));
  }

  get [Symbol.toStringTag]() {
    return 'Blob';
  }

  [customInspect](depth: number, options: any, inspect: any): unknown {
    const { size, type } = this;
    return show(this, 'Blob', { size, type }, depth, options, inspect);
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

  override [customInspect](depth: number, options: any, inspect: any): unknown {
    const { size, type, name, lastModified } = this;
    return show(this, 'File', { size, type, name, lastModified }, depth, options, inspect);
  }
}

function show(it: Blob, name: string, properties: object, depth: number, options: any, inspect: any): unknown {
  if (depth < 0) return it;
  return `${name} ${inspect(properties, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
}

const sizeOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, { length }) => sum + length, 0);

function partBytes(part: any): readonly Uint8Array[] {
  if (part instanceof Blob) return partsOf(part);
  if (part instanceof ArrayBuffer) return [new Uint8Array(part).slice()];
  if (ArrayBuffer.isView(part)) return [new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice()];
  const text = `${part}`;
  return [utf8Bytes(text, utf8Length(text))];
}

export { bytesOf as bytesOfBlob };
