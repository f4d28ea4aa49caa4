import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../core/random.ts';
import { hardenIntrinsics } from '../../process/intrinsics.ts';
import type { ToolResult } from '../server.ts';
import { type TestClient, TestFiles, TestMachine } from '../test-machine.ts';
import { bytesOf, textOf } from './balance/health.ts';
import { parseConfig } from './config/parse.ts';
import { differences, supported } from './differences.ts';
import program from './index.ts';

const FILE = '/usr/local/etc/haproxy/haproxy.cfg';
const DEFAULTS = `
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 1s
`;

/** A machine `name` whose port 80 answers by `answer`; a null answer never comes. */
function service(hosts: Map<string, TestMachine>, name: string, answer: (path: string) => string | null): TestMachine {
  const machine = new TestMachine({ hostname: name, hosts });
  machine.listen(80, (socket) => {
    socket.onData = (chunk) => {
      const path = textOf(chunk).split(' ')[1] ?? '/';
      const text = answer(path);
      if (text !== null) socket.write(bytesOf(text));
    };
  });
  return machine;
}

const ok = (name: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${name.length}\r\n\r\n${name}`;

class World {
  readonly hosts = new Map<string, TestMachine>();
  readonly proxy: TestMachine;

  constructor(config: string, services: Readonly<Record<string, (path: string) => string | null>>) {
    for (const [name, answer] of Object.entries(services)) service(this.hosts, name, answer);
    const files = new TestFiles();
    files.write(FILE, bytesOf(config));
    this.proxy = new TestMachine({ hostname: 'lb', argv: ['haproxy'], hosts: this.hosts, files });
    this.proxy.start(program);
    this.advance(1);
  }

  /** All machines' clocks go on together, ms by ms as far as it matters. */
  advance(ms: number): void {
    for (let left = ms; left > 0; left -= 1) for (const machine of this.hosts.values()) machine.advance(1);
  }

  ask(path = '/', client: TestClient = this.proxy.client(8080)): string {
    client.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    this.advance(3);
    return client.text();
  }

  who(path = '/'): string {
    const answer = this.ask(path);
    return answer.startsWith('HTTP/1.1 200') ? answer.slice(answer.indexOf('\r\n\r\n') + 4) : answer.slice(9, 12);
  }
}

const pair = (balance: string, options = '') => `${DEFAULTS}
listen web
  bind :8080
  balance ${balance}
  ${options}
  server a a:80
  server b b:80
`;
const two = { a: () => ok('a'), b: () => ok('b') };

test('round robin, first and source choose as they are named', () => {
  const names = (balance: string) => {
    const world = new World(pair(balance), two);
    return Array.from({ length: 4 }, () => world.who()).join('');
  };
  expect(names('roundrobin')).toBe('abab');
  expect(names('static-rr')).toBe('abab');
  expect(names('first')).toBe('aaaa');
  expect(['aaaa', 'bbbb']).toContain(names('source'));
});

test('leastconn goes where less is going on', () => {
  const world = new World(pair('leastconn'), { a: (path) => (path === '/hang' ? null : ok('a')), b: () => ok('b') });
  world.ask('/hang');
  expect([world.who(), world.who(), world.who()]).toEqual(['b', 'b', 'b']);
});

test('random draws two and takes the one with less, so both get about the same', () => {
  const world = new World(pair('random'), two);
  const seen = Array.from({ length: 60 }, () => world.who());
  expect(seen.filter((name) => name === 'a').length).toBeGreaterThan(12);
  expect(seen.filter((name) => name === 'b').length).toBeGreaterThan(12);
});

test('a server that hangs is given up after `timeout server`', () => {
  const world = new World(pair('first', 'timeout server 500ms'), { a: () => null, b: () => ok('b') });
  const client = world.proxy.client(8080);
  expect(world.ask('/', client)).toBe('');
  world.advance(510);
  expect(client.text()).toMatch(/^HTTP\/1\.1 504 Gateway Time-out\r\n/);
});

test('sessions beyond maxconn wait in the queue, in order', () => {
  const world = new World(
    `${DEFAULTS}
listen web
  bind :8080
  timeout queue 2s
  server a a:80 maxconn 1
`,
    { a: (path) => (path === '/hang' ? null : ok(path)) },
  );
  const holder = world.proxy.client(8080);
  world.ask('/hang', holder);
  const waiting = ['/1', '/2'].map((path) => {
    const client = world.proxy.client(8080);
    world.ask(path, client);
    return client;
  });
  expect(world.proxy.server!.figures()).toMatchObject({ 'queue web': 2, 'sessions web/a': 1 });
  holder.reset();
  world.advance(10);
  expect(waiting.map((client) => client.text().slice(-2))).toEqual(['/1', '/2']);
});

test('checks take a server out and bring it back, slowly where it is said', () => {
  let isGood = true;
  const world = new World(
    `${DEFAULTS}
listen web
  bind :8080
  option httpchk GET /healthz
  default-server check inter 1s fall 2 rise 2
  server a a:80 slowstart 20s
  server b b:80
`,
    {
      a: (path) => (path === '/healthz' && !isGood ? 'HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n' : ok('a')),
      b: () => ok('b'),
    },
  );
  world.advance(1500);
  isGood = false;
  world.advance(2600);
  expect([world.who(), world.who()]).toEqual(['b', 'b']);
  expect(
    world.proxy.logs.some((line) =>
      /Server web\/a is DOWN, reason: Layer7 wrong status, code: 500, info: "No"/.test(line),
    ),
  ).toBe(true);
  isGood = true;
  world.advance(2600);
  expect(
    world.proxy.logs.some((line) => /Server web\/a is UP, reason: Layer7 check passed, code: 200/.test(line)),
  ).toBe(true);
  const soon = Array.from({ length: 10 }, () => world.who()).filter((name) => name === 'a').length;
  world.advance(20_000);
  const later = Array.from({ length: 10 }, () => world.who()).filter((name) => name === 'a').length;
  expect(soon).toBeLessThan(4);
  expect(later).toBeGreaterThanOrEqual(4);
});

test('a server whose answers fail is marked down by what is observed', () => {
  const world = new World(
    `${DEFAULTS}
listen web
  bind :8080
  default-server check inter 60s observe layer7 error-limit 3 on-error mark-down
  server a a:80
  server b b:80
`,
    { a: () => 'HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n', b: () => ok('b') },
  );
  world.advance(10);
  const seen = Array.from({ length: 10 }, () => world.who());
  expect(seen.filter((name) => name === '500')).toHaveLength(3);
  expect(seen.slice(-4)).toEqual(['b', 'b', 'b', 'b']);
});

test('a killed server is retried, then another is asked', () => {
  const world = new World(
    `${DEFAULTS}
listen web
  bind :8080
  retries 2
  option redispatch
  server a a:80
  server b b:80
`,
    two,
  );
  world.hosts.get('a')!.kill();
  const client = world.proxy.client(8080);
  world.ask('/', client);
  world.advance(2500);
  expect(client.text()).toMatch(/\r\n\r\nb$/);
  expect(world.proxy.server!.figures()).toMatchObject({ 'sessions web/a': 0, 'sessions web/b': 0 });
});

test('nobody there is 503, and the page says so', () => {
  const world = new World(`${DEFAULTS}\nlisten web\n  bind :8080\n  server a a:80 disabled\n`, { a: () => ok('a') });
  expect(world.ask()).toBe(
    'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 107\r\ncache-control: no-cache\r\ncontent-type: text/html\r\n\r\n<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n',
  );
});

test('a name that nobody has ends the start, unless it may come later', () => {
  const start = (options: string) =>
    new World(`${DEFAULTS}\nlisten web\n  bind :8080\n  server a nobody:80 ${options}\n`, {}).proxy;
  expect(start('').exited?.code).toBe(1);
  expect(start('').logs).toContainEqual(expect.stringContaining("could not resolve address 'nobody'"));
  expect(start('resolvers docker init-addr libc,none').exited).toBeNull();
});

test('server-template follows the addresses of a name', () => {
  const world = new World(
    `${DEFAULTS}\nlisten web\n  bind :8080\n  server-template s 3 a:80 resolvers docker init-addr none\n`,
    two,
  );
  expect(world.proxy.server!.figures()).toMatchObject({ 'up web/s1': 1, 'up web/s2': 0, 'up web/s3': 0 });
  world.proxy.lookup = (_name, onDone) => onDone(['a', 'b']);
  world.advance(1100);
  expect(world.proxy.server!.figures()).toMatchObject({ 'up web/s1': 1, 'up web/s2': 1, 'up web/s3': 0 });
  expect([world.who(), world.who()].sort()).toEqual(['a', 'b']);
  world.proxy.lookup = (_name, onDone) => onDone(['b']);
  world.advance(1100);
  expect([world.who(), world.who()]).toEqual(['b', 'b']);
});

test('statistics, as CSV and by the tool', () => {
  const world = new World(pair('roundrobin', 'stats enable\n  stats uri /stats'), two);
  world.who();
  const csv = world.ask('/stats;csv');
  expect(csv).toContain('\n# pxname,svname,qcur,'.slice(1));
  expect(csv).toMatch(/\nweb,a,0,0,0,1,,1,/);
  let result: ToolResult | null = null;
  world.proxy.server!.tool(['haproxy', 'show', 'stat'], (given) => {
    result = given;
  });
  expect((result as ToolResult | null)?.value).toMatchObject([
    { svname: 'FRONTEND' },
    { svname: 'a', stot: 1, hrsp_2xx: 1 },
    { svname: 'b', stot: 0 },
    { svname: 'BACKEND', status: 'UP' },
  ]);
});

test('errors of the configuration are told with their line, and end the start', () => {
  const { alerts } = parseConfig(
    'frontend x\n  bind nowhere\n  frobnicate\n  balance magic\n  use_backend y if unknown\n',
    {},
  );
  expect(alerts.map(({ line, text }) => `${line}: ${text}`)).toEqual([
    "2: 'bind' : missing port number: 'nowhere', ...",
    "3: unknown keyword 'frobnicate' in 'frontend' section",
    "4: 'balance' : only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', 'random' and 'first'.",
    "5: error detected while parsing condition : no such ACL : 'unknown'.",
    "0: frontend 'x' has no 'bind' directive. Please declare it as a backend if this was intended.",
  ]);
  const machine = new TestMachine({ hostname: 'lb' });
  machine.start(program);
  expect(machine.exited?.code).toBe(1);
  expect(machine.logs.join('\n')).toContain(`could not open configuration file ${FILE}`);
});

test('words have quotes, escapes, comments and variables', () => {
  const { config } = parseConfig(`backend b\n server "a" "$HOST:80" weight 2 # not this\n server c\\ d 1.2.3.4:80\n`, {
    HOST: 'web',
  });
  expect(config.proxies[0]!.servers).toMatchObject([{ name: 'a', host: 'web', port: 80, weight: 2 }, { name: 'c d' }]);
});

