// Compressed bodies of fetch, CompressionStream and DecompressionStream; no packages.
const zlib = await import('node:zlib');
const server = http.createServer((req, res) => {
  const [, kind, broken] = req.url.split('/');
  const body = 'compressed '.repeat(2000);
  const make =
    {
      gzip: zlib.gzipSync,
      deflate: zlib.deflateSync,
      identity: Buffer.from,
      'gzip,deflate': (x) => zlib.deflateSync(zlib.gzipSync(x)),
    }[kind] ?? Buffer.from;
  let bytes = make(body);
  if (broken) bytes = bytes.subarray(0, bytes.length - 20).fill(0, 30);
  res.writeHead(200, { 'content-encoding': kind, 'x-accepts': req.headers['accept-encoding'] ?? 'nothing' });
  res.end(bytes);
});
const port = await listen(server);
const base = `http://127.0.0.1:${port}`;
for (const kind of ['gzip', 'deflate', 'identity', 'gzip,deflate', 'unknown']) {
  const r = await fetch(`${base}/${kind}`);
  const t = await r.text();
  log('client', kind, r.headers.get('content-encoding'), r.headers.get('x-accepts'), t.length);
}
await attempt('client', async () => {
  try {
    await (await fetch(`${base}/gzip/broken`)).text();
  } catch (e) {
    return [e.name, e.message, e.cause?.code];
  }
});
{
  const r = await fetch(`${base}/gzip`, { headers: { 'accept-encoding': 'br' } });
  log('client', r.headers.get('x-accepts'), (await r.arrayBuffer()).byteLength);
}
{
  const r = await fetch(`${base}/gzip`, { method: 'HEAD' });
  log('client', r.status, (await r.text()).length);
}
const input = ReadableStream.from([Buffer.from('squeeze '.repeat(100))]);
const packed = await Array.fromAsync(input.pipeThrough(new CompressionStream('gzip')));
log('client', zlib.gunzipSync(Buffer.concat(packed)).length);
const back = ReadableStream.from(packed)
  .pipeThrough(new DecompressionStream('gzip'))
  .pipeThrough(new TextDecoderStream());
log('client', (await Array.fromAsync(back)).join('').length);
for (const f of ['deflate', 'deflate-raw'])
  log(
    'client',
    f,
    Buffer.concat(
      await Array.fromAsync(
        ReadableStream.from([Buffer.alloc(1000)])
          .pipeThrough(new CompressionStream(f))
          .pipeThrough(new DecompressionStream(f)),
      ),
    ).length,
  );
await attempt('client', async () => {
  try {
    await Array.fromAsync(
      ReadableStream.from([Buffer.from('not gzip at all')]).pipeThrough(new DecompressionStream('gzip')),
    );
  } catch (e) {
    return [e.name, e.code];
  }
});
await close(server);
