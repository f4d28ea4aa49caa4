/** Expressions, by precedence as in PostgreSQL's manual, 4.1.6. */
import { unsupported } from '../errors.ts';
import type { Expr, Frame, FrameBound, FunctionCall, SortKey, WindowSpec } from './ast.ts';
import { type Cursor, FUNCTION_WORDS, RESERVED } from './cursor.ts';
import { isSelectAhead, parseSelect } from './parse-select.ts';
import { parseType, typeOfWords } from './parse-type.ts';

export function parseExpr(c: Cursor): Expr {
  let left = and(c);
  while (c.isWord('or')) {
    const { at } = c;
    c.next();
    const right = and(c);
    left = left.k === 'or' ? { ...left, args: [...left.args, right] } : { k: 'or', args: [left, right], at };
  }
  return left;
}

function and(c: Cursor): Expr {
  let left = not(c);
  while (c.isWord('and')) {
    const { at } = c;
    c.next();
    const right = not(c);
    left = left.k === 'and' ? { ...left, args: [...left.args, right] } : { k: 'and', args: [left, right], at };
  }
  return left;
}

function not(c: Cursor): Expr {
  const { at } = c;
  if (c.word('not')) return { k: 'not', e: not(c), at };
  return isTest(c);
}

function isTest(c: Cursor): Expr {
  let e = comparison(c);
  for (;;) {
    const { at } = c;
    if (c.word('isnull')) e = { k: 'is', e, test: 'null', not: false, at };
    else if (c.word('notnull')) e = { k: 'is', e, test: 'null', not: true, at };
    else if (c.word('is')) {
      const negated = c.word('not');
      if (c.word('distinct', 'from')) e = { k: 'distinct', l: e, r: comparison(c), not: negated, at };
      else if (c.isWord('null', 'true', 'false', 'unknown'))
        e = { k: 'is', e, test: c.next().text as 'null', not: negated, at };
      else throw c.error();
    } else return e;
  }
}

const COMPARISONS = ['<', '>', '=', '<=', '>=', '<>'];

function comparison(c: Cursor): Expr {
  const l = between(c);
  if (!c.isOp(...COMPARISONS)) return l;
  const { at } = c;
  const op = c.next().text;
  const quantified = anyOrAll(c, l, op, at);
  if (quantified) return quantified;
  const r = between(c);
  if (c.isOp(...COMPARISONS)) throw c.error();
  return { k: 'op', op, l, r, at };
}

function anyOrAll(c: Cursor, l: Expr, op: string, at: number): Expr | null {
  if (!c.isWord('any', 'some', 'all') || c.peek().text !== '(') return null;
  const all = c.next().text === 'all';
  c.expectOp('(');
  const query = isSelectAhead(c) ? parseSelect(c) : null;
  const r = query ? null : parseExpr(c);
  c.expectOp(')');
  return { k: 'quantified', l, op, all, r, query, at };
}

function between(c: Cursor): Expr {
  let e = other(c);
  for (;;) {
    const { at } = c;
    const mark = c.mark();
    const negated = c.word('not');
    if (c.word('between')) {
      const symmetric = c.word('symmetric');
      c.word('asymmetric');
      const lo = other(c);
      c.expectWord('and');
      e = { k: 'between', e, lo, hi: other(c), not: negated, symmetric, at };
    } else if (c.word('in')) {
      c.expectOp('(');
      if (isSelectAhead(c)) {
        const query = parseSelect(c);
        const test: Expr = { k: 'quantified', l: e, op: '=', all: false, r: null, query, at };
        e = negated ? { k: 'not', e: test, at } : test;
      } else e = { k: 'in', e, list: c.list(() => parseExpr(c)), not: negated, at };
      c.expectOp(')');
    } else if (c.isWord('like', 'ilike')) {
      const op = c.next().text as 'like';
      const quantified = anyOrAll(c, e, `${negated ? '!' : ''}~~${op === 'like' ? '' : '*'}`, at);
      if (quantified) e = quantified;
      else {
        const pattern = other(c);
        e = { k: 'like', e, pattern, op, not: negated, escape: c.word('escape') ? other(c) : null, at };
      }
    } else if (c.word('similar', 'to')) {
      const pattern = other(c);
      e = { k: 'like', e, pattern, op: 'similar', not: negated, escape: c.word('escape') ? other(c) : null, at };
    } else if (c.isWord('overlaps')) throw unsupported('OVERLAPS', at);
    else {
      c.backTo(mark);
      return e;
    }
  }
}

