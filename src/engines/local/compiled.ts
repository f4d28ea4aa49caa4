/** TypeScript as JavaScript with its lines where they were, for Nodes that do not strip types. */
import { transform } from 'sucrase';

/** The text to be written to `path`; one with a syntax error as it is: Node then says where it is. */
export function compiled(path: string, text: string): string {
  if (!/\.[cm]?ts$/.test(path) || path.endsWith('.d.ts')) return text;
  try {
    return transform(text, {
      transforms: ['typescript'],
      disableESTransforms: true,
      preserveDynamicImport: true,
      // As Node, which strips types one file at a time.
      keepUnusedImports: true,
      filePath: path,
    }).code;
  } catch {
    return text;
  }
}
