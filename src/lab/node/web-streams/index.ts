/**
 * node:stream/web and the globals of the Streams, Encoding and Compression standards.
 *
 * - classes.ts     ReadableStream and its kin: a polyfill, worded by words.ts
 * - marks.ts       what node:stream asks of them: finished(), pipeline(), isErrored()
 * - text.ts, compression.ts   the transforms built on them
 * - from-node.ts, to-node.ts  Readable.toWeb, Readable.fromWeb, …
 * - bodies.ts      what a Request's, Response's and Blob's stream is made of
 *
 * Part of the full built-ins only (full.ts).
 */
import Stream from '../stream/index.ts';
import { connectBodies } from './bodies.ts';
import * as classes from './classes.ts';
import { CompressionStream, DecompressionStream } from './compression.ts';
import { pairFromDuplex, readableToWeb, writableToWeb } from './from-node.ts';
import { TextDecoderStream, TextEncoderStream } from './text.ts';
import { duplexFromWeb, readableFromWeb, writableFromWeb } from './to-node.ts';

const { isDisturbed, isReadableStream, showAs, stateOf, storedErrorOf, ...standard } = classes;

export const webStreams: Readonly<Record<string, unknown>> = {
  ...standard,
  CompressionStream,
  DecompressionStream,
  TextDecoderStream,
  TextEncoderStream,
};

/** Makes the core's streams and bodies know web streams. */
export function connectWebStreams(): void {
  Stream.Readable.toWeb = readableToWeb;
  Stream.Readable.fromWeb = readableFromWeb;
  Stream.Writable.toWeb = writableToWeb;
  Stream.Writable.fromWeb = writableFromWeb;
  Stream.Duplex.toWeb = pairFromDuplex;
  Stream.Duplex.fromWeb = duplexFromWeb;
  connectBodies();
}
