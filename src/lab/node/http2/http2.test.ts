/** node:http2 on real Node and in the lab: the same programs, what each end sees. */
import { test } from 'vitest';
import { expectSame } from '../test-same.ts';

/** A server and a client of it; `handler` and `client` are code. */
const pair = (handler: string, client: string, options = '{}') => `
  import http2 from 'node:http2';
  import { once } from 'node:events';
  const server = http2.createServer(${options});
  ${handler}
  const port = await listen(server);
  const session = http2.connect('http://127.0.0.1:' + port);
  const shown = (headers) => JSON.stringify({ ...headers, date: headers.date === undefined ? undefined : 'DATE' });
  ${client}
`;

test('streams: heads, bodies, trailers and their events', async () => {
  await expectSame(
    pair(
      `server.on('stream', async (stream, headers, flags, raw) => {
        log('server', headers[':method'], headers[':path'], headers[':scheme'], headers['x-a'], flags, raw.length);
        spy('server', stream, ['end', 'finish', 'close', 'aborted', 'error']);
        const body = await collect(stream);
        log('server', 'body', body.toString());
        stream.respond({ ':status': 201, 'x-b': ['1', '2'], 'set-cookie': ['a=1', 'b=2'], 'content-type': 'text/plain' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'abc' }));
        stream.write('hello ');
        stream.end('world');
      });`,
      `spy('session', session, ['connect', 'close', 'goaway', 'error', 'remoteSettings', 'localSettings']);
      const req = session.request({ ':method': 'POST', ':path': '/things?x=1', 'x-a': 'é' });
      log('client', req.pending, req.id, session.connecting);
      spy('client', req, ['ready', 'end', 'finish', 'close', 'aborted', 'error']);
      req.on('response', (headers, flags) => log('client', 'response', shown(headers), flags));
      req.on('trailers', (headers, flags) => log('client', 'trailers', JSON.stringify(headers), flags));
      req.on('data', (chunk) => log('client', 'data', chunk.toString()));
      req.write('one ');
      req.end('two');
      await once(req, 'close');
      log('client', req.rstCode, req.closed, req.destroyed, req.id, session.closed);
      session.close();
      await once(session, 'close');
      log('client', session.destroyed);
      server.close(() => log('server', 'closed'));`,
    ),
  );
});

test('the compatibility API: createServer with a listener, methods, statuses, headers, trailers', async () => {
  await expectSame(
    pair(
      `server.on('request', async (req, res) => {
        log('server', req.method, req.url, req.httpVersion, req.headers['x-a'], req.authority === 'HOST', req.scheme, req.socket.remoteAddress !== undefined);
        spy('server', req, ['end', 'close', 'aborted']);
        spy('server', res, ['finish', 'close']);
        if (req.url === '/echo') { res.setHeader('X-Echo', 'yes'); req.pipe(res); return; }
        if (req.url === '/empty') { res.statusCode = 204; res.end(); return; }
        if (req.url === '/trailers') { res.setTrailer('x-t', '1'); res.writeHead(200, { 'content-type': 'a/b' }); res.write('a'); res.end('b'); return; }
        if (req.url === '/big') { res.end(Buffer.alloc(200000, 'x')); return; }
        if (req.url === '/info') { res.writeEarlyHints({ link: '</a>; rel=preload' }); res.end('info'); return; }
        attempt('server', () => res.setHeader('a b', '1'));
        attempt('server', () => res.setHeader(':status', '1'));
        attempt('server', () => { res.statusCode = 101; });
        res.statusCode = 404; res.appendHeader('x', '1'); res.appendHeader('x', '2');
        log('server', JSON.stringify(res.getHeaders()), res.headersSent, res.writableEnded);
        res.end('no', () => log('server', 'ended'));
        log('server', res.headersSent, res.finished);
        attempt('server', () => res.setHeader('late', '1'));
      });`,
      `const get = async (headers, body) => {
        const req = session.request(headers);
        const who = 'client ' + headers[':path'];
        req.on('headers', (headers) => log(who, 'headers', shown(headers)));
        req.on('response', (headers) => log(who, shown(headers)));
        req.on('trailers', (headers) => log(who, 'trailers', JSON.stringify(headers)));
        spy(who, req, ['end', 'close', 'error']);
        if (body !== undefined) req.end(body);
        log(who, 'length', (await collect(req)).length);
        if (!req.destroyed) await once(req, 'close');
      };
      await get({ ':path': '/', 'x-a': 'b' });
      await get({ ':path': '/echo', ':method': 'POST' }, 'some words');
      await get({ ':path': '/empty' });
      await get({ ':path': '/trailers' });
      await get({ ':path': '/big' });
      await get({ ':path': '/info' });
      await get({ ':path': '/head', ':method': 'HEAD' });
      session.close(); server.close();`,
    ),
  );
});

