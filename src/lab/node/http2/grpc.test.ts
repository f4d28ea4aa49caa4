/** @grpc/grpc-js unmodified, on real Node and in the lab: every kind of call, deadlines, status codes, a server that dies. */
import { expect, test } from 'vitest';
import { bundleBuiltins, bundlePackages } from '../../../catalog/bundle.ts';
import { expectSame } from '../test-same.ts';
import { TestNet } from '../test-scenario.ts';
import { certificates } from '../tls/test-certificates.ts';

const SERVICE = `
  import grpc from '@grpc/grpc-js';
  const json = { serialize: (value) => Buffer.from(JSON.stringify(value)), deserialize: (bytes) => JSON.parse(bytes.toString()) };
  const method = (path, requestStream, responseStream) => ({ path, requestStream, responseStream,
    requestSerialize: json.serialize, requestDeserialize: json.deserialize, responseSerialize: json.serialize, responseDeserialize: json.deserialize });
  const definition = {
    add: method('/shop.Math/Add', false, false),
    count: method('/shop.Math/Count', false, true),
    sum: method('/shop.Math/Sum', true, false),
    echo: method('/shop.Math/Echo', true, true),
    wait: method('/shop.Math/Wait', false, false),
    fail: method('/shop.Math/Fail', false, false),
  };
  const Client = grpc.makeGenericClientConstructor(definition, 'Math');
  const implementation = {
    add(call, done) {
      log('server', 'add', JSON.stringify(call.request), call.metadata.get('who').join(), call.getPeer().startsWith('127.0.0.1') || call.getPeer().length > 0);
      const metadata = new grpc.Metadata(); metadata.set('early', '1'); call.sendMetadata(metadata);
      const trailers = new grpc.Metadata(); trailers.set('late', '2'); trailers.set('raw-bin', Buffer.from([1, 2, 3]));
      done(null, { sum: call.request.a + call.request.b }, trailers);
    },
    count(call) { for (let i = 1; i <= call.request.to; i++) call.write({ i, text: 'x'.repeat(call.request.size ?? 0) }); call.end(); },
    sum(call, done) { let sum = 0; call.on('data', ({ n }) => { sum += n; }); call.on('end', () => done(null, { sum })); },
    echo(call) { call.on('data', (value) => call.write({ back: value.n * 2 })); call.on('end', () => { log('server', 'echo end'); call.end(); }); },
    wait(call, done) { call.on('cancelled', () => log('server', 'cancelled', call.cancelled)); setTimeout(() => done(null, {}), call.request.ms); },
    fail(call, done) {
      if (call.request.throws) throw new Error('a bug');
      done({ code: call.request.code, details: 'no such luck' });
    },
  };
  const start = async (server, port = 0) => new Promise((resolve, reject) => server.bindAsync('127.0.0.1:' + port, grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))));
  const shown = (error) => [error.code, error.details].join('|').replace(/Deadline exceeded after [^]*/, 'Deadline exceeded');
`;

