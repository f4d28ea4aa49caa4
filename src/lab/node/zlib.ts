/** node:zlib: packages import it at start and may never compress; each function throws when it is called. */
import { missing } from './errors.ts';
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
      missing(`zlib.${name}`, notLoaded('It'));
    };
  }
}

export default zlib;