test('many streams at once, each with its own', async () => {
  await expectSame(
    pair(
      `server.on('stream', (stream, headers) => { stream.respond(); setTimeout(() => stream.end(headers[':path'] + 'x'.repeat(Number(headers[':path'].slice(1)) * 100)), 5 * (10 - headers[':path'].slice(1) % 10)); });`,
      `const got = await Promise.all(Array.from({ length: 60 }, async (_, i) => {
        const req = session.request({ ':path': '/' + i });
        return [req.id, (await collect(req)).length].join(':');
      }));
      log('client', got.join(' '));
      session.close(); server.close();`,
    ),
  );
});

test('resets, aborts and errors of streams', async () => {
  await expectSame(
    pair(
      `server.on('stream', (stream, headers) => {
        const who = 'server ' + headers[':path'];
        spy(who, stream, ['aborted', 'close', 'error', 'finish', 'end']);
        if (headers[':path'] === '/reset') stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
        if (headers[':path'] === '/half') { stream.respond(); stream.write('half'); setTimeout(() => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), 30); }
        if (headers[':path'] === '/destroy') { stream.respond(); stream.destroy(new Error('mine')); }
        if (headers[':path'] === '/early') { stream.respond({ ':status': 413 }); stream.end('too large'); }
        if (headers[':path'] === '/cancel' || headers[':path'] === '/signal') { stream.respond(); stream.write('some'); }
        if (headers[':path'] !== '/early') stream.resume();
      });`,
      `const run = async (path, then) => {
        const req = session.request({ ':path': path, ':method': path === '/early' ? 'POST' : 'GET' });
        const who = 'client ' + path;
        spy(who, req, ['aborted', 'close', 'error', 'end']);
        req.on('response', (headers) => log(who, headers[':status']));
        req.on('data', (chunk) => { log(who, chunk.toString()); then?.(req); });
        await new Promise((resolve) => req.on('close', resolve));
        log(who, req.rstCode, req.aborted, req.destroyed);
        await sleep(20);
      };
      await run('/reset');
      await run('/half');
      await run('/destroy');
      await run('/early');
      await run('/cancel', (req) => req.close(http2.constants.NGHTTP2_CANCEL));
      const controller = new AbortController();
      const aborted = session.request({ ':path': '/signal' }, { signal: controller.signal });
      spy('client signal', aborted, ['aborted', 'close', 'error', 'end']);
      aborted.on('data', () => controller.abort());
      await new Promise((resolve) => aborted.on('close', resolve));
      log('client signal', aborted.rstCode);
      const never = session.request({ ':path': '/never' }, { signal: AbortSignal.abort() });
      spy('client never', never, ['close', 'error']);
      await new Promise((resolve) => never.on('close', resolve));
      session.close(); server.close();`,
    ),
  );
});

test('flow control: a reader that waits holds the writer back, and others go on', async () => {
  await expectSame(
    pair(
      `server.on('stream', async (stream, headers) => {
        stream.respond();
        if (headers[':path'] === '/small') { stream.end('small'); return; }
        let sent = 0;
        const more = () => { while (sent < 400000) { sent += 20000; if (!stream.write(Buffer.alloc(20000, 'y'))) return; } stream.end(); };
        stream.on('drain', more);
        more();
        await sleep(50);
        log('server', 'stopped at', sent < 400000);
      });`,
      `const big = session.request({ ':path': '/big' });
      await once(big, 'response');
      await sleep(30);
      log('client', 'buffered', big.readableLength);
      const small = session.request({ ':path': '/small' });
      log('client', (await collect(small)).toString());
      await sleep(60);
      log('client', (await collect(big)).length);
      session.close(); server.close();`,
    ),
  );
});

