/** `cmsgpack.pack` and `unpack`: MessagePack, as lua-cmsgpack writes it. */
import { bytesOf, textOf } from '../bytes.ts';
import type { Library } from './library.ts';
import type { Lua } from './machine.ts';
import { Table, type Value } from './values.ts';

const DEPTH_MAX = 16;

export function cmsgpackLibrary(lua: Lua): Library {
  return {
    pack: (args) => {
      if (args.all.length === 0) throw args.fail(-1, 'MessagePack pack needs input.');
      return [args.all.map((value) => pack(lua, value, 0)).join('')];
    },
    unpack: (args) => {
      const reader = new Reader(lua, args.text(0));
      const values: Value[] = [];
      while (!reader.isAtEnd) values.push(reader.value(0));
      return values;
    },
  };
}

const bytes = (...codes: number[]) => String.fromCharCode(...codes.map((code) => code & 255));
const big = (value: number, size: 2 | 4) =>
  bytes(...(size === 4 ? [value >>> 24, value >>> 16] : []), value >>> 8, value);

function head(size: number, fix: number, fixMax: number, codes: readonly (readonly [number, 1 | 2 | 4])[]): string {
  if (size <= fixMax) return bytes(fix | size);
  for (const [code, width] of codes) {
    if (width === 1 && size <= 0xff) return bytes(code, size);
    if (width === 2 && size <= 0xffff) return bytes(code) + big(size, 2);
    if (width === 4) return bytes(code) + big(size, 4);
  }
  return '';
}

function pack(lua: Lua, value: Value, depth: number): string {
  lua.step();
  if (value === undefined || typeof value === 'function' || depth > DEPTH_MAX) return bytes(0xc0);
  if (typeof value === 'boolean') return bytes(value ? 0xc3 : 0xc2);
  if (typeof value === 'number') return packNumber(value);
  if (typeof value === 'string')
    return (
      head(value.length, 0xa0, 31, [
        [0xd9, 1],
        [0xda, 2],
        [0xdb, 4],
      ]) + value
    );
  const { list, rest } = value;
  if (rest.size === 0)
    return (
      head(list.length, 0x90, 15, [
        [0xdc, 2],
        [0xdd, 4],
      ]) + list.map((one) => pack(lua, one, depth + 1)).join('')
    );
  const entries = [...list.map((one, i) => [i + 1, one] as const), ...rest];
  return (
    head(entries.length, 0x80, 15, [
      [0xde, 2],
      [0xdf, 4],
    ]) + entries.map(([key, one]) => pack(lua, key, depth + 1) + pack(lua, one, depth + 1)).join('')
  );
}

function packNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 53 && !Object.is(value, -0)) {
    if (value >= 0) {
      if (value <= 127) return bytes(value);
      if (value <= 0xff) return bytes(0xcc, value);
      if (value <= 0xffff) return bytes(0xcd) + big(value, 2);
      if (value <= 0xffffffff) return bytes(0xce) + big(value, 4);
      return bytes(0xcf) + big(Math.floor(value / 2 ** 32), 4) + big(value % 2 ** 32, 4);
    }
    if (value >= -32) return bytes(value);
    if (value >= -128) return bytes(0xd0, value);
    if (value >= -32_768) return bytes(0xd1) + big(value, 2);
    if (value >= -(2 ** 31)) return bytes(0xd2) + big(value, 4);
  }
  const view = new DataView(new ArrayBuffer(8));
  if (Math.fround(value) === value) {
    view.setFloat32(0, value);
    return bytes(0xca) + textOf(new Uint8Array(view.buffer, 0, 4));
  }
  view.setFloat64(0, value);
  return bytes(0xcb) + textOf(new Uint8Array(view.buffer));
}

class Reader {
  private at = 0;
  private readonly view: DataView;
  private readonly text: string;
  private readonly lua: Lua;

  constructor(lua: Lua, text: string) {
    this.lua = lua;
    this.text = text;
    this.view = new DataView(bytesOf(text).buffer);
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  private take(size: number): number {
    if (this.at + size > this.text.length) throw this.lua.libraryError('Missing bytes in input.');
    this.at += size;
    return this.at - size;
  }

  private uint(size: number): number {
    const at = this.take(size);
    if (size === 1) return this.view.getUint8(at);
    if (size === 2) return this.view.getUint16(at);
    if (size === 4) return this.view.getUint32(at);
    return Number(this.view.getBigUint64(at));
  }

  private int(size: number): number {
    const at = this.take(size);
    if (size === 1) return this.view.getInt8(at);
    if (size === 2) return this.view.getInt16(at);
    if (size === 4) return this.view.getInt32(at);
    return Number(this.view.getBigInt64(at));
  }

  private string(size: number): string {
    const at = this.take(size);
    return this.text.slice(at, at + size);
  }

  private array(size: number, depth: number): Table {
    const table = new Table();
    for (let i = 1; i <= size; i++) table.set(i, this.value(depth + 1));
    return table;
  }

  private map(size: number, depth: number): Table {
    const table = new Table();
    for (let i = 0; i < size; i++) {
      const key = this.value(depth + 1);
      const value = this.value(depth + 1);
      if (key !== undefined) table.set(key, value);
    }
    return table;
  }

  value(depth: number): Value {
    this.lua.step();
    if (depth > 200) throw this.lua.libraryError('Bad data format in input.');
    const code = this.uint(1);
    if (code <= 0x7f) return code;
    if (code >= 0xe0) return code - 256;
    if (code <= 0x8f) return this.map(code & 15, depth);
    if (code <= 0x9f) return this.array(code & 15, depth);
    if (code <= 0xbf) return this.string(code & 31);
    if (code >= 0xcc && code <= 0xcf) return this.uint(1 << (code - 0xcc));
    if (code >= 0xd0 && code <= 0xd3) return this.int(1 << (code - 0xd0));
    if (code >= 0xd9 && code <= 0xdb) return this.string(this.uint(1 << (code - 0xd9)));
    switch (code) {
      case 0xc0:
        return undefined;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.string(this.uint(1));
      case 0xc5:
        return this.string(this.uint(2));
      case 0xc6:
        return this.string(this.uint(4));
      case 0xca:
        return this.view.getFloat32(this.take(4));
      case 0xcb:
        return this.view.getFloat64(this.take(8));
      case 0xdc:
        return this.array(this.uint(2), depth);
      case 0xdd:
        return this.array(this.uint(4), depth);
      case 0xde:
        return this.map(this.uint(2), depth);
      case 0xdf:
        return this.map(this.uint(4), depth);
      default:
        throw this.lua.libraryError('Bad data format in input.');
    }
  }
}
