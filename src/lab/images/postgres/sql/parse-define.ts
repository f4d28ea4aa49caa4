/** CREATE, ALTER, DROP. */
import { unsupported } from '../errors.ts';
import type {
  AlterAction,
  ColumnDef,
  ConstraintDef,
  ForeignKeyAction,
  IndexDef,
  ObjectKind,
  SequenceOptions,
  Statement,
} from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpr, withText } from './parse-expression.ts';
import { parseSelect } from './parse-select.ts';
import { parseType } from './parse-type.ts';

export function parseCreate(c: Cursor): Statement {
  const start = c.at;
  c.expectWord('create');
  const replace = c.word('or', 'replace');
  const temp = c.word('temporary') || c.word('temp');
  if (!temp && !c.word('unlogged')) c.word('global');
  if (c.word('table')) return createTable(c, temp);
  if (c.isWord('unique', 'index')) return createIndex(c);
  if (c.word('sequence')) {
    const ifNotExists = c.word('if', 'not', 'exists');
    return { k: 'create sequence', name: c.qualified(), ifNotExists, options: sequenceOptions(c) };
  }
  if (c.word('type')) {
    const name = c.qualified();
    c.expectWord('as');
    if (!c.word('enum')) throw unsupported('CREATE TYPE other than AS ENUM', start);
    c.expectOp('(');
    const labels = c.isOp(')') ? [] : c.list(() => c.string());
    c.expectOp(')');
    return { k: 'create enum', name, labels };
  }
  if (c.word('domain')) {
    const name = c.qualified();
    c.word('as');
    const type = parseType(c);
    return { k: 'create domain', name, type, constraints: columnConstraints(c) };
  }
  if (c.word('view')) {
    const name = c.qualified();
    const cols = c.isOp('(') ? c.parenthesized(() => c.name()) : null;
    c.expectWord('as');
    const from = c.at;
    const query = parseSelect(c);
    const text = c.sql.slice(from, c.endBefore);
    if (c.isWord('with')) throw unsupported('WITH CHECK OPTION', c.at);
    return { k: 'create view', name, replace, cols, query, text };
  }
  if (c.word('schema')) {
    const ifNotExists = c.word('if', 'not', 'exists');
    const name = c.name();
    if (c.word('authorization')) c.name();
    return { k: 'create schema', name, ifNotExists };
  }
  if (c.word('extension')) {
    const ifNotExists = c.word('if', 'not', 'exists');
    const name = c.label();
    while (c.word('with') || c.word('cascade') || (c.word('schema') && c.name()) || (c.word('version') && c.next()));
    return { k: 'create extension', name, ifNotExists };
  }
  if (c.word('database')) return { k: 'create database', name: skipRest(c, c.name()) };
  if (c.word('role') || c.word('user')) return { k: 'create role', name: skipRest(c, c.name()) };
  const what = c.token.text.toUpperCase();
  if (
    c.isWord(
      'function',
      'procedure',
      'trigger',
      'rule',
      'materialized',
      'policy',
      'aggregate',
      'cast',
      'foreign',
      'publication',
    )
  )
    throw unsupported(`CREATE ${what}`, start);
  throw c.error();
}

function skipRest<T>(c: Cursor, value: T): T {
  while (c.token.kind !== 'end' && !c.isOp(';')) c.next();
  return value;
}

function createTable(c: Cursor, temp: boolean): Statement {
  const ifNotExists = c.word('if', 'not', 'exists');
  const { at } = c;
  const name = c.qualified();
  const columns: ColumnDef[] = [];
  const constraints: ConstraintDef[] = [];
  const like: string[][] = [];
  const base = { k: 'create table' as const, name, temp, ifNotExists, columns, constraints, like, at };
  if (c.word('as')) return { ...base, query: parseSelect(c) };
  if (c.isWord('partition')) throw unsupported('a partition', c.at);
  c.expectOp('(');
  if (!c.isOp(')'))
    c.list(() => {
      if (c.word('like')) {
        like.push(c.qualified());
        while (c.word('including') || c.word('excluding')) c.next();
      } else if (c.isWord('constraint', 'primary', 'unique', 'check', 'foreign', 'exclude'))
        constraints.push(tableConstraint(c));
      else columns.push(columnDef(c));
    });
  c.expectOp(')');
  if (c.isWord('inherits', 'partition')) throw unsupported(c.token.text.toUpperCase(), c.at);
  if (c.word('with')) c.parenthesized(() => skipOption(c));
  if (c.word('on', 'commit')) throw unsupported('ON COMMIT', c.at);
  if (c.word('tablespace')) c.name();
  return { ...base, query: c.word('as') ? parseSelect(c) : null };
}

function skipOption(c: Cursor): void {
  c.qualified();
  if (c.op('=')) c.next();
}

