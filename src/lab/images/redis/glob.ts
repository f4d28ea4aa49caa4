/** Glob patterns as `stringmatchlen` of Redis reads them: `*`, `?`, `[a-z]`, `[^a]`, and `\` before any of them. */

/** False also for patterns that would take too long: steps are bounded. */
export function globMatch(pattern: string, text: string, ignoreCase = false): boolean {
  return pattern === '*' || matchFrom(pattern, 0, text, 0, ignoreCase, { left: 1_000_000 });
}

function matchFrom(p: string, pi: number, s: string, si: number, nocase: boolean, steps: { left: number }): boolean {
  const at = (text: string, i: number) => {
    const code = text.charCodeAt(i);
    return nocase && code >= 65 && code <= 90 ? code + 32 : code;
  };
  while (pi < p.length && si < s.length) {
    if (--steps.left < 0) return false;
    const c = p[pi]!;
    if (c === '*') {
      while (p[pi + 1] === '*') pi++;
      if (pi + 1 === p.length) return true;
      for (let i = si; i <= s.length; i++) {
        if (matchFrom(p, pi + 1, s, i, nocase, steps)) return true;
        if (steps.left < 0) return false;
      }
      return false;
    }
    if (c === '[') {
      pi++;
      const isNot = p[pi] === '^';
      if (isNot) pi++;
      let isIn = false;
      for (; ; pi++) {
        if (pi >= p.length) {
          pi--;
          break;
        }
        if (p[pi] === '\\' && p.length - pi >= 2) {
          pi++;
          if (p.charCodeAt(pi) === s.charCodeAt(si)) isIn = true;
        } else if (p[pi] === ']') break;
        else if (p.length - pi >= 3 && p[pi + 1] === '-') {
          let low = at(p, pi);
          let high = at(p, pi + 2);
          if (low > high) [low, high] = [high, low];
          const code = at(s, si);
          if (code >= low && code <= high) isIn = true;
          pi += 2;
        } else if (at(p, pi) === at(s, si)) isIn = true;
      }
      if (isIn === isNot) return false;
      si++;
    } else {
      if (c === '\\' && p.length - pi >= 2) pi++;
      if (c !== '?' && at(p, pi) !== at(s, si)) return false;
      si++;
    }
    pi++;
    if (si >= s.length) while (p[pi] === '*') pi++;
  }
  if (si >= s.length) while (p[pi] === '*') pi++;
  return pi >= p.length && si >= s.length;
}
