/** Monaco on the open file. Edits go to the session at once; resets and problems come back from it. */
import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useSession } from '../session/context.ts';
import type { WorkbenchSession } from '../session/session.ts';
import { useTheme } from '../ui/hooks.ts';
import type * as MonacoModule from './monaco.ts';

type Monaco = typeof MonacoModule;

export interface CodeEditorProps {
  readonly module: Monaco;
  readonly label: string;
  readonly readOnlyMessage: string;
  /** Filled while the editor is there. */
  readonly handle: { current: EditorHandle | null };
}

export interface EditorHandle {
  /** Lays the open file out as TypeScript does; one step for undo. */
  format(): void;
}

export function CodeEditor({ module, label, readOnlyMessage, handle }: CodeEditorProps) {
  const session = useSession();
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();

  useEffect(() => {
    if (box.current !== null) module.applyTheme(box.current, theme);
  }, [module, theme]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { monaco } = module;
    const models = new Models(module, session);
    const editor = monaco.editor.create(element, {
      ...commonOptions,
      theme: 'loadbearing',
      model: null,
      readOnlyMessage: { value: readOnlyMessage },
      ariaLabel: label,
    });
    handle.current = { format: () => void editor.getAction('editor.action.formatDocument')?.run() };
    editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS, () => void session.apply());
    const states = new Map<string, MonacoModule.monaco.editor.ICodeEditorViewState | null>();
    let shown: string | null = null;
    const stopShowing = effect(() => {
      const path = session.files.active.value;
      if (path !== shown) {
        if (shown !== null) states.set(shown, editor.saveViewState());
        editor.setModel(path === null ? null : models.get(path));
        if (path !== null) {
          editor.updateOptions({ readOnly: !session.files.isEditable(path) });
          const state = states.get(path);
          if (state) editor.restoreViewState(state);
        }
        shown = path;
      }
      const place = session.files.reveal.value;
      if (place === null || place.file !== path) return;
      editor.setPosition({ lineNumber: place.line, column: place.column ?? 1 });
      editor.revealLineInCenter(place.line);
      editor.focus();
    });
    // Definitions in another file of the project open as its tab.
    const opener = monaco.editor.registerEditorOpener({
      openCodeEditor(_source, resource, selection) {
        const path = models.pathOf(resource);
        if (path === null) return false;
        const at = selection && 'startLineNumber' in selection ? selection : null;
        session.files.show({
          file: path,
          line: at?.startLineNumber ?? selectionLine(selection),
          column: at?.startColumn ?? 1,
        });
        return true;
      },
    });
    return () => {
      handle.current = null;
      opener.dispose();
      stopShowing();
      editor.dispose();
      models.dispose();
    };
  }, [module, session]);

  return <div ref={box} class="lb-monaco" />;
}

export const commonOptions = {
  automaticLayout: true,
  minimap: { enabled: false },
  fontFamily: '"IBM Plex Mono", ui-monospace, Menlo, Consolas, monospace',
  fontSize: 13,
  lineHeight: 20,
  tabSize: 2,
  scrollBeyondLastLine: false,
  lineNumbersMinChars: 3,
  padding: { top: 8, bottom: 8 },
  renderLineHighlight: 'line',
  overviewRulerLanes: 2,
  stickyScroll: { enabled: false },
  fixedOverflowWidgets: true,
  scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, useShadows: false },
} as const satisfies MonacoModule.monaco.editor.IStandaloneEditorConstructionOptions;

function selectionLine(selection: unknown): number {
  return (selection as { lineNumber?: number } | undefined)?.lineNumber ?? 1;
}

/** All files as Monaco models, so that types and definitions work across them. */
class Models {
  private readonly module: Monaco;
  private readonly session: WorkbenchSession;
  private readonly folder: string;
  private readonly stops: (() => void)[] = [];
  private isSyncing = false;

  constructor(module: Monaco, session: WorkbenchSession) {
    this.module = module;
    this.session = session;
    this.folder = `/${session.subject.key.replace(':', '-')}/`;
    const { monaco } = module;
    for (const [path, text] of Object.entries(session.files.files.peek())) {
      const model = monaco.editor.createModel(text, module.languageOfPath(path), this.uri(path));
      const listening = model.onDidChangeContent(() => {
        if (!this.isSyncing) session.files.edit(path, model.getValue());
      });
      this.stops.push(() => {
        listening.dispose();
        model.dispose();
      });
    }
    this.stops.push(
      effect(() => {
        const files = session.files.files.value;
        for (const [path, text] of Object.entries(files)) this.sync(path, text);
      }),
      effect(() => {
        const problems = session.problems.value;
        for (const path of Object.keys(session.files.starter)) this.mark(path, problems);
      }),
    );
  }

  get(path: string): MonacoModule.monaco.editor.ITextModel | null {
    return this.module.monaco.editor.getModel(this.uri(path));
  }

  pathOf(uri: MonacoModule.monaco.Uri): string | null {
    if (!uri.path.startsWith(this.folder)) return null;
    const path = uri.path.slice(this.folder.length);
    return this.session.files.starter[path] === undefined ? null : path;
  }

  dispose(): void {
    for (const stop of this.stops.reverse()) stop();
  }

  private uri(path: string) {
    return this.module.monaco.Uri.parse(`file://${this.folder}${path}`);
  }

  private sync(path: string, text: string): void {
    const model = this.get(path);
    if (model === null || model.getValue() === text) return;
    this.isSyncing = true;
    // As an edit, so that the editor's own undo brings back what a reset took.
    model.pushEditOperations([], [{ range: model.getFullModelRange(), text }], () => null);
    this.isSyncing = false;
  }

  private mark(path: string, problems: WorkbenchSession['problems']['value']): void {
    const model = this.get(path);
    if (model === null) return;
    const { monaco } = this.module;
    const markers = problems
      .filter((problem) => problem.file === path)
      .map((problem) => {
        const line = Math.min(problem.line ?? 1, model.getLineCount());
        const word = model.getWordAtPosition({ lineNumber: line, column: problem.column ?? 1 });
        return {
          severity: problem.severity === 'error' ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
          message: problem.hint === undefined ? problem.message : `${problem.message}\n${problem.hint}`,
          startLineNumber: line,
          startColumn: word?.startColumn ?? model.getLineFirstNonWhitespaceColumn(line),
          endLineNumber: line,
          endColumn: word?.endColumn ?? model.getLineMaxColumn(line),
        };
      });
    monaco.editor.setModelMarkers(model, 'loadbearing', markers);
  }
}
