/** FormData, and its multipart/form-data encoding. Source: the Fetch standard and undici. RFC 7578. */
import { concatBytes, utf8Bytes, utf8Length } from '../http/bytes.ts';
import { customInspect } from '../util/inspect.ts';
import { Blob, bytesOfBlob, File } from './blob.ts';

type Value = string | File;

export class FormData {
  readonly #entries: [string, Value][] = [];

  append(name: any, value: any, filename?: any): void {
    this.#entries.push([`${name}`, toValue(value, filename)]);
  }

  set(name: any, value: any, filename?: any): void {
    const key = `${name}`;
    const at = this.#entries.findIndex(([one]) => one === key);
    const entry: [string, Value] = [key, toValue(value, filename)];
    if (at < 0) this.#entries.push(entry);
    else {
      this.#entries[at] = entry;
      for (let i = this.#entries.length - 1; i > at; i--) if (this.#entries[i]![0] === key) this.#entries.splice(i, 1);
    }
  }

  delete(name: any): void {
    for (let i = this.#entries.length - 1; i >= 0; i--)
      if (this.#entries[i]![0] === `${name}`) this.#entries.splice(i, 1);
  }

  get(name: any): Value | null {
    return this.#entries.find(([one]) => one === `${name}`)?.[1] ?? null;
  }

  getAll(name: any): Value[] {
    return this.#entries.filter(([one]) => one === `${name}`).map(([, value]) => value);
  }

  has(name: any): boolean {
    return this.#entries.some(([one]) => one === `${name}`);
  }

  forEach(callback: (value: Value, name: string, form: FormData) => void, self?: unknown): void {
    for (const [name, value] of this.#entries) callback.call(self, value, name, this);
  }

  *entries(): IterableIterator<[string, Value]> {
    yield* this.#entries;
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#entries) yield name;
  }

  *values(): IterableIterator<Value> {
    for (const [, value] of this.#entries) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, Value]> {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return 'FormData';
  }

  [customInspect](_depth: number, options: any, inspect: any) {
    const shown: Record<string, Value | Value[]> = {};
    for (const [name, value] of this.#entries) {
      const before = shown[name];
      shown[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
    }
    return `FormData ${inspect(shown, options)}`;
  }
}

function toValue(value: any, filename: any): Value {
  if (!(value instanceof Blob)) return `${value}`;
  if (value instanceof File && filename === undefined) return value;
  return new File([value], filename === undefined ? 'blob' : `${filename}`, { type: value.type });
}

/** The body and its content type, with a boundary from the process's own random numbers. */
export function encodeForm(form: FormData): { bytes: Uint8Array; type: string } {
  const boundary = `----formdata-undici-0${`${Math.floor(Math.random() * 1e11)}`.padStart(11, '0')}`;
  const parts: Uint8Array[] = [];
  const text = (content: string) => parts.push(utf8Bytes(content, utf8Length(content)));
  for (const [name, value] of form) {
    const disposition = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(name)}"`;
    if (typeof value === 'string') text(`${disposition}\r\n\r\n${value.replace(/\r?\n|\r/g, '\r\n')}\r\n`);
    else {
      const type = value.type || 'application/octet-stream';
      text(`${disposition}; filename="${escape(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`);
      parts.push(bytesOfBlob(value));
      text('\r\n');
    }
  }
  text(`--${boundary}--\r\n`);
  return { bytes: concatBytes(parts), type: `multipart/form-data; boundary=${boundary}` };
}

function escape(name: string): string {
  return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
}
