/** What may stand after a pipe: the handful of text tools that one types without thinking. */

export interface Filter {
  /** Lines that come out for one that goes in. */
  push(line: string): readonly string[];
  /** Lines that come out at the end of the input. */
  end(): readonly string[];
  readonly hasEnough: boolean;
}

export const FILTERS = ['grep', 'head', 'tail', 'wc', 'sort', 'uniq', 'jq'] as const;

/** The filter, or what is wrong with the words. */
export function filterOf(words: readonly string[]): Filter | string {
  const [name = '', ...args] = words;
  const flags = args.filter((arg) => /^-\D/.test(arg)).join('');
  const rest = args.filter((arg) => !/^-\D/.test(arg));
  const count = () => {
    const at = args.indexOf('-n');
    const given = at >= 0 ? args[at + 1] : args.find((arg) => /^-\d+$/.test(arg))?.slice(1);
    return Math.max(0, Number(given ?? 10) || 0);
  };
  switch (name) {
    case 'grep': {
      const [pattern = ''] = rest;
      let regex: RegExp;
      try {
        regex = new RegExp(flags.includes('F') ? escaped(pattern) : pattern, flags.includes('i') ? 'i' : '');
      } catch {
        return `grep: ${pattern}`;
      }
      const wants = !flags.includes('v');
      if (!flags.includes('c')) return each((line) => (regex.test(line) === wants ? [line] : []));
      let found = 0;
      return whole(
        (line) => {
          if (regex.test(line) === wants) found++;
        },
        () => [String(found)],
      );
    }
    case 'head': {
      const max = count();
      let seen = 0;
      return {
        push: (line) => (seen++ < max ? [line] : []),
        end: () => [],
        get hasEnough() {
          return seen >= max;
        },
      };
    }
    case 'tail': {
      const max = count();
      let kept: string[] = [];
      return whole(
        (line) => {
          kept.push(line);
          if (kept.length > 2 * max + 16) kept = kept.slice(-max);
        },
        () => (max === 0 ? [] : kept.slice(-max)),
      );
    }
    case 'wc': {
      let [lines, words, chars] = [0, 0, 0];
      return whole(
        (line) => {
          lines++;
          words += line.split(/\s+/).filter(Boolean).length;
          chars += line.length + 1;
        },
        () => [flags.includes('l') ? String(lines) : `${lines} ${words} ${chars}`],
      );
    }
    case 'sort': {
      const lines: string[] = [];
      const byNumber = (a: string, b: string) => Number.parseFloat(a) - Number.parseFloat(b) || (a < b ? -1 : 1);
      return whole(
        (line) => void lines.push(line),
        () => {
          const sorted = flags.includes('n') ? lines.sort(byNumber) : lines.sort();
          const unique = flags.includes('u') ? [...new Set(sorted)] : sorted;
          return flags.includes('r') ? unique.reverse() : unique;
        },
      );
    }
    case 'uniq': {
      const runs: { line: string; count: number }[] = [];
      return whole(
        (line) => {
          const last = runs.at(-1);
          if (last?.line === line) last.count++;
          else runs.push({ line, count: 1 });
        },
        () => runs.map((run) => (flags.includes('c') ? `${String(run.count).padStart(7)} ${run.line}` : run.line)),
      );
    }
    case 'jq': {
      const lines: string[] = [];
      return whole(
        (line) => void lines.push(line),
        () => jq(lines.join('\n'), rest[0] ?? '.', flags.includes('r')),
      );
    }
    default:
      return name;
  }
}

function each(push: Filter['push']): Filter {
  return { push, end: () => [], hasEnough: false };
}

function whole(push: (line: string) => void, end: Filter['end']): Filter {
  return {
    push: (line) => {
      push(line);
      return [];
    },
    end,
    hasEnough: false,
  };
}

/** `.`, `.a.b`, `.[0]`, `.[]`, `length`, joined by `|`: the paths that one types, not the language. */
function jq(text: string, program: string, isRaw: boolean): readonly string[] {
  let values: unknown[];
  try {
    values = [JSON.parse(text)];
  } catch {
    return [`jq: parse error: this is not JSON: ${text.slice(0, 60)}`];
  }
  for (const part of program.match(/\.\[\]|\[\]|\.?\[-?\d+\]|\.?[A-Za-z_][\w-]*|\."[^"]*"|\.|\||\s+|./g) ?? []) {
    if (/^(?:\.|\||\s+)$/.test(part)) continue;
    if (part === 'length') values = values.map((value) => Object.keys(Object(value)).length);
    else if (part === 'keys') values = values.map((value) => Object.keys(Object(value)).sort());
    else if (/\[\]$/.test(part)) values = values.flatMap((value) => Object.values(Object(value)));
    else if (/\[-?\d+\]$/.test(part)) {
      const index = Number(/-?\d+/.exec(part)![0]);
      values = values.map((value) => (Array.isArray(value) ? (value.at(index) ?? null) : null));
    } else if (/^\.?["A-Za-z_]/.test(part)) {
      const key = part.replace(/^\./, '').replace(/^"|"$/g, '');
      values = values.map((value) => (Object.hasOwn(Object(value), key) ? Object(value)[key] : null));
    } else return [`jq: '${part}' is not understood here; paths are: .a.b, .[0], .[], keys, length`];
  }
  return values.flatMap((value) =>
    (isRaw && typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? 'null')).split('\n'),
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
