/**
 * The image beside Debian's rabbitmq-server: the programs of `conformance/`, run by real Node with the real client against
 * both, and in the lab against the image as a container, compared line by line; the interleavings of four clients and
 * malformed input against the real server too.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Serving, serveImage } from '../../../engines/local/serve-image.ts';
import { Random } from '../../core/random.ts';
import { PRELUDE } from '../../packages-test/test-same.ts';
import { seenInLab } from '../test-in-lab.ts';
import program from './index.ts';
import { malformed, reactionOf, reactionOfImage } from './test-fuzz.ts';
import { follow, realDrivers, step } from './test-interleaving.ts';
import { freePorts, type RealServer, startReal } from './test-real.ts';

const FOLDER = new URL('conformance/', import.meta.url);
const FUZZ_COUNT = 240;
const FUZZ_SEED = 20_261_125;
const NOT_INSTALLED = 'rabbitmq-server is not installed: apt-get install rabbitmq-server';

let real: RealServer | null = null;
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
const seenByReal = new Map<string, Run['seen']>();

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

interface Run {
  readonly seen: Record<string, string[]>;
  readonly stderr: string;
  readonly code: number | null;
}

function run(source: string, port: number): Promise<Run> {
  const { promise, resolve } = Promise.withResolvers<Run>();
  const child = spawn(process.execPath, ['--input-type=module'], {
    cwd: process.cwd(),
    env: { PATH: process.env.PATH, TZ: 'UTC', HOST: '127.0.0.1', PORT: String(port) },
    timeout: 40_000,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.on('close', (code) => {
    const seen: Record<string, string[]> = {};
    for (const line of stdout.split('\n').filter((one) => one.startsWith('@'))) {
      const [who, ...words] = JSON.parse(line.slice(1)) as string[];
      seen[who!] ??= [];
      seen[who!]!.push(words.join(' '));
    }
    resolve({ seen, stderr, code });
  });
  child.stdin.end(source);
  return promise;
}
