/**
 * `?filter=`: expressions over what would be answered, as hashicorp/go-bexpr reads them: `Service.Meta.zone == "a" and
 * not "old" in Service.Tags`.
 */
import { HttpError } from './context.ts';

type Matcher = (row: unknown) => boolean;

interface Token {
  readonly kind: 'word' | 'string' | 'sign';
  readonly text: string;
}

/** Throws an HttpError for what is no filter. */
export function compileFilter(expression: string): Matcher {
  const tokens = tokenize(expression);
  let at = 0;
  const fail = (): never => {
    throw new HttpError(
      400,
      `Failed to create boolean expression evaluator: ${at < tokens.length ? `no match found, unexpected "${tokens[at]!.text}"` : 'no match found, unexpected end of input'}`,
    );
  };
  const isWord = (text: string) => tokens[at]?.kind === 'word' && tokens[at]!.text === text;
  const take = (kind?: Token['kind'], text?: string): Token => {
    const token = tokens[at];
    if (
      token === undefined ||
      (kind !== undefined && token.kind !== kind) ||
      (text !== undefined && token.text !== text)
    )
      return fail();
    at++;
    return token;
  };
  const or = (): Matcher => {
    const left = and();
    if (!isWord('or')) return left;
    at++;
    const right = or();
    return (row) => left(row) || right(row);
  };
  const and = (): Matcher => {
    const left = not();
    if (!isWord('and')) return left;
    at++;
    const right = and();
    return (row) => left(row) && right(row);
  };
  const not = (): Matcher => {
    if (isWord('not') && tokens[at + 1]?.kind !== 'sign') {
      at++;
      const inner = not();
      return (row) => !inner(row);
    }
    if (isWord('not')) {
      at++;
      const inner = not();
      return (row) => !inner(row);
    }
    if (tokens[at]?.kind === 'sign' && tokens[at]!.text === '(') {
      at++;
      const inner = or();
      take('sign', ')');
      return inner;
    }
    return match();
  };
  const match = (): Matcher => {
    const first = take();
    if (first.kind === 'sign') return fail();
    // `"x" in Tags`, `"x" not in Tags`; a bare word may be either side.
    if (isWord('in') || (isWord('not') && tokens[at + 1]?.text === 'in')) {
      const isNegated = isWord('not');
      at += isNegated ? 2 : 1;
      const path = selector(take('word'));
      return (row) => contains(path(row), first.text) !== isNegated;
    }
    const path = selector(first.kind === 'word' ? first : fail());
    const operator = take();
    switch (operator.text) {
      case '==':
      case '!=': {
        const wanted = value();
        return (row) => (textOf(path(row)) === wanted) === (operator.text === '==');
      }
      case 'is': {
        const isNegated = isWord('not');
        if (isNegated) at++;
        take('word', 'empty');
        return (row) => isEmpty(path(row)) !== isNegated;
      }
      case 'contains': {
        const wanted = value();
        return (row) => contains(path(row), wanted);
      }
      case 'matches':
        return matching(path, false);
      case 'not': {
        const next = take('word');
        if (next.text === 'contains') {
          const wanted = value();
          return (row) => !contains(path(row), wanted);
        }
        if (next.text === 'matches') return matching(path, true);
        return fail();
      }
      default:
        at--;
        return fail();
    }
  };
  const value = (): string => {
    const token = take();
    return token.kind === 'sign' ? fail() : token.text;
  };
  const matching = (path: (row: unknown) => unknown, isNegated: boolean): Matcher => {
    const text = value();
    let pattern: RegExp;
    try {
      pattern = new RegExp(text);
    } catch {
      throw new HttpError(400, `Failed to create boolean expression evaluator: error parsing regexp: ${text}`);
    }
    return (row) => pattern.test(textOf(path(row))) !== isNegated;
  };
  const matcher = or();
  if (at < tokens.length) fail();
  return matcher;
}

const LENGTH_MAX = 4096;

function tokenize(expression: string): readonly Token[] {
  if (expression.length > LENGTH_MAX)
    throw new HttpError(400, 'Failed to create boolean expression evaluator: too long');
  const tokens: Token[] = [];
  let rest = expression;
  for (;;) {
    rest = rest.replace(/^\s+/, '');
    if (rest === '') return tokens;
    const match = /^"((?:[^"\\]|\\.)*)"|^`([^`]*)`|^(==|!=|\(|\))|^((?:\["[^"]*"\]|[^\s()"`=!])+)/.exec(rest);
    if (match === null)
      throw new HttpError(
        400,
        `Failed to create boolean expression evaluator: no match found, unexpected "${rest[0]}"`,
      );
    const [all, quoted, raw, sign, word] = match;
    if (quoted !== undefined) tokens.push({ kind: 'string', text: quoted.replace(/\\(.)/g, '$1') });
    else if (raw !== undefined) tokens.push({ kind: 'string', text: raw });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else tokens.push({ kind: 'word', text: word! });
    rest = rest.slice(all.length);
  }
}

/** `Service.Meta.zone` or `Service.Meta["zone"]`. */
function selector({ text }: Token): (row: unknown) => unknown {
  const parts = [...text.matchAll(/\["([^"]*)"\]|([^.[\]]+)/g)].map((part) => part[1] ?? part[2]!);
  return (row) => {
    // A list on the way means any of its members: Checks.Status.
    const walk = (value: unknown, at: number): unknown => {
      if (at === parts.length) return value;
      if (Array.isArray(value)) return value.flatMap((each) => walk(each, at));
      if (typeof value !== 'object' || value === null) return undefined;
      return walk(
        Object.hasOwn(value, parts[at]!) ? (value as Record<string, unknown>)[parts[at]!] : undefined,
        at + 1,
      );
    };
    return walk(row, 0);
  };
}

const textOf = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function contains(value: unknown, wanted: string): boolean {
  if (Array.isArray(value)) return value.some((each) => textOf(each) === wanted);
  if (typeof value === 'object' && value !== null) return Object.hasOwn(value, wanted);
  return textOf(value).includes(wanted);
}
