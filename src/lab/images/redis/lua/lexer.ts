/** Lua 5.1's tokens. */

export interface Token {
  readonly type: 'name' | 'string' | 'number' | 'word' | 'symbol' | 'end';
  /** Of a word or symbol itself; of a string its bytes. */
  readonly text: string;
  readonly value: number;
  readonly line: number;
}

const WORDS = new Set(
  'and break do else elseif end false for function if in local nil not or repeat return then true until while'.split(
    ' ',
  ),
);
const SYMBOLS = ['...', '..', '==', '~=', '<=', '>=', ...'+-*/%^#<>=(){}[];:,.'];
const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

export class LuaSyntaxError extends Error {}

export function tokenize(source: string, chunk: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  const fail = (what: string, near: string): never => {
    throw new LuaSyntaxError(`${chunk}:${line}: ${what} near '${near}'`);
  };
  const longBracket = (): string | null => {
    const open = /^\[(=*)\[/.exec(source.slice(at, at + 64));
    if (!open) return null;
    const close = `]${open[1]}]`;
    const end = source.indexOf(close, at + open[0].length);
    if (end < 0) return fail('unfinished long string/comment', '<eof>');
    const body = source.slice(at + open[0].length, end);
    at = end + close.length;
    line += body.split('\n').length - 1;
    return body.replace(/^\r?\n/, '');
  };
  if (source.startsWith('#')) at = source.indexOf('\n') < 0 ? source.length : source.indexOf('\n');
  for (;;) {
    const c = source[at];
    if (c === undefined) break;
    if (c === '\n') line++;
    if (/\s/.test(c)) {
      at++;
      continue;
    }
    if (c === '-' && source[at + 1] === '-') {
      at += 2;
      if (source[at] === '[' && longBracket() !== null) continue;
      while (at < source.length && source[at] !== '\n') at++;
      continue;
    }
    const start = line;
    const add = (type: Token['type'], text: string, value = 0) => void tokens.push({ type, text, value, line: start });
    if (/[A-Za-z_]/.test(c)) {
      let end = at + 1;
      while (/\w/.test(source[end] ?? '')) end++;
      const text = source.slice(at, end);
      at = end;
      add(WORDS.has(text) ? 'word' : 'name', text);
    } else if (/\d/.test(c) || (c === '.' && /\d/.test(source[at + 1] ?? ''))) {
      const text = /^(?:0[xX][0-9a-fA-F]+|\d*\.?\d*(?:[eE][+-]?\d+)?)/.exec(source.slice(at, at + 400))![0];
      at += text.length;
      if (/[\w.]/.test(source[at] ?? '')) fail('malformed number', text + source[at]);
      add('number', text, Number(text));
    } else if (c === '"' || c === "'") {
      let text = '';
      for (at++; source[at] !== c; at++) {
        const d = source[at];
        if (d === undefined) fail('unfinished string', '<eof>');
        if (d === '\n') fail('unfinished string', c + text);
        if (d !== '\\') {
          text += d;
          continue;
        }
        const e = source[++at] ?? '';
        const digits = /^\d{1,3}/.exec(source.slice(at, at + 3))?.[0];
        if (digits !== undefined) {
          if (Number(digits) > 255) fail('escape sequence too large', `${c}${text}\\${digits}`);
          text += String.fromCharCode(Number(digits));
          at += digits.length - 1;
        } else {
          if (e === '\n') line++;
          text += ESCAPES[e] ?? e;
        }
      }
      at++;
      add('string', text);
    } else {
      const long = c === '[' ? longBracket() : null;
      if (long !== null) add('string', long);
      else {
        const symbol = SYMBOLS.find((one) => source.startsWith(one, at));
        if (symbol === undefined) return fail('unexpected symbol', c);
        at += symbol.length;
        add('symbol', symbol);
      }
    }
  }
  tokens.push({ type: 'end', text: '<eof>', value: 0, line });
  return tokens;
}
