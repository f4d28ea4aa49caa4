import { describe, test } from 'vitest';
import { expectSame } from '../../packages-test/test-same.ts';

const scenarios: Record<string, string> = {
  'words and codes of errors': `
    let c; const rs = () => new ReadableStream({ start(made) { c = made; } });
    await attempt('a', () => { const r = rs(); r.getReader(); return r.getReader(); });
    await attempt('a', () => { const r = rs(); r.getReader(); return r.cancel(); });
    await attempt('a', () => { const r = rs(); r.getReader(); return r.tee(); });
    await attempt('a', () => { const r = rs(); r.getReader(); return r.pipeTo(new WritableStream()); });
    await attempt('a', () => { const r = rs(); r.getReader(); return r.pipeThrough(new TransformStream()); });
    await attempt('a', () => { const r = rs(); const w = new WritableStream(); w.getWriter(); return r.pipeTo(w); });
    await attempt('a', async () => { const r = rs(); r.getReader(); for await (const x of r); });
    await attempt('a', () => { rs(); c.close(); c.enqueue(1); });
    await attempt('a', () => { rs(); c.close(); c.close(); });
    await attempt('a', () => { rs(); c.error(new Error('x')); c.enqueue(1); });
    await attempt('a', () => { const q = rs().getReader(); q.releaseLock(); return q.read(); });
    await attempt('a', () => { const q = rs().getReader(); const p = q.read(); q.releaseLock(); return p; });
    await attempt('a', () => { const q = rs().getReader(); q.releaseLock(); return q.closed; });
    await attempt('a', () => { const w = new WritableStream(); w.getWriter(); return w.getWriter(); });
    await attempt('a', () => { const w = new WritableStream(); w.getWriter(); return w.abort(); });
    await attempt('a', () => { const w = new WritableStream(); w.getWriter(); return w.close(); });
    await attempt('a', () => { const x = new WritableStream().getWriter(); x.close(); return x.write(1); });
    await attempt('a', () => { const x = new WritableStream().getWriter(); x.close(); return x.close(); });
    await attempt('a', () => { const x = new WritableStream().getWriter(); x.releaseLock(); return x.write(1); });
    await attempt('a', () => new ReadableStreamDefaultController());
    await attempt('a', () => new CompressionStream('gz'));
    await attempt('a', () => { const t = new TransformStream({ transform(c, k) { k.enqueue(1); k.terminate(); } }); const w = t.writable.getWriter(); w.closed.catch(() => {}); t.readable.getReader().read(); return w.write(1).then(() => w.write(2)); });
    await attempt('a', () => { new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array(0)); } }); });
    await attempt('a', () => { new ReadableStream({ type: 'bytes', start(c) { c.close(); c.close(); } }); });`,

  'how console.log shows them': `
    const { inspect } = await import('node:util');
    const r = new ReadableStream(); const reader = new ReadableStream({ type: 'bytes' }).getReader(); reader.read();
    for (const it of [r, reader, new ReadableStream({ type: 'bytes' }), new WritableStream(), new WritableStream().getWriter(), new TransformStream(), new CountQueuingStrategy({ highWaterMark: 3 }), new TextDecoderStream(), new TextEncoderStream()])
      log('a', inspect(it));
    log('a', Object.keys(ReadableStream.prototype), ReadableStream.name, ReadableStream.length, String(r), String(new TextDecoderStream()));
    const web = await import('node:stream/web'); log('a', web.ReadableStream === ReadableStream, Object.keys(web.default).filter((name) => name !== 'ReadableStreamTee').sort());`,

  'reading, pulling and backpressure': `
    let pulls = 0;
    const r = new ReadableStream({ start(c) { log('a', 'start', c.desiredSize); }, pull(c) { pulls++; log('a', 'pull', pulls, c.desiredSize); c.enqueue(pulls); if (pulls === 4) c.close(); }, cancel(why) { log('a', 'cancel', why); } }, { highWaterMark: 2 });
    await sleep(1); log('a', 'before', pulls);
    const reader = r.getReader(); log('a', r.locked, await reader.read()); await sleep(1); log('a', pulls);
    log('a', await reader.read(), await reader.read(), await reader.read(), await reader.read()); await reader.closed; log('a', 'closed'); reader.releaseLock();
    const two = new ReadableStream({ start(c) { c.enqueue('x'); c.enqueue('y'); c.close(); } }); const [p, q] = two.tee(); log('a', await Array.fromAsync(p), await Array.fromAsync(q), two.locked);
    const broken = new ReadableStream({ pull() { throw new Error('no more'); } }); await attempt('a', () => broken.getReader().read());
    const left = new ReadableStream({ pull(c) { c.enqueue(1); }, cancel(why) { log('a', 'left', why ?? 'nothing'); } }); for await (const one of left) { log('a', 'one', one); break; }
    const kept = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); } }); for await (const one of kept.values({ preventCancel: true })) break; log('a', kept.locked, await kept.getReader().read());
    log('a', await Array.fromAsync(ReadableStream.from(['a', Promise.resolve('b')])), await Array.fromAsync(ReadableStream.from((async function* () { yield 1; yield 2; })())));`,

  'writing, closing and aborting': `
    const seen = []; let release;
    const w = new WritableStream({ start() { log('a', 'start'); }, async write(chunk, c) { log('a', 'write', chunk, c.signal.aborted); await new Promise((resolve) => { release = resolve; }); }, close() { log('a', 'close'); }, abort(why) { log('a', 'abort', why); } }, { highWaterMark: 2 });
    const writer = w.getWriter(); await writer.ready; log('a', writer.desiredSize);
    const first = writer.write('one'); const second = writer.write('two'); log('a', writer.desiredSize); let isReady = false; writer.ready.then(() => { isReady = true; }); await sleep(1); log('a', isReady); release(); await first; await sleep(1); log('a', isReady, writer.desiredSize); release(); await second; const closing = writer.close(); log('a', writer.desiredSize); await closing; await writer.closed; log('a', 'closed');
    const other = new WritableStream({ write() { throw new Error('sink broke'); } }); const ow = other.getWriter(); ow.closed.catch((e) => log('a', 'closed', e)); await attempt('a', () => ow.write(1)); await attempt('a', () => ow.write(2)); await attempt('a', () => ow.ready);
    const ab = new WritableStream({ abort(why) { log('a', 'aborting', why); } }); const aw = ab.getWriter(); aw.closed.catch((e) => log('a', 'closed', e)); await aw.abort(new Error('enough')); await attempt('a', () => aw.write(1));`,

  'pipes and transforms': `
    const numbers = () => new ReadableStream({ start(c) { for (const n of [1, 2, 3]) c.enqueue(n); c.close(); } });
    const double = () => new TransformStream({ start(c) { c.enqueue('first'); }, transform(n, c) { c.enqueue(n * 2); }, flush(c) { c.enqueue('last'); } });
    log('a', await Array.fromAsync(numbers().pipeThrough(double())));
    const got = []; await numbers().pipeTo(new WritableStream({ write(n) { got.push(n); }, close() { got.push('closed'); } })); log('a', got);
    await attempt('a', () => numbers().pipeTo(new WritableStream({ write(n) { if (n === 2) throw new Error('two'); } })));
    const source = new ReadableStream({ start(c) { c.enqueue(1); c.error(new Error('source')); }, cancel() { log('a', 'cancelled'); } }); await attempt('a', () => source.pipeTo(new WritableStream({ abort(why) { log('a', 'aborted', why); } })));
    const endless = new ReadableStream({ async pull(c) { await sleep(2); c.enqueue(1); }, cancel(why) { log('a', 'cancel', why); } }); const controller = new AbortController(); setTimeout(() => controller.abort(new Error('stop')), 20); await attempt('a', () => endless.pipeTo(new WritableStream({ abort(why) { log('a', 'abort', why); } }), { signal: controller.signal }));
    const kept = numbers(); const w = new WritableStream(); await kept.pipeTo(w, { preventClose: true }); log('a', w.locked, await w.close());
    const stuck = new TransformStream({ transform() { throw new Error('cannot'); } }); const sw = stuck.writable.getWriter(); sw.closed.catch(() => {}); sw.ready.catch(() => {}); const sr = stuck.readable.getReader(); sr.closed.catch(() => {}); sw.write(1).catch((e) => log('a', 'write', e)); await attempt('a', () => sr.read());`,

  'byte streams': `
    const bytes = (...parts) => new ReadableStream({ type: 'bytes', start(c) { for (const part of parts) c.enqueue(new Uint8Array(part)); c.close(); } });
    const reader = bytes([1, 2, 3, 4, 5]).getReader({ mode: 'byob' }); const { value, done } = await reader.read(new Uint8Array(3)); log('a', [...value], done, value.buffer.byteLength); const rest = await reader.read(new Uint8Array(10)); log('a', [...rest.value], rest.done); const end = await reader.read(new Uint8Array(2)); log('a', end.value?.length, end.done);
    const min = bytes([1], [2], [3, 4]).getReader({ mode: 'byob' }); const at = await min.read(new Uint8Array(4), { min: 3 }); log('a', [...at.value]);
    let pulls = 0; const pulled = new ReadableStream({ type: 'bytes', autoAllocateChunkSize: 4, pull(c) { const { view } = c.byobRequest; log('a', 'pull', view.byteLength); view[0] = ++pulls; c.byobRequest.respond(1); if (pulls === 2) { c.close(); } } }); for await (const chunk of pulled) log('a', [...chunk]);
    const words = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([1, 0, 2, 0])); c.close(); } }).getReader({ mode: 'byob' }); const two = await words.read(new Uint16Array(2)); log('a', two.value.constructor.name, [...two.value]);
    const [l, r] = bytes([1, 2], [3]).tee(); log('a', (await Array.fromAsync(l)).map((x) => [...x]), (await Array.fromAsync(r)).map((x) => [...x]));`,

  'text and compression': `
    const euro = new Uint8Array([0xe2, 0x82, 0xac]);
    log('a', await Array.fromAsync(ReadableStream.from([euro.slice(0, 1), euro.slice(1), new Uint8Array([65])]).pipeThrough(new TextDecoderStream())));
    log('a', (await Array.fromAsync(ReadableStream.from(['a', '\\ud83d', '\\ude00', 'é']).pipeThrough(new TextEncoderStream()))).map((x) => [...x]));
    await attempt('a', () => Array.fromAsync(ReadableStream.from([new Uint8Array([255])]).pipeThrough(new TextDecoderStream('utf-8', { fatal: true }))));`,

  'node streams as web streams': `
    const { Readable, Writable, Duplex, Transform, PassThrough } = await import('node:stream');
    const web = Readable.toWeb(Readable.from(['a', 'b', 'c'])); log('a', await Array.fromAsync(web));
    const bytes = Readable.toWeb(new Readable({ read() { this.push(Buffer.from('hi')); this.push(null); } })); const [chunk] = await Array.fromAsync(bytes); log('a', chunk.constructor.name, [...chunk]);
    let made = 0; const slow = new Readable({ highWaterMark: 4, read() { made++; this.push(Buffer.alloc(2)); } }); const sr = Readable.toWeb(slow).getReader(); await sr.read(); await sleep(5); log('a', made < 20); await sr.cancel(new Error('enough')); slow.on('error', () => {}); await sleep(1); log('a', slow.destroyed);
    const failing = Readable.toWeb(new Readable({ read() { this.destroy(new Error('disk')); } })); await attempt('a', () => Array.fromAsync(failing));
    const got = []; const w = Writable.toWeb(new Writable({ highWaterMark: 2, write(c, e, cb) { got.push(String(c)); setImmediate(cb); }, final(cb) { got.push('final'); cb(); } })).getWriter(); await w.write('x'); await w.write('yy'); await w.close(); log('a', got);
    const { readable, writable } = Duplex.toWeb(new Transform({ transform(c, e, cb) { cb(null, String(c).toUpperCase()); } })); const dw = writable.getWriter(); dw.write('shout'); dw.close(); log('a', (await Array.fromAsync(readable)).map((x) => Buffer.from(x).toString()));
    log('a', await text(Readable.fromWeb(ReadableStream.from(['p', 'q']))), await Readable.fromWeb(ReadableStream.from([1, 2, 3]), { objectMode: true }).map((n) => n * 2).toArray());
    await attempt('a', () => Readable.fromWeb(new ReadableStream({ pull(c) { c.error(new Error('web broke')); } })).toArray());
    let cancelled = 'no'; const node = Readable.fromWeb(new ReadableStream({ pull(c) { c.enqueue('x'); }, cancel() { cancelled = 'yes'; } })); for await (const x of node) break; await sleep(1); log('a', cancelled);
    const lines = []; const nw = Writable.fromWeb(new WritableStream({ write(c) { lines.push(Buffer.from(c).toString()); }, close() { lines.push('close'); } })); nw.write('1'); nw.end('2'); await once(nw, 'finish'); await sleep(1); log('a', lines);
    const duplex = Duplex.fromWeb(new TransformStream({ transform(c, k) { k.enqueue(Buffer.from(c).toString() + '!'); } }), { encoding: 'utf8' }); duplex.end('hey'); log('a', await text(duplex));
    const { pipeline } = await import('node:stream/promises'); const sink = []; await pipeline(Readable.fromWeb(ReadableStream.from(['1', '2'])), new PassThrough(), async function* (source) { for await (const c of source) yield String(c) + '.'; }, new Writable({ objectMode: true, write(c, e, cb) { sink.push(c); cb(); } })); log('a', sink);
    const consumers = await import('node:stream/consumers'); log('a', await consumers.text(ReadableStream.from(['a', 'b'])), await consumers.json(Readable.from(['{"a":', '1}'])));
    await attempt('a', () => Readable.fromWeb(5)); await attempt('a', () => Readable.toWeb({}));`,
};

describe('web streams are as on Node', () => {
  for (const [name, code] of Object.entries(scenarios)) {
    test(name, async () => {
      await expectSame(code);
    });
  }
});
