// packages: prom-client
import client, { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, Summary } from 'prom-client';

const register = new Registry();
register.setDefaultLabels({ app: 'x' });
const c = new Counter({
  name: 'requests_total',
  help: 'All "requests"',
  labelNames: ['method', 'status'],
  registers: [register],
});
c.inc({ method: 'GET', status: '200' });
c.inc({ method: 'GET', status: '200' }, 4);
c.labels('POST', '500').inc();
await attempt('a', () => c.inc(-1));
await attempt('a', () => c.inc({ nope: 1 }));
const _g = new Gauge({
  name: 'queue',
  help: 'q',
  registers: [register],
  collect() {
    this.set(7);
  },
});
const h = new Histogram({
  name: 'latency_seconds',
  help: 'l',
  buckets: [0.01, 0.1, 1],
  labelNames: ['route'],
  registers: [register],
});
for (const v of [0.005, 0.05, 0.5, 5]) h.observe({ route: '/' }, v);
const end = h.startTimer({ route: '/t' });
await sleep(20);
log('a', end() > 0.01);
const s = new Summary({ name: 'sizes', help: 's', percentiles: [0.5, 0.9], registers: [register] });
for (let i = 1; i <= 100; i++) s.observe(i);
log(
  'a',
  (await register.metrics()).split('\n').filter((l) => !/\/t"|latency_seconds_sum/.test(l)),
);
log(
  'a',
  register.contentType,
  (await register.getMetricsAsJSON()).map(({ name, type, values }) => [name, type, values.length]),
);
log('a', await register.getSingleMetricAsString('queue'));
register.resetMetrics();
log('a', (await c.get()).values.length);
await attempt('a', () => new Counter({ name: 'requests_total', help: 'x', registers: [register] }));
await attempt('a', () => new Counter({ name: 'bad name', help: 'x' }));
register.removeSingleMetric('queue');
log(
  'a',
  register.getMetricsAsArray().map((m) => m.name),
  client.linearBuckets(0, 10, 3),
  client.exponentialBuckets(1, 2, 4),
);
const own = new Registry();
collectDefaultMetrics({ register: own });
await sleep(30);
const names = [...(await own.metrics()).matchAll(/^# TYPE (\S+) (\S+)/gm)]
  .map(([, n, t]) => `${n} ${t}`)
  .filter((n) => !/file_desc|max_fds|open_fds|_virtual_memory|_resident_memory|process_heap/.test(n));
log('default', names);
const lag = await own.getSingleMetric('nodejs_eventloop_lag_p50_seconds')?.get();
log('default', lag?.values[0].value >= 0);
process.exit();
