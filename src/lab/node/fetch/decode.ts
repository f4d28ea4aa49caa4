/** Response bodies with a content-encoding, decoded as undici does. Part of the full built-ins: the core has no zlib. */
import { Body } from './body.ts';

const DECODERS: Readonly<Record<string, string>> = {
  gzip: 'createGunzip',
  'x-gzip': 'createGunzip',
  deflate: 'createInflate',
  br: 'createBrotliDecompress',
};

/** @param encodings as the header names them; null when one of them is unknown, and the bytes stay as they are */
export function decoded(source: Body, encodings: readonly string[]): Body | null {
  if (!encodings.every((one) => Object.hasOwn(DECODERS, one))) return null;
  const zlib: any = process.getBuiltinModule('zlib');
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;
  let body = source;
  for (const one of [...encodings].reverse()) {
    const flush = one === 'br' ? BROTLI_OPERATION_FLUSH : Z_SYNC_FLUSH;
    body = through(body, zlib[DECODERS[one]!]({ flush, finishFlush: flush }));
  }
  return body;
}

/** Backpressure passes: nothing is read from the source while nobody reads the result. */
function through(source: Body, decoder: any): Body {
  const out = new Body();
  out.onPause = () => decoder.pause();
  out.onResume = () => decoder.resume();
  out.onCancel = (reason) => {
    decoder.destroy();
    source.cancel(reason);
  };
  decoder.on('data', (chunk: Uint8Array) => out.push(chunk));
  decoder.on('end', () => out.end());
  decoder.on('error', (error: unknown) => {
    out.fail(new TypeError('terminated', { cause: error }));
    source.cancel(error);
  });
  const next = (): void => {
    if (source.hasFailed) {
      out.fail(source.error);
      decoder.destroy();
      return;
    }
    const chunk = source.take();
    if (chunk !== null) {
      if (decoder.write(chunk)) next();
      else decoder.once('drain', next);
    } else if (source.isDone) decoder.end();
    else source.want(next);
  };
  next();
  return out;
}