test('unary, server streaming, client streaming and bidirectional calls', async () => {
  const { client } = await expectSame(
    `${SERVICE.trim()}
    const server = new grpc.Server();
    server.addService(definition, implementation);
    const port = await start(server);
    const client = new Client('127.0.0.1:' + port, grpc.credentials.createInsecure());
    const metadata = new grpc.Metadata(); metadata.set('who', 'me');
    await new Promise((resolve) => {
      const call = client.add({ a: 2, b: 3 }, metadata, (error, answer) => { log('client', error, JSON.stringify(answer)); });
      call.on('metadata', (metadata) => log('client', 'metadata', metadata.get('early')));
      call.on('status', (status) => { log('client', 'status', status.code, status.details, status.metadata.get('late'), status.metadata.get('raw-bin')[0].toString('hex')); resolve(); });
    });
    for (const request of [{ to: 3 }, { to: 40, size: 10000 }, { to: 0 }]) {
      const got = [];
      for await (const { i } of client.count(request)) got.push(i);
      log('client', 'count', got.join());
    }
    await new Promise((resolve) => {
      const call = client.sum((error, answer) => { log('client', error, JSON.stringify(answer)); resolve(); });
      for (let n = 1; n <= 10; n++) call.write({ n });
      call.end();
    });
    await new Promise((resolve) => {
      const call = client.echo();
      let n = 0;
      call.on('data', ({ back }) => { log('client', 'back', back); if (++n < 4) call.write({ n }); else call.end(); });
      call.on('end', () => log('client', 'end'));
      call.on('status', ({ code }) => { log('client', code); resolve(); });
      call.write({ n: 0 });
    });
    log('client', (await Promise.all(Array.from({ length: 50 }, (_, i) => new Promise((resolve) => client.add({ a: i, b: i }, metadata, (error, answer) => resolve(answer.sum)))))).join());
    client.close();
    await new Promise((resolve) => server.tryShutdown(resolve));
    log('client', 'down');
  `,
    ['@grpc/grpc-js'],
  );
  expect(client).toContain('count 1,2,3');
});

test('deadlines, cancellation and status codes', async () => {
  await expectSame(
    `${SERVICE.trim()}
    const server = new grpc.Server();
    server.addService(definition, implementation);
    const port = await start(server);
    const client = new Client('127.0.0.1:' + port, grpc.credentials.createInsecure());
    const call = (name, request, options = {}) => new Promise((resolve) => { const made = client[name](request, new grpc.Metadata(), options, (error, answer) => { log('client', name, error ? shown(error) : JSON.stringify(answer)); resolve(); }); options.then?.(made); });
    await call('wait', { ms: 5 }, { deadline: Date.now() + 5000 });
    await call('wait', { ms: 900 }, { deadline: Date.now() + 60 });
    await new Promise((resolve) => { const made = client.wait({ ms: 900 }, (error) => { log('client', shown(error)); resolve(); }); setTimeout(() => made.cancel(), 30); });
    for (const code of [grpc.status.NOT_FOUND, grpc.status.UNAVAILABLE, grpc.status.RESOURCE_EXHAUSTED, grpc.status.INTERNAL]) await call('fail', { code });
    await call('add', { a: 1, b: 1 });
    const other = new (grpc.makeGenericClientConstructor({ nope: method('/shop.Math/Nope', false, false) }, 'Math'))('127.0.0.1:' + port, grpc.credentials.createInsecure());
    await new Promise((resolve) => other.nope({}, (error) => { log('client', shown(error)); resolve(); }));
    const nobody = new Client('127.0.0.1:1', grpc.credentials.createInsecure());
    await new Promise((resolve) => nobody.add({}, (error) => { log('nobody', error.code, error.details.replace(/Last error.*/, '')); resolve(); }));
    for (const one of [client, other, nobody]) one.close();
    server.forceShutdown();
  `,
    ['@grpc/grpc-js'],
  );
});

test('a server that dies and comes back: the channel tells, waits and reconnects', async () => {
  await expectSame(
    `${SERVICE.trim()}
    let server = new grpc.Server();
    server.addService(definition, implementation);
    const port = await start(server);
    const client = new Client('127.0.0.1:' + port, grpc.credentials.createInsecure(), { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.min_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 200 });
    const states = () => grpc.connectivityState[client.getChannel().getConnectivityState(false)];
    const add = (options) => new Promise((resolve) => client.add({ a: 1, b: 2 }, new grpc.Metadata(), options, (error, answer) => resolve(error ? String(error.code) : answer.sum)));
    log('client', states());
    log('client', await add({}), states());
    const hanging = new Promise((resolve) => client.wait({ ms: 900 }, (error) => resolve(shown(error).replace(/\\|.*/, ''))));
    await sleep(50);
    server.forceShutdown();
    log('client', 'hanging', await hanging);
    await sleep(50);
    log('client', await add({}), 'while down');
    server = new grpc.Server();
    server.addService(definition, implementation);
    const waiting = add({ deadline: Date.now() + 5000 , });
    const patient = new Promise((resolve) => { const metadata = new grpc.Metadata({ waitForReady: true }); client.add({ a: 4, b: 4 }, metadata, { deadline: Date.now() + 5000 }, (error, answer) => resolve(error ? error.code : answer.sum)); });
    await start(server, port);
    await waiting;
    log('client', 'patient', await patient, states());
    log('client', await add({}));
    client.close();
    server.forceShutdown();
  `,
    ['@grpc/grpc-js'],
  );
});

