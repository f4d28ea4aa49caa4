/**
 * The catalog: sandboxes/ and exercises/ read as data. No code of theirs is ever imported from here.
 *
 * - types.ts        what the others know of a sandbox and an exercise
 * - catalog.ts      reads both folders; start here
 * - sandbox.ts, exercise.ts   one folder each, with friendly errors
 * - fields.ts, folder.ts, problem.ts   YAML with line numbers, text files, error sentences
 * - bundle.ts       esbuild for the lab's built-ins and npm packages
 * - assets.ts       writes what the browser fetches to public/_lab
 * - packages.ts, package-types.ts   which npm packages a sandbox needs, and their d.ts files for the editor
 * - integration.ts  ties assets.ts to `astro dev` and `astro build`
 */
export { type Catalog, readCatalog } from './catalog.ts';
export { CatalogError, type CatalogProblem } from './problem.ts';
export type { Design, Exercise, Localized, Sandbox } from './types.ts';
