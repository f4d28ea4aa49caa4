/** Two versions of a file side by side, both to read only: comparing never changes what the learner has. */
import { useEffect, useRef } from 'preact/hooks';
import { useTheme } from '../ui/hooks.ts';
import { commonOptions } from './CodeEditor.tsx';
import type * as MonacoModule from './monaco.ts';

export interface DiffViewProps {
  readonly module: typeof MonacoModule;
  readonly path: string;
  readonly left: string;
  readonly right: string;
  readonly label: string;
}

export function DiffView({ module, path, left, right, label }: DiffViewProps) {
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(() => {
    if (box.current !== null) module.applyTheme(box.current, theme);
  }, [module, theme]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { monaco } = module;
    const language = module.languageOfPath(path);
    const original = monaco.editor.createModel(left, language);
    const modified = monaco.editor.createModel(right, language);
    const editor = monaco.editor.createDiffEditor(element, {
      ...commonOptions,
      readOnly: true,
      originalEditable: false,
      theme: 'loadbearing',
      renderSideBySide: true,
      useInlineViewWhenSpaceIsLimited: true,
      hideUnchangedRegions: { enabled: true, contextLineCount: 4, minimumLineCount: 6 },
      originalAriaLabel: label,
      modifiedAriaLabel: label,
    });
    editor.setModel({ original, modified });
    return () => {
      editor.dispose();
      original.dispose();
      modified.dispose();
    };
  }, [module, path, left, right]);
  return <div ref={box} class="lb-monaco" />;
}
