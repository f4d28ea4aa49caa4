/**
 * `${VAR}` in values, as the Compose specification says ("Interpolation"): $VAR, ${VAR}, ${VAR:-default},
 * ${VAR-default}, ${VAR:?message}, ${VAR?message}, ${VAR:+other}, ${VAR+other}, nested, and $$ for a dollar sign.
 */

export interface Interpolated {
  readonly text: string;
  /** Variables without value and default; they became empty, as in Compose, which warns. */
  readonly unset: readonly string[];
  /** What makes the whole value invalid. */
  readonly error?: { readonly message: string; readonly hint: string };
}

export type Variables = Readonly<Record<string, string>>;

export function interpolate(source: string, variables: Variables): Interpolated {
  if (!source.includes('$')) return { text: source, unset: [] };
  const unset: string[] = [];
  try {
    return { text: expand(source, variables, unset), unset };
  } catch (error) {
    if (error instanceof InterpolationError)
      return { text: '', unset, error: { message: error.message, hint: error.hint } };
    throw error;
  }
}

class InterpolationError extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

function expand(source: string, variables: Variables, unset: string[]): string {
  let out = '';
  let i = 0;
  while (i < source.length) {
    const dollar = source.indexOf('$', i);
    if (dollar < 0) return out + source.slice(i);
    out += source.slice(i, dollar);
    const next = source[dollar + 1];
    if (next === '$') {
      out += '$';
      i = dollar + 2;
    } else if (next === '{') {
      const end = closingBrace(source, dollar + 2);
      out += braced(source.slice(dollar + 2, end), variables, unset);
      i = end + 1;
    } else {
      const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(source.slice(dollar + 1))?.[0];
      if (name === undefined) {
        // "In other circumstances it will be preserved."
        out += '$';
        i = dollar + 1;
      } else {
        out += lookup(name, variables, unset);
        i = dollar + 1 + name.length;
      }
    }
  }
  return out;
}

function braced(inside: string, variables: Variables, unset: string[]): string {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])([\s\S]*))?$/.exec(inside);
  if (match === null) {
    throw new InterpolationError(
      `"\${${inside}}" is no variable that Compose understands`,
      `Write \${NAME}, \${NAME:-default} or \${NAME:?message}; write $$ for a dollar sign itself.`,
    );
  }
  const [, name, operator, operand = ''] = match;
  const value = variables[name!];
  // With a colon an empty value counts as none.
  const isSet = value !== undefined && !(operator?.startsWith(':') && value === '');
  switch (operator?.at(-1)) {
    case '-':
      return isSet ? value : expand(operand, variables, unset);
    case '+':
      return isSet ? expand(operand, variables, unset) : '';
    case '?':
      if (isSet) return value;
      throw new InterpolationError(
        `the variable ${name} is required${operand === '' ? '' : `: ${expand(operand, variables, unset)}`}`,
        `Set ${name} in a file .env beside compose.yaml, or give it a default: \${${name}:-default}.`,
      );
    default:
      return lookup(name!, variables, unset);
  }
}

function lookup(name: string, variables: Variables, unset: string[]): string {
  const value = variables[name];
  if (value === undefined) unset.push(name);
  return value ?? '';
}

function closingBrace(source: string, from: number): number {
  let depth = 1;
  for (let i = from; i < source.length; i++) {
    if (source[i] === '{' && source[i - 1] === '$') depth++;
    else if (source[i] === '}' && --depth === 0) return i;
  }
  throw new InterpolationError(
    `"\${" without its closing "}" in "${source}"`,
    `Close it: \${NAME}; write $$ for a dollar sign itself.`,
  );
}
