/** Grading: run the checks, read the evidence, take a hint, compare with the solution, see earlier attempts. */
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatMs, formatTick } from '../session/format.ts';
import { Icon } from '../ui/Icon.tsx';
import { Attempts } from './Attempts.tsx';
import { CheckView } from './CheckView.tsx';
import { Hints } from './Hints.tsx';
import './checks.css';
import { Predict } from './Predict.tsx';
import { checksTexts } from './texts.ts';

export function ChecksPanel() {
  const session = useSession();
  const { grading, subject, files } = session;
  const text = useText(checksTexts);
  const verdict = grading.verdict.value;
  const progress = grading.progress.value;
  if (subject.exercise === null) return <p class="lb-empty">{text.none}</p>;
  const failed = verdict?.checks.filter((check) => !check.passed) ?? [];
  const firstFailed = failed[0];
  const isOld = verdict !== null && grading.gradedFiles.value !== files.files.value;
  return (
    <div class="lb-checks lb-panel lb-scroll">
      <div class="lb-checks-head" aria-live="polite">
        {progress !== null ? (
          <>
            <p class="lb-verdict">{text.running}</p>
            <progress max={1} value={progress} aria-label={text.running} />
          </>
        ) : grading.failure.value !== '' ? (
          <p class="lb-notice lb-notice-warm">{grading.failure.value}</p>
        ) : verdict === null ? (
          <p class="lb-verdict-note">{text.notYet}</p>
        ) : (
          <>
            <p class={`lb-verdict ${verdict.passed ? 'lb-ok' : 'lb-bad'}`}>
              <Icon name={verdict.passed ? 'check' : 'cross'} size={18} />
              {verdict.failure !== undefined
                ? text.couldNotRun
                : verdict.passed
                  ? text.passed
                  : text.failed(failed.length, verdict.checks.length)}
            </p>
            <p class="lb-verdict-note">
              {verdict.engine === undefined
                ? text.after(formatTick(verdict.virtualMs), formatMs(grading.tookMs.value), verdict.seeds.length)
                : text.by(verdict.engine)}
              {isOld ? ` · ${text.old}` : ''}
            </p>
          </>
        )}
        <span class="lb-checks-button">
          {progress === null ? (
            <button type="button" onClick={() => void session.check()}>
              <Icon name="check" size={14} />
              {text.run}
            </button>
          ) : (
            <button type="button" onClick={() => grading.abort()}>
              <Icon name="stop" size={14} />
              {text.stop}
            </button>
          )}
        </span>
      </div>
      <Predict />
      {verdict?.failure === undefined ? null : <Failure />}
      {verdict?.checks.map((check) => (
        <CheckView
          key={`${check.name}${check.seed}${verdict.traceHashes[0]}`}
          check={check}
          isOpen={check === firstFailed}
        />
      ))}
      <Hints />
      <Attempts />
    </div>
  );
}

function Failure() {
  const session = useSession();
  const text = useText(checksTexts);
  const failure = session.grading.verdict.value?.failure;
  if (failure === undefined) return null;
  const { message, hint, file, line } = failure;
  return (
    <div class="lb-check-error">
      <pre>{message}</pre>
      {hint === undefined ? null : <p>{hint}</p>}
      {file === undefined ? null : (
        <button type="button" class="lb-link" onClick={() => session.showPlace({ file, line: line ?? 1 })}>
          {text.open(file, line ?? 1)}
        </button>
      )}
    </div>
  );
}
