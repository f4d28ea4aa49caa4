/** Reads tokens one after the other, and knows PostgreSQL's key words and its words for a syntax error. */
import { type PgError, syntaxError } from '../errors.ts';
import { type Token, tokenize } from './lexer.ts';

export class Cursor {
  readonly sql: string;
  private readonly tokens: Token[];
  private i = 0;

  constructor(sql: string) {
    this.sql = sql;
    this.tokens = tokenize(sql);
  }

  get token(): Token {
    return this.tokens[this.i]!;
  }

  get isEnd(): boolean {
    return this.token.kind === 'end';
  }

  get at(): number {
    return this.token.start;
  }

  /** End of the token before. */
  get endBefore(): number {
    return this.i === 0 ? 0 : this.tokens[this.i - 1]!.end;
  }

  peek(ahead = 1): Token {
    return this.tokens[Math.min(this.i + ahead, this.tokens.length - 1)]!;
  }

  next(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.i++;
    return token;
  }

  mark(): number {
    return this.i;
  }

  backTo(mark: number): void {
    this.i = mark;
  }

  isWord(...words: string[]): boolean {
    const { kind, text } = this.token;
    return kind === 'word' && words.includes(text);
  }

  /** Whether these words follow one another from here. */
  areWords(...words: string[]): boolean {
    return words.every((word, i) => this.peek(i).kind === 'word' && this.peek(i).text === word);
  }

  isOp(...ops: string[]): boolean {
    const { kind, text } = this.token;
    return kind === 'op' && ops.includes(text);
  }

  /** Takes the words if all are here. */
  word(...words: string[]): boolean {
    if (!this.areWords(...words)) return false;
    this.i += words.length;
    return true;
  }

  op(op: string): boolean {
    if (!this.isOp(op)) return false;
    this.i++;
    return true;
  }

  expectWord(...words: string[]): void {
    for (const word of words) if (!this.word(word)) throw this.error();
  }

  expectOp(op: string): void {
    if (!this.op(op)) throw this.error();
  }

  error(): PgError {
    const { kind, start, end } = this.token;
    return kind === 'end'
      ? syntaxError('syntax error at end of input', start)
      : syntaxError(`syntax error at or near "${this.sql.slice(start, end)}"`, start);
  }

  /** A name of a column or table: any word that is not reserved. */
  name(): string {
    const { kind, text } = this.token;
    if (kind === 'quoted' || (kind === 'word' && !RESERVED.has(text) && !FUNCTION_WORDS.has(text))) {
      this.i++;
      return text;
    }
    throw this.error();
  }

  /** A name after a dot or AS, where every word may stand. */
  label(): string {
    const { kind, text } = this.token;
    if (kind !== 'quoted' && kind !== 'word') throw this.error();
    this.i++;
    return text;
  }

  isName(): boolean {
    const { kind, text } = this.token;
    return kind === 'quoted' || (kind === 'word' && !RESERVED.has(text) && !FUNCTION_WORDS.has(text));
  }

  qualified(): string[] {
    const path = [this.name()];
    while (this.op('.')) path.push(this.label());
    return path;
  }

  names(): string[] {
    return this.list(() => this.name());
  }

  /** `( item, … )` */
  parenthesized<T>(item: () => T): T[] {
    this.expectOp('(');
    const items = this.list(item);
    this.expectOp(')');
    return items;
  }

  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.op(',')) items.push(item());
    return items;
  }

  string(): string {
    if (this.token.kind !== 'string') throw this.error();
    return this.next().text;
  }

  /** A whole number with its sign, as text. */
  integer(): string {
    const sign = this.op('-') ? '-' : this.op('+') ? '' : '';
    if (this.token.kind !== 'int') throw this.error();
    return sign + this.next().text;
  }
}

const words = (text: string) => new Set(text.trim().split(/\s+/));

/** Reserved in PostgreSQL 15: no name of a column or table without quotes. */
export const RESERVED = words(`all analyse analyze and any array as asc asymmetric both case cast check collate column
  constraint create current_catalog current_date current_role current_time current_timestamp current_user default
  deferrable desc distinct do else end except false fetch for foreign from grant group having in initially intersect
  into lateral leading limit localtime localtimestamp not null offset on only or order placing primary references
  returning select session_user some symmetric table then to trailing true union unique user using variadic when where
  window with`);

/** Reserved, but may name functions and types. */
export const FUNCTION_WORDS = words(`authorization binary collation concurrently cross current_schema freeze full ilike
  inner is isnull join left like natural notnull outer overlaps right similar tablesample verbose`);

/** Words that are no alias of a column without AS. */
export const NO_BARE_LABEL = words(`array as char character create day except fetch filter for from grant group having
  hour intersect into isnull limit minute month notnull offset on order over overlaps precision returning second to
  union varying where window with within without year`);
