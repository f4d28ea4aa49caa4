/** Files, tabs and the editor, with comparison against the starter and the solution. */
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { useSize } from '../ui/hooks.ts';
import { Icon } from '../ui/Icon.tsx';
import { CodeEditor, type EditorHandle } from './CodeEditor.tsx';
import { DiffView } from './DiffView.tsx';
import './find.css';
import { FileSearch } from './FileSearch.tsx';
import { FileTree } from './FileTree.tsx';
import type * as MonacoModule from './monaco.ts';
import { PlainDiff, PlainEditor } from './PlainEditor.tsx';
import { editorTexts } from './texts.ts';

export interface EditorPanelProps {
  /** d.ts files by path, for completion. */
  readonly loadTypes: () => Promise<Readonly<Record<string, string>>>;
}

/** Narrower than this, or on touch alone, a plain text field serves better than Monaco. */
const MONACO_MIN_PX = 420;

const loaded = signal<typeof MonacoModule | 'loading' | 'failed' | null>(null);

export function EditorPanel({ loadTypes }: EditorPanelProps) {
  const session = useSession();
  const { files, subject, comparing } = session;
  const text = useText(editorTexts);
  const [box, { width }] = useSize<HTMLDivElement>();
  const [isTreeOpen, setTreeOpen] = useState(false);
  const [isSearching, setSearching] = useState(false);
  const side = useRef<HTMLButtonElement>(null);
  const handle = useRef<EditorHandle | null>(null);
  const isPlain = width > 0 && (width < MONACO_MIN_PX || isTouchOnly());
  const hasTreeBeside = width >= 560;

  useEffect(() => {
    if (width === 0 || isPlain || loaded.value !== null) return;
    loaded.value = 'loading';
    import('./monaco.ts').then(
      (module) => {
        loaded.value = module;
        return loadTypes().then(
          (types) => module.setTypes(subject.sandboxId, types),
          // Without types the editor still edits; the services run just the same.
          () => {},
        );
      },
      () => {
        loaded.value = 'failed';
      },
    );
  }, [width > 0, isPlain]);

  const module = loaded.value;
  const path = files.active.value;
  const solution = subject.exercise?.solution ?? {};
  const label = path === null ? text.none : text.code(path);
  const isMonaco = !isPlain && module !== null && module !== 'loading' && module !== 'failed';
  const canFormat =
    isMonaco && path !== null && comparing.value === null && files.isEditable(path) && /\.[jt]s$/.test(path);
  const storageState = session.storage.state.value;
  const pair =
    comparing.value === null || path === null
      ? null
      : comparing.value === 'starter'
        ? { left: files.starter[path] ?? '', right: files.files.value[path] ?? '', note: text.diffStarter }
        : {
            left: files.files.value[path] ?? '',
            right: solution[path] ?? files.starter[path] ?? '',
            note: text.diffSolution,
          };

  const onOpen = hasTreeBeside ? undefined : () => setTreeOpen(false);
  const sideContent = (
    <>
      <div class="lb-editor-side-head">
        {isSearching ? text.findInFiles : text.files}
        <button
          ref={side}
          type="button"
          class="lb-icon-button"
          aria-pressed={isSearching}
          aria-label={text.findInFiles}
          title={text.findInFiles}
          onClick={() => setSearching(!isSearching)}
        >
          <Icon name="search" size={14} />
        </button>
      </div>
      {isSearching ? (
        <FileSearch
          {...(onOpen === undefined ? {} : { onOpen })}
          onClose={() => {
            setSearching(false);
            side.current?.focus();
          }}
        />
      ) : null}
      {/* Stays, so that its folders are open as they were. */}
      <div hidden={isSearching}>
        <FileTree {...(onOpen === undefined ? {} : { onOpen })} />
      </div>
    </>
  );

  return (
    <div ref={box} class={`lb-editor${hasTreeBeside ? '' : ' lb-editor-narrow'}`}>
      {hasTreeBeside ? <div class={`lb-editor-side${isSearching ? ' lb-finding' : ''}`}>{sideContent}</div> : null}
      <div class="lb-editor-main">
        <div class="lb-editor-bar">
          {hasTreeBeside ? null : (
            <button
              type="button"
              class="lb-icon-button"
              aria-expanded={isTreeOpen}
              aria-label={text.files}
              onClick={() => setTreeOpen(!isTreeOpen)}
            >
              <Icon name="list" />
            </button>
          )}
          <OpenFiles />
          <div class="lb-editor-tools">
            {files.undoable.value !== null ? (
              <button type="button" onClick={() => files.undoReset()}>
                <Icon name="undo" size={14} />
                {text.undoReset}
              </button>
            ) : null}
            {canFormat ? (
              <button type="button" title="Shift+Alt+F" onClick={() => handle.current?.format()}>
                {text.format}
              </button>
            ) : null}
            {path !== null && files.isChanged(path) ? (
              <>
                <button
                  type="button"
                  aria-pressed={comparing.value === 'starter'}
                  onClick={() => {
                    comparing.value = comparing.value === 'starter' ? null : 'starter';
                  }}
                >
                  <Icon name="diff" size={14} />
                  {text.withStarter}
                </button>
                <button type="button" onClick={() => files.resetFile(path)}>
                  {text.resetFile}
                </button>
              </>
            ) : null}
            {files.changed.value.length > 1 ? (
              <button type="button" onClick={() => files.resetAll()}>
                {text.resetAll}
              </button>
            ) : null}
          </div>
        </div>
        {hasTreeBeside || !isTreeOpen ? null : <div class="lb-editor-over">{sideContent}</div>}
        {storageState === 'ok' ? null : (
          <p class="lb-notice lb-notice-warm" role="status">
            <Icon name="warn" size={14} /> {storageState === 'full' ? text.full : text.blocked}
          </p>
        )}
        {pair === null ? null : (
          <div class="lb-notice lb-diff-note">
            <span>{pair.note}</span>
            {comparing.value === 'solution' ? <SolutionFiles /> : null}
            <button
              type="button"
              onClick={() => {
                comparing.value = null;
              }}
            >
              {text.backToCode}
            </button>
          </div>
        )}
        {path !== null && pair === null && !files.isEditable(path) ? (
          <p class="lb-notice">
            <Icon name="lock" size={12} /> {text.readOnlyWhy}
          </p>
        ) : null}
        {module === 'failed' ? <p class="lb-notice lb-notice-warm">{text.failed}</p> : null}
        <div class="lb-editor-body">
          {path === null ? (
            <p class="lb-empty">{text.none}</p>
          ) : isPlain || module === 'failed' ? (
            pair === null ? (
              <PlainEditor label={label} />
            ) : (
              <PlainDiff left={pair.left} right={pair.right} label={label} />
            )
          ) : module === null || module === 'loading' ? (
            // The text is there from the start, where the editor will put it.
            <pre class="lb-editor-waiting" aria-busy="true" title={text.loading}>
              {files.files.value[path]}
            </pre>
          ) : pair === null ? (
            <CodeEditor module={module} label={label} readOnlyMessage={text.readOnlyWhy} handle={handle} />
          ) : (
            <DiffView module={module} path={path} left={pair.left} right={pair.right} label={pair.note} />
          )}
        </div>
      </div>
    </div>
  );
}

