/** Headers, and the list of fields under it. Source: the Fetch standard §2.2 and §5.1, undici for messages. */
import { lowerName } from '../http/header.ts';
import { isToken } from '../http/parse-error.ts';
import { customInspect } from '../util/inspect.ts';

export interface Field {
  /** As it was first given: undici sends names in that case. */
  readonly name: string;
  value: string;
}

/** Fields by lower-case name in the order they were added; cookies apart, because they do not join. */
export class HeaderList {
  readonly fields = new Map<string, Field>();
  readonly cookies: string[] = [];

  static fromRaw(raw: readonly string[]): HeaderList {
    const list = new HeaderList();
    for (let i = 0; i < raw.length; i += 2) list.append(raw[i]!, raw[i + 1]!);
    return list;
  }

  append(name: string, value: string): void {
    const key = lowerName(name);
    const before = this.fields.get(key);
    if (key === 'set-cookie') this.cookies.push(value);
    if (before === undefined) this.fields.set(key, { name, value });
    else before.value += `${key === 'cookie' ? '; ' : ', '}${value}`;
  }

  set(name: string, value: string): void {
    const key = lowerName(name);
    if (key === 'set-cookie') this.cookies.splice(0, this.cookies.length, value);
    this.fields.set(key, { name, value });
  }

  delete(name: string): void {
    const key = lowerName(name);
    if (key === 'set-cookie') this.cookies.length = 0;
    this.fields.delete(key);
  }

  get(name: string): string | null {
    return this.fields.get(lowerName(name))?.value ?? null;
  }

  has(name: string): boolean {
    return this.fields.has(lowerName(name));
  }

  copy(): HeaderList {
    const list = new HeaderList();
    for (const [key, { name, value }] of this.fields) list.fields.set(key, { name, value });
    list.cookies.push(...this.cookies);
    return list;
  }

  /** Sorted by name, one entry a cookie: what iterating gives. */
  sorted(): [string, string][] {
    const all: [string, string][] = [];
    for (const key of [...this.fields.keys()].sort()) {
      if (key === 'set-cookie') for (const cookie of this.cookies) all.push([key, cookie]);
      else all.push([key, this.fields.get(key)!.value]);
    }
    return all;
  }
}

/** What Headers accepts: another one, pairs, or an object. */
export function fillList(list: HeaderList, init: any): void {
  if (init === undefined || init === null) {
    if (init === null) throw invalidInit();
    return;
  }
  if (typeof init !== 'object') throw invalidInit();
  if (isHeaders(init)) {
    for (const [name, value] of listOf(init).sorted()) list.append(name, value);
  } else if (typeof init[Symbol.iterator] === 'function') {
    for (const pair of init) {
      const entry = [...pair];
      if (entry.length !== 2) {
        throw new TypeError(`Headers constructor: expected name/value pair to be length 2, found ${entry.length}.`);
      }
      appendChecked(list, entry[0], entry[1], 'Headers.append');
    }
  } else for (const name of Object.keys(init)) appendChecked(list, name, init[name], 'Headers.append');
}

function invalidInit(): TypeError {
  return new TypeError(
    'Headers constructor: init given is not one of sequence<sequence<ByteString>>, record<ByteString, ByteString>.',
  );
}

export function appendChecked(list: HeaderList, name: any, value: any, where: string): void {
  const [checkedName, checkedValue] = check(name, value, where);
  list.append(checkedName, checkedValue);
}

function check(name: any, value: any, where: string): [string, string] {
  const text = byteString(name);
  const content = byteString(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  checkName(text, where);
  if (/[\0\r\n]/.test(content)) throw new TypeError(`${where}: "${content}" is an invalid header value.`);
  return [text, content];
}

function checkName(name: string, where: string): void {
  if (!isToken(name)) throw new TypeError(`${where}: "${name}" is an invalid header name.`);
}

function byteString(value: any): string {
  const text = `${value}`;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 255) {
      throw new TypeError(
        `Cannot convert argument to a ByteString because the character at index ${i} has a value of ${text.charCodeAt(i)} which is greater than 255.`,
      );
    }
  }
  return text;
}

let isHeaders: (value: object) => value is Headers;
let listOf: (headers: Headers) => HeaderList;
/** Headers over a list that others use too. */
let make: (list: HeaderList, isImmutable: boolean) => Headers;

export class Headers {
  #list = new HeaderList();
  #isImmutable = false;

  static {
    // Not instanceof: frameworks put look-alikes of their own below Headers.prototype.
    isHeaders = (value): value is Headers => #list in value;
    listOf = (headers) => headers.#list;
    make = (list, isImmutable) => {
      const headers = new Headers();
      headers.#list = list;
      headers.#isImmutable = isImmutable;
      return headers;
    };
  }

  constructor(init: any = undefined) {
    fillList(this.#list, init);
  }

  append(name: any, value: any): void {
    const [checkedName, checkedValue] = check(name, value, 'Headers.append');
    this.#guard();
    this.#list.append(checkedName, checkedValue);
  }

  set(name: any, value: any): void {
    const [checkedName, checkedValue] = check(name, value, 'Headers.set');
    this.#guard();
    this.#list.set(checkedName, checkedValue);
  }

  delete(name: any): void {
    checkName(byteString(name), 'Headers.delete');
    this.#guard();
    this.#list.delete(name);
  }

  get(name: any): string | null {
    checkName(byteString(name), 'Headers.get');
    return this.#list.get(name);
  }

  has(name: any): boolean {
    checkName(byteString(name), 'Headers.has');
    return this.#list.has(name);
  }

  getSetCookie(): string[] {
    return [...this.#list.cookies];
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this.#list.sorted()) callback.call(self, value, name, this);
  }

  *entries(): IterableIterator<[string, string]> {
    yield* this.#list.sorted();
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#list.sorted()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.#list.sorted()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return 'Headers';
  }

  [customInspect](depth: number, options: any, inspect: any) {
    const fields = [...this.#list.fields.values()].map(({ name, value }) => [name, value]);
    return `Headers ${inspect(Object.fromEntries(fields), { ...options, depth: Math.max(0, depth) })}`;
  }

  #guard(): void {
    if (this.#isImmutable) throw new TypeError('immutable');
  }
}

export { listOf as listOfHeaders, make as makeHeaders };
