/**
 * The two scripts that every lab process evaluates for itself: Node's built-ins (src/lab/node) and the npm packages of
 * a sandbox. Both are the body of a function whose parameters are the process's globals; the built-ins' returns
 * `Builtins`, the packages' returns `load(specifier) → { exports } | null`. Async functions are lowered to generators,
 * so that nothing inside uses the host's promises.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { oneByte } from './one-byte.ts';
import { packageEntries } from './package-entries.ts';
import { shrink } from './shrink.ts';

export interface Bundle {
  readonly code: string;
  /** Paths of all modules in it, relative to the project folder; for the third-party notices. */
  readonly inputs: readonly string[];
  /** Bytes of each module in the code before identifiers were shortened. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Sentences about what could not be bundled. */
  readonly problems: readonly string[];
}

const projectFolder = join(dirname(fileURLToPath(import.meta.url)), '../..');
const nodeFolder = join(projectFolder, 'src/lab/node');

const shared = {
  absWorkingDir: projectFolder,
  bundle: true,
  format: 'esm',
  write: false,
  metafile: true,
  target: 'es2022',
  // `**` stays the engine's: esbuild would make Math.pow of it, which takes no bigints.
  supported: { 'async-await': false, 'for-await': false, 'async-generator': false },
  minifyWhitespace: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent',
} satisfies esbuild.BuildOptions;

/** `core` is what nearly every service needs; `full` adds what is large, such as http2 and zlib (src/lab/node/full.ts). */
export type Variant = 'core' | 'full';

const builtins = new Map<Variant, Promise<Bundle>>();

/** Node's built-ins, bundled once a process unless `isFresh` asks for it again. Free names of the code: `__kernel`, `Promise`, and the host's deterministic intrinsics. */
export function bundleBuiltins({
  variant = 'core',
  isFresh = false,
}: {
  variant?: Variant;
  isFresh?: boolean;
} = {}): Promise<Bundle> {
  const known = isFresh ? undefined : builtins.get(variant);
  if (known !== undefined) return known;
  const made = (async () => {
    const result = await esbuild.build({
      ...shared,
      stdin: {
        contents: `import ${ENTRIES[variant]} export default create();`,
        resolveDir: nodeFolder,
        loader: 'ts',
      },
      inject: [join(nodeFolder, 'inject.ts')],
      platform: 'neutral',
      mainFields: ['module', 'main'],
      // Before the names inside get their new meaning.
      banner: { js: `var __host={Date,Math,Intl${variant === 'full' ? ',WebAssembly' : ''}};` },
      plugins: [readableStreamOnOurs, webStreamsInNodesWords],
    });
    return await describe(result, []);
  })();
  builtins.set(variant, made);
  return made;
}

const ENTRIES: Readonly<Record<Variant, string>> = {
  core: `{ createBuiltins as create } from './index.ts';`,
  full: `{ createFullBuiltins as create } from './full.ts';`,
};

/** The texts that a lab on this machine runs: both sets of built-ins, and the packages of a sandbox. */
export async function bundlePrograms(
  dependencies: Readonly<Record<string, string>>,
  root: string,
  servers: readonly string[] = [],
): Promise<{ builtins: string; fullBuiltins: string; packages: string; images: Readonly<Record<string, string>> }> {
  const [core, full, packages, ...images] = await Promise.all([
    bundleBuiltins(),
    bundleBuiltins({ variant: 'full' }),
    bundlePackages(dependencies, root),
    ...servers.map(async (name) => [name, (await bundleImage(name)).code] as const),
  ]);
  return {
    builtins: core.code,
    fullBuiltins: full.code,
    packages: packages.code,
    images: Object.fromEntries(images),
  };
}

const imagesFolder = join(projectFolder, 'src/lab/images');

