import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reader, Writer } from './buffer.ts';
import { base64, fromBase64, fromText, isUtf8, readable } from './bytes.ts';
import { type Field, readTable, type Table, writeTable } from './fields.ts';
import { FrameReader, FrameWriter, type Reading } from './frames.ts';
import { decodeArgs, METHOD_NAMES, methodPayload } from './methods.ts';
import { decodeProperties, encodeProperties } from './properties.ts';

/** Bytes as the image has them in strings. */
const binary = (max: number) => fc.uint8Array({ maxLength: max }).map((bytes) => String.fromCharCode(...bytes));
const field: fc.Arbitrary<Field> = fc.letrec<{ field: Field; table: Table }>((tie) => ({
  field: fc.oneof(
    { depthSize: 'small' },
    fc.record({ type: fc.constantFrom('longstr', 'binary'), value: binary(300) }),
    fc.record({ type: fc.constant('signedint'), value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) }),
    fc.record({ type: fc.constant('unsignedint'), value: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }),
    fc.record({ type: fc.constant('byte'), value: fc.integer({ min: -128, max: 127 }) }),
    fc.record({ type: fc.constant('unsignedbyte'), value: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ type: fc.constant('short'), value: fc.integer({ min: -32768, max: 32767 }) }),
    fc.record({ type: fc.constant('unsignedshort'), value: fc.integer({ min: 0, max: 65535 }) }),
    fc.record({
      type: fc.constantFrom('long'),
      value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(small),
    }),
    fc.record({ type: fc.constant('timestamp'), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(small) }),
    fc.record({ type: fc.constant('double'), value: fc.double({ noNaN: true }) }),
    fc.record({ type: fc.constant('float'), value: fc.float({ noNaN: true }) }),
    fc.record({ type: fc.constant('bool'), value: fc.boolean() }),
    fc.record({ type: fc.constant('void'), value: fc.constant(null) }),
    fc.record({
      type: fc.constant('decimal'),
      value: fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    }),
    fc.record({ type: fc.constant('array'), value: fc.array(tie('field'), { maxLength: 4 }) }),
    fc.record({ type: fc.constant('table'), value: tie('table') }),
  ) as fc.Arbitrary<Field>,
  table: fc.array(fc.tuple(binary(20), tie('field')), { maxLength: 4 }) as fc.Arbitrary<Table>,
})).field;
const table = fc.array(fc.tuple(binary(30), field), { maxLength: 6 }) as fc.Arbitrary<Table>;

function small(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

test('a field table reads as it was written, whatever the types', () => {
  fc.assert(
    fc.property(table, (given) => {
      const writer = new Writer();
      writeTable(writer, given);
      expect(readTable(new Reader(writer.take()))).toEqual(given);
    }),
  );
});

test('properties read as they were written', () => {
  const text = fc.option(binary(255), { nil: undefined });
  const properties = fc.record({
    contentType: text,
    contentEncoding: text,
    headers: fc.option(table, { nil: undefined }),
    deliveryMode: fc.option(fc.nat({ max: 255 }), { nil: undefined }),
    priority: fc.option(fc.nat({ max: 255 }), { nil: undefined }),
    correlationId: text,
    replyTo: text,
    expiration: text,
    messageId: text,
    timestamp: fc.option(fc.nat(), { nil: undefined }),
    type: text,
    userId: text,
    appId: text,
    clusterId: text,
  });
  fc.assert(
    fc.property(properties, (given) => {
      expect(decodeProperties(encodeProperties(given))).toEqual(JSON.parse(JSON.stringify(given, keepBig), reviveBig));
    }),
  );
});

const keepBig = (_key: string, value: unknown) =>
  typeof value === 'bigint'
    ? `big ${value}`
    : Object.is(value, -0)
      ? 'minus zero'
      : value === Infinity
        ? 'inf'
        : value === -Infinity
          ? '-inf'
          : value;
const reviveBig = (_key: string, value: unknown) =>
  typeof value === 'string' && value.startsWith('big ')
    ? BigInt(value.slice(4))
    : value === 'minus zero'
      ? -0
      : value === 'inf'
        ? Infinity
        : value === '-inf'
          ? -Infinity
          : value;

test('every method reads as it was written, with nothing in its arguments', () => {
  for (const name of METHOD_NAMES) {
    const args = decodeArgs(name, methodPayload(name, {}));
    expect(
      Object.values(args).every(
        (value) => value === 0 || value === '' || value === false || (Array.isArray(value) && value.length === 0),
      ),
      name,
    ).toBe(true);
  }
});

test('bits of a method share an octet in order', () => {
  const args = {
    ticket: 0,
    queue: 'q',
    passive: true,
    durable: false,
    exclusive: true,
    autoDelete: false,
    nowait: true,
    arguments: [],
  };
  const payload = methodPayload('queue.declare', args);
  expect([...payload]).toEqual([0, 50, 0, 10, 0, 0, 1, 113, 0b10101, 0, 0, 0, 0]);
  expect(decodeArgs('queue.declare', payload)).toEqual(args);
});

test('frames are the same in whatever pieces they come', () => {
  const writer = new FrameWriter();
  writer.raw(Uint8Array.of(65, 77, 81, 80, 0, 0, 9, 1));
  writer.method(1, 'basic.qos', { prefetchCount: 3 });
  writer.content(1, encodeProperties({ type: 'x' }), new Uint8Array(300).fill(206), 108);
  writer.heartbeat();
  const bytes = writer.take();
  const readIn = (pieces: readonly Uint8Array[]) => {
    const reader = new FrameReader();
    const all: Reading[] = [];
    for (const piece of pieces) {
      reader.push(piece);
      for (let reading = reader.next(); reading; reading = reader.next()) all.push(reading);
    }
    return JSON.stringify(all);
  };
  const whole = readIn([bytes]);
  expect(JSON.parse(whole)).toHaveLength(7);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      expect(readIn(at.slice(1).map((end, i) => bytes.slice(at[i], end)))).toBe(whole);
    }),
  );
});

test('text is bytes inside and UTF-8 for people', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(readable(fromText(text))).toBe(text);
      expect(isUtf8(fromText(text))).toBe(true);
    }),
  );
  expect(isUtf8('\xc3\x28')).toBe(false);
});

test('base 64 there and back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect([...fromBase64(base64(bytes))!]).toEqual([...bytes]);
    }),
  );
  expect(base64(Uint8Array.of(251, 255, 254), true)).toBe('-__-');
  expect(fromBase64('not!')).toBeNull();
});
