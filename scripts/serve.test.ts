import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningServer, serve } from './serve.ts';

let folder: string;
let server: RunningServer | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serve-'));
  mkdirSync(join(folder, 'lesson'));
  writeFileSync(join(folder, 'index.html'), 'home');
  writeFileSync(join(folder, '404.html'), 'lost');
  writeFileSync(join(folder, 'lesson', 'index.html'), 'lesson');
  writeFileSync(join(folder, 'app.js'), 'x');
  writeFileSync(
    join(folder, '_headers'),
    '/*\n  X-Content-Type-Options: nosniff\n\n/lesson/*\n  Cache-Control: no-cache\n',
  );
});

afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true });
});

test('a folder answers with its index, without slash it is sent there', async () => {
  server = await serve({ folder, port: 0 });
  expect(await (await fetch(`${server.url}lesson/`)).text()).toBe('lesson');
  const bare = await fetch(`${server.url}lesson`, { redirect: 'manual' });
  expect([bare.status, bare.headers.get('location')]).toEqual([302, '/lesson/']);
});

test('MIME types and the headers of _headers', async () => {
  server = await serve({ folder, port: 0 });
  const script = await fetch(`${server.url}app.js`);
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(script.headers.get('x-content-type-options')).toBe('nosniff');
  expect(script.headers.get('cache-control')).toBeNull();
  expect((await fetch(`${server.url}lesson/`)).headers.get('cache-control')).toBe('no-cache');
});

test('an unknown path gets the 404 page, a path out of the folder too', async () => {
  server = await serve({ folder, port: 0 });
  for (const path of ['nothing', '..%2f..%2fetc%2fpasswd', '%2e%2e/%2e%2e/etc/passwd']) {
    const reply = await fetch(server.url + path);
    expect([reply.status, await reply.text()]).toEqual([404, 'lost']);
  }
  expect((await fetch(`${server.url}%E0%A4%A`)).status).toBe(400);
});

test('under a base path', async () => {
  server = await serve({ folder, port: 0, base: '/course/' });
  expect(server.url).toMatch(/\/course\/$/);
  expect(await (await fetch(`${server.url}lesson/`)).text()).toBe('lesson');
  const outside = await fetch(new URL('/', server.url), { redirect: 'manual' });
  expect(outside.headers.get('location')).toBe('/course/');
});

test('a taken port is passed over for the next free one', async () => {
  const other = createServer().listen(0, 'localhost');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  server = await serve({ folder, port });
  expect(Number(new URL(server.url).port)).toBeGreaterThan(port);
  other.close();
});
