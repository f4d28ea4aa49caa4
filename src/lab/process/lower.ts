/**
 * Rewrites JavaScript so that the lab owns its asynchrony, in place, line by line:
 *   async functions      → generators driven by the process's own Promise (core/promise.ts, AsyncRuntime)
 *   await                → yield
 *   loops                → count against a budget, so that an endless one can be named and ended
 *   import(), import.meta → the process's module graph
 * Line numbers stay as they were; stack traces therefore need no source maps.
 *
 * npm packages are lowered by esbuild instead (catalog/bundle.ts); one test suite runs on both.
 */
import { type Node, parse } from 'acorn';

/** Free names that lowered code uses; the module wrapper supplies them. */
export const RUNTIME = '__lb';
export const BUDGET = '__budget';
export const META = '__meta';
export const IMPORT = '__import';
/** The `require` of static imports: an ES module has no other, or one of its own. */
export const STATIC_REQUIRE = '$require';

export interface Lowered {
  readonly code: string;
  readonly hasTopLevelAwait: boolean;
  /** Specifiers of top-level `require("…")` calls, in order: the module's static imports after the imports transform. */
  readonly imports: readonly string[];
}

export interface LowerOptions {
  /** Whether loops count; off for trusted code. */
  readonly guardsLoops: boolean;
  /** It comes from the imports transform: static imports are told from the program's own calls of `require`. */
  readonly hasStaticImports?: boolean;
  /** Parsed as a script, which may be sloppy, and not as a module. */
  readonly isScript?: boolean;
}

type Fn = 'sync' | 'async' | 'generator' | 'async-generator';

interface Scope {
  readonly kind: Fn;
  readonly isArrow: boolean;
  readonly parent: Scope | null;
  /** Set when the function, or an arrow inside it, uses them; decides how its generator is called. */
  usesArguments: boolean;
  usesSuper: boolean;
}

type AnyNode = Node & Record<string, any>;

/** Throws acorn's SyntaxError (with `loc`) when the code does not parse. */
export function lower(source: string, options: LowerOptions): Lowered {
  const ast = parse(source, {
    ecmaVersion: 'latest',
    sourceType: options.isScript ? 'script' : 'module',
    allowAwaitOutsideFunction: !options.isScript,
    allowReturnOutsideFunction: true,
    allowHashBang: true,
    locations: true,
  }) as AnyNode;
  const lowering = new Lowering(source, options);
  const code = lowering.module(ast);
  return { code, hasTopLevelAwait: lowering.hasTopLevelAwait, imports: lowering.imports };
}

/** Names of CommonJS that an ES module may give to things of its own, and that many do: createRequire, __dirname. */
function ownWrapperNames(ast: AnyNode): string[] {
  const declared = ast.body.flatMap((statement: AnyNode) =>
    statement.type === 'VariableDeclaration'
      ? statement.declarations.flatMap(({ id }: AnyNode) => boundNames(id))
      : [statement.id?.name],
  );
  return ['require', 'module', '__filename', '__dirname'].filter((name) => declared.includes(name));
}

function boundNames(pattern: AnyNode): (string | undefined)[] {
  return pattern.type === 'ObjectPattern'
    ? pattern.properties.flatMap((one: AnyNode) => boundNames(one.value ?? one.argument))
    : [pattern.name];
}

/** The imports transform leaves `var _name = require("…")`, and `require("…")` for an import of nothing. */
function staticRequiresOf(ast: AnyNode): Set<number> {
  const calls = ast.body.flatMap((statement: AnyNode) => {
    if (statement.type === 'ExpressionStatement') return [statement.expression];
    if (statement.type !== 'VariableDeclaration' || statement.kind !== 'var') return [];
    return statement.declarations
      .filter(({ id }: AnyNode) => id.name?.startsWith('_'))
      .map(({ init }: AnyNode) => init);
  });
  return new Set(calls.filter((call: AnyNode | null) => call && isRequire(call)).map((call: AnyNode) => call.start));
}

const isRequire = (node: AnyNode): boolean =>
  node.type === 'CallExpression' &&
  node.callee.type === 'Identifier' &&
  node.callee.name === 'require' &&
  typeof node.arguments[0]?.value === 'string';

