// Node's order of events across timers, ticks, microtasks, immediates, streams, net and http; no packages.
import { pipeline, Readable, Transform, Writable } from 'node:stream';

const order = [];
const note = (name) => order.push(name);
const flush = async (who, ms = 30) => {
  await sleep(ms);
  log(who, order.splice(0));
};
setImmediate(() => {
  setTimeout(() => note('timeout 0'), 0);
  setImmediate(() => note('immediate'));
  process.nextTick(() => note('tick'));
  queueMicrotask(() => {
    note('microtask');
    process.nextTick(() => note('tick in microtask'));
    Promise.resolve().then(() => note('microtask in microtask'));
  });
  Promise.resolve().then(() => note('then'));
  (async () => {
    note('async start');
    await null;
    note('after await');
    await 1;
    note('after second await');
  })();
  note('sync');
});
await flush('ticks');
setTimeout(() => {
  note('t1');
  process.nextTick(() => note('t1 tick'));
  Promise.resolve().then(() => note('t1 then'));
}, 5);
setTimeout(() => note('t2 same time'), 5);
setTimeout(() => note('earlier'), 1);
setInterval(function () {
  note('interval');
  clearInterval(this);
}, 2);
await flush('timers', 60);
{
  const p = Promise.reject(new Error('x'));
  setTimeout(() => {}, 0);
  p.catch(() => note('caught'));
  Promise.all([1, Promise.resolve(2)]).then(() => note('all'));
  Promise.race([Promise.resolve(1)]).then(() => note('race'));
  Promise.allSettled([Promise.reject(1)]).then(() => note('settled'));
  Promise.any([Promise.resolve(1)]).then(() => note('any'));
  Promise.resolve()
    .then(() => note('one'))
    .then(() => note('two'))
    .then(() => note('three'))
    .finally(() => note('finally'));
  const thenable = {
    then(f) {
      note('thenable called');
      f();
    },
  };
  Promise.resolve(thenable).then(() => note('thenable done'));
  (async () => {
    await thenable;
    note('awaited thenable');
  })();
  (async () => Promise.resolve())().then(() => note('async returning promise'));
  await flush('promises');
}
{
  const r = new Readable({
    read() {
      note('read');
      this.push(this.n === 2 ? null : String((this.n = (this.n ?? 0) + 1)));
    },
  });
  for (const e of ['readable', 'end', 'close', 'resume', 'pause']) r.on(e, () => note(e));
  await flush('readable');
  r.removeAllListeners('readable');
  r.on('data', (d) => note(`data ${d}`));
  await flush('readable flowing');
}
{
  const w = new Writable({
    highWaterMark: 2,
    write(c, _e, cb) {
      note(`write ${c}`);
      setImmediate(cb);
    },
    final(cb) {
      note('final');
      cb();
    },
    destroy(e, cb) {
      note('destroy');
      cb(e);
    },
  });
  for (const e of ['drain', 'finish', 'close', 'prefinish']) w.on(e, () => note(e));
  note(w.write('a'));
  note(w.write('b'));
  w.cork();
  w.write('c');
  w.uncork();
  w.end('d', () => note('end callback'));
  await flush('writable');
}
{
  pipeline(
    Readable.from(['x', 'y']),
    new Transform({
      transform(c, _e, cb) {
        note(`transform ${c}`);
        cb(null, c);
      },
      flush(cb) {
        note('flush');
        cb();
      },
    }),
    new Writable({
      write(c, _e, cb) {
        note(`sink ${c}`);
        cb();
      },
      final(cb) {
        note('sink final');
        cb();
      },
    }),
    (error) => note(`pipeline ${error ?? 'done'}`),
  );
  await flush('pipeline');
  const d = new Transform({
    transform(_c, _e, cb) {
      cb(new Error('bad'));
    },
  });
  for (const e of ['error', 'close', 'end']) d.on(e, () => note(e));
  d.write('x');
  d.destroy;
  await flush('failing');
}
{
  const server = net.createServer((s) => {
    for (const e of ['data', 'end', 'finish', 'close']) s.on(e, () => log('net server', e));
    s.resume();
    s.on('data', () => s.end('bye'));
  });
  const port = await listen(server);
  const s = net.connect(port, '127.0.0.1');
  for (const e of ['lookup', 'connect', 'ready', 'data', 'end', 'finish', 'close']) s.on(e, () => note(e));
  s.write('hi', () => note('written'));
  await flush('net client', 80);
  await close(server);
}
{
  const server = http.createServer((req, res) => {
    for (const e of ['data', 'end', 'close']) req.on(e, () => log('http server', `req ${e}`));
    for (const e of ['finish', 'close']) res.on(e, () => log('http server', `res ${e}`));
    req.on('end', () => {
      res.write('a');
      res.end('b');
    });
  });
  for (const e of ['connection', 'request', 'close']) server.on(e, () => log('http server', e));
  const port = await listen(server);
  const req = http.request({ port, host: '127.0.0.1', method: 'POST' }, (res) => {
    note('response');
    for (const e of ['data', 'end', 'close']) res.on(e, () => note(`res ${e}`));
  });
  for (const e of ['socket', 'finish', 'response', 'close']) req.on(e, () => note(e));
  req.end('body', () => note('end callback'));
  await flush('http client', 80);
  const gone = http.get({ port, host: '127.0.0.1', path: '/' });
  for (const e of ['abort', 'error', 'close', 'socket']) gone.on(e, (x) => note(`gone ${e} ${x?.code ?? ''}`));
  gone.destroy();
  await flush('http client', 40);
  await close(server);
}
{
  const c = new AbortController();
  c.signal.addEventListener('abort', () => note('abort listener'));
  c.signal.onabort = () => note('onabort');
  Promise.resolve().then(() => note('micro'));
  process.nextTick(() => note('tick'));
  note('before');
  c.abort();
  note('after');
  await flush('abort');
}
process.on('exit', (code) => log('process', 'exit', code));
process.on('beforeExit', () => log('process', 'beforeExit'));
