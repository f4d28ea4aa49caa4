/** The types: oid, names, category, text and binary form, order. Enums, domains and row types are made by the catalog. */
import { invalidInput, outOfRange, PgError } from '../errors.ts';
import { arrayText, parseArray } from './array.ts';
import { clock } from './clock.ts';
import {
  dateText,
  Interval,
  intervalText,
  intervalUs,
  parseDate,
  parseInterval,
  parseTime,
  parseTimestamp,
  timestampText,
  timeText,
} from './datetime.ts';
import { compareJson, Jsonb, jsonText, parseJson } from './json.ts';
import { compare as compareNumeric, Numeric } from './numeric.ts';
import { compareRange, parseRange, rangeText } from './range.ts';
import { compareText } from './text.ts';
import { type Datum, PgArray, type PgRecord } from './values.ts';

export interface Type {
  readonly oid: number;
  /** As format_type says it: `integer`. */
  readonly name: string;
  /** As pg_type has it: `int4`. */
  readonly typname: string;
  /** pg_type.typcategory. */
  readonly category: string;
  readonly length: number;
  readonly kind: 'base' | 'enum' | 'array' | 'range' | 'pseudo' | 'composite' | 'domain';
  readonly elem: Type | null;
  /** Subtype of a range. */
  readonly range: Type | null;
  /** Null until a type of arrays of it has been made. */
  array: Type | null;
  /** Of a domain. */
  base?: Type;
  labels?: string[];
  parse(text: string): Datum;
  text(value: Datum): string;
  compare(a: Datum, b: Datum): number;
  /** The following value of a discrete type. */
  next?(value: Datum): Datum;
  readonly isComparable: boolean;
}

const byOid = new Map<number, Type>();
const byName = new Map<string, Type>();

type Form = Partial<Pick<Type, 'next' | 'kind' | 'elem' | 'range' | 'isComparable' | 'base' | 'labels'>> &
  Pick<Type, 'parse' | 'text' | 'compare'>;

export function makeType(
  oid: number,
  name: string,
  typname: string,
  category: string,
  length: number,
  form: Form,
): Type {
  return {
    ...{ oid, name, typname, category, length },
    ...{ kind: 'base' as const, elem: null, range: null, array: null, isComparable: true },
    ...form,
  };
}

export function makeArray(elem: Type, oid: number): Type {
  const type = makeType(oid, `${elem.name}[]`, `_${elem.typname}`, 'A', -1, {
    kind: 'array',
    elem,
    parse: (text) => parseArray(text, elem),
    text: (value: PgArray) => arrayText(value, elem),
    compare: (a: PgArray, b: PgArray) => compareArrays(a, b, elem),
    isComparable: elem.isComparable,
  });
  elem.array = type;
  return type;
}

function compareArrays(a: PgArray, b: PgArray, elem: Type): number {
  const n = Math.min(a.items.length, b.items.length);
  for (let i = 0; i < n; i++) {
    const c = compareNullable(elem, a.items[i], b.items[i]);
    if (c) return c;
  }
  return a.items.length - b.items.length || a.dims.length - b.dims.length;
}

const compareNullable = (type: Type, a: Datum, b: Datum): number =>
  a === null || b === null ? Number(a === null) - Number(b === null) : type.compare(a, b);

function base(
  oid: number,
  arrayOid: number,
  name: string,
  typname: string,
  category: string,
  length: number,
  form: Form,
): Type {
  const type = makeType(oid, name, typname, category, length, form);
  byOid.set(oid, type);
  byName.set(typname, type);
  if (arrayOid) {
    const array = makeArray(type, arrayOid);
    byOid.set(arrayOid, array);
    byName.set(array.typname, array);
  }
  return type;
}

const byNumber = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);
const same = (text: string) => text;

function parseWhole(text: string, name: string, min: number, max: number): number {
  const t = text.trim();
  if (!/^[+-]?\d+$/.test(t)) throw invalidInput(name, text);
  const value = Number(t);
  if (value < min || value > max) throw new PgError('22003', `value "${text}" is out of range for type ${name}`);
  return value;
}

export const BIGINT_MIN = -(2n ** 63n);
export const BIGINT_MAX = 2n ** 63n - 1n;

