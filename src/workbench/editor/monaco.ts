/**
 * Monaco with the languages of a small TypeScript project, and nothing that asks the network. Imported lazily: it is
 * larger than everything else on the page together.
 */
import * as monaco from 'monaco-editor/editor/editor.api.js';
// All of them: TypeScript's part of Monaco imports every feature later anyway, and one that comes after the first editor
// was made finds its services missing.
import 'monaco-editor/features/register.all.js';
import 'monaco-editor/languages/definitions/dockerfile/register.js';
import 'monaco-editor/languages/definitions/markdown/register.js';
import 'monaco-editor/languages/definitions/pgsql/register.js';
import 'monaco-editor/languages/definitions/typescript/register.js';
import 'monaco-editor/languages/definitions/yaml/register.js';
import { typescriptDefaults } from 'monaco-editor/languages/features/typescript/register.js';
import type { Files } from '../session/project.ts';

export { monaco };

(self as { MonacoEnvironment?: unknown }).MonacoEnvironment = {
  getWorker(_id: string, label: string): Worker {
    // The same addresses as inside Monaco, or the bundler would build the 7 MB of TypeScript twice.
    return label === 'typescript'
      ? new Worker(new URL('monaco-editor/languages/features/typescript/ts.worker.js', import.meta.url), {
          type: 'module',
        })
      : new Worker(new URL('monaco-editor/editor/editor.worker.js', import.meta.url), { type: 'module' });
  },
};

// What the services' own tsconfig says, as far as the editor's checks depend on it: Node runs the files as they are.
typescriptDefaults.setCompilerOptions({
  target: 99,
  module: 99,
  // "Bundler" reads the packages' `exports`; Monaco's enum stops at Node10.
  moduleResolution: 100 as number as 2,
  lib: ['esnext'],
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  allowNonTsExtensions: true,
  resolveJsonModule: true,
  esModuleInterop: true,
  skipLibCheck: true,
  isolatedModules: true,
});
typescriptDefaults.setDiagnosticsOptions({ noSemanticValidation: false, noSyntaxValidation: false });
typescriptDefaults.setEagerModelSync(true);

// Colours only: Monaco's JSON brings a worker and schemas for what is here a package.json of ten lines.
monaco.languages.register({ id: 'json', extensions: ['.json'] });
monaco.languages.setMonarchTokensProvider('json', {
  tokenizer: {
    root: [
      [/"(?:[^"\\]|\\.)*"(?=\s*:)/, 'type'],
      [/"(?:[^"\\]|\\.)*"/, 'string'],
      [/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/, 'number'],
      [/\b(?:true|false|null)\b/, 'keyword'],
      [/[{}[\],:]/, 'delimiter'],
    ],
  },
});

let typesOf = '';

/** Makes the packages' types known. One set at a time: a page opens one sandbox. */
export function setTypes(id: string, types: Files): void {
  if (typesOf === id) return;
  typesOf = id;
  typescriptDefaults.setExtraLibs(
    Object.entries(types).map(([path, content]) => ({ content, filePath: `file:///${path}` })),
  );
}

export function languageOfPath(path: string): string {
  const name = path.split('/').at(-1) ?? path;
  if (name === 'Dockerfile') return 'dockerfile';
  const ending = name.split('.').at(-1) ?? '';
  const languages: Readonly<Record<string, string>> = {
    ts: 'typescript',
    // Monaco's JavaScript would start a second worker with a TypeScript of its own, some 80 MB; the first reads both.
    js: 'typescript',
    mjs: 'typescript',
    json: 'json',
    sql: 'pgsql',
    yaml: 'yaml',
    yml: 'yaml',
    md: 'markdown',
  };
  return languages[ending] ?? 'plaintext';
}