/** Names of the server images that the lab has: a folder each. */
export function imageNames(): string[] {
  return readdirSync(imagesFolder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
}

const images = new Map<string, Promise<Bundle>>();

/** A server image (src/lab/images): the body of a function that returns its ServerProgram. Bundled once a process unless `isFresh`. */
export function bundleImage(name: string, isFresh = false): Promise<Bundle> {
  const known = isFresh ? undefined : images.get(name);
  if (known !== undefined) return known;
  const made = (async () => {
    const result = await esbuild.build({
      ...shared,
      entryPoints: [join(imagesFolder, name, 'index.ts')],
      format: 'iife',
      globalName: '__image',
      minify: true,
      platform: 'browser',
      define: { 'process.env.NODE_ENV': '"production"' },
      footer: { js: 'return __image.default;' },
    });
    return await describe(result, [], false);
  })();
  images.set(name, made);
  return made;
}

/** readable-stream carries its own errors, inspect, process and events; here they are the process's. */
const readableStreamOnOurs: esbuild.Plugin = {
  name: 'readable-stream',
  setup(build) {
    const ours: Record<string, string> = {
      buffer: 'buffer/index.ts',
      events: 'events.ts',
      'abort-controller': 'abort.ts',
      'string_decoder/': 'string-decoder.ts',
      '../shims/process': 'stream/process.js',
      errors: 'stream/errors.ts',
      util: 'stream/shims.ts',
      validators: 'validators.ts',
    };
    build.onResolve({ filter: /./ }, ({ path, importer }) => {
      if (!importer.includes('/readable-stream/')) return undefined;
      const name = path.replace(/^(\.\.?\/)+(ours\/)?/, '');
      const target = ours[path] ?? (/^\.\.?\//.test(path) ? ours[name] : undefined);
      return target === undefined ? undefined : { path: join(nodeFolder, target) };
    });
  },
};

/** The polyfill words its errors as the standard's reference implementation does; its `TypeError` words them as Node does. */
const webStreamsInNodesWords: esbuild.Plugin = {
  name: 'web-streams',
  setup(build) {
    const words = join(nodeFolder, 'web-streams/words.ts');
    build.onLoad({ filter: /web-streams-polyfill[/\\]dist[/\\]ponyfill\.mjs$/ }, ({ path }) => {
      // Results in Node's order of properties, which JSON and console.log show.
      const code = readFileSync(path, 'utf8').replace(/\{value:([^,{}]+),done:([^,{}]+)\}/g, '{done:$2,value:$1}');
      return {
        contents: `import { StreamTypeError as TypeError } from ${JSON.stringify(words)};${code}`,
        loader: 'js',
      };
    });
  },
};

/**
 * The packages of a sandbox and everything they depend on, shared between them. `import` and `require` of a package are
 * the same copy: each is loaded the first time a process asks for it.
 * @param dependencies names and versions as package.json has them; the versions are those installed in the project
 */
export async function bundlePackages(dependencies: Readonly<Record<string, string>>, root: string): Promise<Bundle> {
  const { specifiers, problems } = packageEntries(dependencies, root);
  const cases = specifiers.map(
    (one) => `case ${JSON.stringify(one)}: return { exports: require(${JSON.stringify(one)}) };`,
  );
  const result = await esbuild.build({
    ...shared,
    stdin: {
      contents: `export default function load(specifier) { switch (specifier) { ${cases.join('\n')} } return null; };`,
      resolveDir: root,
      loader: 'js',
    },
    platform: 'node',
    conditions: ['node'],
    mainFields: ['main', 'module'],
    banner: { js: `${absent}var __spare=__builtin;` },
    alias: {
      // depd reads V8's structured stack traces when it is loaded; its own build for browsers runs in every engine.
      depd: 'depd/lib/browser/index.js',
    },
    plugins: [inspectFromUtil, asyncIteratorPrototype, builtinsFromProcess, withoutEncodingTables, mimeTypesInUse],
  });
  return await describe(result, problems);
}

/**
 * What a package gets for a built-in that the lab has not: it may import it and never use it, so the sentence comes
 * with the first call.
 */
const absent = `var __absent=name=>new Proxy({},{get:(target,key)=>typeof key==="symbol"||key==="__esModule"?undefined:
function(){throw new Error("node:"+name+" is not part of the lab, and a package called its "+key+".")}});`.replace(
  '\n',
  '',
);

/** object-inspect words one error message of a package deep under express; util.inspect is there already. */
const inspectFromUtil: esbuild.Plugin = {
  name: 'object-inspect',
  setup(build) {
    build.onLoad({ filter: /node_modules[/\\]object-inspect[/\\]index\.js$/ }, () => ({
      contents: `module.exports = (value) => __builtin('util').inspect(value);`,
      loader: 'js',
    }));
  },
};

/**
 * Under got: it takes the prototype of async iterators from an async generator, and those are lowered to ordinary
 * functions. An object with that prototype's one method does the same.
 */
const asyncIteratorPrototype: esbuild.Plugin = {
  name: 'async-iterator',
  setup(build) {
    const taken =
      /Object\.getPrototypeOf\(\s*Object\.getPrototypeOf\([^{}]*?async function\*\s*\(\)\s*\{\s*\}\s*\)\.prototype\s*\)/;
    build.onLoad({ filter: /@sec-ant[/\\]readable-stream[/\\].*asyncIterator\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(taken, '{ [Symbol.asyncIterator]() { return this; } }'),
      loader: 'js',
    }));
  },
};

/** Under express: it inflates bodies that clients compress, and no client in the lab does unless a program says so. */
const canSpareZlib = /[/\\]node_modules[/\\]body-parser[/\\]/;

/** `require('node:http')` inside a package asks the process for it. */
const builtinsFromProcess: esbuild.Plugin = {
  name: 'builtins',
  setup(build) {
    const names = new Set(builtinModules);
    build.onResolve({ filter: /./ }, ({ path, importer }) => {
      const name = path.replace(/^node:/, '').replace(/\/$/, '');
      if (!path.startsWith('node:') && !names.has(name)) return undefined;
      // A trailing slash means the npm package of that name.
      if (path.endsWith('/')) return undefined;
      return { path: name, namespace: name === 'zlib' && canSpareZlib.test(importer) ? 'spare' : 'builtin' };
    });
    for (const namespace of ['builtin', 'spare'])
      build.onLoad({ filter: /./, namespace }, ({ path }) => ({
        contents: `module.exports = __${namespace}(${JSON.stringify(path)}) ?? __absent(${JSON.stringify(path)});`,
        loader: 'js',
      }));
  },
};

/**
 * iconv-lite, under express's body parser, brings tables of East Asian encodings that weigh more than all the rest of
 * express. They are loaded only when such a body arrives; that then fails with a sentence.
 */
const withoutEncodingTables: esbuild.Plugin = {
  name: 'encoding-tables',
  setup(build) {
    build.onLoad({ filter: /iconv-lite[/\\]encodings[/\\]tables[/\\].*\.json$/ }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`The lab leaves out the encoding table ${basename(path, '.json')}; send UTF-8.`)});`,
      loader: 'js',
    }));
  },
};

/** Half of mime-db's types have neither a file extension nor a charset, and nothing that reads it can tell them from unknown ones. */
const mimeTypesInUse: esbuild.Plugin = {
  name: 'mime-db',
  setup(build) {
    build.onLoad({ filter: /mime-db[/\\]db\.json$/ }, ({ path }) => {
      const types = Object.entries<{ extensions?: unknown; charset?: unknown }>(JSON.parse(readFileSync(path, 'utf8')));
      const inUse = types.filter(([, { extensions, charset }]) => extensions !== undefined || charset !== undefined);
      return { contents: JSON.stringify(Object.fromEntries(inUse)), loader: 'json' };
    });
  },
};

async function describe(result: esbuild.BuildResult, problems: readonly string[], willShrink = true): Promise<Bundle> {
  const { inputs, outputs } = result.metafile!;
  const [output] = Object.values(outputs);
  const bytes = Object.entries(output!.inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const);
  return {
    code: oneByte(willShrink ? await shrink(result.outputFiles![0]!.text) : result.outputFiles![0]!.text),
    inputs: Object.keys(inputs),
    bytes: Object.fromEntries(bytes.sort((a, b) => b[1] - a[1])),
    problems: [...problems, ...warningsOf(result)],
  };
}

function warningsOf(result: esbuild.BuildResult): string[] {
  return result.warnings.map(({ text, location }) => `${location ? `${location.file}:${location.line}: ` : ''}${text}`);
}

/** Licence text of each npm package in a bundle, by package folder; null when it ships none. */
export function licencesOf(inputs: readonly string[], root: string): Map<string, string | null> {
  const licences = new Map<string, string | null>();
  for (const input of inputs) {
    const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (folder === undefined || licences.has(folder)) continue;
    licences.set(folder, readLicence(join(root, folder)));
  }
  return licences;
}

function readLicence(folder: string): string | null {
  for (const name of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license', 'license.md', 'License']) {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch {
      // The next name.
    }
  }
  return null;
}
