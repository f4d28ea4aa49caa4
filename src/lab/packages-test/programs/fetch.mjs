// Bodies of fetch as web streams, forms, blobs, aborting; no packages.
const server = http.createServer(async (req, res) => {
  const { host, ...headers } = req.headers;
  if (req.url === '/drip') {
    res.setHeader('content-type', 'text/plain');
    for (let i = 0; i < 3; i++) {
      res.write(`part${i};`);
      await sleep(5);
    }
    return res.end();
  }
  if (req.url === '/endless') {
    const t = setInterval(() => res.write('x'.repeat(1000)), 1);
    req.on('close', () => {
      clearInterval(t);
      log('server', 'stopped');
    });
    return;
  }
  if (req.url === '/fast') {
    let sent = 0;
    const push = () => {
      while (sent < 5000) {
        sent++;
        if (!res.write(Buffer.alloc(1000))) {
          res.once('drain', push);
          return;
        }
      }
      res.end();
    };
    server.sent = () => sent;
    return push();
  }
  if (req.url === '/cut') {
    res.writeHead(200, { 'content-length': 100 });
    res.write('short');
    return setTimeout(() => res.destroy(), 5);
  }
  if (req.url === '/form') {
    res.setHeader('content-type', 'multipart/form-data; boundary=BB');
    return res.end(
      '--BB\r\nContent-Disposition: form-data; name="a"\r\n\r\n1 é\r\n--BB\r\nContent-Disposition: form-data; name="f"; filename="n\u00e9.txt"\r\nContent-Type: text/x\r\n\r\nfile\r\ncontent\r\n--BB--\r\n',
    );
  }
  if (req.url === '/badform') {
    res.setHeader('content-type', 'multipart/form-data; boundary=BB');
    return res.end('--BB\r\nnothing');
  }
  if (req.url === '/redirect') {
    res.writeHead(307, { location: '/echo' });
    req.resume();
    return res.end();
  }
  let body = '';
  let _chunks = 0;
  try {
    for await (const c of req) {
      body += c.toString('latin1');
      _chunks++;
    }
  } catch (e) {
    log('server', e.code);
    return;
  }
  res.end(
    JSON.stringify({ method: req.method, headers, body: body.replace(/formdata-undici-\d+/g, 'BOUNDARY') }).replace(
      /formdata-undici-\d+/g,
      'BOUNDARY',
    ),
  );
});
const port = await listen(server);
const base = `http://127.0.0.1:${port}`;
const cause = (e) =>
  [e.name, e.message, e.code, e.cause?.name, e.cause?.code, e.cause?.message]
    .filter((x) => x !== undefined)
    .join('|')
    .replaceAll(String(port), 'PORT');
