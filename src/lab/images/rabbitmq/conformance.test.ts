/**
 * The image beside Debian's rabbitmq-server: the programs of `conformance/`, run by real Node with the real client against
 * both, and in the lab against the image as a container, compared line by line; the interleavings of four clients and
 * malformed input against the real server too.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Serving, serveImage } from '../../../engines/local/serve-image.ts';
import { Random } from '../../core/random.ts';
import { onNode, PRELUDE, type Seen } from '../../packages-test/test-same.ts';
import { seenInLab } from '../test-in-lab.ts';
import { freePorts } from '../test-servers.ts';
import program from './index.ts';
import { malformed, reactionOf, reactionOfImage } from './test-fuzz.ts';
import { follow, realDrivers, step } from './test-interleaving.ts';
import { type RealNode, startReal } from './test-real.ts';

const FOLDER = new URL('conformance/', import.meta.url);
const FUZZ_COUNT = 240;
const FUZZ_SEED = 20_261_125;
const NOT_INSTALLED = 'rabbitmq-server is not installed: apt-get install rabbitmq-server';

let real: RealNode | null = null;
let image: Serving;
let imagePort = 0;
const folder = mkdtempSync(join(tmpdir(), 'rabbitmq-image-'));

beforeAll(async () => {
  [imagePort = 0] = await freePorts(1);
  image = serveImage({
    program,
    argv: [],
    env: { LAB_BOOT_MS: '0' },
    ports: { 5672: imagePort },
    dataFolder: folder,
  });
  real = await startReal();
}, 60_000);
afterAll(async () => {
  image.close();
  rmSync(folder, { recursive: true, force: true });
  await real?.stop();
});

const programs = readdirSync(FOLDER).filter((file) => file.endsWith('.mjs'));
const sourceOf = (name: string) => PRELUDE + readFileSync(new URL(name, FOLDER), 'utf8');
const seenByReal = new Map<string, Seen['seen']>();

for (const name of programs) {
  test(`${name} sees the same`, async ({ skip }) => {
    if (real === null) return skip(NOT_INSTALLED);
    const source = sourceOf(name);
    const [theirs, ours] = await Promise.all([run(source, real.port), run(source, imagePort)]);
    expect(theirs.stderr).toBe('');
    expect(Object.keys(theirs.seen).length).toBeGreaterThan(10);
    seenByReal.set(name, theirs.seen);
    expect(ours).toEqual(theirs);
  }, 60_000);
}

test('it answers as the model of the interleavings, in 20 of them', async ({ skip }) => {
  if (real === null) return skip(NOT_INSTALLED);
  const { port } = real;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const drivers = await realDrivers(port, `interleaving-${runs++}`);
      try {
        await follow(steps, drivers);
      } finally {
        for (const driver of drivers) await driver.end();
      }
    }),
    { numRuns: 20 },
  );
}, 60_000);

test(`${FUZZ_COUNT} malformed inputs have the same kind of reaction`, async ({ skip }) => {
  if (real === null) return skip(NOT_INSTALLED);
  const random = new Random(FUZZ_SEED);
  const inputs = Array.from({ length: FUZZ_COUNT }, () => malformed(random));
  const { port } = real;
  const theirs: string[] = [];
  for (let at = 0; at < inputs.length; at += 120) {
    theirs.push(...(await Promise.all(inputs.slice(at, at + 120).map((input) => reactionOf(port, input)))));
  }
  const different = inputs.flatMap((input, i) => {
    const ours = reactionOfImage(input);
    const bytes = [...input.bytes].join(' ');
    return ours === theirs[i] ? [] : [{ stage: input.stage, bytes, ours, theirs: theirs[i] }];
  });
  expect(different).toEqual([]);
}, 60_000);

// Last, because the lab freezes the intrinsics of this process.
for (const name of programs) {
  test(`${name} sees the same in the lab`, async ({ skip }) => {
    const theirs = seenByReal.get(name);
    if (theirs === undefined) return skip(NOT_INSTALLED);
    const env = { LAB_BOOT_MS: '0' };
    const { seen, stderr } = await seenInLab({ image: 'rabbitmq', port: 5672, source: sourceOf(name), env });
    expect(stderr).toBe('');
    expect(seen).toEqual(theirs);
  }, 60_000);
}

const run = (source: string, port: number) => onNode(source, { HOST: '127.0.0.1', PORT: String(port) }, 40_000);
