/**
 * Text to bytes and back by plain loops: heads and small bodies are some hundred characters, where a call into the
 * host's TextEncoder costs more than the loop.
 */

/** Writes the low byte of each character; returns the index after the last. */
export function latin1Into(text: string, out: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) out[at++] = text.charCodeAt(i);
  return at;
}

export function latin1Bytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  latin1Into(text, out, 0);
  return out;
}

/** Longest run handed to fromCharCode at once; engines limit the number of arguments. */
const SLICE = 4096;

export function latin1Text(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SLICE) return fromCodes(bytes.subarray(start, end));
  let text = '';
  for (let i = start; i < end; i += SLICE) text += fromCodes(bytes.subarray(i, Math.min(end, i + SLICE)));
  return text;
}

function fromCodes(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** Bytes of the text in UTF-8; a lone surrogate counts as U+FFFD, as the encoders write it. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) length++;
    else {
      length += 2;
      // A pair is 4 bytes from 2 units; the second unit has been counted as 1 already.
      if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++;
    }
  }
  return length;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** `length` is utf8Length(text). */
export function utf8Bytes(text: string, length: number): Uint8Array {
  return length === text.length ? latin1Bytes(text) : encoder.encode(text);
}

/** Malformed sequences become U+FFFD; a byte order mark is kept. */
export function utf8Text(bytes: Uint8Array): string {
  if (bytes.length <= 2048) {
    let isAscii = true;
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i]! >= 0x80) {
        isAscii = false;
        break;
      }
    }
    if (isAscii) return latin1Text(bytes, 0, bytes.length);
  }
  return decoder.decode(bytes);
}

export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
