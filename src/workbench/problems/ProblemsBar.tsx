/** Why it does not run, where, and what to do: under the run's controls, so that it is seen whatever panel is open. */
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { Icon } from '../ui/Icon.tsx';
import { problemsTexts } from './texts.ts';

const SHOWN = 3;

export function ProblemsBar() {
  const session = useSession();
  const { run } = session;
  const text = useText(problemsTexts);
  const problems = run.problems.value;
  const status = run.status.value;
  const reason = run.endReason.value;
  if (problems.length === 0 && status !== 'ended') return null;
  // The reason is most often a problem with a place, which is then said there.
  const isSaidBelow = problems.some((problem) => problem.message === reason);
  const title = status === 'ended' ? text.ended : status === 'idle' ? text.couldNotStart : text.found;
  return (
    <div class="lb-problems" role="alert">
      <Icon name="warn" />
      <div class="lb-problems-body">
        <p>
          <strong>{title}</strong> {status === 'ended' && !isSaidBelow ? reason : ''}
        </p>
        {problems.length === 0 ? null : (
          <ul>
            {problems.slice(0, SHOWN).map((problem) => (
              <li key={`${problem.file}${problem.line}${problem.message}`}>
                {problem.file === undefined ? null : (
                  <button
                    type="button"
                    class="lb-link"
                    onClick={() =>
                      session.showPlace({ file: problem.file!, line: problem.line ?? 1, column: problem.column })
                    }
                  >
                    {problem.file}
                    {problem.line === undefined ? '' : `:${problem.line}`}
                  </button>
                )}{' '}
                <span class="lb-problem-text">{problem.message}</span>
                {problem.hint === undefined ? null : <span class="lb-problem-hint"> {problem.hint}</span>}
              </li>
            ))}
            {problems.length > SHOWN ? <li>{text.more(problems.length - SHOWN)}</li> : null}
          </ul>
        )}
      </div>
      <button
        type="button"
        class="lb-icon-button"
        aria-label={text.dismiss}
        onClick={() => {
          run.problems.value = [];
          if (status === 'ended') run.stop();
        }}
      >
        <Icon name="close" size={12} />
      </button>
    </div>
  );
}
