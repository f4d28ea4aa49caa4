// packages: axios
import axios from 'axios';

const server = http.createServer(async (req, res) => {
  if (req.url.startsWith('/slow')) await sleep(100);
  if (req.url === '/drop') return req.socket.destroy();
  if (req.url === '/redirect') {
    res.writeHead(302, { location: '/landed' });
    return res.end();
  }
  if (req.url === '/404') {
    res.writeHead(404, { 'content-type': 'application/json' });
    return res.end('{"error":"none"}');
  }
  const { host, ...headers } = req.headers;
  res.setHeader('content-type', 'application/json');
  res.end(
    JSON.stringify({
      method: req.method,
      url: req.url,
      headers,
      body: (await text(req).catch(() => '')).replace(/axios-\d\.\d+\.\d+-boundary-\S{25}/g, 'BOUNDARY'),
    }).replace(/axios-\d\.\d+\.\d+-boundary-[\w-]{25}/g, 'BOUNDARY'),
  );
});
const port = await listen(server);
const base = `http://127.0.0.1:${port}`;
const fix = (e) =>
  e instanceof Error
    ? [
        e.name,
        e.code,
        e.message.replaceAll(String(port), 'PORT'),
        e.response?.status,
        e.response?.data,
        axios.isAxiosError(e),
      ]
    : e;
const ask = async (call) => {
  try {
    log('client', await call());
  } catch (e) {
    log('client', 'threw', fix(e));
  }
};
const data = async (p) => JSON.parse(JSON.stringify((await p).data).replace(/-{20,}\w{20,}/g, 'BOUNDARY'));
await ask(() => data(axios.get(`${base}/a`, { params: { x: '1 2', y: ['a', 'b'] } })));
await ask(() => data(axios.post(`${base}/b`, { a: 1 })));
await ask(() => data(axios.put(`${base}/c`, new URLSearchParams({ a: 'é' }))));
await ask(async () => {
  const r = await axios(`${base}/d`);
  return [r.status, r.statusText, r.headers['content-type'], r.headers.get('content-length')];
});
await ask(async () => {
  const r = await axios(`${base}/redirect`);
  return [r.status, r.request.path];
});
await ask(() => axios(`${base}/404`));
await ask(async () => (await axios(`${base}/404`, { validateStatus: () => true })).status);
await ask(() => axios(`${base}/slow`, { timeout: 20 }));
await ask(() => axios(`${base}/drop`));
await ask(() => axios('http://127.0.0.1:1/'));
await ask(() => axios(`${base}/slow`, { signal: AbortSignal.timeout(10) }));
await ask(async () => {
  const s = axios.CancelToken.source();
  setTimeout(() => s.cancel('changed my mind'), 5);
  return axios(`${base}/slow`, { cancelToken: s.token });
});
await ask(async () => {
  const one = axios.create({ baseURL: base, headers: { 'x-base': '1' } });
  one.interceptors.request.use((c) => {
    c.headers.set('x-hook', 'yes');
    return c;
  });
  one.interceptors.response.use((r) => ({ ...r, data: [r.data.headers['x-base'], r.data.headers['x-hook']] }));
  return data(one.get('/x'));
});
await ask(async () => {
  const r = await axios(`${base}/s`, { responseType: 'stream' });
  return (await text(r.data)).length > 10;
});
await ask(async () => {
  const r = await axios(`${base}/s`, { responseType: 'arraybuffer' });
  return Buffer.isBuffer(r.data);
});
await ask(async () => {
  const f = new FormData();
  f.append('a', 'b');
  f.append('f', new Blob(['zz']), 'n.txt');
  return data(axios.post(`${base}/form`, f));
});
await ask(() =>
  data(axios.post(`${base}/json`, { nested: { a: [1] } }, { headers: { 'content-type': 'multipart/form-data' } })),
);
await ask(async () => {
  const seen = [];
  await axios.post(`${base}/p`, Buffer.alloc(100000), { onUploadProgress: (e) => seen.push(e.loaded === e.total) });
  return seen.at(-1);
});
await ask(() => axios.get(`${base}/a`, { maxContentLength: 5 }));
await ask(() => data(axios.get(`${base}/fetch`, { adapter: 'fetch', headers: { a: '1' } })));
await close(server);