export const BOOL = base(16, 1000, 'boolean', 'bool', 'B', 1, {
  parse(text) {
    const t = text.trim().toLowerCase();
    if (t !== '' && ('true'.startsWith(t) || 'yes'.startsWith(t) || t === 'on' || t === '1')) return true;
    if (t !== '' && ('false'.startsWith(t) || 'no'.startsWith(t) || t === 'off' || t === 'of' || t === '0'))
      return false;
    throw invalidInput('boolean', text);
  },
  text: (v: boolean) => (v ? 't' : 'f'),
  compare: (a: boolean, b: boolean) => Number(a) - Number(b),
});

export const INT2 = base(21, 1005, 'smallint', 'int2', 'N', 2, {
  parse: (text) => parseWhole(text, 'smallint', -32768, 32767),
  text: String,
  compare: byNumber,
});
export const INT4 = base(23, 1007, 'integer', 'int4', 'N', 4, {
  parse: (text) => parseWhole(text, 'integer', -2147483648, 2147483647),
  text: String,
  compare: byNumber,
  next: (v: number) => v + 1,
});
export const INT8 = base(20, 1016, 'bigint', 'int8', 'N', 8, {
  parse(text) {
    const t = text.trim();
    if (!/^[+-]?\d+$/.test(t)) throw invalidInput('bigint', text);
    const value = BigInt(t.replace('+', ''));
    if (value < BIGINT_MIN || value > BIGINT_MAX)
      throw new PgError('22003', `value "${text}" is out of range for type bigint`);
    return value;
  },
  text: String,
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
  next: (v: bigint) => v + 1n,
});

export function checkInt(value: number, type: Type): number {
  const limit = type === INT2 ? 32768 : 2147483648;
  if (value >= limit || value < -limit) throw outOfRange(type.name);
  return value;
}

export function checkBigint(value: bigint): bigint {
  if (value > BIGINT_MAX || value < BIGINT_MIN) throw outOfRange('bigint');
  return value;
}

const floatOrder = (a: number, b: number) =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : byNumber(a, b);

function parseFloatOf(text: string, name: string): number {
  const t = text.trim().toLowerCase();
  const special = (
    {
      nan: Number.NaN,
      infinity: Infinity,
      inf: Infinity,
      '+infinity': Infinity,
      '-infinity': -Infinity,
      '-inf': -Infinity,
    } as Record<string, number>
  )[t];
  if (special !== undefined) return special;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(t)) throw invalidInput(name, text);
  const value = Number(t);
  if (!Number.isFinite(value)) throw new PgError('22003', `"${text.trim()}" is out of range for type ${name}`);
  return name === 'real' ? Math.fround(value) : value;
}

/** The shortest text that reads back the same; exponents from 1e15 and below 1e-4. */
export function floatText(v: number, digits: number): string {
  if (Number.isNaN(v)) return 'NaN';
  if (!Number.isFinite(v)) return v > 0 ? 'Infinity' : '-Infinity';
  if (v === 0) return Object.is(v, -0) ? '-0' : '0';
  let [mantissa, exponent] = (digits === 9 ? shortestReal(v) : v.toExponential()).split('e') as [string, string];
  const e = Number(exponent);
  if (e < -4 || e >= (digits === 9 ? 6 : 15))
    return `${mantissa}e${e < 0 ? '-' : '+'}${String(Math.abs(e)).padStart(2, '0')}`;
  const sign = mantissa.startsWith('-') ? '-' : '';
  mantissa = mantissa.replace('-', '').replace('.', '');
  if (e < 0) return `${sign}0.${'0'.repeat(-e - 1)}${mantissa}`;
  if (mantissa.length <= e + 1) return sign + mantissa.padEnd(e + 1, '0');
  return `${sign}${mantissa.slice(0, e + 1)}.${mantissa.slice(e + 1)}`;
}

function shortestReal(v: number): string {
  for (let p = 0; p < 9; p++) {
    const text = v.toExponential(p);
    if (Math.fround(Number(text)) === v) return text;
  }
  return v.toExponential(8);
}