function columnDef(c: Cursor): ColumnDef {
  const { at } = c;
  const name = c.name();
  return { name, type: parseType(c), constraints: columnConstraints(c), at };
}

function columnConstraints(c: Cursor): ConstraintDef[] {
  const found: ConstraintDef[] = [];
  for (;;) {
    const name = c.word('constraint') ? c.name() : null;
    if (c.word('collate')) c.qualified();
    else if (c.word('not', 'null')) found.push({ k: 'not null', name });
    else if (c.word('null')) found.push({ k: 'null' });
    else if (c.word('default')) found.push({ k: 'default', ...withText(c, () => defaultExpr(c)) });
    else if (c.word('check')) found.push(check(c, name));
    else if (c.word('unique')) {
      const nullsNotDistinct = nulls(c);
      found.push({ k: 'unique', name, cols: null, nullsNotDistinct });
      indexOptions(c);
    } else if (c.word('primary', 'key')) {
      found.push({ k: 'primary', name, cols: null });
      indexOptions(c);
    } else if (c.isWord('references')) found.push(references(c, name, null));
    else if (c.word('generated')) {
      const always = c.word('always');
      if (!always) c.expectWord('by', 'default');
      c.expectWord('as');
      if (c.word('identity')) {
        let options: SequenceOptions = {};
        if (c.op('(')) {
          options = sequenceOptions(c);
          c.expectOp(')');
        }
        found.push({ k: 'identity', always, options });
      } else {
        c.expectOp('(');
        const generated = withText(c, () => parseExpr(c));
        c.expectOp(')');
        c.expectWord('stored');
        found.push({ k: 'generated', ...generated });
      }
    } else if (name) throw c.error();
    else return found;
  }
}

/** `b_expr`: no AND, OR, IN or NOT, so that NOT NULL may follow. */
function defaultExpr(c: Cursor) {
  return parseExpr(c);
}

function nulls(c: Cursor): boolean {
  if (c.word('nulls', 'not', 'distinct')) return true;
  c.word('nulls', 'distinct');
  return false;
}

function indexOptions(c: Cursor): void {
  if (c.word('with')) c.parenthesized(() => skipOption(c));
  if (c.word('using', 'index', 'tablespace')) c.name();
  const { at } = c;
  const { deferrable } = deferral(c);
  if (deferrable) throw unsupported('a deferrable unique constraint', at);
}

function check(c: Cursor, name: string | null): ConstraintDef {
  c.expectOp('(');
  const checked = withText(c, () => parseExpr(c));
  c.expectOp(')');
  c.word('no', 'inherit');
  return { k: 'check', name, ...checked, notValid: c.word('not', 'valid') };
}

export function tableConstraint(c: Cursor): ConstraintDef {
  const name = c.word('constraint') ? c.name() : null;
  if (c.word('check')) return check(c, name);
  if (c.isWord('unique', 'primary')) {
    const k = c.next().text as 'unique' | 'primary';
    if (k === 'primary') c.expectWord('key');
    const nullsNotDistinct = nulls(c);
    if (c.word('using', 'index')) return { k, name, cols: null, usingIndex: c.name() };
    const cols = c.parenthesized(() => c.name());
    if (c.word('include')) c.parenthesized(() => c.name());
    indexOptions(c);
    return { k, name, cols, nullsNotDistinct };
  }
  if (c.word('foreign', 'key'))
    return references(
      c,
      name,
      c.parenthesized(() => c.name()),
    );
  if (c.word('exclude')) {
    const method = c.word('using') ? c.name() : 'btree';
    const items = c.parenthesized(() => {
      const e = c.isOp('(') ? parseExpr(c) : c.peek().text === '(' ? parseExpr(c) : columnOnly(c);
      if (c.isName() && !c.isWord('with')) c.qualified();
      c.expectWord('with');
      return { e, op: c.next().text };
    });
    let where = null;
    let whereText = '';
    if (c.word('where')) {
      c.expectOp('(');
      const condition = withText(c, () => parseExpr(c));
      c.expectOp(')');
      where = condition.e;
      whereText = condition.text;
    }
    deferral(c);
    return { k: 'exclude', name, method, items, where, whereText };
  }
  throw c.error();
}

function columnOnly(c: Cursor) {
  const { at } = c;
  return { k: 'col' as const, path: [c.name()], at };
}