function OpenFiles() {
  const { files, unapplied, comparing } = useSession();
  const text = useText(editorTexts);
  const waiting = unapplied.value;
  return (
    <ul class="lb-open-files" aria-label={text.openFiles}>
      {files.open.value.map((path) => {
        const name = shortName(path, files.open.value);
        return (
          <li key={path} class={path === files.active.value ? 'lb-active' : ''}>
            <button
              type="button"
              title={path}
              aria-current={path === files.active.value ? 'true' : undefined}
              onClick={() => files.show(path)}
            >
              {name}
              {waiting.includes(path) ? (
                <span class="lb-file-mark lb-warm" title={text.unapplied}>
                  ●
                </span>
              ) : files.isChanged(path) ? (
                <span class="lb-file-mark lb-accent" title={text.changed}>
                  M
                </span>
              ) : null}
            </button>
            <button
              type="button"
              class="lb-close"
              aria-label={text.close(name)}
              onClick={() => {
                comparing.value = null;
                files.close(path);
              }}
            >
              <Icon name="close" size={10} />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function SolutionFiles() {
  const { subject, files } = useSession();
  const text = useText(editorTexts);
  const paths = Object.keys(subject.exercise?.solution ?? {});
  return (
    <span class="lb-solution-files">
      {text.solutionFiles}{' '}
      {paths.map((path) => (
        <button key={path} type="button" class="lb-link" onClick={() => files.show(path)}>
          {path}
        </button>
      ))}
    </span>
  );
}

/** `main.ts` says nothing when four are open: the service's name goes before it. */
function shortName(path: string, open: readonly string[]): string {
  const parts = path.split('/');
  const name = parts.at(-1) ?? path;
  const isAlone = open.filter((each) => each.split('/').at(-1) === name).length === 1;
  return isAlone && parts.length < 2 ? name : `${parts[0]}/${name}`;
}

function isTouchOnly(): boolean {
  return matchMedia('(hover: none) and (pointer: coarse)').matches;
}
