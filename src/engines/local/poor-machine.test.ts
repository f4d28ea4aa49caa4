/** Machines and Nodes that can do less than this one. */
import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from 'vitest';
import { ChannelServer } from './channel-server.ts';
import { compiled } from './compiled.ts';
import { LocalEngine } from './local-engine.ts';
import { LEAST, type Platform } from './platform.ts';
import { thisMachine } from './this-machine.ts';

const withoutHooks = "import nodeModule from 'node:module'; delete nodeModule.registerHooks;";

/** One address, three descriptors, no groups, no SIGSTOP, no TypeScript; and a Node before 22.15. */
const poor: Platform = {
  ...thisMachine(),
  ...LEAST,
  name: 'This machine',
  insteadUse: 'use the lab',
  nodeFlags: ['--no-warnings', '--import', `data:text/javascript,${encodeURIComponent(withoutHooks)}`],
};

const dockerfile = (main: string) => `FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "${main}"]\n`;
const files = {
  'compose.yaml': 'services:\n  web:\n    build: ./web\n    ports: ["8080:8080"]\n  old:\n    build: ./old\n',
  'web/Dockerfile': dockerfile('src/main.ts'),
  'web/package.json': '{ "type": "module" }',
  'web/src/word.ts': 'export interface Word { text: string }\nexport const word: Word = { text: "hello" };\n',
  'web/src/main.ts': `import { createServer } from 'node:http';
import { type Word, word } from './word.ts';
const said: Word = await Promise.resolve(word);
createServer((request, response) => {
  if (request.url === '/where') response.end(new Error('here').stack as string);
  else response.end(said.text);
}).listen(8080);
`,
  'old/Dockerfile': dockerfile('main.cjs'),
  'old/main.cjs':
    "const { createServer } = require('node:http');\ncreateServer((_, response) => response.setHeader('connection', 'close').end('old')).listen(8081);\n",
};

test('TypeScript runs with its lines where they were, modules of both kinds tell when they are loaded, faults act', async () => {
  const engine = new LocalEngine({ platform: poor, servers: 'lab' });
  const result = await engine.boot({ id: 'two', files, packagesUrl: '' }, { seed: 1 });
  if (!result.ok || result.session === undefined) throw new Error(JSON.stringify(result));
  const { session } = result;
  const up = new Set<string>();
  await new Promise<void>((resolve) =>
    session.subscribe((update) => {
      if (update.kind !== 'trace') return;
      for (const event of update.events)
        if (event.kind === 'process' && event.state === 'running') up.add(event.endpoint);
      if (up.size === 2) resolve();
    }),
  );
  const ask = (url: string) => session.request({ method: 'GET', url, timeoutMs: 20_000 });
  expect(await ask('http://web:8080/')).toMatchObject({ status: 200, body: 'hello' });
  expect((await ask('http://web:8080/where')).body).toMatch(/src\/main\.ts:5:/);
  expect(await ask('http://old:8081/')).toMatchObject({ status: 200, body: 'old' });
  const id = await session.inject({ kind: 'refuse', service: 'old' });
  expect(await ask('http://old:8081/')).toMatchObject({ status: 0, error: 'ECONNREFUSED' });
  await session.heal(id);
  await expect(session.inject({ kind: 'pause', service: 'old' })).rejects.toThrow(
    'This machine cannot stop a process and let it go on: use the lab.',
  );
  session.stop();
  await session.closed;
});

test('who does not know a secret is sent away, and a secret is good for one', async () => {
  const channels = await ChannelServer.open();
  const coming = Promise.withResolvers<net.Socket>();
  const [port, secret] = channels.expect(coming.resolve).text.split(' ');
  const connect = (words: string) => {
    const socket = net.connect(Number(port), '127.0.0.1');
    // One that is sent away may learn it by a reset.
    socket.on('error', () => {});
    socket.write(words);
    return socket;
  };
  await once(connect(`${'0'.repeat(32)}\n`), 'close');
  await once(connect('no end of line'.repeat(9)), 'close');
  const guest = connect(`${secret}\nfirst words`);
  const socket = await coming.promise;
  await once(connect(`${secret}\n`), 'close');
  guest.end(', and more');
  let heard = '';
  for await (const chunk of socket) heard += chunk;
  expect(heard).toBe('first words, and more');
  channels.close();
});

test('a file that does not compile is left to Node, which says where', () => {
  expect(compiled('main.ts', 'const = 1;\n')).toBe('const = 1;\n');
  expect(compiled('main.ts', "import { a } from './a.ts';\nlet n: number = 1;\n").split('\n')[1]).toMatch(
    /^let n\s*= 1;$/,
  );
});
