/** @connectrpc/connect with connect-node unmodified, on real Node and in the lab: its three protocols over HTTP/1.1 and HTTP/2. */
import { expect, test } from 'vitest';
import { expectSame } from '../test-same.ts';

const PACKAGES = ['@bufbuild/protobuf', '@connectrpc/connect', '@connectrpc/connect-node'];

/** A service written down by hand: no compiler is at work. */
const SERVICE = `
  import http from 'node:http';
  import http2 from 'node:http2';
  import { create, createFileRegistry } from '@bufbuild/protobuf';
  import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
  import { Code, ConnectError, createClient, createContextValues } from '@connectrpc/connect';
  import { connectNodeAdapter, createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
  const field = (name, number, type) => ({ name, number, type, label: 1, jsonName: name });
  const rpc = (name, clientStreaming, serverStreaming) => ({ name, inputType: '.shop.Item', outputType: '.shop.Item', clientStreaming, serverStreaming });
  const file = create(FileDescriptorProtoSchema, { name: 'shop.proto', package: 'shop', syntax: 'proto3',
    messageType: [{ name: 'Item', field: [field('n', 1, 5), field('text', 2, 9)] }],
    service: [{ name: 'Math', method: [rpc('Double', false, false), rpc('Count', false, true), rpc('Sum', true, false), rpc('Echo', true, true), rpc('Fail', false, false), rpc('Wait', false, false)] }] });
  const Math_ = createFileRegistry(file, () => undefined).getService('shop.Math');
  const routes = (router) => router.service(Math_, {
    double(item, context) {
      log('server', 'double', item.n, context.protocolName, context.requestHeader.get('x-who'));
      context.responseHeader.set('x-head', 'h'); context.responseTrailer.set('x-trail', 't');
      return { n: item.n * 2, text: item.text.toUpperCase() };
    },
    async *count(item) { for (let n = 1; n <= item.n; n++) yield { n, text: item.text }; },
    async sum(items) { let n = 0; for await (const item of items) n += item.n; return { n }; },
    async *echo(items) { for await (const item of items) yield { n: -item.n }; },
    fail(item) { if (item.n === 0) throw new Error('a bug'); throw new ConnectError('not here', item.n, { 'x-why': 'because' }); },
    async wait(item, context) { try { await new Promise((resolve, reject) => { const timer = setTimeout(resolve, item.n); context.signal.addEventListener('abort', () => { clearTimeout(timer); reject(context.signal.reason); }); }); } finally { log('server', 'wait ends', context.signal.aborted); } return {}; },
  });
  const shown = (error) => error instanceof ConnectError ? [Code[error.code], error.rawMessage, error.metadata.get('x-why')].join('|') : describe(error);
  const attemptCall = async (who, run) => { try { log(who, JSON.stringify(await run(), (key, value) => key === '$typeName' ? undefined : value)); } catch (error) { log(who, shown(error)); } };
`;

const CALLS = `
  const run = async (who, transport, isHalfDuplex) => {
    const client = createClient(Math_, transport);
    await attemptCall(who, () => client.double({ n: 21, text: 'é' }, { headers: { 'x-who': who }, onHeader: (headers) => log(who, headers.get('x-head')), onTrailer: (trailers) => log(who, trailers.get('x-trail')) }));
    await attemptCall(who, async () => { const got = []; for await (const item of client.count({ n: 5, text: 'y'.repeat(9000) })) got.push(item.n); return got; });
    await attemptCall(who, () => client.sum((async function* () { for (let n = 1; n <= 4; n++) yield { n }; })()));
    if (!isHalfDuplex) await attemptCall(who, async () => { const got = []; for await (const item of client.echo((async function* () { for (let n = 1; n <= 3; n++) { yield { n }; await sleep(2); } })())) got.push(item.n); return got; });
    for (const n of [Code.NotFound, Code.Unavailable, 0]) await attemptCall(who, () => client.fail({ n }));
    await attemptCall(who, () => client.wait({ n: 1 }, { timeoutMs: 2000 }));
    await attemptCall(who, () => client.wait({ n: 2000 }, { timeoutMs: 60 }));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 40);
    await attemptCall(who, () => client.wait({ n: 2000 }, { signal: controller.signal }));
    await sleep(20);
  };
`;

test('Connect, gRPC and gRPC-Web over HTTP/2', async () => {
  const { connect } = await expectSame(
    `${SERVICE.trim()}
    ${CALLS}
    const server = http2.createServer(connectNodeAdapter({ routes }));
    const sessions = new Set();
    server.on('session', (session) => { sessions.add(session); session.on('close', () => sessions.delete(session)); });
    const baseUrl = 'http://127.0.0.1:' + await listen(server);
    await run('connect', createConnectTransport({ baseUrl, httpVersion: '2' }));
    await run('connect json', createConnectTransport({ baseUrl, httpVersion: '2', useBinaryFormat: false }));
    await run('grpc', createGrpcTransport({ baseUrl }));
    await run('grpc-web', createGrpcWebTransport({ baseUrl, httpVersion: '2' }));
    for (const session of sessions) session.close();
    server.close();
  `,
    PACKAGES,
  );
  expect(connect).toContain('not_found|not here|because'.replace('not_found', 'NotFound'));
});

test('Connect over HTTP/1.1, with compression, and a server that is not there', async () => {
  await expectSame(
    `${SERVICE.trim()}
    ${CALLS}
    const server = http.createServer(connectNodeAdapter({ routes, compressMinBytes: 0 }));
    const baseUrl = 'http://127.0.0.1:' + await listen(server);
    await run('connect', createConnectTransport({ baseUrl, httpVersion: '1.1' }), true);
    const nobody = createClient(Math_, createConnectTransport({ baseUrl: 'http://127.0.0.1:1', httpVersion: '2' }));
    await attemptCall('nobody', () => nobody.double({ n: 1 }));
    const nobody1 = createClient(Math_, createConnectTransport({ baseUrl: 'http://127.0.0.1:1', httpVersion: '1.1' }));
    await attemptCall('nobody', () => nobody1.double({ n: 1 }));
    server.closeAllConnections(); server.close();
  `,
    PACKAGES,
  );
});
