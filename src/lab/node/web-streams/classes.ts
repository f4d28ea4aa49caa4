/**
 * The classes of the Streams standard: web-streams-polyfill, which follows the standard's own reference implementation,
 * on the process's promises, with Node's words (words.ts) and Node's looks in console.log.
 */
import * as polyfill from 'web-streams-polyfill';
import { customInspect } from '../util/inspect.ts';
import { markReadable, markWritable } from './marks.ts';

export const {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} = polyfill as any;

markReadable(ReadableStream);
markWritable(WritableStream);

/** Something was read from it, or it was cancelled. */
export const isDisturbed = (stream: any): boolean => stream._disturbed;
/** `readable`, `closed`, `errored`; of a writable stream `writable`, `erroring`, `closed`, `errored`. */
export const stateOf = (stream: any): string => stream._state;
export const storedErrorOf = (stream: any): unknown => stream._storedError;

export const isReadableStream = (value: unknown): boolean => value instanceof ReadableStream;

const looks: readonly [any, (it: any) => object][] = [
  [
    ReadableStream,
    (it) => ({
      locked: it.locked,
      state: it._state,
      supportsBYOB: it._readableStreamController instanceof ReadableByteStreamController,
    }),
  ],
  [WritableStream, (it) => ({ locked: it.locked, state: it._state })],
  [TransformStream, (it) => ({ readable: it._readable, writable: it._writable, backpressure: it._backpressure })],
  [
    ReadableStreamDefaultReader,
    (it) => ({ stream: it._ownerReadableStream, readRequests: it._readRequests.length, close: it._closedPromise }),
  ],
  [
    ReadableStreamBYOBReader,
    (it) => ({ stream: it._ownerReadableStream, requests: it._readIntoRequests.length, close: it._closedPromise }),
  ],
  [
    WritableStreamDefaultWriter,
    (it) => ({
      stream: it._ownerWritableStream,
      close: it._closedPromise,
      ready: it._readyPromise,
      desiredSize: it._ownerWritableStream === undefined ? null : it.desiredSize,
    }),
  ],
  [CountQueuingStrategy, (it) => ({ highWaterMark: it.highWaterMark })],
  [ByteLengthQueuingStrategy, (it) => ({ highWaterMark: it.highWaterMark })],
  [ReadableStreamDefaultController, () => ({})],
  [ReadableByteStreamController, () => ({})],
  [WritableStreamDefaultController, (it) => ({ stream: it._controlledWritableStream })],
  [TransformStreamDefaultController, (it) => ({ stream: it._controlledTransformStream })],
];
for (const [Class, look] of looks) showAs(Class, look);

/** @param look what console.log shows in braces after the class's name */
export function showAs(Class: any, look: (it: any) => object): void {
  Object.defineProperty(Class.prototype, customInspect, {
    value(this: any, depth: number, options: any, inspect: any) {
      // As Node has it.
      if (depth < 0) return undefined;
      return `${Class.name} ${inspect(look(this), { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
    },
    configurable: true,
    writable: true,
  });
}
