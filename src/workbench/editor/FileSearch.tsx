/** Search in files: what is found opens at its line; arrows go through it, Escape leads back to the tree. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { findInFiles, type Match } from './find.ts';
import { editorTexts } from './texts.ts';

export function FileSearch({ onClose, onOpen }: { readonly onClose: () => void; readonly onOpen?: () => void }) {
  const { files } = useSession();
  const text = useText(editorTexts);
  const [query, setQuery] = useState('');
  const [isCaseSensitive, setCaseSensitive] = useState(false);
  const [isRegExp, setRegExp] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const all = files.files.value;
  const result = useMemo(
    () => findInFiles(all, query, { isCaseSensitive, isRegExp }),
    [all, query, isCaseSensitive, isRegExp],
  );
  useEffect(() => field.current?.focus(), []);

  const open = ({ file, line, column }: Match) => {
    files.show({ file, line, column });
    onOpen?.();
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const rows = [...(list.current?.querySelectorAll('button') ?? [])];
      const at = rows.indexOf(document.activeElement as HTMLButtonElement);
      const next = event.key === 'ArrowDown' ? rows[at + 1] : rows[at - 1];
      if (next !== undefined) next.focus();
      else if (event.key === 'ArrowUp') field.current?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const summary = !result.ok
    ? text.badExpression(result.reason)
    : query === ''
      ? ''
      : result.isCut
        ? text.foundCut(result.matches.length)
        : text.found(result.matches.length, result.files);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the field and the list inside, which are interactive
    <div class="lb-find" onKeyDown={move}>
      <div class="lb-find-bar">
        <input
          ref={field}
          type="search"
          value={query}
          placeholder={text.findPlaceholder}
          aria-label={text.findInFiles}
          spellcheck={false}
          onInput={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && result.ok && result.matches[0] !== undefined) open(result.matches[0]);
          }}
        />
        <button
          type="button"
          aria-pressed={isCaseSensitive}
          title={text.matchCase}
          aria-label={text.matchCase}
          onClick={() => setCaseSensitive(!isCaseSensitive)}
        >
          Aa
        </button>
        <button
          type="button"
          aria-pressed={isRegExp}
          title={text.regExp}
          aria-label={text.regExp}
          onClick={() => setRegExp(!isRegExp)}
        >
          .*
        </button>
      </div>
      <p class={result.ok ? 'lb-find-summary' : 'lb-find-summary lb-bad'} role="status">
        {summary}
      </p>
      <ul ref={list} class="lb-find-list" aria-label={text.findInFiles}>
        {result.ok
          ? result.matches.map((match, index) => (
              <li key={`${match.file}:${match.line}:${match.column}`}>
                {match.file === result.matches[index - 1]?.file ? null : <p class="lb-find-file">{match.file}</p>}
                <button type="button" onClick={() => open(match)}>
                  <span class="lb-find-line">{match.line}</span>
                  <span class="lb-find-text">
                    {match.before}
                    <mark>{match.found}</mark>
                    {match.after}
                  </span>
                </button>
              </li>
            ))
          : null}
      </ul>
    </div>
  );
}
