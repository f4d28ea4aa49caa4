import { parse } from 'acorn';
import { beforeAll, describe, expect, test } from 'vitest';
import { TestWorld } from '../lab/node/test-kernel.ts';
import { HOST_NAMES } from '../lab/process/evaluate.ts';
import { type Bundle, bundleBuiltins, bundlePackages, licencesOf } from './bundle.ts';

let builtins: Bundle;
let packages: Bundle;
beforeAll(async () => {
  builtins = await bundleBuiltins();
  packages = await bundlePackages({ express: '5.3.0', opossum: '10.0.0', cockatiel: '4.0.0' }, process.cwd());
}, 60_000);

/** Every node of a syntax tree. */
function* nodesOf(node: any): Generator<any> {
  if (node === null || typeof node !== 'object') return;
  if (typeof node.type === 'string') yield node;
  for (const value of Object.values(node)) if (typeof value === 'object') yield* nodesOf(value);
}

const treeOf = (code: string) => parse(code, { ecmaVersion: 2022, allowReturnOutsideFunction: true });

describe('no asynchrony of the host', () => {
  test.each(['builtins', 'packages'] as const)('the %s bundle has no async function and no await', (name) => {
    const { code } = name === 'builtins' ? builtins : packages;
    const found = [...nodesOf(treeOf(code))].filter(
      (node) => node.async === true || node.type === 'AwaitExpression' || node.type === 'ImportExpression',
    );
    expect(found.map((node) => code.slice(node.start, node.start + 80))).toEqual([]);
  });
});

