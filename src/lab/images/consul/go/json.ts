/**
 * JSON as Go's encoding/json reads and writes it: its words for what is no JSON, whole numbers without loss (bigint where
 * a double would not hold them), `<`, `>` and `&` escaped.
 */

export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };

const DEPTH_MAX = 10_000;

/** Reads the first value of the text, as `json.Decoder` does: what follows is not looked at. Throws an Error as Go words it. */
export function parseJson(text: string): Json {
  return new Parser(text).value('looking for beginning of value', 0);
}

class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(where: string, depth: number): Json {
    this.space();
    if (depth > DEPTH_MAX || depth > 500) throw new Error('exceeded max depth');
    const char = this.text[this.at];
    if (char === undefined) throw new Error(depth === 0 && this.text.trim() === '' ? 'EOF' : 'unexpected EOF');
    if (char === '{') return this.object(depth);
    if (char === '[') return this.array(depth);
    if (char === '"') return this.string();
    if (char === '-' || (char >= '0' && char <= '9')) return this.number();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (char === word[0]) return this.word(word, value);
    }
    throw this.invalid(where);
  }

  private space(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  private invalid(where: string): Error {
    const char = this.text[this.at];
    if (char === undefined) return new Error('unexpected EOF');
    const shown = char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`;
    return new Error(`invalid character ${shown} ${where}`);
  }

  private word<T extends Json>(word: string, value: T): T {
    for (let i = 1; i < word.length; i++) {
      this.at++;
      if (this.text[this.at] !== word[i]) throw this.invalid(`in literal ${word} (expecting '${word[i]}')`);
    }
    this.at++;
    return value;
  }

  private object(depth: number): Json {
    // No prototype: a key may be `__proto__`.
    const object: { [key: string]: Json } = Object.create(null);
    this.at++;
    for (let isFirst = true; ; isFirst = false) {
      this.space();
      if (isFirst && this.text[this.at] === '}') break;
      if (this.text[this.at] !== '"') throw this.invalid('looking for beginning of object key string');
      const key = this.string();
      this.space();
      if (this.text[this.at] !== ':') throw this.invalid('after object key');
      this.at++;
      object[key] = this.value('looking for beginning of value', depth + 1);
      this.space();
      if (this.text[this.at] === '}') break;
      if (this.text[this.at] !== ',') throw this.invalid('after object key:value pair');
      this.at++;
    }
    this.at++;
    return object;
  }

  private array(depth: number): Json {
    const array: Json[] = [];
    this.at++;
    for (let isFirst = true; ; isFirst = false) {
      this.space();
      if (isFirst && this.text[this.at] === ']') break;
      array.push(this.value('looking for beginning of value', depth + 1));
      this.space();
      if (this.text[this.at] === ']') break;
      if (this.text[this.at] !== ',') throw this.invalid('after array element');
      this.at++;
    }
    this.at++;
    return array;
  }

  private string(): string {
    let text = '';
    for (;;) {
      const char = this.text[++this.at];
      if (char === undefined) throw new Error('unexpected EOF');
      if (char === '"') break;
      if (char < ' ') throw this.invalid('in string literal');
      if (char !== '\\') {
        text += char;
        continue;
      }
      const code = this.text[++this.at];
      if (code === undefined) throw new Error('unexpected EOF');
      if (code === 'u') {
        const hex = this.text.slice(this.at + 1, this.at + 5);
        const good = /^[0-9a-fA-F]*/.exec(hex)![0].length;
        this.at += Math.min(good + 1, 4);
        if (good < 4) throw this.invalid('in \\u hexadecimal character escape');
        text += String.fromCharCode(Number.parseInt(hex, 16));
      } else {
        const plain = ESCAPES[code];
        if (plain === undefined) throw this.invalid('in string escape code');
        text += plain;
      }
    }
    this.at++;
    return text;
  }

  private number(): Json {
    const start = this.at;
    if (this.text[this.at] === '-') this.at++;
    const digit = () => /[0-9]/.test(this.text[this.at] ?? '');
    if (!digit()) throw this.invalid('in numeric literal');
    if (this.text[this.at] === '0') this.at++;
    else while (digit()) this.at++;
    let isWhole = true;
    if (this.text[this.at] === '.') {
      isWhole = false;
      this.at++;
      if (!digit()) throw this.invalid('after decimal point in numeric literal');
      while (digit()) this.at++;
    }
    if (/[eE]/.test(this.text[this.at] ?? '')) {
      isWhole = false;
      this.at++;
      if (/[+-]/.test(this.text[this.at] ?? '')) this.at++;
      if (!digit()) throw this.invalid('in exponent of numeric literal');
      while (digit()) this.at++;
    }
    const text = this.text.slice(start, this.at);
    const value = Number(text);
    return isWhole && !Number.isSafeInteger(value) && text.length < 40 ? BigInt(text) : value;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** `undefined` properties are left out. @param indent '' for one line */
export function writeJson(value: unknown, indent: string, margin = ''): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return writeString(value);
  if (typeof value !== 'object') return String(value);
  const inner = margin + indent;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const parts = Array.isArray(value)
    ? value.map((each) => writeJson(each, indent, inner))
    : Object.entries(value).flatMap(([key, each]) =>
        each === undefined ? [] : [`${writeString(key)}:${indent === '' ? '' : ' '}${writeJson(each, indent, inner)}`],
      );
  if (parts.length === 0) return `${open}${close}`;
  return indent === ''
    ? `${open}${parts.join(',')}${close}`
    : `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${margin}${close}`;
}

function writeString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Keys sorted by code point, as Go writes a map. */
export function sortedMap<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const map: Record<string, T> = Object.create(null);
  for (const [key, value] of [...entries].sort((a, b) => compareText(a[0], b[0]))) map[key] = value;
  return map;
}

/** By bytes of UTF-8, which is by code point. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for what comes after all other characters.
    const isHigh = (code: number) => code >= 0xd800 && code <= 0xdfff;
    return isHigh(x) === isHigh(y) ? x - y : isHigh(x) ? 1 : -1;
  }
  return a.length - b.length;
}
