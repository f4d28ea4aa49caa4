/** Which npm packages the services of a project declare. */
import type { CatalogProblem } from './problem.ts';

/**
 * The union of `dependencies` in every package.json among the files, sorted by name. Two services that want two
 * versions of one package are refused: the lab ships one bundle a sandbox, with one version of each package.
 */
export function dependenciesIn(
  folders: readonly Readonly<Record<string, string>>[],
  at: (file: string) => string,
  problems: CatalogProblem[],
): Record<string, string> {
  const found = new Map<string, { version: string; file: string }>();
  for (const files of folders) {
    for (const [file, text] of Object.entries(files)) {
      if (file !== 'package.json' && !file.endsWith('/package.json')) continue;
      for (const [name, version] of Object.entries(parse(text, at(file), problems))) {
        const other = found.get(name);
        if (other === undefined) found.set(name, { version, file: at(file) });
        else if (other.version !== version) {
          problems.push({
            file: at(file),
            line: lineOf(text, `"${name}"`),
            expected: `${name} ${other.version}, as in ${other.file}`,
            found: version,
            next: 'Use one version of a package in all services of a sandbox.',
          });
        }
      }
    }
  }
  return Object.fromEntries(
    [...found].map(([name, { version }]) => [name, version] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function parse(text: string, file: string, problems: CatalogProblem[]): Record<string, string> {
  try {
    return (JSON.parse(text) as { dependencies?: Record<string, string> }).dependencies ?? {};
  } catch (error) {
    problems.push({ file, expected: 'JSON', found: (error as Error).message, next: 'Mend the syntax.' });
    return {};
  }
}

function lineOf(text: string, part: string): number {
  return text.slice(0, Math.max(0, text.indexOf(part))).split('\n').length;
}
