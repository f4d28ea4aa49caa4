/** What every engine does alike: the same project, the same requests, faults, edits and checks, one engine after the other. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Engine, FaultSpec, LoadTick, Project, Session, TraceEvent } from './engine.ts';
import { LocalEngine } from './local/local-engine.ts';
import type { LocalSession } from './local/local-session.ts';
import { TestLabEngine } from './test-lab-engine.ts';
import { testEngine } from './webcontainer/test-engine.ts';

interface Case {
  readonly engine: Engine;
  /** Faults of this suite that it says it cannot do. */
  readonly refuses: readonly FaultSpec['kind'][];
  /** Of the processes that run now. */
  pids(session: Session): readonly number[];
  /** When nothing of a session is left that was stopped, nor of the processes that ran. */
  closed(session: Session, running: readonly number[]): Promise<void>;
  close(): void;
}

const local: Case = {
  engine: new LocalEngine(),
  refuses: [],
  pids: (session) => (session as LocalSession).pids,
  closed: (session) => (session as LocalSession).closed,
  close: () => {},
};
const lab: Case = { ...local, engine: new TestLabEngine(), pids: () => [], closed: async () => {} };
const inside = testEngine();
const webcontainer: Case = {
  engine: inside.engine,
  // Nothing in a container promises SIGSTOP.
  refuses: ['pause'],
  pids: () => inside.pids(),
  // The bridge may be gone before what it started: the stand-in's own word says nothing of processes without a parent.
  closed: (_session, running) =>
    vi.waitFor(() => expect([...inside.pids(), ...running.filter(isAlive)]).toEqual([]), { timeout: 10_000 }),
  close: () => inside.engine.dispose(),
};

/** The container is StackBlitz's in a browser only; here it is the stand-in of webcontainer/test-container.ts. */
const ENGINES: readonly Case[] = [lab, local, webcontainer];

/** `front` asks `back`, of which there are two, and waits 400 ms at most. */
const files = {
  'compose.yaml': `name: pair
services:
  front:
    build: ./front
    ports: ["8080:8080"]
    depends_on:
      back: { condition: service_healthy }
    healthcheck: &probe
      test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/healthz"]
      interval: 2s
      start_period: 10s
      start_interval: 100ms
  back:
    build: ./back
    restart: always
    deploy: { replicas: 2 }
    healthcheck:
      <<: *probe
      test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8081/healthz"]
`,
  'front/Dockerfile': 'FROM node:24-alpine\nWORKDIR /app\nCOPY src ./src\nCMD ["node", "src/main.ts"]\n',
  'front/src/main.ts': `import { createServer } from 'node:http';
createServer(async (request, response) => {
  if (request.url === '/healthz') return void response.end('ok');
  try {
    const reply = await fetch('http://back:8081/word', { signal: AbortSignal.timeout(400) });
    response.end('front: ' + (await reply.text()));
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    console.error('no word: ' + (cause?.code ?? name));
    response.writeHead(name === 'TimeoutError' ? 504 : 502).end(cause?.code ?? name);
  }
}).listen(8080, () => console.log('front listens'));
`,
  'back/Dockerfile': 'FROM node:24-alpine\nWORKDIR /app\nCOPY src ./src\nCMD ["node", "src/main.ts"]\n',
  'back/src/word.ts': "export const word: string = 'hello';\n",
  'back/src/main.ts': `import { createServer } from 'node:http';
import { word } from './word.ts';
createServer((request, response) => {
  response.setHeader('connection', 'close');
  response.end(request.url === '/healthz' ? 'ok' : word + ' of ' + process.env.HOSTNAME);
}).listen(8081);
process.on('SIGTERM', () => process.exit(0));
`,
};
const project: Project = { id: 'pair', files, packagesUrl: '' };
const ask = { method: 'GET', url: 'http://front:8080/' };

