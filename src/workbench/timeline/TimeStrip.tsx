/** The run's time axis: fault windows shaded, a mark at each fault, exit and note; choosing one points all panels there. */
import { useText } from '../i18n/dictionary.ts';
import { linearScale, timeTicks } from '../plot/scale.ts';
import { merged } from '../plot/windows.ts';
import { useSession } from '../session/context.ts';
import { formatClock, formatTick } from '../session/format.ts';
import { isBookmark, type Moment } from '../session/moments.ts';
import { faultTexts } from '../ui/fault-text.ts';
import { useSize } from '../ui/hooks.ts';
import { momentText, momentTexts } from '../ui/moment-text.ts';
import { timelineTexts } from './texts.ts';

const HEIGHT = 28;
/** The axis begins with a minute and doubles when the run grows over it, so it seldom moves. */
const FIRST_SPAN_MS = 60_000;
/** Marks nearer than this stand for each other. */
const APART_PX = 6;

export function TimeStrip() {
  const session = useSession();
  const { run } = session;
  const text = useText(timelineTexts);
  const faults = useText(faultTexts);
  const words = useText(momentTexts);
  const [box, { width }] = useSize<HTMLDivElement>();
  void run.version.value;
  const nowMs = run.nowMs.value;
  let span = FIRST_SPAN_MS;
  while (span < nowMs) span *= 2;
  const x = linearScale(0, span, 8, Math.max(9, width - 8), 6);
  const { world } = run;
  const marks: Moment[] = [];
  for (const moment of world.moments.list) {
    if (!isBookmark(moment)) continue;
    const last = marks.at(-1);
    if (last === undefined || x.at(moment.atMs) - x.at(last.atMs) >= APART_PX) marks.push(moment);
  }
  const cursor = session.cursorMs.value;
  return (
    <div ref={box} class="lb-strip" style={{ height: HEIGHT }}>
      {width > 0 ? (
        // biome-ignore lint/a11y/useSemanticElements: an <svg> cannot be a <fieldset>
        <svg width={width} height={HEIGHT} role="group" aria-label={text.bookmarks}>
          {timeTicks(0, span, width / 90).map((tick) => (
            <g key={tick} class="lb-plot-grid">
              <line x1={x.at(tick)} x2={x.at(tick)} y1="0" y2="5" />
              <text x={x.at(tick)} y={HEIGHT - 4} text-anchor={tick === 0 ? 'start' : tick === span ? 'end' : 'middle'}>
                {formatTick(tick)}
              </text>
            </g>
          ))}
          {merged(world.faults.windows, nowMs).map(([from, to]) => (
            <rect
              key={from}
              class="lb-strip-fault"
              x={x.at(from)}
              y="0"
              width={Math.max(2, x.at(to) - x.at(from))}
              height="9"
            />
          ))}
          <rect class="lb-strip-done" x={x.at(0)} y="9" width={Math.max(0, x.at(nowMs) - x.at(0))} height="3" />
          {marks.map((moment) => {
            const label = `${formatClock(moment.atMs)} ${momentText(moment, words, faults)}`;
            const at = x.at(moment.atMs);
            const choose = () => {
              session.cursorMs.value = cursor === moment.atMs ? null : moment.atMs;
            };
            return (
              // biome-ignore lint/a11y/useSemanticElements: an SVG group cannot be a <button>
              <g
                key={moment.seq}
                class={`lb-bookmark lb-bookmark-${moment.kind}`}
                role="button"
                tabindex={0}
                aria-label={label}
                aria-pressed={cursor === moment.atMs}
                onClick={choose}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter' && event.key !== ' ') return;
                  event.preventDefault();
                  choose();
                }}
              >
                <title>{label}</title>
                <rect class="lb-bookmark-hit" x={at - 5} y="0" width="10" height="16" />
                <path d={`M${at} 3v11M${at} 3h5l-1.5 2l1.5 2h-5`} />
              </g>
            );
          })}
          {cursor === null ? null : <line class="lb-cursor" x1={x.at(cursor)} x2={x.at(cursor)} y1="0" y2="16" />}
        </svg>
      ) : null}
    </div>
  );
}
