/** From when the facts are, or why there are none. */
import { useText } from '../i18n/dictionary.ts';
import { useRun } from '../session/context.ts';
import { formatClock } from '../session/format.ts';
import { isUp, type Replica } from '../session/replicas.ts';
import { storesTexts } from './texts.ts';
import type { Watched } from './useWatch.ts';

/** A question that is not answered after so many virtual ms is worth a word. */
const SILENT_MS = 3000;

export function State({
  watched,
  replica,
}: {
  readonly watched: Watched<unknown>;
  readonly replica: Replica | undefined;
}) {
  const run = useRun();
  const text = useText(storesTexts);
  const { shown, error } = watched;
  const { nowMs } = run.world;
  const isPast = run.past.atMs.value !== null;
  const since = shown === null ? nowMs - (replica?.startedMs ?? nowMs) : nowMs - shown.atMs;
  const [tone, words] =
    replica !== undefined && !isUp(replica.state) && replica.state !== 'starting' && replica.state !== 'paused'
      ? ['lb-bad', text.down]
      : error !== '' && !isPast
        ? ['lb-bad', text.noAnswer(error)]
        : isPast
          ? ['lb-quiet', shown === null ? text.pastUnknown : text.past]
          : run.status.value === 'paused' && shown === null
            ? ['lb-quiet', text.clockStands]
            : since > SILENT_MS && run.status.value === 'playing'
              ? ['lb-warm', text.silent]
              : ['lb-quiet', shown === null ? text.asking : ''];
  return (
    <p class={`lb-store-state ${tone}`}>
      {words}
      {shown === null ? null : <span class="lb-time">{text.asOf(formatClock(shown.atMs))}</span>}
    </p>
  );
}
