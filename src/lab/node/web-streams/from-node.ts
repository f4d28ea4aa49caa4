/**
 * Node streams as web streams: Readable.toWeb, Writable.toWeb, Duplex.toWeb. Source: Node 24's
 * lib/internal/webstreams/adapters.js.
 */
import { AbortError, codes } from '../errors.ts';
import { finished } from '../stream/index.ts';
import { ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableStream, WritableStream } from './classes.ts';

/** Backpressure both ways: the node stream pauses when the web stream's queue is full and goes on when it is pulled. */
export function readableToWeb(stream: any, options: any = {}): any {
  if (typeof stream?._readableState !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE('streamReadable', 'stream.Readable', stream);
  }
  if (stream.destroyed || stream.readable === false) {
    const empty = new ReadableStream();
    empty.cancel();
    return empty;
  }
  const isObjects = stream.readableObjectMode;
  const highWaterMark = stream.readableHighWaterMark;
  const isBytes = options?.type === 'bytes';
  const strategy =
    options?.strategy ??
    (isBytes
      ? { highWaterMark }
      : isObjects
        ? new CountQueuingStrategy({ highWaterMark })
        : new ByteLengthQueuingStrategy({ highWaterMark }));
  let controller: any;
  let wasCancelled = false;
  const onData = (chunk: any) => {
    // A Buffer is a Uint8Array to whoever reads it here.
    if (chunk instanceof Buffer && !isObjects) chunk = new Uint8Array(chunk);
    controller.enqueue(chunk);
    if (controller.desiredSize <= 0) stream.pause();
  };
  stream.pause();
  const cleanup = finished(stream, (error: any) => {
    if (error?.code === 'ERR_STREAM_PREMATURE_CLOSE') error = new AbortError(undefined, { cause: error });
    else if (error && options?.mapError !== undefined) error = options.mapError(error);
    cleanup();
    stream.on('error', () => {});
    if (error) controller.error(error);
    else if (!wasCancelled) controller.close();
  });
  stream.on('data', onData);
  return new ReadableStream(
    {
      ...(isBytes ? { type: 'bytes' } : {}),
      start(made: any) {
        controller = made;
      },
      pull() {
        stream.resume();
      },
      cancel(reason: any) {
        wasCancelled = true;
        stream.destroy(reason);
      },
    },
    strategy,
  );
}

export function writableToWeb(stream: any, options: any = {}): any {
  if (typeof stream?._writableState !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE('streamWritable', 'stream.Writable', stream);
  }
  if (stream.destroyed || stream.writable === false) {
    const closed = new WritableStream();
    closed.close();
    return closed;
  }
  const highWaterMark = stream.writableHighWaterMark;
  const strategy = stream.writableObjectMode
    ? new CountQueuingStrategy({ highWaterMark })
    : { highWaterMark, size: (chunk: any) => chunk?.byteLength ?? chunk?.length ?? 1 };
  let controller: any;
  let drained: PromiseWithResolvers<void> | null = null;
  let closing: PromiseWithResolvers<void> | null = null;
  const onDrain = () => {
    drained?.resolve();
    drained = null;
  };
  const cleanup = finished(stream, (error: any) => {
    if (error?.code === 'ERR_STREAM_PREMATURE_CLOSE') error = new AbortError(undefined, { cause: error });
    else if (error && options?.mapError !== undefined) error = options.mapError(error);
    cleanup();
    stream.on('error', () => {});
    if (error) {
      drained?.reject(error);
      closing?.reject(error);
      drained = null;
      closing = null;
      controller.error(error);
    } else if (closing !== null) {
      closing.resolve();
      closing = null;
    } else {
      controller.error(new AbortError());
    }
  });
  stream.on('drain', onDrain);
  return new WritableStream(
    {
      start(made: any) {
        controller = made;
      },
      write(chunk: any) {
        if (!stream.write(chunk) || stream.writableNeedDrain) {
          drained = Promise.withResolvers<void>();
          return drained.promise;
        }
        return undefined;
      },
      abort(reason: any) {
        stream.destroy(reason);
      },
      close() {
        if (closing === null && !stream.writableEnded) {
          closing = Promise.withResolvers<void>();
          const { promise } = closing;
          stream.end();
          return promise;
        }
        return Promise.resolve();
      },
    },
    strategy,
  );
}

export function pairFromDuplex(duplex: any, options: any = {}): { readable: any; writable: any } {
  if (typeof duplex?._writableState !== 'object' || typeof duplex?._readableState !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE('duplex', 'stream.Duplex', duplex);
  }
  return { readable: readableToWeb(duplex, options), writable: writableToWeb(duplex, options) };
}
