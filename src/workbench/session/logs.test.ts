import { expect, test } from 'vitest';
import { Logs, sourcePlaces } from './logs.ts';

const files = { 'gateway/src/main.ts': '', 'gateway/src/stock.ts': '', 'orders/src/main.ts': '', 'compose.yaml': '' };
const found = (text: string, service = 'gateway') =>
  sourcePlaces(text, service, files).map((place) => [place.file, place.line, text.slice(place.start, place.end)]);

test('a stack trace’s path in the container is the file of the service that wrote it', () => {
  expect(found('    at stockOf (/app/src/stock.ts:14:9)')).toEqual([
    ['gateway/src/stock.ts', 14, '/app/src/stock.ts:14:9'],
  ]);
  expect(found('    at file:///app/src/main.ts:3:1', 'orders')).toEqual([
    ['orders/src/main.ts', 3, 'file:///app/src/main.ts:3:1'],
  ]);
});

test('a path from the project’s root and a bare file name are found too', () => {
  expect(found('compose.yaml:12: unknown key')).toEqual([['compose.yaml', 12, 'compose.yaml:12']]);
  expect(found('uncaught Error: boom (main.ts:12)')).toEqual([['gateway/src/main.ts', 12, 'main.ts:12']]);
});

test('packages and files that are not the learner’s are no links', () => {
  expect(found('at /app/node_modules/express/lib/router.ts:5:1')).toEqual([]);
  expect(found('at node:internal/main.js:5 and http://catalog:8081/items')).toEqual([]);
});

test('lines of one write are numbered on their own, and old ones are dropped in time', () => {
  const logs = new Logs();
  logs.apply({ kind: 'log', atMs: 1, endpoint: 'gateway-1', stream: 'stdout', text: 'a\nb\n', cause: 0 }, 0);
  expect(logs.lines.map((line) => [line.seq, line.text])).toEqual([
    [1, 'a'],
    [2, 'b'],
  ]);
  for (let i = 0; i < 7000; i++) {
    logs.apply({ kind: 'log', atMs: i, endpoint: 'gateway-1', stream: 'stdout', text: `${i}`, cause: 0 }, 0);
  }
  expect(logs.lines.length).toBeLessThanOrEqual(6000);
  expect(logs.lines.length + logs.dropped).toBe(7002);
  expect(logs.lines.at(-1)?.seq).toBe(7002);
});
