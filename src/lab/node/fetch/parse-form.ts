/** A received body as FormData: multipart/form-data (RFC 7578) and URL-encoded. Source: undici's formdata-parser.js. */
import { utf8Text } from '../http/bytes.ts';
import { File } from './blob.ts';
import { FormData } from './form-data.ts';

/** @throws TypeError in undici's words */
export function parseForm(bytes: Uint8Array, contentType: string | null): FormData {
  const type = /^[^;]*/
    .exec(contentType ?? '')![0]
    .trim()
    .toLowerCase();
  if (type === 'multipart/form-data') {
    const boundary = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType!);
    return parseMultipart(bytes, boundary?.[1] ?? boundary?.[2] ?? '');
  }
  if (type === 'application/x-www-form-urlencoded') {
    const form = new FormData();
    for (const [name, value] of new URLSearchParams(utf8Text(bytes))) form.append(name, value);
    return form;
  }
  throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".');
}

const CR = 13;
const LF = 10;

function parseMultipart(bytes: Uint8Array, boundary: string): FormData {
  if (boundary === '') throw failed();
  const form = new FormData();
  const delimiter = asciiBytes(`--${boundary}`);
  let at = 0;
  while (bytes[at] === CR && bytes[at + 1] === LF) at += 2;
  for (;;) {
    if (!startsWith(bytes, delimiter, at)) throw failed();
    at += delimiter.length;
    // `--` ends it; what follows does not matter.
    if (bytes[at] === 45 && bytes[at + 1] === 45) return form;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) throw failed();
    const head = parseHead(bytes, at + 2);
    at = head.end;
    const next = findDelimiter(bytes, delimiter, at);
    if (next < 0) throw failed();
    const content = bytes.subarray(at, next);
    at = next + 2;
    if (head.filename === null) form.append(head.name, utf8Text(content));
    else form.append(head.name, new File([content.slice()], head.filename, { type: head.type ?? 'text/plain' }));
  }
}

/** The fields of one part, up to the empty line. */
function parseHead(bytes: Uint8Array, from: number) {
  let at = from;
  let name: string | null = null;
  let filename: string | null = null;
  let type: string | null = null;
  for (;;) {
    const end = indexOfLineEnd(bytes, at);
    if (end < 0) throw failed();
    const line = utf8Text(bytes.subarray(at, end));
    at = end + 2;
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon < 0) throw failed();
    const field = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (field === 'content-disposition') {
      if (!/^form-data\b/i.test(value)) throw failed();
      name = parameter(value, 'name');
      filename = parameter(value, 'filename');
    } else if (field === 'content-type') type = value;
  }
  if (name === null) throw failed();
  return { name, filename, type, end: at };
}

function parameter(value: string, name: string): string | null {
  const found = new RegExp(`;\\s*${name}="([^"]*)"`, 'i').exec(value);
  return found === null ? null : found[1]!.replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replace(/%22/g, '"');
}

/** Where the line end before the next delimiter is. */
function findDelimiter(bytes: Uint8Array, delimiter: Uint8Array, from: number): number {
  for (let i = from; ; i++) {
    i = bytes.indexOf(CR, i);
    if (i < 0) return -1;
    if (bytes[i + 1] === LF && startsWith(bytes, delimiter, i + 2)) return i;
  }
}

function indexOfLineEnd(bytes: Uint8Array, from: number): number {
  for (let i = from; ; i++) {
    i = bytes.indexOf(CR, i);
    if (i < 0 || bytes[i + 1] === LF) return i;
  }
}

function startsWith(bytes: Uint8Array, part: Uint8Array, at: number): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false;
  return true;
}

const asciiBytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const failed = () => new TypeError('Failed to parse body as FormData.');
