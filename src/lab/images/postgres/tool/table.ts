/** Tables as psql prints them. */
import type { OutputColumn } from '../run/targets.ts';

export interface Format {
  tuplesOnly: boolean;
  unaligned: boolean;
  separator: string;
  csv: boolean;
}

const width = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

export function formatTable(
  columns: readonly OutputColumn[],
  rows: readonly (string | null)[][],
  format: Format,
  title: string | null,
): string {
  const names = columns.map(({ name }) => name);
  const count = `(${rows.length} row${rows.length === 1 ? '' : 's'})\n`;
  if (format.csv) {
    const quote = (v: string | null) => (v === null ? '' : /[",\n\r]/.test(v) ? `"${v.replace(/"/g, '""')}"` : v);
    return [...(format.tuplesOnly ? [] : [names]), ...rows].map((row) => `${row.map(quote).join(',')}\n`).join('');
  }
  if (format.unaligned) {
    const lines = [...(format.tuplesOnly ? [] : [names]), ...rows].map(
      (row) => `${row.map((v) => v ?? '').join(format.separator)}\n`,
    );
    return lines.join('') + (format.tuplesOnly ? '' : count);
  }
  const widths = columns.map((_, i) =>
    Math.max(format.tuplesOnly ? 0 : width(names[i]!), ...rows.map((row) => width(row[i] ?? ''))),
  );
  const isRight = columns.map(
    ({ type }) => type.category === 'N' && type.kind === 'base' && !type.typname.startsWith('reg'),
  );
  const center = (text: string, n: number) => {
    const space = n - width(text);
    return ' '.repeat(Math.floor(space / 2)) + text + ' '.repeat(Math.ceil(space / 2));
  };
  let out = '';
  if (!format.tuplesOnly) {
    const total = widths.reduce((sum, n) => sum + n + 3, -1);
    if (title) out += `${' '.repeat(Math.max(0, Math.floor((total - title.length) / 2)))}${title}\n`;
    out += `${names.map((name, i) => ` ${center(name, widths[i]!)} `).join('|')}\n`;
    out += `${widths.map((n) => '-'.repeat(n + 2)).join('+')}\n`;
  }
  for (const row of rows) {
    // A value of several lines goes on below, with a plus at the end of the line.
    const cells = row.map((v) => (v ?? '').split('\n'));
    const height = Math.max(...cells.map(({ length }) => length), 1);
    for (let line = 0; line < height; line++) {
      const parts = cells.map((cell, i) => {
        const text = cell[line] ?? '';
        const space = ' '.repeat(widths[i]! - [...text].length);
        const goesOn = line + 1 < cell.length;
        const isLast = i === cells.length - 1;
        if (isRight[i]) return ` ${space}${text}${goesOn ? '+' : isLast ? '' : ' '}`;
        return ` ${text}${goesOn ? `${space}+` : isLast ? '' : `${space} `}`;
      });
      out += `${parts.join('|')}\n`;
    }
  }
  return `${out}${format.tuplesOnly ? '' : count}\n`;
}
