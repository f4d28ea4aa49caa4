/** A guess before the checks run, and afterwards beside what came. Guessing is offered, never asked for. */
import { useSignal } from '@preact/signals';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatMs } from '../session/format.ts';
import {
  declaredChecks,
  nearness,
  outcomeOf,
  type Prediction,
  readDuration,
  readPercent,
} from '../session/learning/prediction.ts';
import { checksTexts } from './texts.ts';

export function Predict() {
  const session = useSession();
  const { grading, subject } = session;
  const text = useText(checksTexts);
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
      <section class="lb-predict" aria-label={text.predict.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{text.predict.title}</th>
              <th scope="col">{text.predict.said}</th>
              <th scope="col">{text.predict.was}</th>
            </tr>
          </thead>
          <tbody>
            <Line name={text.predict.passed} said={prediction.passed} was={outcome?.passed} format={String} step={1} />
            <Line name={text.predict.p99} said={prediction.p99Ms} was={outcome?.p99Ms} format={formatMs} />
            <Line
              name={text.predict.errors}
              said={prediction.errorPercent}
              was={outcome?.errorPercent}
              format={(percent) => `${Math.round(percent * 10) / 10} %`}
              step={1}
            />
          </tbody>
        </table>
        <button
          type="button"
          class="lb-link"
          onClick={() => {
            grading.prediction.value = null;
          }}
        >
          {text.predict.again}
        </button>
      </section>
    );
  }
  const guess: Prediction = {
    passed: /^\s*\d+\s*$/.test(passed.value) ? Math.min(declared, Number(passed.value)) : null,
    p99Ms: readDuration(p99.value),
    errorPercent: readPercent(errors.value),
  };
  const hasGuess = guess.passed !== null || guess.p99Ms !== null || guess.errorPercent !== null;
  const field = (label: string, unit: string, value: typeof passed, isRead: boolean) => (
    <label>
      <span>{label}</span>
      <input
        value={value.value}
        inputMode="decimal"
        size={6}
        aria-invalid={value.value.trim() !== '' && !isRead}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
      <span class="lb-footnote">{unit}</span>
    </label>
  );
  return (
    <details class="lb-predict">
      <summary>{text.predict.offer}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!hasGuess) return;
          grading.prediction.value = guess;
          void session.check();
        }}
      >
        {field(text.predict.passed, text.predict.of(declared), passed, guess.passed !== null)}
        {field(text.predict.p99, text.predict.duration, p99, guess.p99Ms !== null)}
        {field(text.predict.errors, '%', errors, guess.errorPercent !== null)}
        <button type="submit" disabled={!hasGuess}>
          {text.predict.commit}
        </button>
      </form>
    </details>
  );
}

function Line(props: {
  readonly name: string;
  readonly said: number | null;
  readonly was: number | null | undefined;
  readonly format: (value: number) => string;
  readonly step?: number;
}) {
  const { name, said, was, format, step } = props;
  const text = useText(checksTexts);
  if (said === null) return null;
  const near = was == null ? null : nearness(said, was, step);
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{format(said)}</td>
      <td>
        {was == null ? '–' : format(was)}{' '}
        {near === null ? null : <span class={`lb-predict-${near}`}>{text.predict.near[near]}</span>}
      </td>
    </tr>
  );
}
