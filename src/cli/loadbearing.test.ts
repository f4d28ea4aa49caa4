/** The command line as a person or a CI server meets it: real processes, exit codes, and nothing left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PROGRAM = join(process.cwd(), 'src/cli/loadbearing.ts');
const NODE = join(process.cwd(), 'node_modules/node/bin/node');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** Resolves when the text has been printed, or it has ended. */
  until(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(NODE, ['--disable-warning=ExperimentalWarning', PROGRAM, ...words], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      for (const look of looks) look();
    });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    child,
    said: () => text,
    until: (wanted) =>
      Promise.race([
        new Promise<void>((resolve) => {
          const look = () => text.includes(wanted) && resolve();
          looks.add(look);
          look();
        }),
        ended.then(() => {}),
      ]),
    ended,
  };
}

async function run(...words: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> {
  const running = start(words);
  return { code: await running.ended, said: running.said() };
}

function project(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), text);
  }
  return join(folder, name);
}

const service = (main: string, ports: string, startPeriod = '20s') => ({
  'compose.yaml': `services:
  app:
    build: ./app
    ${ports}
    healthcheck:
      test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/healthz"]
      interval: 1s
      timeout: 1s
      retries: 2
      start_period: ${startPeriod}
      start_interval: 100ms
`,
  'app/Dockerfile': 'FROM node:24-alpine\nWORKDIR /app\nCOPY src ./src\nCMD ["node", "src/main.ts"]\n',
  'app/src/main.ts': main,
});
const HEALTHY = `import { createServer } from 'node:http';
const server = createServer((_request, response) => response.end('ok')).listen(8080, () => console.log('pid ' + process.pid));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

/** Of a process, as long as it is there and no zombie. */
const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
const pidsIn = (text: string) => [...text.matchAll(/pid (\d+)/g)].map((match) => Number(match[1]));

/** Polls: nobody tells when somebody else's process has ended. */
async function gone(pids: readonly number[]): Promise<readonly number[]> {
  const untilMs = performance.now() + 10_000;
  while (pids.some(isAlive) && performance.now() < untilMs) await new Promise((resolve) => setImmediate(resolve));
  return pids.filter(isAlive);
}

describe('what is wrong is said, with an exit code', () => {
  test.each([
    [['fly'], 2, 'There is no command "fly".'],
    [['check'], 2, 'Name an exercise.'],
    [['check', 'd99'], 2, 'There is no exercise "d99". There are d'],
    [['check', 'd14', '--engine', 'steam'], 2, 'There is no engine "steam". There are lab and local.'],
    [['check', 'd14', '--seed', 'x'], 2, '--seed takes whole numbers'],
    [['check', 'd14', '--fast'], 2, "Unknown option '--fast'"],
    [['check', 'd14', 'nowhere'], 3, 'There is no folder '],
    [['check', 'd14', '.'], 3, 'has none of the files that D14 grades: gateway/src/stock.ts.'],
    [['check', 'd14', '--design', 'best'], 2, 'D14 has no design "best". It has starter, solution'],
    [['up', 'nothing'], 3, 'There is no sandbox "nothing" and no folder '],
    [['new', 'planet', 'mars'], 2, 'There is no "planet" to make.'],
    [['new', 'exercise', 'x'], 2, '"x" is no such name'],
  ] as const)('%j', { timeout: 20_000 }, async (words, code, sentence) => {
    const { code: found, said } = await run(...words);
    expect(said).toContain(sentence);
    expect(said).not.toContain('    at ');
    expect(found).toBe(code);
  });

  test('a compose file that is no YAML, with file and line', async () => {
    project('bad', { 'compose.yaml': 'services:\n  a: [\n' });
    const { code, said } = await run('up', 'bad');
    expect(said).toMatch(/^compose\.yaml:\d+:\d+: /);
    expect(code).toBe(3);
  });

  test('a busy port, with its owner', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    project('busy', service(HEALTHY, `ports: ["${port}:8080"]`));
    const { code, said } = await run('up', 'busy');
    server.close();
    expect(said).toContain(`Port ${port}, which app publishes, is taken`);
    if (process.platform === 'linux') expect(said).toContain(`by process ${process.pid} (`);
    expect(code).toBe(4);
  });

  test('a service that never becomes healthy, with its last lines', async () => {
    const main = `import { createServer } from 'node:http';
createServer((_request, response) => {
  console.error('the shelf is empty');
  response.writeHead(500).end();
}).listen(8080);
`;
    project('ill', service(main, 'expose: ["8080"]', '3s'));
    const { code, said } = await run('up', 'ill');
    expect(said).toContain('`app` never got healthy');
    expect(said.slice(said.indexOf('never got healthy'))).toContain('the shelf is empty');
    expect(code).toBe(4);
  });
});

describe('up', () => {
  test('serves its port, and Ctrl-C stops what it started, in order', { timeout: 30_000 }, async () => {
    const stranger = spawn(NODE, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    project('well', service(HEALTHY, 'ports: ["8080"]'));
    const running = start(['up', 'well']);
    await running.until('all services are ready');
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+)/.exec(running.said())!;
    expect(await (await fetch(url!)).text()).toBe('ok');
    const pids = pidsIn(running.said());
    expect(pids).toHaveLength(1);
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(130);
    expect(running.said()).toContain('app-1 * exited with code 0');
    expect(await gone(pids)).toEqual([]);
    expect(isAlive(stranger.pid!)).toBe(true);
    stranger.kill('SIGKILL');
  });

  test('kill -9 leaves no orphan, a paused one neither, and no folder', { timeout: 30_000 }, async () => {
    // Of its own: other tests of this machine make such folders at the same time.
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    project('killed', {
      ...service(HEALTHY, 'expose: ["8080"]'),
      'compose.yaml': `${service(HEALTHY, 'expose: ["8080"]')['compose.yaml']}    deploy: { replicas: 2 }\n`,
    });
    const running = start(['up', 'killed'], { TMPDIR: temporary });
    await running.until('all services are ready');
    const pids = pidsIn(running.said());
    expect(pids).toHaveLength(2);
    expect(readdirSync(temporary)).not.toEqual([]);
    process.kill(pids[0]!, 'SIGSTOP');
    running.child.kill('SIGKILL');
    await running.ended;
    expect(await gone(pids)).toEqual([]);
    const untilMs = performance.now() + 5000;
    while (readdirSync(temporary).length > 0 && performance.now() < untilMs)
      await new Promise((resolve) => setImmediate(resolve));
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('without redis-server it says so, and the lab’s own runs', { timeout: 30_000 }, async () => {
    project('store', { 'compose.yaml': 'services:\n  cache:\n    image: redis:7\n' });
    const running = start(['up', 'store'], { PATH: '/nonexistent' });
    await running.until('all services are ready');
    expect(running.said()).toContain("cache-1: redis is not installed on this machine; the lab's own runs instead");
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(130);
  });
});
