/**
 * YAML text → a tree of maps, lists and scalars that knows where each part stands. Anchors, aliases and merge keys
 * (`<<`) are resolved here, and `${VAR}` in values, so that readers see plain values.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { interpolate, type Variables } from './interpolate.ts';
import type { Place, Problems } from './problems.ts';

export type YamlNode = YamlScalar | YamlMap | YamlList;

export interface YamlScalar {
  readonly kind: 'scalar';
  /** Strings after interpolation; numbers, booleans and null as YAML 1.2 reads them. */
  readonly value: string | number | boolean | null;
  readonly at: Place;
}

export interface YamlMap {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  readonly at: Place;
}

export interface YamlEntry {
  readonly key: string;
  readonly keyAt: Place;
  readonly value: YamlNode;
}

export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  readonly at: Place;
}

/** Aliases can blow a few lines up to millions of nodes; no real compose file comes near this. */
const NODES_MAX = 20_000;

/** The tree, or null when the text is no YAML; what is wrong stands in `problems` then. */
export function readYaml(text: string, variables: Variables, problems: Problems): YamlNode | null {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    keepSourceTokens: false,
    version: '1.2',
  });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  for (const error of document.errors) {
    const { message, hint } = explain(error, text);
    problems.error(placeOf(error.pos[0]), message, hint);
  }
  if (document.errors.length > 0) return null;

  let nodes = 0;
  const open = new Set<Node>();
  const convert = (node: Node | null | undefined, fallback: Place): YamlNode => {
    if (node === null || node === undefined) return { kind: 'scalar', value: null, at: fallback };
    const at = placeOf((node as ParsedNode).range?.[0] ?? 0);
    if (++nodes > NODES_MAX) {
      if (nodes === NODES_MAX + 1)
        problems.error(
          at,
          `the file grows to more than ${NODES_MAX} values through its aliases`,
          'Write the parts out, or use fewer anchors.',
        );
      return { kind: 'scalar', value: null, at };
    }
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined || open.has(target)) {
        const what = target === undefined ? 'has no anchor above it' : 'stands inside its own anchor';
        problems.error(at, `the alias *${node.source} ${what}`, `Define it first with &${node.source}.`);
        return { kind: 'scalar', value: null, at };
      }
      return convert(target, at);
    }
    open.add(node);
    const result = convertPlain(node, at);
    open.delete(node);
    return result;
  };

  const convertPlain = (node: Node, at: Place): YamlNode => {
    if (isMap(node)) {
      const own: YamlEntry[] = [];
      const merged: YamlEntry[] = [];
      for (const pair of node.items) {
        const keyNode = pair.key as ParsedNode;
        const keyAt = placeOf(keyNode?.range?.[0] ?? 0);
        const key = isScalar(keyNode) ? String(keyNode.value ?? '') : '';
        const value = convert(pair.value as Node | null, keyAt);
        if (key === '<<') merged.push(...mergedEntries(value, keyAt));
        else own.push({ key, keyAt, value });
      }
      const names = new Set(own.map((entry) => entry.key));
      for (const entry of merged) {
        if (names.has(entry.key)) continue;
        names.add(entry.key);
        own.push(entry);
      }
      return { kind: 'map', entries: own, at };
    }
    if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => convert(item as Node, at)), at };
    const value = (node as { value?: unknown }).value;
    if (typeof value === 'string') {
      const { text: expanded, unset, error } = interpolate(value, variables);
      if (error) problems.error(at, error.message, error.hint);
      for (const name of unset) {
        problems.warn(
          at,
          `the variable ${name} is not set; it becomes an empty string`,
          `Set ${name} in a file .env beside compose.yaml, or write \${${name}:-default}.`,
        );
      }
      return { kind: 'scalar', value: expanded, at };
    }
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return { kind: 'scalar', value, at };
    return { kind: 'scalar', value: String(value), at };
  };

  const mergedEntries = (value: YamlNode, at: Place): readonly YamlEntry[] => {
    if (value.kind === 'map') return value.entries;
    // In a list of maps the earlier one wins; the caller keeps the first of each name.
    if (value.kind === 'list' && value.items.every((item) => item.kind === 'map')) {
      return value.items.flatMap((item) => (item as YamlMap).entries);
    }
    problems.error(
      at,
      '`<<` merges a map into this one, and this is none',
      'Write `<<: *name`, where `&name` marks a map.',
    );
    return [];
  };

  return convert(document.contents, { line: 1, column: 1 });
}

/** "a map", "the number 3", "the text "x"": what a node is, in a sentence. */
export function describe(node: YamlNode): string {
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return 'a list';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string') return node.value === '' ? 'an empty text' : `"${node.value}"`;
  return `the ${typeof node.value} ${node.value}`;
}

function explain(error: YAMLError, text: string): { message: string; hint: string } {
  const lineStart = text.lastIndexOf('\n', error.pos[0] - 1) + 1;
  const lineEnd = text.indexOf('\n', error.pos[0]);
  const line = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  switch (error.code) {
    case 'DUPLICATE_KEY': {
      const key = /^[^:\s]+/.exec(text.slice(error.pos[0]))?.[0] ?? 'a key';
      return {
        message: `\`${key}\` stands twice in the same map`,
        hint: 'Keep one of the two; put both values under it when both are meant.',
      };
    }
    case 'TAB_AS_INDENT':
      return { message: 'a tab indents this line', hint: 'YAML indents with spaces only; use two spaces a level.' };
    case 'BAD_INDENT':
    case 'UNEXPECTED_TOKEN':
    case 'MULTILINE_IMPLICIT_KEY':
    case 'MISSING_CHAR':
    case 'BAD_SCALAR_START':
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'BLOCK_IN_FLOW':
    case 'KEY_OVER_1024_CHARS': {
      if (/^\s*\t/.test(line))
        return { message: 'a tab indents this line', hint: 'YAML indents with spaces only; use two spaces a level.' };
      if (/:\S+:\s|:\s.*:\s/.test(line))
        return {
          message: `this is no YAML: ${lower(error.message)}`,
          hint: 'Put a value that has ": " in it into quotes, and indent keys of one map alike.',
        };
      return {
        message: `this is no YAML: ${lower(error.message)}`,
        hint: 'Check the indentation (two spaces a level), a missing ":" and open quotes or brackets above.',
      };
    }
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here (---)', hint: 'Keep everything in one document.' };
    case 'BAD_ALIAS':
      return { message: lower(error.message), hint: 'Define the anchor with &name above its use.' };
    default:
      return {
        message: `this is no YAML: ${lower(error.message)}`,
        hint: 'Check indentation, quotes and brackets around this place.',
      };
  }
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
