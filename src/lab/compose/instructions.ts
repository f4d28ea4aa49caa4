/** Dockerfile text → instructions with their lines. Comments, continuation lines and flags; nothing is judged here. */

export interface Instruction {
  /** Upper case, as `COPY`. */
  readonly name: string;
  /** `--from=build` → { from: 'build' }; a flag without value is ''. */
  readonly flags: Readonly<Record<string, string>>;
  /** The rest, continuation lines joined by a blank. */
  readonly rest: string;
  /** 1-based. */
  readonly line: number;
}

export function readInstructions(text: string): Instruction[] {
  const instructions: Instruction[] = [];
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const first = lines[i]!.trim();
    if (first === '' || first.startsWith('#')) continue;
    const line = i + 1;
    let joined = '';
    for (; i < lines.length; i++) {
      const part = lines[i]!.trim();
      // Comments and empty lines inside a continued instruction are skipped, as Docker does.
      if (joined !== '' && (part === '' || part.startsWith('#'))) continue;
      const isContinued = part.endsWith('\\');
      joined += `${joined === '' ? '' : ' '}${isContinued ? part.slice(0, -1).trim() : part}`;
      if (!isContinued) break;
    }
    instructions.push(parse(joined, line));
  }
  return instructions;
}

/** `["node", "main.ts"]` → its words; null when the text is not a JSON list of texts. */
export function jsonWords(text: string): string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : null;
  } catch {
    return null;
  }
}

function parse(text: string, line: number): Instruction {
  const match = /^(\S+)\s*([\s\S]*)$/.exec(text)!;
  let rest = match[2]!;
  const flags: Record<string, string> = {};
  for (;;) {
    const flag = /^--([a-z-]+)(?:=(\S*))?(?:\s+|$)/.exec(rest);
    if (flag === null) break;
    flags[flag[1]!] = flag[2] ?? '';
    rest = rest.slice(flag[0].length);
  }
  return { name: match[1]!.toUpperCase(), flags, rest: rest.trim(), line };
}
