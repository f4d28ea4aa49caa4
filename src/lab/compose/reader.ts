/** Reads typed values out of a YAML tree. Each reader names what it expected, what stands there, and what to write. */
import { closest, oneOf, type Place, type Problems } from './problems.ts';
import { parseBytes, parseDurationMs } from './units.ts';
import { describe, type YamlList, type YamlMap, type YamlNode } from './yaml.ts';

/** What to do with a key: read its value, or say why the lab refuses it. */
export interface MapShape {
  /** Path for messages, as `services.gateway`. */
  readonly path: string;
  readonly fields: Readonly<Record<string, (value: YamlNode, keyAt: Place) => void>>;
  /** Keys that are real Compose but that the lab does not do yet, with what to do instead. */
  readonly notYet?: Readonly<Record<string, string>>;
}

/** Reads a map key by key. Unknown keys are refused with the nearest known name; `x-…` is for other tools. */
export function readMap(node: YamlNode, shape: MapShape, problems: Problems): void {
  const map = asMap(node, shape.path, problems);
  if (map === null) return;
  for (const { key, keyAt, value } of map.entries) {
    const read = own(shape.fields, key);
    if (read !== undefined) {
      read(value, keyAt);
      continue;
    }
    if (key.startsWith('x-')) continue;
    const advice = own(shape.notYet ?? {}, key);
    if (advice !== undefined) {
      problems.error(
        keyAt,
        `\`${shape.path === '' ? '' : `${shape.path}.`}${key}\` is real Compose, but the lab does not do it yet`,
        advice,
      );
      continue;
    }
    const known = Object.keys(shape.fields);
    const meant = closest(key, [...known, ...Object.keys(shape.notYet ?? {})]);
    problems.error(
      keyAt,
      `\`${key}\` is no key that Compose knows ${shape.path === '' ? 'at the top level' : `in \`${shape.path}\``}`,
      meant !== null
        ? `Did you mean \`${meant}\`?`
        : `Known here: ${known.filter((k) => !k.startsWith('x-')).join(', ')}.`,
    );
  }
}

export function asMap(node: YamlNode, path: string, problems: Problems): YamlMap | null {
  if (node.kind === 'map') return node;
  problems.error(
    node.at,
    `${label(path)} must be a map (key: value lines), found ${describe(node)}`,
    `Write ${example(path)}: and under it, indented by two spaces more, one "key: value" a line.`,
  );
  return null;
}

export function asList(node: YamlNode, path: string, problems: Problems): YamlList | null {
  if (node.kind === 'list') return node;
  problems.error(
    node.at,
    `${label(path)} must be a list, found ${describe(node)}`,
    `Write each item on its own line after "- ".`,
  );
  return null;
}

/** Text; numbers and booleans count as the text they are written as. */
export function readText(node: YamlNode, path: string, problems: Problems): string | null {
  if (node.kind === 'scalar' && node.value !== null && node.value !== '') return String(node.value);
  problems.error(
    node.at,
    `${label(path)} must be a text, found ${describe(node)}`,
    `Write ${example(path)}: some text.`,
  );
  return null;
}

export function readInteger(node: YamlNode, path: string, min: number, problems: Problems): number | null {
  const text = node.kind === 'scalar' ? String(node.value) : '';
  if (/^\d+$/.test(text) && Number(text) >= min) return Number(text);
  problems.error(
    node.at,
    `${label(path)} must be a whole number of at least ${min}, found ${describe(node)}`,
    `Write ${example(path)}: ${Math.max(min, 2)}`,
  );
  return null;
}

export function readBoolean(node: YamlNode, path: string, problems: Problems): boolean | null {
  if (node.kind === 'scalar') {
    if (typeof node.value === 'boolean') return node.value;
    // Compose casts what an interpolated variable became.
    if (node.value === 'true') return true;
    if (node.value === 'false') return false;
  }
  problems.error(
    node.at,
    `${label(path)} must be true or false, found ${describe(node)}`,
    `Write ${example(path)}: true`,
  );
  return null;
}

