import { describe, expect, test } from 'vitest';
import { inLab, onNode } from '../test-scenario.ts';

const APP = `
  const app = express();
  app.use(express.json());
  app.use(express.urlencoded({ extended: true }));
  app.use((req, res, next) => { res.set('X-Through', 'middleware'); next(); });
  app.get('/hello/:name', (req, res) => res.json({ hello: req.params.name, query: req.query, ip: req.ip, hostname: req.hostname, fresh: req.fresh }));
  app.post('/echo', (req, res) => res.status(201).location('/echo/1').json({ body: req.body, type: req.get('content-type') ?? null }));
  app.get('/text', (req, res) => res.send('some text é'));
  app.get('/html', (req, res) => res.type('html').send('<p>'));
  app.get('/buffer', (req, res) => res.send(Buffer.from('bytes')));
  app.get('/nothing', (req, res) => res.sendStatus(204));
  app.get('/redirect', (req, res) => res.redirect('/text'));
  app.get('/cookie', (req, res) => res.cookie('a', 'b', { httpOnly: true }).end());
  app.get('/stream', async (req, res) => { res.type('text/plain'); for (const part of ['one ', 'two ', 'three']) { res.write(part); await sleep(2); } res.end(); });
  app.get('/throws', () => { throw new Error('thrown'); });
  app.get('/rejects', async () => { await sleep(1); throw Object.assign(new Error('rejected'), { status: 418 }); });
  app.get('/next', (req, res, next) => next(new Error('handed on')));
  const router = express.Router();
  router.get('/in', (req, res) => res.send(req.baseUrl + req.path));
  app.use('/nested', router);
  app.use((error, req, res, next) => { res.status(error.status ?? 500).json({ error: error.message, type: error.type ?? null }); });
  const server = await new Promise((resolve) => { const one = app.listen(0, '127.0.0.1', () => resolve(one)); });
  const port = server.address().port;
  const ask = async (path, options = {}, body) => {
    const req = http.request({ port, host: '127.0.0.1', path, ...options }).end(body);
    const [res] = await once(req, 'response');
    const { date, ...headers } = res.headers;
    const content = await text(res);
    log('client', path, res.statusCode, JSON.stringify(headers), content.replace(/:\\d{4,5}\\b/g, ':PORT'));
    return res;
  };
  const close = () => { server.closeAllConnections(); return new Promise((resolve) => server.close(resolve)); };
`;

const scenarios: Record<string, string> = {
  'routing, parameters and kinds of answers': `
    for (const path of ['/hello/you?a=1&b[]=2&b[]=3', '/text', '/html', '/buffer', '/nothing', '/redirect', '/cookie', '/stream', '/nested/in', '/nowhere', '/hello/%zz']) await ask(path);
    await ask('/text', { method: 'HEAD' });
    await ask('/text', { method: 'OPTIONS' });
    await ask('/text', { method: 'DELETE' });
    await close();`,
  'JSON and form bodies': `
    const json = { 'content-type': 'application/json' };
    await ask('/echo', { method: 'POST', headers: json }, JSON.stringify({ a: [1, { b: 'é' }] }));
    await ask('/echo', { method: 'POST', headers: json }, '{"broken');
    await ask('/echo', { method: 'POST', headers: json }, '');
    await ask('/echo', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 'a=1&b[c]=2');
    await ask('/echo', { method: 'POST', headers: { 'content-type': 'text/plain' } }, 'plain');
    await ask('/echo', { method: 'POST', headers: { ...json, 'transfer-encoding': 'chunked' } }, '{"chunked":true}');
    await ask('/echo', { method: 'POST', headers: json }, JSON.stringify('x'.repeat(200_000)));
    await ask('/echo', { method: 'POST', headers: { ...json, 'content-encoding': 'unknown' } }, '{}');
    await close();`,
  'errors thrown, rejected and handed on': `
    for (const path of ['/throws', '/rejects', '/next']) await ask(path);
    await close();`,
  'ETag and 304': `
    const first = await ask('/text');
    await ask('/text', { headers: { 'if-none-match': first.headers.etag } });
    await ask('/text', { headers: { 'if-none-match': '"other"' } });
    await ask('/hello/x', { headers: { 'if-none-match': '*' } });
    await close();`,
  'fetch to it': `
    const base = 'http://127.0.0.1:' + port;
    const res = await fetch(base + '/echo', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ a: 1 }) });
    log('client', res.status, JSON.stringify(await res.json()));
    log('client', await (await fetch(base + '/stream')).text());
    log('client', (await fetch(base + '/rejects')).status);
    log('client', (await Promise.all(Array.from({ length: 20 }, async (_, i) => (await (await fetch(base + '/hello/' + i)).json()).hello))).join());
    await close();`,
};

describe('Express runs unmodified, as on Node', () => {
  // Node's half runs in real time: a machine busy with something else may take a turn of its loop too late.
  test.each(Object.entries(scenarios))('%s', { retry: 3 }, async (_name, code) => {
    const program = APP + code;
    const lab = await inLab(program, true);
    expect(lab.stderr).toBe('');
    const { end, ...seen } = lab.seen;
    expect(seen).toEqual(await onNode(program));
    expect(end).toEqual(['done']);
  });
});
