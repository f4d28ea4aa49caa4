/**
 * The run's time axis: fault windows shaded, a mark at each fault, exit, note and failed check. Drag or arrow keys show
 * any moment of it, and all panels follow.
 */
import { useRef } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { linearScale, timeTicks } from '../plot/scale.ts';
import { merged } from '../plot/windows.ts';
import { useSession } from '../session/context.ts';
import { formatClock, formatTick } from '../session/format.ts';
import { faultTexts } from '../ui/fault-text.ts';
import { useSize } from '../ui/hooks.ts';
import { momentText, momentTexts } from '../ui/moment-text.ts';
import './timeline.css';
import { apart, type Bookmark, bookmarksOf, nextBookmark } from './bookmarks.ts';
import { timelineTexts } from './texts.ts';

const HEIGHT = 32;
/** The axis begins with a minute and doubles when the run grows over it, so it seldom moves. */
const FIRST_SPAN_MS = 60_000;
/** Marks nearer than this stand for each other. */
const APART_PX = 6;
/** What an arrow key moves by, virtual ms; ten times that with Shift. */
const ARROW_MS = 100;
const PAGE_MS = 10_000;

export function TimeStrip() {
  const session = useSession();
  const { run } = session;
  const { past } = run;
  const text = useText(timelineTexts);
  const faults = useText(faultTexts);
  const words = useText(momentTexts);
  const [box, { width }] = useSize<HTMLDivElement>();
  const slider = useRef<HTMLDivElement>(null);
  const wanted = useRef<number | null>(null);
  void run.version.value;
  const recording = past.recording.value;
  const { record } = past;
  const { startMs, endMs, world } = record;
  const pastMs = past.atMs.value;
  const atMs = pastMs ?? endMs;
  let span = FIRST_SPAN_MS;
  while (span < endMs) span *= 2;
  const x = linearScale(0, span, 8, Math.max(9, width - 8), 6);
  const bookmarks = bookmarksOf(world.moments.list, recording?.marks ?? past.marks.value);
  const cursor = session.cursorMs.value;
  const hasTime = endMs > 0;

  const seek = (ms: number) => {
    if (!hasTime) return;
    // At most one a frame: a drag tells more moments than can be drawn.
    if (wanted.current === null) {
      requestAnimationFrame(() => {
        const goal = wanted.current;
        wanted.current = null;
        if (goal !== null) past.seek(Math.max(startMs, Math.min(endMs, goal)));
      });
    }
    wanted.current = ms;
  };
  const onPointer = (event: PointerEvent) => {
    if (event.type === 'pointerdown') {
      if (event.button !== 0) return;
      slider.current?.setPointerCapture(event.pointerId);
    } else if (!slider.current?.hasPointerCapture(event.pointerId)) return;
    seek(x.value(event.clientX - slider.current!.getBoundingClientRect().left));
  };
  const onKey = (event: KeyboardEvent) => {
    if (!hasTime || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.shiftKey ? 10 * ARROW_MS : ARROW_MS;
    const toBookmark = (direction: 1 | -1) => {
      const next = nextBookmark(bookmarks, atMs, direction);
      if (next !== null) past.seek(next.atMs);
    };
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => past.seek(atMs - by),
      ArrowDown: () => past.seek(atMs - by),
      ArrowRight: () => past.seek(atMs + by),
      ArrowUp: () => past.seek(atMs + by),
      PageDown: () => past.seek(atMs - PAGE_MS),
      PageUp: () => past.seek(atMs + PAGE_MS),
      Home: () => past.seek(startMs),
      End: () => (recording === null ? past.leave() : past.seek(endMs)),
      Escape: () => past.leave(),
      ',': () => past.step('event', -1),
      '.': () => past.step('event', 1),
      '[': () => toBookmark(-1),
      ']': () => toBookmark(1),
      b: () => past.toggleMark(),
      ' ': () => (past.isPlaying.value ? past.pause() : past.play()),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  const labelOf = (bookmark: Bookmark) => {
    const what =
      'moment' in bookmark
        ? momentText(bookmark.moment, words, faults)
        : bookmark.kind === 'own'
          ? text.ownMark
          : text.failedCheck(bookmark.mark.text);
    return `${formatClock(bookmark.atMs)} ${what}`;
  };

  return (
    <div ref={box} class={`lb-strip${pastMs === null ? '' : ' lb-strip-past'}`} style={{ height: HEIGHT }}>
      <div
        ref={slider}
        class="lb-strip-slider"
        role="slider"
        tabIndex={hasTime ? 0 : -1}
        aria-label={text.scrub}
        aria-disabled={!hasTime}
        aria-valuemin={Math.floor(startMs)}
        aria-valuemax={Math.ceil(endMs)}
        aria-valuenow={Math.round(atMs)}
        aria-valuetext={`${formatClock(atMs)}, ${pastMs === null ? text.now : text.pastOf(formatClock(endMs))}`}
        aria-keyshortcuts="ArrowLeft ArrowRight Home End , . [ ] b Escape"
        onPointerDown={onPointer}
        onPointerMove={onPointer}
        onKeyDown={onKey}
      />
      {width > 0 ? (
        // biome-ignore lint/a11y/useSemanticElements: an <svg> cannot be a <fieldset>
        <svg width={width} height={HEIGHT} role="group" aria-label={text.bookmarks}>
          {timeTicks(0, span, width / 90).map((tick) => (
            <g key={tick} class="lb-plot-grid">
              <line x1={x.at(tick)} x2={x.at(tick)} y1="12" y2="18" />
              <text x={x.at(tick)} y={HEIGHT - 4} text-anchor={tick === 0 ? 'start' : tick === span ? 'end' : 'middle'}>
                {formatTick(tick)}
              </text>
            </g>
          ))}
          {merged(world.faults.windows, endMs).map(([from, to]) => (
            <rect
              key={from}
              class="lb-strip-fault"
              x={x.at(from)}
              y="0"
              width={Math.max(2, x.at(to) - x.at(from))}
              height="12"
            />
          ))}
          <rect class="lb-strip-rail" x={x.at(0)} y="12" width={Math.max(0, x.at(span) - x.at(0))} height="3" />
          <rect
            class="lb-strip-done"
            x={x.at(startMs)}
            y="12"
            width={Math.max(0, x.at(endMs) - x.at(startMs))}
            height="3"
          />
          {pastMs === null ? null : (
            <rect
              class="lb-strip-later"
              x={x.at(pastMs)}
              y="12"
              width={Math.max(0, x.at(endMs) - x.at(pastMs))}
              height="3"
            />
          )}
          {cursor === null ? null : <line class="lb-cursor" x1={x.at(cursor)} x2={x.at(cursor)} y1="0" y2="16" />}
          {hasTime ? (
            <g class="lb-strip-handle" transform={`translate(${x.at(atMs).toFixed(1)} 0)`}>
              <line y1="0" y2="18" />
              <path d="M-5 18.5h10v4l-5 4.5l-5 -4.5z" />
            </g>
          ) : null}
          {apart(bookmarks, x.at, APART_PX).map((bookmark, index) => {
            const label = labelOf(bookmark);
            const at = x.at(bookmark.atMs);
            return (
              // biome-ignore lint/a11y/useSemanticElements: an SVG group cannot be a <button>
              <g
                key={`${bookmark.kind}${bookmark.atMs}${index}`}
                class={`lb-bookmark lb-bookmark-${bookmark.kind}`}
                role="button"
                tabindex={0}
                aria-label={label}
                aria-pressed={pastMs !== null && Math.abs(pastMs - bookmark.atMs) < 0.5}
                onClick={() => past.seek(bookmark.atMs)}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter' && event.key !== ' ') return;
                  event.preventDefault();
                  past.seek(bookmark.atMs);
                }}
              >
                <title>{label}</title>
                <rect class="lb-bookmark-hit" x={at - 5} y="0" width="10" height="16" />
                <path d={shapeOf(bookmark, at)} />
              </g>
            );
          })}
        </svg>
      ) : null}
    </div>
  );
}

/** A flag; a cross for a failed check; a pennant for the learner's own. */
function shapeOf({ kind }: Bookmark, at: number): string {
  if (kind === 'check') return `M${at} 13v-4M${at - 3} 2l6 6M${at + 3} 2l-6 6`;
  if (kind === 'own') return `M${at} 2v11M${at} 2l6 2.5l-6 2.5`;
  return `M${at} 2v11M${at} 2h5l-1.5 2l1.5 2h-5`;
}
