/** A project of any size for the bench: a gateway that asks two of its services for every request, in turn. */

/** Files of a system with `count` services, the gateway among them. */
export function scaleProject(count: number): Record<string, string> {
  const backends = Array.from({ length: count - 1 }, (_, i) => `back${i + 1}`);
  const dockerfile =
    'FROM node:24-alpine\nWORKDIR /app\nCOPY package.json ./\nCOPY src ./src\nCMD ["node", "src/main.ts"]\n';
  const gateway = `
import { Agent, createServer, get } from 'node:http';
const agent = new Agent({ keepAlive: true });
const backends = ${JSON.stringify(backends)};
let turn = 0;
const ask = (host: string) => new Promise<string>((resolve, reject) => {
  get({ host, port: 8080, path: '/', agent }, (reply) => {
    let text = '';
    reply.setEncoding('utf8').on('data', (piece) => { text += piece; }).on('end', () => resolve(text));
  }).on('error', reject);
});
createServer(async (request, response) => {
  const hosts = [backends[turn++ % backends.length]!, backends[turn++ % backends.length]!];
  response.end(JSON.stringify(await Promise.all(hosts.map(ask))));
}).listen(8080);
`;
  const back = `
import { createServer } from 'node:http';
createServer((request, response) => response.end('{"stock":12}')).listen(8080);
`;
  const files: Record<string, string> = {
    'compose.yaml': `services:\n  gateway:\n    build: ./gateway\n    ports: ["8080:8080"]\n${backends.map((name) => `  ${name}:\n    build: ./${name}\n`).join('')}`,
  };
  for (const name of ['gateway', ...backends]) {
    files[`${name}/Dockerfile`] = dockerfile;
    files[`${name}/package.json`] = `{ "name": "${name}", "type": "module" }\n`;
    files[`${name}/src/main.ts`] = name === 'gateway' ? gateway : back;
  }
  return files;
}
