/**
 * `Function`, its three kin and `eval`, for one process: text that a program makes while it runs is compiled as its
 * files are, so its loops count, its `async` is the process's own, and its free names are the process's globals and
 * nothing of the host. Generators of code (ajv, fast-json-stringify …) work unchanged.
 *
 * Unlike Node: `eval` sees no local variables of its caller, and what it declares is not visible outside.
 */
import { type Node, parse } from 'acorn';
import { bundleFactory, type Globals } from './evaluate.ts';
import { BUDGET, IMPORT, lower, RUNTIME } from './lower.ts';

/** The constructors that make a function from text, by the kind of function. */
export type Kind = 'function' | 'function*' | 'async function' | 'async function*';

export interface DynamicCode {
  /** `Function` of the process; its prototype is the one of all functions. */
  readonly Function: FunctionConstructor;
  /** What `.constructor` of a function of that kind is, inside the process. */
  constructorOf(kind: Kind): unknown;
  eval(text: unknown): unknown;
}

export interface DynamicHost {
  globals(): Globals;
  readonly runtime: object;
  readonly budget: object;
  /** `import()` from code that is in no file. */
  import(specifier: unknown): object;
}

const EXTRA = [RUNTIME, BUDGET, IMPORT] as const;
const OPTIONS = { guardsLoops: true, isScript: true } as const;

/** Lowered text by source: the same generated validator is compiled once for all replicas. */
const compiled = new Map<string, string>();
const COMPILED_MAX = 500;

export function createDynamicCode(host: DynamicHost): DynamicCode {
  const run = (code: string): unknown =>
    bundleFactory(
      code,
      'evalmachine.<anonymous>',
      EXTRA,
    )({
      ...host.globals(),
      [RUNTIME]: host.runtime,
      [BUDGET]: host.budget,
      [IMPORT]: (specifier: unknown) => host.import(specifier),
    });

  function make(kind: Kind): FunctionConstructor {
    // ECMA-262 §20.2.1.1.1 CreateDynamicFunction. `new` gives the same: what the call returns is an object.
    function made(...args: unknown[]): unknown {
      const texts = args.map(String);
      const body = texts.pop() ?? '';
      const text = `(${kind} anonymous(${texts.join(',')}\n) {\n${body}\n})`;
      return run(keep(text, () => `return ${lowerFunction(text)}`));
    }
    Object.defineProperty(made, 'name', { value: NAMES[kind] });
    Object.defineProperty(made, 'length', { value: 1 });
    return made as unknown as FunctionConstructor;
  }

  const made = {
    function: make('function'),
    'function*': make('function*'),
    'async function': make('async function'),
    'async function*': make('async function*'),
  };
  Object.defineProperty(made.function, 'prototype', { value: Function.prototype, writable: false });
  const generator = Object.getPrototypeOf(function* () {});
  Object.defineProperty(made['function*'], 'prototype', { value: generator, writable: false });
  return {
    Function: made.function,
    constructorOf: (kind) => made[kind],
    eval: (text) => (typeof text === 'string' ? run(keep(`eval ${text}`, () => lowerScript(text))) : text),
  };
}

const NAMES: Record<Kind, string> = {
  function: 'Function',
  'function*': 'GeneratorFunction',
  'async function': 'AsyncFunction',
  'async function*': 'AsyncGeneratorFunction',
};

function keep(key: string, make: () => string): string {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const code = make();
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  compiled.set(key, code);
  return code;
}

/** One function expression and nothing else: text that closes the function early and goes on is refused, as in Node. */
function lowerFunction(text: string): string {
  const { body } = parseScript(text);
  const [only] = body;
  const isWhole =
    body.length === 1 &&
    only?.type === 'ExpressionStatement' &&
    only.expression?.type === 'FunctionExpression' &&
    only.end === text.length;
  if (!isWhole) throw new SyntaxError('Unexpected token: the text is not the body of one function');
  return lower(text, OPTIONS).code;
}

/** The value of a script is that of its last statement, when that is an expression. */
function lowerScript(text: string): string {
  const last = parseScript(text).body.at(-1);
  if (last?.type !== 'ExpressionStatement') return lower(text, OPTIONS).code;
  const { start, end } = last.expression!;
  return lower(`${text.slice(0, start)}return (${text.slice(start, end)});`, OPTIONS).code;
}

type Statement = Node & { readonly expression?: Node };

function parseScript(text: string): { readonly body: readonly Statement[] } {
  try {
    const program = parse(text, { ecmaVersion: 'latest', sourceType: 'script', allowReturnOutsideFunction: true });
    return program as unknown as { body: readonly Statement[] };
  } catch (error) {
    throw new SyntaxError((error as Error).message.replace(/\s*\(\d+:\d+\)$/, ''));
  }
}
