/** A line as sh reads it: words, quotes, pipes and the joints between commands. No variables, no substitution, no files. */

export interface Step {
  /** How it follows the step before. */
  readonly joint: ';' | '&&' | '||';
  /** Commands whose output is the next one's input; each is its words. */
  readonly pipeline: readonly (readonly string[])[];
}

export type Line =
  | { readonly ok: true; readonly steps: readonly Step[] }
  /** `quote` was never closed; `operator` is not known here; `empty`: a command is missing beside `text`. */
  | { readonly ok: false; readonly problem: 'quote' | 'operator' | 'empty'; readonly text: string };

export interface Partial {
  /** The words before the one that is being typed, of the same command; filters after `|` start anew. */
  readonly words: readonly string[];
  /** What is typed of it, without its quotes. */
  readonly text: string;
  /** Where it begins in the line, with its quote. */
  readonly start: number;
  readonly quote: '' | '"' | "'";
  readonly isAfterPipe: boolean;
}

type Token =
  | { readonly kind: 'word'; readonly text: string; readonly start: number; readonly quote: '' | '"' | "'" }
  | { readonly kind: 'operator'; readonly text: string; readonly start: number };

export function readLine(line: string): Line {
  const { tokens, open } = scan(line);
  if (open !== '') return { ok: false, problem: 'quote', text: open };
  const steps: Step[] = [];
  let joint: Step['joint'] = ';';
  let pipeline: string[][] = [];
  let words: string[] = [];
  const close = (operator: string): Line | null => {
    const isEnd = operator === '' || operator === ';';
    if (words.length === 0 && !(isEnd && pipeline.length === 0)) return { ok: false, problem: 'empty', text: operator };
    if (words.length > 0) pipeline.push(words);
    words = [];
    if (operator === '|') return null;
    if (pipeline.length > 0) steps.push({ joint, pipeline });
    pipeline = [];
    if (operator !== '') joint = operator as Step['joint'];
    return null;
  };
  for (const token of tokens) {
    if (token.kind === 'word') words.push(token.text);
    else if (!['|', ';', '&&', '||'].includes(token.text)) return { ok: false, problem: 'operator', text: token.text };
    else {
      const wrong = close(token.text);
      if (wrong !== null) return wrong;
    }
  }
  const last = tokens.at(-1);
  if (last?.kind === 'operator' && last.text !== ';') return { ok: false, problem: 'empty', text: last.text };
  return close('') ?? { ok: true, steps };
}

/** The word under the end of `line`, for completion. */
export function partialOf(line: string): Partial {
  const { tokens, open, isInWord } = scan(line);
  let words: string[] = [];
  let isAfterPipe = false;
  let current: Token | undefined;
  if (isInWord) current = tokens.pop();
  for (const token of tokens) {
    if (token.kind === 'word') words.push(token.text);
    else {
      words = [];
      isAfterPipe = token.text === '|';
    }
  }
  const isWord = current?.kind === 'word';
  return {
    words,
    text: isWord ? current!.text : '',
    start: isWord ? current!.start : line.length,
    quote: open === '"' || open === "'" ? open : '',
    isAfterPipe,
  };
}

/** As it must be typed to be one word. */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./{}[\]-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function scan(line: string): { tokens: Token[]; open: '' | '"' | "'" | '\\'; isInWord: boolean } {
  const tokens: Token[] = [];
  let text = '';
  let start = -1;
  const finish = () => {
    if (start >= 0) tokens.push({ kind: 'word', text, start, quote: '' });
    text = '';
    start = -1;
  };
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (/\s/.test(c)) {
      finish();
      continue;
    }
    // A comment begins with a word of its own.
    if (c === '#' && start < 0) break;
    if ('|&;<>'.includes(c)) {
      finish();
      const two = line.slice(i, i + 2);
      const operator = ['&&', '||', '>>'].includes(two) ? two : c;
      tokens.push({ kind: 'operator', text: operator, start: i });
      i += operator.length - 1;
      continue;
    }
    if (start < 0) start = i;
    if (c === "'" || c === '"') {
      let end = i + 1;
      for (; end < line.length && line[end] !== c; end++) {
        if (c === '"' && line[end] === '\\' && '"\\$`'.includes(line[end + 1] ?? ' ')) end++;
        text += line[end] ?? '';
      }
      if (end >= line.length) {
        finish();
        return { tokens, open: c, isInWord: true };
      }
      i = end;
    } else if (c === '\\') {
      if (i + 1 >= line.length) {
        finish();
        return { tokens, open: '\\', isInWord: true };
      }
      text += line[++i]!;
    } else text += c;
  }
  const isInWord = start >= 0;
  finish();
  return { tokens, open: '', isInWord };
}
