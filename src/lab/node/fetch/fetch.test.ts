import { describe, expect, test } from 'vitest';
import { inLab, onNode } from '../test-scenario.ts';

/** `attempt(f)` logs what a promise came to. */
const ATTEMPT = `
  const show = (value) => value instanceof Error
    ? [value.name, value.message, value.code, '|', value.cause?.name, value.cause?.code, value.cause?.message].join(' ').replace(/:\\d{4,5}\\b/g, ':PORT')
    : typeof value === 'string' ? value : JSON.stringify(value);
  const attempt = async (f) => {
    try { log('client', show(await f()).replace(/:\\d{4,5}\\b/g, ':PORT').replace(/formdata-undici-\\d+/g, 'BOUNDARY')); }
    catch (error) { log('client', show(error)); }
  };
  const echo = http.createServer(async (req, res) => {
    const { host, 'accept-encoding': _, ...headers } = req.headers;
    res.setHeader('x-list', ['1', '2']);
    res.setHeader('set-cookie', ['a=1', 'b=2']);
    if (req.url.startsWith('/redirect/')) { res.writeHead(Number(req.url.slice(10)), { location: '/landed?x' }); return res.end('moved'); }
    if (req.url === '/loop') { res.writeHead(302, { location: '/loop' }); return res.end(); }
    if (req.url === '/204') { res.writeHead(204); return res.end(); }
    if (req.url === '/slow') { await sleep(50); }
    res.end(JSON.stringify({ method: req.method, url: req.url, headers, body: await text(req) }));
  });
  const port = await listen(echo);
  const base = 'http://127.0.0.1:' + port;
  const close = (server) => { server.closeAllConnections?.(); return new Promise((resolve) => server.close(resolve)); };
`;

