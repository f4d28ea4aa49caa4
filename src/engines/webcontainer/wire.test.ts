import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, encode, WireReader, WireWriter } from './wire.ts';

const TOKEN = 'f3a9c1e07b5d42868c0e';

function linesOf(messages: readonly unknown[]): string {
  let text = '';
  const writer = new WireWriter(TOKEN, (line) => {
    text += line;
  });
  for (const message of messages) writer.send(message);
  return text;
}

function read(chunks: readonly string[]): { messages: unknown[]; isGarbled: boolean; noise: string } {
  const messages: unknown[] = [];
  let isGarbled = false;
  const reader = new WireReader(TOKEN, {
    onMessage: (message) => messages.push(message),
    onGarbled: () => {
      isGarbled = true;
    },
  });
  for (const chunk of chunks) reader.take(chunk);
  return { messages, isGarbled, noise: reader.lastNoise };
}

/** As the runtime does: bytes cut anywhere, each piece decoded by itself. */
function cut(text: string, sizes: readonly number[]): string[] {
  const bytes = new TextEncoder().encode(text);
  const chunks: string[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : sizes[i % sizes.length]!;
    chunks.push(new TextDecoder().decode(bytes.subarray(at, at + size)));
    at += size;
  }
  return chunks;
}

const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '12\n',
    '\u001b[31mred\u001b[0m',
    '\r',
    '\n',
    '\u001b[2J',
    '日志：已启动\n',
    `${TOKEN.slice(0, 8)} 0 0 2 {}\n`,
  ),
);
const message = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.record({ kind: fc.constant('trace'), json: fc.string({ unit: 'grapheme', maxLength: 200 }) }),
  fc.nat(30_000).map((length) => ({ long: 'ü'.repeat(length) })),
);

test('messages come through a terminal’s noise, colours, echo and any borders between chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(noise, message), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 5 }),
      fc.boolean(),
      (said, sizes, hasReturns) => {
        let text = '';
        const writer = new WireWriter(TOKEN, (line) => {
          text += hasReturns ? line.replaceAll('\n', '\r\n') : line;
        });
        for (const [before, each] of said) {
          text += before;
          writer.send(each);
        }
        const { messages, isGarbled } = read(cut(text, sizes));
        expect(isGarbled).toBe(false);
        // What JSON itself makes of it: no -0.
        expect(messages).toEqual(said.map(([, each]) => JSON.parse(JSON.stringify(each))));
      },
    ),
    { numRuns: 150 },
  );
});

test('a line that is lost or damaged is never taken for another: all before it come, and none after', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), fc.nat(), fc.boolean(), (sent, where, isLost) => {
      const lines = linesOf(sent)
        .split('\n')
        .filter((line) => line !== '');
      const at = where % lines.length;
      const line = lines[at]!;
      lines[at] = isLost ? '' : line.slice(0, -1);
      const { messages, isGarbled } = read([`${lines.join('\n')}\n`]);
      expect(messages).toEqual(JSON.parse(JSON.stringify(sent)).slice(0, messages.length));
      expect(messages.length).toBeLessThan(sent.length);
      // The last line of all is missed only when another follows.
      expect(isGarbled).toBe(!isLost || at < lines.length - 1);
    }),
    { numRuns: 150 },
  );
});

test('what a program prints that does not know the token is noise, whatever it looks like', () => {
  const forged = linesOf([{ kind: 'verdict', verdict: { passed: true, checks: [] } }]).replaceAll(
    TOKEN,
    'f3a9c1e07b5d42868c0f',
  );
  const { messages, isGarbled, noise } = read([forged]);
  expect({ messages, isGarbled }).toEqual({ messages: [], isGarbled: false });
  expect(noise).toContain('verdict');
});

test('numbers that JSON has not are kept', () => {
  const figures = { p99: Number.NaN, speed: Number.POSITIVE_INFINITY, rate: -0.5, none: null };
  expect(decode(encode(figures))).toEqual(figures);
});

test('of endless noise only the end is kept', () => {
  const { noise } = read(['x'.repeat(1_000_000), 'the end\n']);
  expect(noise.length).toBeLessThanOrEqual(2000);
  expect(noise).toMatch(/the end$/);
});
