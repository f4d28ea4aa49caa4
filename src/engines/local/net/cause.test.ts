import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CauseReader } from './cause.ts';

const HEADER = 'x-loadbearing-a1b2c3';

function read(chunks: readonly Uint8Array[]): { readonly text: string; readonly causes: readonly string[] } {
  const reader = new CauseReader(HEADER);
  const pieces: Uint8Array[] = [];
  const causes: string[] = [];
  for (const chunk of chunks)
    reader.read(chunk, (bytes, cause) => {
      pieces.push(bytes.slice());
      if (cause !== '') causes.push(cause);
    });
  const rest = reader.end();
  if (rest !== null) pieces.push(rest);
  return { text: Buffer.concat(pieces).toString('latin1'), causes };
}

/** The bytes, cut at the given places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const text = Buffer.from(bytes).toString('latin1');
  // Just before the header is where it is not waited for.
  const isRight = (place: number) =>
    !/^(?:\r?\n)?x-loadbearing/.test(text.slice(place)) || text.startsWith('\r\n', place);
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].filter(isRight).sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length)).filter(({ length }) => length > 0);
}

const word = fc.stringMatching(/^[a-z0-9]{1,12}$/);
const request = fc.record({
  path: word,
  cause: fc.option(fc.stringMatching(/^127\.1\.2\.3:\d{1,5}\.\d{1,3}$/)),
  body: fc.string({ maxLength: 40 }),
});

test('the header goes out of the stream and its value to the reader, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 4 }), fc.array(fc.nat(2000), { maxLength: 8 }), (requests, places) => {
      const written = requests.map(({ path, cause, body }) => {
        const length = Buffer.byteLength(body, 'latin1');
        const head = `POST /${path} HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}`;
        return {
          with: `${head}${cause === null ? '' : `\r\n${HEADER}: ${cause}`}\r\n\r\n${body}`,
          without: `${head}\r\n\r\n${body}`,
        };
      });
      const bytes = Buffer.from(written.map((one) => one.with).join(''), 'latin1');
      const { text, causes } = read(cut(bytes, places));
      expect(text).toBe(Buffer.from(written.map((one) => one.without).join(''), 'latin1').toString('latin1'));
      expect(causes).toEqual(requests.flatMap(({ cause }) => cause ?? []));
    }),
  );
});

test('any other stream passes byte for byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300), { maxLength: 5 }), (bytes, places) => {
      expect(read(cut(bytes, places))).toEqual({ text: Buffer.from(bytes).toString('latin1'), causes: [] });
    }),
  );
});