/**
 * One pass over one file. Each node becomes its own text with its children's new texts in place of the old, so edits
 * nest by construction.
 */
class Lowering {
  hasTopLevelAwait = false;
  readonly imports: string[] = [];
  private readonly source: string;
  private readonly options: LowerOptions;
  private readonly top: Scope = newScope('async', false, null);
  private serial = 0;
  /** Where calls of `require` begin that stand for static imports; null when all top-level ones do. */
  private staticRequires: ReadonlySet<number> | null = null;

  constructor(source: string, options: LowerOptions) {
    this.source = source;
    this.options = options;
  }

  module(ast: AnyNode): string {
    const own = this.options.isScript ? [] : ownWrapperNames(ast);
    if (this.options.hasStaticImports) this.staticRequires = staticRequiresOf(ast);
    const code = this.children(ast, this.top, 0, this.source.length);
    // A block of its own: at the top the names would collide with the wrapper's parameters.
    return own.length === 0 ? code : `"use strict";{${code}\n}`;
  }

  /** The node's text from `from` to `to` with every child lowered. */
  private children(node: AnyNode, scope: Scope, from = node.start, to = node.end): string {
    let text = '';
    let at = from;
    for (const child of childrenOf(node)) {
      if (child.start < at || child.end > to) continue;
      text += this.source.slice(at, child.start) + this.emit(child, scope);
      at = child.end;
    }
    return text + this.source.slice(at, to);
  }

