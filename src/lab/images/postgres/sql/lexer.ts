/** Splits SQL into tokens as PostgreSQL's scan.l does: E'', U&'', dollar quotes, nested comments, operators. */
import { syntaxError } from '../errors.ts';

export type TokenKind = 'word' | 'quoted' | 'string' | 'bits' | 'int' | 'number' | 'param' | 'op' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Words in lower case; strings and quoted names decoded; operators as written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SELF = new Set([...'()[],;:.']);
const OPERATOR = new Set([...'+-*/<>=~!@#%^&|`?']);

export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: TokenKind, text: string, start: number) => tokens.push({ kind, text, start, end: at });
  const near = (start: number, what: string) => syntaxError(`${what} at or near "${sql.slice(start)}"`, start);

  const quoted = (quote: string, start: number, what: string): string => {
    let text = '';
    for (;;) {
      const next = sql.indexOf(quote, at);
      if (next < 0) throw near(start, what);
      text += sql.slice(at, next);
      at = next + 1;
      if (sql[at] !== quote) return text;
      text += quote;
      at++;
    }
  };

  const escaped = (start: number): string => {
    let text = '';
    for (;;) {
      const c = sql[at++];
      if (c === undefined) throw near(start, 'unterminated quoted string');
      if (c === "'") {
        if (sql[at] !== "'") return text;
        text += "'";
        at++;
      } else if (c === '\\') {
        const match = /^(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3}))/.exec(
          sql.slice(at, at + 10),
        );
        if (match) {
          at += match[0].length;
          text += String.fromCodePoint(
            Number.parseInt(match[1] ?? match[2] ?? match[3] ?? match[4]!, match[4] ? 8 : 16),
          );
        } else {
          const e = sql[at++] ?? '';
          text += ({ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' } as Record<string, string>)[e] ?? e;
        }
      } else text += c;
    }
  };

  while (at < sql.length) {
    const start = at;
    const c = sql[at]!;
    if (c === ' ' || c === '\n' || c === '\t' || c === '\r' || c === '\f' || c === '\v') at++;
    else if (c === '-' && sql[at + 1] === '-') {
      const end = sql.indexOf('\n', at);
      at = end < 0 ? sql.length : end;
    } else if (c === '/' && sql[at + 1] === '*') {
      let depth = 0;
      do {
        if (sql.startsWith('/*', at)) {
          depth++;
          at += 2;
        } else if (sql.startsWith('*/', at)) {
          depth--;
          at += 2;
        } else if (++at >= sql.length) throw near(start, 'unterminated /* comment');
      } while (depth > 0);
    } else if (c === "'") {
      at++;
      push('string', quoted("'", start, 'unterminated quoted string'), start);
    } else if (c === '"') {
      at++;
      const name = quoted('"', start, 'unterminated quoted identifier');
      if (name === '') throw near(start, 'zero-length delimited identifier');
      push('quoted', name.slice(0, 63), start);
    } else if ((c === 'e' || c === 'E') && sql[at + 1] === "'") {
      at += 2;
      push('string', escaped(start), start);
    } else if ((c === 'x' || c === 'X' || c === 'b' || c === 'B') && sql[at + 1] === "'") {
      at += 2;
      push('bits', c.toLowerCase() + quoted("'", start, 'unterminated bit string literal'), start);
    } else if (c === '$') {
      const param = /^\$(\d+)/.exec(sql.slice(at, at + 12));
      const tag = /^\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(sql.slice(at, at + 80));
      if (param) {
        at += param[0].length;
        push('param', param[1]!, start);
      } else if (tag) {
        const end = sql.indexOf(tag[0], at + tag[0].length);
        if (end < 0) throw near(start, 'unterminated dollar-quoted string');
        const text = sql.slice(at + tag[0].length, end);
        at = end + tag[0].length;
        push('string', text, start);
      } else throw syntaxError(`syntax error at or near "$"`, start);
    } else if (isDigit(c) || (c === '.' && isDigit(sql[at + 1]))) {
      const match = /^(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?/.exec(sql.slice(at, at + 400))!;
      at += match[0].length;
      if (isLetter(sql[at])) {
        const junk = /^[\w\u0080-\uffff]+/.exec(sql.slice(at))![0];
        throw syntaxError(`trailing junk after numeric literal at or near "${match[0]}${junk[0]}"`, start);
      }
      push(/^\d+$/.test(match[0]) ? 'int' : 'number', match[0], start);
    } else if (isLetter(c)) {
      while (at < sql.length && (isLetter(sql[at]) || isDigit(sql[at]) || sql[at] === '$')) at++;
      push('word', sql.slice(start, at).toLowerCase().slice(0, 63), start);
    } else if (c === ':' && (sql[at + 1] === ':' || sql[at + 1] === '=')) {
      at += 2;
      push('op', sql.slice(start, at), start);
    } else if (c === '.' && sql[at + 1] === '.') {
      at += 2;
      push('op', '..', start);
    } else if (SELF.has(c)) {
      at++;
      push('op', c, start);
    } else if (OPERATOR.has(c)) {
      let end = at;
      while (end < sql.length && OPERATOR.has(sql[end]!) && !sql.startsWith('--', end) && !sql.startsWith('/*', end))
        end++;
      let op = sql.slice(at, end);
      // An operator ends in + or - only if it holds one of these characters.
      while (op.length > 1 && /[+-]$/.test(op) && !/[~!@#%^&|`?]/.test(op)) op = op.slice(0, -1);
      at += op.length;
      push('op', op === '!=' ? '<>' : op, start);
    } else {
      throw syntaxError(`syntax error at or near "${c}"`, start);
    }
  }
  push('end', '', at);
  return tokens;
}

const isDigit = (c: string | undefined) => c !== undefined && c >= '0' && c <= '9';
const isLetter = (c: string | undefined) =>
  c !== undefined && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c === '_' || c >= '\u0080');
