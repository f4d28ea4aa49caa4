/**
 * Monaco's TypeScript carries every lib.*.d.ts, the browser's DOM three times over: 2.5 MB of strings that each open
 * editor holds and no service can use. The build keeps what `lib: ["esnext"]` reaches (src/workbench/editor/monaco.ts).
 */
import type { Plugin } from 'vite';

type LibFiles = Readonly<Record<string, string>>;

const module = /\/languages\/features\/typescript\/lib\/lib\.js$/;

export function editorLibs(): Plugin {
  return {
    name: 'loadbearing:editor-libs',
    async load(id) {
      const path = id.split('?')[0]!;
      if (!module.test(path)) return null;
      const { libFileMap } = (await import(path)) as { libFileMap: LibFiles };
      return `export const libFileMap = ${JSON.stringify(reachedFrom('lib.esnext.d.ts', libFileMap))};`;
    },
  };
}

/** The file and all that it refers to by `/// <reference lib>`, comments of licences left as they are. Throws when one is missing. */
export function reachedFrom(name: string, files: LibFiles): LibFiles {
  const reached: Record<string, string> = {};
  const visit = (name: string) => {
    if (reached[name] !== undefined) return;
    const text = files[name];
    if (text === undefined) throw new Error(`Monaco's TypeScript has no ${name}: see its lib/lib.js and this file.`);
    reached[name] = text;
    for (const [, lib] of text.matchAll(/\/\/\/ <reference lib="([^"]+)"/g)) visit(`lib.${lib}.d.ts`);
  };
  visit(name);
  return reached;
}
