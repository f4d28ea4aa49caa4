/** How the two sides of an Http2Stream end: the last write, and closing. Source: Node 24's lib/internal/http2/core.js. */
import { aggregateTwoErrors } from '../errors.ts';
import { constants } from './constants.ts';
import type { ProtocolStream } from './protocol/stream.ts';
import { kHandle, kMaybeDestroy, kState, STREAM_ABORTED, STREAM_CLOSED, STREAM_HAS_TRAILERS } from './symbols.ts';

const { NGHTTP2_NO_ERROR } = constants;

/** Whether closing tells the peer: not at all, when what was written is out, or at once. */
export const NO_RST = 0;
const SUBMIT_RST = 1;
export const FORCE_RST = 2;

export function shutdownWritable(stream: any, callback: any): void {
  const handle: ProtocolStream | undefined = stream[kHandle];
  const state = stream[kState];
  if (handle === undefined || state.shutdownWritableCalled) {
    callback();
    return;
  }
  state.shutdownWritableCalled = true;
  handle.shutdown();
  stream.on('finish', () => stream[kMaybeDestroy]());
  callback();
}

export function finishWrite(stream: any): void {
  const state = stream[kState];
  if (--state.writePending !== 0) return;
  const callback = state.writeCb;
  state.writeCb = null;
  const error = aggregateTwoErrors(state.endErr, state.writeErr);
  state.writeErr = null;
  state.endErr = null;
  if (error) stream.destroy(error);
  callback(error);
}

/** When the last chunk was given with end(), the DATA frame that takes it ends the stream. */
export function lookForEnd(stream: any): void {
  const state = stream[kState];
  const writable = stream._writableState;
  if (state.writeErr || !writable.ending || writable.buffered.length || state.flags & STREAM_HAS_TRAILERS) {
    finishWrite(stream);
    return;
  }
  shutdownWritable(stream, (error: any) => {
    state.endErr = error;
    finishWrite(stream);
  });
}

export function closeStream(stream: any, code: number, how = SUBMIT_RST): void {
  const state = stream[kState];
  state.flags |= STREAM_CLOSED;
  state.rstCode = code;
  stream.setTimeout(0);
  stream.removeAllListeners('timeout');
  const { ending } = stream._writableState;
  if (!ending) {
    if (!stream.aborted) {
      state.flags |= STREAM_ABORTED;
      stream.emit('aborted');
    }
    stream.end();
  }
  if (how === NO_RST) return;
  const isFree = !ending || stream.writableFinished || code !== NGHTTP2_NO_ERROR || how === FORCE_RST;
  if (isFree) finishClose(stream, code);
  else stream.once('finish', () => finishClose(stream, code));
}

function finishClose(stream: any, code: number): void {
  const reset = () => stream[kHandle]?.reset(code);
  if (stream.pending) {
    stream.push(null);
    stream.once('ready', reset);
  } else reset();
}
