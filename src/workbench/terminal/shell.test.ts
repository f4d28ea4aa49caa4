/** Lines as a person types them, against an engine's session that notes what it was asked. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type {
  Engine,
  ExecResult,
  FaultSpec,
  Reply,
  RequestSpec,
  ServiceInfo,
  Session,
  SessionUpdate,
  TraceEvent,
} from '../../engines/engine.ts';
import { WorkbenchSession } from '../session/session.ts';
import { Storage } from '../session/storage.ts';
import { complete, completeWord } from './complete.ts';
import { scanSql } from './prompts/psql.ts';
import { splitArguments } from './prompts/redis.ts';
import { Shell } from './shell.ts';
import { terminalTexts } from './texts.ts';

const service = (name: string, more: Partial<ServiceInfo> = {}): ServiceInfo => ({
  name,
  replicas: 1,
  ports: [8080],
  image: `${name}:build`,
  dependsOn: [],
  isPublished: false,
  ...more,
});

const compose = 'services:\n  gateway:\n    ports:\n      - "8080:8081"\n';

/** What the engine was asked, and what it answers with. */
class Bench implements Engine {
  readonly name = 'lab';
  readonly asked: string[] = [];
  readonly injected: FaultSpec[] = [];
  readonly requests: RequestSpec[] = [];
  reply: Partial<Reply> = {};
  answer: ExecResult = { status: 0, stdout: 'PONG\n', stderr: '' };
  /** What a look at a server shows. */
  seen = (_name: string, argv: readonly string[]): unknown =>
    argv[0] === 'lab-keys'
      ? { keys: [{ key: 'cart:7' }] }
      : /current_database/.test(argv.at(-1)!)
        ? [{ name: argv.includes('-d') ? 'other' : 'shop' }]
        : [{ name: 'stock' }];
  say: (update: SessionUpdate) => void = () => {};
  check = () => Promise.reject(new Error('not asked here'));

  boot = async () => ({ ok: true, session: this.session() }) as const;

  private session(): Session {
    let lastId = 0;
    return {
      topology: {
        services: [
          service('gateway', { isPublished: true }),
          service('catalog', { replicas: 2 }),
          service('cache', { image: 'redis:7-alpine' }),
          service('a-db', { image: 'postgres:17' }),
          service('b-db', { image: 'postgres:17' }),
        ],
      },
      seed: 1,
      play: () => {},
      pause: () => {},
      step: () => {},
      request: async (spec) => {
        this.requests.push(spec);
        const headers = { 'content-type': 'application/json' };
        return { status: 200, headers, body: '{"a":1}', durationMs: 12, requestId: 1, ...this.reply };
      },
      inject: async (fault) => {
        this.injected.push(fault);
        const id = ++lastId;
        this.event({ kind: 'fault', atMs: 1000, id, state: 'on', text: `${fault.kind} on it`, fault });
        return id;
      },
      heal: async (id) => {
        this.asked.push(`heal ${id}`);
      },
      startLoad: async (spec) => {
        this.asked.push(`load ${spec.ratePerSecond} ${spec.url}`);
        return 1;
      },
      stopLoad: async () => void this.asked.push('stop load'),
      exec: async (name, argv, replica) => {
        this.asked.push(`exec ${name} ${replica}: ${argv.join(' ')}`);
        return this.answer;
      },
      look: async (name, argv) => ({ status: 0, stdout: '', stderr: '', value: this.seen(name, argv) }),
      control: async ({ verb, target, ...rest }) => {
        this.asked.push(`${verb} ${target} ${'argument' in rest ? rest.argument : ''}`.trim());
      },
      capture: async () => {},
      edit: async () => ({ restarted: [], problems: [] }),
      subscribe: (listener) => {
        this.say = listener;
        return () => {};
      },
      stop: () => {},
    };
  }

  event(...events: TraceEvent[]): void {
    this.say({ kind: 'trace', nowMs: 5000, events });
  }
}

let bench: Bench;
let session: WorkbenchSession;
let shell: Shell;

beforeEach(async () => {
  bench = new Bench();
  session = new WorkbenchSession(
    {
      key: 'sandbox:test',
      sandboxId: 'test',
      title: { en: 'Test' },
      files: { 'compose.yaml': compose },
      editable: null,
      exercise: null,
      packagesUrl: '',
      loadLocks: async () => ({}),
    },
    async () => bench,
    new Storage(),
  );
  shell = new Shell(session);
  await session.start();
  bench.asked.length = 0;
  for (const state of ['starting', 'healthy'] as const) {
    const all = ['gateway-1', 'catalog-1', 'catalog-2', 'cache-1', 'a-db-1', 'b-db-1'];
    bench.event(...all.map((endpoint): TraceEvent => ({ kind: 'process', atMs: 1000, endpoint, state })));
  }
});