export const FLOAT4 = base(700, 1021, 'real', 'float4', 'N', 4, {
  parse: (text) => parseFloatOf(text, 'real'),
  text: (v: number) => floatText(v, 9),
  compare: floatOrder,
});
export const FLOAT8 = base(701, 1022, 'double precision', 'float8', 'N', 8, {
  parse: (text) => parseFloatOf(text, 'double precision'),
  text: (v: number) => floatText(v, 17),
  compare: floatOrder,
});
export const NUMERIC = base(1700, 1231, 'numeric', 'numeric', 'N', -1, {
  parse: (text) => Numeric.parse(text),
  text: (v: Numeric) => v.text(),
  compare: compareNumeric,
});

const noNul = (text: string) => {
  if (text.includes('\0')) throw new PgError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
  return text;
};
export const TEXT = base(25, 1009, 'text', 'text', 'S', -1, { parse: noNul, text: same, compare: compareText });
export const VARCHAR = base(1043, 1015, 'character varying', 'varchar', 'S', -1, {
  parse: noNul,
  text: same,
  compare: compareText,
});
const trimmed = (text: string) => text.replace(/ +$/, '');
export const BPCHAR = base(1042, 1014, 'character', 'bpchar', 'S', -1, {
  parse: noNul,
  text: same,
  compare: (a: string, b: string) => compareText(trimmed(a), trimmed(b)),
});
export const NAME = base(19, 1003, 'name', 'name', 'S', 64, {
  parse: (t) => t.slice(0, 63),
  text: same,
  compare: compareText,
});
export const CHAR = base(18, 1002, '"char"', 'char', 'Z', 1, {
  parse: (t) => t.slice(0, 1),
  text: same,
  compare: compareText,
});

const HEX = '0123456789abcdef';
export const hexOf = (bytes: Uint8Array): string => {
  let text = '';
  for (const b of bytes) text += HEX[b >> 4]! + HEX[b & 15]!;
  return text;
};

export function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

const encoder = new TextEncoder();
export const BYTEA = base(17, 1001, 'bytea', 'bytea', 'U', -1, {
  parse(text) {
    if (text.startsWith('\\x')) {
      const hex = text.slice(2).replace(/\s/g, '');
      const bad = /[^0-9a-fA-F]/.exec(hex);
      if (bad) throw new PgError('22023', `invalid hexadecimal digit: "${bad[0]}"`);
      if (hex.length % 2) throw new PgError('22023', 'invalid hexadecimal data: odd number of digits');
      return bytesOfHex(hex);
    }
    const bytes: number[] = [];
    for (let i = 0; i < text.length; i++) {
      const octal = text[i] === '\\' ? /^[0-3][0-7]{2}/.exec(text.slice(i + 1, i + 4)) : null;
      if (octal) {
        bytes.push(Number.parseInt(octal[0], 8));
        i += 3;
      } else if (text[i] === '\\') {
        if (text[i + 1] !== '\\') throw invalidInput('bytea', text);
        bytes.push(92);
        i++;
      } else bytes.push(...encoder.encode(text[i]!));
    }
    return new Uint8Array(bytes);
  },
  text: (v: Uint8Array) => `\\x${hexOf(v)}`,
  compare: compareBytes,
});

export const DATE = base(1082, 1182, 'date', 'date', 'D', 4, {
  parse: (text) => parseDate(text, clock.nowUs),
  text: dateText,
  compare: byNumber,
  next: (v: number) => v + 1,
});
export const TIME = base(1083, 1183, 'time without time zone', 'time', 'D', 8, {
  parse: (text) => parseTime(text, clock.nowUs),
  text: timeText,
  compare: byNumber,
});
export const TIMESTAMP = base(1114, 1115, 'timestamp without time zone', 'timestamp', 'D', 8, {
  parse: (text) => parseTimestamp(text, false, clock.nowUs),
  text: (v: number) => timestampText(v),
  compare: byNumber,
});
export const TIMESTAMPTZ = base(1184, 1185, 'timestamp with time zone', 'timestamptz', 'D', 8, {
  parse: (text) => parseTimestamp(text, true, clock.nowUs),
  text: (v: number) => timestampText(v, '+00'),
  compare: byNumber,
});
export const INTERVAL = base(1186, 1187, 'interval', 'interval', 'T', 16, {
  parse: parseInterval,
  text: (v: Interval) => intervalText(v),
  compare: (a: Interval, b: Interval) => byNumber(intervalUs(a), intervalUs(b)),
});

