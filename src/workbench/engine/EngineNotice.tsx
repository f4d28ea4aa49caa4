/** Why the lab runs although the learner chose the container, and that it waits while that starts. */
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { engineTexts } from './texts.ts';

export function EngineNotice() {
  const session = useSession();
  const text = useText(engineTexts);
  const { engines, run, grading } = session;
  if (engines === null) return null;
  const trouble = engines.trouble.value;
  if (trouble === null) {
    const isStarting =
      engines.chosen.value === 'webcontainer' &&
      (run.status.value === 'booting' || (grading.progress.value === 0 && !run.isLive.value));
    return isStarting ? (
      <div class="lb-notice lb-engine-notice" role="status">
        <p>{text.starting}</p>
      </div>
    ) : null;
  }
  return (
    <div class="lb-notice lb-engine-notice" role="status">
      <p>
        <strong>{trouble.wasRunning ? text.lost : text.notStarted}</strong> {text.reasons[trouble.code]}
        {trouble.detail === '' ? null : <code>{trouble.detail.slice(0, 600)}</code>}
      </p>
      <div class="lb-engine-buttons">
        <button type="button" onClick={() => void session.useEngine('webcontainer')}>
          {text.again}
        </button>
        <button
          type="button"
          onClick={() => {
            engines.trouble.value = null;
          }}
        >
          {text.dismiss}
        </button>
      </div>
    </div>
  );
}
