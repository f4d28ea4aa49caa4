import { expect, test } from 'vitest';
import { TestLab } from './test-lab.ts';

const main = `import http from 'node:http';
http.createServer((request, response) => response.end('VERSION')).listen(8080);`;
const compose = '    ports: ["8080:8080"]\n';

test('{n} in a load is the number of the request', async () => {
  const t = await TestLab.boot({ front: { main, compose } });
  t.run(100);
  const before = t.events.length;
  const id = t.lab.startLoad({ url: 'http://front:8080/item/{n}', ratePerSecond: 10 });
  t.run(250);
  t.lab.stopLoad(id);
  const paths = t.events
    .slice(before)
    .filter((event) => event.kind === 'request')
    .filter((event) => event.from === 'client')
    .map((event) => event.path);
  expect(paths).toEqual(['/item/1', '/item/2', '/item/3']);
});

test('an edit runs within 300 virtual ms, though a kept connection is in use', async () => {
  const t = await TestLab.boot({ front: { main, compose } });
  t.run(100);
  t.lab.startLoad({ url: 'http://front:8080/', ratePerSecond: 100 });
  t.run(1000);
  const files = { ...t.files, 'front/src/main.ts': main.replace('VERSION', 'two') };
  expect(t.lab.edit(files)).toEqual({ restarted: ['front'], problems: [] });
  t.run(300);
  expect(t.request('http://front:8080/').body).toBe('two');
});

test('an edit that does not compile changes nothing and says where', async () => {
  const t = await TestLab.boot({ front: { main, compose } });
  t.run(100);
  const { restarted, problems } = t.lab.edit({ ...t.files, 'front/src/main.ts': 'const a = 1;\nconst b = (;\n' });
  expect(restarted).toEqual([]);
  expect(problems[0]).toMatchObject({ file: 'front/src/main.ts', line: 2, severity: 'error' });
  expect(t.request('http://front:8080/').body).toBe('VERSION');
});
