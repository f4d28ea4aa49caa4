/** Earlier attempts: what each came to, with which files, and the way back to them. */
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import type { Attempt } from '../session/grading.ts';
import { Icon } from '../ui/Icon.tsx';
import { checksTexts } from './texts.ts';

export function Attempts() {
  const { grading } = useSession();
  const text = useText(checksTexts);
  const attempts = grading.attempts.value;
  if (attempts.length === 0) return null;
  return (
    <section class="lb-attempts">
      <h3 class="lb-label">{text.attempts}</h3>
      <ol>
        {attempts.map((attempt, index) => (
          <li key={attempt.at}>
            <details>
              <summary>
                <span class={attempt.passed ? 'lb-ok' : 'lb-bad'}>
                  <Icon name={attempt.passed ? 'check' : 'cross'} size={12} />
                  <span class="lb-sr-only">{attempt.passed ? text.check.passed : text.check.failed}</span>
                </span>
                <span class="lb-attempt-score">{text.attempt(attempt.checksPassed, attempt.checksTotal)}</span>
                <time dateTime={attempt.at} class="lb-time">
                  {new Date(attempt.at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
                </time>
                <span class="lb-attempt-note">
                  {[
                    attempt.engine === undefined ? '' : text.by(attempt.engine),
                    text.withHints(attempt.hintsShown),
                    attempt.sawSolution ? text.withSolution : '',
                  ]
                    .filter((each) => each !== '')
                    .join(' · ')}
                </span>
              </summary>
              <Body attempt={attempt} before={attempts[index + 1]} />
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Body({ attempt, before }: { readonly attempt: Attempt; readonly before: Attempt | undefined }) {
  const { files } = useSession();
  const text = useText(checksTexts);
  const { edits, checks } = attempt;
  const since = edits === undefined ? null : differing(edits, files.edits.value);
  const sinceBefore = edits === undefined || before?.edits === undefined ? null : differing(before.edits, edits);
  return (
    <div class="lb-attempt-body">
      {checks === undefined ? (
        <p>{attempt.failed.join(' · ')}</p>
      ) : (
        <ul>
          {checks.map((check) => (
            <li key={check.name} class={check.passed ? 'lb-ok' : 'lb-bad'}>
              {check.passed ? '✓' : '✕'} {check.name}
              {check.text === '' ? null : <span class="lb-footnote"> {check.text}</span>}
            </li>
          ))}
        </ul>
      )}
      {sinceBefore === null ? null : (
        <p class="lb-footnote">
          {sinceBefore.length === 0 ? text.sameAsBefore : text.changedBefore(sinceBefore.join(', '))}
        </p>
      )}
      {since === null ? null : since.length === 0 ? (
        <p class="lb-footnote">{text.sameAsNow}</p>
      ) : (
        <p class="lb-footnote">
          {text.changedSince(since.join(', '))}{' '}
          <button type="button" class="lb-link" onClick={() => files.replaceEdits(edits!)}>
            {text.bringBack}
          </button>
        </p>
      )}
    </div>
  );
}

function differing(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((path) => a[path] !== b[path]).sort();
}
