import express, { type NextFunction, type Request, type Response } from 'express';
import { UpstreamError } from './call.ts';
import { placeOrder } from './checkout.ts';
import { getProduct, listProducts } from './products.ts';
import { getOrder } from './shop.ts';

const app = express();
app.disable('x-powered-by');
// Stock and ratings change all the time: no one revalidates an answer, so none needs a hash.
app.disable('etag');
app.use(express.json());

app.get('/healthz', (_request, response) => {
  response.json({ status: 'ok' });
});

app.get('/products', async (_request, response) => {
  response.json(await listProducts());
});

app.get('/products/:sku', async (request, response) => {
  response.json(await getProduct(request.params.sku));
});

app.post('/orders', async (request, response) => {
  const order = await placeOrder(request.body);
  response.status(201).location(`/orders/${order.id}`).json(order);
});

app.get('/orders/:id', async (request, response) => {
  response.json(await getOrder(request.params.id));
});

app.use((request, response) => {
  response.status(404).json({ error: `no route for ${request.method} ${request.path}` });
});

// Express 5 passes what an async handler throws to here. The four parameters are how it knows an error handler.
app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
  const status = error instanceof UpstreamError ? error.status : badRequest(error) ? 400 : 500;
  const message = error instanceof Error ? error.message : String(error);
  if (status >= 500) console.error(`${request.method} ${request.path} ${status}: ${message}`);
  response.status(status).json({ error: status === 500 ? 'internal error' : message });
});

const port = Number(process.env.PORT ?? 8080);
const server = app.listen(port, () => console.log(`gateway listens on ${port}`));

// Finish what has begun, take nothing new, then leave. Docker kills whoever is still there after 10 s.
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});

/** express.json() marks a body that is no JSON. */
function badRequest(error: unknown): boolean {
  return (error as { status?: unknown } | null)?.status === 400;
}
