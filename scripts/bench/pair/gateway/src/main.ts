import { Agent, createServer, request as send } from 'node:http';

const host = process.env.BACKEND_HOST ?? 'localhost';
const backendPort = Number(process.env.BACKEND_PORT ?? 8081);
// Without keep-alive the benchmark would measure handshakes.
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

const server = createServer((request, response) => {
  const fail = (error: Error) => {
    response.writeHead(502, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: error.message }));
  };
  const upstream = send({ host, port: backendPort, path: request.url, agent }, (reply) => {
    const chunks: Buffer[] = [];
    reply.on('data', (chunk) => chunks.push(chunk));
    reply.on('error', fail);
    reply.on('end', () => {
      const item = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const body = JSON.stringify({ ...item, through: 'gateway' });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  });
  upstream.on('error', fail);
  upstream.end();
});

server.listen(Number(process.env.PORT ?? 8080), () => console.log('gateway listens'));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
