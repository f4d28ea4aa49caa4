/** What console.table prints. Source: Node 24's lib/internal/cli_table.js. */
import { inspect } from './inspect.ts';
import { stringWidth } from './string-width.ts';

const INDEX = '(index)';

export function table(data: any, properties?: readonly string[]): string {
  const isMap = data instanceof Map;
  const isSet = data instanceof Set;
  const indexTitle = isMap || isSet ? '(iteration index)' : INDEX;
  const columns: string[] = [];
  const rows: Record<string, string>[] = [];
  const indices: string[] = [];
  let hasValues = false;
  const entries: [string, unknown][] = isMap
    ? [...data].map(([key, value], i) => [String(i), { Key: key, Values: value }])
    : isSet
      ? [...data].map((value, i) => [String(i), value])
      : Object.keys(data).map((key) => [key, data[key]]);
  const values: string[] = [];
  entries.forEach(([index, item], i) => {
    const row: Record<string, string> = {};
    const isPrimitive = item === null || (typeof item !== 'object' && typeof item !== 'function');
    if (isPrimitive) {
      hasValues = true;
      values[i] = cell(item);
    } else {
      for (const key of properties ?? Object.keys(item as object)) {
        if (!columns.includes(key)) columns.push(key);
        if (Object.hasOwn(item as object, key)) row[key] = cell((item as any)[key]);
      }
    }
    rows.push(row);
    indices.push(index);
  });
  const head = [indexTitle, ...columns, ...(hasValues ? ['Values'] : [])];
  const body = rows.map((row, i) => [
    indices[i]!,
    ...columns.map((column) => row[column] ?? ''),
    ...(hasValues ? [values[i] ?? ''] : []),
  ]);
  return draw(head, body);
}

function cell(value: unknown): string {
  return inspect(value, {
    maxArrayLength: 3,
    breakLength: Number.POSITIVE_INFINITY,
    depth:
      value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 2 ? -1 : 0,
  });
}

function draw(head: string[], body: string[][]): string {
  const widths = head.map((title, i) => Math.max(...[title, ...body.map((row) => row[i]!)].map(stringWidth)) + 2);
  const line = (left: string, middle: string, right: string) =>
    left + widths.map((width) => '─'.repeat(width)).join(middle) + right;
  const row = (cells: string[]) =>
    `│${cells.map((text, i) => ` ${text}${' '.repeat(widths[i]! - 1 - stringWidth(text))}`).join('│')}│`;
  return [line('┌', '┬', '┐'), row(head), line('├', '┼', '┤'), ...body.map(row), line('└', '┴', '┘')].join('\n');
}
