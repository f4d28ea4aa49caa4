/** For tests: what the determinism triples are run on. Beside a chain and the shop, one that asks the language itself. */
import { chain, shop } from './test-fuzz-projects.ts';
import { projectOf } from './test-lab.ts';
import type { Scenario } from './test-triples.ts';

export function scenarios(): Scenario[] {
  const numbers = Array.from({ length: 10 }, (_, i) => i);
  return [
    { name: 'chain', ...chain(), requests: numbers.map((i) => chain().request(i)) },
    { name: 'shop', ...shop(), requests: numbers.map((i) => shop().request(i)) },
    language(),
  ].map(({ name, files, services, links, requests }) => ({ name, files, services, links, requests }));
}

/** Where engines are free to differ, or did: functions of Math, sorting, texts of dates and numbers, timers, order. */
function language(): Scenario {
  const main = `
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const names = ['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'cbrt', 'sqrt'];
function numbers() {
  const hash = createHash('sha256');
  for (let i = 0; i < 30; i++) {
    const x = Math.random() * 20 - 10;
    for (const name of names) hash.update(name + ':' + Math[name](x) + ';');
    hash.update(String(Math.atan2(x, i)) + Math.hypot(x, i) + Math.pow(Math.abs(x), x / 3) + Math.abs(x) ** 1.7);
    hash.update(x.toFixed(3) + x.toPrecision(5) + x.toExponential(2) + x.toString(36));
  }
  return hash.digest('hex');
}
function texts() {
  const now = new Date();
  const parts = [now.toISOString(), String(now), now.toLocaleString(), now.toLocaleDateString('de'), (1234567.891).toLocaleString()];
  parts.push(new Intl.NumberFormat('en-US', { style: 'currency', currency: 'EUR' }).format(12.5));
  parts.push(['b', 'ä', 'a', 'Z', '10', '9'].sort((a, b) => a.localeCompare(b)).join());
  parts.push(['b', 'ä', 'a', 'Z'].sort().join(), 'ǅ'.toLowerCase(), 'İ'.normalize('NFD'), 'straße'.toUpperCase());
  parts.push(JSON.stringify({ d: now, n: [1e21, 1e-7, -0, 0.1 + 0.2], u: '\\u2028\\ud800' }));
  parts.push(new URL('http://ÄÖ.example/a b?q=ü#x').href, encodeURIComponent('ü€'), /(?<y>\\d{4})-(?=1)/u.exec('2026-11').groups.y);
  parts.push(Object.keys({ b: 1, 2: 1, a: 1, 1: 1 }).join(), [3, 1, 2].toSorted((a, b) => b - a).join());
  return parts.join(' | ');
}
async function order() {
  const seen = [];
  const say = (word) => () => seen.push(word);
  setTimeout(say('t1'), 1); setTimeout(say('t0'), 0); setImmediate(say('i')); process.nextTick(say('n')); queueMicrotask(say('m'));
  Promise.resolve().then(say('p')).then(say('p2'));
  (async () => { await null; seen.push('a'); await new Promise((r) => setTimeout(r, 2)); seen.push('b'); })();
  await Promise.race([sleep(5), sleep(7)]);
  await Promise.allSettled([Promise.reject(new Error('x')), sleep(Math.random() * 10)]);
  return seen.join();
}
let count = 0;
createServer(async (request, response) => {
  count++;
  const spun = performance.now() + Math.random() * 3;
  while (performance.now() < spun) count += 0;
  const body = { count, numbers: numbers(), texts: texts(), order: await order(), id: randomUUID(), bytes: randomBytes(8).toString('hex') };
  console.log('%s %o %j', request.url, { count, at: performance.now() }, process.hrtime());
  // The trace knows how long a body is; what it says is in the log.
  console.log(JSON.stringify(body));
  response.setHeader('x-order', body.order);
  response.end(JSON.stringify(body));
}).listen(8080);
setInterval(() => console.log('tick', count, new Date()), 700);
`;
  return {
    name: 'language',
    files: projectOf({ web: { main, compose: '    ports: ["8080:8080"]\n    restart: always\n' } }),
    services: [{ name: 'web', replicas: 1 }],
    links: [['client', 'web']],
    requests: [{ method: 'GET', url: 'http://web:8080/a' }],
  };
}
