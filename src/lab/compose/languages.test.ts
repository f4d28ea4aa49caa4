import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findImage } from '../images/index.ts';
import { findCycle, startOrder } from './graph.ts';
import { absolutePath, globToRegExp, projectPath } from './paths.ts';
import { closest } from './problems.ts';
import { joinWords, splitWords } from './shell.ts';
import { formatMs, parseBytes, parseDurationMs, parsePort } from './units.ts';

describe('units', () => {
  test.each([
    ['250ms', 250],
    ['1m30s', 90_000],
    ['1.5s', 1_500],
    ['2h', 7_200_000],
    ['300us', 0.3],
    ['0', 0],
    ['10', null],
    ['', null],
    ['1s 2s', null],
    ['-1s', null],
    ['s', null],
  ])('duration %j is %j ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  test.each([
    ['256m', 268_435_456],
    ['1.5g', 1_610_612_736],
    ['64MB', 67_108_864],
    ['1024', 1024],
    ['a lot', null],
  ])('size %j is %j bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  test('ports are 1 to 65535', () => {
    expect(['0', '1', '65535', '65536', '8o', ''].map(parsePort)).toEqual([null, 1, 65535, null, null, null]);
  });

  test('durations in sentences', () => {
    expect([5, 1_500, 60_000, 90_000].map(formatMs)).toEqual(['5 ms', '1.5 s', '1 min', '1 min 30 s']);
  });
});

describe('words', () => {
  test('quotes, backslashes, variables', () => {
    const variables = { PORT: '80', EMPTY: '' };
    expect(splitWords(`node 'a b' "c \\"d\\" $PORT" e\\ f \${EMPTY:-g} '$PORT'`, { variables }).words).toEqual([
      'node',
      'a b',
      'c "d" 80',
      'e f',
      'g',
      '$PORT',
    ]);
  });

  test.each(['a && b', 'a | b', 'a; b', 'a > f', 'a $(b)', 'a `b`', 'a "$(b)"', "a 'b"])('%j needs a shell', (text) =>
    expect(splitWords(text).words).toBeNull(),
  );

  test('joined words split into the same words', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(splitWords(joinWords(words)).words).toEqual(words);
      }),
    );
  });
});

describe('paths', () => {
  test('absolute and project paths', () => {
    expect(absolutePath('/app', './src/../main.ts')).toBe('/app/main.ts');
    expect(absolutePath('/app', '/etc//x/')).toBe('/etc/x');
    expect(absolutePath('/', '../..')).toBe('/');
    expect(projectPath('web', './src')).toBe('web/src');
    expect(projectPath('web', '../api')).toBe('api');
    expect(projectPath('web', '../../etc')).toBeNull();
    expect(projectPath('', '/etc')).toBeNull();
  });

  test('patterns match whole paths', () => {
    const matches = (pattern: string, path: string) => globToRegExp(pattern).test(path);
    expect(matches('*.ts', 'a.ts')).toBe(true);
    expect(matches('*.ts', 'a/b.ts')).toBe(false);
    expect(matches('**/*.ts', 'b.ts')).toBe(true);
    expect(matches('**/*.ts', 'a/b/c.ts')).toBe(true);
    expect(matches('a?c', 'a.c')).toBe(true);
    expect(matches('a.c', 'abc')).toBe(false);
  });
});

describe('graph', () => {
  const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 20 });
  const nodesOf = (list: [number, number][]) =>
    [...Array(8).keys()].map((n) => ({ name: `${n}`, dependsOn: list.flatMap(([a, b]) => (a === n ? `${b}` : [])) }));

  test('a reported cycle is one, and without one the order respects every edge', () => {
    fc.assert(
      fc.property(edges, (list) => {
        const nodes = nodesOf(list);
        const cycle = findCycle(nodes);
        if (cycle !== null) {
          expect(cycle[0]).toBe(cycle.at(-1));
          for (let i = 1; i < cycle.length; i++) expect(nodes[Number(cycle[i - 1])]!.dependsOn).toContain(cycle[i]);
          return;
        }
        const order = startOrder(nodes);
        expect([...order].sort()).toEqual(nodes.map((node) => node.name));
        for (const { name, dependsOn } of nodes)
          for (const other of dependsOn) expect(order.indexOf(other)).toBeLessThan(order.indexOf(name));
      }),
    );
  });
});

describe('names', () => {
  test('the nearest known name, or none', () => {
    const known = ['environment', 'env_file', 'expose', 'ports'];
    expect(closest('enviroment', known)).toBe('environment');
    expect(closest('prots', known)).toBe('ports');
    expect(closest('env-file', known)).toBe('env_file');
    expect(closest('banana', known)).toBeNull();
  });

  test('references to the node image', () => {
    for (const reference of ['node', 'node:24', 'docker.io/library/node:24-alpine', 'node:24-alpine@sha256:00']) {
      expect(findImage(reference).image).not.toBeNull();
    }
    expect(findImage('localhost:5000/node').image).toBeNull();
    expect(findImage('node:24-slim').image?.tools).toEqual(['node']);
  });
});
