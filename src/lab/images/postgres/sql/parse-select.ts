/** SELECT, VALUES, WITH, set operations and FROM. */
import { syntaxError, unsupported } from '../errors.ts';
import type { Cte, Expr, FromItem, FunctionCall, Lock, Select, Target, With } from './ast.ts';
import { type Cursor, NO_BARE_LABEL, RESERVED } from './cursor.ts';
import { parseDelete, parseInsert, parseUpdate } from './parse-change.ts';
import { parseExpr, parseOrder, windowSpec } from './parse-expression.ts';
import { parseType } from './parse-type.ts';

/** Whether a query begins here, perhaps behind parentheses. */
export function isSelectAhead(c: Cursor): boolean {
  let ahead = 0;
  while (c.peek(ahead).kind === 'op' && c.peek(ahead).text === '(') ahead++;
  const { kind, text } = c.peek(ahead);
  if (kind !== 'word') return false;
  if (text === 'select' || text === 'values' || text === 'with') return true;
  return text === 'table' && ahead === 0;
}

export function parseSelect(c: Cursor): Select {
  const { at } = c;
  const clause = c.isWord('with') ? parseWith(c) : null;
  let query = setOperation(c);
  if (clause || c.isWord('order', 'limit', 'offset', 'fetch', 'for')) {
    // What stands behind a query in parentheses or a set operation belongs to the whole.
    if (query.with || query.order.length || query.limit || query.offset || query.locks.length) {
      query = {
        ...emptySelect(at),
        targets: [{ e: { k: 'star', path: [], at }, alias: null, at }],
        from: [wrap(query)],
      };
    }
    query = { ...query, with: clause };
  }
  return tail(c, query);
}

const wrap = (query: Select): FromItem => ({
  ...{ k: 'subquery', query, lateral: false, alias: '*SELECT*', cols: null, at: query.at },
});

export const emptySelect = (at: number): Select => ({
  ...{ k: 'select', with: null, distinct: null, targets: [], from: [], where: null, group: [], having: null },
  ...{ windows: [], values: null, set: null, order: [], limit: null, offset: null, locks: [], at },
});

function tail(c: Cursor, query: Select): Select {
  const { locks } = query;
  let { order, limit, offset } = query;
  if (c.word('order', 'by')) order = parseOrder(c);
  for (;;) {
    if (c.word('limit')) limit = c.word('all') ? null : parseExpr(c);
    else if (c.word('offset')) {
      offset = parseExpr(c);
      if (!c.word('rows')) c.word('row');
    } else if (c.word('fetch')) {
      if (!c.word('first')) c.expectWord('next');
      limit = c.isWord('row', 'rows') ? { k: 'const', type: 'int', v: '1', at: c.at } : parseExpr(c);
      if (!c.word('rows')) c.expectWord('row');
      if (c.isWord('with')) throw unsupported('FETCH … WITH TIES', c.at);
      c.expectWord('only');
    } else if (c.isWord('for') && c.peek().text !== 'read') locks.push(parseLock(c));
    else if (c.word('for', 'read', 'only')) continue;
    else return { ...query, order, limit, offset, locks };
  }
}

function parseLock(c: Cursor): Lock {
  c.next();
  const strength: Lock['strength'] | null = c.word('update')
    ? 'update'
    : c.word('no', 'key', 'update')
      ? 'no key update'
      : c.word('share')
        ? 'share'
        : c.word('key', 'share')
          ? 'key share'
          : null;
  if (!strength) throw c.error();
  const of = c.word('of') ? c.list(() => c.qualified().at(-1)!) : [];
  const wait = c.word('nowait') ? 'nowait' : c.word('skip', 'locked') ? 'skip' : 'block';
  return { strength, of, wait };
}

export function parseWith(c: Cursor): With {
  c.expectWord('with');
  const recursive = c.word('recursive');
  const ctes = c.list((): Cte => {
    const { at } = c;
    const name = c.name();
    const cols = c.isOp('(') ? c.parenthesized(() => c.name()) : null;
    c.expectWord('as');
    if (c.word('not')) c.expectWord('materialized');
    else c.word('materialized');
    c.expectOp('(');
    const statement = parseSelectOrChange(c);
    c.expectOp(')');
    if (c.isWord('search', 'cycle')) throw unsupported(`${c.token.text.toUpperCase()} in WITH`, c.at);
    return { name, cols, statement, at };
  });
  return { recursive, ctes };
}

