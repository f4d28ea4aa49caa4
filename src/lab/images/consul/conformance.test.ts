/**
 * The unmodified npm client against the image, on real Node over real sockets and in the lab. There is no real Consul to
 * compare with (differences.ts): the programs hold what they see against what Consul's API documentation says.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Serving, serveImage } from '../../../engines/local/serve-image.ts';
import { onNode, PRELUDE } from '../../packages-test/test-same.ts';
import { seenInLab } from '../test-in-lab.ts';
import { freePort } from '../test-servers.ts';
import program from './index.ts';

const FOLDER = new URL('conformance/', import.meta.url);
const DEV = ['consul', 'agent', '-dev', '-client', '0.0.0.0'];
const folder = mkdtempSync(join(tmpdir(), 'consul-image-'));
let image: Serving;
let port = 0;

beforeAll(async () => {
  port = await freePort();
  image = serveImage({ program, argv: DEV, ports: { 8500: port }, dataFolder: folder });
  await image.listening;
});

afterAll(() => {
  image.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const name of readdirSync(FOLDER)) {
  test(`${name} sees what is documented, on Node and in the lab`, async () => {
    const source = PRELUDE + readFileSync(new URL(name, FOLDER), 'utf8');
    const onSockets = await onNode(source, { HOST: '127.0.0.1', PORT: String(port) }, 30_000);
    expect(onSockets.stderr).toBe('');
    const lines = Object.values(onSockets.seen).flat();
    expect(lines.filter((line) => !line.endsWith(' ok'))).toEqual([]);
    // As many as the file's head says.
    expect(lines.length).toBe(Number(/(\d+) calls/.exec(source)![1]));
    const env = { SELF: 'program' };
    const inLab = await seenInLab({ image: 'consul', port: 8500, source, command: DEV, programEnv: env });
    expect(inLab.stderr).toBe('');
    expect(inLab.seen).toEqual(onSockets.seen);
  }, 40_000);
}
