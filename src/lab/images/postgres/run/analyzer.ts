/** State of the analysis of one statement: its parameters, and the way from syntax to compiled expressions. */
import { PgError } from '../errors.ts';
import type { Session } from '../session/session.ts';
import type { Expr, TypeName } from '../sql/ast.ts';
import * as T from '../types/types.ts';
import { type Type, type TypeMod, typeMod } from '../types/types.ts';
import { applyMod, type CastContext, commonType, findCast } from './coerce.ts';
import type { Ex } from './ex.ts';
import { compile } from './expression.ts';
import type { Scope } from './scope.ts';

/** A table that the statement uses, and the lock it needs on it. */
export interface UsedTable {
  readonly oid: number;
  readonly mode: number;
}

export class Analyzer {
  readonly session: Session;
  /** Types of `$1`, …; null until something decides. */
  readonly params: (Type | null)[];
  readonly used: UsedTable[] = [];
  isChange = false;
  /** There are no more parameters than these: in a simple query. */
  isClosed = false;

  constructor(session: Session, params: readonly (Type | null)[] = []) {
    this.session = session;
    this.params = [...params];
  }

  use(oid: number, mode: number): void {
    const at = this.used.findIndex((one) => one.oid === oid);
    if (at < 0) this.used.push({ oid, mode });
    else if (this.used[at]!.mode < mode) this.used[at] = { oid, mode };
  }

  /** Compiles and notes which leaves it needs. */
  ex(e: Expr, scope: Scope): Ex {
    const before = scope.uses;
    scope.uses = 0;
    const ex = compile(this, e, scope);
    ex.uses = scope.uses;
    scope.uses |= before;
    return ex;
  }

  /** A condition: WHERE, HAVING, ON. */
  condition(e: Expr, scope: Scope, what: string): Ex {
    const outer = scope.clause;
    scope.clause = what;
    const ex = this.coerce(this.ex(e, scope), T.BOOL, 'implicit');
    scope.clause = outer;
    if (!ex)
      throw new PgError(
        '42804',
        `argument of ${what} must be type boolean, not type ${this.ex(e, scope).type.name}`,
      ).at(e.at);
    return ex;
  }

  type(name: TypeName): { type: Type; mod: TypeMod | null } {
    return this.session.database.type(name, this.session);
  }

  /** As another type; null when PostgreSQL would not convert it in this context. */
  coerce(ex: Ex, type: Type, context: CastContext, mod: TypeMod | null = null): Ex | null {
    const toFit = applyMod(mod, context === 'explicit');
    const done = (made: Ex): Ex => {
      if (!toFit) return { ...made, mod };
      const { fn } = made;
      return { ...made, mod, fn: (row, x) => toFit(fn(row, x)) };
    };
    if (ex.isNull) return { ...ex, type, fn: () => null, literal: undefined as never };
    if (ex.type === T.UNKNOWN && ex.literal != null) {
      if (type === T.UNKNOWN) return ex;
      const { literal, at } = ex;
      if (isReg(type)) {
        const { session } = this;
        try {
          session.database.resolveReg(type, literal, session);
        } catch (error) {
          if (error instanceof PgError) error.at(at);
          throw error;
        }
        return done({ type, at, uses: 0, fn: (_, x) => session.database.resolveReg(type, literal, x.session) });
      }
      let value: unknown;
      try {
        value = type.parse(literal);
      } catch (error) {
        if (error instanceof PgError) error.at(at);
        throw error;
      }
      if (isTimeDependent(type, literal)) return done({ type, at, uses: 0, fn: () => type.parse(literal) });
      if (!toFit) return { type, mod, at, uses: 0, fn: () => value };
      return done({ type, at, uses: 0, fn: () => value });
    }
    if (ex.type === T.UNKNOWN && ex.param !== undefined) {
      const n = ex.param;
      if (type === T.UNKNOWN) return ex;
      const base = type.base ?? type;
      this.params[n - 1] ??= base;
      const known = this.params[n - 1]!;
      if (known === base) return done({ type, at: ex.at, uses: 0, fn: (_, x) => x.params[n - 1] });
      return this.coerce({ type: known, at: ex.at, uses: 0, fn: (_, x) => x.params[n - 1] }, type, context, mod);
    }
    if (ex.type === T.UNKNOWN) {
      // A column of unknown type is text.
      const { fn } = ex;
      if (type.category === 'S') return done({ ...ex, type });
      return done({ ...ex, type, fn: (row, x) => nullOr(fn(row, x), (v) => type.parse(v)) });
    }
    if (ex.type === type) return toFit && !(mod && ex.mod?.number === mod.number) ? done(ex) : ex;
    const cast = findCast(ex.type, type, context);
    if (!cast) return null;
    const { fn } = ex;
    const { column: _, compares: __, literal: ___, param: ____, ...rest } = ex;
    const made = {
      ...rest,
      type,
      mod: null,
      fn: (row: any, x: any) => {
        const v = fn(row, x);
        return v === null ? null : cast(v, x);
      },
    };
    return done(type.base ? this.session.database.checkDomain(this, type, made) : made);
  }

  /** As another type, or the error that a cast makes. */
  cast(ex: Ex, type: Type, mod: TypeMod | null, at: number): Ex {
    const made = this.coerce(ex, type, 'explicit', mod);
    if (!made) throw new PgError('42846', `cannot cast type ${ex.type.name} to ${type.name}`).at(at);
    if (type.base && (ex.type === T.UNKNOWN || ex.type === type))
      return this.session.database.checkDomain(this, type, made);
    return made;
  }

  /** All as one type. `what` names the construct for the error. */
  unify(exs: readonly Ex[], what: string): { type: Type; exs: Ex[] } {
    const type = commonType(exs.map((one) => (one.isNull && one.type === T.UNKNOWN ? T.UNKNOWN : one.type)));
    const first = exs.find((one) => one.type !== T.UNKNOWN);
    if (!type) {
      const odd =
        exs.find((one) => one.type !== T.UNKNOWN && one.type.category !== first!.type.category) ?? exs.at(-1)!;
      throw new PgError('42804', `${what} types ${first!.type.name} and ${odd.type.name} cannot be matched`).at(odd.at);
    }
    return {
      type,
      exs: exs.map((one) => {
        const made = this.coerce(one, type, 'implicit');
        if (!made)
          throw new PgError('42846', `${what} could not convert type ${one.type.name} to ${type.name}`).at(one.at);
        return made;
      }),
    };
  }

  mod(type: Type, mods: readonly number[]): TypeMod | null {
    return typeMod(type, mods);
  }
}

const isReg = (type: Type) =>
  type === T.REGCLASS || type === T.REGTYPE || type === T.REGPROC || type === T.REGNAMESPACE;

const isTimeDependent = (type: Type, literal: string) =>
  type.category === 'D' && /^\s*(?:now|today|tomorrow|yesterday)\s*$/i.test(literal);

const nullOr = (v: any, f: (v: any) => any) => (v === null ? null : f(v));
