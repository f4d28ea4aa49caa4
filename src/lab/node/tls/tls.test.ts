/** node:tls and node:https on real Node and in the lab, with the same certificates: what each end sees. */
import { expect, test } from 'vitest';
import { expectSame, inFullLab } from '../test-same.ts';
import { certificates } from './test-certificates.ts';

const HEAD = `
  import tls from 'node:tls';
  import https from 'node:https';
  import http from 'node:http';
  import http2 from 'node:http2';
  import net from 'node:net';
  const { ca, leaf, old, self } = ${JSON.stringify(certificates)};
  /** OpenSSL's pointers and source lines are nobody's business. */
  const words = (error) => describe(error).replace(/[0-9A-F]{16}:(?=error:)/, '').replace(/:\\.\\.\\/deps[^]*$/, '').replace(/:$/, '');
  const closed = (emitter) => new Promise((resolve) => emitter.on('close', resolve));
`;

test('https: who is trusted, who is not, and what both ends hear of it', async () => {
  const { client } = await expectSame(`${HEAD}
    const server = https.createServer({ key: leaf.key, cert: leaf.cert }, (req, res) => {
      log('server', req.method, req.url, req.socket.encrypted, req.socket.authorized, req.socket.alpnProtocol, req.socket.getProtocol());
      res.end('secret');
    });
    server.on('tlsClientError', (error, socket) => log('server', 'tlsClientError', words(error), socket.destroyed));
    const port = await listen(server);
    const get = (options) => new Promise((resolve) => {
      const req = https.get({ port, host: 'localhost', agent: false, ...options }, async (res) => {
        const { socket } = res;
        log('client', res.statusCode, socket.authorized, socket.authorizationError, socket.alpnProtocol, socket.servername, socket.getCipher().name);
        const peer = socket.getPeerCertificate();
        log('client', JSON.stringify({ ...peer, raw: peer.raw.length, pubkey: peer.pubkey.length }));
        log('client', (await collect(res)).toString());
        resolve();
      });
      req.on('error', (error) => { log('client', words(error)); resolve(); });
    });
    await get({});
    await get({ ca: ca.cert });
    await get({ ca: ca.cert, servername: 'other.test' });
    await get({ ca: ca.cert, servername: 'a.shop.test' });
    await get({ ca: ca.cert, servername: 'a.b.shop.test' });
    await get({ ca: ca.cert, headers: { host: 'shop.test' } });
    await get({ ca: ca.cert, host: '127.0.0.1' });
    await get({ rejectUnauthorized: false });
    await get({ ca: ca.cert, checkServerIdentity: () => new Error('I do not like it') });
    const expired = https.createServer({ key: old.key, cert: old.cert }, (req, res) => res.end());
    await get({ ca: ca.cert, port: await listen(expired) });
    const own = https.createServer({ key: self.key, cert: self.cert }, (req, res) => res.end('self'));
    const ownPort = await listen(own);
    await get({ port: ownPort });
    await get({ port: ownPort, ca: self.cert });
    await get({ port: ownPort, ca: self.cert, servername: 'self.test' });
    attempt('context', () => tls.createSecureContext({ key: 'x', cert: 'y' }).constructor.name);
    await sleep(20);
    for (const one of [server, expired, own]) one.close();
  `);
  expect(client!.filter((line) => line.includes('UNABLE_TO_VERIFY_LEAF_SIGNATURE')).length).toBeGreaterThan(0);
});

test('connections are kept and shared as with http', async () => {
  await expectSame(`${HEAD}
    let connections = 0;
    const server = https.createServer({ key: leaf.key, cert: leaf.cert }, async (req, res) => { const body = await collect(req); res.end(req.method + body.length); });
    server.on('secureConnection', () => connections++);
    const port = await listen(server);
    const agent = new https.Agent({ keepAlive: true, ca: ca.cert, maxSockets: 2 });
    const send = (body) => new Promise((resolve, reject) => {
      const req = https.request({ port, host: 'localhost', agent, method: 'POST' }, async (res) => resolve((await collect(res)).toString()));
      req.on('error', reject);
      req.end(body);
    });
    log('client', await send('one'), await send(Buffer.alloc(100000)), connections);
    log('client', (await Promise.all(['a', 'bb', 'ccc'].map(send))).join(), connections);
    log('client', agent.protocol, agent.defaultPort, https.globalAgent instanceof https.Agent, Object.keys(agent.freeSockets)[0].replace(ca.cert, 'CA'));
    agent.destroy();
    server.close();
  `);
});

