import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asciiText, joinPieces, latin1Bytes, latin1Text, utf8Length, utf8Piece, utf8Text } from './bytes.ts';

const bytesOf = (text: string, encoding: 'utf8' | 'latin1') => [...Buffer.from(text, encoding)];
const any = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'binary-ascii', maxLength: 200 }),
  // Lone surrogates, which the encoders replace.
  fc.array(fc.nat(0xffff), { maxLength: 100 }).map((codes) => String.fromCharCode(...codes)),
);

test('UTF-8 both ways is the host’s, whatever the length', () => {
  fc.assert(
    fc.property(any, (text) => {
      const expected = bytesOf(text, 'utf8');
      expect(utf8Length(text)).toBe(expected.length);
      const piece = utf8Piece(text);
      expect([...joinPieces([piece], piece.length)]).toEqual(expected);
      expect(utf8Text(Uint8Array.from(expected))).toBe(Buffer.from(expected).toString('utf8'));
    }),
  );
});

test('latin1 keeps each octet, also beyond ASCII', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      expect(latin1Text(bytes, 0, bytes.length)).toBe(text);
      expect([...latin1Bytes(text)]).toEqual([...bytes]);
    }),
  );
});

test('pieces are joined in order, short and long, text and bytes', () => {
  const piece = fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 120 }), fc.uint8Array({ maxLength: 120 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const expected = Buffer.concat(pieces.map((one) => (typeof one === 'string' ? Buffer.from(one) : one)));
      expect([...joinPieces(pieces, expected.length)]).toEqual([...expected]);
    }),
  );
  const long = 'x'.repeat(100_000);
  expect(joinPieces([long, 'y'], 100_001).length).toBe(100_001);
});

test('ASCII text of any length', () => {
  for (const length of [0, 1, 24, 25, 5000]) {
    const text = 'abc '.repeat(length).slice(0, length);
    expect(asciiText(latin1Bytes(text), 0, length)).toBe(text);
  }
});
