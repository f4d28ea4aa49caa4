// packages: undici
import {
  Agent,
  Client,
  getGlobalDispatcher,
  interceptors,
  Pool,
  RetryAgent,
  request,
  stream,
  FormData as UFormData,
  fetch as ufetch,
} from 'undici';

const server = http.createServer(async (req, res) => {
  if (req.url === '/slow') await sleep(80);
  if (req.url === '/drop') return req.socket.destroy();
  if (req.url === '/redirect') {
    res.writeHead(302, { location: '/landed' });
    return res.end();
  }
  if (req.url === '/retry' && (server.tries = (server.tries ?? 0) + 1) < 3) {
    res.writeHead(503);
    return res.end();
  }
  if (req.url === '/big') {
    for (let i = 0; i < 20; i++) res.write(Buffer.alloc(10000, 65));
    return res.end();
  }
  const { host, 'user-agent': ua, ...headers } = req.headers;
  res.setHeader('x-ua', ua ?? 'none');
  res.setHeader('trailer', 'x-sum');
  res.write(
    JSON.stringify({
      method: req.method,
      url: req.url,
      headers,
      body: (await text(req).catch(() => '')).replace(/formdata-undici-\d+/g, 'BOUNDARY'),
    }),
  );
  res.addTrailers({ 'x-sum': '1' });
  res.end();
});
const port = await listen(server);
const base = `http://127.0.0.1:${port}`;
const short = (headers) => {
  const { date, ...rest } = headers;
  return rest;
};
const fix = (s) => s.replace(/formdata-undici-\d+/g, 'BOUNDARY');
{
  const { statusCode, headers, body, trailers } = await request(`${base}/a?b=1`);
  log('client', statusCode, short(headers), await body.text(), trailers);
}
{
  const { body } = await request(base, { method: 'POST', body: 'héllo', headers: { 'x-a': '1' }, query: { q: 'é' } });
  log('client', await body.json());
}
{
  const { body } = await request(`${base}/big`);
  let n = 0;
  for await (const c of body) n += c.length;
  log('client', n);
}
{
  const { body } = await request(base, {
    method: 'PUT',
    body: (async function* () {
      yield 'a';
      yield Buffer.from('b');
    })(),
  });
  log('client', await body.json());
}
await attempt('client', async () => {
  const { body } = await request(base);
  await body.text();
  try {
    await body.text();
  } catch (e) {
    return [e.name, e.code];
  }
});
await attempt('client', () => request(`${base}/drop`));
await attempt('client', () =>
  request(`${base}/slow`, { headersTimeout: 20, bodyTimeout: 20 }).then(({ statusCode }) => statusCode),
);
await attempt('client', () => request(`${base}/slow`, { signal: AbortSignal.timeout(20) }));
await attempt('client', () => request('http://127.0.0.1:1/'));
await attempt('client', () => request(base, { method: 'a b' }));
await attempt('client', () => request('ftp://x'));
await attempt('client', async () => {
  const { statusCode, headers } = await request(`${base}/redirect`);
  return [statusCode, headers.location];
});
await attempt('client', async () => {
  const { statusCode, body } = await request(`${base}/redirect`, {
    dispatcher: new Agent().compose(interceptors.redirect({ maxRedirections: 2 })),
  });
  return [statusCode, await body.json()];
});
await attempt('client', async () => {
  const { statusCode } = await request(`${base}/retry`, {
    dispatcher: new RetryAgent(new Agent(), { minTimeout: 2, timeoutFactor: 1, retryAfter: false }),
  });
  return [statusCode, server.tries];
});
{
  const { Writable } = await import('node:stream');
  let got = '';
  await stream(
    `${base}/s`,
    { opaque: 1 },
    () =>
      new Writable({
        write(c, _e, cb) {
          got += c;
          cb();
        },
      }),
  );
  log('client', got.length > 10);
}
{
  const r = await ufetch(`${base}/f`, { method: 'POST', body: new URLSearchParams({ a: '1' }) });
  log('client', r.status, fix(await r.text()));
}
{
  const f = new UFormData();
  f.set('a', 'b');
  const r = await ufetch(base, { method: 'POST', body: f });
  log('client', fix(await r.text()));
}
{
  const r = await ufetch(`${base}/big`);
  let n = 0;
  for await (const c of r.body) n += c.length;
  log('client', n, r.bodyUsed);
}
await attempt('client', async () => {
  try {
    await ufetch('http://127.0.0.1:1/');
  } catch (e) {
    return [e.name, e.message, e.cause?.message];
  }
});
{
  const pool = new Pool(base, { connections: 2, pipelining: 1 });
  const all = await Promise.all(
    [1, 2, 3, 4].map((n) => pool.request({ path: `/${n}`, method: 'GET' }).then(({ body }) => body.json())),
  );
  log(
    'client',
    all.map(({ url }) => url),
    pool.stats.connected,
  );
  await pool.close();
  await attempt('client', () => pool.request({ path: '/', method: 'GET' }));
}
{
  const client = new Client(base);
  const seen = [];
  client.on('connect', () => seen.push('connect')).on('disconnect', () => seen.push('disconnect'));
  await (await client.request({ path: '/', method: 'GET' })).body.dump();
  await client.destroy();
  log('client', seen, client.destroyed);
  await attempt('client', () => client.request({ path: '/', method: 'GET' }));
}
await getGlobalDispatcher().close();
await close(server);
log('client', 'end');
