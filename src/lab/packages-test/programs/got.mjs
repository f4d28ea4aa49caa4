// packages: got
import got from 'got';

let tries = 0;
const server = http.createServer(async (req, res) => {
  if (req.url.startsWith('/slow')) await sleep(100);
  if (req.url === '/drop') return req.socket.destroy();
  if (req.url === '/redirect') {
    res.writeHead(302, { location: '/landed' });
    return res.end();
  }
  if (req.url === '/flaky' && ++tries < 3) {
    res.writeHead(503);
    return res.end('busy');
  }
  if (req.url === '/404') {
    res.writeHead(404, { 'content-type': 'application/json' });
    return res.end('{"error":"none"}');
  }
  const { host, 'accept-encoding': encodings, ...headers } = req.headers;
  res.setHeader('content-type', 'application/json');
  res.end(JSON.stringify({ method: req.method, url: req.url, headers, body: await text(req).catch(() => '') }));
});
const port = await listen(server);
const base = `http://127.0.0.1:${port}`;
const fix = (e) =>
  e instanceof Error
    ? [e.name, e.code, e.message.replaceAll(String(port), 'PORT'), e.response?.statusCode, e.response?.body]
    : e;
const ask = async (call) => {
  try {
    log('client', await call());
  } catch (e) {
    log('client', 'threw', fix(e));
  }
};
await ask(() => got(`${base}/a`, { searchParams: { x: '1 2' } }).json());
await ask(() => got.post(`${base}/b`, { json: { a: 1 } }).json());
await ask(() => got.put(`${base}/c`, { form: { a: 'é' } }).json());
await ask(async () => {
  const r = await got(`${base}/d`);
  return [
    r.statusCode,
    r.headers['content-type'],
    r.url.replace(String(port), 'PORT'),
    r.ok,
    typeof r.timings.phases.total,
  ];
});
await ask(async () => {
  const r = await got(`${base}/redirect`);
  return [r.statusCode, r.redirectUrls.map((u) => u.pathname)];
});
await ask(() => got(`${base}/404`));
await ask(async () => (await got(`${base}/404`, { throwHttpErrors: false })).statusCode);
await ask(async () => {
  const r = await got(`${base}/flaky`, {
    retry: { limit: 3, calculateDelay: ({ attemptCount }) => (attemptCount > 3 ? 0 : 5) },
  });
  return [r.statusCode, r.retryCount];
});
await ask(() => got(`${base}/slow`, { timeout: { request: 20 }, retry: { limit: 0 } }));
await ask(() => got(`${base}/slow`, { timeout: { response: 20 }, retry: { limit: 0 } }));
await ask(() => got(`${base}/drop`, { retry: { limit: 0 } }));
await ask(() => got('http://127.0.0.1:1/', { retry: { limit: 0 } }));
await ask(() => got(`${base}/slow`, { signal: AbortSignal.timeout(10), retry: { limit: 0 } }));
await ask(async () => {
  const client = got.extend({
    prefixUrl: base,
    headers: { 'x-base': '1' },
    hooks: {
      beforeRequest: [
        (o) => {
          o.headers['x-hook'] = 'yes';
        },
      ],
    },
    responseType: 'json',
  });
  const { body } = await client('sub/path');
  return [body.url, body.headers['x-base'], body.headers['x-hook']];
});
await ask(async () => {
  let all = '';
  for await (const c of got.stream(`${base}/stream`)) all += c;
  return JSON.parse(all).url;
});
await ask(() => got('nowhere'));
await close(server);
