// MessageChannel, BroadcastChannel, observers and histograms of node:perf_hooks; no packages.
const { port1, port2 } = new MessageChannel();
port2.on('message', (m) => {
  log('a', 'two got', m);
  if (m.end) port2.close();
  else port2.postMessage({ reply: m.n * 2, at: new Date(0), map: new Map([[1, 2]]) });
});
port1.onmessage = (e) =>
  log('a', 'one got', e.type, e.data.reply, e.data.at.getTime(), e.data.map.get(1), e instanceof MessageEvent);
port1.on('close', () => log('a', 'one closed'));
port1.postMessage({ n: 1 });
port1.postMessage({ n: 2 });
log('a', 'sent');
await sleep(5);
const bytes = new Uint8Array([1, 2]);
port1.postMessage({ n: 3, bytes }, [bytes.buffer]);
log('a', bytes.length);
await attempt('a', () => port1.postMessage(() => {}));
port1.postMessage({ end: true });
await once(port1, 'close').catch(() => {});
await sleep(5);
const { receiveMessageOnPort, isMainThread, threadId, MessageChannel: M } = await import('node:worker_threads');
const c = new M();
c.port1.postMessage('x');
log(
  'a',
  receiveMessageOnPort(c.port2),
  receiveMessageOnPort(c.port2) ?? 'none',
  isMainThread,
  threadId,
  M === MessageChannel,
);
c.port1.close();
const b1 = new BroadcastChannel('news'),
  b2 = new BroadcastChannel('news'),
  b3 = new BroadcastChannel('other');
b2.onmessage = (e) => {
  log('b', 'heard', e.data);
  b1.close();
  b2.close();
  b3.close();
};
b1.onmessage = () => log('b', 'own');
b3.onmessage = () => log('b', 'other');
b1.postMessage({ n: 1 });
await sleep(20);
await attempt('b', () => b1.postMessage(1));
const { performance: p, PerformanceObserver, createHistogram, monitorEventLoopDelay } = await import('node:perf_hooks');
const o = new PerformanceObserver((list) => {
  log(
    'p',
    list.getEntries().map((e) => [e.entryType, e.name]),
  );
});
o.observe({ entryTypes: ['mark', 'measure'] });
p.mark('x');
p.measure('y', 'x');
await sleep(5);
o.disconnect();
p.mark('z');
await sleep(5);
const h = createHistogram();
for (let i = 1; i <= 1000; i++) h.record(i);
log('p', h.count, h.min, h.max, h.mean, h.percentile(50), h.percentile(99), Math.round(h.stddev));
h.record(100000);
log('p', h.max, h.percentile(100) >= 100000, h.count);
h.reset();
log('p', h.count);
await attempt('p', () => h.record(0));
await attempt('p', () => h.percentile(0));
const d = monitorEventLoopDelay({ resolution: 5 });
d.enable();
await sleep(60);
const end = performance.now() + 30;
while (performance.now() < end);
await sleep(20);
d.disable();
log('p', d.count > 5, d.min > 1e6, d.max > 25e6, d.mean > 1e6, d.percentile(50) < 20e6);
