/** A guess before the checks run, and afterwards beside what came. Guessing is offered, never asked for. */
import { useSignal } from '@preact/signals';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatMs } from '../session/format.ts';
import {
  declaredChecks,
  outcomeOf,
  type Prediction,
  readDuration,
  readPercent,
} from '../session/learning/prediction.ts';
import { formatPercent, PredictionField, PredictionTable, predictionTexts } from '../ui/Prediction.tsx';
import { checksTexts } from './texts.ts';

export function Predict() {
  const session = useSession();
  const { grading, subject } = session;
  const text = useText(checksTexts).predict;
  const words = useText(predictionTexts);
  const prediction = grading.prediction.value;
  const verdict = grading.verdict.value;
  const passed = useSignal('');
  const p99 = useSignal('');
  const errors = useSignal('');
  if (grading.progress.value !== null && prediction === null) return null;
  const declared = declaredChecks(subject.exercise?.checks ?? '');

  if (prediction !== null) {
    const outcome = verdict === null || verdict.failure !== undefined ? null : outcomeOf(verdict);
    return (
      <PredictionTable
        lines={[
          { name: text.passed, said: prediction.passed, was: outcome?.passed, format: String, step: 1 },
          { name: words.p99, said: prediction.p99Ms, was: outcome?.p99Ms, format: formatMs },
          {
            name: words.errors,
            said: prediction.errorPercent,
            was: outcome?.errorPercent,
            format: formatPercent,
            step: 1,
          },
        ]}
        onAgain={() => {
          grading.prediction.value = null;
        }}
      />
    );
  }
  const guess: Prediction = {
    passed: /^\s*\d+\s*$/.test(passed.value) ? Math.min(declared, Number(passed.value)) : null,
    p99Ms: readDuration(p99.value),
    errorPercent: readPercent(errors.value),
  };
  const hasGuess = guess.passed !== null || guess.p99Ms !== null || guess.errorPercent !== null;
  return (
    <details class="lb-predict">
      <summary>{text.offer}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!hasGuess) return;
          grading.prediction.value = guess;
          void session.check();
        }}
      >
        <PredictionField label={text.passed} unit={text.of(declared)} value={passed} isRead={guess.passed !== null} />
        <PredictionField label={words.p99} unit={words.duration} value={p99} isRead={guess.p99Ms !== null} />
        <PredictionField label={words.errors} unit="%" value={errors} isRead={guess.errorPercent !== null} />
        <button type="submit" disabled={!hasGuess}>
          {text.commit}
        </button>
      </form>
    </details>
  );
}
