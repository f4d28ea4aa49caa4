/** The text of a query → its statements. All are parsed before the first runs, as PostgreSQL does. */
import { unsupported } from '../errors.ts';
import type { Parsed, Statement, TransactionModes } from './ast.ts';
import { Cursor } from './cursor.ts';
import { parseAlter, parseCreate, parseDrop } from './parse-define.ts';
import { parseExpr } from './parse-expression.ts';
import { isSelectAhead, parseSelectOrChange } from './parse-select.ts';
import { parseType } from './parse-type.ts';

export function parse(sql: string): Parsed[] {
  const c = new Cursor(sql);
  const parsed: Parsed[] = [];
  for (;;) {
    while (c.op(';'));
    if (c.isEnd) return parsed;
    const start = c.at;
    const statement = parseStatement(c);
    parsed.push({ statement, start, end: c.endBefore });
    if (!c.isEnd && !c.isOp(';')) throw c.error();
  }
}

/** An expression on its own, for what the catalog keeps as text. */
export function parseExpression(sql: string) {
  const c = new Cursor(sql);
  const e = parseExpr(c);
  if (c.token.kind !== 'end') throw c.error();
  return e;
}

function parseStatement(c: Cursor): Statement {
  const { at } = c;
  if (isSelectAhead(c) || c.isWord('insert', 'update', 'delete', 'with')) return parseSelectOrChange(c);
  if (c.token.kind !== 'word') throw c.error();
  switch (c.token.text) {
    case 'create':
      return parseCreate(c);
    case 'alter':
      return parseAlter(c);
    case 'drop':
      return parseDrop(c);
    case 'set':
      return parseSet(c);
    case 'explain':
      return explain(c);
    case 'lock':
      return lock(c);
    case 'vacuum':
    case 'analyze':
    case 'analyse':
      return vacuum(c);
    default:
      break;
  }
  const word = c.next().text;
  switch (word) {
    case 'begin':
      transactionWord(c);
      return { k: 'begin', modes: modes(c) };
    case 'start':
      c.expectWord('transaction');
      return { k: 'begin', modes: modes(c) };
    case 'commit':
    case 'end':
      if (c.isWord('prepared')) throw unsupported('a prepared transaction', at);
      transactionWord(c);
      return { k: 'commit', chain: chain(c) };
    case 'abort':
    case 'rollback':
      if (c.isWord('prepared')) throw unsupported('a prepared transaction', at);
      transactionWord(c);
      if (c.word('to')) {
        c.word('savepoint');
        return { k: 'rollback to', name: c.name() };
      }
      return { k: 'rollback', chain: chain(c) };
    case 'savepoint':
      return { k: 'savepoint', name: c.name() };
    case 'release':
      c.word('savepoint');
      return { k: 'release', name: c.name() };
    case 'show':
      return { k: 'show', name: settingName(c) };
    case 'reset':
      return { k: 'reset', name: settingName(c) };
    case 'truncate': {
      c.word('table');
      c.word('only');
      const names = c.list(() => c.qualified());
      const restart = c.word('restart', 'identity') || (c.word('continue', 'identity') && false);
      const cascade = c.word('cascade') || (c.word('restrict') && false);
      return { k: 'truncate', names, restart, cascade };
    }
    case 'listen':
      return { k: 'listen', channel: c.name() };
    case 'unlisten':
      return { k: 'unlisten', channel: c.op('*') ? null : c.name() };
    case 'notify': {
      const channel = c.name();
      return { k: 'notify', channel, payload: c.op(',') ? c.string() : '' };
    }
    case 'prepare': {
      if (c.isWord('transaction')) throw unsupported('a prepared transaction', at);
      const name = c.name();
      const types = c.isOp('(') ? c.parenthesized(() => parseType(c)) : [];
      c.expectWord('as');
      const start = c.at;
      const statement = parseSelectOrChange(c);
      return { k: 'prepare', name, types, statement, text: c.sql.slice(start, c.endBefore) };
    }
    case 'execute': {
      const name = c.name();
      return { k: 'execute', name, args: c.isOp('(') ? c.parenthesized(() => parseExpr(c)) : [] };
    }
    case 'deallocate':
      c.word('prepare');
      return { k: 'deallocate', name: c.word('all') ? null : c.name() };
    case 'declare': {
      const name = c.name();
      while (
        c.word('binary') ||
        c.word('insensitive') ||
        c.word('asensitive') ||
        c.word('no', 'scroll') ||
        c.word('scroll')
      );
      c.expectWord('cursor');
      const hold = c.word('with', 'hold');
      c.word('without', 'hold');
      c.expectWord('for');
      const query = parseSelectOrChange(c);
      if (query.k !== 'select') throw unsupported('a cursor for anything but SELECT', at);
      return { k: 'declare', name, query, hold };
    }
    case 'fetch':
    case 'move':
      return fetch(c, word === 'move');
    case 'close':
      return { k: 'close', name: c.word('all') ? null : c.name() };
    case 'discard':
      return { k: 'discard', what: c.label() };
    case 'checkpoint':
      return { k: 'checkpoint' };
    case 'comment':
    case 'grant':
    case 'revoke':
    case 'reassign':
    case 'security':
      while (!c.isEnd && !c.isOp(';')) c.next();
      return word === 'comment' ? { k: 'comment' } : { k: 'grant' };
    case 'reindex':
    case 'cluster':
      while (!c.isEnd && !c.isOp(';')) c.next();
      return { k: 'reindex' };
    case 'copy':
    case 'merge':
    case 'do':
    case 'call':
    case 'refresh':
    case 'import':
    case 'load':
      throw unsupported(word.toUpperCase(), at);
    default:
      c.backTo(c.mark() - 1);
      throw c.error();
  }
}

