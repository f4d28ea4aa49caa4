/** A sandbox of two services: one greets, the other gives the words. */
import { serviceFiles, serviceLines } from './service.ts';

export function sandboxFiles(id: string): Record<string, string> {
  const title = `${id[0]!.toUpperCase()}${id.slice(1).replaceAll('-', ' ')}`;
  return {
    'sandbox.yaml': `id: ${id}
title:
  en: ${title}
  zh-cn: ${title}
summary:
  en: Two services. The gateway greets with words that it asks of another service.
  zh-cn: 两个服务。网关用另一个服务给出的词来问候。
`,
    'README.md': `# ${title}

\`\`\`
client → gateway:8080 → words:8081
\`\`\`

| request to the gateway | answer                                  |
| ---------------------- | --------------------------------------- |
| \`GET /greet\`           | a greeting, 503 when there are no words |
| \`GET /healthz\`         | 200 when the gateway itself works       |

\`docker compose up\` runs it, and so does \`npx loadbearing up ${id}\`.
`,
    'tsconfig.json': `${JSON.stringify(TSCONFIG, null, 2)
      .replace(/\[\n\s+("\w+")\n\s+\]/, '[$1]')
      .replace(/\[\n\s+("\*\/src")\n\s+\]/, '[$1]')}\n`,
    'compose.yaml': `name: ${id}

services:
${serviceLines('gateway', 8080, true)
  .replace('      PORT: 8080\n', '      PORT: 8080\n      WORDS_URL: http://words:8081\n')
  .replace('    healthcheck:', '    depends_on:\n      words:\n        condition: service_healthy\n    healthcheck:')}
${serviceLines('words', 8081, false).trimEnd()}
`,
    ...serviceFiles('gateway', { 'main.ts': GATEWAY }),
    ...serviceFiles('words', { 'main.ts': WORDS }),
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2024',
    module: 'NodeNext',
    strict: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  },
  include: ['*/src'],
};

const GATEWAY = `import { createServer } from 'node:http';

const words = process.env.WORDS_URL ?? 'http://words:8081';

const server = createServer(async (request, response) => {
  if (request.url === '/healthz') {
    response.end('ok');
    return;
  }
  if (request.url !== '/greet') {
    response.writeHead(404).end();
    return;
  }
  try {
    const reply = await fetch(\`\${words}/word\`, { signal: AbortSignal.timeout(500) });
    response.end(\`\${await reply.text()}, world\\n\`);
  } catch (error) {
    console.error(\`no words: \${error}\`);
    response.writeHead(503).end();
  }
});

const port = Number(process.env.PORT ?? 8080);
server.listen(port, () => console.log(\`gateway listens on \${port}\`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

const WORDS = `import { createServer } from 'node:http';

const server = createServer((request, response) => {
  if (request.url === '/healthz') response.end('ok');
  else if (request.url === '/word') response.end('Hello');
  else response.writeHead(404).end();
});

const port = Number(process.env.PORT ?? 8081);
server.listen(port, () => console.log(\`words listens on \${port}\`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;