/** Every operator that is neither arithmetic nor comparison. */
function other(c: Cursor): Expr {
  let l = additive(c);
  while (isOtherOp(c)) {
    const { at } = c;
    const op = c.isWord('operator') ? operatorName(c) : c.next().text;
    l = anyOrAll(c, l, op, at) ?? { k: 'op', op, l, r: additive(c), at };
  }
  return l;
}

function operatorName(c: Cursor): string {
  c.next();
  c.expectOp('(');
  while (!c.isOp() && c.peek().text === '.') {
    c.next();
    c.next();
  }
  const op = c.next().text;
  c.expectOp(')');
  return op;
}

const NOT_OTHER = new Set([
  ...COMPARISONS,
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '(',
  ')',
  '[',
  ']',
  ',',
  ';',
  ':',
  '.',
  '::',
  ':=',
  '..',
]);

function isOtherOp(c: Cursor): boolean {
  const { kind, text } = c.token;
  return (kind === 'op' && !NOT_OTHER.has(text)) || (kind === 'word' && text === 'operator' && c.peek().text === '(');
}

function binary(c: Cursor, ops: readonly string[], operand: (c: Cursor) => Expr): Expr {
  let l = operand(c);
  while (c.isOp(...ops)) {
    const { at } = c;
    const op = c.next().text;
    l = { k: 'op', op, l, r: operand(c), at };
  }
  return l;
}

const additive = (c: Cursor): Expr => binary(c, ['+', '-'], multiplicative);
const multiplicative = (c: Cursor): Expr => binary(c, ['*', '/', '%'], power);
const power = (c: Cursor): Expr => binary(c, ['^'], zoned);

function zoned(c: Cursor): Expr {
  let e = unary(c);
  for (;;) {
    const { at } = c;
    if (c.word('at', 'time', 'zone')) e = call('timezone', [unary(c), e], at);
    else if (c.word('collate')) c.qualified();
    else return e;
  }
}

function unary(c: Cursor): Expr {
  const { at } = c;
  if (c.op('-')) {
    const e = unary(c);
    if (e.k === 'const' && (e.type === 'int' || e.type === 'num'))
      return { ...e, v: e.v.startsWith('-') ? e.v.slice(1) : `-${e.v}`, at };
    return { k: 'op', op: '-', l: null, r: e, at };
  }
  if (c.op('+')) return unary(c);
  if (c.token.kind === 'op' && !NOT_OTHER.has(c.token.text)) {
    const op = c.next().text;
    return { k: 'op', op, l: null, r: additive(c), at };
  }
  return postfix(c, primary(c));
}

function postfix(c: Cursor, e: Expr): Expr {
  for (;;) {
    const { at } = c;
    if (c.op('::')) e = { k: 'cast', e, type: parseType(c), at };
    else if (c.op('[')) {
      const lo = c.isOp(':') ? null : parseExpr(c);
      const slice = c.op(':');
      const hi = slice && !c.isOp(']') ? parseExpr(c) : null;
      c.expectOp(']');
      e = { k: 'index', e, lo, hi, slice, at };
    } else if (c.isOp('.') && e.k !== 'col') {
      c.next();
      if (c.op('*')) throw unsupported('expansion of a row with .*', at);
      e = { k: 'field', e, name: c.label(), at };
    } else return e;
  }
}

export const call = (name: string, args: Expr[], at: number): FunctionCall => ({
  ...{ k: 'fn', name, args, star: false, distinct: false, variadic: false },
  ...{ order: [], filter: null, over: null, withinGroup: false, at },
});