/** What was printed for it, without the line itself. */
async function typed(line: string): Promise<string> {
  shell.clear();
  await shell.submit(line, terminalTexts.en);
  await Promise.resolve();
  return shell.entries.value
    .filter(({ kind }) => kind !== 'line')
    .map(({ text }) => text)
    .join('\n');
}

describe('curl', () => {
  test('localhost is the published port of a service', async () => {
    expect(await typed('curl -s localhost:8080/x')).toBe('{"a":1}');
    expect(bench.requests[0]).toMatchObject({
      method: 'GET',
      url: 'http://gateway:8081/x',
      headers: { host: 'localhost:8080' },
    });
  });

  test('a body makes a POST; headers, method and time limit go with it', async () => {
    await typed(`curl -XPUT -H 'X-A: b' --json '{"q": 1}' -m 2 http://gateway:8081/orders`);
    expect(bench.requests[0]).toMatchObject({
      method: 'PUT',
      body: '{"q": 1}',
      timeoutMs: 2000,
      headers: { 'x-a': 'b', 'content-type': 'application/json' },
    });
    await typed('curl -d a=1 -d b=2 http://gateway:8081/');
    expect(bench.requests[1]).toMatchObject({ method: 'POST', body: 'a=1&b=2' });
  });

  test('-i, -o and -w print what curl prints', async () => {
    expect(await typed('curl -i http://gateway/')).toBe('HTTP/1.1 200 OK\ncontent-type: application/json\n\n{"a":1}');
    expect(await typed(String.raw`curl -so /dev/null -w '%{http_code} %{time_total}\n' http://gateway/`)).toBe(
      '200 0.012000',
    );
    expect(await typed('curl -s http://gateway/ | jq .a')).toBe('1');
  });

  test('no reply: the code and the words of curl, and && does not go on', async () => {
    bench.reply = { status: 0, error: 'ECONNREFUSED' };
    expect(await typed('curl http://gateway:81/ && echo yes')).toBe(
      'curl: (7) Failed to connect to gateway port 81 after 12 ms: Connection refused',
    );
    expect(await typed('curl -s http://gateway:81/ || echo no')).toBe('no');
  });
});

describe('docker compose', () => {
  test('ps lists containers as Compose does', async () => {
    expect(await typed('docker compose ps gateway catalog-2')).toMatchInlineSnapshot(`
      "NAME        IMAGE           SERVICE   STATUS            PORTS
      gateway-1   gateway:build   gateway   Up 4s (healthy)   0.0.0.0:8080->8081/tcp
      catalog-2   catalog:build   catalog   Up 4s (healthy)   8080/tcp"
    `);
  });

  test('what a fault can do is a fault, the rest is asked of the engine', async () => {
    await typed('docker compose kill catalog-2; docker compose pause gateway; docker compose stop catalog');
    expect(bench.injected).toEqual([
      { kind: 'kill', service: 'catalog-2' },
      { kind: 'pause', service: 'gateway' },
    ]);
    expect(bench.asked).toEqual(['stop catalog']);
    await typed('docker compose unpause gateway');
    expect(bench.asked.at(-1)).toBe('heal 2');
    await typed('docker compose kill -s TERM gateway');
    expect(bench.asked.at(-1)).toBe('kill gateway SIGTERM');
  });

  test('scale is asked for and the picture knows', async () => {
    expect(await typed('docker compose up -d --scale catalog=3')).toContain('Scaled to 3');
    expect(bench.asked).toEqual(['scale catalog 3']);
    expect(session.run.topology.value!.services.find(({ name }) => name === 'catalog')!.replicas).toBe(3);
  });

  test('exec runs a command of the image and hands on its exit code', async () => {
    expect(await typed('docker compose exec -T cache redis-cli ping')).toBe('PONG');
    expect(bench.asked).toEqual(['exec cache 1: redis-cli ping']);
    bench.answer = { status: 2, stdout: '', stderr: 'no\n' };
    expect(await typed('docker exec catalog-2 ls && echo yes')).toBe('no');
    expect(bench.asked.at(-1)).toBe('exec catalog 2: ls');
  });

  test('logs: tail, filter, and -f until Ctrl-C', async () => {
    const log = (endpoint: string, text: string): TraceEvent => ({
      kind: 'log',
      atMs: 2000,
      endpoint,
      stream: 'stdout',
      text,
      cause: 0,
    });
    bench.event(log('gateway-1', 'one'), log('catalog-1', 'two'), log('catalog-2', 'three'));
    expect(await typed('docker compose logs --tail 2')).toBe('catalog-1  | two\ncatalog-2  | three');
    expect(await typed('docker compose logs catalog | grep -c e')).toBe('1');
    const following = typed('docker compose logs -f --tail 0 gateway');
    bench.event(log('gateway-1', 'four'), log('catalog-1', 'five'));
    await new Promise<void>((done) => {
      shell.entries.subscribe((entries) => {
        if (entries.some(({ text }) => text.includes('four'))) done();
      });
    });
    shell.interrupt();
    expect(await following).toBe('gateway-1  | four\n^C');
  });

  test('a name that is none says which there are', async () => {
    expect(await typed('docker compose kill cart')).toContain('There are: gateway, catalog, cache, a-db, b-db');
  });
});

