/** Whatever bytes are sent through whatever chain of streams, the same bytes come out, in the same order, once. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { bundleBuiltins } from '../../../catalog/bundle.ts';
import { type Log, TestNet } from '../test-scenario.ts';

let core: string;
let full: string;

beforeAll(async () => {
  core = (await bundleBuiltins()).code;
  full = (await bundleBuiltins({ variant: 'full' })).code;
});

function run(program: string): Log {
  const net = new TestNet();
  const process = net.spawn('main', program, core, undefined, full);
  net.run(60_000, () => process.exit !== null);
  expect(process.stderr).toBe('');
  expect(process.exit).toEqual({ code: 0, signal: null });
  return process.seen;
}

const HOPS = `
import http from 'node:http';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
const log = (...words) => console.log('@' + JSON.stringify(words.map(String)));
const server = http.createServer((req, res) => { req.pipe(res); });
server.listen(0); await once(server, 'listening');
const url = 'http://127.0.0.1:' + server.address().port;
const web = (stream) => stream instanceof ReadableStream ? stream : Readable.toWeb(stream);
const node = (stream) => stream instanceof ReadableStream ? Readable.fromWeb(stream) : stream;
/** Each gives a stream with the same bytes; \`n\` is a size. */
const hops = {
  web: (s) => web(s),
  node: (s) => node(s),
  pass: (s, n) => node(s).pipe(new PassThrough({ highWaterMark: n })),
  transform: (s, n) => web(s).pipeThrough(new TransformStream({ async transform(c, k) { if (n % 3 === 0) await null; k.enqueue(c); } }, { highWaterMark: n }, { highWaterMark: n % 4 })),
  split: (s, n) => web(s).pipeThrough(new TransformStream({ transform(c, k) { for (let i = 0; i < c.length; i += n) k.enqueue(c.subarray(i, i + n)); } })),
  tee: (s, n) => { const [one, other] = web(s).tee(); (n % 2 ? other.cancel() : other.pipeTo(new WritableStream())).catch(() => {}); return one; },
  gzip: (s) => web(s).pipeThrough(new CompressionStream('gzip')).pipeThrough(new DecompressionStream('gzip')),
  bytes: (s, n) => { const from = web(s).getReader(); return new ReadableStream({ type: 'bytes', async pull(c) { const { done, value } = await from.read(); if (done) { c.close(); c.byobRequest?.respond(0); } else c.enqueue(value.slice()); } }, { highWaterMark: n % 5 }); },
  response: (s) => new Response(web(s)).body,
  http: async (s) => (await fetch(url, { method: 'POST', body: web(s), duplex: 'half' })).body,
};
`;

const hop = fc.tuple(
  fc.constantFrom('web', 'node', 'pass', 'transform', 'split', 'tee', 'gzip', 'bytes', 'response', 'http'),
  fc.integer({ min: 1, max: 40 }),
);
const chunks = fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 12 });

test('through Node streams, web streams, compression and HTTP', () => {
  fc.assert(
    fc.property(chunks, fc.array(hop, { maxLength: 6 }), fc.boolean(), (sizes, path, isByob) => {
      const { result } = run(`${HOPS}
        let at = 0;
        const parts = ${JSON.stringify(sizes)}.map((size) => Uint8Array.from({ length: size }, () => (at++ * 31) % 251));
        let stream = Readable.from(parts.map((part) => Buffer.from(part)), { objectMode: false });
        for (const [name, n] of ${JSON.stringify(path)}) stream = await hops[name](stream, n);
        const got = [];
        if (${isByob} && stream instanceof ReadableStream) {
          stream = hops.bytes(stream, 3);
          const reader = stream.getReader({ mode: 'byob' });
          for (;;) { const { done, value } = await reader.read(new Uint8Array(100)); if (done) break; got.push(value); }
        } else for await (const chunk of stream) got.push(chunk);
        log('result', Buffer.concat(got).equals(Buffer.concat(parts)), Buffer.concat(got).length - at);
        process.exit(0);`);
      expect(result).toEqual(['true 0']);
    }),
    { numRuns: 60, seed: 3 },
  );
});

test('a form comes back as it was sent', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((one) => one.replace(/[\r\n]/g, ' '));
  const field = fc.oneof(
    fc.record({ name: text, value: text }),
    fc.record({
      name: text,
      file: text,
      type: fc.constantFrom('text/plain', 'a/b', ''),
      bytes: fc.array(fc.nat(255), { maxLength: 50 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(field, { maxLength: 5 }), (fields) => {
      const { result } = run(`
        const log = (...words) => console.log('@' + JSON.stringify(words.map(String)));
        const form = new FormData();
        const fields = ${JSON.stringify(fields)};
        for (const { name, value, file, type, bytes } of fields) {
          if (file === undefined) form.append(name, value);
          else form.append(name, new File([Uint8Array.from(bytes)], file, { type }));
        }
        const back = await new Response(form).formData();
        const plain = async (form) => JSON.stringify(await Promise.all([...form].map(async ([name, value]) => typeof value === 'string' ? [name, value] : [name, value.name, value.type || 'application/octet-stream', [...await value.bytes()]])));
        log('result', await plain(back) === await plain(form));
        process.exit(0);`);
      expect(result).toEqual(['true']);
    }),
    { numRuns: 60, seed: 5 },
  );
});
