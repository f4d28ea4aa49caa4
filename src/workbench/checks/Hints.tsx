/** Hints one at a time, each more concrete than the one before; after them, the solution beside one's own files. */
import { useContext } from 'preact/hooks';
import { LanguageContext, useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { inlineCode } from '../ui/inline-code.tsx';
import { checksTexts } from './texts.ts';

export function Hints() {
  const session = useSession();
  const { grading, subject } = session;
  const text = useText(checksTexts);
  const language = useContext(LanguageContext);
  const hints = subject.exercise?.hints ?? [];
  const shown = Math.min(grading.hintsShown.value, hints.length);
  const hasSolution = Object.keys(subject.exercise?.solution ?? {}).length > 0;
  return (
    <section class="lb-hints">
      <h3 class="lb-label">{text.hints}</h3>
      {shown === 0 ? null : (
        <ol>
          {hints.slice(0, shown).map((hint, index) => (
            <li key={index}>{inlineCode(hint[language] ?? hint.en)}</li>
          ))}
        </ol>
      )}
      <div class="lb-hint-buttons">
        {shown < hints.length ? (
          <button type="button" onClick={() => grading.showHint(shown + 1)}>
            {text.nextHint(shown + 1, hints.length)}
          </button>
        ) : null}
        {hasSolution ? (
          <button type="button" title={text.solutionWhy} onClick={() => session.showSolution()}>
            {text.solution}
          </button>
        ) : null}
      </div>
    </section>
  );
}
