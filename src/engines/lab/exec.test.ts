/** Commands in containers, what Compose does to them, and packets seen: the worker's side, with real servers of the lab. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bundlePrograms } from '../../catalog/bundle.ts';
import type { Programs } from '../../lab/index.ts';
import type { CapturedPacket, TraceEvent } from '../engine.ts';
import type { Call, WorkerMessage } from '../remote/messages.ts';
import { readWorkerMessage } from '../remote/messages.ts';
import { LabRun } from './lab-run.ts';

const files = {
  'compose.yaml': `services:
  app:
    build: ./app
    ports: ["8080:8080"]
    depends_on: { cache: { condition: service_healthy } }
    healthcheck: { test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/"], interval: 1s }
  helper: { build: ./helper }
  db: { image: "postgres:17", environment: { POSTGRES_PASSWORD: secret } }
  cache: { image: "redis:7", healthcheck: { test: ["CMD", "redis-cli", "ping"], interval: 1s } }
`,
  'app/Dockerfile': 'FROM node:24-alpine\nCOPY . .\nCMD ["node", "src/main.ts"]\n',
  'app/package.json': '{ "name": "app", "type": "module" }',
  'app/src/main.ts': `import { createServer } from 'node:http';
import { connect } from 'node:net';
const cache = connect(6379, 'cache');
createServer((_request, response) => {
  cache.once('data', (reply) => response.end(String(reply)));
  cache.write('*2\\r\\n$4\\r\\nINCR\\r\\n$4\\r\\nhits\\r\\n');
}).listen(8080);
`,
  'helper/Dockerfile': 'FROM node:24-alpine\nCOPY . .\nCMD ["node", "src/main.ts"]\n',
  'helper/package.json': '{ "name": "helper", "type": "module" }',
  'helper/src/main.ts': 'setInterval(() => {}, 1000);\n',
};

let programs: Programs;
beforeAll(async () => {
  programs = await bundlePrograms({}, process.cwd(), ['redis', 'postgres']);
});

/** A run whose real clock is turned by hand: `run` lets that much real and virtual time pass. */
function boot() {
  const messages: WorkerMessage[] = [];
  let nowMs = 0;
  let due: { atMs: number; run: () => void }[] = [];
  const later = (delayMs: number, run: () => void) => {
    const one = { atMs: nowMs + delayMs, run };
    due.push(one);
    return () => {
      due = due.filter((each) => each !== one);
    };
  };
  const lab = LabRun.start({
    files,
    options: { seed: 1, speed: 1 },
    programs,
    clock: { nowMs: () => nowMs, soon: (run) => void later(0, run), later },
    post: (message) => {
      const taken = readWorkerMessage(structuredClone(message));
      if (taken === null) throw new Error(`The page would not take ${JSON.stringify(message)}.`);
      messages.push(taken);
    },
  })!;
  const run = (ms: number) => {
    const endMs = nowMs + ms;
    for (let turns = 0; turns < 100_000; turns++) {
      due.sort((a, b) => a.atMs - b.atMs);
      const next = due[0];
      if (next === undefined || next.atMs > endMs) break;
      due.shift();
      // A moment passes with every turn, as it does for a worker.
      nowMs = Math.max(nowMs + 0.01, next.atMs);
      next.run();
    }
    nowMs = endMs;
  };
  let lastId = 0;
  const call = (request: Call): WorkerMessage | undefined => {
    const id = ++lastId;
    lab.take({ kind: 'call', id, call: request });
    run(200);
    return messages.find((message) => 'id' in message && message.id === id && message.kind !== 'taken');
  };
  const updates = () => messages.flatMap((message) => (message.kind === 'update' ? [message.update] : []));
  const events = (): TraceEvent[] => updates().flatMap((update) => (update.kind === 'trace' ? update.events : []));
  const packets = (): CapturedPacket[] =>
    updates().flatMap((update) => (update.kind === 'packets' ? update.packets : []));
  const states = (endpoint: string) =>
    events().flatMap((event) => (event.kind === 'process' && event.endpoint === endpoint ? [event.state] : []));
  run(3000);
  expect(states('app-1').at(-1)).toBe('healthy');
  return { call, run, states, packets, events, end: () => lab.take({ kind: 'pause' }) };
}

const get = { name: 'request', spec: { method: 'GET', url: 'http://app:8080/' } } as const;
const exec = (service: string, ...argv: string[]): Call => ({ name: 'exec', service, argv });

