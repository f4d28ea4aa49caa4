import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const body = JSON.stringify({
    path: request.url,
    name: 'Trail tent',
    priceCents: 24900,
    stock: 12,
    tags: ['tent', 'two'],
  });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
});

server.listen(Number(process.env.PORT ?? 8081), () => console.log('backend listens'));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