test('any configuration is either read or refused, and nothing is thrown', () => {
  const word = fc.constantFrom(
    'frontend',
    'backend',
    'listen',
    'bind',
    'server',
    ':80',
    'x',
    'if',
    '{',
    '}',
    'acl',
    'use_backend',
    'http-request',
    'deny',
    'timeout',
    'option',
    'httpchk',
    '5s',
    '"',
    '\\',
    '!',
    'server-template',
    '1-3',
    'balance',
    'default-server',
    'constructor',
  );
  fc.assert(
    fc.property(fc.array(fc.array(word, { maxLength: 6 }), { maxLength: 12 }), (lines) => {
      parseConfig(lines.map((words) => words.join(' ')).join('\n'), {});
    }),
    { numRuns: 500 },
  );
});

test('10000 malformed inputs from clients and servers never throw', () => {
  hardenIntrinsics();
  const random = new Random(7);
  const pieces = [
    'GET / HTTP/1.1\r\n',
    'POST /x HTTP/1.0\r\n',
    'host: x\r\n',
    'content-length: 5\r\n',
    'content-length: -1\r\n',
    'transfer-encoding: chunked\r\n',
    '\r\n',
    '\r\n\r\n',
    '5\r\nhello\r\n',
    'zz\r\n',
    '0\r\n\r\n',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'constructor: 1\r\n',
    '__proto__: 2\r\n',
    '\0\xff',
    'x'.repeat(300),
  ];
  const noise = () => Array.from({ length: 1 + random.below(6) }, () => pieces[random.below(pieces.length)]!).join('');
  let world = new World(pair('leastconn', 'option forwardfor'), { a: noise, b: () => ok('b') });
  for (let i = 0; i < 10_000; i++) {
    if (i % 500 === 499) {
      expect(world.who('/')).not.toBe('');
      world = new World(pair('leastconn', 'option forwardfor'), { a: noise, b: () => ok('b') });
    }
    const client = world.proxy.client(8080);
    const text = noise();
    const cut = random.below(text.length);
    client.send(text.slice(0, cut));
    client.send(text.slice(cut));
    if (i % 20 === 0) world.advance(2);
    client.reset();
  }
  expect(world.proxy.isAlive).toBe(true);
});

test('the page of differences has what it needs', () => {
  expect(supported.length).toBeGreaterThan(20);
  expect(differences.length).toBeGreaterThan(3);
});
