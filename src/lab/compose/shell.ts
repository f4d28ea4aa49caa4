/** Command lines as text → words, as a POSIX shell splits them. The lab has no shell: what needs one is refused. */

export type Words =
  | { readonly words: readonly string[] }
  | { readonly words: null; readonly message: string; readonly hint: string };

export interface SplitOptions {
  /** With variables given, `$NAME` and `${NAME}` outside single quotes are replaced, as a shell does. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Quotes and backslashes as in sh. Operators (`&&`, `|`, `;`, `>`, `$( )`) give a message: they need a real shell. */
export function splitWords(text: string, options: SplitOptions = {}): Words {
  const words: string[] = [];
  let word = '';
  let isInWord = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "'") {
      const end = text.indexOf("'", i + 1);
      if (end < 0) return unclosed("'", text);
      word += text.slice(i + 1, end);
      isInWord = true;
      i = end;
    } else if (c === '"') {
      isInWord = true;
      for (i++; ; i++) {
        if (i >= text.length) return unclosed('"', text);
        const d = text[i]!;
        if (d === '"') break;
        if (d === '\\' && '"\\$`\n'.includes(text[i + 1] ?? '')) word += text[++i]!;
        else if (d === '`' || (d === '$' && text[i + 1] === '(')) return needsShell(d === '`' ? '`' : '$(', text);
        else if (d === '$' && options.variables) {
          const found = variable(text, i, options.variables);
          word += found.value;
          i = found.end - 1;
        } else word += d;
      }
    } else if (c === '\\') {
      if (i + 1 < text.length && text[i + 1] !== '\n') word += text[i + 1]!;
      i++;
      isInWord = true;
    } else if (/\s/.test(c)) {
      if (isInWord) words.push(word);
      word = '';
      isInWord = false;
    } else if ('|&;<>`()'.includes(c)) {
      const operator = text.slice(i, i + 2);
      return needsShell(operator === '&&' || operator === '||' || operator === '>>' ? operator : c, text);
    } else if (c === '$' && text[i + 1] === '(') {
      return needsShell('$(', text);
    } else if (c === '$' && options.variables) {
      const found = variable(text, i, options.variables);
      word += found.value;
      i = found.end - 1;
      isInWord = true;
    } else {
      word += c;
      isInWord = true;
    }
  }
  if (isInWord) words.push(word);
  return { words };
}

/** `node src/main.ts` for messages; quotes what needs it. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

function variable(
  text: string,
  at: number,
  variables: Readonly<Record<string, string>>,
): { value: string; end: number } {
  const match = /^\$(?:\{([A-Za-z_]\w*)(?::?-([^}]*))?\}|([A-Za-z_]\w*))/.exec(text.slice(at));
  if (match === null) return { value: '$', end: at + 1 };
  return { value: variables[match[1] ?? match[3]!] || match[2] || '', end: at + match[0].length };
}

function unclosed(quote: string, text: string): Words {
  return {
    words: null,
    message: `the quote ${quote} is never closed in: ${text}`,
    hint: `Close it, or write the command as a list: ["node", "src/main.ts"].`,
  };
}

function needsShell(operator: string, text: string): Words {
  return {
    words: null,
    message: `"${operator}" needs a shell, and the lab has none: ${text}`,
    hint: 'Start one program directly, as ["node", "src/main.ts"], and do the rest inside it.',
  };
}
