/** A text field with the file in it: for phones, and while or where Monaco is not there. */
import { useEffect, useRef } from 'preact/hooks';
import { useSession } from '../session/context.ts';
import { lineDiff } from './line-diff.ts';

export function PlainEditor({ label }: { readonly label: string }) {
  const { files } = useSession();
  const field = useRef<HTMLTextAreaElement>(null);
  const path = files.active.value;
  const place = files.reveal.value;
  const text = path === null ? '' : (files.files.value[path] ?? '');
  useEffect(() => {
    const element = field.current;
    if (element === null || place === null || place.file !== path) return;
    const offset =
      text
        .split('\n')
        .slice(0, place.line - 1)
        .join('\n').length + (place.line > 1 ? 1 : 0);
    element.focus();
    element.setSelectionRange(offset, offset);
    element.scrollTop = Math.max(0, (place.line - 4) * 20);
  }, [place, path]);
  if (path === null) return null;
  return (
    <textarea
      ref={field}
      key={path}
      class="lb-plain-editor"
      aria-label={label}
      value={text}
      readOnly={!files.isEditable(path)}
      spellcheck={false}
      autocapitalize="off"
      autocomplete="off"
      wrap="off"
      onInput={(event) => files.edit(path, event.currentTarget.value)}
    />
  );
}

export function PlainDiff({
  left,
  right,
  label,
}: {
  readonly left: string;
  readonly right: string;
  readonly label: string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be reachable by keyboard for that
    <section class="lb-plain-diff" aria-label={label} tabIndex={0}>
      {lineDiff(left, right).map((line, index) => (
        <span key={index} class={line.sign === ' ' ? '' : line.sign === '+' ? 'lb-added' : 'lb-removed'}>
          {`${line.sign} ${line.text}\n`}
        </span>
      ))}
    </section>
  );
}
