/**
 * node:stream: readable-stream, which is Node's own code, with Node 24's default buffer size. Web streams are not there.
 */
import Stream from 'readable-stream/lib/stream.js';
import { missing } from '../errors.ts';

// 64 KiB since Node 22; readable-stream has Node 18's 16 KiB.
Stream.setDefaultHighWaterMark(false, 65_536);

for (const name of ['Readable', 'Writable', 'Duplex']) {
  for (const method of ['fromWeb', 'toWeb']) {
    Stream[name][method] = () =>
      missing(`stream.${name}.${method}`, 'Use Node streams, or Readable.from for iterables.');
  }
}

export const {
  Readable,
  Writable,
  Duplex,
  Transform,
  PassThrough,
  pipeline,
  finished,
  addAbortSignal,
  compose,
  promises,
} = Stream;

Stream._isArrayBufferView = ArrayBuffer.isView;
export default Stream;