function transactionWord(c: Cursor): void {
  if (!c.word('transaction')) c.word('work');
}

function chain(c: Cursor): boolean {
  if (c.word('and', 'chain')) return true;
  c.word('and', 'no', 'chain');
  return false;
}

function modes(c: Cursor): TransactionModes {
  const found: TransactionModes = {};
  for (;;) {
    if (c.word('isolation', 'level')) {
      if (c.word('serializable')) found.isolation = 'serializable';
      else if (c.word('repeatable', 'read')) found.isolation = 'repeatable read';
      else if (c.word('read', 'committed')) found.isolation = 'read committed';
      else {
        c.expectWord('read', 'uncommitted');
        found.isolation = 'read uncommitted';
      }
    } else if (c.word('read', 'only')) found.readOnly = true;
    else if (c.word('read', 'write')) found.readOnly = false;
    else if (c.word('not', 'deferrable')) found.deferrable = false;
    else if (c.word('deferrable')) found.deferrable = true;
    else return found;
    c.op(',');
  }
}

function settingName(c: Cursor): string {
  if (c.word('all')) return 'all';
  if (c.word('transaction', 'isolation', 'level')) return 'transaction_isolation';
  if (c.word('session', 'authorization')) return 'session_authorization';
  if (c.word('time', 'zone')) return 'timezone';
  return [c.label(), ...(c.op('.') ? [c.label()] : [])].join('.').toLowerCase();
}

function parseSet(c: Cursor): Statement {
  c.next();
  if (c.word('constraints')) {
    const names = c.word('all') ? null : c.list(() => c.qualified().at(-1)!);
    const deferred = c.word('deferred');
    if (!deferred) c.expectWord('immediate');
    return { k: 'set constraints', deferred, names };
  }
  if (c.word('session', 'characteristics', 'as', 'transaction'))
    return { k: 'set transaction', modes: modes(c), session: true };
  if (c.word('transaction')) return { k: 'set transaction', modes: modes(c), session: false };
  const local = c.word('local') || (c.word('session') && false);
  if (c.word('transaction')) return { k: 'set transaction', modes: modes(c), session: false };
  if (c.isWord('role', 'authorization')) {
    c.next();
    c.next();
    return { k: 'set', name: 'role', value: 'none', local };
  }
  if (c.word('names')) return { k: 'set', name: 'client_encoding', value: setting(c), local };
  const isZone = c.word('time', 'zone');
  const name = isZone ? 'timezone' : settingName(c);
  if (!isZone && !c.word('to')) c.expectOp('=');
  if (c.word('default')) return { k: 'set', name, value: null, local };
  return { k: 'set', name, value: c.list(() => setting(c)).join(', '), local };
}

function setting(c: Cursor): string {
  const { kind } = c.token;
  if (c.isOp('-', '+')) return c.next().text + c.next().text;
  if (kind === 'string' || kind === 'quoted' || kind === 'int' || kind === 'number') return c.next().text;
  if (c.word('interval')) return c.string();
  return c.label();
}

function explain(c: Cursor): Statement {
  c.next();
  let analyze = false;
  let json = false;
  let costs = true;
  if (c.isOp('(') && !isSelectAhead(c)) {
    c.parenthesized(() => {
      const option = c.label();
      const value = c.isOp(',', ')') ? 'on' : c.next().text;
      if (option === 'analyze') analyze = value !== 'off' && value !== 'false';
      if (option === 'format') json = value === 'json';
      if (option === 'costs') costs = value !== 'off' && value !== 'false';
    });
  } else {
    analyze = c.word('analyze') || c.word('analyse');
    c.word('verbose');
  }
  return { k: 'explain', analyze, json, costs, statement: parseStatement(c) };
}

function lock(c: Cursor): Statement {
  c.next();
  c.word('table');
  c.word('only');
  const names = c.list(() => c.qualified());
  let mode = 'access exclusive';
  if (c.word('in')) {
    const words: string[] = [];
    while (!c.isWord('mode')) words.push(c.label());
    c.next();
    mode = words.join(' ');
  }
  return { k: 'lock table', names, mode, nowait: c.word('nowait') };
}

function vacuum(c: Cursor): Statement {
  const analyze = c.next().text.startsWith('analy');
  if (c.isOp('('))
    c.parenthesized(() => {
      c.label();
      if (!c.isOp(',', ')')) c.next();
    });
  while (c.word('full') || c.word('freeze') || c.word('verbose') || c.word('analyze'));
  const names = c.isName()
    ? c.list(() => {
        const name = c.qualified();
        if (c.isOp('(')) c.parenthesized(() => c.name());
        return name;
      })
    : [];
  return { k: 'vacuum', analyze, names };
}

function fetch(c: Cursor, move: boolean): Statement {
  let count = 1;
  if (c.word('all') || c.word('forward', 'all')) count = Number.POSITIVE_INFINITY;
  else if (c.word('next')) count = 1;
  else {
    const forward = c.word('forward');
    if (c.token.kind === 'int') count = Number(c.integer());
    else if (!forward && c.isWord('prior', 'first', 'last', 'absolute', 'relative', 'backward'))
      throw unsupported(`FETCH ${c.token.text.toUpperCase()}`, c.at);
  }
  if (!c.word('from')) c.word('in');
  return { k: 'fetch', name: c.name(), count, move };
}
