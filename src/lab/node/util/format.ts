/** util.format. Source: Node 24's lib/internal/util/inspect.js. */
import { classNameAt, formatNumber, inspect, isBuiltIn } from './inspect.ts';

const plain = (text: string) => text;

export const format = (...args: any[]): string => formatWithOptions({}, ...args);

export function formatWithOptions(options: any, ...args: any[]): string {
  const first = args[0];
  let used = 0;
  let text = '';
  let separator = '';
  if (typeof first === 'string') {
    if (args.length === 1) return first;
    let last = 0;
    for (let i = 0; i < first.length - 1; i++) {
      if (first.charCodeAt(i) !== 37) continue;
      const kind = first[++i]!;
      if (kind === '%') {
        text += first.slice(last, i);
        last = i + 1;
        continue;
      }
      if (used + 1 === args.length) continue;
      const formatter = FORMATTERS[kind];
      if (formatter === undefined) continue;
      if (last !== i - 1) text += first.slice(last, i - 1);
      text += formatter(args[++used], options);
      last = i + 1;
    }
    if (last !== 0) {
      used++;
      separator = ' ';
      text += first.slice(last);
    }
  }
  for (; used < args.length; used++) {
    const value = args[used];
    text += separator + (typeof value === 'string' ? value : inspect(value, { ...options, compact: 3, colors: false }));
    separator = ' ';
  }
  return text;
}

const FORMATTERS: Record<string, (value: any, options: any) => string> = {
  s(value, options) {
    if (typeof value === 'number') return formatNumber(plain, value, false);
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null || !hasBuiltInToString(value)) return String(value);
    return inspect(value, { ...options, depth: 0, colors: false, compact: 3 });
  },
  j: (value) => {
    try {
      return JSON.stringify(value);
    } catch (error: any) {
      if (/circular|cyclic/i.test(error.message)) return '[Circular]';
      throw error;
    }
  },
  d: (value) => toNumber(value, Number),
  // biome-ignore lint/correctness/useParseIntRadix: %i reads 0x10 as 16, as Node does
  i: (value) => toNumber(value, (one) => Number.parseInt(one as string)),
  f: (value) => (typeof value === 'symbol' ? 'NaN' : formatNumber(plain, Number.parseFloat(value), false)),
  o: (value, options) => inspect(value, { ...options, showHidden: true, showProxy: true, depth: 4 }),
  O: (value, options) => inspect(value, options),
  c: () => '',
};

function toNumber(value: unknown, convert: (value: unknown) => number): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return 'NaN';
  return formatNumber(plain, convert(value), false);
}

/** Objects that describe themselves (a class's own toString) are asked; others are inspected. */
function hasBuiltInToString(value: any): boolean {
  if (typeof value.toString !== 'function') return true;
  if (Object.hasOwn(value, 'toString')) return false;
  let pointer = value;
  do pointer = Object.getPrototypeOf(pointer);
  while (!Object.hasOwn(pointer, 'toString'));
  return isBuiltIn(classNameAt(pointer, value) ?? '');
}
