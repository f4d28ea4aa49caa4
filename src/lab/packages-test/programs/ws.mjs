// packages: ws
import WebSocket, { createWebSocketStream, WebSocketServer } from 'ws';

const server = http.createServer((_req, res) => {
  res.writeHead(426);
  res.end('upgrade');
});
const wss = new WebSocketServer({ noServer: true, handleProtocols: (set) => (set.has('b') ? 'b' : false) });
server.on('upgrade', (req, socket, head) => {
  if (req.url === '/no') {
    socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  wss.handleUpgrade(req, socket, head, (ws) => wss.emit('connection', ws, req));
});
wss.on('connection', (ws, req) => {
  log('server', 'connection', req.url, ws.protocol);
  ws.on('message', (data, isBinary) => {
    log('server', 'message', isBinary, isBinary ? data.length : String(data));
    if (String(data) === 'bye') ws.close(4001, 'as you wish');
    else if (String(data) === 'cut') ws.terminate();
    else ws.send(data, { binary: isBinary });
  });
  ws.on('ping', (d) => log('server', 'ping', String(d)));
  ws.on('pong', (d) => log('server', 'pong', String(d)));
  ws.on('close', (code, reason) => log('server', 'close', code, String(reason)));
  ws.on('error', (e) => log('server', e));
});
const port = await listen(server);
const base = `ws://127.0.0.1:${port}`;
const closed = (ws) => new Promise((resolve) => ws.on('close', resolve));
const open = async (path, protocols, options) => {
  const ws = new WebSocket(base + path, protocols, options);
  ws.on('error', (e) => log('client', e));
  ws.on('close', (code, reason) => log('client', 'close', code, String(reason)));
  return ws;
};
{
  const ws = await open('/a', ['a', 'b']);
  await once(ws, 'open');
  log('client', 'open', ws.protocol, ws.readyState, ws.extensions);
  ws.send('héllo');
  const [m, b] = await once(ws, 'message');
  log('client', String(m), b);
  ws.send(Buffer.alloc(70000, 1));
  const [n] = await once(ws, 'message');
  log('client', n.length);
  ws.ping('are you');
  const [p] = await once(ws, 'pong');
  log('client', 'pong', String(p));
  ws.send('bye');
  await closed(ws);
}
{
  const ws = await open('/cut');
  await once(ws, 'open');
  ws.send('cut');
  await closed(ws);
}
{
  const ws = await open('/no');
  await closed(ws);
}
{
  const ws = await open('/frag');
  await once(ws, 'open');
  ws.send('one ', { fin: false });
  ws.send('two', { fin: true });
  const [m] = await once(ws, 'message');
  log('client', String(m));
  ws.close();
  await closed(ws);
}
{
  const ws = await open('/stream');
  const duplex = createWebSocketStream(ws, { encoding: 'utf8' });
  duplex.write('through a stream');
  const [d] = await once(duplex, 'data');
  log('client', String(d));
  duplex.end();
  await closed(ws);
}
{
  const ws = await open('/events');
  ws.onmessage = (e) => {
    log('client', 'onmessage', e.type, e.data);
    ws.close(1000, 'done');
  };
  ws.addEventListener('open', () => ws.send('evented'));
  await closed(ws);
}
{
  const raw = net.connect(port, '127.0.0.1');
  raw.write(
    'GET /bad HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [head] = await once(raw, 'data');
  log('client', String(head));
  raw.write(Buffer.from([0x81, 0x01, 0x41]));
  await once(raw, 'data');
  raw.destroy();
  await sleep(20);
}
const refused = new WebSocket('ws://127.0.0.1:1/');
const [e] = await once(refused, 'error');
log('client', e.code);
try {
  new WebSocket('http:');
} catch (error) {
  log('client', error.name);
}
const deflate = new WebSocketServer({ port: 0, perMessageDeflate: true });
await once(deflate, 'listening');
deflate.on('connection', (ws) => ws.on('message', (m) => ws.send(`echo ${m}`)));
{
  const ws = new WebSocket(`ws://127.0.0.1:${deflate.address().port}`);
  await once(ws, 'open');
  log('client', ws.extensions);
  ws.send('x'.repeat(5000));
  const [m] = await once(ws, 'message');
  log('client', m.length);
  ws.close();
  await closed(ws);
}
deflate.close();
wss.close();
await close(server);
log('server', 'closed');
