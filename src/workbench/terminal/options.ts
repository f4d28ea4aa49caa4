/** Options on a command line, as getopt_long has them. */

export interface OptionSpec {
  /** Letters and long names that take a value, as `X`, `request`. */
  readonly values: readonly string[];
  readonly flags: readonly string[];
  /** What each letter is called at length. */
  readonly alias?: Readonly<Record<string, string>>;
  /** Options end at the first word that is none: what follows is a command of its own. */
  readonly stopsAtWord?: boolean;
}

export interface Options {
  readonly words: readonly string[];
  has(name: string): boolean;
  /** The last one given. */
  value(name: string): string | undefined;
  all(name: string): readonly string[];
  /** Options that are not known. */
  readonly unknown: readonly string[];
}

export function readOptions(argv: readonly string[], spec: OptionSpec): Options {
  const words: string[] = [];
  const unknown: string[] = [];
  const given = new Map<string, string[]>();
  const nameOf = (name: string) => spec.alias?.[name] ?? name;
  const put = (name: string, value: string) => {
    const list = given.get(nameOf(name)) ?? [];
    list.push(value);
    given.set(nameOf(name), list);
  };
  const values = new Set(spec.values.map(nameOf));
  const flags = new Set(spec.flags.map(nameOf));
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      words.push(...argv.slice(i + 1));
      break;
    }
    const long = /^--([\w-]+)(?:=(.*))?$/s.exec(word);
    if (long !== null) {
      const name = long[1]!;
      if (values.has(nameOf(name))) put(name, long[2] ?? argv[++i] ?? '');
      else if (flags.has(nameOf(name))) put(name, '');
      else unknown.push(`--${name}`);
      continue;
    }
    if (!/^-[A-Za-z#]/.test(word)) {
      if (spec.stopsAtWord) {
        words.push(...argv.slice(i));
        break;
      }
      words.push(word);
      continue;
    }
    for (let j = 1; j < word.length; j++) {
      const letter = word[j]!;
      if (values.has(nameOf(letter))) {
        // `-XPOST`, `-X POST`
        put(letter, word.slice(j + 1) || (argv[++i] ?? ''));
        break;
      }
      if (flags.has(nameOf(letter))) put(letter, '');
      else unknown.push(`-${letter}`);
    }
  }
  return {
    words,
    unknown,
    has: (name) => given.has(name),
    value: (name) => given.get(name)?.at(-1),
    all: (name) => given.get(name) ?? [],
  };
}

/** `200ms`, `10s`, `1.5m`, `2h`, and a bare number in `unit`; NaN for anything else. Milliseconds. */
export function durationMs(text: string, unit: 'ms' | 's' = 'ms'): number {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|min|h)?$/.exec(text);
  if (match === null) return Number.NaN;
  return Number(match[1]) * UNITS[match[2] ?? unit]!;
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
