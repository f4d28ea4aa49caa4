/** The little that is read out of an exercise's prose and checks without running them. */

/** The names of all `test('…')` calls, in file order. */
export function testNames(checks: string): string[] {
  const names: string[] = [];
  for (const match of checks.matchAll(/^[ \t]*(?:test|it)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gm)) {
    names.push(match[2]!.replace(/\\(['"`\\])/g, '$1'));
  }
  return names;
}

/** The first paragraph of MDX that is prose: no frontmatter, import, heading, tag or list. Inline marks are removed. */
export function firstParagraph(mdx: string): string {
  const body = mdx.replaceAll('\r\n', '\n').replace(/^---\n[\s\S]*?\n---\n/, '');
  const paragraph = body
    .split(/\n{2,}/)
    .find((part) => part.trim() !== '' && !/^\s*(import |export |#|<|\{|[-*] |\d+\. |:::|```|!\[)/.test(part));
  return (paragraph ?? '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
