/** Types that a database defines: enums and domains. */
import { PgError } from '../errors.ts';
import type { Expr } from '../sql/ast.ts';
import type { Xact } from '../storage/xact.ts';
import { makeArray, makeType, type Type, typeMod } from '../types/types.ts';
import { type Check, UserType } from './objects.ts';

export function makeEnum(
  oid: number,
  arrayOid: number,
  schema: string,
  name: string,
  labels: string[],
  createdBy: Xact,
): UserType {
  const type = makeType(oid, name, name, 'E', 4, {
    ...{ kind: 'enum', labels },
    parse(text) {
      if (!labels.includes(text)) throw new PgError('22P02', `invalid input value for enum ${name}: "${text}"`);
      return text;
    },
    text: (v: string) => v,
    compare: (a: string, b: string) => labels.indexOf(a) - labels.indexOf(b),
  });
  makeArray(type, arrayOid);
  const made = new UserType(oid, schema, name, createdBy, type);
  made.labels = labels;
  return made;
}

export interface DomainShape {
  readonly mods: readonly number[];
  readonly notNull: boolean;
  readonly checks: Check[];
  readonly default: { e: Expr; text: string } | null;
}

export function makeDomain(
  oid: number,
  arrayOid: number,
  schema: string,
  name: string,
  base: Type,
  shape: DomainShape,
  createdBy: Xact,
): UserType {
  const type: Type = {
    ...makeType(oid, name, name, base.category, base.length, {
      kind: 'domain',
      base,
      parse: base.parse,
      text: base.text,
      compare: base.compare,
      isComparable: base.isComparable,
    }),
    elem: base.elem,
    range: base.range,
  };
  makeArray(type, arrayOid);
  const made = new UserType(oid, schema, name, createdBy, type);
  made.domain = { base, mod: typeMod(base, shape.mods), ...shape };
  return made;
}