  private emit(node: AnyNode, scope: Scope): string {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.function(node, scope, node.start);
      case 'Property':
      case 'MethodDefinition':
        if (node.value?.type === 'FunctionExpression' && (node.method || node.type === 'MethodDefinition'))
          return this.method(node, scope);
        return this.children(node, scope);
      case 'PropertyDefinition':
      case 'StaticBlock':
        return this.children(node, newScope('sync', false, null));
      case 'AwaitExpression':
        return `${this.awaitOf(scope)}${this.children(node, scope, node.start + 5)}))`;
      case 'YieldExpression':
        if (scope.kind !== 'async-generator' || !node.delegate) return this.children(node, scope);
        return `yield* ${RUNTIME}.delegate(${this.emit(node.argument, scope)})`;
      case 'ForOfStatement':
        return node.await ? this.forAwait(node, scope) : this.loop(node, scope);
      case 'ForStatement':
      case 'ForInStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.loop(node, scope);
      case 'BinaryExpression':
        return node.operator === '**' ? this.power(node, scope) : this.children(node, scope);
      case 'ThisExpression':
        // In a sloppy function that is called on nothing, `this` is the realm's global object.
        return this.options.isScript ? `${RUNTIME}.self(this)` : 'this';
      case 'ImportExpression':
        return IMPORT + this.children(node, scope, node.start + 6);
      case 'MetaProperty':
        return node.meta.name === 'import' ? META : this.children(node, scope);
      case 'Identifier':
        if (node.name === 'arguments') mark(scope, 'usesArguments');
        return this.children(node, scope);
      case 'CallExpression':
        if (scope === this.top && this.noteRequire(node) && this.staticRequires !== null)
          return STATIC_REQUIRE + this.children(node, scope, node.callee.end);
        if (isSuperMember(node.callee) && isInsideAsync(scope)) {
          const list = node.arguments.map((argument: AnyNode) => `, ${this.emit(argument, scope)}`).join('');
          return `${this.superMember(node.callee, scope)}.call(this${list})`;
        }
        return this.children(node, scope);
      case 'MemberExpression':
        if (isSuperMember(node) && isInsideAsync(scope)) return this.superMember(node, scope);
        return this.children(node, scope);
      default:
        return this.children(node, scope);
    }
  }

  /** `a ** b` is Math.pow of the process, which is the same in every browser; line breaks between the two stay. */
  private power({ left, right, start, end }: AnyNode, scope: Scope): string {
    const breaks = (from: number, to: number) => this.between(from, to).replace(/[^\n]/g, '');
    const lines = breaks(start, left.start) + breaks(left.end, right.start) + breaks(right.end, end);
    return `${RUNTIME}.pow((${this.emit(left, scope)}), (${this.emit(right, scope)})${lines})`;
  }

  /** Source text that holds no node: white space, comments, punctuation. */
  private between(from: number, to: number): string {
    return this.source.slice(from, to);
  }

  private awaitOf(scope: Scope): string {
    if (scope === this.top) this.hasTopLevelAwait = true;
    return scope.kind === 'async-generator' ? `(yield ${RUNTIME}.awaited(` : '(yield (';
  }

  /** Whether it stands for a static import, which it then is. */
  private noteRequire(node: AnyNode): boolean {
    if (!isRequire(node) || this.staticRequires?.has(node.start) === false) return false;
    this.imports.push(node.arguments[0].value);
    return true;
  }

  /** `super` is a syntax error inside the generator that the method's body becomes; the method hands it in. */
  private superMember(member: AnyNode, scope: Scope): string {
    mark(scope, 'usesSuper');
    const name = member.computed ? this.emit(member.property, scope) : JSON.stringify(member.property.name);
    return `$super(${name})`;
  }

  private method(node: AnyNode, scope: Scope): string {
    const key = this.emit(node.key, scope);
    const value = node.value as AnyNode;
    // What stands before the key: static, get, set, async, *, [.
    let head = this.between(node.start, node.key.start);
    if (value.async) head = head.replace(/\basync\b/, '     ').replace('*', ' ');
    return head + key + this.between(node.key.end, value.start) + this.function(value, scope, value.start);
  }

  /** `start` is where the function's own text begins. */
  private function(node: AnyNode, outer: Scope, start: number): string {
    const kind: Fn = node.async
      ? node.generator
        ? 'async-generator'
        : 'async'
      : node.generator
        ? 'generator'
        : 'sync';
    const scope = newScope(kind, node.type === 'ArrowFunctionExpression', outer);
    if (!node.async) return this.children(node, scope, start);
    const isBlock = node.body.type === 'BlockStatement';
    const bodyStart = isBlock ? node.body.start : this.arrowEnd(node, start);
    const first = node.params[0]?.start ?? bodyStart;
    const last = node.params[node.params.length - 1]?.end ?? first;
    const head = this.between(start, first).replace(/\basync\b/, '     ');
    const parameters = node.params
      .map((p: AnyNode, i: number) => {
        const previous = node.params[i - 1];
        return (previous ? this.between(previous.end, p.start) : '') + this.emit(p, scope);
      })
      .join('');
    const tail = this.between(last, bodyStart);
    const body = isBlock
      ? this.children(node.body, scope, node.body.start + 1, node.body.end - 1)
      : ` return (${this.expressionBody(node, scope)}); `;
    // The star of an async generator stands in the head: `async function* name(`.
    const ownHead = node.generator ? head.replace('*', ' ') : head;
    const star = node.generator ? 'Generator' : '';
    const helper = scope.usesSuper && !scope.isArrow ? 'const $super = (name) => super[name]; ' : '';
    const isSimple = node.params.every((p: AnyNode) => p.type === 'Identifier');
    const { list, call } = isSimple
      ? {
          list: parameters,
          call: `${RUNTIME}.run${star}((function*() {${body}})${scope.usesArguments ? '.apply(this, arguments)' : '.call(this)'})`,
        }
      : this.withParameters(node, parameters, body, star);
    const open = isBlock ? `{ ${helper}return ` : ' ';
    const close = isBlock ? '; }' : '';
    // A rest parameter, which withParameters puts last, may have no comma after it.
    const end = isSimple ? tail : tail.replace(/^(\s*),/, '$1 ');
    return ownHead + list + end + open + call + close;
  }

  /**
   * Defaults and patterns may throw, which must reject and not throw: they move into the generator, which starts inside
   * `start`; placeholders keep `length`, which Express and others read.
   */
  private withParameters(node: AnyNode, parameters: string, body: string, star: string) {
    const uncounted = node.params.findIndex((p: AnyNode) => p.type === 'AssignmentPattern' || p.type === 'RestElement');
    const length = uncounted === -1 ? node.params.length : uncounted;
    const names = [...Array.from({ length }, (_, i) => `$${i}`), '...$rest'].join(', ');
    return { list: names, call: `${RUNTIME}.start${star}((function*(${parameters}) {${body}}), this, [${names}])` };
  }

  private arrowEnd(node: AnyNode, from: number): number {
    return this.source.lastIndexOf('=>', node.body.start) >= from
      ? this.source.lastIndexOf('=>', node.body.start) + 2
      : node.body.start;
  }

  /** An arrow's expression with the parentheses and comments around it. */
  private expressionBody(node: AnyNode, scope: Scope): string {
    const from = this.arrowEnd(node, node.start);
    return this.between(from, node.body.start) + this.emit(node.body, scope) + this.between(node.body.end, node.end);
  }

  /** ECMA-262 §14.7.5: the iterator is closed when the body leaves early, not when the iterator itself failed. */
  private forAwait(node: AnyNode, scope: Scope): string {
    const id = this.serial++;
    const open = this.awaitOf(scope);
    const left = this.emit(node.left, scope);
    const step = `$step${id}`;
    const bind = node.left.type === 'VariableDeclaration' ? `${left} = ${step}.value;` : `(${left} = ${step}.value);`;
    return (
      `{ const $it${id} = ${RUNTIME}.iterate(${this.emit(node.right, scope)}); let $open${id} = false; try { for (;;) { ` +
      `$open${id} = false; const ${step} = ${open}$it${id}.next())); if (${step}.done) break; $open${id} = true; ` +
      `${this.guard(node)}${bind} ${this.between(node.right.end + 1, node.body.start).replace(/[^\n]/g, ' ')}` +
      `${this.emit(node.body, scope)} } } finally { if ($open${id} && $it${id}.return) ${open}$it${id}.return())); } }`
    );
  }

  private loop(node: AnyNode, scope: Scope): string {
    const guard = this.guard(node);
    if (guard === '') return this.children(node, scope);
    const body = node.body as AnyNode;
    const head = this.children({ ...node, body: null } as AnyNode, scope, node.start, body.start);
    const inner =
      body.type === 'BlockStatement'
        ? `{${guard}${this.children(body, scope, body.start + 1)}`
        : `{${guard}${this.emit(body, scope)}}`;
    // do … while has its test after the body.
    const tail =
      node.type === 'DoWhileStatement'
        ? this.children({ ...node, body: null } as AnyNode, scope, body.end, node.end)
        : this.between(body.end, node.end);
    return head + inner + tail;
  }

  private guard(node: AnyNode): string {
    return this.options.guardsLoops ? `if(--${BUDGET}.left<0)${BUDGET}.over(${node.loc!.start.line});` : '';
  }
}