export const UUID = base(2950, 2951, 'uuid', 'uuid', 'U', 16, {
  parse(text) {
    const hex = text
      .trim()
      .toLowerCase()
      .replace(/^\{(.*)\}$/, '$1')
      .replace(/-/g, '');
    if (!/^[0-9a-f]{32}$/.test(hex)) throw invalidInput('uuid', text);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  },
  text: same,
  compare: compareText,
});
export const JSON_TYPE = base(114, 199, 'json', 'json', 'U', -1, {
  parse(text) {
    parseJson(text, 'json');
    return text;
  },
  text: same,
  compare: compareText,
  isComparable: false,
});
export const JSONB = base(3802, 3807, 'jsonb', 'jsonb', 'U', -1, {
  parse: (text) => new Jsonb(parseJson(text, 'json')),
  text: (v: Jsonb) => jsonText(v.v),
  compare: (a: Jsonb, b: Jsonb) => compareJson(a.v, b.v),
});

const parseOid = (text: string) => parseWhole(text, 'oid', 0, 4294967295);
export const OID = base(26, 1028, 'oid', 'oid', 'N', 4, { parse: parseOid, text: String, compare: byNumber });
export const XID = base(28, 1011, 'xid', 'xid', 'U', 4, { parse: parseOid, text: String, compare: byNumber });
export const TID = base(27, 1010, 'tid', 'tid', 'U', 6, { parse: same, text: same, compare: compareText });
/** Kept as the name; the functions that take one look it up. */
export const REGCLASS = base(2205, 2210, 'regclass', 'regclass', 'N', 4, {
  parse: same,
  text: String,
  compare: compareText,
});
export const REGTYPE = base(2206, 2211, 'regtype', 'regtype', 'N', 4, {
  parse: same,
  text: String,
  compare: compareText,
});
export const REGPROC = base(24, 1008, 'regproc', 'regproc', 'N', 4, {
  parse: same,
  text: String,
  compare: compareText,
});
export const REGNAMESPACE = base(4089, 4090, 'regnamespace', 'regnamespace', 'N', 4, {
  parse: same,
  text: String,
  compare: compareText,
});
export const INT2VECTOR = base(22, 1006, 'int2vector', 'int2vector', 'A', -1, {
  parse: same,
  text: same,
  compare: compareText,
});
export const INET = base(869, 1041, 'inet', 'inet', 'I', -1, { parse: same, text: same, compare: compareText });

const range = (oid: number, arrayOid: number, name: string, elem: Type): Type => {
  const type: Type = base(oid, arrayOid, name, name, 'R', -1, {
    kind: 'range',
    range: elem,
    parse: (text) => parseRange(type, text),
    text: (v) => rangeText(type, v),
    compare: (a, b) => compareRange(elem, a, b),
  });
  return type;
};
export const INT4RANGE = range(3904, 3905, 'int4range', INT4);
export const INT8RANGE = range(3926, 3927, 'int8range', INT8);
export const NUMRANGE = range(3906, 3907, 'numrange', NUMERIC);
export const TSRANGE = range(3908, 3909, 'tsrange', TIMESTAMP);
export const TSTZRANGE = range(3910, 3911, 'tstzrange', TIMESTAMPTZ);
export const DATERANGE = range(3912, 3913, 'daterange', DATE);

const pseudo = (oid: number, name: string, text: (v: Datum) => string = String): Type =>
  base(oid, 0, name, name, 'P', 4, { kind: 'pseudo', parse: same, text, compare: () => 0, isComparable: false });
/** Of a literal or parameter whose type nothing has decided yet. */
export const UNKNOWN = base(705, 0, 'unknown', 'unknown', 'X', -2, {
  kind: 'pseudo',
  parse: same,
  text: same,
  compare: compareText,
});
export const VOID = pseudo(2278, 'void', () => '');
export const RECORD: Type = base(2249, 2287, 'record', 'record', 'P', -1, {
  kind: 'composite',
  parse() {
    throw new PgError('0A000', 'input of anonymous composite types is not implemented');
  },
  text: (v: PgRecord) => recordText(v),
  compare(a: PgRecord, b: PgRecord) {
    for (let i = 0; i < a.values.length; i++) {
      const c = compareNullable(a.types[i]!, a.values[i], b.values[i]);
      if (c) return c;
    }
    return 0;
  },
});

