/** Whether data from outside has the shape that it says it has. */
import type { Files } from '../project.ts';

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.length <= lengthMax;
}

const FILES_MAX = 200;
const FILE_CHARS_MAX = 400_000;
/** As in a sandbox: no way out of its folder, nothing absolute. */
const PATH = /^(?!\.\.?(?:\/|$))[\w.@-]+(?:\/(?!\.\.?(?:\/|$))[\w.@-]+)*$/;

/** Texts by their path inside a folder. */
export function isFiles(value: unknown): value is Files {
  return (
    isRecord(value) &&
    Object.keys(value).length <= FILES_MAX &&
    Object.entries(value).every(
      ([path, text]) => path.length <= 300 && PATH.test(path) && path !== '__proto__' && isText(text, FILE_CHARS_MAX),
    )
  );
}

/** What a field holds; `?` when it may be absent. `texts`: short texts by name. */
export type Field = 'text' | 'text?' | 'long?' | 'number' | 'number?' | 'texts?';
export type Shape = Readonly<Record<string, Field>>;

/** Whether it has these fields and no others. */
export function shapeOf(value: unknown, shape: Shape): boolean {
  if (!isRecord(value) || Object.keys(value).some((name) => !Object.hasOwn(shape, name))) return false;
  return Object.entries(shape).every(([name, field]) => {
    const found = value[name];
    if (found === undefined) return field.endsWith('?');
    if (field.startsWith('number')) return isNumber(found);
    if (field === 'texts?') return isRecord(found) && Object.values(found).every((each) => isText(each, 2000));
    return isText(found, field === 'long?' ? 100_000 : 2000);
  });
}
