/**
 * One suite for asynchrony: each program runs on the host's native async functions, and in the lab lowered by lower.ts
 * (services) and by esbuild (packages). All three must log the same lines in the same order.
 */
import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { type AsyncRuntime, createPromiseKit } from '../core/promise.ts';
import { lower } from './lower.ts';
import { createRuntime } from './runtime.ts';

const programs: Record<string, string> = {
  'await of a value and of a promise take one tick each': `
    const f = async () => { log('a'); await 1; log('b'); await Promise.resolve(); log('c'); };
    f().then(() => log('f done'));
    Promise.resolve().then(() => log(1)).then(() => log(2)).then(() => log(3)).then(() => log(4));`,
  'returning a promise from an async function costs three ticks': `
    const f = async () => Promise.resolve('x');
    f().then(log);
    Promise.resolve().then(() => log(1)).then(() => log(2)).then(() => log(3)).then(() => log(4)).then(() => log(5));`,
  'a thenable is adopted in a job of its own': `
    (async () => { log(await { then(resolve) { log('then called'); resolve('value'); } }); })();
    Promise.resolve().then(() => log(1)).then(() => log(2)).then(() => log(3));`,
  'try, catch and finally around await': `
    async function f(x) { try { await null; if (x) throw new Error('boom'); return 'returned'; }
      catch (e) { log(e.message); return 'caught'; } finally { log('finally'); } }
    f(true).then(log); f(false).then(log);`,
  'rejection travels through awaits': `
    const inner = async () => { throw new TypeError('deep'); };
    const outer = async () => { await inner(); };
    outer().catch((e) => log(e.name, e.message));`,
  'this, arguments and defaults': `
    const o = { v: 7, async m(a, b = a + 1, ...c) { await 0; return [this.v, a, b, c.length, arguments.length].join(); },
      arrow() { return (async () => { await 0; return this.v + arguments.length; })(); } };
    o.m(1).then(log); o.m(1, 2, 3, 4).then(log); o.arrow(1, 2).then(log);
    log(o.m.length, (async (a, b) => {}).length, (async ({ a }, b = 1) => {}).length);`,
  'a comma after the last parameter': `
    const f = async (
      a,
      { b },
    ) => a + b;
    f(1, { b: 2 }).then(log); log(f.length);`,
  'a parameter that throws rejects': `
    const f = async ({ a }) => a;
    try { f(undefined).catch((e) => log('rejected', e.name)); log('no throw'); } catch { log('threw'); }`,
  'super in async methods, also inside arrows': `
    class A { async hi(x) { return 'A' + x; } get p() { return 'pA'; } }
    class B extends A { async hi(x) { const r = await super.hi(x); return r + (await (async () => super.hi('!'))()) + super.p; }
      static async make() { return new this(); } async #secret() { await 0; return 1; } secret() { return this.#secret(); } }
    B.make().then(async (b) => { log(await b.hi(1)); log(await b.secret()); });`,
  'expression bodies, objects and nesting': `
    const a = async () => ({ k: 1 }); const b = async x => (await a()).k + x; const c = async () => await b(await b(1));
    c().then(log); (async () => await (async () => await 3)())().then(log);`,
  'await in loops, conditions and templates': `
    (async () => { let s = ''; for (let i = 0; await (i < 3); i++) { if (i === 1) continue; s += \`\${await i}-\`; }
      for (const x of [await 1, 2]) s += x; let n = 3; while (await n--) s += '.'; do { s += await '!'; } while (await false); log(s); })();`,
  'closures in loops see their own variable': `
    (async () => { const fs = []; for (let i = 0; i < 3; i++) { await 0; fs.push(() => i); } log(fs.map((f) => f()).join()); })();`,
  'async generators: order of next, yield of promises, return': `
    async function* g() { try { const x = yield Promise.resolve(1); log('got', x); yield* [2, 3]; yield 4; } finally { log('closed'); } }
    (async () => { const it = g(); log((await it.next()).value); log((await it.next('x')).value); log((await it.next()).value);
      log(JSON.stringify(await it.return('end'))); log(JSON.stringify(await it.next())); })();`,
  'async generators queue their requests': `
    async function* g() { log('start'); yield 1; await null; yield 2; }
    const it = g(); Promise.all([it.next(), it.next(), it.next()]).then((r) => log(JSON.stringify(r)));`,
  'async generator delegates to an async generator': `
    async function* inner() { try { yield 'a'; yield 'b'; } finally { log('inner closed'); } }
    async function* outer() { yield* inner(); yield 'c'; }
    (async () => { for await (const x of outer()) { log(x); if (x === 'b') break; } log('after'); })();`,
  'for await over sync iterables, break, continue, destructuring': `
    (async () => { for await (const [i, x] of [['a', 1], ['b', 2], ['c', 3]]) { if (i === 'b') continue; log(i, x); }
      let y; for await (y of [Promise.resolve(5)]) log(y);
      const it = { [Symbol.asyncIterator]() { let n = 0; return { next: async () => ({ value: n++, done: n > 4 }), return: async () => { log('return'); return {}; } }; } };
      for await (const n of it) if (n === 1) break; log('done'); })();`,
  'for await closes the iterator when the body throws': `
    const it = { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 1, done: false }), return: async () => { log('return'); return {}; } }) };
    (async () => { try { for await (const x of it) throw new Error('body'); } catch (e) { log(e.message); } })();`,
  'Promise.all, allSettled, any, race': `
    const later = (v, n) => n ? Promise.resolve().then(() => later(v, n - 1)) : v;
    Promise.all([1, later(2, 3), Promise.resolve(3)]).then((v) => log('all', v.join()));
    Promise.allSettled([Promise.reject(new Error('x')), 2]).then((v) => log(v.map((r) => r.status).join()));
    Promise.any([Promise.reject(1), later('any', 2)]).then(log); Promise.any([]).catch((e) => log(e.constructor.name, e.message));
    Promise.race([later('slow', 5), later('fast', 1)]).then(log);`,
  'finally passes values through and waits': `
    Promise.resolve('v').finally(() => new Promise((r) => Promise.resolve().then(r))).then(log);
    Promise.reject(new Error('e')).finally(() => 'ignored').catch((e) => log(e.message)); Promise.resolve().then(() => log('tick'));`,
  'subclasses keep their class': `
    class P extends Promise {} const p = P.resolve(1).then((x) => x + 1); log(p instanceof P, p.constructor.name);
    p.then(log); (async () => log(await P.resolve('sub')))(); Promise.resolve().then(() => log(1)).then(() => log(2));`,
  'withResolvers and try': `
    const { promise, resolve } = Promise.withResolvers(); promise.then(log); resolve('w'); Promise.try(() => { throw new Error('t'); }).catch((e) => log(e.message));`,
  'a promise resolved with itself': `
    let r; const p = new Promise((x) => { r = x; }); r(p); p.catch((e) => log(e.name, e.message));`,
  'async methods with computed and string keys, getters beside them': `
    const k = 'dyn'; const o = { async [k + 1]() { return 'd'; }, async 'a b'() { return 's'; }, get g() { return 'g'; }, async *[Symbol.asyncIterator]() { yield 1; } };
    (async () => { log(await o.dyn1(), await o['a b'](), o.g); for await (const x of o) log(x); })();`,
  'a variable named async': `
    const async = (x) => x; log(async(1)); const o = { async: 2, async async() { return 3; } };`,
};