test('settings, ping, goaway and the state of a session', async () => {
  await expectSame(
    pair(
      `server.on('session', (peer) => {
        spy('server', peer, ['ping', 'close', 'goaway', 'error']);
        peer.on('remoteSettings', (settings) => log('server', JSON.stringify(settings)));
      });
      server.on('stream', (stream) => { stream.respond(); stream.end('x'); const peer = stream.session; if (stream.id === 5) setTimeout(() => peer.close(), 20); });`,
      `session.on('goaway', (code, last, data) => log('client', 'goaway', code, last, data?.toString()));
      await once(session, 'connect');
      log('client', session.alpnProtocol, session.encrypted, session.type, JSON.stringify(session.localSettings));
      await once(session, 'remoteSettings');
      log('client', JSON.stringify(session.remoteSettings));
      log('client', JSON.stringify({ ...session.state, outboundQueueSize: 0 }));
      await new Promise((resolve) => session.ping((error, duration, payload) => { log('client', error, typeof duration, payload.length); resolve(); }));
      await new Promise((resolve) => session.ping(Buffer.from('12345678'), (error, duration, payload) => { log('client', payload.toString()); resolve(); }));
      await new Promise((resolve) => session.settings({ initialWindowSize: 100000, enablePush: false, maxFrameSize: 20000 }, (error, settings) => { log('client', error, JSON.stringify(settings)); resolve(); }));
      attempt('client', () => session.settings({ initialWindowSize: -1 }));
      attempt('client', () => session.settings({ enablePush: 1 }));
      attempt('client', () => session.ping(Buffer.alloc(3), () => {}));
      attempt('client', () => session.request('x'));
      attempt('client', () => session.request({ connection: 'close' }));
      attempt('client', () => session.request({ ':bad': 'x' }));
      attempt('client', () => session.request({ 'content-type': ['a', 'b'] }));
      attempt('client', () => session.socket.write('x'));
      attempt('client', () => session.socket.remoteAddress);
      for (let i = 0; i < 3; i++) await collect(session.request({}));
      await once(session, 'close');
      const late = session.request({});
      spy('late', late, ['error', 'close']);
      await new Promise((resolve) => late.on('close', resolve));
      attempt('client', () => session.ping(() => {}));
      server.close();`,
      '{ settings: { maxConcurrentStreams: 7, headerTableSize: 2048 } }',
    ),
  );
});

test('who speaks something else, and who is not there', async () => {
  await expectSame(`
    import http2 from 'node:http2';
    import http from 'node:http';
    import net from 'node:net';
    import { once } from 'node:events';
    const server = http2.createServer((req, res) => res.end('two'));
    server.on('sessionError', (error) => log('server', 'sessionError', describe(error)));
    const port = await listen(server);
    const plain = http.get({ port, host: '127.0.0.1' });
    spy('http1', plain, ['error', 'close', 'response']);
    await new Promise((resolve) => plain.on('close', resolve));
    const old = http.createServer((req, res) => res.end('one'));
    old.on('clientError', (error, socket) => { log('old', 'clientError'); socket.end('HTTP/1.1 400 Bad Request\\r\\n\\r\\n'); });
    const wrong = http2.connect('http://127.0.0.1:' + await listen(old));
    spy('wrong', wrong, ['error', 'close']);
    const request = wrong.request({});
    spy('wrong request', request, ['error', 'close']);
    await new Promise((resolve) => wrong.on('close', resolve));
    old.close();
    const nobody = http2.connect('http://127.0.0.1:1');
    spy('nobody', nobody, ['error', 'close']);
    const lost = nobody.request({});
    spy('lost', lost, ['error', 'close', 'aborted']);
    await new Promise((resolve) => nobody.on('close', resolve));
    await sleep(5);
    attempt('url', () => http2.connect('ftp://x'));
    server.close();
  `);
});