const ask = async (call) => {
  try {
    log('client', await call());
  } catch (e) {
    log('client', 'threw', cause(e));
  }
};
await ask(async () => {
  const r = await fetch(`${base}/drip`);
  log('client', r.body instanceof ReadableStream, r.body.locked, r.bodyUsed);
  const got = [];
  for await (const c of r.body) got.push(Buffer.from(c).toString());
  return [got.join(''), r.bodyUsed, r.body.locked];
});
await ask(async () => {
  const r = await fetch(`${base}/drip`);
  const out = [];
  await r.body.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(c) {
        out.push(c);
      },
    }),
  );
  return [out.join(''), r.bodyUsed, r.body.locked];
});
await ask(async () => {
  const r = await fetch(`${base}/drip`);
  const reader = r.body.getReader({ mode: 'byob' });
  const { value } = await reader.read(new Uint8Array(4));
  return [Buffer.from(value).toString(), value.buffer.byteLength];
});
await ask(async () => {
  const r = await fetch(`${base}/endless`);
  const reader = r.body.getReader();
  await reader.read();
  await reader.cancel('enough');
  return [(await reader.read()).done, r.bodyUsed];
});
await sleep(20);
await ask(async () => {
  const c = new AbortController();
  const r = await fetch(`${base}/endless`, { signal: c.signal });
  const reader = r.body.getReader();
  await reader.read();
  c.abort(new Error('aborted by me'));
  reader.closed.catch((e) => log('client', 'closed', e));
  for (;;) {
    const { done } = await reader.read();
    if (done) break;
  }
});
await sleep(20);
await ask(async () => {
  const r = await fetch(`${base}/endless`, {
    signal: AbortSignal.any([AbortSignal.timeout(20), new AbortController().signal]),
  });
  return r.text();
});
await sleep(20);
await ask(async () => {
  const r = await fetch(`${base}/fast`);
  await sleep(50);
  let n = 0;
  for await (const c of r.body) n += c.length;
  return n;
});
await ask(async () => (await fetch(`${base}/cut`)).text());
await ask(async () => {
  const r = await fetch(`${base}/cut`);
  const reader = r.body.getReader();
  const first = await reader.read();
  try {
    await reader.read();
  } catch (e) {
    return [Buffer.from(first.value).toString(), cause(e)];
  }
});
await ask(async () => {
  const r = await fetch(`${base}/drip`);
  r.body.getReader();
  return r.text();
});
await ask(async () => {
  const r = await fetch(`${base}/drip`);
  const reader = r.body.getReader();
  await reader.read();
  reader.releaseLock();
  return r.text();
});
await ask(async () => {
  const r = await fetch(`${base}/drip`);
  const copy = r.clone();
  return [await r.text(), await copy.text(), r.body.locked];
});
await ask(async () => {
  const r = await fetch(`${base}/drip`);
  const [a, b] = r.body.tee();
  return [await new Response(a).text(), await new Response(b).text()];
});
await ask(async () => {
  const f = await (await fetch(`${base}/form`)).formData();
  const file = f.get('f');
  return [f.get('a'), file.name, file.type, file.size, await file.text(), file instanceof File, [...f.keys()]];
});
await ask(async () => (await fetch(`${base}/badform`)).formData().catch((e) => [e.name, e.message]));
await ask(async () => (await fetch(`${base}/drip`)).formData());
await ask(async () =>
  (
    await fetch(`${base}/echo`, {
      method: 'POST',
      body: ReadableStream.from([Buffer.from('a'), Buffer.from('b')]),
      duplex: 'half',
    })
  ).json(),
);
await ask(async () =>
  (await fetch(`${base}/echo`, { method: 'POST', body: ReadableStream.from(['a']), duplex: 'half' })).json(),
);
await ask(async () => fetch(`${base}/echo`, { method: 'POST', body: ReadableStream.from([]) }));
await ask(async () =>
  fetch(`${base}/redirect`, { method: 'POST', body: ReadableStream.from([Buffer.from('a')]), duplex: 'half' }),
);
await ask(async () => (await fetch(`${base}/redirect`, { method: 'POST', body: 'again' })).json());
await ask(async () => {
  const r = await fetch(`${base}/redirect`, { redirect: 'manual' });
  return [r.status, r.type, r.headers.get('location')];
});
await ask(async () => fetch(`${base}/redirect`, { redirect: 'error' }));
await ask(async () => {
  const f = new FormData();
  f.append('x', 'y');
  f.append('file', new File(['abc'], 'a b.txt', { type: 'text/plain' }));
  f.append('blob', new Blob(['zz']));
  return (await fetch(`${base}/echo`, { method: 'POST', body: f })).json();
});
await ask(async () =>
  (await fetch(`${base}/echo`, { method: 'POST', body: new Blob(['bb'], { type: 'a/b' }) })).json(),
);
await ask(async () => {
  const req = new Request(`${base}/echo`, {
    method: 'POST',
    body: new Blob(['rq']).stream(),
    duplex: 'half',
    headers: { z: '1', a: '2' },
  });
  log('client', req.body instanceof ReadableStream, req.bodyUsed, [...req.headers], req.duplex, req.keepalive);
  const copy = req.clone();
  const r = await fetch(req);
  log('client', req.bodyUsed, await copy.text());
  return r.json();
});
await ask(async () => {
  const stream = ReadableStream.from([]);
  stream.getReader();
  return new Response(stream);
});
await ask(async () => {
  const s = ReadableStream.from([Buffer.from('x')]);
  const r = new Response(s);
  log('client', r.body === s);
  return [await r.text(), s.locked];
});
await ask(async () => {
  const r = new Response(
    new ReadableStream({
      start(c) {
        c.error(new Error('broken source'));
      },
    }),
  );
  return r.text();
});
await ask(async () => new Request(base, { method: 'POST', body: 'x', keepalive: true }).keepalive);
await ask(async () => {
  const b = new Blob(['hello ', new Uint8Array([119, 111]), new Blob(['rld'])], { type: 'Text/Plain' });
  const parts = [];
  for await (const c of b.stream()) parts.push(c.length);
  return [
    b.size,
    b.type,
    await b.slice(6).text(),
    await b.slice(-3, -1).text(),
    b.slice(0, 2, 'x/y').type,
    parts,
    Buffer.from(await b.bytes()).toString(),
    String(b),
  ];
});
await ask(async () => {
  const { inspect } = await import('node:util');
  return [
    new Blob(['x']),
    new File(['x'], 'n', { type: 't/t', lastModified: 5 }),
    new Response('x'),
    new Request('http://x/'),
    new Headers({ b: '1', a: '2' }),
    new FormData(),
  ].map((x) => inspect(x, { depth: 0 }));
});
await ask(async () => {
  const f = new File(['x'], 'n', { lastModified: 5 });
  const c = structuredClone({
    d: new Date(5),
    m: new Map([[1, new Set([2])]]),
    e: new RangeError('r'),
    b: new Uint8Array([1]),
    n: null,
  });
  return [f.lastModified, f.name, c.d.getTime(), [...c.m.get(1)], c.e.name, c.e.message, c.b[0]];
});
await ask(async () => structuredClone(() => {}));
await ask(async () => {
  const h = new Headers([
    ['b', '1'],
    ['Set-Cookie', 'x=1'],
    ['A', '2'],
    ['set-cookie', 'y=2'],
    ['b', '3'],
  ]);
  return [[...h], h.getSetCookie(), h.get('set-cookie'), [...h.keys()], h.has('SET-COOKIE')];
});
await close(server);