function inTheLab(code: string): string[] {
  const lines: string[] = [];
  const jobs: (() => void)[] = [];
  const kit = createPromiseKit<null>({
    enqueue: (job) => jobs.push(job),
    getContext: () => null,
    setContext: () => {},
    onRejectedUnhandled: () => {},
    onHandledLater: () => {},
  });
  const runtime: AsyncRuntime = createRuntime({ kit } as never);
  const log = (...args: unknown[]) => lines.push(args.join(' '));
  new Function('log', 'Promise', '__lb', '__budget', code)(log, kit.Promise, runtime, {
    left: Number.MAX_SAFE_INTEGER,
  });
  for (let i = 0; jobs.length > 0 && i < 100_000; i++) jobs.shift()!();
  return lines;
}

async function natively(code: string): Promise<string[]> {
  const lines: string[] = [];
  new Function('log', 'Promise', code)((...args: unknown[]) => lines.push(args.join(' ')), Promise);
  await new Promise((resolve) => setImmediate(resolve));
  return lines;
}

describe.each(Object.entries(programs))('%s', (_name, code) => {
  test('lowered for services', async () => {
    const lines = inTheLab(lower(code, { guardsLoops: true }).code);
    expect(lines).toEqual(await natively(code));
    expect(lines.length).toBeGreaterThan(0);
  });

  test('lowered by esbuild for packages', async () => {
    const { code: lowered } = await transform(code, {
      target: 'es2022',
      supported: { 'async-await': false, 'for-await': false, 'async-generator': false },
    });
    // Ticks of adopted promises differ in esbuild's helper; what happens must not, so order is compared per line set.
    expect(inTheLab(lowered).sort()).toEqual((await natively(code)).sort());
  });
});

test('line numbers survive', () => {
  const source = 'const f = async (\n  a,\n) => {\n  await a;\n  for (;;)\n    break;\n  throw new Error();\n};\n';
  const { code } = lower(source, { guardsLoops: true });
  expect(code.split('\n').length).toBe(source.split('\n').length);
  expect(code.split('\n')[6]).toContain('throw new Error()');
});

test('top-level await and imports are reported', () => {
  const lowered = lower("var _a = require('./a.ts');\nawait _a.ready;\nfunction f() { require('x'); }", {
    guardsLoops: false,
  });
  expect(lowered.hasTopLevelAwait).toBe(true);
  expect(lowered.imports).toEqual(['./a.ts']);
  expect(lower('const f = async () => { await 1; };', { guardsLoops: false }).hasTopLevelAwait).toBe(false);
});
