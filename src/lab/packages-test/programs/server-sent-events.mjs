// packages: express
import express from 'express';

const app = express();
let open = 0;
app.get('/events', (req, res) => {
  open++;
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', Connection: 'keep-alive' });
  res.flushHeaders();
  const last = Number(req.get('last-event-id') ?? 0);
  let id = last;
  res.write(': hello\n\n');
  const timer = setInterval(() => {
    res.write(`id: ${++id}\nevent: tick\ndata: {"n":${id}}\ndata: second\n\n`);
    if (id === last + 3 && last > 0) {
      clearInterval(timer);
      res.end();
    }
  }, 5);
  req.on('close', () => {
    clearInterval(timer);
    open--;
    log('server', 'closed', id >= last + 3);
  });
});
const server = await new Promise((resolve) => {
  const one = app.listen(0, '127.0.0.1', () => resolve(one));
});
const url = `http://127.0.0.1:${server.address().port}/events`;
async function* events(response) {
  let buffer = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    buffer += text;
    let end;
    while ((end = buffer.indexOf('\n\n')) >= 0) {
      const block = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      const event = { data: [] };
      for (const line of block.split('\n')) {
        const [, name, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
        if (name === 'data') event.data.push(value);
        else if (name) event[name] = value;
      }
      yield event;
    }
  }
}
{
  const controller = new AbortController();
  const response = await fetch(url, { signal: controller.signal, headers: { accept: 'text/event-stream' } });
  log('client', response.status, response.headers.get('content-type'));
  let n = 0;
  await attempt('client', async () => {
    for await (const event of events(response)) {
      log('client', event);
      if (++n === 4) controller.abort();
    }
  });
}
await sleep(20);
log('server', open);
{
  const response = await fetch(url, { headers: { 'last-event-id': '10' } });
  for await (const event of events(response)) log('client', event);
  log('client', 'ended');
}
{
  const req = http.get(url, (res) => {
    let n = 0;
    res.setEncoding('utf8');
    res.on('data', (d) => {
      if (++n === 2) {
        log('client', 'http', d.includes('hello') || d.includes('tick'));
        res.destroy();
      }
    });
  });
  await once(req, 'close');
}
await sleep(20);
log('server', open);
await close(server);
