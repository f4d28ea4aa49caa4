/**
 * Text to bytes and back. The host's encoder and decoder are quick but each call into them costs something: below
 * some dozen characters a plain loop is quicker, in Chromium and in Node.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const LOOP_ENCODE_MAX = 48;
const LOOP_DECODE_MAX = 24;

/** Used between two statements, never longer. */
const scratch = new Uint8Array(65_536);
/** Characters whose UTF-8 fits into it whatever they are. */
const SCRATCH_CHARS = 21_845;

/** Writes the low byte of each character; returns the index after the last. */
export function latin1Into(text: string, out: Uint8Array, at: number): number {
  if (text.length > LOOP_ENCODE_MAX) {
    const { read, written } = encoder.encodeInto(text, at === 0 ? out : out.subarray(at));
    // Else it is not ASCII, and the loop below writes over it.
    if (read === text.length && written === read) return at + written;
  }
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

/** The same for bytes that are known to be ASCII. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  const part = bytes.subarray(start, end);
  return part.length <= LOOP_DECODE_MAX ? fromCodes(part) : decoder.decode(part);
}

/** Bytes of the text in UTF-8; a lone surrogate counts as U+FFFD, as the encoders write it. */
export function utf8Length(text: string): number {
  if (text.length > LOOP_ENCODE_MAX && text.length <= SCRATCH_CHARS) return encoder.encodeInto(text, scratch).written;
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

/** `length` is utf8Length(text). */
export function utf8Bytes(text: string, length: number): Uint8Array {
  return length === text.length ? latin1Bytes(text) : encoder.encode(text);
}

/** What goes out as these bytes: text as it is when it is ASCII, for it has its length already. */
export function utf8Piece(text: string): string | Uint8Array {
  if (text.length > SCRATCH_CHARS) return encoder.encode(text);
  const length = utf8Length(text);
  if (length === text.length) return text;
  // Above that, utf8Length has just written them.
  return text.length > LOOP_ENCODE_MAX ? scratch.slice(0, length) : encoder.encode(text);
}

/** Malformed sequences become U+FFFD; a byte order mark is kept. */
export function utf8Text(bytes: Uint8Array): string {
  if (bytes.length <= LOOP_DECODE_MAX) {
    let isAscii = true;
    for (let i = 0; i < bytes.length; i++) if (bytes[i]! >= 0x80) isAscii = false;
    if (isAscii) return fromCodes(bytes);
  }
  return decoder.decode(bytes);
}

/**
 * The pieces one after the other, `size` bytes in all, text as one byte a character. The result may be shared: it is
 * for a writer that copies at once.
 */
export function joinPieces(pieces: readonly (string | Uint8Array)[], size: number): Uint8Array {
  const bytes = size <= scratch.length ? scratch : new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!;
    if (typeof piece === 'string') at = latin1Into(piece, bytes, at);
    else {
      bytes.set(piece, at);
      at += piece.length;
    }
  }
  return size === bytes.length ? bytes : bytes.subarray(0, size);
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
