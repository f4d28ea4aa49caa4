import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Catalog, dependenciesOf, readCatalog } from './catalog.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const main = `server.listen(8080);\n`;

/** A project that is right; each test breaks one thing. null removes a file. */
function read(changes: Record<string, string | null> = {}): Catalog {
  const root = mkdtempSync(join(tmpdir(), 'catalog-'));
  folders.push(root);
  const files: Record<string, string | null> = {
    'sandboxes/shop/sandbox.yaml': 'id: shop\ntitle:\n  en: The shop\n  zh-cn: 商店\nsummary: Five services.\n',
    'sandboxes/shop/compose.yaml': 'services: {}\n',
    'sandboxes/shop/gateway/src/main.ts': main,
    'sandboxes/shop/gateway/package.json': '{ "dependencies": { "express": "5.3.0" } }',
    'exercises/d14-breaker/exercise.yaml': yaml(),
    'exercises/d14-breaker/brief.mdx':
      '---\ntitle: x\n---\n\nimport A from "a";\n\n## The incident\n\nAt **noon** the [shop](x) stood\nstill.\n\nMore.\n',
    'exercises/d14-breaker/checks.test.ts': `test('stays fast', async () => {});\ntest("recovers", async () => {});\n`,
    'exercises/d14-breaker/starter/gateway/src/call.ts': 'export {};\n',
    'exercises/d14-breaker/solution/gateway/src/main.ts': '// better\n',
    'exercises/d14-breaker/rejected/timeout-only/gateway/src/main.ts': '// worse\n',
    'exercises/d14-breaker/accepted/opossum/gateway/package.json':
      '{ "dependencies": { "express": "5.3.0", "opossum": "10.0.0" } }',
    ...changes,
  };
  for (const [path, text] of Object.entries(files)) {
    if (text === null) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readCatalog(root);
}

function yaml(changes: Record<string, string> = {}): string {
  const fields: Record<string, string> = {
    id: 'D14',
    title: '{ en: A breaker, zh-cn: 熔断器 }',
    sandbox: 'shop',
    editable: '[gateway/src/main.ts, gateway/package.json]',
    hints: '[{ en: Look }, Measure]',
    seeds: '[1, 2, 3]',
    hiddenSeeds: '[11]',
    starterFails: 'stays fast',
    rejected: '{ timeout-only: { failsCheck: recovers } }',
    ...changes,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

const exerciseYaml = (changes: Record<string, string>) => ({ 'exercises/d14-breaker/exercise.yaml': yaml(changes) });

test('an exercise is its sandbox with starter laid over it, and its designs hold only what they change', () => {
  const [exercise] = read().exercises;
  expect(exercise).toMatchObject({
    id: 'D14',
    slug: 'd14-breaker',
    title: { en: 'A breaker', 'zh-cn': '熔断器' },
    hints: [{ en: 'Look' }, { en: 'Measure' }],
    incident: { en: 'At noon the shop stood still.' },
    starter: { 'compose.yaml': 'services: {}\n', 'gateway/src/main.ts': main, 'gateway/src/call.ts': 'export {};\n' },
    solution: { 'gateway/src/main.ts': '// better\n' },
    starterFails: 'stays fast',
    rejected: [{ name: 'timeout-only', failsCheck: 'recovers', files: { 'gateway/src/main.ts': '// worse\n' } }],
    accepted: [{ name: 'opossum' }],
    seeds: [1, 2, 3],
    hiddenSeeds: [11],
  });
});

test('the packages of a sandbox are those of its services and of every design of its exercises', () => {
  const { sandboxes, exercises } = read();
  expect(sandboxes[0]!.dependencies).toEqual({ express: '5.3.0' });
  expect(dependenciesOf(sandboxes[0]!, exercises)).toEqual({ express: '5.3.0', opossum: '10.0.0' });
});

describe('what an author is told', () => {
  test('a misspelt field', () => {
    expect(() =>
      read({ 'sandboxes/shop/sandbox.yaml': 'id: shop\ntitel: The shop\ntitle: x\nsummary: y\n' }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: sandboxes/shop/sandbox.yaml:2
        expected: one of id, title, summary, load
        found:    “titel”
        Remove or rename the field. Did you mean “title”?]
    `);
  });
  test('a title without English', () => {
    expect(() => read(exerciseYaml({ title: '{ zh-cn: 熔断器 }' }))).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: exercises/d14-breaker/exercise.yaml:2
        expected: title in English (en)
        found:    none
        English is what other languages fall back to: add \`en: …\`.]
    `);
  });
  test('broken YAML', () => {
    expect(() => read(exerciseYaml({ title: '{ en: x' }))).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: exercises/d14-breaker/exercise.yaml:3
        expected: YAML
        found:    Flow map in block collection must be sufficiently indented and end with a }
        Mend the syntax.]
    `);
  });
  test('a sandbox that does not exist', () => {
    expect(() => read(exerciseYaml({ sandbox: 'shopp' }))).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: exercises/d14-breaker/exercise.yaml:3
        expected: shop
        found:    “shopp”
        Name a folder of sandboxes/. Did you mean “shop”?]
    `);
  });
  test('an editable file that does not exist', () => {
    expect(() =>
      read(exerciseYaml({ editable: '[gateway/src/mian.ts, gateway/src/main.ts, gateway/package.json]' })),
    ).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: exercises/d14-breaker/exercise.yaml:4
        expected: a file of the starter
        found:    “gateway/src/mian.ts”
        Name a path inside the sandbox. Did you mean “gateway/src/main.ts”?]
    `);
  });
  test('a check that does not exist', () => {
    expect(() => read(exerciseYaml({ starterFails: 'stays quick' }))).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: exercises/d14-breaker/exercise.yaml:8
        expected: a check of checks.test.ts: “stays fast” or “recovers”
        found:    “stays quick”
        Copy the check's name exactly.]
    `);
  });
  test('a rejected design without the check that must fail', () => {
    expect(() => read(exerciseYaml({ rejected: '{}' }))).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: exercises/d14-breaker/exercise.yaml:9
        expected: rejected: { timeout-only: { failsCheck: … } }
        found:    nothing
        Say which check the design must fail.]
    `);
  });
  test('a rejected design without its folder', () => {
    expect(() =>
      read({ 'exercises/d14-breaker/rejected/timeout-only/gateway/src/main.ts': null }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: exercises/d14-breaker/exercise.yaml:9
        expected: a folder rejected/timeout-only/
        found:    none
        Add the design or remove the line.]
    `);
  });
  test('a design that a learner could not hand in', () => {
    expect(() =>
      read({ 'exercises/d14-breaker/solution/compose.yaml': 'services: { a: {} }\n' }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: exercises/d14-breaker/solution/compose.yaml
        expected: one of the editable files: gateway/src/main.ts or gateway/package.json
        found:    compose.yaml
        A learner could not hand this in: make the file editable or leave it alone.]
    `);
  });
  test('a design that changes nothing', () => {
    expect(() =>
      read({ 'exercises/d14-breaker/solution/gateway/src/main.ts': main }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: exercises/d14-breaker/solution/gateway/src/main.ts
        expected: a change
        found:    the same text as in the starter
        Remove the file: a design holds only what it changes.]
    `);
  });
  test('no seeds', () => {
    expect(() => read(exerciseYaml({ seeds: '[]' }))).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: exercises/d14-breaker/exercise.yaml:6
        expected: seeds: a list of whole numbers: the runs that grade, as [1, 2, 3]
        found:    a list
        Write it as expected.]
    `);
  });
  test('two versions of one package', () => {
    expect(() =>
      read({ 'sandboxes/shop/orders/package.json': '{\n  "dependencies": {\n    "express": "4.21.0"\n  }\n}' }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: sandboxes/shop/orders/package.json:3
        expected: express 5.3.0, as in sandboxes/shop/gateway/package.json
        found:    4.21.0
        Use one version of a package in all services of a sandbox.]
    `);
  });
  test('missing files', () => {
    expect(() =>
      read({ 'sandboxes/shop/sandbox.yaml': null, 'exercises/d14-breaker/checks.test.ts': null }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [CatalogError: sandboxes/shop/sandbox.yaml
        expected: the sandbox’s titles
        found:    no such file
        Write it: id, title, summary.

      exercises/d14-breaker/checks.test.ts
        expected: the checks that grade the exercise
        found:    no such file
        Write it.]
    `);
  });
});
