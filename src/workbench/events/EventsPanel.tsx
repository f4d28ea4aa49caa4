/** The run as a list to read: the same facts as the picture, in order, newest first. */
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatClock, formatMs, formatRate, formatShare } from '../session/format.ts';
import type { Moment } from '../session/moments.ts';
import { faultTexts } from '../ui/fault-text.ts';
import { momentText, momentTexts } from '../ui/moment-text.ts';
import { eventsTexts } from './texts.ts';

/** More than anybody reads back; all of them are still on the time axis. */
const SHOWN = 300;

export function EventsPanel() {
  const session = useSession();
  const { run } = session;
  const text = useText(eventsTexts);
  const words = useText(momentTexts);
  const faults = useText(faultTexts);
  void run.version.value;
  const { world } = run;
  const moments = world.moments.list.slice(-SHOWN).reverse();
  const now = world.outside.summary();
  return (
    <div class="lb-events lb-panel">
      <p class="lb-event-now">
        <span class="lb-label">{text.figures}</span> {text.outside}:{' '}
        {now.seconds === 0 || now.ratePerSecond === 0
          ? text.none
          : text.state(formatRate(now.ratePerSecond), formatMs(now.p99Ms), formatShare(now.errorRate))}
      </p>
      {moments.length === 0 ? (
        <p class="lb-empty">{run.isLive.value ? text.empty : text.notRunning}</p>
      ) : (
        <ol class="lb-event-list" aria-label={text.label} reversed>
          {moments.map((moment) => (
            <li key={moment.seq} class={`lb-event${isBad(moment) ? ' lb-event-bad' : ''}`}>
              <button
                type="button"
                aria-pressed={run.past.atMs.value === moment.atMs}
                onClick={() => run.past.seek(moment.atMs)}
              >
                <time class="lb-time">{formatClock(moment.atMs)}</time>
                <span>{momentText(moment, words, faults)}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** Something broke, or does not get through. */
function isBad(moment: Moment): boolean {
  return moment.kind === 'fault' ? moment.on : moment.kind === 'failures' || moment.kind === 'lost';
}
