/**
 * The image beside Debian's redis-server: the programs of `conformance/`, run by real Node with the real clients against
 * both, and in the lab against the image as a container, compared line by line; malformed input against both.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Serving, serveImage } from '../../../engines/local/serve-image.ts';
import { Random } from '../../core/random.ts';
import { onNode, PRELUDE } from '../../packages-test/test-same.ts';
import { seenInLab } from '../test-in-lab.ts';
import { freePort, type RealServer } from '../test-servers.ts';
import program from './index.ts';
import { malformed, reactionOf, reactionOfImage } from './test-fuzz.ts';
import { startReal } from './test-real.ts';

const FOLDER = new URL('conformance/', import.meta.url);
const FUZZ_COUNT = 400;
const FUZZ_SEED = 20_261_123;
const NOT_INSTALLED = 'redis-server is not installed: apt-get install redis-server';

let real: RealServer | null = null;
let image: Serving;
let imagePort = 0;
const folder = mkdtempSync(join(tmpdir(), 'redis-image-'));

beforeAll(async () => {
  imagePort = await freePort();
  image = serveImage({
    program,
    argv: ['redis-server', '--save', ''],
    ports: { 6379: imagePort },
    dataFolder: folder,
  });
  await image.listening;
  real = await startReal();
}, 30_000);

afterAll(async () => {
  image.close();
  rmSync(folder, { recursive: true, force: true });
  await real?.stop();
});

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.mjs'))) {
  test(`${name} sees the same`, async ({ skip }) => {
    if (real === null) return skip(NOT_INSTALLED);
    const source = PRELUDE + readFileSync(new URL(name, FOLDER), 'utf8');
    const [theirs, ours] = await Promise.all([run(source, real.port), run(source, imagePort)]);
    expect(theirs.stderr).toBe('');
    expect(theirs.code).toBe(0);
    expect(Object.keys(theirs.seen).length).toBeGreaterThan(1);
    expect(ours).toEqual(theirs);
    const inLab = await seenInLab({ image: 'redis', port: 6379, source, command: ['redis-server', '--save', ''] });
    expect(inLab.stderr).toBe('');
    expect(inLab.seen).toEqual(theirs.seen);
  }, 40_000);
}

test(`${FUZZ_COUNT} malformed inputs have the same replies and the same end`, async ({ skip }) => {
  if (real === null) return skip(NOT_INSTALLED);
  const random = new Random(FUZZ_SEED);
  const inputs = Array.from({ length: FUZZ_COUNT }, () => malformed(random));
  const different: unknown[] = [];
  for (const input of inputs) {
    const theirs = await reactionOf(real.port, input);
    const ours = reactionOfImage(input);
    if (ours !== theirs) different.push({ input, ours, theirs });
  }
  expect(different).toEqual([]);
}, 40_000);

const run = (source: string, port: number) => onNode(source, { HOST: '127.0.0.1', PORT: String(port) }, 30_000);