function references(c: Cursor, name: string | null, cols: string[] | null): ConstraintDef {
  c.expectWord('references');
  const { at } = c;
  const table = c.qualified();
  const refs = c.isOp('(') ? c.parenthesized(() => c.name()) : null;
  let onDelete: ForeignKeyAction = 'no action';
  let onUpdate: ForeignKeyAction = 'no action';
  if (c.word('match')) {
    if (!c.word('simple')) throw unsupported('MATCH other than SIMPLE', c.at);
  }
  while (c.isWord('on')) {
    c.next();
    if (c.word('delete')) onDelete = action(c);
    else {
      c.expectWord('update');
      onUpdate = action(c);
    }
  }
  const { deferrable, deferred } = deferral(c);
  const notValid = c.word('not', 'valid');
  return { k: 'foreign', name, cols, table, refs, onDelete, onUpdate, deferrable, deferred, notValid, at };
}

function action(c: Cursor): ForeignKeyAction {
  for (const words of ['no action', 'restrict', 'cascade', 'set null', 'set default'] as const)
    if (c.word(...words.split(' '))) return words;
  throw c.error();
}

function deferral(c: Cursor): { deferrable: boolean; deferred: boolean } {
  let deferrable = false;
  let deferred = false;
  for (;;) {
    if (c.word('not', 'deferrable')) deferrable = false;
    else if (c.word('deferrable')) deferrable = true;
    else if (c.word('initially', 'deferred')) deferred = deferrable = true;
    else if (!c.word('initially', 'immediate')) return { deferrable, deferred };
  }
}

function createIndex(c: Cursor): Statement {
  const unique = c.word('unique');
  c.expectWord('index');
  const concurrently = c.word('concurrently');
  const ifNotExists = c.word('if', 'not', 'exists');
  const name = c.isWord('on') ? null : c.name();
  c.expectWord('on');
  c.word('only');
  const { at } = c;
  const table = c.qualified();
  const method = c.word('using') ? c.name() : 'btree';
  const items: IndexDef['items'] = c.parenthesized(() => {
    const { e, text } = withText(c, () =>
      c.isOp('(') || c.peek().text === '(' ? (c.isOp('(') ? parseExpr(c) : parseExpr(c)) : columnOnly(c),
    );
    if (c.word('collate')) c.qualified();
    if (c.isName() && !c.isWord('asc', 'desc', 'nulls')) {
      c.qualified();
      if (c.isOp('(')) c.parenthesized(() => skipOption(c));
    }
    const desc = c.word('desc') || (c.word('asc') && false);
    const nullsFirst = c.word('nulls', 'first') || (!c.word('nulls', 'last') && desc);
    return { e, text, desc, nullsFirst };
  });
  const include = c.word('include') ? c.parenthesized(() => c.name()) : [];
  const nullsNotDistinct = nulls(c);
  if (c.word('with')) c.parenthesized(() => skipOption(c));
  if (c.word('tablespace')) c.name();
  const where = c.word('where') ? withText(c, () => parseExpr(c)) : null;
  return {
    k: 'create index',
    def: {
      ...{ name, table, unique, concurrently, ifNotExists, method, items, include },
      ...{ where: where?.e ?? null, whereText: where?.text ?? '', nullsNotDistinct, at },
    },
  };
}

export function sequenceOptions(c: Cursor): SequenceOptions {
  const options: SequenceOptions = {};
  for (;;) {
    if (c.word('start')) {
      c.word('with');
      options.start = c.integer();
    } else if (c.word('increment')) {
      c.word('by');
      options.increment = c.integer();
    } else if (c.word('minvalue')) options.min = c.integer();
    else if (c.word('maxvalue')) options.max = c.integer();
    else if (c.word('no', 'minvalue')) options.min = null;
    else if (c.word('no', 'maxvalue')) options.max = null;
    else if (c.word('cache')) options.cache = c.integer();
    else if (c.word('no', 'cycle')) options.cycle = false;
    else if (c.word('cycle')) options.cycle = true;
    else if (c.word('restart')) {
      c.word('with');
      options.restart = c.token.kind === 'int' || c.isOp('-') ? c.integer() : null;
    } else if (c.word('owned', 'by')) options.ownedBy = c.qualified();
    else if (c.word('as')) options.type = parseType(c);
    else return options;
  }
}

export function parseAlter(c: Cursor): Statement {
  const start = c.at;
  c.expectWord('alter');
  if (c.word('sequence')) {
    const ifExists = c.word('if', 'exists');
    const name = c.qualified();
    if (c.isWord('rename', 'owner', 'set')) return alterObject(c, 'sequence', name, ifExists);
    return { k: 'alter sequence', name, ifExists, options: sequenceOptions(c) };
  }
  if (c.word('type')) {
    const name = c.qualified();
    if (c.word('add', 'value')) {
      const ifNotExists = c.word('if', 'not', 'exists');
      const add = c.string();
      const before = c.word('before') ? c.string() : null;
      const after = c.word('after') ? c.string() : null;
      return { k: 'alter enum', name, add, ifNotExists, before, after };
    }
    return alterObject(c, 'type', name, false);
  }
  for (const kind of ['table', 'index', 'view'] as const) {
    if (c.word(kind)) {
      const ifExists = c.word('if', 'exists');
      c.word('only');
      const { at } = c;
      return { ...alterObject(c, kind, c.qualified(), ifExists), at } as Statement;
    }
  }
  if (c.isWord('role', 'user', 'database', 'schema', 'default', 'extension', 'system'))
    return skipRest(c, { k: 'grant' });
  if (c.token.kind === 'word') throw unsupported(`ALTER ${c.token.text.toUpperCase()}`, start);
  throw c.error();
}