const text = (v: string, at: number): Expr => ({ k: 'const', type: 'str', v, at });

function primary(c: Cursor): Expr {
  const { token, at } = c;
  switch (token.kind) {
    case 'int':
      c.next();
      return { k: 'const', type: 'int', v: token.text, at };
    case 'number':
      c.next();
      return { k: 'const', type: 'num', v: token.text, at };
    case 'string': {
      c.next();
      let v = token.text;
      // Strings separated by a line break are one.
      while (c.token.kind === 'string' && c.sql.slice(c.endBefore, c.at).includes('\n')) v += c.next().text;
      return { k: 'const', type: 'str', v, at };
    }
    case 'bits':
      throw unsupported('a bit string', at);
    case 'param':
      c.next();
      return { k: 'param', n: Number(token.text), at };
    case 'quoted':
      return column(c);
    case 'word':
      return word(c);
    case 'op':
      if (c.op('(')) return parenthesis(c, at);
      if (c.op('*')) return { k: 'star', path: [], at };
      throw c.error();
    default:
      throw c.error();
  }
}

function parenthesis(c: Cursor, at: number): Expr {
  if (isSelectAhead(c)) {
    const query = parseSelect(c);
    c.expectOp(')');
    return { k: 'sub', query, at };
  }
  const items = c.list(() => parseExpr(c));
  c.expectOp(')');
  return items.length === 1 ? items[0]! : { k: 'row', items, at };
}

const NILADIC: Readonly<Record<string, string>> = {
  current_date: 'current_date',
  current_time: 'current_time',
  current_timestamp: 'current_timestamp',
  localtime: 'localtime',
  localtimestamp: 'localtimestamp',
  current_user: 'current_user',
  current_role: 'current_user',
  session_user: 'session_user',
  user: 'current_user',
  current_catalog: 'current_database',
  current_schema: 'current_schema',
};

