/** An exercise that is right as it stands: a slow answer to be made quick, and one wrong way to do it. */
import { serviceFiles, serviceLines } from './service.ts';

/** @param compose of the sandbox; the exercise adds a service of its own to it */
export function exerciseFiles(slug: string, sandbox: string, compose: string): Record<string, string> {
  const id = slug.slice(0, slug.indexOf('-')).toUpperCase();
  const words = slug.slice(slug.indexOf('-') + 1).replaceAll('-', ' ');
  const title = `${words[0]?.toUpperCase() ?? ''}${words.slice(1)}`;
  const starter = {
    ...serviceFiles('greeter', { 'main.ts': MAIN, 'answer.ts': answer('  await delay(2000);\n', true) }),
    'compose.yaml': compose.replace(/^services:\n/m, `services:\n${serviceLines('greeter', 8095, false)}\n`),
  };
  return {
    'exercise.yaml': `id: ${id}
title:
  en: ${title}
  zh-cn: ${title}
sandbox: ${sandbox}
editable:
  - greeter/src/answer.ts
load: GET http://greeter:8095/greet/you 20/s
seeds: [11, 23]
hiddenSeeds: [58]
starterFails: an answer comes quickly
rejected:
  quick-and-wrong:
    failsCheck: an answer is for the one who asked
hints:
  - en: What is it that \`answer\` waits for?
    zh-cn: 函数 \`answer\` 在等什么？
`,
    'brief.mdx': `Callers of \`greeter\` wait two seconds for a line of text, and nobody knows why.

**Change \`greeter/src/answer.ts\`** so that p99 is at most 500 ms and every caller still gets the right answer.
`,
    'brief.zh-cn.mdx': `调用 \`greeter\` 的人为一行文字要等两秒，没有人知道为什么。

**修改 \`greeter/src/answer.ts\`**，使 p99 不超过 500 毫秒，而且每个调用者仍然得到正确的答案。
`,
    'checks.test.ts': CHECKS,
    ...under('starter', starter),
    'solution/greeter/src/answer.ts': answer('', false),
    'accepted/remembered/greeter/src/answer.ts': REMEMBERED,
    'rejected/quick-and-wrong/greeter/src/answer.ts': WRONG,
  };
}

function under(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}

function answer(wait: string, isSlow: boolean): string {
  return `${isSlow ? "import { setTimeout as delay } from 'node:timers/promises';\n\n" : ''}export async function answer(name: string): Promise<string> {
${wait}  return \`Hello, \${name}\`;
}
`;
}

const WRONG = `export async function answer(_name: string): Promise<string> {
  return 'Hello, you';
}
`;

const REMEMBERED = `const known = new Map<string, string>();

export async function answer(name: string): Promise<string> {
  const text = known.get(name) ?? \`Hello, \${name}\`;
  known.set(name, text);
  return text;
}
`;

const MAIN = `import { createServer } from 'node:http';
import { answer } from './answer.ts';

const server = createServer(async (request, response) => {
  const [, what, name = ''] = (request.url ?? '/').split('/');
  if (what === 'healthz') response.end('ok');
  else if (what === 'greet') response.end(await answer(decodeURIComponent(name)));
  else response.writeHead(404).end();
});

const port = Number(process.env.PORT ?? 8095);
server.listen(port, () => console.log(\`greeter listens on \${port}\`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

const CHECKS = `import { type TrafficStats, up, vary } from 'loadbearing';
import { beforeAll, expect, test } from 'vitest';

let answers: TrafficStats;

beforeAll(async () => {
  const system = await up();
  answers = await system.load({
    requests: (i) => ({ get: \`http://greeter:8095/greet/caller-\${i}\` }),
    rate: vary(18, 22),
    duration: '5s',
  });
});

test('an answer comes quickly', () => {
  expect(answers.latency.p99, 'p99 of an answer, ms').toBeLessThanOrEqual(500);
});

test('an answer is for the one who asked', () => {
  const right = answers.share(({ status, body, id }) => status === 200 && body === \`Hello, caller-\${id}\`);
  expect(right, 'right answers, %').toBeGreaterThanOrEqual(0.999);
});
`;