/** A statement that may stand in WITH, PREPARE, EXPLAIN. */
export function parseSelectOrChange(c: Cursor) {
  const start = c.mark();
  const clause = c.isWord('with') ? parseWith(c) : null;
  if (c.isWord('insert')) return { ...parseInsert(c), with: clause };
  if (c.isWord('update')) return { ...parseUpdate(c), with: clause };
  if (c.isWord('delete')) return { ...parseDelete(c), with: clause };
  c.backTo(start);
  return parseSelect(c);
}

function setOperation(c: Cursor): Select {
  let l = intersection(c);
  while (c.isWord('union', 'except')) {
    const op = c.next().text as 'union';
    const all = c.word('all') || (c.word('distinct') && false);
    l = { ...emptySelect(l.at), set: { op, all, l, r: intersection(c) } };
  }
  return l;
}

function intersection(c: Cursor): Select {
  let l = simple(c);
  while (c.word('intersect')) {
    const all = c.word('all') || (c.word('distinct') && false);
    l = { ...emptySelect(l.at), set: { op: 'intersect', all, l, r: simple(c) } };
  }
  return l;
}

function simple(c: Cursor): Select {
  const { at } = c;
  if (c.op('(')) {
    const query = parseSelect(c);
    c.expectOp(')');
    return query;
  }
  if (c.word('values')) {
    const values = c.list(() => c.parenthesized(() => parseExpr(c)));
    if (values.some((row) => row.length !== values[0]!.length))
      throw syntaxError('VALUES lists must all be the same length', valuesAt(values));
    return { ...emptySelect(at), values };
  }
  if (c.word('table')) {
    const item: FromItem = { k: 'table', name: c.qualified(), alias: null, cols: null, only: false, at };
    return { ...emptySelect(at), targets: [{ e: { k: 'star', path: [], at }, alias: null, at }], from: [item] };
  }
  c.expectWord('select');
  const query = emptySelect(at);
  if (c.word('distinct')) query.distinct = c.word('on') ? c.parenthesized(() => parseExpr(c)) : 'all';
  else c.word('all');
  if (!endsTargets(c)) query.targets = parseTargets(c);
  if (c.isWord('into')) throw unsupported('SELECT INTO', c.at);
  if (c.word('from')) query.from = c.list(() => parseFrom(c));
  if (c.word('where')) query.where = parseExpr(c);
  if (c.word('group', 'by')) {
    if (c.isWord('grouping', 'rollup', 'cube')) throw unsupported(c.token.text.toUpperCase(), c.at);
    query.group = c.list(() => parseExpr(c));
  }
  if (c.word('having')) query.having = parseExpr(c);
  if (c.word('window'))
    query.windows = c.list(() => {
      const name = c.name();
      c.expectWord('as');
      return { name, spec: windowSpec(c) };
    });
  return query;
}

function valuesAt(values: Expr[][]): number {
  return values.find((row) => row.length !== values[0]!.length)![0]!.at;
}

const endsTargets = (c: Cursor) =>
  c.token.kind === 'end' ||
  c.isOp(';', ')') ||
  c.isWord('from', 'where', 'group', 'having', 'order', 'limit', 'union', 'intersect', 'except', 'offset', 'for');

export function parseTargets(c: Cursor): Target[] {
  return c.list(() => {
    const { at } = c;
    if (c.isOp('*')) {
      c.next();
      return { e: { k: 'star', path: [], at }, alias: null, at };
    }
    const e = parseExpr(c);
    if (c.word('as')) return { e, alias: c.label(), at };
    const { kind, text } = c.token;
    if (kind === 'quoted' || (kind === 'word' && !NO_BARE_LABEL.has(text) && !endsTarget(text)))
      return { e, alias: c.label(), at };
    return { e, alias: null, at };
  });
}

const endsTarget = (word: string) => RESERVED.has(word) && word !== 'end';

