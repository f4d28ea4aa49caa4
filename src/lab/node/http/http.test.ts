import { describe, expect, test } from 'vitest';
import { inLab, onNode } from '../test-scenario.ts';

/** Each program runs on Node and in the lab; what client and server saw, in their order, must be the same. */
const scenarios: Record<string, string> = {
  'a GET answered with end(text)': `
    const server = http.createServer((req, res) => {
      log('server', req.method, req.url, req.httpVersion, req.headers.connection, req.complete, req.readableEnded);
      spy('server', req, ['end', 'close', 'aborted']);
      spy('server', res, ['prefinish', 'finish', 'close']);
      log('server', res.headersSent, res.writableEnded, res.finished, res.writableFinished);
      res.end('hello');
      log('server', res.headersSent, res.writableEnded, res.finished, res.writableFinished, req.complete);
    });
    const port = await listen(server);
    const req = spy('client', http.get({ port, host: '127.0.0.1', path: '/x' }), ['socket', 'finish', 'response', 'close', 'error', 'abort']);
    const [res] = await once(req, 'response');
    log('client', res.statusCode, res.statusMessage, res.headers['content-length'], res.headers['keep-alive'], res.headers['transfer-encoding']);
    spy('client', res, ['end', 'close', 'aborted', 'readable']);
    log('client', await text(res), res.complete);
    await new Promise((resolve) => server.close(resolve));
    log('server', 'closed');`,

  'a POST with a body, read by events': `
    const server = http.createServer((req, res) => {
      spy('server', req, ['end', 'close']);
      let size = 0;
      req.on('data', (chunk) => { size += chunk.length; });
      req.on('end', () => { log('server', size, req.complete, JSON.stringify(req.trailers)); res.writeHead(201, 'Made', { 'X-A': 'b' }); res.end(); });
      spy('server', res, ['finish', 'close']);
    });
    const port = await listen(server);
    const req = spy('client', http.request({ port, method: 'POST', path: '/', headers: { 'content-type': 'text/plain' } }), ['finish', 'close', 'response']);
    req.write('one', () => log('client', 'written'));
    req.end('two', () => log('client', 'ended'));
    const [res] = await once(req, 'response');
    log('client', res.statusCode, res.statusMessage, JSON.stringify(res.rawHeaders.filter((h, i) => i < 2)));
    res.resume();
    await once(req, 'close');
    await new Promise((resolve) => server.close(resolve));`,

  'Content-Length, chunked or neither, as Node decides': `
    const answers = {
      '/end': (res) => res.end('abc'),
      '/write': (res) => { res.write('a'); res.end('bc'); },
      '/empty': (res) => res.end(),
      '/204': (res) => { res.statusCode = 204; res.end(); },
      '/304': (res) => { res.writeHead(304); res.end(); },
      '/length': (res) => { res.setHeader('Content-Length', 3); res.write('a'); res.end('bc'); },
      '/flush': (res) => { res.flushHeaders(); setTimeout(() => res.end('late'), 5); },
      '/utf8': (res) => res.end('héllo €'),
      '/latin1': (res) => res.end('h\\u00e9llo', 'latin1'),
      '/base64': (res) => res.end('aGk=', 'base64'),
      '/buffer': (res) => res.end(Buffer.from([1, 2, 255])),
      '/close': (res) => { res.setHeader('Connection', 'close'); res.end('bye'); },
      '/nodate': (res) => { res.sendDate = false; res.end('x'); },
      '/trailer': (res) => { res.writeHead(200, { Trailer: 'X-T' }); res.write('a'); res.addTrailers({ 'X-T': 'v' }); res.end(); },
      '/removed': (res) => { res.removeHeader('Content-Length'); res.removeHeader('Transfer-Encoding'); res.end('x'); },
      '/array': (res) => { res.setHeader('Set-Cookie', ['a=1', 'b=2']); res.appendHeader('X-M', '1'); res.appendHeader('x-m', '2'); res.end(); },
      '/raw': (res) => { res.writeHead(200, ['A', '1', 'a', '2', 'Content-Length', '1']); res.end('x'); },
    };
    const server = http.createServer((req, res) => answers[req.url](res));
    const port = await listen(server);
    for (const path of Object.keys(answers)) {
      for (const method of path === '/end' ? ['GET', 'HEAD'] : ['GET']) {
        const [res] = await once(http.request({ port, path, method }).end(), 'response');
        const raw = res.rawHeaders.map((value, i) => (res.rawHeaders[i - 1] === 'Date' ? 'date' : value));
        const body = []; for await (const chunk of res) body.push(...chunk);
        log('client', path, res.statusCode, raw.join(','), body.join(), JSON.stringify(res.trailers), res.complete);
      }
    }
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));`,

  'HTTP/1.0 and pipelined requests over a plain socket': `
    const server = http.createServer((req, res) => {
      log('server', req.method, req.url, req.httpVersion);
      setTimeout(() => res.end(req.url), req.url === '/1' ? 20 : 1);
    });
    const port = await listen(server);
    const ask = async (what) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.end(what);
      return (await text(socket)).replace(/Date: [^\\r]*/g, 'Date');
    };
    const open = net.connect(port, '127.0.0.1');
    let seen = '';
    open.on('data', (chunk) => { seen += chunk; });
    open.write('GET /1 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\nGET /2 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\nGET /3 HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n');
    await once(open, 'end');
    log('client', JSON.stringify(seen.replace(/Date: [^\\r]*/g, 'Date')));
    const old = net.connect(port, '127.0.0.1');
    seen = '';
    old.on('data', (chunk) => { seen += chunk; });
    old.write('GET /4 HTTP/1.0\\r\\n\\r\\n');
    await once(old, 'end');
    log('client', JSON.stringify(seen.replace(/Date: [^\\r]*/g, 'Date')));
    await new Promise((resolve) => server.close(resolve));`,

  'what a server refuses': `
    const server = http.createServer((req, res) => res.end('fine'));
    server.on('clientError', (error, socket) => {
      log('server', error.code, error.message, socket.writable);
      if (error.code === 'HPE_INVALID_METHOD') socket.end('HTTP/1.1 418 Teapot\\r\\n\\r\\n');
      else socket.destroy();
    });
    const plain = http.createServer((req, res) => res.end('fine'));
    const ports = [await listen(server), await listen(plain)];
    const requests = ['hello\\r\\n\\r\\n', 'GET / HTTP/1.1\\r\\n\\r\\n', 'GET / HTTP/1.1\\r\\nHost: a\\r\\nA b: c\\r\\n\\r\\n',
      'POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: x\\r\\n\\r\\n', 'GET / HTTP/1.1\\r\\nHost: a\\r\\nX: ' + 'y'.repeat(20000) + '\\r\\n\\r\\n',
      'GET / HTTP/1.1\\r\\nHost: a\\r\\nExpect: something\\r\\n\\r\\n'];
    for (const port of ports) {
      for (const request of requests) {
        const socket = net.connect(port, '127.0.0.1');
        let seen = '';
        socket.on('data', (chunk) => { seen += chunk; });
        socket.on('error', (error) => log('client', error.code));
        socket.write(request);
        setTimeout(() => socket.destroy(), 50);
        await once(socket, 'close');
        log('client', JSON.stringify(seen.replace(/Date: [^\\r]*/g, 'Date')));
      }
    }
    server.closeAllConnections(); plain.closeAllConnections();
    await Promise.all([server, plain].map((one) => new Promise((resolve) => one.close(resolve))));`,

  'errors of headers, writes and statuses': `
    const attempt = (f) => { try { const value = f(); log('server', 'ok', typeof value); } catch (error) { log('server', error.name, error.code, error.message); } };
    const server = http.createServer((req, res) => {
      attempt(() => res.setHeader('a b', '1')); attempt(() => res.setHeader('a', 'é€')); attempt(() => res.setHeader('a')); attempt(() => res.setHeader('a', 'x\\ny'));
      attempt(() => res.writeHead(99)); attempt(() => res.writeHead(200, 'bad\\n')); res.statusMessage = 'Good'; attempt(() => res.getHeader(1)); attempt(() => res.write(null)); attempt(() => res.write(5)); attempt(() => res.end(5));
      attempt(() => res.setHeaders({}));
      res.setHeader('X-One', '1'); res.setHeader('x-two', ['2', '3']); res.setHeader('x-one', 'again');
      log('server', JSON.stringify(res.getHeaders()), res.getHeaderNames().join(), res.getRawHeaderNames().join(), res.hasHeader('X-TWO'), res.getHeader('X-two').length);
      res.removeHeader('x-two');
      res.end('x');
      attempt(() => res.setHeader('a', '1')); attempt(() => res.writeHead(200)); attempt(() => res.removeHeader('a')); attempt(() => res.appendHeader('a', '1'));
      res.on('error', (error) => log('server', 'error', error.code, error.message));
      res.write('late', (error) => log('server', 'write', error?.code));
      res.end('late', (error) => log('server', 'end', error?.code));
      res.end((error) => log('server', 'end again', error?.code));
    });
    const port = await listen(server);
    log('client', await text((await once(http.get({ port }), 'response'))[0]));
    for (const options of [{ path: '/a b' }, { method: 'a b' }, { protocol: 'ftp:' }, { headers: { 'a b': '1' } }, { hostname: 5 }, { agent: {} }, { timeout: -1 }, { port: 70000 }]) {
      try { const req = http.request({ port, ...options }); req.on('error', () => {}); req.destroy(); log('client', 'ok'); } catch (error) { log('client', error.name, error.code, error.message); }
    }
    try { http.request('nonsense'); } catch (error) { log('client', error.code); }
    try { http.validateHeaderName('a b'); } catch (error) { log('client', error.code, error.message); }
    try { http.validateHeaderValue('x', undefined); } catch (error) { log('client', error.code, error.message); }
    await sleep(10);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));`,

  'the client goes away': `
    const server = http.createServer((req, res) => {
      spy('server', req, ['aborted', 'close', 'error', 'end']);
      spy('server', res, ['close', 'finish', 'error']);
      req.on('close', () => log('server', 'req', req.aborted, req.destroyed, req.complete));
      res.on('close', () => log('server', 'res', res.writableEnded, res.writableFinished, res.destroyed));
      if (req.url === '/half') res.write('half');
    });
    const port = await listen(server);
    const one = spy('client', http.get({ port, path: '/never' }), ['error', 'close', 'abort']);
    await sleep(20);
    one.destroy();
    await once(one, 'close').catch(() => {});
    await sleep(20);
    const two = spy('client', http.get({ port, path: '/half' }), ['error', 'close']);
    const [res] = await once(two, 'response');
    spy('client', res, ['aborted', 'error', 'close', 'end']);
    await once(res, 'data');
    two.destroy(new Error('enough'));
    await once(two, 'close').catch(() => {});
    await sleep(20);
    const three = spy('client', http.request({ port, path: '/post', method: 'POST', headers: { 'content-length': 10 } }), ['error', 'close', 'abort']);
    three.write('part');
    await sleep(20);
    three.abort();
    await once(three, 'close').catch(() => {});
    log('client', three.aborted, three.destroyed);
    await sleep(20);
    const unused = spy('client', http.get({ port }), ['error', 'close']);
    unused.destroy();
    await once(unused, 'close').catch(() => {});
    await sleep(10);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));`,

  'the server goes away': `
    const server = http.createServer((req, res) => {
      if (req.url === '/destroy') req.socket.destroy();
      if (req.url === '/reset') req.socket.resetAndDestroy();
      if (req.url === '/half') { res.writeHead(200, { 'content-length': 10 }); res.write('half'); setTimeout(() => res.destroy(), 10); }
      if (req.url === '/chunked') { res.write('half'); setTimeout(() => req.socket.destroy(), 10); }
      if (req.url === '/error') { res.on('error', (error) => log('server', 'error', error.message)); res.destroy(new Error('mine')); }
      if (req.url === '/halfreset') { res.write('half'); setTimeout(() => req.socket.resetAndDestroy(), 10); }
    });
    const port = await listen(server);
    for (const path of ['/destroy', '/reset', '/half', '/chunked', '/halfreset']) {
      log('client', path);
      const req = spy('client', http.get({ port, path }), ['error', 'close', 'response']);
      req.on('response', (res) => { spy('client', res, ['aborted', 'error', 'close', 'end']); res.on('close', () => log('client', 'complete', res.complete, res.aborted)); res.resume(); });
      await once(req, 'close').catch(() => {});
      await sleep(10);
    }
    const refused = spy('client', http.get({ port: 1, host: '127.0.0.1' }), ['error', 'close', 'socket']);
    await once(refused, 'close').catch(() => {});
    const unknown = spy('client', http.get('http://nope.invalid/'), ['error', 'close', 'socket']);
    await once(unknown, 'close').catch(() => {});
    await sleep(20);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));`,

  'timeouts of a request': `
    const server = http.createServer((req, res) => { if (req.url === '/late') setTimeout(() => res.end('late'), 60); });
    const port = await listen(server);
    const one = spy('client', http.get({ port, path: '/late', timeout: 20 }), ['timeout', 'error', 'close', 'response']);
    const [res] = await once(one, 'response');
    res.resume();
    await once(one, 'close').catch(() => {});
    const two = spy('client', http.get({ port, path: '/never' }), ['timeout', 'error', 'close']);
    two.setTimeout(20, () => { log('client', 'callback'); two.destroy(new Error('too slow')); });
    await once(two, 'close').catch(() => {});
    const aborted = spy('client', http.get({ port, path: '/never', signal: AbortSignal.timeout(20) }), ['error', 'close']);
    await once(aborted, 'close').catch(() => {});
    const early = spy('client', http.get({ port, signal: AbortSignal.abort() }), ['error', 'close']);
    await once(early, 'close').catch(() => {});
    const controller = new AbortController();
    const three = spy('client', http.get({ port, path: '/never', signal: controller.signal }), ['error', 'close']);
    setTimeout(() => controller.abort(), 20);
    await once(three, 'close').catch(() => {});
    await sleep(20);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));`,

  'timeouts of a server': `
    const server = http.createServer({ connectionsCheckingInterval: 20, headersTimeout: 40, requestTimeout: 100, keepAliveTimeout: 30, keepAliveTimeoutBuffer: 10 }, (req, res) => { req.resume(); req.on('end', () => res.end('ok')); });
    const port = await listen(server);
    const talk = async (first) => {
      const socket = net.connect(port, '127.0.0.1');
      let seen = '';
      socket.on('data', (chunk) => { seen += chunk; });
      socket.on('error', () => {});
      socket.write(first);
      await once(socket, 'close');
      return JSON.stringify(seen.replace(/Date: [^\\r]*/g, 'Date'));
    };
    log('client', await talk('GET / HTTP/1.1\\r\\nHost:'));
    log('client', await talk('POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\n\\r\\nab'));
    log('client', await talk('GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'));
    await new Promise((resolve) => server.close(resolve));
    const slow = http.createServer(() => {});
    slow.setTimeout(30, (socket) => { log('server', 'timeout'); socket.destroy(); });
    const req = spy('client', http.get({ port: await listen(slow) }), ['error', 'close']);
    await once(req, 'close').catch(() => {});
    await new Promise((resolve) => slow.close(resolve));
    const perResponse = http.createServer((request, response) => { response.setTimeout(20, () => { log('server', 'response timeout'); response.end('sorry'); }); });
    log('client', await text((await once(http.get({ port: await listen(perResponse) }), 'response'))[0]));
    perResponse.closeAllConnections();
    await new Promise((resolve) => perResponse.close(resolve));`,

  'an agent keeps, limits and queues connections': `
    let opened = 0;
    const server = http.createServer((req, res) => setTimeout(() => res.end(req.url), 10));
    server.on('connection', () => { opened++; });
    const port = await listen(server);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    const get = async (path, options) => {
      const req = http.get({ port, path, agent, ...options });
      const [res] = await once(req, 'response');
      const body = await text(res);
      return body + ' ' + req.reusedSocket;
    };
    const count = (set) => Object.values(set).reduce((sum, list) => sum + list.length, 0);
    const all = [1, 2, 3, 4, 5].map((n) => get('/' + n));
    log('client', count(agent.sockets), count(agent.requests), count(agent.freeSockets), agent.totalSocketCount);
    log('client', (await Promise.all(all)).join());
    await sleep(10);
    log('client', opened, count(agent.sockets), count(agent.freeSockets));
    log('client', await get('/again'));
    await sleep(5);
    agent.destroy();
    await sleep(10);
    log('client', count(agent.freeSockets), agent.totalSocketCount);
    const plain = new http.Agent();
    log('client', await get('/a', { agent: plain }), await get('/b', { agent: plain }), opened);
    log('client', await get('/c', { agent: false }), opened);
    const total = new http.Agent({ keepAlive: true, maxTotalSockets: 1 });
    log('client', (await Promise.all([get('/d', { agent: total }), get('/e', { agent: total, host: 'localhost' })])).join());
    total.destroy();
    const few = new http.Agent({ keepAlive: true, maxFreeSockets: 1 });
    await Promise.all([get('/f', { agent: few }), get('/g', { agent: few })]);
    await sleep(10);
    log('client', count(few.freeSockets));
    few.destroy();
    log('client', http.globalAgent.keepAlive, http.globalAgent.options.timeout, http.globalAgent.scheduling, http.globalAgent.getName({ host: 'a', port: 1 }));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));`,

  'a kept connection ends while it waits, or under a request': `
    const server = http.createServer({ keepAliveTimeout: 20, keepAliveTimeoutBuffer: 0 }, (req, res) => res.end('ok'));
    const port = await listen(server);
    const agent = new http.Agent({ keepAlive: true });
    const get = async () => {
      const req = http.get({ port, agent });
      try { const [res] = await once(req, 'response'); await text(res); return 'ok ' + req.reusedSocket; }
      catch (error) { return error.code + ' ' + error.message + ' ' + req.reusedSocket; }
    };
    log('client', await get());
    await sleep(5);
    log('client', Object.keys(agent.freeSockets).length);
    await sleep(60);
    log('client', Object.keys(agent.freeSockets).length, agent.totalSocketCount);
    log('client', await get());
    agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const rude = net.createServer((socket) => { let n = 0; socket.on('error', () => {}); socket.on('data', () => { if (n++ === 0) socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'); else socket.destroy(); }); });
    const rudePort = await listen(rude);
    const second = new http.Agent({ keepAlive: true });
    for (let i = 0; i < 2; i++) {
      const req = http.get({ port: rudePort, agent: second });
      try { const [res] = await once(req, 'response'); log('client', await text(res), req.reusedSocket); }
      catch (error) { log('client', error.code, error.message, req.reusedSocket); }
      await sleep(5);
    }
    second.destroy();
    await new Promise((resolve) => rude.close(resolve));`,

  'Expect: 100-continue': `
    const server = http.createServer(async (req, res) => { log('server', 'request'); res.end(await text(req)); });
    const port = await listen(server);
    const send = async (listener) => {
      const req = spy('client', http.request({ port, method: 'POST', headers: { Expect: '100-continue' } }), ['continue', 'information', 'finish', 'response']);
      req.on('continue', () => req.end('body'));
      const [res] = await once(req, 'response');
      log('client', res.statusCode, await text(res));
    };
    await send();
    server.on('checkContinue', (req, res) => { log('server', 'check'); res.writeContinue(); res.writeProcessing(); server.emit('request', req, res); });
    await send();
    const hinting = http.createServer((req, res) => { res.writeEarlyHints({ link: '</a.css>; rel=preload' }); res.end('x'); });
    const req = http.get({ port: await listen(hinting) });
    req.on('information', (info) => log('client', info.statusCode, info.headers.link));
    log('client', await text((await once(req, 'response'))[0]));
    for (const one of [server, hinting]) { one.closeAllConnections(); await new Promise((resolve) => one.close(resolve)); }`,

  'upgrade and CONNECT': `
    const server = http.createServer((req, res) => res.end('plain'));
    server.on('upgrade', (req, socket, head) => {
      log('server', 'upgrade', req.url, req.headers.upgrade, head.length, typeof socket.write);
      socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\nhead');
      socket.on('data', (chunk) => socket.write('echo ' + chunk));
      socket.on('end', () => { log('server', 'end'); socket.end(); });
    });
    server.on('connect', (req, socket, head) => { log('server', 'connect', req.url); socket.end('HTTP/1.1 200 Fine\\r\\n\\r\\ntunnel'); });
    const port = await listen(server);
    const req = http.get({ port, path: '/up', headers: { Connection: 'Upgrade', Upgrade: 'echo' } });
    const [res, socket, head] = await once(req, 'upgrade');
    log('client', res.statusCode, head.toString());
    socket.write('hi');
    log('client', (await once(socket, 'data'))[0].toString());
    socket.end();
    await once(socket, 'close');
    const tunnel = http.request({ port, method: 'CONNECT', path: 'a:80' }).end();
    const [reply, through, first] = await once(tunnel, 'connect');
    log('client', reply.statusCode, first.toString() + await text(through));
    const none = http.createServer((request, response) => response.end('plain'));
    const nonePort = await listen(none);
    log('client', await text((await once(http.get({ port: nonePort, headers: { Connection: 'Upgrade', Upgrade: 'echo' } }), 'response'))[0]));
    for (const one of [server, none]) { one.closeAllConnections(); await new Promise((resolve) => one.close(resolve)); }`,

  'close() waits for what is under way and ends what is idle': `
    const server = http.createServer((req, res) => setTimeout(() => res.end('ok'), 30));
    const port = await listen(server);
    const agent = new http.Agent({ keepAlive: true });
    const first = http.get({ port, agent });
    log('client', await text((await once(first, 'response'))[0]));
    const idle = first.socket;
    idle?.on('close', () => log('client', 'idle closed'));
    await sleep(5);
    const busy = http.get({ port, agent: new http.Agent({ keepAlive: true }) });
    await once(server, 'request');
    spy('server', server, ['close']);
    server.close((error) => log('server', 'callback', error?.code));
    log('server', server.listening);
    const [res] = await once(busy, 'response');
    log('client', await text(res), res.headers.connection);
    server.closeIdleConnections();
    await sleep(10);
    server.closeIdleConnections();
    await sleep(10);
    server.close((error) => log('server', 'again', error?.code));
    await sleep(5);
    agent.destroy();`,

  'backpressure both ways': `
    const server = http.createServer((req, res) => {
      if (req.url === '/big') {
        let n = 0; let drains = 0;
        const more = () => { while (n < 40) { n++; if (!res.write(Buffer.alloc(65_536, 97))) { drains++; return res.once('drain', more); } } log('server', 'drained', drains > 0); res.end(); };
        more();
      } else {
        let size = 0;
        req.pause();
        setTimeout(() => req.resume(), 20);
        req.on('data', (chunk) => { size += chunk.length; });
        req.on('end', () => res.end(String(size)));
      }
    });
    const port = await listen(server);
    const [res] = await once(http.get({ port, path: '/big' }), 'response');
    await sleep(10);
    let size = 0;
    for await (const chunk of res) size += chunk.length;
    log('client', size);
    const post = http.request({ port, method: 'POST' });
    let waited = false;
    for (let i = 0; i < 60; i++) if (!post.write(Buffer.alloc(65_536))) { waited = true; await once(post, 'drain'); }
    post.end();
    log('client', waited, await text((await once(post, 'response'))[0]));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));`,

  'headers that come twice': `
    const server = http.createServer((req, res) => {
      log('server', JSON.stringify(req.headers), JSON.stringify(req.headersDistinct), req.rawHeaders.join());
      res.end();
    });
    const port = await listen(server);
    const socket = net.connect(port, '127.0.0.1');
    socket.resume();
    socket.write('GET / HTTP/1.1\\r\\nHost: a\\r\\nX-A: 1\\r\\nx-a: 2\\r\\nCookie: a=1\\r\\ncookie: b=2\\r\\nContent-Type: x\\r\\nContent-Type: y\\r\\nAge: 1\\r\\nAge: 2\\r\\nSet-Cookie: q\\r\\nConnection: close\\r\\n\\r\\n');
    await once(socket, 'close');
    await new Promise((resolve) => server.close(resolve));`,

  'many requests on one connection, a limit to them, and maxHeadersCount': `
    const server = http.createServer({ maxHeaderSize: 2000 }, (req, res) => res.end(String(req.rawHeaders.length)));
    server.maxRequestsPerSocket = 2;
    server.maxHeadersCount = 3;
    server.on('dropRequest', () => log('server', 'dropped'));
    const port = await listen(server);
    const socket = net.connect(port, '127.0.0.1');
    let seen = '';
    socket.on('data', (chunk) => { seen += chunk; });
    const request = 'GET / HTTP/1.1\\r\\nHost: a\\r\\nA: 1\\r\\nB: 2\\r\\nC: 3\\r\\n\\r\\n';
    socket.write(request + request + request);
    await once(socket, 'end');
    log('client', JSON.stringify(seen.replace(/Date: [^\\r]*/g, 'Date')));
    await new Promise((resolve) => server.close(resolve));`,

  'a handler that answers before the body came': `
    const server = http.createServer((req, res) => { spy('server', req, ['end', 'close']); res.end('early'); });
    const port = await listen(server);
    const req = spy('client', http.request({ port, method: 'POST' }), ['response', 'finish', 'close', 'error']);
    req.write('a');
    const [res] = await once(req, 'response');
    log('client', await text(res));
    await sleep(10);
    req.end('b');
    await once(req, 'close');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));`,
};

describe('http behaves in the lab as on Node', () => {
  // Node's half runs in real time: a machine busy with something else may take a turn of its loop too late.
  test.each(Object.entries(scenarios))('%s', { retry: 3 }, async (_name, code) => {
    const lab = await inLab(code);
    expect(lab.stderr).toBe('');
    const { end, ...seen } = lab.seen;
    expect(seen).toEqual(await onNode(code));
    expect(end).toEqual(['done']);
  });
});
