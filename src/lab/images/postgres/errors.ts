/** Errors as PostgreSQL reports them: SQLSTATE, message, and the optional fields of ErrorResponse. */

export interface ErrorFields {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** 1-based character position in the statement. */
  readonly position?: number | undefined;
  readonly where?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly dataType?: string | undefined;
  readonly constraint?: string | undefined;
  readonly severity?: 'ERROR' | 'FATAL' | 'PANIC';
}

export class PgError extends Error {
  readonly code: string;
  fields: ErrorFields;
  constructor(code: string, message: string, fields: ErrorFields = {}) {
    super(message);
    this.code = code;
    this.fields = fields;
  }

  hinting(hint: string): this {
    this.fields = { ...this.fields, hint };
    return this;
  }

  /** The same with a position, unless it has one. `at` is a 0-based offset, negative for none. */
  at(at: number | undefined): this {
    if (at !== undefined && at >= 0 && this.fields.position === undefined)
      this.fields = { ...this.fields, position: at + 1 };
    return this;
  }
}

export const syntaxError = (message: string, at?: number): PgError => new PgError('42601', message).at(at);

/** What this engine does not have; the sentence names it. */
export const unsupported = (what: string, at?: number): PgError =>
  new PgError('0A000', `${what} is not supported by the lab's PostgreSQL`).at(at);

export const undefinedColumn = (name: string, at?: number): PgError =>
  new PgError('42703', `column ${name} does not exist`).at(at);

export const undefinedTable = (name: string, at?: number): PgError =>
  new PgError('42P01', `relation "${name}" does not exist`).at(at);

export const outOfRange = (type: string): PgError => new PgError('22003', `${type} out of range`);

export const invalidInput = (type: string, text: string, code = '22P02'): PgError =>
  new PgError(code, `invalid input syntax for type ${type}: "${text}"`);

export const serializationFailure = (message: string, fields: ErrorFields = {}): PgError =>
  new PgError('40001', message, fields);

export const CONCURRENT_UPDATE = 'could not serialize access due to concurrent update';
export const CONCURRENT_DELETE = 'could not serialize access due to concurrent delete';

export const divisionByZero = (): PgError => new PgError('22012', 'division by zero');
