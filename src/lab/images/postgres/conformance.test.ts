/** Programs in conformance/ on this machine's Node, against the real server and against this image on real sockets. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Serving, serveImage } from '../../../engines/local/serve-image.ts';
import { onNode, PRELUDE } from '../../packages-test/test-same.ts';
import { seenInLab } from '../test-in-lab.ts';
import type { RealServer } from '../test-servers.ts';
import program from './index.ts';
import { startReal } from './test-real.ts';

const PROGRAMS = ['statements', 'services', 'interleavings', 'kysely'];
const LAB_PORT = 25_000 + (process.pid % 5000);

describe('the same programs on PostgreSQL 15 and on the image', () => {
  let real: RealServer | null = null;
  let lab: Serving | null = null;
  const folder = mkdtempSync(join(tmpdir(), 'lab-postgres-'));

  beforeAll(async () => {
    real = await startReal({ max_connections: '20' });
    const ready = Promise.withResolvers<void>();
    lab = serveImage({
      program,
      argv: ['postgres', '-c', 'max_connections=20'],
      env: { POSTGRES_HOST_AUTH_METHOD: 'trust' },
      ports: { 5432: LAB_PORT },
      dataFolder: folder,
      onLog: (line) => line.includes('ready to accept connections') && ready.resolve(),
    });
    await ready.promise;
  });

  afterAll(async () => {
    lab?.close();
    await real?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const seenByReal = new Map<string, Record<string, string[]>>();
  for (const name of PROGRAMS) {
    it(`${name}: every line is the same`, async ({ skip }) => {
      if (!real) return skip('PostgreSQL 15 is not installed; apt-get install postgresql-15');
      const source = PRELUDE + readFileSync(join(import.meta.dirname, 'conformance', `${name}.mjs`), 'utf8');
      const theirs = await run(source, real.port);
      const ours = await run(source, LAB_PORT);
      expect(theirs.stderr).toBe('');
      expect(ours.stderr).toBe('');
      expect(Object.keys(theirs.seen).length).toBeGreaterThan(5);
      seenByReal.set(name, theirs.seen);
      expect(ours.seen).toEqual(theirs.seen);
    });

    it(`${name}: and in the lab, with the client in a process of its own`, async ({ skip }) => {
      const expected = seenByReal.get(name);
      if (!expected) return skip('there is nothing to compare with');
      const inLab = await seenInLab({
        image: 'postgres',
        source: PRELUDE + readFileSync(join(import.meta.dirname, 'conformance', `${name}.mjs`), 'utf8'),
        command: ['postgres', '-c', 'max_connections=20'],
        env: { POSTGRES_PASSWORD: 'secret' },
        port: 5432,
      });
      expect(inLab.stderr).toBe('');
      expect(inLab.seen).toEqual(expected);
    });
  }
});

const run = (source: string, port: number) => onNode(source, { HOST: '127.0.0.1', PORT: String(port) }, 40_000);