describe('the built-ins bundle', () => {
  /** Names that the code looked up outside of itself while `program` ran. */
  function namesAskedFor(program: string): string[] {
    const asked = new Set<string>();
    const recorder = new Proxy(
      {},
      {
        has(_target, name) {
          if (typeof name === 'string') asked.add(name);
          return false;
        },
      },
    );
    const make = new Function(
      '$names',
      '__kernel',
      'Promise',
      `with ($names) { return (function () {${builtins.code}})(); }`,
    );
    const lab = new TestWorld().process();
    lab.builtins(builtins.code);
    let made: any;
    lab.enter(() => {
      made = make(recorder, lab.kernel, lab.Promise);
      const run = new Function('require', ...Object.keys(made.globals), program);
      run(made.builtin, ...Object.values(made.globals));
    });
    lab.world.run(10_000);
    expect(lab.fatal).toEqual([]);
    expect(lab.stdout).toBe('done\n');
    return [...asked].sort();
  }

  test('asks the host for its language and a few synchronous classes, and for nothing else', () => {
    const asked = namesAskedFor(`
      for (const name of require('module').builtinModules) require(name);
      const { pipeline, Readable, Transform, Writable } = require('stream');
      const http = require('http');
      http.createServer((request, response) => { console.table; response.end('hi'); }).listen(80, () => {
        http.get('http://localhost/', (response) => {
          pipeline(response, new Transform({ transform(c, e, cb) { cb(null, c); } }), new Writable({ write(c, e, cb) { cb(); } }), () => {
            AbortSignal.timeout(5).addEventListener('abort', () => {
              crypto.subtle.digest('SHA-1', new Uint8Array(1)).then(() => require('fs/promises').writeFile('/x', 'y')).then(() => {
                require('crypto').createHash('sha256').update(Math.random() + '' + new Date() + performance.now() + crypto.randomUUID()).digest();
                setInterval(() => process.exit(), 5); console.log('done');
              });
            });
          });
        });
      });`);
    const language = Object.getOwnPropertyNames(globalThis).filter((name) => !HOST_NAMES.includes(name as never));
    const allowed = new Set([...language, 'DOMException', 'Date', 'Intl', 'Math', 'TextDecoder', 'TextEncoder', 'URL']);
    for (const name of [
      'URLSearchParams',
      'structuredClone',
      '__kernel',
      'Promise',
      'Function',
      'eval',
      'undefined',
      'arguments',
    ]) {
      allowed.add(name);
    }
    expect(asked.filter((name) => !allowed.has(name))).toEqual([]);
  });

  test('classes keep their names', () => {
    const lab = new TestWorld().process();
    const shown = lab.run(
      builtins.code,
      `const all = [require('events'), require('stream').Readable, require('stream').Transform, require('http').Server, require('net').Server, require('http').IncomingMessage, Buffer, Date, URL, AbortController, require('assert').AssertionError, require('fs').Stats, setTimeout(() => {}, 1).constructor, require('string_decoder').StringDecoder];
       return all.map((one) => one.name).join(' ');`,
    );
    expect(shown).toBe(
      'EventEmitter Readable Transform Server Server IncomingMessage Buffer Date URL AbortController AssertionError Stats Timeout StringDecoder',
    );
  });

  test('lists what it is made of', () => {
    expect(builtins.problems).toEqual([]);
    expect(builtins.inputs).toContain('node_modules/readable-stream/lib/stream.js');
    expect(builtins.inputs.filter((path) => /node_modules\/(buffer|events|process)\//.test(path))).toEqual([]);
  });
});

describe('the packages bundle', () => {
  function load(): { lab: ReturnType<TestWorld['process']>; load: (specifier: string) => any } {
    const lab = new TestWorld().process();
    const made = lab.builtins(builtins.code);
    const globals: Record<string, unknown> = { ...made.globals, __builtin: made.builtin };
    // `eval` is no name for a parameter in strict code, and `Function` comes with the process.
    const names = [...new Set([...HOST_NAMES, '__builtin'])].filter((name) => name !== 'eval' && name !== 'Function');
    let loader: any;
    lab.enter(() => {
      loader = new Function(...names, packages.code)(...names.map((name) => globals[name]));
    });
    return { lab, load: (specifier) => inside(lab, () => loader(specifier)) };
  }
  function inside(lab: ReturnType<TestWorld['process']>, run: () => any): any {
    let result: unknown;
    lab.enter(() => {
      result = run();
    });
    expect(lab.fatal).toEqual([]);
    return result;
  }

  test('gives each package once, and null for what is not there', () => {
    const { load: get } = load();
    expect(get('express').exports.Router).toBeTypeOf('function');
    expect(get('express').exports).toBe(get('express').exports);
    expect(get('opossum').exports).toBeTypeOf('function');
    expect(Object.keys(get('cockatiel').exports)).toContain('retry');
    expect(get('left-pad')).toBeNull();
  });

  test('a policy of cockatiel waits in virtual time', () => {
    const { lab, load: get } = load();
    const { retry, handleAll, ConstantBackoff } = get('cockatiel').exports;
    let outcome = '';
    inside(lab, () => {
      let attempts = 0;
      const policy = retry(handleAll, { maxAttempts: 3, backoff: new ConstantBackoff(1000) });
      policy
        .execute(() => {
          attempts++;
          throw new Error('no');
        })
        .catch((error: Error) => {
          outcome = `${error.message} after ${attempts} at ${lab.world.scheduler.nowUs / 1000} ms`;
        });
    });
    lab.world.run(10_000);
    expect(outcome).toBe('no after 4 at 3000 ms');
  });

  test('a package that is not installed, or in another version, is named with what to do', async () => {
    const { problems } = await bundlePackages({ 'no-such-package': '1.0.0', express: '4.0.0' }, process.cwd());
    expect(problems).toMatchInlineSnapshot(`
      [
        "Package 'express' is wanted as 4.0.0, but 5.3.0 is installed. Use the same version in both.",
        "Package 'no-such-package' is not installed. Run \`npm install --save-dev --save-exact no-such-package\` in the project folder.",
      ]
    `);
  });

  test('licence texts of all packages are found', () => {
    const licences = licencesOf(packages.inputs, process.cwd());
    expect(licences.size).toBeGreaterThan(30);
    expect([...licences].filter(([, text]) => text === null).map(([folder]) => folder)).toMatchInlineSnapshot(`[]`);
  });
});
