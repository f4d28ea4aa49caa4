/** jsonb as a tree: numbers exact, objects as maps in jsonb's order of keys (shorter first, then by bytes). */
import { PgError } from '../errors.ts';
import { compare, Numeric } from './numeric.ts';
import { compareText } from './text.ts';

export type Json = null | boolean | string | Numeric | Json[] | Map<string, Json>;

/** A value of type jsonb; the wrapper tells SQL's null from JSON's. */
export class Jsonb {
  readonly v: Json;
  constructor(v: Json) {
    this.v = v;
  }
}

export function parseJson(text: string, type = 'json'): Json {
  return new Reader(text, type).all();
}

class Reader {
  private readonly text: string;
  private i = 0;
  private readonly type: string;
  constructor(text: string, type: string) {
    this.text = text;
    this.type = type;
  }

  all(): Json {
    const value = this.value(0);
    this.space();
    if (this.i < this.text.length) throw this.bad('Expected end of input, but found');
    return value;
  }

  private bad(expected: string): PgError {
    const rest = this.text.slice(this.i);
    const token = /^(?:"(?:[^"\\]|\\.)*"?|[\w.+-]+|.)/su.exec(rest)?.[0];
    const start = this.text.slice(0, this.i).lastIndexOf('\n') + 1;
    const line = this.text.slice(0, this.i).split('\n').length;
    const shown = this.text.slice(start, this.i + (token?.length ?? 0));
    const isWord = token && /^[\w.+-]/.test(token);
    const detail = token
      ? isWord
        ? `Token "${token}" is invalid.`
        : `${expected} "${token}".`
      : 'The input string ended unexpectedly.';
    const more = this.i + (token?.length ?? 0) < this.text.length ? '...' : '';
    return new PgError('22P02', `invalid input syntax for type ${this.type}`, {
      detail,
      where: `JSON data, line ${line}: ${shown}${more}`,
    });
  }

  private space(): void {
    while (' \t\n\r'.includes(this.text[this.i] ?? 'x')) this.i++;
  }

  private value(depth: number): Json {
    if (depth > 6000) throw new PgError('54001', 'stack depth limit exceeded');
    this.space();
    const c = this.text[this.i];
    if (c === '{') {
      const entries: [string, Json][] = [];
      this.i++;
      this.space();
      if (this.text[this.i] === '}') this.i++;
      else
        for (;;) {
          this.space();
          if (this.text[this.i] !== '"')
            throw this.bad(entries.length ? 'Expected string, but found' : 'Expected string or "}", but found');
          const key = this.string();
          this.space();
          if (this.text[this.i] !== ':') throw this.bad('Expected ":", but found');
          this.i++;
          entries.push([key, this.value(depth + 1)]);
          this.space();
          if (this.text[this.i] === '}') {
            this.i++;
            break;
          }
          if (this.text[this.i] !== ',') throw this.bad('Expected "," or "}", but found');
          this.i++;
        }
      return jsonObject(entries);
    }
    if (c === '[') {
      const items: Json[] = [];
      this.i++;
      this.space();
      if (this.text[this.i] === ']') {
        this.i++;
        return items;
      }
      for (;;) {
        items.push(this.value(depth + 1));
        this.space();
        if (this.text[this.i] === ']') {
          this.i++;
          return items;
        }
        if (this.text[this.i] !== ',') throw this.bad('Expected "," or "]", but found');
        this.i++;
      }
    }
    if (c === '"') return this.string();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const)
      if (this.text.startsWith(word, this.i) && !/\w/.test(this.text[this.i + word.length] ?? ' ')) {
        this.i += word.length;
        return value;
      }
    const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+])/.exec(this.text.slice(this.i, this.i + 400));
    if (!number) throw this.bad('Expected JSON value, but found');
    this.i += number[0].length;
    return Numeric.parse(number[0]);
  }

  private string(): string {
    const end = /^"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/.exec(this.text.slice(this.i));
    if (!end) throw this.bad('Expected string, but found');
    this.i += end[0].length;
    const decoded = JSON.parse(end[0]) as string;
    if (this.type === 'jsonb' && decoded.includes('\0'))
      throw new PgError('22P05', 'unsupported Unicode escape sequence', {
        detail: '\\u0000 cannot be converted to text.',
      });
    return decoded;
  }
}

/** Later keys win; ordered as jsonb keeps them. */
export function jsonObject(entries: readonly [string, Json][]): Map<string, Json> {
  const map = new Map(entries);
  return new Map([...map].sort(([a], [b]) => byteLength(a) - byteLength(b) || compareText(a, b)));
}

const byteLength = (text: string) => {
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    n += c < 0x80 ? 1 : c < 0x800 ? 2 : c >= 0xd800 && c < 0xe000 ? 2 : 3;
  }
  return n;
};

export const quoteJson = (text: string): string => JSON.stringify(text).replace(/\u007f/g, '\u007f');

/** As jsonb prints it: a space after `:` and `,`. */
export function jsonText(value: Json, tight = false): string {
  const comma = tight ? ',' : ', ';
  if (value === null) return 'null';
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof Numeric) return value.text();
  if (Array.isArray(value)) return `[${value.map((one) => jsonText(one, tight)).join(comma)}]`;
  return `{${[...value].map(([k, v]) => `${quoteJson(k)}:${tight ? '' : ' '}${jsonText(v, tight)}`).join(comma)}}`;
}

const rank = (v: Json) =>
  v === null
    ? 0
    : typeof v === 'string'
      ? 1
      : v instanceof Numeric
        ? 2
        : typeof v === 'boolean'
          ? 3
          : Array.isArray(v)
            ? 4
            : 5;

/** Object > Array > Boolean > Number > String > null, then by size, as compareJsonbContainers. */
export function compareJson(a: Json, b: Json): number {
  const order = rank(a) - rank(b);
  if (order) return order;
  if (typeof a === 'string') return compareText(a, b as string);
  if (typeof a === 'boolean') return Number(a) - Number(b);
  if (a instanceof Numeric) return compare(a, b as Numeric);
  if (Array.isArray(a)) {
    const other = b as Json[];
    if (a.length !== other.length) return a.length - other.length;
    for (let i = 0; i < a.length; i++) {
      const c = compareJson(a[i]!, other[i]!);
      if (c) return c;
    }
    return 0;
  }
  if (a instanceof Map) {
    const other = b as Map<string, Json>;
    if (a.size !== other.size) return a.size - other.size;
    const rest = other.entries();
    for (const [k, v] of a) {
      const [k2, v2] = rest.next().value!;
      const c = compareText(k, k2) || compareJson(v, v2);
      if (c) return c;
    }
  }
  return 0;
}

/** `a @> b` */
export function contains(a: Json, b: Json): boolean {
  if (b instanceof Map) return a instanceof Map && [...b].every(([k, v]) => a.has(k) && contains(a.get(k)!, v));
  if (Array.isArray(b)) return Array.isArray(a) && b.every((one) => a.some((other) => contains(other, one)));
  if (Array.isArray(a)) return a.some((one) => rank(one) < 4 && compareJson(one, b) === 0);
  return compareJson(a, b) === 0;
}