test('over TLS: trusted, not trusted, and with a certificate of the client', async () => {
  await expectSame(
    `${SERVICE.trim()}
    const { ca, leaf, self } = ${JSON.stringify(certificates)};
    const server = new grpc.Server();
    server.addService(definition, implementation);
    const credentials = grpc.ServerCredentials.createSsl(Buffer.from(ca.cert), [{ private_key: Buffer.from(leaf.key), cert_chain: Buffer.from(leaf.cert) }], false);
    const port = await new Promise((resolve, reject) => server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))));
    const call = async (who, credentials) => {
      const client = new Client('localhost:' + port, credentials);
      await new Promise((resolve) => client.add({ a: 1, b: 2 }, new grpc.Metadata(), { deadline: Date.now() + 3000 }, (error, answer) => { log(who, error ? error.code + ' ' + error.details.replace(/^[^]*Last error: /, '').replace(/\\. Resolution note[^]*/, '') : JSON.stringify(answer)); resolve(); }));
      client.close();
    };
    await call('trusting', grpc.credentials.createSsl(Buffer.from(ca.cert)));
    await call('mutual', grpc.credentials.createSsl(Buffer.from(ca.cert), Buffer.from(leaf.key), Buffer.from(leaf.cert)));
    await call('wrong', grpc.credentials.createSsl(Buffer.from(self.cert)));
    server.forceShutdown();
  `,
    ['@grpc/grpc-js'],
  );
});

test('between two services: names are resolved, a dead server ends calls in time', async () => {
  const net = new TestNet();
  const builtins = (await bundleBuiltins({ variant: 'full' })).code;
  const packages = (await bundlePackages({ '@grpc/grpc-js': '*' }, process.cwd())).code;
  const helpers = `const log = (who, ...words) => console.log(JSON.stringify([who, ...words.map(String)]));`;
  const server = net.spawn(
    'math',
    `${SERVICE}; ${helpers}
    const server = new grpc.Server();
    server.addService(definition, implementation);
    server.bindAsync('0.0.0.0:50051', grpc.ServerCredentials.createInsecure(), () => {});`,
    builtins,
    packages,
  );
  net.run(1000);
  const client = net.spawn(
    'shop',
    `${SERVICE}; ${helpers}
    const client = new Client('math:50051', grpc.credentials.createInsecure());
    const add = () => new Promise((resolve) => client.add({ a: 1, b: 2 }, new grpc.Metadata(), { deadline: Date.now() + 2000 }, (error, answer) => resolve(error ? 'code ' + error.code : answer.sum)));
    log('client', await add());
    client.wait({ ms: 60000 }, (error) => log('client', 'hanging', error.code));
    for (let i = 0; i < 8; i++) { await new Promise((resolve) => setTimeout(resolve, 500)); log('client', await add()); }`,
    builtins,
    packages,
  );
  net.run(1200);
  expect(client.seen.client).toEqual(['3', '3', '3'].slice(0, client.seen.client!.length));
  server.process.signal('SIGKILL');
  net.run(20_000);
  expect(client.stderr).toBe('');
  // UNAVAILABLE: the connection was refused or reset, and the channel knows at once.
  expect(client.seen.client).toContain('hanging 14');
  expect(client.seen.client!.slice(-2)).toEqual(['code 14', 'code 14']);
});
