/** node:assert, with Node's messages; long equal parts of a difference are not folded. Source: Node 24's lib/assert.js. */
import { codes } from './errors.ts';
import { isDeepLooseEqual, isDeepStrictEqual } from './util/deep-equal.ts';
import { inspect } from './util/inspect.ts';
import { isPromise } from './util/types.ts';
import { validateFunction } from './validators.ts';

const show = (value: unknown) =>
  inspect(value, { compact: false, depth: 1000, maxArrayLength: Number.POSITIVE_INFINITY, sorted: true });

const HEADS: Record<string, string> = {
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  strictEqual: 'Expected values to be strictly equal:',
  deepEqual: 'Expected values to be loosely deep-equal:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
};

export class AssertionError extends Error {
  readonly code = 'ERR_ASSERTION';
  readonly generatedMessage: boolean;
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string;

  constructor(options: any) {
    const { message, actual, expected, operator } = options;
    const withDiff = message === undefined || operator === 'strictEqual' || operator === 'deepStrictEqual';
    super(withDiff ? describe(actual, expected, operator, message) : String(message));
    this.generatedMessage = message === undefined;
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    Object.defineProperty(this, 'name', { value: 'AssertionError', writable: true, configurable: true });
    if (typeof this.stack === 'string') {
      Object.defineProperty(this, 'stack', {
        value: this.stack.replace(/^(Assertion)?Error/, 'AssertionError [ERR_ASSERTION]'),
        writable: true,
        configurable: true,
      });
    }
  }
  override toString(): string {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}

function describe(actual: unknown, expected: unknown, operator: string, message?: string): string {
  const head = message ?? HEADS[operator];
  if (head === undefined) return `${inspect(actual)} ${operator} ${inspect(expected)}`;
  const [left, right] = [show(actual), show(expected)];
  if (operator === 'notStrictEqual' && typeof actual === 'object' && actual !== null) {
    return `Expected "actual" not to be reference-equal to "expected":\n\n${left}\n`;
  }
  if (operator === 'notStrictEqual') return `${head} ${left}`;
  if (operator.startsWith('not')) return `${head}\n\n${left}\n`;
  if (operator === 'deepEqual') return `${head}\n\n${left}\n\nshould loosely deep-equal\n\n${right}`;
  const isShort = !left.includes('\n') && !right.includes('\n') && left.length + right.length <= 80;
  if (operator === 'strictEqual' && isShort) return `${head}\n\n${left} !== ${right}\n`;
  return `${head}\n+ actual - expected\n\n${difference(left.split('\n'), right.split('\n')).join('\n')}\n`;
}

/** Lines of both texts, marked + for those only in `a`, - for those only in `b`: the longest common subsequence. */
function difference(a: readonly string[], b: readonly string[]): string[] {
  const common: number[][] = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const skip = Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
      common[i]![j] = a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : skip;
    }
  }
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i++]}`);
      j++;
    } else if (i < a.length && (j === b.length || common[i + 1]![j]! >= common[i]![j + 1]!)) lines.push(`+ ${a[i++]}`);
    else lines.push(`- ${b[j++]}`);
  }
  return lines;
}

function fail(actual: unknown, expected: unknown, message: any, operator: string): never {
  if (message instanceof Error) throw message;
  throw new AssertionError({ actual, expected, message, operator });
}

function needTwo(count: number): void {
  if (count < 2) throw new codes.ERR_MISSING_ARGS('actual', 'expected');
}

const assert: any = function ok(...args: any[]) {
  truthy(args);
};

function truthy(args: any[]): void {
  if (args.length === 0) fail(undefined, true, 'No value argument passed to `assert.ok()`', '==');
  if (args[0]) return;
  const message = args[1] ?? 'The expression evaluated to a falsy value';
  if (message instanceof Error) throw message;
  const error: any = new AssertionError({ actual: args[0], expected: true, message, operator: '==' });
  error.generatedMessage = args[1] === undefined;
  throw error;
}

/** Adds a comparison and its opposite. */
function compare(name: string, opposite: string, holds: (a: any, b: any) => boolean, signs = [name, opposite]): void {
  assert[name] = function (actual: unknown, expected: unknown, message?: any) {
    needTwo(arguments.length);
    if (!holds(actual, expected)) fail(actual, expected, message, signs[0]!);
  };
  assert[opposite] = function (actual: unknown, expected: unknown, message?: any) {
    needTwo(arguments.length);
    if (holds(actual, expected)) fail(actual, expected, message, signs[1]!);
  };
}

assert.ok = (...args: any[]) => truthy(args);
// biome-ignore lint/suspicious/noDoubleEquals: assert.equal compares so
compare('equal', 'notEqual', (a, b) => a == b || (Number.isNaN(a) && Number.isNaN(b)), ['==', '!=']);
compare('strictEqual', 'notStrictEqual', Object.is);
compare('deepEqual', 'notDeepEqual', isDeepLooseEqual);
compare('deepStrictEqual', 'notDeepStrictEqual', isDeepStrictEqual);

assert.fail = (message: any = 'Failed') => {
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, operator: 'fail' });
};

assert.ifError = (value: any) => {
  if (value === null || value === undefined) return;
  const text = value?.message ?? inspect(value);
  throw new AssertionError({
    actual: value,
    expected: null,
    operator: 'ifError',
    message: `ifError got unwanted exception: ${text}`,
  });
};

assert.match = (text: any, pattern: RegExp, message?: any) => {
  if (typeof text === 'string' && pattern.test(text)) return;
  const words = `The input did not match the regular expression ${inspect(pattern)}. Input:\n\n${inspect(text)}\n`;
  fail(text, pattern, message ?? words, 'match');
};
assert.doesNotMatch = (text: any, pattern: RegExp, message?: any) => {
  if (typeof text !== 'string' || !pattern.test(text)) return;
  const words = `The input was expected to not match the regular expression ${inspect(pattern)}. Input:\n\n${inspect(text)}\n`;
  fail(text, pattern, message ?? words, 'doesNotMatch');
};

/** Whether what was thrown is what was expected: a class, a pattern, an object of fields, or a predicate. */
function checkThrown(error: any, expected: any, message: any, operator: string): void {
  if (expected === undefined || typeof expected === 'string') return;
  if (expected instanceof RegExp) {
    if (expected.test(String(error))) return;
    const words = `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(String(error))}\n`;
    fail(error, expected, message ?? words, operator);
  }
  if (typeof expected === 'function') {
    if (expected.prototype !== undefined && error instanceof expected) return;
    if (Object.prototype.isPrototypeOf.call(Error, expected)) {
      const words = `The error is expected to be an instance of "${expected.name}". Received "${error?.constructor?.name}"\n\nError message:\n\n${error?.message}`;
      fail(error, expected, message ?? words, operator);
    }
    if (expected.call({}, error) === true) return;
    fail(
      error,
      expected,
      message ??
        `The ${expected.name ? `"${expected.name}" ` : ''}validation function is expected to return "true". Received ${inspect(false)}`,
      operator,
    );
  }
  if (typeof expected !== 'object')
    throw new codes.ERR_INVALID_ARG_TYPE('expected', ['Function', 'Error', 'RegExp', 'Object'], expected);
  const keys = Object.keys(expected);
  if (expected instanceof Error) keys.push('name', 'message');
  for (const key of keys) {
    const isMatch =
      expected[key] instanceof RegExp && typeof error?.[key] === 'string' && expected[key].test(error[key]);
    if (!isMatch && !isDeepStrictEqual(error?.[key], expected[key])) {
      fail(
        error,
        expected,
        message ?? describe({ [key]: error?.[key] }, { [key]: expected[key] }, 'deepStrictEqual'),
        operator,
      );
    }
  }
}

function missingThrow(expected: any, message: any, operator: string): never {
  const name = typeof expected === 'function' && expected.name ? ` (${expected.name})` : '';
  const given = typeof expected === 'string' ? expected : message;
  const what = operator === 'rejects' ? 'rejection' : 'exception';
  fail(undefined, expected, `Missing expected ${what}${name}${given ? `: ${given}` : '.'}`, operator);
}

assert.throws = (fn: any, expected?: any, message?: any) => {
  validateFunction(fn, 'fn');
  try {
    fn();
  } catch (error) {
    checkThrown(error, expected, message, 'throws');
    return;
  }
  missingThrow(expected, message, 'throws');
};

assert.doesNotThrow = (fn: any, expected?: any, message?: any) => {
  validateFunction(fn, 'fn');
  try {
    fn();
  } catch (error) {
    unwanted(error, expected, message, 'exception', 'doesNotThrow');
  }
};

function unwanted(error: any, expected: any, message: any, what: string, operator: string): never {
  const given = typeof expected === 'string' ? expected : message;
  fail(
    error,
    expected,
    `Got unwanted ${what}${given ? `: ${given}` : '.'}\nActual message: "${error?.message}"`,
    operator,
  );
}

function promiseOf(value: any): Promise<unknown> {
  const promise = typeof value === 'function' ? value() : value;
  if (isPromise(promise) || typeof promise?.then === 'function') return promise;
  throw typeof value === 'function'
    ? new codes.ERR_INVALID_RETURN_VALUE('instance of Promise', 'promiseFn', promise)
    : new codes.ERR_INVALID_ARG_TYPE('promiseFn', ['Function', 'Promise'], value);
}

assert.rejects = async function rejects(value: any, expected?: any, message?: any) {
  try {
    await promiseOf(value);
  } catch (error) {
    checkThrown(error, expected, message, 'rejects');
    return;
  }
  missingThrow(expected, message, 'rejects');
};

assert.doesNotReject = async (value: any, expected?: any, message?: any) => {
  try {
    await promiseOf(value);
  } catch (error) {
    unwanted(error, expected, message, 'rejection', 'doesNotReject');
  }
};

assert.AssertionError = AssertionError;

export const strict: any = Object.assign((...args: any[]) => truthy(args), assert, {
  equal: assert.strictEqual,
  notEqual: assert.notStrictEqual,
  deepEqual: assert.deepStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
});
strict.strict = strict;
assert.strict = strict;

export default assert;
