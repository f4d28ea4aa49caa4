import { beforeAll, expect, test } from 'vitest';
import { TestLab } from '../test-lab.ts';
import { hardenIntrinsics } from './intrinsics.ts';

beforeAll(hardenIntrinsics);

test('nothing that a program can reach through properties leads to the lab’s own objects', async () => {
  // From all modules, globals, the wrapper's names and live network objects, over values, prototypes, maps and sets.
  const lab = await TestLab.boot({
    a: {
      main: `import * as net from 'node:net';
import http, { createServer, request } from 'node:http';
import { builtinModules, createRequire } from 'node:module';
const load = createRequire(import.meta.url);
const roots = { globals: globalThis, meta: import.meta, runtime: typeof __lb === 'undefined' ? null : __lb, budget: typeof __budget === 'undefined' ? null : __budget };
for (const name of builtinModules) try { roots[name] = load(name); } catch {}
const seen = new Map();
const names = /^(scheduler|trace|lan|world|ledger|wire|network|tap|supervisor|container|kit|options|host|process_|peer)$/;
const found = new Set();
function walk(roots) {
  const queue = Object.entries(roots).map(([name, value]) => [value, name]);
  while (queue.length > 0 && seen.size < 200000) {
    const [value, path] = queue.shift();
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue;
    seen.set(value, path);
    if (ArrayBuffer.isView(value)) continue;
    if (value instanceof Map || value instanceof Set) for (const [key, one] of value.entries()) queue.push([key, path + '<key>'], [one, path + '<value>']);
    try { queue.push([Object.getPrototypeOf(value), path + '<proto>']); } catch {}
    for (const key of Reflect.ownKeys(value)) {
      let one;
      try { const d = Object.getOwnPropertyDescriptor(value, key); one = 'value' in d ? d.value : d.get?.call(value); } catch { continue; }
      const next = path + '.' + String(key);
      if (typeof one === 'object' && one !== null && isOfTheLab(one)) found.add(next);
      queue.push([one, next]);
    }
  }
}
// Classes of the host: a scheduler steps, a trace records, a lab's process delivers, a host has listeners.
function isOfTheLab(one) {
  const proto = Object.getPrototypeOf(one);
  if (proto === null || proto === Object.prototype) return false;
  const has = (...names) => names.every((name) => { try { return typeof one[name] === 'function'; } catch { return false; } });
  return has('runUntil', 'step') || has('record', 'subscribe') || has('deliver', 'burn') || has('addHost') || has('readText', 'write', 'remove') || has('receive', 'transmit') || has('connect', 'listen', 'lookup');
}
createServer((req, res) => {
  if (req.url === '/inner') return void res.end('x');
  const socket = net.connect(8080, '127.0.0.1', () => {
    const asked = request({ port: 8080, path: '/inner' }, (answer) => {
      walk({ ...roots, req, res, socket, asked, answer, server: req.socket.server });
      res.end(JSON.stringify({ found: [...found], count: seen.size }));
      socket.destroy(); answer.resume();
    }).end();
  });
}).listen(8080);`,
    },
  });
  lab.run(1000);
  const { found, count } = JSON.parse(lab.request('http://a:8080/').body);
  expect(count).toBeGreaterThan(2000);
  expect(found).toEqual([]);
});
