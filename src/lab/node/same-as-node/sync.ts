/** Programs that log; each must log the same on Node 24 and in the lab. `attempt(f)` logs what f returns or throws. */
export const syncPrograms: Readonly<Record<string, string>> = {
  'path functions': `
    const path = require('node:path');
    for (const p of ['/a/b/c.txt', 'a/../b/./c', '/', '', '.', '../x', '/a//b///c/', 'file', '.bashrc', 'a.b.c', '/foo/bar/..'])
      log(p, path.normalize(p), path.dirname(p), path.basename(p), path.extname(p), path.isAbsolute(p), path.parse(p));
    log(path.join('a', '..', '/b', 'c/'), path.join(), path.resolve('/a', 'b', '../c'), path.resolve('/x', '/y', 'z'));
    log(path.relative('/a/b/c', '/a/d'), path.relative('/a', '/a'), path.basename('/x/y.html', '.html'), path.sep, path.delimiter);
    log(path.format({ dir: '/a', name: 'b', ext: 'c' }), path.format({ root: '/', base: 'x' }), path.posix === path);
    attempt(() => path.join('a', 1)); attempt(() => path.dirname(undefined)); attempt(() => path.resolve('a', null)); attempt(() => path.format(null));`,

  querystring: `
    const qs = require('querystring');
    for (const s of ['a=1&b=2&a=3', 'a', 'a=&b', '=x', 'a=%20+%zz&%E4=1', '', 'a=1&a=2&a=3', 'x=%e4%b8%ad', 'a%3Db=c', '&&a=1&'])
      log(s, qs.parse(s));
    log(qs.parse('a:1;b:2', ';', ':'), qs.parse('a=1&b=2&c=3', null, null, { maxKeys: 2 }));
    for (const o of [{ a: 1, b: 'x y', c: [1, 'é', true] }, { a: null, b: undefined, c: {}, d: NaN, e: 10n }, {}, null, 'x', { 'k&': '=&' }])
      log(qs.stringify(o));
    log(qs.stringify({ a: 1, b: 2 }, ';', ':'), qs.escape('a b&c=é'), qs.unescape('%41%zz%e4'));`,

  'url.parse, format and resolve': `
    const url = require('url');
    const urls = ['http://user:pass@host.com:8080/p/a/t/h?query=string#hash', '/products?x=1', '/a/b', '?q', '#h', '', 'mailto:a@b.c',
      'http://host', 'HTTP://HOST/Path', '//host/path', 'http://[::1]:80/x', 'http://a.com\\\\b?c\\\\d', 'javascript:alert(1)', 'http://x y/z',
      'http://a.b/ c"d', 'file:///etc/passwd', 'http://h:80', 'a b c', '/x?a=b?c#d#e', 'http://h/%20', 'coap:x', 'http:foo/bar', 'ws://h:1/p?q'];
    for (const u of urls) attempt(() => ({ ...url.parse(u) }));
    log({ ...url.parse('/a?x=1&y=2&x=3', true) }, { ...url.parse('/a', true) }, { ...url.parse('//h/p', false, true) });
    for (const o of [{ protocol: 'http', host: 'h:1', pathname: 'p', query: { a: 1 } }, { hostname: 'h', port: 8080, pathname: '/x', search: 'q=1', hash: 'f' },
      { pathname: '/a?b#c' }, { protocol: 'http:', slashes: true, host: 'h' }, { auth: 'a:b', hostname: 'h' }]) log(url.format(o));
    for (const [a, b] of [['/one/two/three', 'four'], ['http://e.com/', '/one'], ['http://e.com/one', '/two'], ['http://e.com/a/b', '../c'], ['/a', '//h/p'],
      ['http://e.com/a?x', '?y'], ['http://e.com/a', '#z'], ['http://e.com/a', 'http://f.com/b'], ['http://e.com', 'x'], ['/a/b/c', '../../d'], ['http://e.com/a/b', '']])
      log(a, b, url.resolve(a, b));
    log(url.format(new URL('http://u:p@h/x?y#z'), { fragment: false, auth: false }));
    log(url.fileURLToPath('file:///a/b%20c'), url.pathToFileURL('/a b/#c?d%').href, url.urlToHttpOptions(new URL('http://a:b@h:81/x?y#z')).path);
    attempt(() => url.fileURLToPath('http://x')); attempt(() => url.parse(5)); attempt(() => url.fileURLToPath('file://host/x'));`,

  'Buffer from, to and fill': `
    for (const enc of ['utf8', 'hex', 'base64', 'base64url', 'latin1', 'ascii', 'utf16le', 'UTF-8', 'binary']) {
      const b = Buffer.from('4a5b zß€😀=', enc); log(enc, b, b.toString(enc), b.toString('utf8'), Buffer.byteLength('4a5b zß€😀=', enc)); }
    log(Buffer.from('48656c6c6f', 'hex').toString(), Buffer.from('zz', 'hex'), Buffer.from('abc', 'hex'), Buffer.from('aGVsbG8', 'base64').toString(), Buffer.from('aGV-bG_8==', 'base64'));
    log(Buffer.from([1, 256, -1, 3.7, '5']), Buffer.from(new Uint8Array([1, 2])), Buffer.from(new Uint16Array([1, 256])), Buffer.from({ length: 2, 0: 7, 1: 8 }), Buffer.from({ type: 'Buffer', data: [1, 2] }), Buffer.from(new String('s')));
    log(Buffer.alloc(3), Buffer.alloc(5, 'ab'), Buffer.alloc(4, 'YQ==', 'base64'), Buffer.alloc(2, 300), Buffer.concat([Buffer.from('a'), new Uint8Array([98])]), Buffer.concat([Buffer.from('abc')], 2), Buffer.concat([], 3), Buffer.concat([Buffer.from('a')], 3));
    for (const bad of [5, null, undefined, {}, true, Symbol('x'), () => 1]) attempt(() => Buffer.from(bad));
    attempt(() => Buffer.alloc(-1)); attempt(() => Buffer.alloc('5')); attempt(() => Buffer.from('x', 'nope')); attempt(() => Buffer.from('x').toString('nope')); attempt(() => Buffer.concat('x')); attempt(() => Buffer.concat([1]));
    log(Buffer.isBuffer(Buffer.alloc(1)), Buffer.isBuffer(new Uint8Array(1)), Buffer.isEncoding('utf8'), Buffer.isEncoding('UTF-8'), Buffer.isEncoding('x'), Buffer.isEncoding(''), Buffer.name, Buffer.alloc(1).constructor === Buffer, Buffer.alloc(1) instanceof Uint8Array);
    log(JSON.stringify(Buffer.from('ab')), [...Buffer.from('ab')], Object.keys(Buffer.from('ab')), Buffer.from('é').length, String(Buffer.from('x')), Buffer.from('abc') + '');
    log(Buffer.from('\\ufeffbom').toString().length, Buffer.from([0xff, 0xfe, 0x41]).toString(), Buffer.from([0xe2, 0x82]).toString(), Buffer.from('a'.repeat(40) + 'é').toString());`,

  'Buffer methods': `
    const b = Buffer.from('hello world');
    log(b.slice(1, 4).toString(), b.subarray(-5).toString(), b.slice(-3, -1).toString(), b.slice(5, 2), b.slice('2', 4).toString(), b.slice(1).buffer === b.buffer);
    log(b.indexOf('o'), b.indexOf('o', 5), b.lastIndexOf('o'), b.indexOf('zz'), b.includes('wor'), b.indexOf(111), b.indexOf(Buffer.from('ld')), b.indexOf(''), b.indexOf('', 20), b.lastIndexOf('l', -3), b.indexOf('o', -4), b.indexOf('6f', 'hex'));
    log(b.equals(Buffer.from('hello world')), b.compare(Buffer.from('hello')), Buffer.compare(Buffer.from('a'), Buffer.from('b')), b.compare(Buffer.from('xhello'), 1, 6, 0, 5));
    const c = Buffer.alloc(8); log(c.write('abc', 2), c, c.write('héé', 5), c, c.write('6162', 0, 'hex'), c, c.write('xyz', 6, 5, 'latin1'), c);
    log(b.copy(c, 0, 6), c.toString(), b.copy(c, 7, 0, 5), c, b.copy(c, 10), b.copy(c, 0, 11));
    log(Buffer.alloc(4).fill('ab', 1), Buffer.alloc(4).fill(1, 2), Buffer.alloc(3).fill('é'), Buffer.alloc(4).fill(Buffer.from([1, 2])), Buffer.alloc(3).fill('61', 'hex'), Buffer.alloc(2, 1).fill(''));
    log(Buffer.from([1, 2, 3, 4]).swap16(), Buffer.from([1, 2, 3, 4]).swap32(), Buffer.from('aß', 'utf8').toString('utf8', 0, 1), b.toString('utf8', 6), b.toString('utf8', 3, 1), b.toString(undefined, 0, 5), b.toString('hex', 0, 2));
    for (const f of [() => b.write('x', 50), () => b.write(5), () => b.copy('x'), () => b.equals('x'), () => b.fill('x', -1), () => b.compare('x'), () => Buffer.alloc(3).swap16(), () => b.indexOf({}), () => b.fill('zz', 'hex')]) attempt(f);
    let sum = 0; for (const [i, v] of b.entries()) sum += i * v; log(sum, b.at(-1), b.map((x) => x + 1).toString(), b.filter((x) => x > 110).constructor === Buffer, Buffer.of(1, 2));
    class Sub extends Buffer {} ; log(typeof Sub, new Uint8Array(b.buffer, b.byteOffset, 2), b.readUInt8(0), b.toJSON().data.length, b.parent instanceof ArrayBuffer);`,

  'Buffer numbers': `
    const b = Buffer.alloc(16);
    for (const [m, ...vs] of [['UInt8', 0, 255], ['Int8', -128, 127], ['UInt16LE', 65535], ['UInt16BE', 258], ['Int16LE', -2], ['Int16BE', -32768], ['UInt32LE', 4294967295], ['UInt32BE', 16909060], ['Int32LE', -1], ['Int32BE', -2147483648], ['FloatLE', 1.5], ['FloatBE', -0.1], ['DoubleLE', Math.PI], ['DoubleBE', -1e300], ['BigUInt64LE', 18446744073709551615n], ['BigUInt64BE', 1n], ['BigInt64LE', -1n], ['BigInt64BE', -9223372036854775808n]])
      for (const v of vs) { b.fill(0); log(m, b['write' + m](v, 1), b.toString('hex'), b['read' + m](1)); }
    for (let n = 1; n <= 6; n++) { b.fill(0); log(b.writeUIntBE(2 ** (8 * n) - 2, 0, n), b.writeIntLE(-2, 8, n), b.toString('hex'), b.readUIntBE(0, n), b.readIntLE(8, n), b.readIntBE(0, n), b.readUIntLE(8, n)); }
    for (const f of [() => b.readUInt8(16), () => b.readUInt8(-1), () => b.readUInt8(1.5), () => b.readUInt8('1'), () => b.writeUInt8(256), () => b.writeInt8(-129), () => b.writeUInt16BE(70000), () => b.writeUInt32LE(-1), () => b.writeInt32LE(2 ** 31), () => b.writeUIntBE(2 ** 48, 0, 6), () => b.readUIntBE(0, 7), () => b.readUIntBE(0), () => b.writeBigInt64LE(5), () => b.writeBigUInt64LE(-1n), () => Buffer.alloc(2).readUInt32LE(0), () => b.readUint8(0), () => b.readDoubleLE(10)]) attempt(f);`,

  string_decoder: `
    const { StringDecoder } = require('string_decoder');
    const bytes = Buffer.from('a€😀ßz');
    for (const size of [1, 2, 3, 4]) { const d = new StringDecoder(); const out = []; for (let i = 0; i < bytes.length; i += size) out.push(d.write(bytes.subarray(i, i + size))); out.push(d.end()); log(out); }
    for (const enc of ['utf16le', 'base64', 'hex', 'latin1', 'base64url']) { const d = new StringDecoder(enc); log(enc, d.write(Buffer.from([0x41, 0, 0x3d])), d.write(Buffer.from([0xd8, 0x4d, 0xdc])), d.end(), d.encoding); }
    for (const bad of [[0xff, 0x41], [0xe2, 0x41], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf8]]) { const d = new StringDecoder('utf8'); log(bad, JSON.stringify(d.write(Buffer.from(bad))), JSON.stringify(d.end())); }
    attempt(() => new StringDecoder('nope')); attempt(() => new StringDecoder().write(5)); log(new StringDecoder().write('text'));`,

  events: `
    const EventEmitter = require('events'); const { errorMonitor } = EventEmitter;
    const e = new EventEmitter(); e.on('newListener', (n) => log('new', n)); e.on('removeListener', (n) => log('removed', n));
    const a = () => log('a'); e.on('x', a); e.once('x', (...v) => log('once', ...v)); e.prependListener('x', function () { log('first', this === e); }); e.on('x', a);
    log(e.emit('x', 1, 2), e.emit('x'), e.emit('none'), e.listenerCount('x'), e.eventNames(), e.listeners('x').length, e.rawListeners('x')[0] === e.listeners('x')[0]);
    e.off('x', a); e.off('x', a); e.off('x', () => {}); log(e.listenerCount('x')); e.removeAllListeners('x'); log(e.listenerCount('x'));
    e.on(errorMonitor, (err) => log('monitor', err.message)); attempt(() => e.emit('error', new Error('boom'))); attempt(() => e.emit('error', 'text')); attempt(() => e.emit('error', { code: 1 })); attempt(() => e.emit('error'));
    e.on('error', (err) => log('handled', err.message)); e.emit('error', new Error('ok'));
    attempt(() => e.on('x', null)); attempt(() => e.once('x', 5)); attempt(() => e.setMaxListeners(-1)); attempt(() => e.setMaxListeners('x'));
    log(e.getMaxListeners(), EventEmitter.defaultMaxListeners, EventEmitter.EventEmitter === EventEmitter, EventEmitter.name, EventEmitter.listenerCount(e, 'error'));
    const f = new EventEmitter(); f.on('y', () => { log('y1'); f.removeAllListeners('y'); f.on('y', () => log('late')); }); f.on('y', () => log('y2')); f.emit('y'); f.emit('y');
    class My extends EventEmitter { constructor() { super(); this.z = 1; } } const m = new My(); log(m instanceof EventEmitter, Object.keys(m)); function Old() { EventEmitter.call(this); } require('util').inherits(Old, EventEmitter); const o = new Old(); o.on('q', (v) => log('q', v)); o.emit('q', 3); log(Old.super_ === EventEmitter);
    const sym = Symbol('s'); f.once(sym, () => log('sym')); f.emit(sym); log(f.emit(sym), f.eventNames(), f.prependOnceListener('p', a) === f, EventEmitter.getEventListeners(f, 'p').length);`,

  'EventTarget, Event and AbortSignal': `
    const t = new EventTarget(); const order = [];
    const h = { handleEvent(e) { order.push('object', this === h, e.type, e.target === t, e.currentTarget === t); } };
    t.addEventListener('x', h); t.addEventListener('x', h); t.addEventListener('x', (e) => { order.push('once'); }, { once: true });
    t.addEventListener('x', (e) => { order.push('stop'); e.stopImmediatePropagation(); }); t.addEventListener('x', () => order.push('never'));
    const e1 = new Event('x', { cancelable: true }); log(t.dispatchEvent(e1), e1.defaultPrevented, e1.target === t, e1.currentTarget, e1.eventPhase); log(order);
    t.removeEventListener('x', h); order.length = 0; t.dispatchEvent(new Event('x')); log(order);
    t.addEventListener('p', (e) => e.preventDefault()); log(t.dispatchEvent(new Event('p', { cancelable: true })), t.dispatchEvent(new Event('p')));
    log(new CustomEvent('c', { detail: { a: 1 } }).detail, new Event('b', { bubbles: true }).bubbles, Object.prototype.toString.call(t), String(new Event('q')), typeof new Event('x').timeStamp);
    attempt(() => new Event()); attempt(() => t.dispatchEvent({})); attempt(() => t.addEventListener('x')); attempt(() => new AbortSignal());
    const c = new AbortController(); const seen = []; c.signal.onabort = () => seen.push('handler'); c.signal.addEventListener('abort', (e) => seen.push('listener', e.type)); log(c.signal.aborted, c.signal.reason);
    const any = AbortSignal.any([c.signal, new AbortController().signal]); any.addEventListener('abort', () => seen.push('any', c.signal.aborted)); const anyOfAny = AbortSignal.any([any]); anyOfAny.addEventListener('abort', () => seen.push('any2'));
    c.signal.addEventListener('abort', () => seen.push('dependent is aborted', any.aborted, anyOfAny.aborted)); c.abort(); c.abort('again'); log(seen, c.signal.reason.name, c.signal.reason.message, c.signal.reason.code, any.reason === c.signal.reason);
    attempt(() => c.signal.throwIfAborted()); log(AbortSignal.abort('why').reason, AbortSignal.any([AbortSignal.abort(1)]).reason); const d = new AbortController(); d.abort(undefined); log(d.signal.reason.name); d.signal.addEventListener('abort', () => log('too late'));
    log(c, c.signal, Object.prototype.toString.call(c.signal), c.signal instanceof EventTarget); attempt(() => AbortSignal.timeout(-1)); attempt(() => AbortSignal.any([1]));
    const lc = new AbortController(); const t2 = new EventTarget(); t2.addEventListener('z', () => log('z'), { signal: lc.signal }); t2.dispatchEvent(new Event('z')); lc.abort(); t2.dispatchEvent(new Event('z'));`,

  'util helpers': `
    const util = require('util');
    log(util.isDeepStrictEqual({ a: [1, { b: new Map([[1, new Set([2])]]) }] }, { a: [1, { b: new Map([[1, new Set([2])]]) }] }), util.isDeepStrictEqual([1], ['1']), util.isDeepStrictEqual(NaN, NaN), util.isDeepStrictEqual(0, -0), util.isDeepStrictEqual(new Date(1), new Date(1)), util.isDeepStrictEqual(/a/g, /a/i), util.isDeepStrictEqual({ a: undefined }, {}), util.isDeepStrictEqual(new (class A {})(), {}), util.isDeepStrictEqual(new Set([{ a: 1 }]), new Set([{ a: 1 }])), util.isDeepStrictEqual([1, , 3], [1, undefined, 3]), util.isDeepStrictEqual(new Error('a'), new Error('b')), util.isDeepStrictEqual(Buffer.from('a'), Buffer.from('a')), util.isDeepStrictEqual(new Uint8Array([1]), Buffer.from([1])));
    log(util.stripVTControlCharacters('\\u001b[31mred\\u001b[0m'), util.types.isPromise(Promise.resolve()), util.types.isRegExp(/x/), util.types.isDate(new Date()), util.types.isMap({}), util.types.isUint8Array(Buffer.alloc(1)), util.types.isNativeError(new TypeError()), util.types.isGeneratorFunction(function* () {}), util.types.isBoxedPrimitive(Object(1)), util.types.isArrayBufferView(new DataView(new ArrayBuffer(1))), util.types.isProxy({}));
    attempt(() => util.promisify(5)); attempt(() => util.inherits(null, class {})); log(util.promisify(setTimeout) === util.promisify(setTimeout), typeof util.promisify.custom, util.inspect.custom, util.toUSVString('a\\ud800'), util.isArray([]));
    log(util.parseArgs({ args: ['-v', '--name=x', '--port', '80', 'file', '--', '-z'], options: { verbose: { type: 'boolean', short: 'v' }, name: { type: 'string' }, port: { type: 'string' }, d: { type: 'string', default: 'q' } }, allowPositionals: true }));
    attempt(() => util.parseArgs({ args: ['--nope'], options: {} })); attempt(() => util.parseArgs({ args: ['x'], options: {} })); attempt(() => util.parseArgs({ args: ['--a'], options: { a: { type: 'string' } } }));
    log(util.parseEnv('A=1\\n# c\\nB="two words"\\nexport C=\\'x\\' # y\\nD=a#b\\nE="l1\\\\nl2"'), util.inspect('x', { colors: true }), util.styleText('red', 'x', { validateStream: false }), util.types.isAsyncFunction(() => {}));`,

  'argument errors': `
    for (const f of [() => setTimeout('x'), () => setInterval(null), () => setImmediate(), () => queueMicrotask(1), () => process.nextTick('x'), () => process.kill('a'), () => process.kill(1, 'SIGNOPE'), () => process.emitWarning(5), () => { process.exitCode = 'abc'; }, () => { process.exitCode = 1.5; },
      () => require('crypto').createHash('nope'), () => require('crypto').createHash(5), () => require('crypto').createHmac('sha256'), () => require('crypto').createHmac('nope', 'k'), () => require('crypto').randomBytes(-1), () => require('crypto').randomBytes('x'), () => require('crypto').randomInt(5, 1), () => require('crypto').timingSafeEqual(Buffer.from('a'), Buffer.from('ab')), () => require('crypto').timingSafeEqual('a', 'b'), () => require('crypto').createHash('md5').update(5), () => { const h = require('crypto').createHash('md5'); h.digest(); h.update('x'); }, () => require('crypto').pbkdf2Sync('a', 'b', 0, 1, 'sha1'), () => require('crypto').pbkdf2Sync('a', 'b', 1, 1, 'nope'),
      () => require('fs').readFile('x'), () => require('fs').readFileSync(null), () => require('fs').readFileSync('x', 'nope'), () => atob('***'), () => btoa('é'), () => structuredClone(() => {}), () => new URL('nope'), () => crypto.getRandomValues(new Float32Array(1)), () => crypto.getRandomValues(new Uint8Array(70000)), () => new (require('stream').Readable)({ highWaterMark: -1 }), () => new (require('async_hooks').AsyncResource)(5), () => new (require('console').Console)({})]) attempt(f);`,

  'crypto digests': `
    const crypto = require('crypto');
    for (const a of ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'SHA256', 'RSA-SHA256', 'sha512-256']) log(a, crypto.createHash(a).update('abc').update(Buffer.from('def')).digest('hex'), crypto.createHmac(a, 'key').update('abc').digest('base64'));
    log(crypto.createHash('sha1').update('é', 'latin1').digest('base64url'), crypto.createHash('md5').digest(), crypto.hash('sha1', 'x'), crypto.createHash('sha256').update('a').copy().update('b').digest('hex'));
    log(crypto.pbkdf2Sync('pw', 'salt', 100, 20, 'sha256').toString('hex'), crypto.scryptSync('pw', 'salt', 16, { N: 16 }).toString('hex'), crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('a')), crypto.createHmac('sha256', crypto.createSecretKey(Buffer.from('k'))).update('x').digest('hex'));
    log(crypto.randomBytes(8).length, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()), crypto.randomInt(3) < 3, globalThis.crypto.getRandomValues(new Uint8Array(4)).length, typeof crypto.webcrypto.subtle.digest);`,

  assert: `
    const assert = require('assert');
    for (const f of [() => assert(1), () => assert.ok(true), () => assert.equal(1, '1'), () => assert.strictEqual(1, 2), () => assert.strictEqual('a', 'b', 'own message'), () => assert.deepStrictEqual({ a: 1 }, { a: 1 }), () => assert.equal(1, 2), () => assert.notEqual(1, 1), () => assert.notStrictEqual(1, 1), () => assert.throws(() => { throw new TypeError('x'); }, TypeError), () => assert.throws(() => {}), () => assert.throws(() => { throw new Error('abc'); }, /abc/), () => assert.throws(() => { throw new Error('abc'); }, { message: 'abc' }), () => assert.doesNotThrow(() => { throw new Error('q'); }), () => assert.fail(), () => assert.fail('m'), () => assert.ifError(null), () => assert.ifError(new Error('e')), () => assert.match('abc', /b/), () => assert.match('abc', /x/), () => assert.strictEqual(1, 2, new RangeError('mine')), () => assert.ok(0, 'zero'), () => assert.strictEqual(1)]) attempt(f);
    try { assert.strictEqual(1, 2); } catch (e) { log(e.name, e.code, e.actual, e.expected, e.operator, e.generatedMessage, e instanceof assert.AssertionError, e instanceof Error, String(e)); } log(assert.strict.equal === assert.strictEqual, require('assert/strict').equal === assert.strictEqual);`,

  'Date in UTC': `
    const d = new Date(2024, 1, 29, 12, 34, 56, 789); log(d.toISOString(), d.getTimezoneOffset(), String(d), d.toDateString(), d.toTimeString(), d.toUTCString(), d.toJSON(), +d, d.getHours(), d.getDay(), d.valueOf(), d + 1, \`\${d}\`, typeof Date());
    for (const s of ['2024-01-02', '2024-01-02T03:04:05', '2024-01-02T03:04', '2024-01-02 03:04:05', '2024-01-02T03:04:05Z', '2024-01-02T03:04:05+02:00', 'Jan 2 2024', 'Tue, 02 Jan 2024 03:04:05 GMT', '2 January 2024 10:00', '01/02/2024', 'nonsense', '2024', '2024-06', 'Tue Jan 02 2024 03:04:05 GMT+0100']) log(s, Date.parse(s), new Date(s).getTime());
    log(new Date(NaN).getTime(), String(new Date(NaN)), new Date(d).getTime() === d.getTime(), new Date(null).getTime(), new Date(undefined).getTime(), new Date('5').getTime(), Date.UTC(2020, 0), Date.length, Date.name, d instanceof Date, Object.prototype.toString.call(d), new Date(99, 0).getFullYear(), d.setHours(5), d.setDate(31), d.getMonth(), d.setFullYear(2023, 5, 1), d.getYear());
    log(d.toLocaleString('en-US'), d.toLocaleDateString('en-US'), d.toLocaleTimeString('en-US'), d.toLocaleString('de-DE', { month: 'long' }), new Intl.DateTimeFormat('en-US').format(0), Intl.DateTimeFormat('en-US').resolvedOptions().timeZone, new Intl.NumberFormat('en-US').format(1234.5), Intl.NumberFormat('de-DE').format(1.5), Object.keys(Object.getOwnPropertyDescriptors(Intl)).includes('PluralRules'));
    class D extends Date { x() { return this.getTime(); } } log(new D(5).x(), new D(5) instanceof D, new D(5) instanceof Date, new Date(5) instanceof D, structuredClone(new Date(7)) instanceof Date, new D(0)); log(JSON.stringify({ d: new Date(0) }), new Date(2024, 0, 1) < new Date(2024, 0, 2), new Date(2024, 0, 2) - new Date(2024, 0, 1), d[Symbol.toPrimitive]('number') === +d);`,

  globals: `
    log(typeof globalThis, globalThis === global, globalThis.Buffer === Buffer, globalThis.process === process, globalThis.Object === Object, Object.prototype.toString.call(globalThis), globalThis.setTimeout === setTimeout, 'Promise' in globalThis);
    log(process.version, process.versions.node, process.platform, process.arch, process.release.name, typeof process.pid, process.exitCode, process.config !== undefined, Object.prototype.toString.call(process), process instanceof require('events'), process.constructor.name);
    log(process.hrtime().length, typeof process.hrtime.bigint(), process.uptime() >= 0, Object.keys(process.memoryUsage()), process.cpuUsage().user >= 0, typeof process.cwd(), process.umask(), process.stdout.fd, process.stderr.fd, process.stdout.writable, process.emitWarning.length >= 1);
    process.env.LAB_TEST = 5; log(process.env.LAB_TEST, delete process.env.LAB_TEST, process.env.LAB_TEST, 'LAB_NO' in process.env);
    log(atob('aGk='), btoa('hi'), atob(' aG k= '), structuredClone({ a: new Map([[1, [2]]]) }), new TextEncoder().encode('é'), new TextDecoder().decode(new Uint8Array([195, 169])), typeof performance.now(), performance.timeOrigin > 0, Math.max(1, 2), typeof Math.random(), Object.prototype.toString.call(Math));
    log(require('os').EOL, require('os').platform(), require('os').type(), require('os').endianness(), require('tty').isatty(1) === false || true, require('worker_threads').isMainThread, require('module').isBuiltin('fs'), require('module').builtinModules.includes('http'), require('constants').SIGTERM);
    const w = new WeakRef(process); log(w.deref() === process, new FinalizationRegistry(() => {}).register({}, 1)); const pm = performance.mark('a'); log(pm.name, pm.entryType, performance.measure('m', 'a').entryType, performance.getEntriesByName('a').length); attempt(() => performance.measure('m', 'zzz'));`,

  'console formatting': `
    const { Console } = require('console'); const out = []; const sink = (mark) => new (require('stream').Writable)({ decodeStrings: false, write(t, e, cb) { out.push(mark + t); cb(); } }); const c = new Console({ stdout: sink(''), stderr: sink('E:') });
    c.log('a %s', 'b', { c: 1 }); c.error('bad'); c.info(1); c.warn(2); c.debug(3); c.group('G'); c.log('in\\nside'); c.group(); c.log('deeper'); c.groupEnd(); c.groupEnd(); c.log('out'); c.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 }); c.assert(true, 'no'); c.assert(false, 'yes %s', 'x'); c.assert(false); c.assert(false, { a: 1 }); c.count(); c.count('x'); c.count(); c.countReset(); c.count(); c.log(); c.dirxml({ a: 1 }, 2);
    c.table([{ a: 1, b: 'x' }, { a: 2, c: true }]); c.table([1, 'two', { three: 3 }]); c.table(new Map([['k', { v: 1 }]])); c.table(new Set([1])); c.table({ r1: { c: 1 }, r2: { c: 2 } }); c.table(5); c.table([{ a: 1, b: 2 }], ['b']); c.table([]); c.table([[1, 2], [3, 4]]); c.table([{ o: { deep: 1 } }]);
    log(out.join('')); const { log: bound } = c; bound('bound'); log(out.pop(), typeof console.log, console.log.name.includes('log') || true);`,
};
