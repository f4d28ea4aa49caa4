/** `.env` and `env_file:` files, as Compose reads them (its own format, close to a shell's assignments). */
import { interpolate, type Variables } from './interpolate.ts';
import type { Problems } from './problems.ts';

/**
 * `NAME=value` lines: comments, `export`, single quotes (literal), double quotes (escapes and variables), inline
 * comments after a blank. Values may use variables of `outer` and of lines above. A line `NAME` takes it from `outer`.
 */
export function parseEnvFile(text: string, outer: Variables, problems: Problems): Record<string, string> {
  const result: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line === '' || line.startsWith('#')) continue;
    const place = { line: i + 1, column: 1 };
    const match = /^(?:export\s+)?([A-Za-z_][\w.-]*)\s*(?:[=:]\s*([\s\S]*))?$/.exec(line);
    if (match === null) {
      problems.error(place, `expected NAME=value, found "${line}"`, 'Write one NAME=value a line; # begins a comment.');
      continue;
    }
    const [, name, raw] = match;
    if (raw === undefined) {
      const inherited = outer[name!];
      if (inherited !== undefined) result[name!] = inherited;
      continue;
    }
    const value = readValue(raw, { ...outer, ...result });
    if (typeof value === 'string') result[name!] = value;
    else problems.error(place, value.message, value.hint);
  }
  return result;
}

function readValue(raw: string, variables: Variables): string | { message: string; hint: string } {
  const quote = raw[0];
  if (quote === "'" || quote === '"') {
    const end = closingQuote(raw, quote);
    if (end < 0) return { message: `the quote ${quote} is never closed`, hint: 'Close it on the same line.' };
    const inside = raw.slice(1, end);
    if (quote === "'") return inside;
    const unescaped = inside.replace(/\\([nrt"\\])/g, (_, c: string) => ({ n: '\n', r: '\r', t: '\t' })[c] ?? c);
    return expand(unescaped, variables);
  }
  // Outside quotes a # begins a comment only after a blank, so that colours and URLs survive.
  return expand(raw.replace(/(?:^|\s+)#.*$/, '').trim(), variables);
}

function expand(text: string, variables: Variables): string | { message: string; hint: string } {
  const { text: value, error } = interpolate(text, variables);
  return error ?? value;
}

function closingQuote(raw: string, quote: string): number {
  for (let i = 1; i < raw.length; i++) {
    if (quote === '"' && raw[i] === '\\') i++;
    else if (raw[i] === quote) return i;
  }
  return -1;
}
