/**
 * Field tables: typed values as they came, so that a table that is read and written again is the same. The letters are
 * those of RabbitMQ (rabbit_binary_parser.erl), which differ from the specification's in `s`, `l` and `L`.
 */
import type { Reader, Writer } from './buffer.ts';

/** The server's name of a type, as its error messages have it. */
export type FieldType =
  | 'longstr'
  | 'signedint'
  | 'decimal'
  | 'timestamp'
  | 'table'
  | 'byte'
  | 'double'
  | 'float'
  | 'long'
  | 'short'
  | 'bool'
  | 'binary'
  | 'void'
  | 'unsignedbyte'
  | 'unsignedshort'
  | 'unsignedint'
  | 'array';

export interface Field {
  readonly type: FieldType;
  /**
   * A string of bytes for longstr and binary; a number, or a bigint where that is not exact; a boolean; a table; an
   * array of fields; for a decimal its scale and its unscaled value; null for void.
   */
  readonly value: string | number | bigint | boolean | Table | readonly Field[] | readonly [number, number] | null;
}

/** In the order in which it was written; a name may come twice, the first one counts. */
export type Table = readonly (readonly [string, Field])[];

export class BadField extends Error {}

/** Nesting that no real message has; the real server has no limit and pays for it in memory. */
const DEPTH_MAX = 100;

export function readTable(reader: Reader, depth = 0): Table {
  const end = reader.u32() + reader.at;
  return readFields(reader, end, depth);
}

/** The fields of a table whose length has been read. */
export function readFields(reader: Reader, end: number, depth = 0): Table {
  if (depth > DEPTH_MAX || end > reader.at + reader.left) throw new BadField('a table is longer than its frame');
  const table: [string, Field][] = [];
  while (reader.at < end) {
    const name = reader.short();
    table.push([name, readField(reader, depth)]);
  }
  if (reader.at !== end) throw new BadField('a field is longer than its table');
  return table;
}

function readField(reader: Reader, depth: number): Field {
  const letter = String.fromCharCode(reader.u8());
  switch (letter) {
    case 'S':
      return { type: 'longstr', value: reader.long() };
    case 'x':
      return { type: 'binary', value: reader.long() };
    case 'I':
      return { type: 'signedint', value: reader.i32() };
    case 'i':
      return { type: 'unsignedint', value: reader.u32() };
    case 'D':
      return { type: 'decimal', value: [reader.u8(), reader.u32()] };
    case 'T':
      return { type: 'timestamp', value: reader.u64() };
    case 'F':
      return { type: 'table', value: readTable(reader, depth + 1) };
    case 'A':
      return { type: 'array', value: readArray(reader, depth + 1) };
    case 'b':
      return { type: 'byte', value: reader.i8() };
    case 'B':
      return { type: 'unsignedbyte', value: reader.u8() };
    case 'd':
      return { type: 'double', value: reader.f64() };
    case 'f':
      return { type: 'float', value: reader.f32() };
    case 'l':
    case 'L':
      return { type: 'long', value: reader.i64() };
    case 's':
      return { type: 'short', value: reader.i16() };
    case 'u':
      return { type: 'unsignedshort', value: reader.u16() };
    case 't':
      return { type: 'bool', value: reader.u8() !== 0 };
    case 'V':
      return { type: 'void', value: null };
    default:
      throw new BadField(`no type of field has the letter ${letter}`);
  }
}

function readArray(reader: Reader, depth: number): readonly Field[] {
  const end = reader.u32() + reader.at;
  if (depth > DEPTH_MAX || end > reader.at + reader.left) throw new BadField('an array is longer than its frame');
  const fields: Field[] = [];
  while (reader.at < end) fields.push(readField(reader, depth));
  if (reader.at !== end) throw new BadField('a field is longer than its array');
  return fields;
}

export function writeTable(writer: Writer, table: Table) {
  const lengthAt = writer.at;
  writer.u32(0);
  for (const [name, field] of table) {
    writer.short(name);
    writeField(writer, field);
  }
  writer.patch32(lengthAt, writer.at - lengthAt - 4);
}

const LETTERS: Readonly<Record<FieldType, string>> = {
  longstr: 'S',
  binary: 'x',
  signedint: 'I',
  unsignedint: 'i',
  decimal: 'D',
  timestamp: 'T',
  table: 'F',
  array: 'A',
  byte: 'b',
  unsignedbyte: 'B',
  double: 'd',
  float: 'f',
  long: 'l',
  short: 's',
  unsignedshort: 'u',
  bool: 't',
  void: 'V',
};

function writeField(writer: Writer, { type, value }: Field) {
  writer.u8(LETTERS[type].charCodeAt(0));
  switch (type) {
    case 'longstr':
    case 'binary':
      return writer.long(value as string);
    case 'signedint':
      return writer.i32(value as number);
    case 'unsignedint':
      return writer.u32(value as number);
    case 'decimal':
      writer.u8((value as readonly [number, number])[0]);
      return writer.u32((value as readonly [number, number])[1]);
    case 'timestamp':
    case 'long':
      return writer.u64(value as number | bigint);
    case 'table':
      return writeTable(writer, value as Table);
    case 'array': {
      const lengthAt = writer.at;
      writer.u32(0);
      for (const field of value as readonly Field[]) writeField(writer, field);
      return writer.patch32(lengthAt, writer.at - lengthAt - 4);
    }
    case 'byte':
      return writer.i8(value as number);
    case 'unsignedbyte':
      return writer.u8(value as number);
    case 'double':
      return writer.f64(value as number);
    case 'float':
      return writer.f32(value as number);
    case 'short':
      return writer.i16(value as number);
    case 'unsignedshort':
      return writer.u16(value as number);
    case 'bool':
      return writer.u8(value ? 1 : 0);
    case 'void':
      return;
  }
}

export function lookup(table: Table | undefined, name: string): Field | undefined {
  return table?.find(([key]) => key === name)?.[1];
}

/** With the field set and the names sorted, as the server leaves every table that it changes. */
export function withField(table: Table, name: string, field: Field): Table {
  const at = table.findIndex(([key]) => key === name);
  const all = at < 0 ? [...table, [name, field] as const] : table.with(at, [name, field]);
  return sorted(all);
}

export function sorted(table: Table): Table {
  return [...table].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

export const longstr = (value: string): Field => ({ type: 'longstr', value });
export const long = (value: number | bigint): Field => ({ type: 'long', value });
export const bool = (value: boolean): Field => ({ type: 'bool', value });

const INTEGERS: ReadonlySet<FieldType> = new Set([
  'byte',
  'short',
  'signedint',
  'long',
  'unsignedbyte',
  'unsignedshort',
  'unsignedint',
]);

export function isInteger(field: Field): boolean {
  return INTEGERS.has(field.type);
}

/** Types that are the same to a comparison of arguments. */
export function typeClass(type: FieldType): string {
  return INTEGERS.has(type) || type === 'decimal' ? 'int' : type === 'float' || type === 'double' ? 'float' : type;
}

export function isSameField(a: Field, b: Field): boolean {
  return typeClass(a.type) === typeClass(b.type) && isSameValue(a.value, b.value);
}

/** As Erlang's `==`: numbers by value, whatever their types. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => isSameValue(one, b[i]));
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    const [x, y] = [a as Field, b as Field];
    return x.type === y.type && isSameValue(x.value, y.value);
  }
  return a === b;
}
