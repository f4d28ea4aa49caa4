// packages: ws
// Node's own WebSocket against the server of ws.
import { WebSocketServer } from 'ws';

const server = http.createServer((_req, res) => res.writeHead(404).end());
const wss = new WebSocketServer({ server, handleProtocols: (set) => (set.has('b') ? 'b' : false) });
wss.on('connection', (ws, req) => {
  log('server', req.url, ws.protocol);
  ws.on('message', (data, isBinary) => {
    log('server', isBinary ? data.length : String(data));
    if (String(data) === 'bye') ws.close(4001, 'as you wish');
    else if (String(data) === 'cut') ws.terminate();
    else if (String(data) === 'fragments') {
      ws.send('one ', { fin: false });
      ws.ping();
      ws.send('two', { fin: true });
    } else ws.send(data, { binary: isBinary });
  });
  ws.on('pong', () => log('server', 'pong'));
  ws.on('close', (code, reason) => log('server', 'close', code, String(reason)));
});
const port = await listen(server);
const open = (path, protocols) => {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols);
  ws.addEventListener('error', (event) => log('client', 'error', event.type));
  ws.closed = new Promise((resolve) =>
    ws.addEventListener('close', (event) => {
      log('client', 'close', event.code, event.reason, event.wasClean, event instanceof CloseEvent);
      resolve();
    }),
  );
  ws.next = () =>
    new Promise((resolve) => ws.addEventListener('message', (event) => resolve(event.data), { once: true }));
  return ws;
};
{
  const ws = open('/a', ['a', 'b']);
  log('client', ws.readyState, ws.binaryType, ws.url.replace(port, 'PORT'), ws.bufferedAmount);
  await attempt('client', () => ws.send('too early'));
  await new Promise((resolve) => {
    ws.onopen = resolve;
  });
  log('client', ws.readyState, ws.protocol, ws.extensions);
  ws.send('héllo');
  log('client', await ws.next());
  ws.binaryType = 'arraybuffer';
  ws.send(new Uint8Array(70000));
  const big = await ws.next();
  log('client', big instanceof ArrayBuffer, big.byteLength);
  ws.binaryType = 'blob';
  ws.send(new Blob(['blob']));
  const blob = await ws.next();
  log('client', blob instanceof Blob, await blob.text());
  ws.send('fragments');
  log('client', await ws.next());
  ws.send('bye');
  await ws.closed;
  log('client', ws.readyState);
  ws.send('late');
  ws.close();
}
{
  const ws = open('/cut');
  ws.onopen = () => ws.send('cut');
  await ws.closed;
}
{
  const ws = open('/mine');
  ws.onopen = () => ws.close(3000, 'mine');
  await ws.closed;
}
{
  const ws = open('/early');
  ws.close();
  await ws.closed;
}
{
  const ws = new WebSocket('ws://127.0.0.1:1/');
  ws.onerror = () => log('client', 'refused');
  await new Promise((resolve) => {
    ws.onclose = (event) => {
      log('client', event.code, event.wasClean);
      resolve();
    };
  });
}
await attempt('client', () => new WebSocket('ftp://x'));
await attempt('client', () => new WebSocket('ws://x/#a'));
await attempt('client', () => new WebSocket('ws://x', ['a', 'a']));
{
  const ws = open('/codes');
  await new Promise((resolve) => {
    ws.onopen = resolve;
  });
  await attempt('client', () => ws.close(1001));
  await attempt('client', () => ws.close(1000, 'x'.repeat(200)));
  ws.close();
  await ws.closed;
}
log(
  'client',
  WebSocket.CONNECTING,
  WebSocket.OPEN,
  WebSocket.CLOSING,
  WebSocket.CLOSED,
  String(new CloseEvent('close', { code: 5 }).code),
);
wss.close();
await close(server);
