/** Functions of text and bytea. */
import { md5 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { PgError, unsupported } from '../errors.ts';
import { toRegExp } from '../run/patterns.ts';
import { Numeric } from '../types/numeric.ts';
import { compareText } from '../types/text.ts';
import { bytesOfHex, hexOf, type Type } from '../types/types.ts';
import { PgArray, PgRecord } from '../types/values.ts';
import { def } from './registry.ts';

const utf8 = new TextEncoder();
const points = (s: string): string[] => (/[\ud800-\udfff]/.test(s) ? [...s] : s.split(''));
const isWide = (s: string) => /[\ud800-\udfff]/.test(s);
const length = (s: string) => (isWide(s) ? points(s).length : s.length);

export function textFunctions(): void {
  def('lower(text) text', ([s]) => s.toLowerCase());
  def('upper(text) text', ([s]) => s.toUpperCase());
  def('initcap(text) text', ([s]) =>
    s.toLowerCase().replace(/[\p{L}\p{N}]+/gu, (w: string) => w[0]!.toUpperCase() + w.slice(1)),
  );
  for (const name of ['length', 'char_length', 'character_length']) def(`${name}(text) int4`, ([s]) => length(s));
  def('length(bytea) int4', ([b]) => b.length);
  def('octet_length(text) int4', ([s]) => utf8.encode(s).length);
  def('octet_length(bytea) int4', ([b]) => b.length);
  def('bit_length(text) int4', ([s]) => utf8.encode(s).length * 8);
  def('substring(text, int4) text', ([s, from]) => substring(s, from, null));
  def('substring(text, int4, int4) text', ([s, from, n]) => substring(s, from, n));
  def('substr(text, int4) text', ([s, from]) => substring(s, from, null));
  def('substr(text, int4, int4) text', ([s, from, n]) => substring(s, from, n));
  def('substring(text, text) text', ([s, pattern]) => {
    const m = toRegExp(pattern, '').exec(s);
    return m ? (m.length > 1 ? (m[1] ?? null) : m[0]) : null;
  });
  def('substring(bytea, int4, int4) bytea', ([b, from, n]) =>
    b.slice(Math.max(0, from - 1), Math.max(0, from - 1 + n)),
  );
  def('left(text, int4) text', ([s, n]) => points(s).slice(0, n).join(''));
  def('right(text, int4) text', ([s, n]) => (n === 0 ? '' : points(s).slice(-n).join('')));
  const trims = (name: string, pattern: (set: string) => RegExp) => {
    def(`${name}(text) text`, ([s]) => s.replace(pattern(' '), ''));
    def(`${name}(text, text) text`, ([s, set]) => (set === '' ? s : s.replace(pattern(set), '')));
  };
  const klass = (set: string) =>
    `[${points(set)
      .map((c) => c.replace(/[\\\]^-]/g, '\\$&'))
      .join('')}]+`;
  trims('ltrim', (set) => new RegExp(`^${klass(set)}`, 'u'));
  trims('rtrim', (set) => new RegExp(`${klass(set)}$`, 'u'));
  trims('btrim', (set) => new RegExp(`^${klass(set)}|${klass(set)}$`, 'gu'));
  def('lpad(text, int4) text', ([s, n]) => pad(s, n, ' ', true));
  def('lpad(text, int4, text) text', ([s, n, fill]) => pad(s, n, fill, true));
  def('rpad(text, int4) text', ([s, n]) => pad(s, n, ' ', false));
  def('rpad(text, int4, text) text', ([s, n, fill]) => pad(s, n, fill, false));
  def('replace(text, text, text) text', ([s, from, to]) => (from === '' ? s : s.split(from).join(to)));
  def('translate(text, text, text) text', ([s, from, to]) => {
    const source = points(from);
    const target = points(to);
    return points(s)
      .map((c) => (source.includes(c) ? (target[source.indexOf(c)] ?? '') : c))
      .join('');
  });
  def('repeat(text, int4) text', ([s, n]) => {
    if (s.length * n > 1e8) throw new PgError('54000', 'requested length too large');
    return s.repeat(Math.max(0, n));
  });
  const overlay = (s: string, by: string, from: number, n: number) =>
    points(s)
      .slice(0, from - 1)
      .join('') +
    by +
    points(s)
      .slice(from - 1 + n)
      .join('');
  def('overlay(text, text, int4) text', ([s, by, from]) => overlay(s, by, from, length(by)));
  def('overlay(text, text, int4, int4) text', ([s, by, from, n]) => overlay(s, by, from, n));
  def('reverse(text) text', ([s]) => points(s).reverse().join(''));
  def('position(text, text) int4', ([s, what]) => length(s.slice(0, s.indexOf(what) + 1)) * (s.includes(what) ? 1 : 0));
  def('strpos(text, text) int4', ([s, what]) => length(s.slice(0, s.indexOf(what) + 1)) * (s.includes(what) ? 1 : 0));
  def('starts_with(text, text) bool', ([s, what]) => s.startsWith(what));
  def('split_part(text, text, int4) text', ([s, by, n]) => {
    if (n === 0) throw new PgError('22023', 'field position must not be zero');
    const parts = by === '' ? [s] : s.split(by);
    return parts.at(n > 0 ? n - 1 : n) ?? '';
  });
  def('ascii(text) int4', ([s]) => s.codePointAt(0) ?? 0);
  def('chr(int4) text', ([n]) => {
    if (n === 0) throw new PgError('54000', 'null character not permitted');
    return String.fromCodePoint(n);
  });
  def('concat(*any) text', (args, _, types) => args.map((v, i) => (v === null ? '' : shown(types[i]!, v))).join(''), {
    lax: true,
  });
  def(
    'concat_ws(text, *any) text',
    ([by, ...args], _, types) =>
      by === null
        ? null
        : args
            .map((v, i) => (v === null ? null : shown(types[i + 1]!, v)))
            .filter((v) => v !== null)
            .join(by),
    { lax: true },
  );
  def('md5(text) text', ([s]) => hexOf(md5(utf8.encode(s))));
  def('md5(bytea) text', ([b]) => hexOf(md5(b)));
  for (const [name, hash] of [
    ['sha224', sha224],
    ['sha256', sha256],
    ['sha384', sha384],
    ['sha512', sha512],
  ] as const)
    def(`${name}(bytea) bytea`, ([b]) => hash(b));
  def('encode(bytea, text) text', ([b, format]) => {
    if (format === 'hex') return hexOf(b);
    if (format === 'base64') return base64(b);
    if (format === 'escape') return String.fromCharCode(...b);
    throw new PgError('22023', `unrecognized encoding: "${format}"`);
  });
  def('decode(text, text) bytea', ([s, format]) => {
    if (format === 'hex') return bytesOfHex(s);
    if (format === 'base64') return fromBase64(s);
    if (format === 'escape') return utf8.encode(s);
    throw new PgError('22023', `unrecognized encoding: "${format}"`);
  });
  def('convert_to(text, name) bytea', ([s]) => utf8.encode(s));
  def('convert_from(bytea, name) text', ([b]) => new TextDecoder().decode(b));
  def('quote_ident(text) text', ([s]) => quoteName(s));
  def('quote_literal(text) text', ([s]) => `'${s.replace(/'/g, "''")}'`);
  def('quote_nullable(text) text', ([s]) => (s === null ? 'NULL' : `'${s.replace(/'/g, "''")}'`), { lax: true });
  def('to_hex(int4) text', ([n]) => (n >>> 0).toString(16));
  def('to_hex(int8) text', ([n]) => BigInt.asUintN(64, n).toString(16));
  def('format(text, *any) text', ([s, ...args], _, types) => (s === null ? null : format(s, args, types.slice(1))), {
    lax: true,
  });
  const replaceAll = ([s, pattern, by, flags = '']: string[]) =>
    s!.replace(toRegExp(pattern!, flags.replace('g', ''), flags.includes('g') ? 'g' : ''), (...m) => {
      const groups = m.filter((one) => typeof one === 'string' || one === undefined);
      return by!.replace(/\\(\d|&|\\)/g, (_, d: string) =>
        d === '\\' ? '\\' : d === '&' ? m[0] : (groups[Number(d)] ?? ''),
      );
    });
  def('regexp_replace(text, text, text) text', replaceAll);
  def('regexp_replace(text, text, text, text) text', replaceAll);
  def('regexp_match(text, text) _text', ([s, pattern]) => groupsOf(toRegExp(pattern, '').exec(s)));
  def('regexp_match(text, text, text) _text', ([s, pattern, flags]) => groupsOf(toRegExp(pattern, flags).exec(s)));
  const matches = ([s, pattern, flags = '']: string[]) => {
    const all = [...s!.matchAll(toRegExp(pattern!, flags.replace('g', ''), 'g'))].map(groupsOf);
    return flags.includes('g') ? all : all.slice(0, 1);
  };
  def('regexp_matches(text, text) _text', matches, { set: true });
  def('regexp_matches(text, text, text) _text', matches, { set: true });
  def('regexp_like(text, text) bool', ([s, pattern]) => toRegExp(pattern, '').test(s));
  def('regexp_count(text, text) int4', ([s, pattern]) => [...s.matchAll(toRegExp(pattern, '', 'g'))].length);
  const splits = ([s, pattern]: string[]) => {
    const parts: string[] = [];
    let from = 0;
    for (const m of s!.matchAll(toRegExp(pattern!, '', 'g'))) {
      if (m[0] === '' && (m.index === 0 || m.index >= s!.length)) continue;
      parts.push(s!.slice(from, m.index));
      from = m.index + m[0].length;
    }
    return [...parts, s!.slice(from)];
  };
  def('regexp_split_to_array(text, text) _text', (args) => new PgArray(splits(args)));
  def('regexp_split_to_table(text, text) text', splits, { set: true });
  const split = (s: string, by: string | null) =>
    s === '' ? [] : by === null ? points(s) : by === '' ? [s] : s.split(by);
  def('string_to_array(text, text) _text', ([s, by]) => (s === null ? null : new PgArray(split(s, by))), { lax: true });
  def(
    'string_to_array(text, text, text) _text',
    ([s, by, none]) => (s === null ? null : new PgArray(split(s, by).map((v) => (v === none ? null : v)))),
    { lax: true },
  );
  def('string_to_table(text, text) text', ([s, by]) => (s === null ? [] : split(s, by)), { lax: true, set: true });
  def('to_number(text, text) numeric', ([s]) => Numeric.parse(s.replace(/[^\d.eE+-]/g, '')));
  def('greatest_text(text, text) text', ([a, b]) => (compareText(a, b) >= 0 ? a : b));
  def('unaccent(text) text', ([s]) => s.normalize('NFD').replace(/\p{M}/gu, ''));
  def('normalize(text) text', ([s]) => s.normalize('NFC'));
}

/** As concat shows a value: booleans are t and f there. */
const shown = (type: Type, v: any): string => (v instanceof PgRecord ? type.text(v) : type.text(v));

const groupsOf = (m: RegExpExecArray | RegExpMatchArray | null) =>
  m === null ? null : new PgArray(m.length > 1 ? m.slice(1).map((one) => one ?? null) : [m[0]]);

function substring(s: string, from: number, n: number | null): string {
  if (n !== null && n < 0) throw new PgError('22011', 'negative substring length not allowed');
  const all = isWide(s) ? points(s) : s;
  const start = Math.max(0, from - 1);
  const part = all.slice(start, n === null ? undefined : Math.max(start, from - 1 + n));
  return typeof part === 'string' ? part : part.join('');
}

function pad(s: string, n: number, fill: string, isLeft: boolean): string {
  const all = points(s);
  if (all.length >= n) return all.slice(0, Math.max(0, n)).join('');
  if (fill === '') return s;
  const filler = points(fill);
  const more = Array.from({ length: n - all.length }, (_, i) => filler[i % filler.length]!).join('');
  return isLeft ? more + s : s + more;
}

const PLAIN = /^[a-z_][a-z0-9_$]*$/;
const KEYWORDS = new Set([
  'user',
  'order',
  'group',
  'table',
  'select',
  'from',
  'where',
  'default',
  'check',
  'primary',
  'references',
  'end',
  'all',
  'and',
  'or',
  'not',
  'null',
  'to',
  'in',
  'on',
  'limit',
  'offset',
  'desc',
  'asc',
  'case',
  'when',
  'then',
  'else',
  'union',
  'unique',
  'column',
  'constraint',
  'create',
  'grant',
  'for',
]);
export const quoteName = (s: string): string => (PLAIN.test(s) && !KEYWORDS.has(s) ? s : `"${s.replace(/"/g, '""')}"`);

function format(s: string, args: any[], types: readonly Type[]): string {
  let next = 0;
  return s.replace(/%(?:(\d+)\$)?(-)?(\d+)?([sIL%])/g, (_, position, minus, width, kind) => {
    if (kind === '%') return '%';
    const i = position ? Number(position) - 1 : next++;
    if (i >= args.length) throw new PgError('22023', 'too few arguments for format()');
    const v = args[i];
    let text = v === null ? (kind === 'L' ? 'NULL' : '') : shown(types[i]!, v);
    if (kind === 'I') {
      if (v === null) throw new PgError('22004', 'null values cannot be formatted as an SQL identifier');
      text = quoteName(text);
    }
    if (kind === 'L' && v !== null) text = `'${text.replace(/'/g, "''")}'`;
    return width ? (minus ? text.padEnd(Number(width)) : text.padStart(Number(width))) : text;
  });
}

const B64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const n = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += B64[n >> 18]! + B64[(n >> 12) & 63]!;
    text += (i + 1 < bytes.length ? B64[(n >> 6) & 63]! : '=') + (i + 2 < bytes.length ? B64[n & 63]! : '=');
  }
  return text;
}

export function fromBase64(text: string): Uint8Array {
  const clean = text.replace(/\s/g, '').replace(/=+$/, '');
  if (/[^A-Za-z0-9+/]/.test(clean)) throw unsupported('base64 with other characters');
  const bytes = new Uint8Array(Math.floor((clean.length * 3) / 4));
  let at = 0;
  let n = 0;
  let bits = 0;
  for (const c of clean) {
    n = ((n << 6) | B64.indexOf(c)) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (n >> bits) & 255;
    }
  }
  return bytes;
}
