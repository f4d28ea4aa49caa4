/** The project's files (WAI-ARIA tree): arrows move and unfold, Enter opens. */
import { useMemo, useRef, useState } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { Icon } from '../ui/Icon.tsx';
import { editorTexts } from './texts.ts';
import { treeOf, visibleNodes } from './tree.ts';

export function FileTree({ onOpen }: { readonly onOpen?: () => void }) {
  const { files, unapplied, problems } = useSession();
  const text = useText(editorTexts);
  const list = useRef<HTMLDivElement>(null);
  const tree = useMemo(() => treeOf(Object.keys(files.starter)), [files]);
  const [open, setOpen] = useState(() => foldersOf(files.active.value));
  const [focused, setFocused] = useState<string | null>(files.active.value);
  const rows = visibleNodes(tree, open);
  const active = files.active.value;
  const current = rows.some(({ node }) => node.path === focused) ? focused : rows[0]?.node.path;
  const changed = new Set(files.changed.value);
  const waiting = new Set(unapplied.value);
  const broken = new Set(problems.value.filter((each) => each.severity === 'error').map((each) => each.file));

  const openFile = (path: string) => {
    files.show(path);
    onOpen?.();
  };
  const fold = (path: string, isOpen: boolean) => {
    const next = new Set(open);
    if (isOpen) next.add(path);
    else next.delete(path);
    setOpen(next);
  };
  const focus = (path: string) => {
    setFocused(path);
    list.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`)?.focus();
  };
  const key = (event: KeyboardEvent) => {
    const index = rows.findIndex(({ node }) => node.path === current);
    const row = rows[index];
    if (row === undefined) return;
    const { node } = row;
    let next: string | undefined;
    if (event.key === 'ArrowDown') next = rows[index + 1]?.node.path;
    else if (event.key === 'ArrowUp') next = rows[index - 1]?.node.path;
    else if (event.key === 'Home') next = rows[0]?.node.path;
    else if (event.key === 'End') next = rows.at(-1)?.node.path;
    else if (event.key === 'ArrowRight' && node.kind === 'folder') {
      if (open.has(node.path)) next = rows[index + 1]?.node.path;
      else fold(node.path, true);
    } else if (event.key === 'ArrowLeft') {
      if (node.kind === 'folder' && open.has(node.path)) fold(node.path, false);
      else next = rows.slice(0, index).findLast((each) => each.level < row.level)?.node.path;
    } else if (event.key === 'Enter' || event.key === ' ') {
      if (node.kind === 'folder') fold(node.path, !open.has(node.path));
      else openFile(node.path);
    } else return;
    event.preventDefault();
    if (next !== undefined) focus(next);
  };

  return (
    <div ref={list} class="lb-tree" role="tree" aria-label={text.files} onKeyDown={key}>
      {rows.map(({ node, level }) => {
        const isFile = node.kind === 'file';
        const marks = isFile ? marksOf(node.path) : folderMarks(node.path);
        return (
          <div
            key={node.path}
            class={`lb-tree-row${node.path === active ? ' lb-active' : ''}`}
            style={{ paddingLeft: 8 + (level - 1) * 12 }}
            role="treeitem"
            tabIndex={node.path === current ? 0 : -1}
            data-path={node.path}
            aria-level={level}
            aria-selected={node.path === active}
            aria-expanded={isFile ? undefined : open.has(node.path)}
            onClick={() => {
              setFocused(node.path);
              if (isFile) openFile(node.path);
              else fold(node.path, !open.has(node.path));
            }}
            onKeyDown={undefined}
          >
            <span class={`lb-tree-icon${!isFile && open.has(node.path) ? ' lb-open' : ''}`}>
              {isFile ? null : <Icon name="chevron" size={12} />}
            </span>
            <span class="lb-tree-name">{node.name}</span>
            {marks.map((mark) => (
              <span key={mark.sign} class={`lb-file-mark ${mark.tone}`} title={mark.meaning}>
                <span aria-hidden="true">{mark.sign === 'lock' ? <Icon name="lock" size={11} /> : mark.sign}</span>
                <span class="lb-sr-only">, {mark.meaning}</span>
              </span>
            ))}
          </div>
        );
      })}
    </div>
  );

  function marksOf(path: string) {
    const marks: { sign: string; meaning: string; tone: string }[] = [];
    if (broken.has(path)) marks.push({ sign: '!', meaning: text.problem(1), tone: 'lb-bad' });
    if (waiting.has(path)) marks.push({ sign: '●', meaning: text.unapplied, tone: 'lb-warm' });
    if (changed.has(path)) marks.push({ sign: 'M', meaning: text.changed, tone: 'lb-accent' });
    if (!files.isEditable(path)) marks.push({ sign: 'lock', meaning: text.readOnly, tone: 'lb-quiet' });
    return marks;
  }

  function folderMarks(path: string) {
    if (open.has(path)) return [];
    const inside = (each: string | undefined) => each?.startsWith(`${path}/`) ?? false;
    if ([...broken].some(inside)) return [{ sign: '!', meaning: text.problem(1), tone: 'lb-bad' }];
    if ([...changed].some(inside)) return [{ sign: 'M', meaning: text.changed, tone: 'lb-accent' }];
    return [];
  }
}

function foldersOf(path: string | null): ReadonlySet<string> {
  const parts = path?.split('/').slice(0, -1) ?? [];
  return new Set(parts.map((_, index) => parts.slice(0, index + 1).join('/')));
}