function word(c: Cursor): Expr {
  const { token, at } = c;
  const following = c.peek();
  switch (token.text) {
    case 'null':
      c.next();
      return { k: 'const', type: 'null', v: '', at };
    case 'true':
    case 'false':
      c.next();
      return { k: 'const', type: 'bool', v: token.text, at };
    case 'case':
      return caseExpression(c);
    case 'cast': {
      c.next();
      c.expectOp('(');
      const e = parseExpr(c);
      c.expectWord('as');
      const type = parseType(c);
      c.expectOp(')');
      return { k: 'cast', e, type, at };
    }
    case 'exists':
      if (following.text !== '(') break;
      c.next();
      return { k: 'exists', query: subquery(c), at };
    case 'array':
      c.next();
      if (c.op('[')) {
        const items = arrayItems(c, at);
        // Subscripts need parentheses around it.
        if (c.isOp('[')) throw c.error();
        return items;
      }
      if (c.isOp('(')) return { k: 'arraysub', query: subquery(c), at };
      throw c.error();
    case 'row':
      if (following.text !== '(') break;
      c.next();
      c.expectOp('(');
      if (c.op(')')) return { k: 'row', items: [], at };
      {
        const items = c.list(() => parseExpr(c));
        c.expectOp(')');
        return { k: 'row', items, at };
      }
    case 'default':
      c.next();
      return { k: 'default', at };
    case 'interval':
      if (following.kind === 'string') {
        c.next();
        const e = text(c.string(), c.at);
        const type = typeOfWords(c, 'interval', at);
        return { k: 'cast', e, type, at };
      }
      break;
    case 'extract': {
      if (following.text !== '(') break;
      c.next();
      c.expectOp('(');
      const field = c.token.kind === 'string' ? c.string() : c.label();
      c.expectWord('from');
      const e = parseExpr(c);
      c.expectOp(')');
      return call('extract', [text(field, at), e], at);
    }
    case 'position': {
      if (following.text !== '(') break;
      c.next();
      c.expectOp('(');
      const needle = other(c);
      c.expectWord('in');
      const e = other(c);
      c.expectOp(')');
      return call('position', [e, needle], at);
    }
    case 'substring': {
      if (following.text !== '(') break;
      c.next();
      c.expectOp('(');
      const args = [parseExpr(c)];
      let from: Expr | null = null;
      let length: Expr | null = null;
      for (;;) {
        if (c.word('from')) from = parseExpr(c);
        else if (c.word('for')) length = parseExpr(c);
        else if (c.op(',')) args.push(parseExpr(c));
        else break;
      }
      c.expectOp(')');
      if (length && !from) from = { k: 'const', type: 'int', v: '1', at };
      return call('substring', [...args, ...(from ? [from] : []), ...(length ? [length] : [])], at);
    }
    case 'overlay': {
      if (following.text !== '(') break;
      c.next();
      c.expectOp('(');
      const args = [parseExpr(c)];
      while (c.word('placing') || c.word('from') || c.word('for') || c.op(',')) args.push(parseExpr(c));
      c.expectOp(')');
      return call('overlay', args, at);
    }
    case 'trim': {
      if (following.text !== '(') break;
      c.next();
      c.expectOp('(');
      const side = c.isWord('leading', 'trailing', 'both') ? c.next().text : 'both';
      let args: Expr[] = [];
      if (!c.isWord('from')) args = [parseExpr(c)];
      if (c.word('from')) args = [parseExpr(c), ...args];
      else if (c.op(',')) args.push(parseExpr(c));
      c.expectOp(')');
      return call(side === 'leading' ? 'ltrim' : side === 'trailing' ? 'rtrim' : 'btrim', args, at);
    }
    default:
      break;
  }
  const niladic = NILADIC[token.text];
  if (niladic && (RESERVED.has(token.text) || token.text === 'current_schema')) {
    c.next();
    if (c.op('(')) {
      if (c.token.kind === 'int') c.next();
      c.expectOp(')');
    }
    return call(niladic, [], at);
  }
  if (following.text === '(' && following.kind === 'op' && !RESERVED.has(token.text)) {
    c.next();
    return functionCall(c, token.text, at);
  }
  if ((token.text === 'left' || token.text === 'right') && following.text === '(') {
    c.next();
    return functionCall(c, token.text, at);
  }
  if (!RESERVED.has(token.text) && !FUNCTION_WORDS.has(token.text)) {
    const typed = typedLiteral(c);
    if (typed) return typed;
  }
  return column(c);
}

/** `date '2026-01-01'`, `double precision '1'`, `numeric(4,1) '2'`. */
function typedLiteral(c: Cursor): Expr | null {
  const { at } = c;
  if (c.peek().kind !== 'string' && !c.isWord('timestamp', 'time', 'double', 'character', 'numeric')) return null;
  const mark = c.mark();
  try {
    const type = parseType(c);
    if (c.token.kind === 'string') return { k: 'cast', e: text(c.next().text, at), type, at };
  } catch {
    // No type after all.
  }
  c.backTo(mark);
  return null;
}

function subquery(c: Cursor) {
  c.expectOp('(');
  const query = parseSelect(c);
  c.expectOp(')');
  return query;
}

function arrayItems(c: Cursor, at: number): Expr {
  const items: Expr[] = [];
  if (!c.isOp(']'))
    items.push(
      ...c.list(() => {
        const inner = c.at;
        return c.op('[') ? arrayItems(c, inner) : parseExpr(c);
      }),
    );
  c.expectOp(']');
  return { k: 'array', items, at };
}

function caseExpression(c: Cursor): Expr {
  const { at } = c;
  c.next();
  const arg = c.isWord('when') ? null : parseExpr(c);
  const whens: { when: Expr; then: Expr }[] = [];
  while (c.word('when')) {
    const when = parseExpr(c);
    c.expectWord('then');
    whens.push({ when, then: parseExpr(c) });
  }
  if (whens.length === 0) throw c.error();
  const otherwise = c.word('else') ? parseExpr(c) : null;
  c.expectWord('end');
  return { k: 'case', arg, whens, otherwise, at };
}