test('who speaks plain HTTP to TLS, or TLS to plain HTTP, or hangs up', async () => {
  await expectSame(`${HEAD}
    const server = https.createServer({ key: leaf.key, cert: leaf.cert }, (req, res) => res.end('secret'));
    server.on('tlsClientError', (error) => log('server', words(error)));
    const plain = http.get({ port: await listen(server), host: 'localhost', agent: false });
    plain.on('error', (error) => log('http to https', words(error)));
    await closed(plain);
    const open = http.createServer((req, res) => res.end('open'));
    open.on('clientError', (error, socket) => socket.end('HTTP/1.1 400 Bad Request\\r\\n\\r\\n'));
    const secure = https.get({ port: await listen(open), host: 'localhost', agent: false });
    secure.on('error', (error) => log('https to http', words(error)));
    await closed(secure);
    const rude = net.createServer((socket) => socket.resume().end());
    const cut = tls.connect({ port: await listen(rude), host: 'localhost' });
    cut.on('error', (error) => log('cut', words(error), error.host));
    cut.on('close', (hadError) => log('cut', hadError));
    await closed(cut);
    const shy = tls.connect({ port: server.address().port, host: 'localhost', ca: ca.cert });
    spy('shy', shy, ['connect', 'secureConnect', 'ready', 'lookup', 'close']);
    shy.on('connect', () => shy.destroy());
    await closed(shy);
    const nobody = tls.connect({ port: 1, host: '127.0.0.1' });
    nobody.on('error', (error) => log('nobody', words(error)));
    await closed(nobody);
    await sleep(20);
    for (const one of [server, open, rude]) one.close();
  `);
});

test('tls: ALPN, SNI, events, and data both ways', async () => {
  await expectSame(`${HEAD}
    const server = tls.createServer({ key: leaf.key, cert: leaf.cert, ALPNProtocols: ['h2', 'x'] }, (socket) => {
      log('server', socket.alpnProtocol, socket.servername, socket.authorized, socket.authorizationError, JSON.stringify(socket.getPeerCertificate()), socket.encrypted);
      spy('server', socket, ['end', 'close', 'error']);
      socket.pipe(socket);
    });
    server.addContext('self.test', { key: self.key, cert: self.cert });
    server.on('tlsClientError', (error) => log('server', words(error)));
    const port = await listen(server);
    const talk = async (who, options) => {
      const socket = tls.connect({ port, host: 'localhost', ca: [ca.cert, self.cert], ...options });
      log(who, socket.encrypted, socket.authorized, socket.connecting, socket.getProtocol());
      spy(who, socket, ['connect', 'secureConnect', 'end', 'close']);
      socket.on('error', (error) => log(who, words(error)));
      socket.on('secureConnect', () => { log(who, socket.alpnProtocol, socket.authorized, socket.getPeerCertificate().subject.CN, socket.getProtocol()); });
      let size = 0;
      socket.on('data', (chunk) => { size += chunk.length; if (size === 70006) socket.end(); });
      socket.write('before');
      socket.write(Buffer.alloc(70000));
      await closed(socket);
      log(who, size);
    };
    await talk('plain', {});
    await talk('h2', { ALPNProtocols: ['http/1.1', 'h2'] });
    await talk('sni', { servername: 'self.test', ALPNProtocols: ['x'] });
    await talk('none', { ALPNProtocols: ['http/1.1'] });
    server.close();
  `);
});

test('chains: what is sent along, and where they end', async () => {
  await expectSame(`${HEAD}
    const attemptWith = async (name, cert, more, options) => {
      const server = tls.createServer({ key: leaf.key, cert, ...more }, (socket) => socket.end());
      server.on('tlsClientError', () => {});
      const socket = tls.connect({ port: await listen(server), host: 'localhost', ...options }).resume();
      socket.on('error', (error) => log(name, words(error)));
      socket.on('secureConnect', () => log(name, 'trusted', socket.getPeerCertificate(true).issuerCertificate.subject.CN));
      await closed(socket);
      server.close();
    };
    await attemptWith('server with ca', leaf.cert, { ca: ca.cert }, { ca: self.cert });
    await attemptWith('with root', leaf.cert + '\\n' + ca.cert, {}, { ca: self.cert });
    await attemptWith('with root, trusted', leaf.cert + '\\n' + ca.cert, {}, { ca: ca.cert });
    await attemptWith('with a stranger', leaf.cert + '\\n' + self.cert, {}, { ca: self.cert });
    await attemptWith('nobody trusted', leaf.cert + '\\n' + ca.cert, {}, {});
  `);
});

