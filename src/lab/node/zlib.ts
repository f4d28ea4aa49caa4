/** node:zlib: packages import it at start and may never compress; each function throws when it is called. */
import { notLoaded } from './full-names.ts';

const zlib: any = { constants: { Z_NO_FLUSH: 0, Z_SYNC_FLUSH: 2, Z_FINISH: 4, BROTLI_OPERATION_FLUSH: 1 }, codes: {} };

const KINDS = [
  'Gzip',
  'Gunzip',
  'Deflate',
  'Inflate',
  'DeflateRaw',
  'InflateRaw',
  'Unzip',
  'BrotliCompress',
  'BrotliDecompress',
];
for (const kind of KINDS) {
  const lower = kind[0]!.toLowerCase() + kind.slice(1);
  for (const name of [kind, `create${kind}`, lower, `${lower}Sync`]) {
    zlib[name] = () => {
      throw new Error(notLoaded(`zlib.${name}`));
    };
  }
}

export default zlib;