test('a server that dies: streams and session say so', async () => {
  await expectSame(
    pair(
      `let sockets = []; server.on('connection', (socket) => sockets.push(socket));
      server.on('stream', (stream) => { stream.on('error', () => {}); stream.respond(); stream.write('part'); });
      server.on('sessionError', () => {});`,
      `spy('session', session, ['error', 'close', 'goaway']);
      const req = session.request({});
      spy('client', req, ['error', 'close', 'aborted', 'end']);
      req.on('data', () => sockets[0].resetAndDestroy());
      await new Promise((resolve) => session.on('close', resolve));
      log('client', req.rstCode);
      server.close();`,
    ),
  );
});

test('timeouts of sessions and streams', async () => {
  await expectSame(
    pair(
      `server.setTimeout(80, (peer) => { log('server', 'timeout'); peer.destroy(); });
      server.on('stream', (stream) => { stream.on('error', () => {}); stream.setTimeout(30, () => { log('server', 'stream timeout'); }); stream.respond(); });`,
      `const req = session.request({});
      spy('client', req, ['error', 'close', 'aborted', 'end']);
      spy('session', session, ['error', 'close', 'goaway', 'timeout']);
      req.resume();
      await new Promise((resolve) => session.on('close', resolve));
      server.close();`,
    ),
  );
});

test('push', async () => {
  await expectSame(
    pair(
      `server.on('stream', (stream) => {
        log('server', stream.pushAllowed);
        stream.pushStream({ ':path': '/pushed' }, (error, push) => { log('server', error, push.id); push.respond({ 'x-p': '1' }); push.end('pushed'); });
        stream.respond(); stream.end('main');
      });`,
      `session.on('stream', async (push, headers) => {
        log('push', push.id, headers[':path'], headers[':method']);
        push.on('push', (headers) => log('push', headers[':status'], headers['x-p']));
        log('push', (await collect(push)).toString());
      });
      const req = session.request({});
      log('client', (await collect(req)).toString());
      await sleep(20);
      session.settings({ enablePush: false });
      await sleep(20);
      server.removeAllListeners('stream');
      server.on('stream', (stream) => { log('server', stream.pushAllowed); attempt('server', () => stream.pushStream({}, () => {})); stream.respond(); stream.end('x'); });
      await collect(session.request({}));
      session.close(); server.close();`,
    ),
  );
});

test('AsyncLocalStorage follows a request on both sides', async () => {
  await expectSame(
    `import { AsyncLocalStorage } from 'node:async_hooks';
    ${pair(
      `const storage = new AsyncLocalStorage();
      const at = (who, what) => log(who, what, storage.getStore());
      server.on('session', (peer) => { at('server', 'session'); peer.on('ping', () => at('server', 'ping')); });
      server.on('stream', (stream, headers) => {
        at('server', 'stream');
        stream.on('data', () => at('server', 'data'));
        stream.on('end', () => { at('server', 'end'); storage.run('handler', () => { stream.respond(undefined, { waitForTrailers: true }); stream.write('x', () => at('server', 'written')); stream.end('y'); stream.on('finish', () => at('server', 'finish')); }); });
        stream.on('wantTrailers', () => { at('server', 'wantTrailers'); stream.sendTrailers({ a: 'b' }); });
        stream.on('close', () => at('server', 'close'));
      });`,
      `const send = (name) => storage.run(name, () => new Promise((resolve) => {
        const req = session.request({ ':method': 'POST', ':path': '/' + name });
        for (const event of ['ready', 'response', 'data', 'trailers', 'end', 'finish', 'close']) req.on(event, () => at(name, event));
        req.on('close', resolve);
        req.write('one', () => at(name, 'written'));
        setTimeout(() => storage.run('timer', () => req.end('two')), 10);
      }));
      await Promise.all([send('first'), send('second')]);
      await storage.run('ping', () => new Promise((resolve) => session.ping(() => { at('client', 'ping'); resolve(); })));
      await storage.run('settings', () => new Promise((resolve) => session.settings({ initialWindowSize: 70000 }, () => { at('client', 'settings'); resolve(); })));
      storage.run('close', () => session.close(() => at('client', 'closed')));
      await once(session, 'close');
      server.close();`,
    ).trim()}`,
  );
});
