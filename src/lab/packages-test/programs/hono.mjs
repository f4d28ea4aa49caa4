// packages: hono @hono/node-server

import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import { streamSSE, streamText } from 'hono/streaming';

const app = new Hono();
app.use('*', async (c, next) => {
  const { path, method } = c.req;
  await next();
  c.header('x-through', `${method} ${path}`);
  log('server', method, path, c.res.status);
});
app.use('/cors/*', cors({ origin: 'http://a.example' }));
app.get('/hello/:name', (c) =>
  c.json({ hello: c.req.param('name'), q: c.req.query('q') ?? null, all: c.req.queries('t') ?? [] }),
);
app.post('/echo', async (c) => c.json({ body: await c.req.json(), type: c.req.header('content-type') }, 201));
app.post('/form', async (c) => {
  const form = await c.req.parseBody();
  return c.json({
    a: form.a,
    file: form.f ? { name: form.f.name, type: form.f.type, text: await form.f.text() } : null,
  });
});
app.post('/upload', async (c) => {
  let n = 0;
  for await (const chunk of c.req.raw.body) n += chunk.length;
  return c.text(String(n));
});
app.get('/text', (c) => c.text('some text é'));
app.get('/html', (c) => c.html('<p>'));
app.get('/throws', () => {
  throw new HTTPException(403, { message: 'not you' });
});
app.get('/fails', () => {
  throw new Error('broken');
});
app.get('/stream', (c) =>
  streamText(c, async (stream) => {
    for (const part of ['one ', 'two ', 'three']) {
      await stream.write(part);
      await stream.sleep(3);
    }
  }),
);
app.get('/sse', (c) =>
  streamSSE(c, async (stream) => {
    for (let id = 0; id < 2; id++) await stream.writeSSE({ data: 'tick', event: 'time', id: String(id) });
  }),
);
app.get('/cors/x', (c) => c.text('ok'));
app.get('/redirect', (c) => c.redirect('/text'));
app.get(
  '/raw',
  () =>
    new Response(
      new ReadableStream({
        start(k) {
          k.enqueue(new TextEncoder().encode('raw'));
          k.close();
        },
      }),
      { headers: { 'x-raw': '1' } },
    ),
);
app.get('/null', (c) => c.body(null, 204));
app.get('/cookie', (c) => {
  c.header('set-cookie', 'a=1', { append: true });
  c.header('set-cookie', 'b=2', { append: true });
  return c.text('c');
});
app.notFound((c) => c.json({ nothing: c.req.path }, 404));
app.onError((error, c) =>
  error instanceof HTTPException ? error.getResponse() : c.text(`sorry: ${error.message}`, 500),
);
const server = await new Promise((resolve) => {
  const one = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) =>
    resolve(Object.assign(one, { info })),
  );
});
const base = `http://127.0.0.1:${server.info.port}`;
const ask = async (path, init) => {
  const res = await fetch(base + path, { redirect: 'manual', ...init });
  const { date, ...headers } = Object.fromEntries(res.headers);
  log('client', path, res.status, headers, res.headers.getSetCookie(), await res.text());
};
for (const path of [
  '/hello/you?q=1&t=a&t=b',
  '/text',
  '/html',
  '/throws',
  '/fails',
  '/stream',
  '/sse',
  '/redirect',
  '/raw',
  '/null',
  '/cookie',
  '/nowhere',
  '/hello/%zz',
])
  await ask(path);
await ask('/echo', { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } });
await ask('/echo', { method: 'POST', body: '{' });
const form = new FormData();
form.append('a', 'é');
form.append('f', new File(['content'], 'n.txt', { type: 'text/plain' }));
await ask('/form', { method: 'POST', body: form });
await ask('/form', { method: 'POST', body: new URLSearchParams({ a: '1 2' }) });
await ask('/upload', {
  method: 'POST',
  duplex: 'half',
  body: ReadableStream.from([new Uint8Array(1000), new Uint8Array(70000)]),
});
await ask('/cors/x', { headers: { origin: 'http://a.example' } });
await ask('/cors/x', {
  method: 'OPTIONS',
  headers: { origin: 'http://a.example', 'access-control-request-method': 'PUT' },
});
await ask('/text', { method: 'HEAD' });
await close(server);
log('server', 'closed');
