/** INSERT, UPDATE, DELETE. */
import type { Assignment, Delete, Expr, Insert, OnConflict, Update } from './ast.ts';
import { type Cursor, RESERVED } from './cursor.ts';
import { parseExpr } from './parse-expression.ts';
import { isSelectAhead, parseAlias, parseFrom, parseSelect, parseTargets } from './parse-select.ts';

export function parseInsert(c: Cursor): Insert {
  c.expectWord('insert', 'into');
  const { at } = c;
  const table = c.qualified();
  const alias = c.word('as') ? c.name() : null;
  let cols: { name: string; at: number }[] | null = null;
  if (c.isOp('(') && !isSelectAhead(c))
    cols = c.parenthesized(() => {
      const column = { name: c.name(), at: c.peek(-1).start };
      return column;
    });
  const overriding = c.word('overriding', 'system', 'value')
    ? 'system'
    : c.word('overriding', 'user', 'value')
      ? 'user'
      : null;
  const source = c.word('default', 'values') ? null : parseSelect(c);
  const conflict = c.isWord('on') ? onConflict(c) : null;
  return { k: 'insert', with: null, table, alias, cols, overriding, source, conflict, returning: returning(c), at };
}

function onConflict(c: Cursor): OnConflict {
  const { at } = c;
  c.expectWord('on', 'conflict');
  let target: OnConflict['target'] = null;
  let where: Expr | null = null;
  let constraint: string | null = null;
  if (c.word('on', 'constraint')) constraint = c.name();
  else if (c.isOp('(')) {
    target = c.parenthesized(() => {
      const e = parseExpr(c);
      if (c.word('collate')) c.qualified();
      return { e, name: e.k === 'col' && e.path.length === 1 ? e.path[0]! : null };
    });
    if (c.word('where')) where = parseExpr(c);
  }
  c.expectWord('do');
  const base = { target, where, constraint, at };
  if (c.word('nothing')) return { ...base, action: 'nothing', set: [], updateWhere: null };
  c.expectWord('update', 'set');
  const set = assignments(c);
  return { ...base, action: 'update', set, updateWhere: c.word('where') ? parseExpr(c) : null };
}

function assignments(c: Cursor): Assignment[] {
  return c.list(() => {
    if (c.isOp('(')) {
      const cols = c.parenthesized(() => assigned(c));
      c.expectOp('=');
      c.word('row');
      return { cols, e: parseExpr(c), isMulti: true };
    }
    const column = assigned(c);
    c.expectOp('=');
    return { cols: [column], e: parseExpr(c), isMulti: false };
  });
}

function assigned(c: Cursor): Assignment['cols'][number] {
  const { at } = c;
  const name = c.name();
  let index: Expr | null = null;
  if (c.op('[')) {
    index = parseExpr(c);
    c.expectOp(']');
  }
  return { name, index, at };
}

const returning = (c: Cursor) => (c.word('returning') ? parseTargets(c) : null);

export function parseUpdate(c: Cursor): Update {
  c.expectWord('update');
  c.word('only');
  const { at } = c;
  const table = c.qualified();
  c.op('*');
  const { alias } = c.isWord('set') ? { alias: null } : parseAlias(c);
  c.expectWord('set');
  const set = assignments(c);
  const from = c.word('from') ? c.list(() => parseFrom(c)) : [];
  const where = c.word('where') ? parseExpr(c) : null;
  return { k: 'update', with: null, table, alias, set, from, where, returning: returning(c), at };
}

export function parseDelete(c: Cursor): Delete {
  c.expectWord('delete', 'from');
  c.word('only');
  const { at } = c;
  const table = c.qualified();
  const { alias } =
    c.token.kind === 'word' && RESERVED.has(c.token.text) && !c.isWord('as') ? { alias: null } : parseAlias(c);
  const using = c.word('using') ? c.list(() => parseFrom(c)) : [];
  const where = c.word('where') ? parseExpr(c) : null;
  return { k: 'delete', with: null, table, alias, using, where, returning: returning(c), at };
}
