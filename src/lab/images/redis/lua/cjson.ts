/** `cjson`, as lua-cjson 2.1 reads and writes it. */

import { encodeUtf8 } from '../bytes.ts';
import { formatG } from '../numbers.ts';
import type { Library } from './library.ts';
import type { Lua } from './machine.ts';
import { Table, typeOf, type Value } from './values.ts';

const DEPTH_MAX = 1_000;

/** `null` of JSON is a light userdata in Lua; here a table that is only equal to itself. */
export function cjsonLibrary(lua: Lua, nothing: Table): Library {
  const fail = (message: string) => lua.libraryError(message);
  const text = (value: string) => `"${value.replace(/["\\/\b\f\n\r\t\0-\x1f\x7f]/g, (c) => ESCAPED[c] ?? unicode(c))}"`;

  const encode = (value: Value, depth: number): string => {
    lua.step();
    if (value === nothing || value === undefined) return 'null';
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw fail('Cannot serialise number: must not be NaN or Inf');
      return formatG(value, 14);
    }
    if (typeof value === 'boolean') return String(value);
    if (!(value instanceof Table)) throw fail(`Cannot serialise ${typeOf(value)}: type not supported`);
    if (depth > DEPTH_MAX) throw fail('Cannot serialise, excessive depth (1001)');
    const size = arraySize(value);
    if (size > 0) return `[${Array.from({ length: size }, (_, i) => encode(value.get(i + 1), depth + 1)).join(',')}]`;
    const parts: string[] = [];
    for (let entry = value.next(undefined); entry; entry = value.next(entry[0])) {
      const [key, one] = entry;
      if (typeof key !== 'string' && typeof key !== 'number')
        throw fail('Cannot serialise table: table key must be a number or string');
      const name = typeof key === 'number' ? `"${formatG(key, 14)}"` : text(key);
      parts.push(`${name}:${encode(one, depth + 1)}`);
    }
    return `{${parts.join(',')}}`;
  };

  /** The highest index when all keys are positive whole numbers; 0 for an object. */
  const arraySize = (table: Table): number => {
    let max = table.length;
    let count = table.length;
    for (const key of table.rest.keys()) {
      if (typeof key !== 'number' || key < 1 || !Number.isInteger(key)) return 0;
      max = Math.max(max, key);
      count++;
    }
    if (max > 10 && max > count * 2) throw fail('Cannot serialise table: excessively sparse array');
    return max;
  };

  return {
    decode: (args) => {
      const value = new Decoder(args.text(0), nothing, lua).decode();
      return [value];
    },
    encode: (args) => [encode(args.any(0), 0)],
    decode_array_with_array_mt: () => [false],
    encode_invalid_numbers: () => [false],
    encode_keep_buffer: () => [true],
    encode_max_depth: () => [DEPTH_MAX],
    encode_number_precision: () => [14],
    encode_sparse_array: () => [false, 2, 10],
  };
}

const ESCAPED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
const unicode = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

class Decoder {
  private at = 0;
  private depth = 0;
  private readonly text: string;
  private readonly nothing: Table;
  private readonly lua: Lua;

  constructor(text: string, nothing: Table, lua: Lua) {
    this.text = text;
    this.nothing = nothing;
    this.lua = lua;
  }

  decode(): Value {
    const value = this.value();
    this.space();
    if (this.at < this.text.length) throw this.expected('the end');
    return value;
  }

  private space(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  private expected(what: string) {
    this.space();
    const c = this.text[this.at];
    const found =
      c === undefined
        ? 'T_END'
        : c === '"'
          ? 'T_STRING'
          : /[0-9-]/.test(c)
            ? 'T_NUMBER'
            : ({
                '{': 'T_OBJ_BEGIN',
                '}': 'T_OBJ_END',
                '[': 'T_ARR_BEGIN',
                ']': 'T_ARR_END',
                ':': 'T_COLON',
                ',': 'T_COMMA',
              }[c] ?? 'invalid token');
    return this.lua.libraryError(`Expected ${what} but found ${found} at character ${this.at + 1}`);
  }

  private value(): Value {
    this.lua.step();
    this.space();
    const c = this.text[this.at];
    if (c === '"') return this.string();
    if (c === '{' || c === '[') {
      if (++this.depth > DEPTH_MAX)
        throw this.lua.libraryError(`Found too many nested data structures (${this.depth})`);
      const table = c === '{' ? this.object() : this.array();
      this.depth--;
      return table;
    }
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', this.nothing],
    ] as const) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    const number = /^-?(?:\d+\.?\d*(?:[eE][+-]?\d+)?)/.exec(this.text.slice(this.at, this.at + 340))?.[0];
    if (number === undefined) throw this.expected('value');
    this.at += number.length;
    return Number(number);
  }

  private string(): string {
    let out = '';
    for (this.at++; this.text[this.at] !== '"'; this.at++) {
      const c = this.text[this.at];
      if (c === undefined || c < ' ')
        throw this.lua.libraryError(`Expected value but found unexpected end of string at character ${this.at + 1}`);
      if (c !== '\\') {
        out += c;
        continue;
      }
      const e = this.text[++this.at] ?? '';
      if (e === 'u') {
        let code = this.hex();
        if (code >= 0xd800 && code < 0xdc00 && this.text.startsWith('\\u', this.at + 1)) {
          this.at += 2;
          code = 0x10000 + ((code - 0xd800) << 10) + (this.hex() - 0xdc00);
        }
        out += encodeUtf8(String.fromCodePoint(code));
      } else {
        const plain = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[e];
        if (plain === undefined)
          throw this.lua.libraryError(`Expected value but found invalid escape code at character ${this.at}`);
        out += plain;
      }
    }
    this.at++;
    return out;
  }

  private hex(): number {
    const digits = this.text.slice(this.at + 1, this.at + 5);
    if (!/^[0-9a-fA-F]{4}$/.test(digits))
      throw this.lua.libraryError(`Expected value but found invalid unicode escape code at character ${this.at}`);
    this.at += 4;
    return Number.parseInt(digits, 16);
  }

  private array(): Table {
    const table = new Table();
    this.at++;
    this.space();
    if (this.text[this.at] === ']') {
      this.at++;
      return table;
    }
    for (let i = 1; ; i++) {
      table.set(i, this.value());
      this.space();
      const c = this.text[this.at];
      if (c !== ',' && c !== ']') throw this.expected('comma or array end');
      this.at++;
      if (c === ']') return table;
    }
  }

  private object(): Table {
    const table = new Table();
    this.at++;
    this.space();
    if (this.text[this.at] === '}') {
      this.at++;
      return table;
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') throw this.expected('object key string');
      const key = this.string();
      this.space();
      if (this.text[this.at] !== ':') throw this.expected('colon');
      this.at++;
      table.set(key, this.value());
      this.space();
      const c = this.text[this.at];
      if (c !== ',' && c !== '}') throw this.expected('comma or object end');
      this.at++;
      if (c === '}') return table;
    }
  }
}
