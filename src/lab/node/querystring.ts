/** node:querystring. Source: Node 24's lib/querystring.js. */

const SAFE = /[^A-Za-z0-9\-_.!~*'()]/;

export function escape(value: any): string {
  const text = typeof value === 'string' ? value : typeof value === 'object' ? String(value) : `${value}`;
  return SAFE.test(text) ? encodeURIComponent(text) : text;
}

/** Percent-decoding that never throws: what is no UTF-8 becomes the replacement character, a bare % stays. */
export function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const bytes: number[] = [];
    const source: any = Buffer.from(text);
    for (let i = 0; i < source.length; i++) {
      const hex = source[i] === 0x25 ? source.latin1Slice(i + 1, i + 3) : '';
      if (/^[0-9a-fA-F]{2}$/.test(hex)) {
        bytes.push(Number.parseInt(hex, 16));
        i += 2;
      } else bytes.push(source[i]!);
    }
    return Buffer.from(bytes).toString();
  }
}

function primitive(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`;
  if (typeof value === 'bigint' || typeof value === 'boolean') return `${value}`;
  return '';
}

export function stringify(object: any, separator = '&', equals = '=', options: any = {}): string {
  if (object === null || typeof object !== 'object') return '';
  const encode = options?.encodeURIComponent ?? querystring.escape;
  return Object.keys(object)
    .flatMap((key) => {
      const values = Array.isArray(object[key]) ? object[key] : [object[key]];
      return values.map((value) => encode(primitive(key)) + (equals || '=') + encode(primitive(value)));
    })
    .join(separator || '&');
}

export function parse(text: unknown, separator = '&', equals = '=', options: any = {}): any {
  const result = Object.create(null);
  if (typeof text !== 'string' || text.length === 0) return result;
  const decode = options?.decodeURIComponent ?? querystring.unescape;
  const read = (part: string) => {
    const spaced = part.replaceAll('+', ' ');
    if (!spaced.includes('%') && decode === unescape) return spaced;
    try {
      return decode(spaced);
    } catch {
      return unescape(spaced);
    }
  };
  const maxKeys = typeof options?.maxKeys === 'number' ? options.maxKeys : 1000;
  const parts = text.split(separator || '&');
  for (const part of maxKeys > 0 ? parts.slice(0, maxKeys) : parts) {
    if (part === '') continue;
    const at = part.indexOf(equals || '=');
    const key = read(at === -1 ? part : part.slice(0, at));
    const value = at === -1 ? '' : read(part.slice(at + (equals || '=').length));
    const present = result[key];
    if (present === undefined) result[key] = value;
    else if (Array.isArray(present)) present.push(value);
    else result[key] = [present, value];
  }
  return result;
}

const querystring = {
  escape,
  unescape,
  unescapeBuffer: (text: string) => Buffer.from(unescape(text)),
  stringify,
  encode: stringify,
  parse,
  decode: parse,
};

export default querystring;
