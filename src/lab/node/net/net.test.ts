import { describe, expect, test } from 'vitest';
import { inLab, onNode } from '../test-scenario.ts';

const scenarios: Record<string, string> = {
  'both ends end at the same moment': `
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      spy('server', socket, ['end', 'close']);
      socket.on('data', (data) => { log('server', String(data)); if (String(data) === 'bye') socket.end(); else socket.write('x'); });
    });
    const socket = spy('client', net.connect({ port: await listen(server), host: '127.0.0.1' }), ['end', 'close']);
    socket.on('data', () => { socket.write('bye'); socket.end(); });
    socket.write('hello');
    await once(socket, 'close');
    await new Promise((resolve) => server.close(resolve));
    await sleep(5);`,

  'a conversation, from connect to close': `
    const events = ['lookup', 'connect', 'ready', 'data', 'end', 'finish', 'close', 'error', 'timeout', 'drain'];
    const server = net.createServer((socket) => {
      log('server', socket.remoteAddress, socket.remoteFamily, socket.localPort === server.address().port, socket.readyState);
      spy('server', socket, events);
      socket.once('data', () => socket.end('bye'));
    });
    spy('server', server, ['listening', 'connection', 'close']);
    const port = await listen(server);
    log('server', server.listening, server.address().family, server.address().address);
    const socket = spy('client', net.connect({ port, host: '127.0.0.1' }), events);
    log('client', socket.connecting, socket.pending, socket.readyState, socket.bytesWritten);
    socket.write('hello', () => log('client', 'written'));
    socket.on('connect', () => log('client', socket.connecting, socket.remotePort === port, socket.remoteAddress, socket.address().address, socket.readyState));
    await once(socket, 'close');
    log('client', socket.bytesRead, socket.bytesWritten, socket.destroyed, socket.readyState, socket.remoteAddress);
    await sleep(10);
    server.getConnections((error, count) => log('server', error, count));
    await new Promise((resolve) => server.close(resolve));
    await sleep(10);
    log('server', server.listening, server.address());`,

  'half-open connections': `
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      spy('server', socket, ['end', 'finish', 'close']);
      socket.resume();
      socket.on('end', () => { log('server', socket.readyState, socket.writable); setTimeout(() => socket.end('after'), 5); });
    });
    const port = await listen(server);
    const socket = spy('client', net.connect(port), ['end', 'finish', 'close', 'error']);
    socket.end('before');
    log('client', await text(socket));
    await sleep(10);
    const strict = net.createServer((one) => { one.resume(); one.on('end', () => setTimeout(() => { one.on('error', (error) => log('server', error.code, error.message)); one.write('late', (error) => log('server', 'write', error?.code)); }, 5)); });
    const second = spy('client', net.connect(await listen(strict)), ['end', 'close', 'error']);
    second.resume();
    second.end('x');
    await once(second, 'close');
    await sleep(20);
    for (const one of [server, strict]) await new Promise((resolve) => one.close(resolve));`,

  'errors of connecting': `
    const show = (error) => log('client', Object.keys(error).sort().join(), error.code, error.errno, error.syscall, error.message, error.address, error.port);
    const attempt = async (options) => {
      const socket = net.connect(options);
      spy('client', socket, ['connect', 'close', 'lookup', 'connectionAttempt', 'connectionAttemptFailed']);
      await new Promise((resolve) => { socket.on('error', show); socket.on('close', resolve); });
      log('client', socket.destroyed, socket.connecting);
    };
    await attempt({ port: 1, host: '127.0.0.1' });
    await attempt({ port: 1, host: 'nope.invalid' });
    for (const options of [{ port: 70000 }, { port: 'x' }, { port: 80, host: 5 }, {}, { port: 80, localAddress: 'x' }, { port: 80, lookup: 5 }]) {
      try { const socket = net.connect(options); socket.on('error', () => {}); socket.destroy(); log('client', 'ok'); } catch (error) { log('client', error.name, error.code, error.message); }
    }
    const early = spy('client', net.connect({ port: 1, host: '127.0.0.1' }), ['close', 'error', 'connect']);
    early.destroy();
    await sleep(10);
    const written = spy('client', net.connect({ port: 1, host: '127.0.0.1' }), ['close', 'error']);
    written.write('x', (error) => log('client', 'write', error?.code));
    await sleep(20);
    const never = new net.Socket();
    never.on('error', (error) => log('client', error.code));
    never.write('x', (error) => log('client', 'never', error?.code));
    await sleep(5);`,

  'resets, and writing to who has gone': `
    const server = net.createServer((socket) => {
      socket.on('error', (error) => log('server', error.code, error.message));
      socket.on('close', (hadError) => log('server', 'close', hadError));
      socket.on('data', (chunk) => { if (String(chunk) === 'reset') socket.resetAndDestroy(); if (String(chunk) === 'destroy') socket.destroy(); if (String(chunk) === 'error') socket.destroy(new Error('mine')); });
    });
    const port = await listen(server);
    for (const what of ['reset', 'destroy', 'error']) {
      const socket = spy('client', net.connect(port, '127.0.0.1'), ['end', 'close', 'error']);
      socket.write(what);
      await sleep(20);
      log('client', socket.destroyed);
      socket.destroy();
    }
    const gone = net.connect(port, '127.0.0.1');
    gone.on('error', (error) => log('client', error.code));
    gone.on('close', () => log('client', 'close'));
    await once(gone, 'connect');
    gone.resetAndDestroy();
    await sleep(20);
    log('client', gone.destroyed, gone.write('x', (error) => log('client', 'write', error?.code)));
    await sleep(5);
    const closed = net.connect(port, '127.0.0.1');
    closed.on('error', (error) => log('client', error.code));
    closed.end('x');
    closed.write('y', (error) => log('client', 'after end', error?.code));
    await sleep(20);
    closed.destroy();
    await new Promise((resolve) => server.close(resolve));`,

  timeouts: `
    const server = net.createServer((socket) => { socket.resume(); socket.on('error', () => {}); });
    const port = await listen(server);
    const socket = net.connect({ port, timeout: 20 });
    socket.on('timeout', () => { log('client', 'timeout', socket.timeout); });
    await once(socket, 'timeout');
    socket.write('x');
    await sleep(50);
    socket.setTimeout(0);
    await sleep(40);
    const callback = () => log('client', 'once');
    socket.setTimeout(10, callback);
    await sleep(30);
    log('client', socket.destroyed, socket.listenerCount('timeout'));
    try { socket.setTimeout(-1); } catch (error) { log('client', error.code); }
    try { socket.setTimeout('x'); } catch (error) { log('client', error.code); }
    socket.setTimeout(15);
    for (let i = 0; i < 6; i++) { await sleep(5); socket.write('x'); }
    log('client', 'active');
    socket.destroy();
    await sleep(30);
    await new Promise((resolve) => server.close(resolve));`,

  'how servers listen': `
    const first = net.createServer();
    const port = await listen(first);
    const second = spy('server', net.createServer(), ['listening', 'close']);
    second.on('error', (error) => log('server', error.code, error.syscall, error.errno, error.address, error.port === port, error.message.replace(String(port), 'PORT')));
    second.listen(port, '127.0.0.1');
    await sleep(10);
    log('server', second.listening);
    second.listen({ port: 0, host: 'localhost', backlog: 5 }, () => log('server', 'now', typeof second.address().port));
    await sleep(20);
    try { second.listen(0); } catch (error) { log('server', error.code, error.message); }
    for (const args of [[70000], [{}], [{ port: 'x' }], [-1]]) { try { net.createServer().listen(...args); log('server', 'ok'); } catch (error) { log('server', error.name, error.code, error.message.split('\\n')[0].slice(0, 60)); } }
    second.close((error) => log('server', 'closed', error));
    await sleep(5);
    second.close((error) => log('server', 'again', error?.code));
    await sleep(5);
    const limited = net.createServer((socket) => { socket.on('error', () => {}); });
    limited.maxConnections = 1;
    limited.on('drop', (data) => log('server', 'drop', data.localFamily));
    const limitedPort = await listen(limited);
    const one = net.connect(limitedPort, '127.0.0.1');
    await once(one, 'connect');
    const two = net.connect(limitedPort, '127.0.0.1');
    two.on('error', () => {});
    await once(two, 'close');
    one.destroy();
    const abort = new AbortController();
    const aborted = spy('server', net.createServer(), ['close']);
    aborted.listen({ port: 0, signal: abort.signal });
    await once(aborted, 'listening');
    abort.abort();
    await sleep(5);
    for (const server of [first, limited]) await new Promise((resolve) => server.close(resolve));`,

  'backpressure of a slow reader': `
    const server = net.createServer((socket) => { socket.pause(); setTimeout(() => { let size = 0; socket.on('data', (chunk) => { size += chunk.length; }); socket.on('end', () => { log('server', size); }); socket.resume(); }, 50); });
    const port = await listen(server);
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    let refused = 0; let drains = 0;
    socket.on('drain', () => { drains++; });
    let total = 0;
    for (let i = 0; i < 200; i++) { total += 100_000; if (!socket.write(Buffer.alloc(100_000))) { refused++; await once(socket, 'drain'); } }
    log('client', refused > 0, drains === refused, total);
    socket.end();
    await once(socket, 'close');
    log('client', socket.bytesWritten);
    await sleep(20);
    await new Promise((resolve) => server.close(resolve));`,

  'encodings, cork, pause and pipe': `
    const server = net.createServer((socket) => socket.pipe(socket));
    const port = await listen(server);
    const socket = net.connect(port, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.cork();
    socket.write('h\\u00e9'); socket.write('6869', 'hex'); socket.write(Buffer.from('!'));
    socket.uncork();
    let seen = '';
    for await (const chunk of socket) { seen += chunk; if (seen.length >= 5) socket.end(); }
    log('client', seen);
    socket.destroySoon();
    log('client', net.isIP('1.2.3.4'), net.isIP('::1'), net.isIP('x'), net.isIPv4('1.2.3.256'), net.isIPv6('fe80::1%eth0'), net.isIPv6('1::2::3'), net.isIP('::ffff:1.2.3.4'));
    await new Promise((resolve) => server.close(resolve));`,

  names: `
    const show = (error, ...values) => log('client', error ? [error.code, error.errno, error.syscall, error.hostname, error.message].join(' ') : JSON.stringify(values));
    await new Promise((resolve) => dns.lookup('nope.invalid', (...all) => { show(...all); resolve(); }));
    await new Promise((resolve) => dns.lookup('127.0.0.1', (...all) => { show(...all); resolve(); }));
    await new Promise((resolve) => dns.lookup('127.0.0.1', { all: true }, (...all) => { show(...all); resolve(); }));
    await new Promise((resolve) => dns.lookup('localhost', 4, (...all) => { show(...all); resolve(); }));
    show(null, await dns.promises.lookup('127.0.0.1'), await dns.promises.lookup('127.0.0.1', { all: true }));
    await dns.promises.lookup('nope.invalid').catch(show);
    for (const f of [() => dns.lookup('x'), () => dns.lookup('x', { family: 5 }, () => {}), () => dns.lookup(5, () => {})]) { try { f(); } catch (error) { log('client', error.name, error.code); } }`,
};

describe('net and dns behave in the lab as on Node', () => {
  // Node's half runs in real time: a machine busy with something else may take a turn of its loop too late.
  test.each(Object.entries(scenarios))('%s', { retry: 3 }, async (_name, code) => {
    const lab = await inLab(code);
    expect(lab.stderr).toBe('');
    const { end, ...seen } = lab.seen;
    expect(seen).toEqual(await onNode(code));
    expect(end).toEqual(['done']);
  });
});
