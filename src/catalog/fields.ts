/** The fields of a YAML file, each with its line, so that a wrong one can be pointed at. Problems are collected, not thrown. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { type CatalogProblem, didYouMean, either } from './problem.ts';
import type { Localized } from './types.ts';

/** Interface languages: English is required, the others fall back to it. */
const languages = ['en', 'zh-cn'];

export class Fields {
  readonly problems: CatalogProblem[] = [];
  private readonly file: string;
  private readonly lines: LineCounter;
  private readonly map: YAMLMap | null;

  /** `names` are the fields that the file may have; any other is a problem. */
  constructor(file: string, text: string, names: readonly string[]) {
    this.file = file;
    this.lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: this.lines });
    for (const error of document.errors) {
      this.report(
        error.linePos?.[0].line,
        'YAML',
        error.message.split('\n')[0]!.replace(/ at line.*$/, ''),
        'Mend the syntax.',
      );
    }
    this.map = isMap(document.contents) ? document.contents : null;
    if (this.map === null && document.errors.length === 0) {
      this.report(1, 'fields, one a line, as `title: …`', 'none', `Write ${either(names)}.`);
    }
    for (const pair of this.map?.items ?? []) {
      const name = String(isScalar(pair.key) ? pair.key.value : pair.key);
      if (names.includes(name)) continue;
      const hint = didYouMean(name, names);
      this.report(
        this.lineOf(pair.key as Node),
        `one of ${names.join(', ')}`,
        `“${name}”`,
        `Remove or rename the field.${hint}`,
      );
    }
  }

  report(line: number | undefined, expected: string, found: string, next: string): void {
    this.problems.push({ file: this.file, ...(line === undefined ? {} : { line }), expected, found, next });
  }

  has(name: string): boolean {
    return this.map?.has(name) ?? false;
  }

  /** Line of the field's value; line 1 when the field is missing. */
  line(name: string): number {
    return this.lineOf(this.node(name)) ?? 1;
  }

  text(name: string, what: string): string {
    const node = this.node(name);
    if (isScalar(node) && typeof node.value === 'string' && node.value.trim() !== '') return node.value.trim();
    this.wrong(name, node, what);
    return '';
  }

  /** A text in all languages: a map `en:`, `zh-cn:`, or one string, which is English. */
  localized(name: string, what: string): Localized {
    return this.toLocalized(this.node(name), name, what);
  }

  localizedList(name: string, what: string): Localized[] {
    const node = this.node(name);
    if (isSeq(node)) return node.items.map((item) => this.toLocalized(item as Node, name, what));
    this.wrong(name, node, `a list: ${what}`);
    return [];
  }

  /** Strings of a list, each with its line. */
  texts(name: string, what: string): { readonly value: string; readonly line: number }[] {
    const node = this.node(name);
    if (!isSeq(node) || node.items.length === 0) {
      this.wrong(name, node, `a list: ${what}`);
      return [];
    }
    return node.items.flatMap((item) => {
      if (isScalar(item) && typeof item.value === 'string')
        return [{ value: item.value, line: this.lineOf(item) ?? 1 }];
      this.report(this.lineOf(item as Node), what, describeNode(item as Node), 'Write a text here.');
      return [];
    });
  }

  /** Whole numbers from 0; [] when the field is missing and not required. */
  numbers(name: string, what: string, isRequired: boolean): number[] {
    const node = this.node(name);
    if (node === undefined && !isRequired) return [];
    const numbers = isSeq(node) ? node.items.map((item) => (isScalar(item) ? item.value : Number.NaN)) : [];
    if (numbers.length > 0 && numbers.every((value) => Number.isInteger(value) && (value as number) >= 0))
      return numbers as number[];
    this.wrong(name, node, `a list of whole numbers: ${what}`);
    return [];
  }

  /** A map of maps with one text field each, as `rejected: { name: { failsCheck: … } }`. */
  named(name: string, field: string): Map<string, { readonly value: string; readonly line: number }> {
    const result = new Map<string, { value: string; line: number }>();
    const node = this.node(name);
    if (node === undefined) return result;
    if (!isMap(node)) {
      this.wrong(name, node, `a folder's name and its ${field} on each line`);
      return result;
    }
    for (const pair of node.items) {
      const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
      const value = isMap(pair.value) ? pair.value.get(field) : undefined;
      const line = this.lineOf(pair.key as Node) ?? 1;
      if (typeof value === 'string') result.set(key, { value, line });
      else
        this.report(
          line,
          `${field}: the exact name of a check`,
          describeNode(pair.value as Node),
          `Write ${key}: { ${field}: "…" }.`,
        );
    }
    return result;
  }

  private node(name: string): Node | undefined {
    return this.map?.get(name, true) as Node | undefined;
  }

  private toLocalized(node: Node | undefined, name: string, what: string): Localized {
    if (isScalar(node) && typeof node.value === 'string' && node.value.trim() !== '') return { en: node.value.trim() };
    if (!isMap(node)) {
      this.wrong(name, node, what);
      return { en: '' };
    }
    const result: Record<string, string> = {};
    for (const pair of node.items) {
      const language = String(isScalar(pair.key) ? pair.key.value : pair.key);
      const value = isScalar(pair.value) ? pair.value.value : undefined;
      if (!languages.includes(language)) {
        this.report(
          this.lineOf(pair.key as Node),
          either(languages),
          `“${language}”`,
          `Use the language's code.${didYouMean(language, languages)}`,
        );
      } else if (typeof value !== 'string' || value.trim() === '') {
        this.report(
          this.lineOf(pair.key as Node),
          what,
          describeNode(pair.value as Node),
          'Write the text, in quotes when it contains “: ”.',
        );
      } else {
        result[language] = value.trim();
      }
    }
    if (result.en === undefined)
      this.report(
        this.lineOf(node),
        `${name} in English (en)`,
        'none',
        'English is what other languages fall back to: add `en: …`.',
      );
    return { ...result, en: result.en ?? '' };
  }

  private wrong(name: string, node: Node | undefined, expected: string): void {
    if (this.map === null) return;
    if (node === undefined) this.report(1, `${name}: ${expected}`, 'no such field', `Add \`${name}:\`.`);
    else this.report(this.lineOf(node), `${name}: ${expected}`, describeNode(node), 'Write it as expected.');
  }

  private lineOf(node: Node | undefined): number | undefined {
    return node?.range ? this.lines.linePos(node.range[0]).line : undefined;
  }
}

function describeNode(node: Node | null | undefined): string {
  if (node === null || node === undefined) return 'nothing';
  if (isScalar(node)) return node.value === null || node.value === '' ? 'nothing' : JSON.stringify(node.value);
  return isMap(node) ? 'a map' : 'a list';
}
