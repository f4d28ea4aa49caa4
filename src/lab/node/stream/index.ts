/**
 * node:stream: readable-stream, which is Node's own code, with Node 24's default buffer size. toWeb and fromWeb
 * come with the full built-ins (web-streams/index.ts).
 */
import Stream from 'readable-stream/lib/stream.js';
import { notLoaded } from '../full-names.ts';

// 64 KiB since Node 22; readable-stream has Node 18's 16 KiB.
Stream.setDefaultHighWaterMark(false, 65_536);

for (const name of ['Readable', 'Writable', 'Duplex']) {
  for (const method of ['fromWeb', 'toWeb']) {
    Stream[name][method] = () => {
      throw new Error(notLoaded(`stream.${name}.${method}`));
    };
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