describe('servers', () => {
  test('a command finds its server, or asks which', async () => {
    expect(await typed('redis-cli GET x')).toBe('PONG');
    expect(bench.asked).toEqual(['exec cache 1: redis-cli GET x']);
    expect(await typed(`psql -c 'select 1'`)).toContain('a-db, b-db');
    await typed(`psql -h b-db -tAc 'select 2'`);
    expect(bench.asked.at(-1)).toBe('exec b-db 1: psql -tAc select 2');
    await typed(`psql -h b-db -c 'select 1'`);
    expect(bench.asked.at(-1)).toBe('exec b-db 1: psql -c select 1');
    expect(await typed('rabbitmqctl list_queues')).toContain('no service');
  });
});

describe('prompts of their own', () => {
  const signs = async (...lines: readonly string[]): Promise<readonly string[]> => {
    const seen: string[] = [];
    for (const line of lines) {
      await typed(line);
      seen.push(shell.sign);
    }
    return seen;
  };
  const finish = (line: string) => completeWord(line, shell.prompt.value!.complete(line)).line;

  test('redis-cli: commands one after the other, the database in the sign, its own history, exit', async () => {
    expect(await signs('redis-cli', 'SET a "b c"', 'SELECT 2', 'GET a', '', 'exit')).toEqual([
      'cache:6379>',
      'cache:6379>',
      'cache:6379[2]>',
      'cache:6379[2]>',
      'cache:6379[2]>',
      '$',
    ]);
    expect(bench.asked).toEqual([
      'exec cache 1: redis-cli --no-raw -n 0 SET a b c',
      'exec cache 1: redis-cli --no-raw -n 0 SELECT 2',
      'exec cache 1: redis-cli --no-raw -n 2 GET a',
    ]);
    expect(shell.history.value).toEqual(['redis-cli']);
    await typed('redis-cli');
    expect(shell.history.value).toEqual(['SET a "b c"', 'SELECT 2', 'GET a', 'exit']);
    expect([finish('hge'), finish('GET ca')]).toEqual(['hget', 'GET cart:7 ']);
    expect(await typed('MULTI')).toContain('MULTI is about one connection');
    expect(await typed('GET "a')).toBe('Invalid argument(s)');
    shell.leavePrompt();
    expect(shell.sign).toBe('$');
  });

  test('psql: a statement over several lines, quotes and brackets open, backslash commands at once', async () => {
    const lines = [
      'psql -h a-db',
      'select 1,',
      "'x;",
      "y' from (",
      '  orders); select 2; sel',
      '\\dt',
      'ect 3;',
      '\\c other',
      '\\dt',
      '\\q',
    ];
    expect(await signs(...lines)).toEqual([
      'shop=#',
      'shop-#',
      "shop'#",
      'shop(#',
      'shop-#',
      'shop-#',
      'shop=#',
      'other=#',
      'other=#',
      '$',
    ]);
    const psql = (sql: string, options = '') => `exec a-db 1: psql ${options}-c ${sql}`;
    expect(bench.asked).toEqual([
      psql("select 1,\n'x;\ny' from (\n  orders);"),
      psql('select 2;'),
      psql('sel\n\\dt\nect 3;'),
      psql('\\dt', '-d other '),
    ]);
  });

  test('psql: a transaction is handed over at its end; Ctrl-C forgets what was begun; Tab knows tables', async () => {
    await typed('docker compose exec b-db psql');
    expect(await typed('BEGIN;')).toContain('as a whole');
    expect(shell.sign).toBe('shop=*#');
    await typed('UPDATE orders SET a = 1; SELECT 1;');
    expect(bench.asked).toEqual([]);
    await typed('commit; select 9;');
    expect(bench.asked).toEqual([
      'exec b-db 1: psql -c BEGIN;\nUPDATE orders SET a = 1;\nSELECT 1;\ncommit;',
      'exec b-db 1: psql -c select 9;',
    ]);
    await typed('select (');
    expect([shell.sign, finish('FROM sto')]).toEqual(['shop(#', 'FROM stock ']);
    shell.prompt.value!.reset();
    expect(shell.sign).toBe('shop=#');
    await typed('exit');
    expect(shell.sign).toBe('$');
  });

  test('a prompt behind which something stands is refused, and so is a server that is not there', async () => {
    expect(await typed('redis-cli | grep a')).toContain('opens a prompt');
    expect(await typed('psql')).toContain('a-db, b-db');
    bench.seen = () => {
      throw new Error('the server is down');
    };
    expect(await typed('psql -h a-db')).toContain('the server is down');
    expect(shell.sign).toBe('$');
  });
});

