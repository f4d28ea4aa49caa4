// packages: @opentelemetry/api @opentelemetry/sdk-trace-base @opentelemetry/context-async-hooks express
import {
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import express from 'express';

const exporter = new InMemorySpanExporter();
const batch = new InMemorySpanExporter();
const provider = new BasicTracerProvider({
  sampler: new AlwaysOnSampler(),
  spanProcessors: [new SimpleSpanProcessor(exporter), new BatchSpanProcessor(batch, { scheduledDelayMillis: 10 })],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(provider);
propagation.setGlobalPropagator({
  inject(ctx, carrier, setter) {
    const s = trace.getSpanContext(ctx);
    if (s) setter.set(carrier, 'traceparent', `00-${s.traceId}-${s.spanId}-01`);
  },
  extract(ctx, carrier, getter) {
    const [, traceId, spanId] = String(getter.get(carrier, 'traceparent') ?? '').split('-');
    return traceId ? trace.setSpanContext(ctx, { traceId, spanId, traceFlags: 1, isRemote: true }) : ctx;
  },
  fields: () => ['traceparent'],
});
const tracer = trace.getTracer('t', '1.0');
const app = express();
app.use((req, res, next) => {
  const parent = propagation.extract(context.active(), req.headers);
  const span = tracer.startSpan(
    `${req.method} ${req.path}`,
    { kind: SpanKind.SERVER, attributes: { 'http.route': req.path } },
    parent,
  );
  res.on('finish', () => {
    span.setAttribute('http.status_code', res.statusCode);
    span.end();
  });
  context.with(trace.setSpan(parent, span), next);
});
app.get('/a', async (req, res) => {
  await sleep(3);
  await tracer.startActiveSpan('query', async (span) => {
    await sleep(2);
    span.addEvent('row', { n: 1 });
    setTimeout(() => {
      log('ctx', 'timer', trace.getActiveSpan() === span);
    }, 1);
    span.end();
  });
  res.json({ traceparent: req.get('traceparent') !== undefined });
});
app.get('/bad', (_req, res) => {
  const span = trace.getActiveSpan();
  span.recordException(new Error('boom'));
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'boom' });
  res.status(500).end();
});
const server = await new Promise((resolve) => {
  const one = app.listen(0, '127.0.0.1', () => resolve(one));
});
const base = `http://127.0.0.1:${server.address().port}`;
await Promise.all(
  ['/a', '/bad'].map((path) =>
    tracer.startActiveSpan(`client ${path}`, { kind: SpanKind.CLIENT }, async (span) => {
      const headers = {};
      propagation.inject(context.active(), headers);
      const res = await fetch(base + path, { headers });
      await res.text();
      log(
        'ctx',
        path,
        trace.getActiveSpan() === span,
        headers.traceparent.split('-')[1] === span.spanContext().traceId,
      );
      span.end();
    }),
  ),
);
await sleep(10);
const spans = exporter.getFinishedSpans();
const byId = new Map(spans.map((s) => [s.spanContext().spanId, s]));
log(
  'spans',
  spans
    .map((s) => [
      s.name,
      s.kind,
      s.status,
      s.attributes,
      s.events.map((e) => e.name),
      byId.get(s.parentSpanContext?.spanId)?.name ?? null,
      s.duration[0] * 1e3 + s.duration[1] / 1e6 > 1.5 || s.name.includes('bad'),
    ])
    .sort((a, b) => (a[0] < b[0] ? -1 : 1)),
);
log(
  'spans',
  /^[0-9a-f]{32}$/.test(spans[0].spanContext().traceId),
  new Set(spans.map((s) => s.spanContext().traceId)).size,
  spans[0].resource.attributes['service.name']?.slice(0, 15),
  spans[0].instrumentationScope.name,
);
const key = createContextKey('k');
log(
  'ctx',
  context.with(ROOT_CONTEXT.setValue(key, 5), () => context.active().getValue(key)),
  context.active().getValue(key) ?? 'none',
  context.bind(ROOT_CONTEXT.setValue(key, 6), () => context.active().getValue(key))(),
);
await provider.forceFlush();
log('spans', batch.getFinishedSpans().length);
await provider.shutdown();
await close(server);
process.exit();