describe('exec', () => {
  test('a command of the image answers with text and data; its exit code tells of errors', () => {
    const { call, end } = boot();
    call(get);
    expect(call(exec('cache', 'redis-cli', 'GET', 'hits'))).toMatchObject({
      value: { exitCode: 0, stdout: expect.stringMatching(/^\d+\n$/), value: expect.stringMatching(/^\d+$/) },
    });
    expect(call(exec('cache', 'ls'))).toMatchObject({ value: { exitCode: 127, stderr: 'ls: not found\n' } });
    end();
  });

  test('a service of the learner has no commands, an unknown one is named, a third replica is not there', () => {
    const { call, end } = boot();
    expect(call(exec('app', 'ls'))).toMatchObject({ kind: 'answer', value: null });
    expect(call(exec('cash', 'ls'))).toMatchObject({ kind: 'failed', message: expect.stringContaining('"cash"') });
    expect(call({ name: 'exec', service: 'cache', argv: ['redis-cli', 'ping'], replica: 3 })).toMatchObject({
      value: null,
    });
    end();
  });
});

test('the commands for looking on change nothing in the run', () => {
  const looked = boot();
  const quiet = boot();
  const looks = [
    exec('cache', 'lab-keys', '*', '50'),
    exec('db', 'lab-psql', '-c', 'SELECT pid, state FROM pg_stat_activity'),
    exec('db', 'lab-psql', '-c', 'SELECT relname, n_live_tup FROM pg_stat_user_tables'),
  ];
  for (let i = 0; i < 5; i++) {
    looked.call(get);
    quiet.call(get);
    for (const look of looks) {
      expect(looked.call(look)).toMatchObject({ value: { exitCode: 0 } });
      quiet.run(200);
    }
  }
  const what = (list: readonly TraceEvent[]) => list.map((event) => JSON.stringify(event));
  expect(what(looked.events())).toEqual(what(quiet.events()));
  looked.end();
  quiet.end();
});

describe('control', () => {
  test('what was stopped stays down until it is started', () => {
    const { call, run, states, end } = boot();
    call({ name: 'control', action: { verb: 'stop', target: 'helper' } });
    run(12_000);
    expect(states('helper-1').at(-1)).toBe('exited');
    call({ name: 'control', action: { verb: 'start', target: 'helper' } });
    run(1000);
    expect(states('helper-1').at(-1)).toBe('running');
    end();
  });

  test('replicas come and go; one port cannot be published twice', () => {
    const { call, run, states, end } = boot();
    call({ name: 'control', action: { verb: 'scale', target: 'helper', argument: 3 } });
    run(1000);
    expect([states('helper-2').at(-1), states('helper-3').at(-1)]).toEqual(['running', 'running']);
    expect(call({ name: 'control', action: { verb: 'scale', target: 'app', argument: 2 } })).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('port is already allocated'),
    });
    end();
  });
});

describe('capture', () => {
  test('packets come while it is on, with their bytes, and change nothing in the run', () => {
    const { call, packets, events, end } = boot();
    const quiet = boot();
    call(get);
    expect(packets()).toEqual([]);
    call({ name: 'capture', isOn: true });
    call(get);
    const text = packets().map(({ from, to, data }) => `${from} > ${to}: ${new TextDecoder().decode(data)}`);
    expect(text).toContainEqual('app-1 > cache-1: *2\r\n$4\r\nINCR\r\n$4\r\nhits\r\n');
    expect(text).toContainEqual(expect.stringMatching(/^cache-1 > app-1: :\d+\r\n$/));
    expect(text).toContainEqual(expect.stringMatching(/^client > app-1: GET \/ HTTP\/1.1\r\n/));
    call({ name: 'capture', isOn: false });
    const count = packets().length;
    call(get);
    expect(packets()).toHaveLength(count);
    end();

    quiet.call(get);
    quiet.run(200);
    quiet.call(get);
    quiet.run(200);
    quiet.call(get);
    const what = (list: readonly TraceEvent[]) => list.map((event) => JSON.stringify(event));
    expect(what(quiet.events())).toEqual(what(events()));
    quiet.end();
  });
});

test('the load numbers its requests, and goes round where it is told to', () => {
  const { call, run, packets, events, end } = boot();
  call({ name: 'capture', isOn: true });
  const spec = { url: 'http://app:8080/{n}/{n%2}', ratePerSecond: 10, headers: { 'x-key': 'k{n}' } };
  call({ name: 'startLoad', spec });
  run(200);
  const paths = events().flatMap((event) => (event.kind === 'request' && event.from === 'client' ? [event.path] : []));
  expect(paths.slice(0, 3)).toEqual(['/1/1', '/2/2', '/3/1']);
  expect(
    packets()
      .map(({ data }) => new TextDecoder().decode(data))
      .join(),
  ).toContain('x-key: k3');
  end();
});
