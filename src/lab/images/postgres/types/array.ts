/** Text of arrays: `{1,NULL,"a b",{…}}`. */
import { PgError } from '../errors.ts';
import type { Type } from './types.ts';
import { type Datum, PgArray } from './values.ts';

export function parseArray(text: string, elem: Type): PgArray {
  const bad = (detail: string) => new PgError('22P02', `malformed array literal: "${text}"`, { detail });
  let i = 0;
  const items: Datum[] = [];
  const space = () => {
    while (/\s/.test(text[i] ?? '')) i++;
  };
  const dims: number[] = [];
  const level = (depth: number): void => {
    i++;
    let count = 0;
    space();
    if (text[i] === '}') i++;
    else
      for (;;) {
        space();
        if (text[i] === '{') level(depth + 1);
        else if (text[i] === '"') {
          let s = '';
          for (i++; text[i] !== '"'; i++) {
            if (text[i] === '\\') i++;
            if (i >= text.length) throw bad('Unexpected end of input.');
            s += text[i];
          }
          i++;
          items.push(elem.parse(s));
        } else {
          let s = '';
          let isEscaped = false;
          while (i < text.length && text[i] !== ',' && text[i] !== '}' && text[i] !== '{' && text[i] !== '"') {
            if (text[i] === '\\') {
              i++;
              isEscaped = true;
            }
            s += text[i++] ?? '';
          }
          s = s.trim();
          if (s === '' || text[i] === '{' || text[i] === '"') {
            if (i >= text.length) throw bad('Unexpected end of input.');
            throw bad(`Unexpected "${text[i]}" character.`);
          }
          items.push(s.toLowerCase() === 'null' && !isEscaped ? null : elem.parse(s));
        }
        count++;
        space();
        if (text[i] === ',') i++;
        else if (text[i] === '}') {
          i++;
          break;
        } else if (i >= text.length) throw bad('Unexpected end of input.');
        else throw bad(`Unexpected array element.`);
      }
    if (dims[depth] === undefined) dims[depth] = count;
    else if (dims[depth] !== count) throw bad('Multidimensional arrays must have sub-arrays with matching dimensions.');
  };
  space();
  if (text[i] !== '{') throw bad('Array value must start with "{" or dimension information.');
  level(0);
  space();
  if (i < text.length) throw bad('Junk after closing right brace.');
  return new PgArray(items, items.length ? dims : []);
}

export function arrayText(array: PgArray, elem: Type): string {
  if (array.items.length === 0) return '{}';
  let i = 0;
  const level = (depth: number): string => {
    const parts: string[] = [];
    for (let n = 0; n < array.dims[depth]!; n++)
      parts.push(depth + 1 < array.dims.length ? level(depth + 1) : item(array.items[i++], elem));
    return `{${parts.join(',')}}`;
  };
  return level(0);
}

function item(value: Datum, elem: Type): string {
  if (value === null) return 'NULL';
  const text = elem.text(value);
  if (text === '' || /[{}",\\\s]/.test(text) || text.toLowerCase() === 'null')
    return `"${text.replace(/(["\\])/g, '\\$1')}"`;
  return text;
}