function newScope(kind: Fn, isArrow: boolean, parent: Scope | null): Scope {
  return { kind, isArrow, parent, usesArguments: false, usesSuper: false };
}

function childrenOf(node: AnyNode): AnyNode[] {
  // In `{ a }` key and value are one text.
  if (node.type === 'Property' && node.shorthand) return [node.value];
  const found: AnyNode[] = [];
  for (const key in node) {
    if (key === 'loc') continue;
    const child = node[key];
    if (Array.isArray(child)) {
      for (const item of child) if (item && typeof item.type === 'string') found.push(item);
    } else if (child && typeof child.type === 'string') found.push(child);
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Marks the scope and, through arrows, the function that owns `arguments` and `super`. */
function mark(scope: Scope, what: 'usesArguments' | 'usesSuper'): void {
  for (let s: Scope | null = scope; s !== null; s = s.isArrow ? s.parent : null) s[what] = true;
}

function isInsideAsync(scope: Scope): boolean {
  for (let s: Scope | null = scope; s !== null; s = s.isArrow ? s.parent : null)
    if (s.parent !== null && (s.kind === 'async' || s.kind === 'async-generator')) return true;
  return false;
}

function isSuperMember(node: AnyNode): boolean {
  return node.type === 'MemberExpression' && node.object.type === 'Super';
}
