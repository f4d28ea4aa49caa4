/** Rules of DESIGN §2 and §3 that a reader could break without noticing. Each failure says what to do instead. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

interface Import {
  readonly from: string;
  /** A path from the root for our own files, else the package's name. */
  readonly to: string;
  readonly isTypeOnly: boolean;
}

const sources = filesBelow('src').filter((file) => /\.(ts|tsx|astro)$/.test(file) && !file.endsWith('.d.ts'));
/** Tests and what only tests use (`test-lab.ts`) may put the parts together and look at the real clock. */
const isTest = (file: string) => /\.test\.tsx?$|\/test-[\w-]+\.tsx?$/.test(file);
const code = sources.filter((file) => !isTest(file));
const imports = sources.flatMap(importsOf);

describe('imports go one way: site → workbench → engines, export → lab; catalog is data for all', () => {
  /** What each layer may import of our own code. */
  const allowed: Readonly<Record<string, readonly string[]>> = {
    lab: ['lab'],
    // Type-only: an engine speaks of verdicts and trace events.
    catalog: ['catalog'],
    engines: ['engines', 'lab', 'catalog'],
    // Reads compose files, as the lab does.
    export: ['export', 'lab'],
    workbench: ['workbench', 'engines', 'export', 'catalog'],
    site: ['site', 'workbench', 'engines', 'catalog'],
    cli: ['cli', 'engines', 'export', 'lab', 'catalog'],
  };
  for (const [layer, targets] of Object.entries(allowed)) {
    test(`${layer} imports only ${targets.join(', ')}`, () => {
      const wrong = imports
        .filter(({ from, to }) => layerOf(from) === layer && to.startsWith('src/') && layerOf(to) !== '')
        .filter(({ to, isTypeOnly }) => !targets.includes(layerOf(to)) && !(isTypeOnly && layerOf(to) === 'lab'))
        .filter(({ from }) => !isTest(from))
        .map(({ from, to }) => `${from} imports ${to}: move what both need into ${targets.at(-1)}, or pass it in`);
      expect(wrong).toEqual([]);
    });
  }

  test('nothing imports code from sandboxes or exercises', () => {
    const wrong = imports
      .filter(({ to }) => /^(sandboxes|exercises)\//.test(to))
      .map(({ from, to }) => `${from} imports ${to}: read it as text through src/catalog`);
    expect(wrong).toEqual([]);
  });

  test('panels of the workbench import session and ui, never each other', () => {
    const shared = ['session', 'ui', 'i18n', 'data', 'plot'];
    const panelOf = (file: string) => /^src\/workbench\/([^/]+)\//.exec(file)?.[1] ?? '';
    const wrong = imports
      .filter(({ from, to }) => panelOf(from) !== '' && panelOf(to) !== '' && panelOf(from) !== panelOf(to))
      // The figure is a small workbench of its own: it puts panels together, as the workbench's root does.
      .filter(({ from, to }) => !shared.includes(panelOf(to)) && panelOf(from) !== 'figure')
      .map(({ from, to }) => `${from} imports ${to}: put what both need into session/ (state) or ui/ (looks)`);
    expect(wrong).toEqual([]);
  });
});

describe('the lab is closed', () => {
  /** Each reasoned; see DESIGN §3. The guest code below src/lab/node stands on more small packages. */
  const hostPackages = ['yaml', 'sucrase', 'acorn', 'magic-string'];
  /** Server images hash as the real servers do, and compute as they do in every browser alike. */
  const imagePackages = /^(?:@noble\/hashes|@stdlib\/math-base-special-\w+)$/;
  const hostFiles = code.filter((file) => file.startsWith('src/lab/') && !file.startsWith('src/lab/node/'));

  test('host-side code imports only its few reasoned packages', () => {
    const wrong = imports
      .filter(({ from, to }) => hostFiles.includes(from) && !to.startsWith('src/'))
      .filter(({ to }) => !hostPackages.includes(packageName(to)))
      .filter(({ from, to }) => !(from.startsWith('src/lab/images/') && imagePackages.test(packageName(to))))
      .map(
        ({ from, to }) =>
          `${from} imports ${to}: the lab runs in a worker too; use ${hostPackages.join(', ')} or write it`,
      );
    expect(wrong).toEqual([]);
  });

  const bans: readonly { readonly what: string; readonly use: string }[] = [
    { what: 'setTimeout', use: 'scheduler.after' },
    { what: 'setInterval', use: 'scheduler.after' },
    { what: 'setImmediate', use: 'scheduler.after' },
    { what: 'queueMicrotask', use: 'the process’s own queue' },
    { what: 'fetch', use: 'a Host’s connect' },
    { what: 'Date', use: 'world.nowMs and world.epochMs' },
    { what: 'performance', use: 'scheduler.nowUs; real time is passed in as realNowMs' },
    { what: 'Promise', use: 'callbacks; the lab’s own promise for what processes see' },
    { what: 'Intl', use: 'plain formatting: locales differ between machines' },
    { what: 'document', use: 'nothing: the lab has no page' },
    { what: 'window', use: 'nothing: the lab has no page' },
  ];
  const mathBans = [
    'random',
    'log',
    'log2',
    'log10',
    'log1p',
    'exp',
    'expm1',
    'pow',
    'sin',
    'cos',
    'tan',
    'atan2',
    'cbrt',
    'hypot',
    'sinh',
    'cosh',
    'tanh',
  ];

  test('host-side code uses nothing of the host that waits, draws lots or rounds differently', () => {
    // intrinsics.ts names them to close them.
    const users = hostFiles.filter((file) => file !== 'src/lab/process/intrinsics.ts');
    expect(users.flatMap(bannedIn)).toEqual([]);
  });

  function bannedIn(file: string): string[] {
    const source = parse(file);
    const wrong: string[] = [];
    const report = (node: ts.Node, what: string, use: string) => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      wrong.push(`${file}:${line + 1}: ${what} is banned, use ${use}`);
    };
    // A name that the file itself declares, imports or takes as a parameter is not the host's.
    const own = declaredNames(source);
    const visit = (node: ts.Node): void => {
      if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
      if (ts.isAwaitExpression(node) || (ts.isFunctionLike(node) && hasAsync(node)))
        report(node, 'native async', 'callbacks');
      if (
        ts.isPropertyAccessExpression(node) &&
        node.expression.getText(source) === 'Math' &&
        mathBans.includes(node.name.text)
      ) {
        report(
          node,
          `Math.${node.name.text}`,
          node.name.text === 'random' ? 'Random' : 'core/random.ts (`ln`) or +, −, ×, ÷, √',
        );
      }
      if (
        ts.isBinaryExpression(node) &&
        node.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken &&
        !isLiteralPower(node)
      ) {
        report(node, '**', 'repeated multiplication');
      }
      if (ts.isIdentifier(node) && isUse(node) && !own.has(node.text)) {
        const ban = bans.find(({ what }) => what === node.text);
        if (ban !== undefined) report(node, ban.what, ban.use);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return wrong;
  }
});

describe('nothing leaves the origin', () => {
  test('no source asks for an address outside', () => {
    const asks =
      /(?:fetch|importScripts|import|new (?:Worker|WebSocket|EventSource|Request|URL)|open)\(\s*['"`](?:https?|wss?):\/\/(?!localhost|127\.0\.0\.1)|(?:src|href)=["'](?:https?:)?\/\/[^"']+\.(?:js|css|woff2?|png|svg|mjs)|@import\s+(?:url\()?["']?(?:https?:)?\/\/|url\(\s*["']?(?:https?:)?\/\//;
    const files = [...filesBelow('src'), ...filesBelow('lessons'), ...filesBelow('public')].filter(
      (file) =>
        /\.(ts|tsx|astro|css|mdx|html)$/.test(file) &&
        !file.startsWith('public/_lab/') &&
        !/\.test\.tsx?$/.test(file) &&
        !file.startsWith('src/lab/'),
    );
    const wrong = files.flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, i) =>
          asks.test(line) ? [`${file}:${i + 1}: asks for an address outside; ship the file with the site`] : [],
        ),
    );
    expect(wrong).toEqual([]);
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function layerOf(file: string): string {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? '';
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function importsOf(from: string): Import[] {
  const pattern = /^\s*(import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
  const lazy = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  const text = read(from);
  const target = (specifier: string) => {
    const clean = specifier.replace(/\?.*$/, '');
    return clean.startsWith('.') ? relative(root, resolve(root, dirname(from), clean)).replaceAll('\\', '/') : clean;
  };
  return [
    ...[...text.matchAll(pattern)].map((match) => ({
      from,
      to: target(match[3]!),
      isTypeOnly: match[2] !== undefined,
    })),
    ...[...text.matchAll(lazy)].map((match) => ({ from, to: target(match[1]!), isTypeOnly: false })),
  ];
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(
    file,
    read(file),
    ts.ScriptTarget.ES2023,
    true,
    file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
}

function hasAsync(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword) ?? false)
  );
}

/** 2 ** 20 is exact everywhere, and so is every power of a bigint. */
function isLiteralPower({ left, right }: ts.BinaryExpression): boolean {
  const isBigInt =
    ts.isBigIntLiteral(right) ||
    (ts.isCallExpression(right) && ts.isIdentifier(right.expression) && right.expression.text === 'BigInt');
  return isBigInt || (ts.isNumericLiteral(left) && ts.isNumericLiteral(right));
}

/** Whether the identifier reads a variable, and is not a property's, member's or type's name. */
function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isClassElement(parent) || ts.isParameter(parent) || ts.isBindingElement(parent) || ts.isEnumMember(parent))
    return false;
  return !ts.isImportSpecifier(parent) && !ts.isExportSpecifier(parent) && !ts.isVariableDeclaration(parent);
}

function declaredNames(source: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (
      (ts.isVariableDeclaration(node) ||
        ts.isParameter(node) ||
        ts.isBindingElement(node) ||
        ts.isImportSpecifier(node)) &&
      ts.isIdentifier(node.name)
    )
      names.add(node.name.text);
    if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name !== undefined)
      names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}
