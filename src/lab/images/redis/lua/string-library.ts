/** `string`. */
import { formatG } from '../numbers.ts';
import { type Args, type Library, textOfValue } from './library.ts';
import { isTrue, type Lua } from './machine.ts';
import { type Match, Matcher, PatternError } from './patterns.ts';
import { Table, toText, typeOf, type Value } from './values.ts';

const BYTES_MAX = 512 * 1_048_576;

export function stringLibrary(lua: Lua): Library {
  const guard = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (error instanceof PatternError) throw lua.libraryError(error.message);
      throw error;
    }
  };
  const matcher = (text: string, pattern: string) => new Matcher(text, pattern, () => lua.step());
  const position = (at: number, length: number) => (at >= 0 ? at : Math.max(0, length + at + 1));
  const capturesOf = (found: Match, text: string): readonly Value[] =>
    found.captures.length > 0 ? found.captures : [text.slice(found.start, found.end)];

  const search = (args: Args, isFind: boolean): readonly Value[] => {
    const [text, pattern] = [args.text(0), args.text(1)];
    const from = Math.max(0, position(args.int(2, 1), text.length) - 1);
    if (from > text.length) return [undefined];
    if (isFind && (isTrue(args.all[3]) || !/[\^$*+?.([%-]/.test(pattern))) {
      const at = text.indexOf(pattern, from);
      return at < 0 ? [undefined] : [at + 1, at + pattern.length];
    }
    const found = guard(() => matcher(text, pattern).find(from));
    if (!found) return [undefined];
    return isFind ? [found.start + 1, found.end, ...found.captures] : capturesOf(found, text);
  };

  const gmatch = (args: Args): readonly Value[] => {
    const [text, pattern] = [args.text(0), args.text(1)];
    const one = matcher(text, pattern);
    let at = 0;
    return [
      () => {
        for (; at <= text.length; at++) {
          const found = guard(() => one.matchAt(at, 0));
          if (!found) continue;
          at = found.end > found.start ? found.end : found.end + 1;
          return capturesOf(found, text);
        }
        return [undefined];
      },
    ];
  };

  const replacement = (args: Args, found: Match, text: string): string => {
    const whole = text.slice(found.start, found.end);
    const by = args.all[2];
    let value: Value;
    const line = lua.lines.at(-1) ?? 0;
    if (typeof by === 'function') [value] = lua.call(by, capturesOf(found, text), line);
    else if (by instanceof Table) value = lua.index(by, capturesOf(found, text)[0], line, () => '');
    else {
      return args.text(2).replace(/%([\s\S])/g, (_, c: string) => {
        if (c === '0') return whole;
        if (c < '1' || c > '9') return c;
        const capture = capturesOf(found, text)[Number(c) - 1];
        if (capture === undefined) throw lua.libraryError('invalid capture index');
        return String(capture);
      });
    }
    if (!isTrue(value)) return whole;
    const result = toText(value);
    if (result === undefined) throw lua.libraryError(`invalid replacement value (a ${typeOf(value)})`);
    return result;
  };

  const gsub = (args: Args): readonly Value[] => {
    const [text, pattern] = [args.text(0), args.text(1)];
    const type = typeOf(args.all[2]);
    if (!['string', 'number', 'table', 'function'].includes(type)) throw args.fail(2, 'string/function/table expected');
    const max = args.int(3, Number.MAX_SAFE_INTEGER);
    const isAnchored = pattern.startsWith('^');
    const one = matcher(text, pattern);
    let out = '';
    let at = 0;
    let count = 0;
    while (count < max) {
      const found = guard(() => one.matchAt(at, isAnchored ? 1 : 0));
      if (found) {
        count++;
        out += replacement(args, found, text);
      }
      if (found && found.end > at) at = found.end;
      else if (at < text.length) out += text[at++];
      else break;
      if (isAnchored) break;
    }
    return [out + text.slice(at), count];
  };

  return {
    byte: (args) => {
      const text = args.text(0);
      const from = position(args.int(1, 1), text.length);
      const to = position(args.int(2, from), text.length);
      return [...text.slice(Math.max(0, from - 1), to)].map((c) => c.charCodeAt(0));
    },
    char: (args) => [
      String.fromCharCode(
        ...args.all.map((_, i) => {
          const code = args.int(i);
          if (code < 0 || code > 255) throw args.fail(i, 'invalid value');
          return code;
        }),
      ),
    ],
    find: (args) => search(args, true),
    format: (args) => [format(lua, args)],
    gmatch,
    gsub,
    len: (args) => [args.text(0).length],
    lower: (args) => [args.text(0).replace(/[A-Z]/g, (c) => c.toLowerCase())],
    match: (args) => search(args, false),
    rep: (args) => {
      const [text, count] = [args.text(0), args.int(1)];
      if (text.length * count > BYTES_MAX) throw lua.libraryError('resulting string too large');
      return [text.repeat(Math.max(0, count))];
    },
    reverse: (args) => [[...args.text(0)].reverse().join('')],
    sub: (args) => {
      const text = args.text(0);
      const from = position(args.int(1), text.length);
      const to = position(args.int(2, -1), text.length);
      return [text.slice(Math.max(0, from - 1), to)];
    },
    upper: (args) => [args.text(0).replace(/[a-z]/g, (c) => c.toUpperCase())],
  };
}

function format(lua: Lua, args: Args): string {
  let i = 0;
  return args
    .text(0)
    .replace(/%(%|([-+ #0]*)(\d{0,2})(?:\.(\d{0,2}))?([\s\S]?))/g, (whole, mark, flags, width, precision, type) => {
      if (mark === '%') return '%';
      i++;
      const digits = precision === undefined ? null : Number(precision);
      return pad(conversion(lua, args, i, type, flags, digits, whole), flags, Number(width), type, digits);
    });
}

function conversion(
  lua: Lua,
  args: Args,
  i: number,
  type: string,
  flags: string,
  digits: number | null,
  whole: string,
): string {
  const signed = (text: string, value: number) =>
    value < 0 || Object.is(value, -0)
      ? text
      : flags.includes('+')
        ? `+${text}`
        : flags.includes(' ')
          ? ` ${text}`
          : text;
  switch (type) {
    case 'c':
      return String.fromCharCode(args.int(i) & 255);
    case 'd':
    case 'i': {
      const value = args.int(i);
      const text = BigInt(Math.trunc(value))
        .toString()
        .replace('-', '')
        .padStart(digits ?? 1, '0');
      return signed(value < 0 ? `-${text}` : text, value);
    }
    case 'u':
    case 'o':
    case 'x':
    case 'X': {
      const radix = type === 'o' ? 8 : type === 'u' ? 10 : 16;
      const text = BigInt.asUintN(64, BigInt(args.int(i)))
        .toString(radix)
        .padStart(digits ?? 1, '0');
      return type === 'X' ? text.toUpperCase() : text;
    }
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G': {
      const value = args.number(i);
      let text: string;
      if (!Number.isFinite(value)) text = Number.isNaN(value) ? '-nan' : value < 0 ? '-inf' : 'inf';
      else if (type === 'f') text = value.toFixed(digits ?? 6);
      else if (type === 'e' || type === 'E') text = value.toExponential(digits ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
      else text = formatG(value, Math.max(1, digits ?? 6));
      return signed(type === 'E' || type === 'G' ? text.toUpperCase() : text, value);
    }
    case 'q':
      return `"${args.text(i).replace(/["\\\n\r\0]/g, (c) => (c === '\0' ? '\\000' : c === '\r' ? '\\r' : `\\${c}`))}"`;
    case 's': {
      const text = textOfValue(lua, args.any(i));
      return digits === null ? text : text.slice(0, digits);
    }
    default:
      throw lua.libraryError(`invalid option '${whole}' to 'format'`);
  }
}

function pad(text: string, flags: string, width: number, type: string, digits: number | null): string {
  if (text.length >= width || type === 'q') return text;
  if (flags.includes('-')) return text.padEnd(width);
  const isNumber = 'diuoxXeEfgG'.includes(type);
  if (!flags.includes('0') || !isNumber || (digits !== null && 'diuoxX'.includes(type))) return text.padStart(width);
  const sign = /^[+ -]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}
