/**
 * Web streams as Node streams: Readable.fromWeb, Writable.fromWeb, Duplex.fromWeb. Source: Node 24's
 * lib/internal/webstreams/adapters.js.
 */
import { codes } from '../errors.ts';
import { Duplex, Readable, Writable } from '../stream/index.ts';
import { ReadableStream, WritableStream } from './classes.ts';

export function readableFromWeb(web: any, options: any = {}): any {
  if (!(web instanceof ReadableStream)) throw new codes.ERR_INVALID_ARG_TYPE('readableStream', 'ReadableStream', web);
  const source = reading(web.getReader());
  const { highWaterMark, encoding, objectMode = false, signal } = options;
  return source.attach(
    new Readable({
      objectMode,
      highWaterMark,
      encoding,
      signal,
      read() {
        source.read(this);
      },
      destroy(error: any, callback: any) {
        source.cancel(error, callback);
      },
    }),
  );
}

export function writableFromWeb(web: any, options: any = {}): any {
  if (!(web instanceof WritableStream)) throw new codes.ERR_INVALID_ARG_TYPE('writableStream', 'WritableStream', web);
  const sink = writing(web.getWriter());
  const { highWaterMark, decodeStrings = true, objectMode = false, signal } = options;
  return sink.attach(
    new Writable({
      highWaterMark,
      objectMode,
      decodeStrings,
      signal,
      write: sink.write,
      final: sink.final,
      destroy(error: any, callback: any) {
        sink.destroy(error, callback);
      },
    }),
  );
}

export function duplexFromWeb(pair: any, options: any = {}): any {
  const { readable, writable } = pair ?? {};
  if (!(readable instanceof ReadableStream))
    throw new codes.ERR_INVALID_ARG_TYPE('pair.readable', 'ReadableStream', readable);
  if (!(writable instanceof WritableStream))
    throw new codes.ERR_INVALID_ARG_TYPE('pair.writable', 'WritableStream', writable);
  const source = reading(readable.getReader());
  const sink = writing(writable.getWriter());
  const { allowHalfOpen = false, objectMode = false, encoding, decodeStrings = true, highWaterMark, signal } = options;
  const duplex = new Duplex({
    allowHalfOpen,
    highWaterMark,
    objectMode,
    encoding,
    decodeStrings,
    signal,
    write: sink.write,
    final: sink.final,
    read() {
      source.read(this);
    },
    destroy(error: any, callback: any) {
      sink.destroy(error, (first: any) => source.cancel(error, (second: any) => callback(first ?? second)));
    },
  });
  return sink.attach(source.attach(duplex));
}

/** The readable half over a reader. */
function reading(reader: any) {
  let isClosed = false;
  return {
    attach(stream: any) {
      reader.closed.then(
        () => {
          isClosed = true;
        },
        (error: any) => {
          isClosed = true;
          stream.destroy(error);
        },
      );
      return stream;
    },
    read(stream: any) {
      reader.read().then(
        ({ done, value }: any) => {
          stream.push(done ? null : value);
        },
        (error: any) => stream.destroy(error),
      );
    },
    cancel(error: any, callback: (error: any) => void) {
      const done = () => process.nextTick(callback, error);
      if (isClosed) done();
      else reader.cancel(error).then(done, (other: any) => process.nextTick(callback, other));
    },
  };
}

/** The writable half over a writer. */
function writing(writer: any) {
  let isClosed = false;
  let isClosing = false;
  const tick = (callback: any) => (error?: any) => process.nextTick(callback, error);
  return {
    attach(stream: any) {
      writer.closed.then(
        () => {
          isClosed = true;
          if (!stream.writableEnded) stream.destroy(new codes.ERR_STREAM_PREMATURE_CLOSE());
        },
        (error: any) => {
          isClosed = true;
          stream.destroy(error);
        },
      );
      return stream;
    },
    write(chunk: any, _encoding: any, callback: any) {
      writer.ready.then(() => writer.write(chunk)).then(() => tick(callback)(), tick(callback));
    },
    final(callback: any) {
      if (isClosed) tick(callback)();
      else {
        isClosing = true;
        writer.close().then(() => tick(callback)(), tick(callback));
      }
    },
    destroy(error: any, callback: any) {
      const done = tick(callback);
      if (isClosed || isClosing) done(error);
      else if (error != null) writer.abort(error).then(() => done(error), done);
      else writer.close().then(() => done(error), done);
    },
  };
}
