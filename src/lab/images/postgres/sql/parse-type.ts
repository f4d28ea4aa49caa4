/** Names of types, with the SQL standard's spellings of several words. */
import type { TypeName } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { RESERVED } from './cursor.ts';

export function parseType(c: Cursor): TypeName {
  const { at } = c;
  c.word('setof');
  const { kind, text } = c.token;
  let type: TypeName;
  if (kind === 'word' && WORDS.has(text) && c.peek().text !== '.') {
    c.next();
    type = typeOfWords(c, text, at);
  } else {
    if (kind === 'word' && RESERVED.has(text)) throw c.error();
    const name = [c.label()];
    while (c.op('.')) name.push(c.label());
    type = { name, mods: modifiers(c), dims: 0, at };
  }
  let dims = 0;
  if (c.word('array')) {
    dims = 1;
    if (c.op('[')) {
      c.integer();
      c.expectOp(']');
    }
  } else {
    while (c.isOp('[')) {
      c.next();
      if (!c.isOp(']')) c.integer();
      c.expectOp(']');
      dims++;
    }
  }
  return dims ? { ...type, dims } : type;
}

const WORDS = new Set(['double', 'character', 'char', 'timestamp', 'time', 'interval', 'national', 'bit', 'nchar']);

/** The rest of a type of several words whose first was read. */
export function typeOfWords(c: Cursor, first: string, at: number): TypeName {
  const type = (name: string, mods: number[] = []): TypeName => ({ name: [name], mods, dims: 0, at });
  switch (first) {
    case 'double':
      c.expectWord('precision');
      return type('float8');
    case 'national':
    case 'nchar':
    case 'character':
    case 'char': {
      if (first === 'national' && !c.word('character')) c.expectWord('char');
      const varying = c.word('varying');
      const mods = modifiers(c);
      return varying ? type('varchar', mods) : type('bpchar', mods.length ? mods : [1]);
    }
    case 'timestamp':
    case 'time': {
      const mods = modifiers(c);
      if (c.word('with', 'time', 'zone')) return type(`${first}tz`, mods);
      c.word('without', 'time', 'zone');
      return type(first, mods);
    }
    case 'interval': {
      const mods = modifiers(c);
      const units = ['year', 'month', 'day', 'hour', 'minute', 'second'];
      if (c.isWord(...units)) {
        c.next();
        if (c.word('to')) c.next();
      }
      return type('interval', mods);
    }
    default:
      return type(first, modifiers(c));
  }
}

function modifiers(c: Cursor): number[] {
  return c.isOp('(') ? c.parenthesized(() => Number(c.integer())) : [];
}