test('client certificates', async () => {
  await expectSame(`${HEAD}
    const server = tls.createServer({ key: leaf.key, cert: leaf.cert, ca: ca.cert, requestCert: true, rejectUnauthorized: false }, (socket) => {
      log('server', socket.authorized, socket.authorizationError, socket.getPeerCertificate().subject?.CN);
      socket.end('bye');
    });
    const port = await listen(server);
    for (const options of [{}, leaf, self]) {
      const socket = tls.connect({ port, host: 'localhost', ca: ca.cert, ...options });
      socket.resume();
      await closed(socket);
    }
    server.close();
  `);
});

test('http2 over TLS, and the HTTP/1 that a server may allow beside it', async () => {
  await expectSame(`${HEAD}
    const server = http2.createSecureServer({ key: leaf.key, cert: leaf.cert, allowHTTP1: true }, (req, res) => {
      log('server', req.httpVersion, req.method, req.url);
      res.end('version ' + req.httpVersion);
    });
    const port = await listen(server);
    const session = http2.connect('https://localhost:' + port, { ca: ca.cert });
    const req = session.request({ ':path': '/two' });
    req.on('response', (headers) => log('client', headers[':status'], session.alpnProtocol, session.encrypted, session.originSet.length));
    log('client', (await collect(req)).toString());
    log('client', session.socket.authorized, session.socket.getPeerCertificate().subject.CN);
    session.close();
    await closed(session);
    await new Promise((resolve) => https.get({ port, host: 'localhost', ca: ca.cert, path: '/one', agent: false }, async (res) => { log('client', res.httpVersion, (await collect(res)).toString()); resolve(); }));
    const wrong = http2.connect('https://localhost:' + port);
    wrong.on('error', (error) => log('wrong', words(error)));
    await closed(wrong);
    const only = http2.createSecureServer({ key: leaf.key, cert: leaf.cert }, (req, res) => res.end());
    const refused = https.get({ port: await listen(only), host: 'localhost', ca: ca.cert, agent: false });
    refused.on('error', (error) => log('refused', words(error)));
    await closed(refused);
    server.close(); only.close();
  `);
});

test('fetch over https: trust by NODE_TLS_REJECT_UNAUTHORIZED alone, connections kept, failures as causes', async () => {
  await expectSame(`${HEAD}
    let connections = 0;
    const server = https.createServer({ key: leaf.key, cert: leaf.cert }, async (req, res) => { const body = await collect(req); res.setHeader('x-alpn', req.socket.alpnProtocol); res.end('secret ' + req.method + body.length); });
    server.on('secureConnection', (socket) => { connections++; log('server', socket.servername); });
    server.on('tlsClientError', (error) => log('server', words(error)));
    const url = 'https://localhost:' + await listen(server) + '/path';
    const get = async (...args) => { try { const res = await fetch(...args); log('client', res.status, res.headers.get('x-alpn'), noPorts(res.url), await res.text(), connections); } catch (error) { log('client', error.name, error.message, words(error.cause)); } };
    await get(url);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    await get(url);
    await sleep(5);
    await get(url, { method: 'POST', body: 'x'.repeat(50000) });
    await get('https://127.0.0.1:1/');
    const plain = http.createServer((req, res) => res.end());
    plain.on('clientError', (error, socket) => socket.end('HTTP/1.1 400 Bad Request\\r\\n\\r\\n'));
    await get('https://localhost:' + await listen(plain));
    server.closeAllConnections(); server.close(); plain.closeAllConnections(); plain.close();
  `);
});

test('what is on the wire says that it is no cryptography', async () => {
  const { seen } = await inFullLab(`${HEAD}
    const tap = net.createServer((socket) => { socket.on('data', (chunk) => { log('wire', chunk[0], chunk.toString('latin1').includes('no cryptography')); socket.destroy(); }); });
    const socket = tls.connect({ port: await listen(tap), host: 'localhost' });
    socket.on('error', () => {});
    await closed(socket);
    tap.close();
  `);
  expect(seen.wire).toEqual(['22 true']);
});
