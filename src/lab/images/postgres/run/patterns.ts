/** LIKE, SIMILAR TO and POSIX regular expressions, as JavaScript's. Differences: no collating elements, no back-tracking control. */
import { PgError } from '../errors.ts';

const cache = new Map<string, RegExp>();

function cached(key: string, make: () => RegExp): RegExp {
  let found = cache.get(key);
  if (!found) {
    if (cache.size > 500) cache.clear();
    found = make();
    cache.set(key, found);
  }
  return found;
}

const quote = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

export function likeToRegExp(pattern: string, flags: string, escaper = '\\'): RegExp {
  return cached(`l${flags}${escaper}:${pattern}`, () => {
    let source = '';
    const points = [...pattern];
    for (let i = 0; i < points.length; i++) {
      const c = points[i]!;
      if (c === escaper && escaper !== '') {
        if (++i >= points.length) throw new PgError('22025', 'LIKE pattern must not end with escape character');
        source += quote(points[i]!);
      } else source += c === '%' ? '.*' : c === '_' ? '.' : quote(c);
    }
    return new RegExp(`^${source}$`, `su${flags}`);
  });
}

export function similarToRegExp(pattern: string, escaper = '\\'): RegExp {
  return cached(`s${escaper}:${pattern}`, () => {
    let source = '';
    for (let i = 0; i < pattern.length; i++) {
      const c = pattern[i]!;
      if (c === escaper) source += quote(pattern[++i] ?? '');
      else source += c === '%' ? '.*' : c === '_' ? '.' : '.^$'.includes(c) ? `\\${c}` : c;
    }
    return new RegExp(`^(?:${source})$`, 'su');
  });
}

const CLASSES: Readonly<Record<string, string>> = {
  ...{ alpha: 'a-zA-Z', digit: '0-9', alnum: 'a-zA-Z0-9', upper: 'A-Z', lower: 'a-z', space: '\\s' },
  ...{ punct: '!-\\/:-@\\[-`{-~', xdigit: '0-9A-Fa-f', word: '\\w', blank: ' \\t', cntrl: '\\0-\\x1f' },
};

/** `flags`: i, g, s, n, x as PostgreSQL's. Also the embedded `(?i)`. */
export function toRegExp(pattern: string, flags: string, sticky = ''): RegExp {
  return cached(`r${flags}${sticky}:${pattern}`, () => {
    let source = pattern;
    let f = 's';
    const embedded = /^(?:\*\*\*:)?\(\?([a-z]+)\)/.exec(source);
    if (embedded) {
      flags += embedded[1]!;
      source = source.slice(embedded[0].length);
    }
    if (flags.includes('i')) f += 'i';
    if (flags.includes('n') || flags.includes('m')) f = f.replace('s', 'm');
    source = source
      .replace(/\[\[:(<|>):\]\]/g, '\\b')
      .replace(/\[:(\w+):\]/g, (_, name: string) => CLASSES[name] ?? '')
      .replace(/\\[mMy<>]/g, '\\b')
      .replace(/\\A/g, '^')
      .replace(/\\Z/g, '$')
      .replace(/\\Y/g, '\\B');
    try {
      return new RegExp(source, `${f}u${sticky}`);
    } catch {
      try {
        return new RegExp(source, f + sticky);
      } catch {
        throw new PgError('2201B', `invalid regular expression: ${reason(source)}`);
      }
    }
  });
}

function reason(source: string): string {
  const open = (source.match(/(?<!\\)\(/g) ?? []).length;
  const close = (source.match(/(?<!\\)\)/g) ?? []).length;
  if (open !== close) return 'parentheses () not balanced';
  if (/(?<!\\)\[[^\]]*$/.test(source)) return 'brackets [] not balanced';
  if (/\\$/.test(source)) return 'invalid escaper \\ sequence';
  return 'quantifier operand invalid';
}
