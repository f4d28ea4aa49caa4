/** Bodies of async functions that log; each must log the same, in the same order, on Node 24 and in the lab. */
export const asyncPrograms: Readonly<Record<string, string>> = {
  'order of ticks, microtasks, immediates and timers': `
    const done = Promise.withResolvers();
    setImmediate(() => {
      setTimeout(() => log('timeout 1'), 15); setTimeout(() => { log('timeout 3'); done.resolve(); }, 30);
      setImmediate(() => { log('immediate'); process.nextTick(() => log('tick in immediate')); Promise.resolve().then(() => log('then in immediate')); }); setImmediate(() => log('immediate 2'));
      process.nextTick((a, b) => { log('tick', a, b); process.nextTick(() => log('nested tick')); Promise.resolve().then(() => log('then in tick')); }, 1, 2);
      Promise.resolve().then(() => { log('then'); process.nextTick(() => log('tick in then')); queueMicrotask(() => log('microtask in then')); });
      queueMicrotask(() => log('microtask')); process.nextTick(() => log('second tick')); log('sync');
    });
    await done.promise;`,

  'timer objects': `
    const t = setTimeout(() => log('never'), 10); log(t.hasRef(), t.unref().hasRef(), t.ref() === t, typeof +t, t.constructor.name, clearTimeout(t));
    const u = setTimeout(() => log('never'), 10); clearTimeout(+u); clearTimeout(String(+u)); clearTimeout(undefined); clearTimeout({}); clearInterval(setTimeout(() => log('never'), 5));
    const im = setImmediate(() => log('never')); clearImmediate(im); log(im.hasRef(), im.constructor.name);
    let n = 0; await new Promise((resolve) => { const i = setInterval((a) => { log('interval', a, ++n); if (n === 3) { clearInterval(i); resolve(); } }, 2, 'arg'); });
    await new Promise((resolve) => { const r = setTimeout(function () { log('fires once', this === r); resolve(); }, 5); r.refresh(); r.refresh(); });
    await new Promise((resolve) => { let k = 0; const r = setTimeout(() => { log('again', ++k); if (k < 2) r.refresh(); else resolve(); }, 2); });
    await new Promise((resolve) => setTimeout(resolve, 'x')); await new Promise((resolve) => setTimeout(resolve, -1)); await new Promise((resolve) => setTimeout((...a) => { log(a); resolve(); }, 1, 1, 2, 3));
    const { promisify } = require('util'); log(await promisify(setTimeout)(1, 'value'), await promisify(setImmediate)('im'));`,

  'timers/promises': `
    const t = require('timers/promises'); log(await t.setTimeout(1, 'v'), await t.setImmediate('i'), await t.scheduler.wait(1), await t.scheduler.yield());
    const c = new AbortController(); const p = t.setTimeout(1000, 'x', { signal: c.signal }); c.abort(new Error('why')); await attemptAsync(() => p); try { await p; } catch (e) { log(e.cause.message, e instanceof Error); }
    await attemptAsync(() => t.setTimeout(1, 1, { signal: AbortSignal.abort() })); await attemptAsync(() => t.setTimeout('x')); await attemptAsync(() => t.setTimeout(1, 1, { signal: 5 })); await attemptAsync(() => t.setTimeout(1, 1, { ref: 1 }));
    let n = 0; for await (const v of t.setInterval(1, 'tick')) { log(v); if (++n === 3) break; }
    const d = new AbortController(); try { for await (const v of t.setInterval(1, 'w', { signal: d.signal })) { log(v); d.abort(); } } catch (e) { log(e.name, e.code); }`,

  'AbortSignal.timeout and any': `
    const s = AbortSignal.timeout(2); await new Promise((r) => { s.onabort = r; setTimeout(() => {}, 10); }); log(s.aborted, s.reason.name, s.reason.message, s.reason.code);
    const any = AbortSignal.any([AbortSignal.timeout(3), new AbortController().signal]); await new Promise((r) => { any.addEventListener('abort', r); setTimeout(() => {}, 20); }); log(any.reason.name);`,

  'events.once and events.on': `
    const { EventEmitter, once, on } = require('events'); const e = new EventEmitter();
    setImmediate(() => e.emit('x', 1, 2)); log(await once(e, 'x')); setImmediate(() => e.emit('error', new Error('bad'))); await attemptAsync(() => once(e, 'x')); setImmediate(() => e.emit('error', 5)); log(await once(e, 'error'), e.listenerCount('x'), e.listenerCount('error'));
    const c = new AbortController(); setImmediate(() => c.abort()); await attemptAsync(() => once(e, 'x', { signal: c.signal })); await attemptAsync(() => once(e, 'x', { signal: c.signal })); await attemptAsync(() => once({}, 'x'));
    setImmediate(() => { e.emit('d', 1); e.emit('d', 2); e.emit('d', 3); }); for await (const [v] of on(e, 'd')) { log(v); if (v === 3) break; } log(e.listenerCount('d'));
    const t = new EventTarget(); setImmediate(() => t.dispatchEvent(new Event('z'))); log((await once(t, 'z'))[0].type);
    const r = new EventEmitter({ captureRejections: true }); r.on('x', async () => { throw new Error('async listener'); }); r.on('error', (err) => log('captured', err.message)); r.emit('x'); await new Promise(setImmediate);`,

  'AsyncLocalStorage follows the work': `
    const { AsyncLocalStorage, AsyncResource } = require('async_hooks'); const als = new AsyncLocalStorage(); const other = new AsyncLocalStorage(); const { EventEmitter } = require('events');
    log(als.getStore()); await als.run({ id: 1 }, async () => { log(als.getStore()); await null; log(als.getStore()); await new Promise((r) => setTimeout(r, 1)); log(als.getStore()); other.run('o', () => { setImmediate(() => log('im', als.getStore(), other.getStore())); process.nextTick(() => log('tick', als.getStore(), other.getStore())); queueMicrotask(() => log('mt', other.getStore())); }); log(other.getStore()); await new Promise((r) => setTimeout(r, 3)); als.exit(() => log('exit', als.getStore())); log('after', als.getStore()); });
    log(als.getStore()); const bound = als.run(5, () => AsyncResource.bind(() => als.getStore())); const snap = als.run(6, () => AsyncLocalStorage.snapshot()); log(bound(), snap(() => als.getStore()), als.run(7, () => new AsyncResource('X')).runInAsyncScope((a, b) => [als.getStore(), a, b], null, 1, 2));
    const e = new EventEmitter(); als.run(8, () => e.on('x', () => log('listener', als.getStore()))); als.run(9, () => e.emit('x')); let later; const p = new Promise((r) => { later = r; }); als.run(10, () => p.then(() => log('then', als.getStore()))); als.run(11, () => later()); await p; await null;
    try { als.run(1, () => { throw new Error('x'); }); } catch { log('thrown', als.getStore()); } await Promise.all([1, 2, 3].map((i) => als.run(i, async () => { await new Promise((r) => setTimeout(r, 4 - i)); log('par', i, als.getStore()); })));
    als.enterWith('entered'); log(als.getStore()); await null; log(als.getStore()); als.disable(); log(als.getStore());`,

  'streams: readable modes': `
    const { Readable, PassThrough } = require('stream'); const r = new Readable({ read() {} }); log(r.readableHighWaterMark, new PassThrough().writableHighWaterMark, new Readable({ objectMode: true }).readableHighWaterMark, r.readableFlowing);
    r.push('a'); r.push('b'); r.push(null); const seen = []; r.on('data', (d) => seen.push(String(d))); r.on('end', () => seen.push('end')); r.on('close', () => seen.push('close')); await new Promise((x) => r.on('close', x)); log(seen, r.destroyed, r.readableEnded);
    const q = Readable.from([1, 2, 3]); const got = []; for await (const x of q) got.push(x); log(got); const z = new Readable({ encoding: 'utf8', read() { this.push(Buffer.from('é').subarray(0, 1)); this.push(Buffer.from('é').subarray(1)); this.push(null); } }); for await (const x of z) log(x);
    const pull = new Readable({ read() { this.push(this.n === 3 ? null : String((this.n = (this.n ?? 0) + 1))); } }); pull.on('readable', () => { let c; while ((c = pull.read()) !== null) log('read', String(c)); }); await new Promise((x) => pull.on('end', x));
    const e = new Readable({ read() { this.destroy(new Error('broken')); } }); await attemptAsync(async () => { for await (const _ of e); }); log(await Readable.from(['a', 'b']).map((x) => x + 1).filter((x) => x !== 'b1').toArray(), await Readable.from([1, 2, 3]).reduce((a, b) => a + b), (await Readable.from([3, 4]).take(1).toArray()));
    const un = new Readable({ read() {} }); un.on('error', (e) => log(e.message)); un.push('xyz'); un.setEncoding('hex'); log(un.read(), un.unshift('q'), un.read(2)); un.push(5); await new Promise(setImmediate);`,

  'streams: writable and back pressure': `
    const { Writable, Transform, Duplex, PassThrough } = require('stream'); const order = []; const w = new Writable({ highWaterMark: 3, write(c, e, cb) { order.push(String(c), e); setImmediate(cb); }, final(cb) { order.push('final'); cb(); } });
    order.push(w.write('ab'), w.write('cd'), w.writableNeedDrain, w.writableLength); w.on('drain', () => order.push('drain')); w.on('finish', () => order.push('finish')); w.on('close', () => order.push('close')); w.end('e', () => order.push('end cb')); await new Promise((r) => w.on('close', r)); log(order);
    w.on('error', (e) => log(e.code, e.message)); w.write('late', (e) => log('cb', e.code)); await new Promise(setImmediate); const bad = new Writable({ write(c, e, cb) { cb(new Error('no')); } }); bad.on('error', (e) => log('error', e.message)); bad.on('close', () => log('closed')); bad.write('x', (e) => log('cb', e.message)); await new Promise(setImmediate); attempt(() => bad.write(null)); attempt(() => bad.write(5));
    const up = new Transform({ transform(c, e, cb) { cb(null, String(c).toUpperCase()); }, flush(cb) { this.push('!'); cb(); } }); up.end('abc'); const t = []; for await (const c of up) t.push(String(c)); log(t);
    const corked = new Writable({ writev(chunks, cb) { log('writev', chunks.map((c) => String(c.chunk))); cb(); } }); corked.cork(); corked.write('1'); corked.write('2'); corked.uncork(); corked.end(); await new Promise((r) => corked.on('finish', r)); const d = new Duplex({ read() {}, write(c, e, cb) { this.push(c); cb(); } }); d.write('echo'); log(String(await new Promise((r) => d.once('data', r)))); d.destroy(); log(d.destroyed, new PassThrough() instanceof Transform, new PassThrough() instanceof require('stream'));`,

  'streams: pipeline, finished, pipe, promises': `
    const { pipeline, finished, Readable, PassThrough, Writable, addAbortSignal, promises } = require('stream'); const sink = () => { const s = new Writable({ write(c, e, cb) { (s.text ??= []).push(String(c)); cb(); } }); return s; };
    const a = sink(); await new Promise((r) => pipeline(Readable.from(['x', 'y']), new PassThrough(), a, (err) => { log('done', err, a.text); r(); })); const b = sink(); await promises.pipeline(Readable.from(['p']), async function* (source) { for await (const c of source) yield String(c) + '!'; }, b); log(b.text);
    await attemptAsync(() => promises.pipeline(new Readable({ read() { this.destroy(new Error('src')); } }), sink())); const f = new PassThrough(); finished(f, (e) => log('finished', e?.code)); f.destroy(); await new Promise(setImmediate); const src = Readable.from(['1', '2']); const dst = sink(); src.pipe(dst); await promises.finished(dst); log(dst.text);
    const c = new AbortController(); const abortable = addAbortSignal(c.signal, new Readable({ read() {} })); abortable.on('error', (e) => log(e.name, e.code)); c.abort(); await new Promise((r) => abortable.on('close', r)); await attemptAsync(() => promises.pipeline(Readable.from(['a']), sink(), { signal: AbortSignal.abort() })); log(require('stream/promises') === promises, typeof Readable.fromWeb);
    await attemptAsync(() => promises.pipeline(Readable.from(['a']), new Writable({ write(x, e, cb) { cb(new Error('sink failed')); } })));`,

  'stream/consumers and getBuiltinModule': `
    const c = require('stream/consumers'); const { Readable } = require('stream'); log(await c.text(Readable.from(['a', 'é'])), await c.json(Readable.from(['{"a":', '1}'])), await c.buffer(Readable.from([Buffer.from('x')])), (await c.arrayBuffer(Readable.from(['abc']))).byteLength); await attemptAsync(() => c.json(Readable.from(['{'])));
    log(process.getBuiltinModule('node:fs') === require('fs'), process.getBuiltinModule('nope'), typeof require('events').EventEmitterAsyncResource, typeof navigator.userAgent, typeof require('buffer').Blob);`,

  fs: `
    const fs = require('fs'); const fsp = require('fs/promises'); const root = fs.mkdtempSync('/tmp/lab-'); const p = (n) => root + '/' + n; const clean = (e) => e.message.replaceAll(root, 'ROOT');
    fs.writeFileSync(p('a.txt'), 'héllo'); log(fs.readFileSync(p('a.txt'), 'utf8'), fs.readFileSync(p('a.txt')), fs.existsSync(p('a.txt')), fs.existsSync(p('no'))); fs.appendFileSync(p('a.txt'), '!'); log(await fsp.readFile(p('a.txt'), { encoding: 'utf8' }), (await fsp.stat(p('a.txt'))).size, fs.statSync(root).isDirectory(), fs.statSync(p('a.txt')).isFile(), fs.statSync(p('no'), { throwIfNoEntry: false }));
    const fail = async (f) => { try { log(await f()); } catch (e) { log(e.code, e.errno, e.syscall, clean(e)); } };
    for (const f of [() => fs.readFileSync(p('no')), () => fsp.readFile(p('no')), () => fs.readFileSync(root), () => fs.mkdirSync(p('a.txt')), () => fs.mkdirSync(p('x/y')), () => fs.readdirSync(p('no')), () => fs.readdirSync(p('a.txt')), () => fs.statSync(p('no')), () => fs.unlinkSync(p('no')), () => fs.rmSync(p('no')), () => fs.renameSync(p('no'), p('b')), () => fs.accessSync(p('no')), () => fs.writeFileSync(p('no/x'), 'y'), () => fs.rmdirSync(p('no')), () => fs.openSync(p('no')), () => fs.writeFileSync(p('a.txt'), 'x', { flag: 'wx' }), () => fs.rmSync(root), () => fs.lstatSync(p('no')), () => fs.copyFileSync(p('no'), p('z')), () => fs.realpathSync(p('no'))]) await fail(f);
    log(fs.mkdirSync(p('d/e/f'), { recursive: true }).replace(root, ''), fs.mkdirSync(p('d/e'), { recursive: true }), fs.readdirSync(root).sort(), fs.readdirSync(root, { withFileTypes: true }).map((d) => [d.name, d.isDirectory(), d.isFile()]), fs.readdirSync(root, { recursive: true }).sort()); await fail(() => fs.rmdirSync(p('d')));
    fs.renameSync(p('a.txt'), p('d/b.txt')); fs.copyFileSync(p('d/b.txt'), p('c.txt')); log(fs.readFileSync(p('c.txt'), 'utf8')); await new Promise((r) => fs.readFile(p('c.txt'), 'utf8', (e, t) => { log(e, t); r(); })); await new Promise((r) => fs.readFile(p('no'), (e, t) => { log(e.code, t); r(); })); await new Promise((r) => fs.access(p('c.txt'), fs.constants.R_OK, (e) => { log(e); r(); }));
    const w = fs.createWriteStream(p('s.txt')); w.write('one '); w.end('two'); await new Promise((r) => w.on('finish', r)); log(w.bytesWritten); let text = ''; for await (const c of fs.createReadStream(p('s.txt'), { encoding: 'utf8', start: 1, end: 4 })) text += c; log(text); await new Promise((r) => fs.createReadStream(p('no')).on('error', (e) => { log(e.code, clean(e)); r(); }));
    const fd = fs.openSync(p('fd'), 'w+'); fs.writeSync(fd, 'abcdef'); const buf = Buffer.alloc(3); log(fs.readSync(fd, buf, 0, 3, 2), buf.toString(), fs.fstatSync(fd).size); fs.closeSync(fd); await fail(() => fs.closeSync(999)); const h = await fsp.open(p('h'), 'w'); await h.writeFile('via handle'); await h.close(); log(await fsp.readFile(p('h'), 'utf8')); fs.truncateSync(p('h'), 3); log(fs.readFileSync(p('h'), 'utf8'), (await fsp.readdir(root)).length);
    fs.rmSync(root, { recursive: true }); fs.rmSync(root, { recursive: true, force: true }); log(fs.existsSync(root)); attempt(() => fs.existsSync()); attempt(() => fs.writeFileSync('/tmp/x', {})); await attemptAsync(() => fsp.readFile()); log(fs.promises === fsp);`,

  'promisify and callbackify': `
    const util = require('util'); const f = util.promisify((a, cb) => (a ? cb(null, a, 'second') : cb(new Error('no')))); log(await f(1)); await attemptAsync(() => f(0)); const cb = util.callbackify(async (x) => { if (!x) throw null; return x; }); await new Promise((r) => cb(5, (e, v) => { log(e, v); r(); })); await new Promise((r) => cb(0, (e) => { log(e.code, e.message, e.reason); r(); }));
    class A { constructor() { this.v = 3; } m(cb) { cb(null, this.v); } } const a = new A(); log(await util.promisify(a.m).call(a)); const s = new AbortController(); setImmediate(() => s.abort()); await util.aborted(s.signal, {}); log('aborted');`,

  'process events': `
    process.once('warning', (w) => log(w.name, w.code, w.message)); process.emitWarning('careful', { type: 'MyWarning', code: 'W1' }); await new Promise(setImmediate); const dep = require('util').deprecate(() => 7, 'old thing', 'DEP9'); process.once('warning', (w) => log(w.name, w.code, w.message)); log(dep(), dep()); await new Promise(setImmediate);
    const onRejection = (r, p) => log('unhandled', r.message, p instanceof Promise); process.once('unhandledRejection', onRejection); Promise.reject(new Error('lost')); await new Promise(setImmediate); const e = new (require('events'))(); process.once('warning', (w) => log(w.name, w.message)); for (let i = 0; i < 12; i++) e.on('q', () => {}); await new Promise(setImmediate);`,

  'crypto: callbacks, streams and subtle': `
    const crypto = require('crypto'); await new Promise((r) => crypto.randomBytes(4, (e, b) => { log(e, b.length); r(); })); await new Promise((r) => crypto.pbkdf2('p', 's', 10, 8, 'sha1', (e, k) => { log(e, k); r(); })); await new Promise((r) => crypto.scrypt('p', 's', 8, { N: 4 }, (e, k) => { log(e, k); r(); })); await new Promise((r) => crypto.randomInt(5, (e, n) => { log(e, n < 5); r(); }));
    const h = crypto.createHash('sha256'); require('stream').Readable.from(['a', 'b']).pipe(h); log((await new Promise((r) => h.on('data', r))).toString('hex')); const g = crypto.createHash('md5'); g.write('x'); g.end(); await new Promise((r) => g.on('finish', r)); log(g.read().toString('hex')); log(Buffer.from(await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode('x'))).toString('hex')); await attemptAsync(() => globalThis.crypto.subtle.digest('MD9', new Uint8Array(1)));`,

  diagnostics_channel: `
    const dc = require('diagnostics_channel'); const c = dc.channel('x'); log(c.hasSubscribers); const f = (m, n) => log('got', m, n); dc.subscribe('x', f); log(c.hasSubscribers, dc.hasSubscribers('x')); c.publish({ a: 1 }); log(dc.unsubscribe('x', f), dc.unsubscribe('x', f)); c.publish(2); const t = dc.tracingChannel('op'); t.subscribe({ start: (m) => log('start', m.id), end: (m) => log('end', m.result), asyncEnd: (m) => log('asyncEnd', m.result), error: (m) => log('error', m.error.message) }); log(t.traceSync((a) => a + 1, { id: 1 }, null, 4)); log(await t.tracePromise(async () => 'pv', { id: 2 })); attempt(() => t.traceSync(() => { throw new Error('te'); }, { id: 3 }));`,
};