test('semicolons in quotes, comments and brackets end nothing, however the text is cut', () => {
  const parts = ['select 1', "'a;b'", '"c;d"', '-- e;f\n', '/* g;h */', '$x$ i;j $x$', '(k;l)', ';', ' ', '\n'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 12 }), (chosen) => {
      const text = chosen.join(' ');
      const { statements, rest, open } = scanSql(text);
      expect(statements.length).toBe(chosen.filter((part) => part === ';').length);
      expect(['', '-']).toContain(open);
      expect(`${statements.join('')}${rest}`.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    }),
  );
});

test('arguments as redis-cli splits them', () => {
  expect(splitArguments(String.raw`SET "a b" 'c"d' "\x41\n" e`)).toEqual(['SET', 'a b', 'c"d', 'A\n', 'e']);
  expect(splitArguments(`SET 'a`)).toBe(null);
});

describe('faults and load', () => {
  test('tc makes one fault for each property of the link', async () => {
    await typed('tc link gateway catalog delay 200ms 20ms loss 5% rate 1mbit for 30s');
    expect(bench.injected).toEqual([
      { kind: 'latency', from: 'gateway', to: 'catalog', latencyMs: 200, jitterMs: 20, forMs: 30_000 },
      { kind: 'loss', from: 'gateway', to: 'catalog', probability: 0.05, forMs: 30_000 },
      { kind: 'bandwidth', from: 'gateway', to: 'catalog', bytesPerSecond: 125_000, forMs: 30_000 },
    ]);
    expect(await typed('tc del catalog gateway')).toBe('3 faults healed');
    expect(await typed('tc link gateway catalog delay soon')).toContain('delay: soon is no value');
  });

  test('fault takes each kind with its fields, lists and heals', async () => {
    await typed('fault cpu catalog 20ms for 10s; fault memory-limit catalog-2 64m; fault clock-skew gateway -60s');
    expect(bench.injected).toEqual([
      { kind: 'cpu', service: 'catalog', perRequestMs: 20, forMs: 10_000 },
      { kind: 'memory-limit', service: 'catalog-2', bytes: 64 * 1024 * 1024 },
      { kind: 'clock-skew', service: 'gateway', offsetMs: -60_000 },
    ]);
    expect(await typed('fault list')).toContain('cpu on it');
    expect(await typed('fault heal 9')).toContain('no fault 9');
    expect(await typed('fault heal all')).toBe('3 faults healed');
    expect(await typed('fault cpu')).toContain('usage: fault cpu SERVICE PERREQUEST');
  });

  test('load starts with what is said and the rest as it was', async () => {
    await typed('load start --rate 20');
    expect(bench.asked.some((line) => line.startsWith('load 20 http://gateway:8081/'))).toBe(true);
    await typed('load stop');
    expect(bench.asked.at(-1)).toBe('stop load');
  });
});

describe('the line', () => {
  test('Tab completes commands, subcommands, services and addresses', () => {
    const tabbed = (line: string) => complete(line, session).line;
    expect(tabbed('dock')).toBe('docker ');
    expect(tabbed('docker compose unp')).toBe('docker compose unpause ');
    expect(tabbed('docker compose kill catalog-2')).toBe('docker compose kill catalog-2 ');
    expect(tabbed('docker compose exec cache re')).toBe('docker compose exec cache redis-cli ');
    expect(tabbed('docker compose up --scale ca')).toBe('docker compose up --scale ca');
    expect(complete('docker compose up --scale ca', session).choices).toEqual(['catalog=', 'cache=']);
    expect(tabbed('curl http://lo')).toBe('curl http://localhost:8080/');
    expect(tabbed('psql -h a')).toBe('psql -h a-db ');
    expect(tabbed('tc link gateway cat')).toBe('tc link gateway catalog ');
    expect(tabbed('curl x | gr')).toBe('curl x | grep ');
    expect(tabbed('nothing x')).toBe('nothing x');
  });

  test('an unknown command and a quote left open are told', async () => {
    expect(await typed('kubectl get pods')).toContain('kubectl: command not found');
    expect(await typed(`echo 'x`)).toContain("a ' was opened");
  });

  test('history keeps lines once in a row', async () => {
    await typed('echo a');
    await typed('echo a');
    await typed('echo b');
    expect(shell.history.value).toEqual(['echo a', 'echo b']);
    expect(await typed('history')).toContain('2  echo b');
  });

  test('help names every command', async () => {
    const text = await typed('help');
    expect(text).not.toContain('undefined');
    expect(await typed('help tc')).toContain('delay 200ms');
  });
});
