// packages: fastify
import Fastify from 'fastify';

const lines = [];
const app = Fastify({
  logger: {
    level: 'info',
    stream: {
      write: (line) => {
        const { level, msg, req, res } = JSON.parse(line);
        lines.push(
          [level, msg.replace(/:\d{4,5}\b/, ':PORT'), req?.method, req?.url, res?.statusCode]
            .filter((x) => x !== undefined)
            .join(' '),
        );
      },
    },
  },
  genReqId: () => 'one',
});
app.decorate('answer', 42);
app.addHook('onRequest', async (req) => {
  req.seen = ['onRequest'];
});
app.addHook('preHandler', (req, _reply, done) => {
  req.seen.push('preHandler');
  done();
});
app.addHook('onSend', async (req, reply, payload) => {
  reply.header('x-seen', (req.seen ?? []).join());
  return payload;
});
app.addHook('onResponse', async (req, reply) => {
  log('server', 'onResponse', req.url, reply.statusCode);
});
app.addHook('onClose', async () => {
  log('server', 'onClose');
});
app.get(
  '/hello/:name',
  {
    schema: {
      params: { type: 'object', properties: { name: { type: 'string', minLength: 2 } } },
      querystring: { type: 'object', properties: { n: { type: 'integer', default: 3 } } },
      response: { 200: { type: 'object', properties: { hello: { type: 'string' }, n: { type: 'integer' } } } },
    },
  },
  async (req) => ({ hello: req.params.name, n: req.query.n, dropped: true }),
);
app.post(
  '/orders',
  {
    schema: {
      body: {
        type: 'object',
        required: ['sku', 'count'],
        properties: { sku: { type: 'string' }, count: { type: 'integer', minimum: 1 } },
      },
    },
  },
  async (req, reply) =>
    reply
      .code(201)
      .header('location', '/orders/1')
      .send({ ...req.body, answer: app.answer }),
);
app.get('/throws', async () => {
  throw Object.assign(new Error('teapot'), { statusCode: 418 });
});
app.get('/fails', async () => {
  throw new Error('secret');
});
app.get('/stream', async (_req, reply) => {
  const { Readable } = await import('node:stream');
  reply.type('text/plain');
  return reply.send(Readable.from(['one ', 'two']));
});
app.get('/null', async () => null);
app.get('/late', (_req, reply) => {
  setTimeout(() => reply.send({ late: true }), 5);
});
app.register(
  async (scope) => {
    scope.addHook('onRequest', async (req) => {
      req.seen.push('scoped');
    });
    scope.get('/', async () => 'scoped');
  },
  { prefix: '/scope' },
);
app.setNotFoundHandler((req, reply) => reply.code(404).send({ nothing: req.url }));
const address = await app.listen({ port: 0, host: '127.0.0.1' });
log('server', address.replace(/:\d{4,5}\b/, ':PORT'));
const base = address;
const ask = async (path, init) => {
  const res = await fetch(base + path, init);
  const { date, ...headers } = Object.fromEntries(res.headers);
  log('client', path, res.status, headers, await res.text());
};
await ask('/hello/you?n=7');
await ask('/hello/x');
await ask('/hello/you?n=seven');
const post = (body, type = 'application/json') =>
  ask('/orders', { method: 'POST', body, headers: { 'content-type': type } });
await post('{"sku":"a","count":"2"}');
await post('{"sku":"a"}');
await post('{"sku":');
await post('x', 'text/weird');
await post('');
for (const path of ['/throws', '/fails', '/stream', '/null', '/late', '/scope', '/scope/', '/nowhere']) await ask(path);
await ask('/hello/you', { method: 'DELETE' });
await ask('/hello/you', { method: 'HEAD' });
const injected = await app.inject({ method: 'GET', url: '/hello/inject', query: { n: '9' } });
log('client', 'inject', injected.statusCode, injected.json(), injected.headers['content-type']);
await app.close();
log(
  'server',
  lines.filter((l) => !/Server listening/.test(l)),
);