function column(c: Cursor): Expr {
  const { at } = c;
  const path = [c.name()];
  while (c.isOp('.')) {
    c.next();
    if (c.op('*')) return { k: 'star', path, at };
    path.push(c.label());
  }
  if (c.isOp('(')) return functionCall(c, path.at(-1)!, at);
  // `schema.type 'literal'` is not written by anyone.
  return { k: 'col', path, at };
}

function functionCall(c: Cursor, name: string, at: number): FunctionCall {
  c.expectOp('(');
  const fn = call(name, [], at);
  if (c.op('*')) fn.star = true;
  else if (!c.isOp(')')) {
    if (c.word('distinct')) fn.distinct = true;
    else c.word('all');
    for (;;) {
      if (c.word('variadic')) fn.variadic = true;
      fn.args.push(argument(c));
      if (!c.op(',')) break;
    }
    if (c.word('order', 'by')) fn.order = parseOrder(c);
  }
  c.expectOp(')');
  if (c.word('within', 'group')) {
    c.expectOp('(');
    c.expectWord('order', 'by');
    fn.order = parseOrder(c);
    fn.withinGroup = true;
    c.expectOp(')');
  }
  if (c.isWord('filter') && c.peek().text === '(') {
    c.next();
    c.expectOp('(');
    c.expectWord('where');
    fn.filter = parseExpr(c);
    c.expectOp(')');
  }
  if (c.word('over')) fn.over = c.isOp('(') ? windowSpec(c) : c.name();
  return fn;
}

function argument(c: Cursor): Expr {
  if (c.isName() && (c.peek().text === '=>' || c.peek().text === ':=')) throw unsupported('a named argument', c.at);
  return parseExpr(c);
}

export function windowSpec(c: Cursor): WindowSpec {
  c.expectOp('(');
  const base = c.isName() && !c.isWord('partition', 'rows', 'range', 'groups') ? c.name() : null;
  const partition = c.word('partition', 'by') ? c.list(() => parseExpr(c)) : [];
  const order = c.word('order', 'by') ? parseOrder(c) : [];
  let frame: Frame | null = null;
  if (c.isWord('rows', 'range', 'groups')) {
    const mode = c.next().text as Frame['mode'];
    if (c.word('between')) {
      const start = frameBound(c);
      c.expectWord('and');
      frame = { mode, start, end: frameBound(c) };
    } else frame = { mode, start: frameBound(c), end: { kind: 'current', offset: null } };
    if (c.isWord('exclude')) throw unsupported('EXCLUDE in a window frame', c.at);
  }
  c.expectOp(')');
  return { base, partition, order, frame };
}

function frameBound(c: Cursor): FrameBound {
  if (c.word('unbounded', 'preceding')) return { kind: 'unbounded preceding', offset: null };
  if (c.word('unbounded', 'following')) return { kind: 'unbounded following', offset: null };
  if (c.word('current', 'row')) return { kind: 'current', offset: null };
  const offset = parseExpr(c);
  if (c.word('preceding')) return { kind: 'preceding', offset };
  c.expectWord('following');
  return { kind: 'following', offset };
}

export function parseOrder(c: Cursor): SortKey[] {
  return c.list(() => {
    const e = parseExpr(c);
    if (c.isWord('using')) throw unsupported('ORDER BY … USING', c.at);
    const desc = c.word('desc') || (c.word('asc') && false);
    let nullsFirst = desc;
    if (c.word('nulls', 'first')) nullsFirst = true;
    else if (c.word('nulls', 'last')) nullsFirst = false;
    return { e, desc, nullsFirst };
  });
}

/** For texts kept with the expression: `CHECK (…)` as written. */
export function withText(c: Cursor, parse: () => Expr): { e: Expr; text: string } {
  const start = c.at;
  const e = parse();
  return { e, text: c.sql.slice(start, c.endBefore) };
}
