/** What will come of it: entered, or drawn on the chart, before one breaks something; then beside what came. */
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatClock, formatMs } from '../session/format.ts';
import { worstSince } from '../session/learning/guess.ts';
import { formatPercent, PredictionField, PredictionTable, predictionTexts } from '../ui/Prediction.tsx';
import { faultsTexts } from './texts.ts';

export function PredictRun() {
  const { run, guesses } = useSession();
  const text = useText(faultsTexts);
  const words = useText(predictionTexts);
  // Read, so that what came follows the run.
  void run.version.value;
  const { world } = run;
  const committed = guesses.committed.value;
  if (committed !== null) {
    const { p99Ms, errorPercent, sinceMs } = committed;
    const was = worstSince(world.outside.seconds, sinceMs);
    return (
      <PredictionTable
        lines={[
          { name: words.p99, said: p99Ms, was: was.p99Ms, format: formatMs },
          { name: words.errors, said: errorPercent, was: was.errorPercent, format: formatPercent, step: 1 },
        ]}
        note={text.predictedSince(formatClock(sinceMs))}
        onAgain={() => guesses.clear()}
      />
    );
  }
  const draft = guesses.draft.value;
  return (
    <details
      class="lb-predict"
      open={guesses.isDrafting.value}
      onToggle={(event) => {
        guesses.isDrafting.value = event.currentTarget.open;
      }}
    >
      <summary>{text.predict}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          guesses.commit(run.record.endMs);
        }}
      >
        <PredictionField label={words.p99} unit={words.duration} value={guesses.p99} isRead={draft.p99Ms !== null} />
        <PredictionField label={words.errors} unit="%" value={guesses.errors} isRead={draft.errorPercent !== null} />
        <button type="submit" disabled={draft.p99Ms === null && draft.errorPercent === null}>
          {text.commit}
        </button>
      </form>
      <p class="lb-footnote">{text.predictHow}</p>
    </details>
  );
}
