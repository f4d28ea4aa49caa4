/** Lines of haproxy.cfg as words: quotes, escapes, comments, environment variables (management manual §2.2, §2.3). */

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly words: readonly string[];
}

export function readLines(text: string, env: Readonly<Record<string, string>>): Line[] {
  return text
    .split('\n')
    .map((line, i) => ({ number: i + 1, words: wordsOf(line, env) }))
    .filter(({ words }) => words.length > 0);
}

function wordsOf(line: string, env: Readonly<Record<string, string>>): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (quote === "'") {
      if (char === "'") quote = '';
      else word += char;
      continue;
    }
    if (char === '\\' && i + 1 < line.length) {
      word = (word ?? '') + line[++i]!;
      continue;
    }
    if (char === '"' || (char === "'" && quote === '')) {
      quote = quote === char ? '' : char;
      word ??= '';
      continue;
    }
    if (char === '$' && quote === '"') {
      const match = /^\$(?:\{(\w+)\}|(\w+))/.exec(line.slice(i));
      if (match) {
        word = (word ?? '') + (env[match[1] ?? match[2]!] ?? '');
        i += match[0].length - 1;
        continue;
      }
    }
    if (quote === '' && char === '#') break;
    if (quote === '' && /\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    word = (word ?? '') + char;
  }
  if (word !== null) words.push(word);
  return words;
}

/** `500`, `5s`, `2m`: ms unless a unit says otherwise. Null when it is no time. */
export function timeMs(text: string | undefined): number | null {
  const match = /^(\d+)(us|ms|s|m|h|d)?$/.exec(text ?? '');
  if (!match) return null;
  const unit = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] ?? 'ms']!;
  return Number(match[1]) * unit;
}
