/** Patterns of Lua 5.1, after lstrlib.c. */

const CAPTURES_MAX = 32;
const POSITION = -2;
const OPEN = -1;

export class PatternError extends Error {}

export interface Match {
  readonly start: number;
  readonly end: number;
  /** Strings, or numbers for `()`. */
  readonly captures: readonly (string | number)[];
}

export class Matcher {
  private readonly s: string;
  private readonly p: string;
  private readonly step: () => void;
  private captures: { start: number; length: number }[] = [];
  private depth = 0;

  /** `step` is called for each step of the search and may throw. */
  constructor(text: string, pattern: string, step: () => void) {
    this.s = text;
    this.p = pattern;
    this.step = step;
  }

  /** A match that begins exactly at `at`. */
  matchAt(at: number, patternAt: number): Match | null {
    this.captures = [];
    this.depth = 0;
    const end = this.match(at, patternAt);
    if (end === null) return null;
    return { start: at, end, captures: this.captures.map((_, i) => this.capture(i)) };
  }

  find(from: number): Match | null {
    const isAnchored = this.p[0] === '^';
    for (let at = from; at <= this.s.length; at++) {
      const found = this.matchAt(at, isAnchored ? 1 : 0);
      if (found || isAnchored) return found;
    }
    return null;
  }

  private capture(i: number): string | number {
    const { start, length } = this.captures[i]!;
    if (length === POSITION) return start + 1;
    if (length === OPEN) throw new PatternError('unfinished capture');
    return this.s.slice(start, start + length);
  }

  private match(s: number, p: number): number | null {
    if (++this.depth > 200) throw new PatternError('pattern too complex');
    try {
      for (;;) {
        this.step();
        if (p >= this.p.length) return s;
        const c = this.p[p];
        if (c === '(') {
          const isPosition = this.p[p + 1] === ')';
          if (this.captures.length >= CAPTURES_MAX) throw new PatternError('too many captures');
          this.captures.push({ start: s, length: isPosition ? POSITION : OPEN });
          const end = this.match(s, p + (isPosition ? 2 : 1));
          if (end === null) this.captures.pop();
          return end;
        }
        if (c === ')') {
          const open = this.captures.findLastIndex(({ length }) => length === OPEN);
          if (open < 0) throw new PatternError('invalid pattern capture');
          const one = this.captures[open]!;
          one.length = s - one.start;
          const end = this.match(s, p + 1);
          if (end === null) one.length = OPEN;
          return end;
        }
        if (c === '$' && p + 1 === this.p.length) return s === this.s.length ? s : null;
        if (c === '%') {
          const next = this.p[p + 1];
          if (next === 'b') {
            const end = this.balance(s, p + 2);
            if (end === null) return null;
            s = end;
            p += 4;
            continue;
          }
          if (next === 'f') {
            p += 2;
            if (this.p[p] !== '[') throw new PatternError("missing '[' after '%f' in pattern");
            const classEnd = this.classEnd(p);
            const before = s === 0 ? '\0' : this.s[s - 1]!;
            const here = this.s[s] ?? '\0';
            if (this.inSet(before, p, classEnd - 1) || !this.inSet(here, p, classEnd - 1)) return null;
            p = classEnd;
            continue;
          }
          if (next !== undefined && next >= '0' && next <= '9') {
            const one = this.captures[next.charCodeAt(0) - 49];
            if (!one || one.length === OPEN) throw new PatternError('invalid capture index');
            const text = this.s.slice(one.start, one.start + one.length);
            if (!this.s.startsWith(text, s)) return null;
            s += text.length;
            p += 2;
            continue;
          }
        }
        const end = this.classEnd(p);
        const suffix = this.p[end];
        const isHere = s < this.s.length && this.single(s, p, end);
        if (suffix === '?') {
          if (isHere) {
            const rest = this.match(s + 1, end + 1);
            if (rest !== null) return rest;
          }
          p = end + 1;
          continue;
        }
        if (suffix === '*' || suffix === '+') {
          if (suffix === '+' && !isHere) return null;
          return this.longest(suffix === '+' ? s + 1 : s, p, end);
        }
        if (suffix === '-') return this.shortest(s, p, end);
        if (!isHere) return null;
        s++;
        p = end;
      }
    } finally {
      this.depth--;
    }
  }

  private longest(s: number, p: number, end: number): number | null {
    let i = 0;
    while (s + i < this.s.length && this.single(s + i, p, end)) {
      this.step();
      i++;
    }
    for (; i >= 0; i--) {
      const rest = this.match(s + i, end + 1);
      if (rest !== null) return rest;
    }
    return null;
  }

  private shortest(s: number, p: number, end: number): number | null {
    for (;;) {
      const rest = this.match(s, end + 1);
      if (rest !== null) return rest;
      if (s >= this.s.length || !this.single(s, p, end)) return null;
      s++;
    }
  }

  private balance(s: number, p: number): number | null {
    if (p + 1 >= this.p.length) throw new PatternError('unbalanced pattern');
    const [open, close] = [this.p[p], this.p[p + 1]];
    if (this.s[s] !== open || s >= this.s.length) return null;
    let depth = 1;
    for (let i = s + 1; i < this.s.length; i++) {
      if (this.s[i] === close) {
        if (--depth === 0) return i + 1;
      } else if (this.s[i] === open) depth++;
    }
    return null;
  }

  private classEnd(p: number): number {
    const c = this.p[p++];
    if (c === '%') {
      if (p >= this.p.length) throw new PatternError("malformed pattern (ends with '%')");
      return p + 1;
    }
    if (c !== '[') return p;
    if (this.p[p] === '^') p++;
    do {
      if (p >= this.p.length) throw new PatternError("malformed pattern (missing ']')");
      if (this.p[p++] === '%' && p < this.p.length) p++;
    } while (this.p[p] !== ']' || p >= this.p.length);
    return p + 1;
  }

  private single(s: number, p: number, end: number): boolean {
    const c = this.s[s]!;
    const head = this.p[p];
    if (head === '.') return true;
    if (head === '%') return isOfClass(c, this.p[p + 1]!);
    return head === '[' ? this.inSet(c, p, end - 1) : head === c;
  }

  /** `p` at `[`, `end` at `]`. */
  private inSet(c: string, p: number, end: number): boolean {
    let isIn = true;
    if (this.p[p + 1] === '^') {
      isIn = false;
      p++;
    }
    while (++p < end) {
      if (this.p[p] === '%') {
        p++;
        if (isOfClass(c, this.p[p]!)) return isIn;
      } else if (this.p[p + 1] === '-' && p + 2 < end) {
        if (this.p[p]! <= c && c <= this.p[p + 2]!) return isIn;
        p += 2;
      } else if (this.p[p] === c) return isIn;
    }
    return !isIn;
  }
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  a: /[A-Za-z]/,
  c: /[\0-\x1f\x7f]/,
  d: /[0-9]/,
  l: /[a-z]/,
  p: /[!-/:-@[-`{-~]/,
  s: /[ \t-\r]/,
  u: /[A-Z]/,
  w: /[A-Za-z0-9]/,
  x: /[0-9A-Fa-f]/,
  z: /\0/,
};

function isOfClass(c: string, name: string): boolean {
  const known = CLASSES[name.toLowerCase()];
  if (!known) return name === c;
  return known.test(c) === (name === name.toLowerCase());
}