const checks = `import { type System, up } from 'loadbearing';
import { beforeAll, expect, test } from 'vitest';
let pair: System;
beforeAll(async () => {
  pair = await up();
});
test('answers come from both replicas', async () => {
  const load = pair.load({ get: 'http://front:8080/', rate: 40, duration: '500ms' });
  const { errorRate, count } = await load;
  expect(count, 'answers').toBe(20);
  expect(errorRate, 'failed, %').toBe(0);
  const { list } = pair.tap.requests({ from: 'front', to: 'back' });
  expect(new Set(list.map(({ to }) => to)).size, 'replicas asked').toBe(2);
  expect(pair.tap.requests({ to: 'back' }).maxPerRoot, 'requests for one answer').toBe(1);
});
test('without back there is an honest answer', async () => {
  const refuses = pair.service('back').refuse();
  const { status } = await pair.request({ get: 'http://front:8080/' });
  refuses.heal();
  expect(status, 'status').toBe(502);
});
test('a wrong expectation is a failed check', async () => {
  const { status } = await pair.request({ get: 'http://front:8080/' });
  expect(status, 'status').toBe(418);
});
`;

describe.each(ENGINES)('$engine.name', ({ engine, refuses, pids, closed, close }) => {
  let session: Session;
  const events: TraceEvent[] = [];
  const looks = new Set<() => void>();

  /** The first event, past ones included, that fits. */
  const seen = (fits: (event: TraceEvent) => boolean, from = 0): Promise<TraceEvent> =>
    new Promise((resolve) => {
      let at = from;
      const look = () => {
        while (at < events.length) {
          const event = events[at++]!;
          if (!fits(event)) continue;
          looks.delete(look);
          resolve(event);
          return;
        }
      };
      looks.add(look);
      look();
    });
  const isState = (endpoint: string, state: string) => (event: TraceEvent) =>
    event.kind === 'process' && event.endpoint === endpoint && event.state === state;

  beforeAll(async () => {
    const result = await engine.boot(project, { seed: 1, speed: 1 });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    session = result.session;
    session.subscribe((update) => {
      if (update.kind !== 'trace') return;
      events.push(...update.events);
      for (const look of [...looks]) look();
    });
    await seen(isState('front-1', 'healthy'));
  }, 30_000);

  afterAll(async () => {
    session.stop();
    await closed(session, []);
    close();
  }, 30_000);

  test('boots in the order of depends_on and says what there is', () => {
    expect(session.topology.services.map(({ name, replicas, isPublished }) => [name, replicas, isPublished])).toEqual([
      ['front', 1, true],
      ['back', 2, false],
    ]);
    const began = events.findIndex(isState('front-1', 'starting'));
    for (const back of ['back-1', 'back-2']) expect(events.findIndex(isState(back, 'healthy'))).toBeLessThan(began);
  });

  test('a request goes through, and the trace has both, the second caused by the first', async () => {
    const from = events.length;
    const reply = await session.request(ask);
    expect(reply).toMatchObject({ status: 200, body: expect.stringMatching(/^front: hello of back-[12]$/) });
    const inner = await seen((event) => event.kind === 'request' && event.path === '/word', from);
    expect(inner).toMatchObject({ from: 'front-1', to: expect.stringMatching(/^back-[12]$/), cause: reply.requestId });
  });

  test('a name that nobody has, and a port on which nobody listens', async () => {
    expect(await session.request({ method: 'GET', url: 'http://nobody:8080/' })).toMatchObject({
      status: 0,
      error: 'ENOTFOUND',
    });
    expect(await session.request({ method: 'GET', url: 'http://front:9/' })).toMatchObject({
      status: 0,
      error: 'ECONNREFUSED',
    });
  });

  test('latency on the link, until it is healed', async () => {
    const fault = await session.inject({ kind: 'latency', from: 'front', to: 'back', latencyMs: 2000 });
    expect(await session.request(ask)).toMatchObject({ status: 504, body: 'TimeoutError' });
    await session.heal(fault);
    expect(await session.request(ask)).toMatchObject({ status: 200 });
  });

  test.each([
    [{ kind: 'refuse', service: 'back' }, 502, 'ECONNREFUSED'],
    [{ kind: 'reset', from: 'front', to: 'back' }, 502, 'ECONNRESET'],
    [{ kind: 'partition', from: 'front', to: 'back' }, 504, 'TimeoutError'],
    [{ kind: 'timeout', from: 'front', to: 'back' }, 504, 'TimeoutError'],
    [{ kind: 'drop-reply', from: 'front', to: 'back' }, 502, 'ECONNRESET'],
    [{ kind: 'dns-failure', from: 'front', to: 'back' }, 502, 'ENOTFOUND'],
    [{ kind: 'pause', service: 'back' }, 504, 'TimeoutError'],
  ] as const)('%o', async (fault, status, body) => {
    if (refuses.includes(fault.kind)) {
      await expect(session.inject(fault)).rejects.toThrow(/ cannot .*: use the lab\.$/);
      return;
    }
    const id = await session.inject(fault);
    const reply = await session.request(ask);
    await session.heal(id);
    // undici says what an end before the answer is in words of its own.
    if (body === 'ECONNRESET')
      expect(reply).toMatchObject({ status, body: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) });
    else expect(reply).toMatchObject({ status, body });
    expect(await session.request({ ...ask, timeoutMs: 5000 })).toMatchObject({ status: 200 });
  });

  test('a killed replica ends by SIGKILL and comes back by its restart policy', async () => {
    const from = events.length;
    await session.inject({ kind: 'kill', service: 'back-1' });
    expect(await seen(isState('back-1', 'exited'), from)).toMatchObject({ signal: 'SIGKILL' });
    await seen(isState('back-1', 'healthy'), from);
  });

  test('a fault on a service that there is not is refused with a sentence', async () => {
    await expect(session.inject({ kind: 'kill', service: 'nobody' })).rejects.toThrow(/^There is no service "nobody"/);
  });

  test('an edit restarts the services that have the file, and no other', async () => {
    const from = events.length;
    const { restarted, problems } = await session.edit({
      'back/src/word.ts': "export const word: string = 'good day';\n",
    });
    expect({ restarted, problems }).toEqual({ restarted: ['back'], problems: [] });
    await seen(isState('back-1', 'healthy'), from);
    await seen(isState('back-2', 'healthy'), from);
    expect((await session.request(ask)).body).toMatch(/^front: good day/);
    expect(events.slice(from).some(isState('front-1', 'exited'))).toBe(false);
  });

  test('an edit with a syntax error changes nothing and says where it is', async () => {
    const { restarted, problems } = await session.edit({ 'back/src/main.ts': 'const = 1;\n' });
    expect(restarted).toEqual([]);
    expect(problems[0]).toMatchObject({ file: 'back/src/main.ts', line: 1, severity: 'error' });
    expect((await session.request(ask)).status).toBe(200);
  });

  test('a load is measured each second', async () => {
    // A busy machine answers some of the first second's in the next.
    const tick = new Promise<LoadTick>((resolve) =>
      session.subscribe(
        (update) => update.kind === 'load' && Math.abs(update.tick.ratePerSecond - 30) < 5 && resolve(update.tick),
      ),
    );
    const id = await session.startLoad({ url: ask.url, ratePerSecond: 30 });
    expect(await tick).toMatchObject({ errorRate: 0, p50Ms: expect.any(Number) });
    await session.stopLoad(id);
  });

  test('logs are in the trace', async () => {
    expect(await seen((event) => event.kind === 'log' && event.text === 'front listens')).toMatchObject({
      endpoint: 'front-1',
      stream: 'stdout',
    });
    expect(
      events.some((event) => event.kind === 'log' && event.stream === 'stderr' && event.text.startsWith('no word:')),
    ).toBe(true);
  });

  test('a project that cannot run is refused, with file and line', async () => {
    const wrong = { ...project, files: { ...files, 'compose.yaml': 'services:\n  front:\n    biuld: ./front\n' } };
    const result = await engine.boot(wrong, { seed: 1, speed: 1 });
    expect(result.ok ? [] : result.problems[0]).toMatchObject({ file: 'compose.yaml', line: 2, severity: 'error' });
  });

  test('checks come to the same verdict', { timeout: 30_000 }, async () => {
    const verdict = await engine.check({ exerciseId: 'T1', project, checks, seeds: [3] });
    expect(verdict.failure).toBeUndefined();
    expect(verdict.checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['answers come from both replicas', true],
      ['without back there is an honest answer', true],
      ['a wrong expectation is a failed check', false],
    ]);
    expect(verdict.checks[2]!.measurements).toMatchObject([
      { label: 'status', actual: 200, bound: 418, passed: false },
    ]);
  });

  test('stop ends it all', async () => {
    const running = pids(session);
    const waiting = session.request({ method: 'GET', url: 'http://back:9/', timeoutMs: 60_000 });
    session.stop();
    expect((await waiting).status).toBe(0);
    await closed(session, running);
    expect(running.filter(isAlive)).toEqual([]);
  });
});

/** One that has ended and that nobody has asked for yet (a zombie) is not. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) Z /.test(readFileSync(file, 'utf8'));
}