/** Colours from the page's tokens; called again when the theme changes. */
export function applyTheme(element: Element, base: 'light' | 'dark'): void {
  const style = getComputedStyle(element);
  const colour = (name: string) => hex(style.getPropertyValue(name).trim());
  const rule = (token: string, name: string, fontStyle?: string) => ({
    token,
    foreground: colour(name).slice(1, 7),
    ...(fontStyle === undefined ? {} : { fontStyle }),
  });
  monaco.editor.defineTheme('loadbearing', {
    base: base === 'dark' ? 'vs-dark' : 'vs',
    inherit: false,
    rules: [
      rule('', '--wb-ink'),
      rule('comment', '--wb-ink-3', 'italic'),
      rule('keyword', '--wb-accent'),
      rule('string', '--wb-calm-text'),
      rule('number', '--wb-warm-text'),
      rule('regexp', '--wb-warm-text'),
      rule('type', '--wb-id-1'),
      rule('delimiter', '--wb-ink-2'),
      rule('tag', '--wb-accent'),
    ],
    colors: {
      'editor.background': colour('--wb-surface'),
      'editor.foreground': colour('--wb-ink'),
      'editorLineNumber.foreground': colour('--wb-ink-3'),
      'editorLineNumber.activeForeground': colour('--wb-ink'),
      'editorCursor.foreground': colour('--wb-ink'),
      'editor.lineHighlightBackground': colour('--wb-paper'),
      'editor.lineHighlightBorder': '#00000000',
      'editor.selectionBackground': `${colour('--wb-accent').slice(0, 7)}33`,
      'editor.inactiveSelectionBackground': `${colour('--wb-accent').slice(0, 7)}1f`,
      'editorIndentGuide.background1': colour('--wb-line'),
      'editorWidget.background': colour('--wb-paper'),
      'editorWidget.foreground': colour('--wb-ink'),
      'editorWidget.border': colour('--wb-line-2'),
      'editorSuggestWidget.background': colour('--wb-paper'),
      'editorSuggestWidget.foreground': colour('--wb-ink'),
      'editorSuggestWidget.selectedBackground': `${colour('--wb-accent').slice(0, 7)}33`,
      'editorSuggestWidget.selectedForeground': colour('--wb-ink'),
      'editorHoverWidget.background': colour('--wb-paper'),
      'editorHoverWidget.foreground': colour('--wb-ink'),
      'editorHoverWidget.border': colour('--wb-line-2'),
      'editorError.foreground': colour('--wb-red'),
      'editorWarning.foreground': colour('--wb-warm'),
      'diffEditor.insertedTextBackground': `${colour('--wb-calm').slice(0, 7)}2e`,
      'diffEditor.removedTextBackground': `${colour('--wb-hot').slice(0, 7)}2e`,
      'diffEditor.insertedLineBackground': `${colour('--wb-calm').slice(0, 7)}1f`,
      'diffEditor.removedLineBackground': `${colour('--wb-hot').slice(0, 7)}1f`,
      'scrollbarSlider.background': `${colour('--wb-line-2').slice(0, 7)}55`,
      'scrollbarSlider.hoverBackground': `${colour('--wb-line-2').slice(0, 7)}88`,
      'scrollbarSlider.activeBackground': `${colour('--wb-line-2').slice(0, 7)}aa`,
      'editorOverviewRuler.border': '#00000000',
      'editorBracketHighlight.foreground1': colour('--wb-ink-2'),
      'editorBracketHighlight.foreground2': colour('--wb-ink-2'),
      'editorBracketHighlight.foreground3': colour('--wb-ink-2'),
      focusBorder: colour('--wb-accent'),
      'input.background': colour('--wb-surface'),
      'input.foreground': colour('--wb-ink'),
      'input.border': colour('--wb-line-2'),
      'menu.background': colour('--wb-paper'),
      'menu.foreground': colour('--wb-ink'),
      'list.hoverBackground': colour('--wb-sunk'),
      'quickInput.background': colour('--wb-paper'),
      'quickInput.foreground': colour('--wb-ink'),
    },
  });
  monaco.editor.setTheme('loadbearing');
}

/** Monaco takes #rrggbb only; a token may be written in any way CSS knows. */
function hex(colour: string): string {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (context === null) return '#808080';
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0] = context.getImageData(0, 0, 1, 1).data;
  return `#${[r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
