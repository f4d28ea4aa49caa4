/** PostgreSQL's protocol 3.0: https://www.postgresql.org/docs/17/protocol-message-formats.html */
import { type Decoded, type Decoder, MESSAGE_BYTES_MAX, Reader, type Side, shortOf, textOf } from './decoder.ts';

const PROTOCOL_3 = 196_608;
const SSL_REQUEST = 80_877_103;
const CANCEL_REQUEST = 80_877_102;

const CLIENT: Readonly<Record<string, string>> = {
  Q: 'Query',
  P: 'Parse',
  B: 'Bind',
  D: 'Describe',
  E: 'Execute',
  S: 'Sync',
  C: 'Close',
  H: 'Flush',
  X: 'Terminate',
  p: 'Password',
  d: 'CopyData',
  c: 'CopyDone',
  f: 'CopyFail',
};
const SERVER: Readonly<Record<string, string>> = {
  R: 'Authentication',
  S: 'ParameterStatus',
  K: 'BackendKeyData',
  Z: 'ReadyForQuery',
  T: 'RowDescription',
  D: 'DataRow',
  C: 'CommandComplete',
  E: 'ErrorResponse',
  N: 'NoticeResponse',
  A: 'NotificationResponse',
  1: 'ParseComplete',
  2: 'BindComplete',
  3: 'CloseComplete',
  n: 'NoData',
  t: 'ParameterDescription',
  I: 'EmptyQueryResponse',
  s: 'PortalSuspended',
  G: 'CopyInResponse',
  H: 'CopyOutResponse',
  d: 'CopyData',
  c: 'CopyDone',
};

export class PostgresDecoder implements Decoder {
  private readonly side: Side;

  constructor(side: Side) {
    this.side = side;
  }

  read(bytes: Uint8Array, isStart: boolean): Decoded | 'partial' | null {
    // The first message has no type, only a length, whose first byte is 0.
    if (this.side === 'client' && isStart && bytes[0] === 0) return startup(bytes);
    const type = String.fromCharCode(bytes[0] ?? 0);
    const names = this.side === 'client' ? CLIENT : SERVER;
    const name = Object.hasOwn(names, type) ? names[type]! : null;
    if (name === null) return null;
    if (bytes.length < 5) return 'partial';
    const length = new Reader(bytes.subarray(1)).uint(4);
    if (length < 4 || length > MESSAGE_BYTES_MAX) return null;
    if (bytes.length < length + 1) return 'partial';
    const body = bytes.subarray(5, length + 1);
    const { text, detail = '', isBad = false } = describe(name, body, this.side);
    return {
      length: length + 1,
      title: text === '' ? name : `${name}  ${shortOf(text)}`,
      detail: detail === '' && text.length > 120 ? text : detail,
      ...(isBad ? { isBad } : {}),
    };
  }
}

function startup(bytes: Uint8Array): Decoded | 'partial' | null {
  if (bytes.length < 8) return 'partial';
  const reader = new Reader(bytes);
  const length = reader.uint(4);
  const code = reader.uint(4);
  if (length < 8 || length > 10_000) return null;
  if (bytes.length < length) return 'partial';
  if (code === SSL_REQUEST) return { length, title: 'SSLRequest', detail: '' };
  if (code === CANCEL_REQUEST) return { length, title: 'CancelRequest', detail: '' };
  if (code !== PROTOCOL_3) return null;
  const fields = new Reader(bytes.subarray(8, length));
  const pairs: string[] = [];
  for (let name = fields.cstring(); name !== '' && !fields.isOver; name = fields.cstring())
    pairs.push(`${name}: ${fields.cstring()}`);
  return { length, title: `Startup  ${shortOf(pairs.join(', '))}`, detail: pairs.join('\n') };
}

function describe(
  name: string,
  body: Uint8Array,
  side: Side,
): { readonly text: string; readonly detail?: string; readonly isBad?: boolean } {
  const reader = new Reader(body);
  switch (name) {
    case 'Query': {
      const sql = reader.cstring();
      return { text: sql, detail: sql };
    }
    case 'Parse': {
      const statement = reader.cstring();
      const sql = reader.cstring();
      return { text: statement === '' ? sql : `${statement}: ${sql}`, detail: sql };
    }
    case 'Bind': {
      const portal = reader.cstring();
      const statement = reader.cstring();
      for (let i = reader.uint(2); i > 0 && !reader.isOver; i--) reader.uint(2);
      const values = valuesOf(reader);
      const to = [portal, statement].filter(Boolean).join(' ');
      return { text: `${to === '' ? '' : `${to} `}(${values.join(', ')})`, detail: values.join('\n') };
    }
    case 'Describe':
    case 'Close': {
      const kind = reader.uint(1) === 83 ? 'statement' : 'portal';
      return { text: `${kind} ${reader.cstring()}`.trim() };
    }
    case 'DataRow': {
      const values = valuesOf(reader);
      return { text: values.join(' | '), detail: values.join('\n') };
    }
    case 'RowDescription': {
      const names: string[] = [];
      for (let i = reader.uint(2); i > 0 && !reader.isOver; i--) {
        names.push(reader.cstring());
        reader.take(18);
      }
      return { text: names.join(' | ') };
    }
    case 'CommandComplete':
      return { text: reader.cstring() };
    case 'ParameterStatus':
      return { text: `${reader.cstring()} = ${reader.cstring()}` };
    case 'ReadyForQuery': {
      const states: Readonly<Record<string, string>> = {
        I: 'idle',
        T: 'in a transaction',
        E: 'in a failed transaction',
      };
      return { text: states[String.fromCharCode(reader.uint(1))] ?? '' };
    }
    case 'Authentication': {
      const code = reader.uint(4);
      const kinds: Readonly<Record<number, string>> = { 0: 'ok', 3: 'cleartext password', 5: 'md5', 10: 'SASL' };
      return { text: kinds[code] ?? (code === 11 || code === 12 ? 'SASL goes on' : String(code)) };
    }
    case 'ErrorResponse':
    case 'NoticeResponse': {
      const fields = new Map<string, string>();
      for (let code = reader.uint(1); code !== 0 && !reader.isOver; code = reader.uint(1))
        fields.set(String.fromCharCode(code), reader.cstring());
      return {
        text: `${fields.get('C') ?? ''} ${fields.get('M') ?? ''}`,
        detail: [...fields].map(([code, text]) => `${code}: ${text}`).join('\n'),
        isBad: name === 'ErrorResponse',
      };
    }
    case 'NotificationResponse': {
      reader.uint(4);
      return { text: `${reader.cstring()}: ${reader.cstring()}` };
    }
    // Not shown, although it travels as text.
    case 'Password':
      return { text: `${body.length} bytes` };
    case 'CopyData':
      return { text: textOf(body, 200) };
    default:
      return { text: side === 'client' && name === 'Execute' ? reader.cstring() : '' };
  }
}

function valuesOf(reader: Reader): readonly string[] {
  const values: string[] = [];
  for (let i = reader.uint(2); i > 0 && !reader.isOver; i--) {
    const length = reader.int32();
    values.push(length < 0 ? 'NULL' : textOf(reader.take(length)));
  }
  return values;
}