function recordText(r: PgRecord): string {
  const field = (v: Datum, i: number) => {
    if (v === null) return '';
    const text = r.types[i]!.text(v);
    return text === '' || /[\s"\\(),]/.test(text) ? `"${text.replace(/(["\\])/g, '$1$1')}"` : text;
  };
  return `(${r.values.map(field).join(',')})`;
}

const ALIASES: Readonly<Record<string, string>> = {
  ...{
    int: 'int4',
    integer: 'int4',
    bigint: 'int8',
    smallint: 'int2',
    boolean: 'bool',
    decimal: 'numeric',
    dec: 'numeric',
  },
  ...{ real: 'float4', float: 'float8', string: 'text', 'timestamp with time zone': 'timestamptz' },
};

export const typeByOid = (oid: number): Type | undefined => byOid.get(oid);
export const typeByName = (name: string): Type | undefined => byName.get(ALIASES[name] ?? name);
export const allTypes = (): IterableIterator<Type> => byOid.values();

/** `varchar(20)`, `numeric(10,2)`: what the modifiers do to a value. Null when there are none. */
export interface TypeMod {
  readonly text: string;
  /** As atttypmod. */
  readonly number: number;
  /** Cast explicitly or stored: an explicit cast cuts text, storing it fails. */
  apply(value: Datum, isExplicit: boolean): Datum;
}

export function typeMod(type: Type, mods: readonly number[]): TypeMod | null {
  if (mods.length === 0) return null;
  const [a = 0, b = 0] = mods;
  switch (type) {
    case VARCHAR:
      if (a < 1) throw new PgError('22023', `length for type varchar must be at least 1`);
      return {
        text: `character varying(${a})`,
        number: a + 4,
        apply: (v, isExplicit) => fitText(v, a, isExplicit, 'character varying'),
      };
    case BPCHAR:
      if (a < 1) throw new PgError('22023', `length for type char must be at least 1`);
      return {
        text: `character(${a})`,
        number: a + 4,
        apply: (v, isExplicit) => fitText(v, a, isExplicit, 'character').padEnd(a, ' '),
      };
    case NUMERIC:
      if (a < 1 || a > 1000) throw new PgError('22023', `NUMERIC precision ${a} must be between 1 and 1000`);
      return { text: `numeric(${a},${b})`, number: ((a << 16) | b) + 4, apply: (v: Numeric) => v.fit(a, b) };
    case TIMESTAMP:
    case TIMESTAMPTZ:
    case TIME: {
      const step = STEPS[Math.max(0, 6 - a)]!;
      const text = type.name.replace(/^(\w+)/, `$1(${a})`);
      return { text, number: a, apply: (v: number) => (Number.isFinite(v) ? Math.round(v / step) * step : v) };
    }
    case INTERVAL: {
      const step = STEPS[Math.max(0, 6 - a)]!;
      return {
        text: `interval(${a})`,
        number: a,
        apply: (v: Interval) => new Interval(v.months, v.days, Math.round(v.us / step) * step),
      };
    }
    default:
      if (type.kind === 'array') {
        const inner = typeMod(type.elem!, mods);
        return (
          inner && {
            text: `${inner.text}[]`,
            number: inner.number,
            apply: (v: PgArray, e) =>
              new PgArray(
                v.items.map((one) => (one === null ? null : inner.apply(one, e))),
                v.dims,
              ),
          }
        );
      }
      if (type === FLOAT8) return null;
      throw new PgError('42601', `type modifier is not allowed for type "${type.typname}"`);
  }
}

function fitText(value: string, length: number, isExplicit: boolean, name: string): string {
  if (value.length <= length) return value;
  const points = [...value];
  if (points.length <= length) return value;
  if (isExplicit || points.slice(length).every((c) => c === ' ')) return points.slice(0, length).join('');
  throw new PgError('22001', `value too long for type ${name}(${length})`);
}

/** µs of the last digit kept, by how many of the six are dropped. */
const STEPS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const;
