/**
 * What makes a header list a request, a response or trailers, RFC 9113 §8. Fields that are merely malformed are left
 * out of the message, as nghttp2 leaves them out; the rest loses the stream.
 *
 * Source: nghttp2's nghttp2_http.c.
 */
import type { Header } from '../hpack/encoder.ts';

export type MessageKind = 'request' | 'response' | 'trailers' | 'push';

export interface Message {
  readonly headers: Header[];
  /** -1 when there is none. */
  readonly contentLength: number;
  readonly method: string;
  readonly status: number;
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const REQUEST_PSEUDO = new Set([':method', ':scheme', ':authority', ':path', ':protocol']);
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** Null when the message is malformed (§8.1.1): a stream error of type PROTOCOL_ERROR. */
export function checkMessage(kind: MessageKind, list: readonly Header[], allowsProtocol = false): Message | null {
  const seen = new Map<string, string>();
  const headers: Header[] = [];
  let isPastPseudo = false;
  let contentLength = -1;
  for (const header of list) {
    const { name, value } = header;
    if (name.startsWith(':')) {
      if (isPastPseudo || seen.has(name) || !isPseudoAllowed(kind, name, allowsProtocol)) return null;
      if (!VALUE.test(value) || (name === ':path' && value === '')) return null;
      seen.set(name, value);
      headers.push(header);
      continue;
    }
    isPastPseudo = true;
    if (HOP_BY_HOP.has(name)) return null;
    if (name === 'te' && value.toLowerCase() !== 'trailers') return null;
    if (/[A-Z]/.test(name)) return null;
    if (!NAME.test(name) || !VALUE.test(value) || /^[ \t]|[ \t]$/.test(value)) continue;
    if (name === 'host') seen.set(name, value);
    if (name === 'content-length' && kind !== 'trailers') {
      if (contentLength >= 0 || !/^\d+$/.test(value)) return null;
      contentLength = Number(value);
    }
    headers.push(header);
  }
  const status = Number(seen.get(':status') ?? 0);
  const method = seen.get(':method') ?? '';
  if (kind === 'response') {
    if (!/^\d{3}$/.test(seen.get(':status') ?? '') || status === 101) return null;
    if (status < 200 || status === 204) contentLength = -1;
  } else if (kind !== 'trailers' && !isCompleteRequest(seen)) return null;
  return { headers, contentLength, method, status };
}

function isPseudoAllowed(kind: MessageKind, name: string, allowsProtocol: boolean): boolean {
  if (kind === 'response') return name === ':status';
  if (kind === 'trailers') return false;
  return REQUEST_PSEUDO.has(name) && (name !== ':protocol' || allowsProtocol);
}

/** §8.3.1; §8.5 for CONNECT. */
function isCompleteRequest(seen: ReadonlyMap<string, string>): boolean {
  const has = (name: string) => seen.has(name);
  if (seen.get(':method') === 'CONNECT' && !has(':protocol')) {
    return has(':authority') && !has(':scheme') && !has(':path');
  }
  if (!has(':method') || !has(':scheme') || !has(':path')) return false;
  if (!has(':authority') && !has('host')) return false;
  const path = seen.get(':path')!;
  return path.startsWith('/') || (path === '*' && seen.get(':method') === 'OPTIONS') || has(':protocol');
}