export function readChoice<T extends string>(
  node: YamlNode,
  path: string,
  choices: readonly T[],
  problems: Problems,
  /** What to advise when nothing is near. */
  usual: T = choices[0]!,
): T | null {
  const text = node.kind === 'scalar' ? String(node.value) : '';
  if ((choices as readonly string[]).includes(text)) return text as T;
  const meant = closest(text, choices);
  problems.error(
    node.at,
    `${label(path)} must be ${oneOf(choices)}, found ${describe(node)}`,
    `Write ${example(path)}: ${meant ?? usual}`,
  );
  return null;
}

export function readDurationMs(node: YamlNode, path: string, problems: Problems): number | null {
  const text = node.kind === 'scalar' && node.value !== null ? String(node.value) : '';
  const ms = parseDurationMs(text);
  if (ms !== null) return ms;
  const isBareNumber = /^\d+(\.\d+)?$/.test(text);
  problems.error(
    node.at,
    `${label(path)} must be a duration with its unit, found ${describe(node)}`,
    isBareNumber ? `Write ${text}s for seconds or ${text}ms for milliseconds.` : 'Write it as 500ms, 10s or 1m30s.',
  );
  return null;
}

export function readBytes(node: YamlNode, path: string, problems: Problems): number | null {
  const bytes = node.kind === 'scalar' && node.value !== null ? parseBytes(String(node.value)) : null;
  if (bytes !== null) return bytes;
  problems.error(node.at, `${label(path)} must be a size, found ${describe(node)}`, 'Write it as 256m or 1g.');
  return null;
}

/** A list of texts; `isStringAllowed` takes a single text for a list of one. */
export function readTexts(node: YamlNode, path: string, problems: Problems, isStringAllowed = false): string[] {
  if (isStringAllowed && node.kind === 'scalar') {
    const text = readText(node, path, problems);
    return text === null ? [] : [text];
  }
  const list = asList(node, path, problems);
  if (list === null) return [];
  return list.items.flatMap((item, index) => readText(item, `${path}[${index}]`, problems) ?? []);
}

/** As `readTexts`; a word of a command may be empty, as in `redis-server --save ""`. */
export function readWords(node: YamlNode, path: string, problems: Problems): string[] {
  const list = asList(node, path, problems);
  if (list === null) return [];
  return list.items.flatMap((item, index) =>
    item.kind === 'scalar' && item.value === '' ? [''] : (readText(item, `${path}[${index}]`, problems) ?? []),
  );
}

/**
 * `KEY: value` lines or a list of `KEY=value`, as environment, labels and args have them. A key without value is null.
 */
export function readPairs(
  node: YamlNode,
  path: string,
  problems: Problems,
): { key: string; value: string | null; at: Place }[] {
  if (node.kind === 'scalar' && node.value === null) return [];
  if (node.kind === 'map') {
    return node.entries.flatMap(({ key, keyAt, value }) => {
      if (value.kind === 'scalar') return { key, value: value.value === null ? null : String(value.value), at: keyAt };
      problems.error(
        value.at,
        `\`${path}.${key}\` must be a text, found ${describe(value)}`,
        `Write ${key}: "some text".`,
      );
      return [];
    });
  }
  if (node.kind === 'scalar') {
    problems.error(
      node.at,
      `${label(path)} must be a map or a list, found ${describe(node)}`,
      'Write KEY: value lines, or a list of "- KEY=value".',
    );
    return [];
  }
  return node.items.flatMap((item, index) => {
    // `- KEY: value` is a map inside a list: the commonest slip between the two forms.
    if (item.kind === 'map' && item.entries.length > 0) {
      const { key } = item.entries[0]!;
      problems.error(
        item.at,
        `\`${path}[${index}]\` mixes the two forms: "- ${key}: …"`,
        `Write "- ${key}=…", or drop the "- " before every line.`,
      );
      return [];
    }
    const text = readText(item, `${path}[${index}]`, problems);
    if (text === null) return [];
    const equals = text.indexOf('=');
    return equals < 0
      ? { key: text, value: null, at: item.at }
      : { key: text.slice(0, equals), value: text.slice(equals + 1), at: item.at };
  });
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function label(path: string): string {
  return path === '' ? 'the file' : `\`${path}\``;
}

function example(path: string): string {
  return (
    path
      .replace(/\[\d+\]$/, '')
      .split('.')
      .at(-1) || 'services'
  );
}
