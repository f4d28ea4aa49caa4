import { beforeAll, describe, expect, test } from 'vitest';
import { bundlePackages } from '../../catalog/bundle.ts';
import { readCatalog } from '../../catalog/index.ts';
import { projectOf, TestLab, testPrograms } from '../test-lab.ts';
import type { Programs } from './process.ts';
import { needsFullBuiltins, packagesNeedFull, sourceNeedsFull } from './variant.ts';

describe('the full built-ins are needed when a text names something of them', () => {
  test.each([
    `import http2 from 'node:http2';`,
    `const { gzipSync } = require("zlib");`,
    `await import(\`node:tls\`)`,
    `new ReadableStream({ start() {} })`,
    `await crypto.subtle.digest('SHA-256', bytes)`,
    `Readable.toWeb(stream)`,
    `response.body.getReader()`,
    `// a comment about CompressionStream counts, too`,
    `const wait = base * 2 ** attempt;`,
    `wait **= 2;`,
    `const angle = Math.atan2(y, x);`,
    `const { log } = Math;`,
    `Math[name](x)`,
  ])('%s', (source) => {
    expect(sourceNeedsFull(source)).toBe(true);
  });

  test.each([
    `import http from 'node:http';`,
    `import { createHash } from 'node:crypto';`,
    `const url = 'https://example.com';`,
    `if (protocol === 'https:') throw new Error('subtleties');`,
    `const zlib = null;`,
    `/** Math.floor is exact everywhere. */ Math.max(1, 2);`,
    `const half = Math.sqrt(4) * 2;`,
  ])('not: %s', (source) => {
    expect(sourceNeedsFull(source)).toBe(false);
  });

  test('files that are neither code nor run by a command do not count', () => {
    const text = `import 'node:http2'`;
    expect(needsFullBuiltins({ 'README.md': text, 'data/x.json': text }, '')).toBe(false);
    expect(needsFullBuiltins({ 'gateway/src/main.ts': text }, '')).toBe(true);
    expect(needsFullBuiltins({ 'compose.yaml': `command: node -e "${text}"` }, '')).toBe(true);
  });

  test('shop and its packages do with the core', async () => {
    const shop = readCatalog(process.cwd()).sandboxes.find(({ id }) => id === 'shop')!;
    const packages = await bundlePackages(shop.dependencies, process.cwd());
    expect(packagesNeedFull(packages.code)).toBe(false);
    expect(needsFullBuiltins(shop.files, packages.code)).toBe(false);
  });
});

describe('a process', () => {
  let programs: Programs;
  beforeAll(async () => {
    programs = await testPrograms();
  });
  const boot = (main: string, texts = programs) => {
    const lab = new TestLab(projectOf({ app: { main } }), 1, texts);
    lab.run(5_000);
    return lab;
  };

  test('gets the full set by naming something of it', () => {
    const main = (name: string) =>
      `console.log(typeof globalThis['Readable' + 'Stream'], ${name});setInterval(() => {}, 1e6)`;
    expect(boot(main(`'nothing'`)).logs('app')).toBe('undefined nothing');
    expect(boot(main(`typeof ReadableStream`)).logs('app')).toBe('function function');
  });

  test('is told what to do when it asks the core for a module of the full set', () => {
    const lab = boot(`await import('node:' + 'http' + '2');`);
    expect(lab.logs('app')).toContain(
      "node:http2 is in the lab's full set of built-ins, which a program gets when one of its files or packages names it.",
    );
  });

  test('that uses only the core leaves the same trace on both sets', () => {
    const services = {
      gateway: {
        main: `import express from 'express';
          const app = express();
          app.use(express.json());
          app.all('/', async (req, res) => {
            const answer = await fetch('http://backend:8081/x', { method: 'POST', body: JSON.stringify(req.body ?? null), signal: AbortSignal.timeout(500) });
            res.set('x-by', 'gateway').json({ status: answer.status, body: await answer.json() });
          });
          app.listen(8080);`,
        compose: '    ports: ["8080:8080"]\n',
      },
      backend: {
        main: `import http from 'node:http';
          import { Readable } from 'node:stream';
          import { AsyncLocalStorage } from 'node:async_hooks';
          import { builtinModules } from 'node:module';
          const store = new AsyncLocalStorage();
          http.createServer((req, res) => store.run(req.url, async () => {
            let text = '';
            for await (const chunk of req) text += chunk;
            await new Promise((resolve) => setTimeout(resolve, 5 * Math.random()));
            console.log(store.getStore(), crypto.randomUUID(), builtinModules.length, performance.now());
            Readable.from([JSON.stringify({ text })]).pipe(res);
          })).listen(8081);
`,
        compose: '    deploy:\n      replicas: 2\n',
      },
    };
    const hashOf = (texts: Programs) => {
      const lab = new TestLab(projectOf(services), 7, texts);
      lab.run(5_000);
      for (let i = 0; i < 20; i++) {
        const reply = lab.request('http://gateway:8080/', {
          method: 'POST',
          body: `{"i":${i}}`,
          headers: { 'content-type': 'application/json' },
        });
        expect(reply.status).toBe(200);
      }
      expect(lab.problems).toEqual([]);
      return lab.lab.trace.hash;
    };
    const { builtins, fullBuiltins, packages } = programs;
    expect(hashOf({ builtins: fullBuiltins!, packages })).toBe(hashOf({ builtins, packages }));
  });
});

test('a function that Node has and the lab has not says so when it is called', async () => {
  const lab = await TestLab.boot({
    app: {
      main: `import fs from 'node:fs'; try { fs.readv(1, [], () => {}); } catch (error) { console.log(error.message); }`,
    },
  });
  lab.run(100);
  expect(lab.logs('app')).toBe(
    'fs.readv is not part of the lab. The lab has files and folders in memory, without links, owners and descriptors of devices.',
  );
});
