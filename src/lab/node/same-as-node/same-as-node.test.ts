/**
 * One suite for two implementations: each program runs on the Node that runs this test (24) with its own modules, and
 * in a lab process on the built-ins bundle. What they log must be equal, line by line.
 */
import { createRequire } from 'node:module';
import { transformSync } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleBuiltins } from '../../../catalog/bundle.ts';
import { TestWorld } from '../test-kernel.ts';
import { asyncPrograms } from './async.ts';
import { syncPrograms } from './sync.ts';
import { formatted, inspected, withOptions } from './util.ts';

const require = createRequire(import.meta.url);
let bundle: string;

beforeAll(async () => {
  // Processes of the lab are in UTC.
  process.env.TZ = 'UTC';
  bundle = (await bundleBuiltins()).code;
}, 60_000);

const PRELUDE = `
const __util = require('util'), __lines = [];
const log = (...values) => { __lines.push(values.map((value) => __util.inspect(value, { depth: 5 })).join(' ')); };
const attempt = (f) => { try { log(f()); } catch (e) { log('threw', e.name, e.code, e.message); } };
const attemptAsync = async (f) => { try { log(await f()); } catch (e) { log('rejected', e.name, e.code, e.message); } };
`;

function onNode(body: string): unknown {
  return new Function('require', body)(require);
}

function inLab(body: string): unknown {
  const world = new TestWorld();
  const lab = world.process({ files: { '/tmp/.keep': '' } });
  const result = lab.run(bundle, body);
  world.run(60_000);
  expect(lab.fatal).toEqual([]);
  return result;
}

describe('util.inspect and util.format', () => {
  test.each(inspected)('inspect %s', (values) => {
    const body = `return [${values}].map((value) => require('util').inspect(value)).join('\\n');`;
    expect(inLab(body)).toBe(onNode(body));
  });
  test.each(withOptions)('inspect %s with %s', (values, options) => {
    const body = `return [${values}].map((value) => require('util').inspect(value, ${options})).join('\\n');`;
    expect(inLab(body)).toBe(onNode(body));
  });
  test.each(formatted)('format(%s)', (values) => {
    const body = `return require('util').format(${values});`;
    expect(inLab(body)).toBe(onNode(body));
  });
});

describe('synchronous modules', () => {
  test.each(Object.entries(syncPrograms))('%s', (_name, program) => {
    const body = `${PRELUDE}${program}\nreturn __lines;`;
    const expected = onNode(body);
    expect(expected).not.toEqual([]);
    expect(inLab(body)).toEqual(expected);
  });
});

describe('asynchronous modules', () => {
  test.each(Object.entries(asyncPrograms))('%s', async (_name, program) => {
    const body = `${PRELUDE}
      const __done = (async () => { ${program} })().catch((error) => log('failed', error.stack));
      return { lines: __lines, done: __done };`;
    const real = onNode(body) as { lines: string[]; done: Promise<void> };
    await real.done;
    expect(real.lines).not.toEqual([]);
    const lab = inLab(lower(body)) as { lines: string[] };
    expect(lab.lines).toEqual(real.lines);
  });
});

/** As npm packages are lowered for the lab. */
function lower(body: string): string {
  const supported = { 'async-await': false, 'for-await': false, 'async-generator': false };
  return `${transformSync(`function main() {${body}}`, { supported }).code}\nreturn main();`;
}