const scenarios: Record<string, string> = {
  'methods, bodies and fields': `
    await attempt(async () => (await fetch(base)).text());
    await attempt(async () => (await fetch(base + '/a b?c=d e#f')).text());
    await attempt(async () => (await fetch(base, { method: 'post', body: 'héllo' })).text());
    await attempt(async () => (await fetch(base, { method: 'PUT', body: new URLSearchParams({ a: '1 2' }) })).text());
    await attempt(async () => (await fetch(base, { method: 'POST', body: new Uint8Array([65, 66]), headers: { 'Content-Type': 'x/y', 'X-B': ' 1 ' } })).text());
    await attempt(async () => (await fetch(base, { method: 'POST', headers: [['b', '2'], ['A', '1'], ['b', '3']] })).text());
    await attempt(async () => (await fetch(base, { method: 'DELETE' })).text());
    await attempt(async () => (await fetch(new URL(base), { headers: new Headers({ accept: 'application/json' }) })).text());
    await attempt(async () => (await fetch(base, { method: 'POST', duplex: 'half', body: (async function* () { yield new Uint8Array([65]); yield new Uint8Array([66]); })() })).text());
    await attempt(async () => { const f = new FormData(); f.append('a', '1'); f.append('f', new Blob(['zz'], { type: 'text/x' }), 'n.txt'); return (await fetch(base, { method: 'POST', body: f })).text(); });
    await attempt(async () => (await fetch(new Request(base, { method: 'POST', body: 'x', headers: { a: '1' } }))).text());
    await close(echo);`,
  'what a response shows': `
    await attempt(async () => { const r = await fetch(base); const { date: _, ...rest } = Object.fromEntries(r.headers); return [r.status, r.statusText, r.ok, r.redirected, r.type, r.url, r.bodyUsed, rest, [...r.headers].length, r.headers.get('X-List'), r.headers.getSetCookie(), await r.json(), r.bodyUsed]; });
    await attempt(async () => { const r = await fetch(base + '/204'); return [r.status, r.body, await r.text()]; });
    await attempt(async () => { const r = await fetch(base, { method: 'HEAD' }); return [r.status, await r.text()]; });
    await attempt(async () => { const r = await fetch(base); await r.text(); return r.text(); });
    await attempt(async () => { const r = await fetch(base); await r.text(); return r.clone(); });
    await attempt(async () => { const r = await fetch(base); const c = r.clone(); return [(await r.json()).method, (await c.json()).url, c.status]; });
    await attempt(async () => { const r = await fetch(base); let n = 0; for await (const chunk of r.body) n += chunk.length; return [n > 10, r.bodyUsed, r.body.locked]; });
    await attempt(async () => { const r = await fetch(base); const reader = r.body.getReader(); const { done, value } = await reader.read(); return [done, value.length > 10, (await reader.read()).done]; });
    await attempt(async () => { const r = await fetch(base); return [(await r.clone().bytes()).length, (await r.clone().arrayBuffer()).byteLength, (await r.blob()).size]; });
    await attempt(async () => { const r = await fetch(base); r.headers.set('a', 'b'); });
    await close(echo);`,
  'what Request, Response and Headers refuse': `
    for (const f of [
      () => fetch(base, { body: 'x' }), () => fetch(base, { method: 'CONNECT' }), () => fetch(base, { method: 'a b' }),
      () => fetch(base, { headers: { 'a b': '1' } }), () => fetch(base, { headers: { a: 'é€' } }), () => fetch(base, { headers: { a: 'a\\nb' } }),
      () => fetch('/relative'), () => fetch('foo://x'), () => fetch('http://u:p@x/'), () => fetch('http://localhost:1/'),
      () => fetch(base, { method: 'POST', body: (async function* () { yield new Uint8Array(1); })() }),
      () => new Response('x', { status: 99 }), () => new Response('x', { status: 204 }), () => new Response('abc').json(), () => new Response('').json(),
      () => new Headers([['a']]),
    ]) await attempt(f);
    await attempt(async () => { const r = Response.json({ a: 1 }, { status: 201 }); return [r.status, [...r.headers], await r.json()]; });
    await attempt(async () => { const r = new Response('x', { headers: { b: '1' } }); return [r.status, r.statusText, r.type, r.url, [...r.headers], r.body.constructor.name]; });
    await attempt(async () => { const q = new Request(base, { method: 'POST', body: 'x' }); const c = q.clone(); return [q.method, q.url, [...q.headers], q.redirect, q.bodyUsed, await q.text(), q.bodyUsed, await c.text()]; });
    await attempt(async () => { const h = new Headers({ b: '1', A: '2' }); h.append('a', '3'); h.append('set-cookie', 'x=1'); h.append('Set-Cookie', 'y=2'); h.delete('B'); return [[...h], h.has('a'), h.get('none'), [...h.keys()]]; });
    await close(echo);`,
  redirects: `
    for (const status of [301, 302, 303, 307, 308]) {
      await attempt(async () => { const r = await fetch(base + '/redirect/' + status, { method: 'POST', body: 'b' }); return [r.status, r.redirected, r.url, await r.text()]; });
    }
    await attempt(() => fetch(base + '/redirect/302', { redirect: 'error' }));
    await attempt(async () => { const r = await fetch(base + '/redirect/302', { redirect: 'manual' }); return [r.status, r.headers.get('location'), r.redirected, await r.text()]; });
    await attempt(() => fetch(base + '/loop'));
    await close(echo);`,
  'connections that fail': `
    const closing = net.createServer((socket) => socket.on('data', () => socket.end()));
    const resetting = net.createServer((socket) => { socket.on('error', () => {}); socket.on('data', () => socket.resetAndDestroy()); });
    const babbling = net.createServer((socket) => { socket.on('error', () => {}); socket.on('data', () => socket.write('junk\\r\\n\\r\\n')); });
    const cut = http.createServer((req, res) => { res.setHeader('content-length', 10); res.write('x'); setTimeout(() => res.socket.end(), 20); });
    const torn = http.createServer((req, res) => { res.write('x'); setTimeout(() => res.socket.resetAndDestroy(), 20); });
    const untilEnd = net.createServer((socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\\r\\n\\r\\nall of it')));
    for (const server of [closing, resetting, babbling, cut, torn, untilEnd]) {
      const url = 'http://127.0.0.1:' + (await listen(server));
      await attempt(async () => (await fetch(url)).text());
      await close(server);
    }
    await attempt(() => fetch('http://127.0.0.1:2/'));
    await attempt(() => fetch('http://nope.invalid/'));
    await close(echo);`,
  'abort and timeout': `
    const silent = http.createServer((req, res) => { if (req.url === '/body') res.write('x'); });
    const url = 'http://127.0.0.1:' + (await listen(silent));
    await attempt(() => fetch(url, { signal: AbortSignal.abort() }));
    await attempt(() => fetch(url, { signal: AbortSignal.abort('why') }));
    await attempt(() => fetch(url, { signal: AbortSignal.timeout(20) }));
    await attempt(() => { const c = new AbortController(); setTimeout(() => c.abort(new Error('mine')), 10); return fetch(url, { signal: c.signal }); });
    await attempt(async () => { const c = new AbortController(); setTimeout(() => c.abort(), 30); const r = await fetch(url + '/body', { signal: c.signal }); log('client', 'head', r.status); return r.text(); });
    await attempt(async () => { const c = new AbortController(); const r = await fetch(base, { signal: c.signal }); await r.text(); c.abort(); return 'done before'; });
    await close(silent);
    await close(echo);`,
  'connections are kept, and one freed in this turn is not taken in it': `
    let opened = 0;
    echo.on('connection', () => opened++);
    for (let i = 0; i < 6; i++) await (await fetch(base)).text();
    log('client', opened);
    await sleep(10);
    for (let i = 0; i < 3; i++) { await (await fetch(base)).text(); await sleep(5); }
    log('client', opened);
    await Promise.all([1, 2, 3, 4].map(async () => (await fetch(base + '/slow')).text()));
    log('client', opened);
    await close(echo);`,
  'a large body comes whole and waits for its reader': `
    const big = http.createServer((req, res) => { res.end(Buffer.alloc(3_000_000, 97)); });
    const url = 'http://127.0.0.1:' + (await listen(big));
    await attempt(async () => (await (await fetch(url)).arrayBuffer()).byteLength);
    await attempt(async () => { const r = await fetch(url); await sleep(20); let n = 0; for await (const chunk of r.body) n += chunk.length; return n; });
    await attempt(async () => { const r = await fetch(base, { method: 'POST', body: 'y'.repeat(1_000_000) }); return (await r.json()).body.length; });
    await close(big);
    await close(echo);`,
};

describe('fetch behaves in the lab as on Node', () => {
  // Node's half runs in real time: a machine busy with something else may take a turn of its loop too late.
  test.each(Object.entries(scenarios))('%s', { retry: 3 }, async (_name, code) => {
    const program = ATTEMPT + code;
    const lab = await inLab(program);
    expect(lab.stderr).toBe('');
    const { end, ...seen } = lab.seen;
    expect(seen).toEqual(await onNode(program));
    expect(end).toEqual(['done']);
  });
});
