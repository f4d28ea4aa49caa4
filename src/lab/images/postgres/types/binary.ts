/** Binary forms of the common types, as clients send and ask for them. */
import { PgError, unsupported } from '../errors.ts';
import { EPOCH_MS } from './datetime.ts';
import { Jsonb, jsonText, parseJson } from './json.ts';
import * as T from './types.ts';
import { bytesOfHex, hexOf, type Type } from './types.ts';
import type { Datum } from './values.ts';

const utf8 = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new PgError('22021', `invalid byte sequence for encoding "UTF8": ${firstBad(bytes)}`);
  }
}

function firstBad(bytes: Uint8Array): string {
  for (let i = 0; i < bytes.length; ) {
    const b = bytes[i]!;
    const n = b < 0x80 ? 1 : b >= 0xc2 && b < 0xe0 ? 2 : b >= 0xe0 && b < 0xf0 ? 3 : b >= 0xf0 && b < 0xf5 ? 4 : 0;
    const rest = bytes.subarray(i + 1, i + n);
    if (n === 0 || rest.length < n - 1 || rest.some((c) => (c & 0xc0) !== 0x80)) {
      const length = Math.min(bytes.length - i, n || (b >= 0xc0 ? 2 : 1));
      return [...bytes.subarray(i, i + length)].map((c) => `0x${c.toString(16).padStart(2, '0')}`).join(' ');
    }
    i += n;
  }
  return '0x00';
}

export function fromBinary(type: Type, bytes: Uint8Array): Datum {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const need = (n: number) => {
    if (bytes.length !== n)
      throw new PgError(
        bytes.length < n ? '08P01' : '22P03',
        bytes.length < n ? 'insufficient data left in message' : 'incorrect binary data format in bind parameter 1',
      );
  };
  switch (type) {
    case T.BOOL:
      need(1);
      return bytes[0] !== 0;
    case T.INT2:
      need(2);
      return view.getInt16(0);
    case T.INT4:
    case T.DATE:
      need(4);
      return view.getInt32(0);
    case T.OID:
      need(4);
      return view.getUint32(0);
    case T.INT8:
      need(8);
      return view.getBigInt64(0);
    case T.FLOAT4:
      need(4);
      return view.getFloat32(0);
    case T.FLOAT8:
      need(8);
      return view.getFloat64(0);
    case T.TIMESTAMP:
    case T.TIMESTAMPTZ:
    case T.TIME:
      need(8);
      return Number(view.getBigInt64(0));
    case T.BYTEA:
      return bytes.slice();
    case T.UUID:
      need(16);
      return T.UUID.parse(hexOf(bytes));
    case T.JSONB:
      return new Jsonb(parseJson(decodeText(bytes.subarray(1))));
    case T.TEXT:
    case T.VARCHAR:
    case T.BPCHAR:
    case T.NAME:
    case T.UNKNOWN:
    case T.JSON_TYPE:
      return type.parse(decodeText(bytes));
    default:
      throw unsupported(`the binary format of type ${type.name}`);
  }
}

export function toBinary(type: Type, value: Datum): Uint8Array {
  const make = (n: number, set: (view: DataView) => void) => {
    const bytes = new Uint8Array(n);
    set(new DataView(bytes.buffer));
    return bytes;
  };
  switch (type) {
    case T.BOOL:
      return new Uint8Array([value ? 1 : 0]);
    case T.INT2:
      return make(2, (v) => v.setInt16(0, value));
    case T.INT4:
    case T.DATE:
      return make(4, (v) => v.setInt32(0, value));
    case T.OID:
      return make(4, (v) => v.setUint32(0, value));
    case T.INT8:
      return make(8, (v) => v.setBigInt64(0, value));
    case T.FLOAT4:
      return make(4, (v) => v.setFloat32(0, value));
    case T.FLOAT8:
      return make(8, (v) => v.setFloat64(0, value));
    case T.TIMESTAMP:
    case T.TIMESTAMPTZ:
    case T.TIME:
      return make(8, (v) =>
        v.setBigInt64(0, Number.isFinite(value) ? BigInt(value) : value > 0 ? 2n ** 63n - 1n : -(2n ** 63n)),
      );
    case T.BYTEA:
      return value;
    case T.UUID:
      return bytesOfHex(value.replace(/-/g, ''));
    case T.JSONB:
      return utf8.encode(`\u0001${jsonText((value as Jsonb).v)}`);
    case T.VOID:
      return new Uint8Array(0);
    default:
      if (type.category === 'S' || type.kind === 'enum' || type === T.JSON_TYPE || type === T.UNKNOWN)
        return utf8.encode(type.text(value));
      throw unsupported(`the binary format of type ${type.name}`);
  }
}

export const wallToUs = (wallMs: number): number => Math.round((wallMs - EPOCH_MS) * 1000);