export function parseFrom(c: Cursor): FromItem {
  let l = fromItem(c);
  for (;;) {
    const { at } = c;
    if (c.word('cross', 'join')) {
      l = { k: 'join', type: 'cross', l, r: fromItem(c), on: null, using: null, natural: false, at };
      continue;
    }
    const mark = c.mark();
    const natural = c.word('natural');
    let type: 'inner' | 'left' | 'right' | 'full' = 'inner';
    if (c.isWord('left', 'right', 'full')) {
      type = c.next().text as 'left';
      c.word('outer');
    } else c.word('inner');
    if (!c.word('join')) {
      if (c.mark() !== mark) throw c.error();
      return l;
    }
    // `a JOIN b JOIN c ON … ON …` nests to the right.
    let r = fromItem(c);
    if (!natural && !c.isWord('on', 'using')) r = joinRest(c, r);
    if (natural) l = { k: 'join', type, l, r, on: null, using: null, natural: true, at };
    else if (c.word('on')) l = { k: 'join', type, l, r, on: parseExpr(c), using: null, natural: false, at };
    else if (c.word('using')) {
      const using = c.parenthesized(() => c.name());
      if (c.isWord('as')) throw unsupported('an alias of JOIN … USING', c.at);
      l = { k: 'join', type, l, r, on: null, using, natural: false, at };
    } else throw c.error();
  }
}

function joinRest(c: Cursor, l: FromItem): FromItem {
  const { at } = c;
  let type: 'inner' | 'left' | 'right' | 'full' = 'inner';
  if (c.isWord('left', 'right', 'full')) {
    type = c.next().text as 'left';
    c.word('outer');
  } else c.word('inner');
  if (!c.word('join')) throw c.error();
  let r = fromItem(c);
  if (!c.isWord('on', 'using')) r = joinRest(c, r);
  if (c.word('using'))
    return { k: 'join', type, l, r, on: null, using: c.parenthesized(() => c.name()), natural: false, at };
  c.expectWord('on');
  return { k: 'join', type, l, r, on: parseExpr(c), using: null, natural: false, at };
}

function fromItem(c: Cursor): FromItem {
  const { at } = c;
  const lateral = c.word('lateral');
  if (c.isOp('(')) {
    if (isSelectAhead(c)) {
      const mark = c.mark();
      c.next();
      try {
        const query = parseSelect(c);
        c.expectOp(')');
        const { alias, cols } = parseAlias(c);
        if (alias === null)
          throw syntaxError(
            query.values ? 'VALUES in FROM must have an alias' : 'subquery in FROM must have an alias',
            at,
          ).hinting(`For example, FROM (${query.values ? 'VALUES ...' : 'SELECT ...'}) [AS] foo.`);
        return { k: 'subquery', query, lateral, alias, cols, at };
      } catch (error) {
        if (c.peek(0).kind === 'end' || c.sql[at + 1] !== '(') throw error;
        c.backTo(mark);
      }
    }
    c.expectOp('(');
    const inner = parseFrom(c);
    c.expectOp(')');
    if (c.word('as') || c.isName()) throw unsupported('an alias of a join in parentheses', c.at);
    return inner;
  }
  if (c.word('rows', 'from')) throw unsupported('ROWS FROM', at);
  const only = c.word('only');
  const isFunction =
    c.peek().text === '(' && c.peek().kind === 'op' && (c.token.kind === 'word' || c.token.kind === 'quoted');
  const isQualifiedFunction = c.peek().text === '.' && c.peek(3).text === '(' && c.peek(3).kind === 'op';
  if (isFunction || isQualifiedFunction) {
    const e = parseExpr(c) as FunctionCall;
    const ordinality = c.word('with', 'ordinality');
    let alias: string | null = null;
    let cols: string[] | null = null;
    let defs: { name: string; type: ReturnType<typeof parseType> }[] | null = null;
    const as = c.word('as');
    if (c.isName()) alias = c.name();
    if (c.isOp('(') && (as || alias !== null)) {
      const items = c.parenthesized(() => {
        const name = c.name();
        return { name, type: c.isOp(',', ')') ? null : parseType(c) };
      });
      if (items.some(({ type }) => type)) defs = items as { name: string; type: ReturnType<typeof parseType> }[];
      else cols = items.map(({ name }) => name);
    }
    return { k: 'function', call: e, lateral, alias, cols, defs, ordinality, at };
  }
  const name = c.qualified();
  c.op('*');
  if (c.isWord('tablesample')) throw unsupported('TABLESAMPLE', c.at);
  return { k: 'table', name, ...parseAlias(c), only, at };
}

export function parseAlias(c: Cursor): { alias: string | null; cols: string[] | null } {
  const as = c.word('as');
  if (!as && !c.isName()) return { alias: null, cols: null };
  const alias = c.name();
  return { alias, cols: c.isOp('(') ? c.parenthesized(() => c.name()) : null };
}