function alterObject(c: Cursor, kind: ObjectKind, name: string[], ifExists: boolean): Statement {
  const actions = c.list(() => alterAction(c));
  return { k: 'alter table', name, ifExists, actions, kind, at: c.at };
}

function alterAction(c: Cursor): AlterAction {
  const { at } = c;
  if (c.word('add')) {
    if (c.isWord('constraint', 'primary', 'unique', 'check', 'foreign', 'exclude'))
      return { k: 'add constraint', def: tableConstraint(c) };
    c.word('column');
    const ifNotExists = c.word('if', 'not', 'exists');
    return { k: 'add column', def: columnDef(c), ifNotExists };
  }
  if (c.word('drop')) {
    const isConstraint = c.word('constraint');
    if (!isConstraint) c.word('column');
    const ifExists = c.word('if', 'exists');
    const name = c.name();
    const cascade = c.word('cascade') || (c.word('restrict') && false);
    return { k: isConstraint ? 'drop constraint' : 'drop column', name, ifExists, cascade };
  }
  if (c.word('rename')) {
    if (c.word('to')) return { k: 'rename', to: c.name() };
    const k = c.word('constraint') ? 'rename constraint' : 'rename column';
    if (k === 'rename column') c.word('column');
    const from = c.name();
    c.expectWord('to');
    return { k, from, to: c.name() };
  }
  if (c.word('validate', 'constraint')) return { k: 'validate constraint', name: c.name() };
  if (c.word('owner', 'to')) {
    c.next();
    return { k: 'nothing' };
  }
  if (c.word('set', 'schema')) return { k: 'set schema', to: c.name() };
  if (c.word('alter')) {
    c.word('column');
    const column = c.name();
    if (c.word('set', 'default')) return { k: 'set default', column, ...withText(c, () => parseExpr(c)) };
    if (c.word('drop', 'default')) return { k: 'set default', column, e: null, text: '' };
    if (c.word('set', 'not', 'null')) return { k: 'set not null', column, on: true };
    if (c.word('drop', 'not', 'null')) return { k: 'set not null', column, on: false };
    if (c.word('drop', 'identity')) return { k: 'drop identity', column, ifExists: c.word('if', 'exists') };
    if (c.word('add')) {
      const [identity] = columnConstraints(c);
      if (identity?.k !== 'identity') throw c.error();
      return { k: 'add identity', column, always: identity.always, options: identity.options };
    }
    if (c.word('type') || c.word('set', 'data', 'type')) {
      const type = parseType(c);
      if (c.word('collate')) c.qualified();
      return { k: 'type', column, type, using: c.word('using') ? parseExpr(c) : null };
    }
    if (c.word('set', 'statistics')) {
      c.integer();
      return { k: 'nothing' };
    }
    throw unsupported('this ALTER COLUMN', at);
  }
  if (c.isWord('set', 'reset', 'enable', 'disable', 'cluster', 'replica', 'inherit', 'attach', 'detach'))
    throw unsupported(`ALTER TABLE … ${c.token.text.toUpperCase()}`, at);
  throw c.error();
}

export function parseDrop(c: Cursor): Statement {
  const start = c.at;
  c.expectWord('drop');
  let kind: ObjectKind | null = null;
  for (const one of ['table', 'index', 'view', 'sequence', 'type', 'schema', 'extension'] as const)
    if (!kind && c.word(one)) kind = one;
  if (!kind && c.word('domain')) kind = 'type';
  if (!kind && c.isWord('role', 'user', 'database', 'owned')) return skipRest(c, { k: 'grant' });
  if (!kind) {
    if (c.isWord('function', 'procedure', 'trigger', 'materialized', 'rule', 'policy', 'aggregate'))
      throw unsupported(`DROP ${c.token.text.toUpperCase()}`, start);
    throw c.error();
  }
  if (kind === 'index') c.word('concurrently');
  const ifExists = c.word('if', 'exists');
  const ats: number[] = [];
  const names = c.list(() => {
    ats.push(c.at);
    return c.qualified();
  });
  const cascade = c.word('cascade') || (c.word('restrict') && false);
  return { k: 'drop', kind, names, ifExists, cascade, ats };
}
