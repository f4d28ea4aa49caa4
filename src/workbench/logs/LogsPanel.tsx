/** What the services write, with virtual times; a file:line in a text opens the editor there. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatClock, formatCount } from '../session/format.ts';
import { type LogLine, sourcePlaces } from '../session/logs.ts';
import { serviceOf } from '../session/replicas.ts';
import { RequestMark } from '../ui/RequestMark.tsx';
import { matching } from './filter.ts';
import { logsTexts } from './texts.ts';

/** All rows have this height, so that only those in sight need to exist. */
const ROW_PX = 20;
const MARGIN_ROWS = 12;

export function LogsPanel() {
  const session = useSession();
  const { run } = session;
  const text = useText(logsTexts);
  const service = useSignal('');
  const isErrorsOnly = useSignal(false);
  const search = useSignal('');
  const follows = useSignal(true);
  const scroll = useSignal({ top: 0, height: 400 });
  const box = useRef<HTMLDivElement>(null);
  void run.version.value;
  const { logs } = run.world;
  const lines = matching(logs.lines, {
    service: service.value,
    isErrorsOnly: isErrorsOnly.value,
    search: search.value,
  });
  const cursor = session.cursorMs.value;

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    if (follows.value && cursor === null) element.scrollTop = element.scrollHeight;
    scroll.value = { top: element.scrollTop, height: element.clientHeight };
  }, [lines.length, lines.at(-1)?.seq, follows.value]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || cursor === null) return;
    const index = lines.findIndex((line) => line.atMs >= cursor);
    if (index < 0) return;
    follows.value = false;
    element.scrollTop = Math.max(0, (index - 3) * ROW_PX);
  }, [cursor]);

  const first = Math.max(0, Math.floor(scroll.value.top / ROW_PX) - MARGIN_ROWS);
  const last = Math.min(lines.length, Math.ceil((scroll.value.top + scroll.value.height) / ROW_PX) + MARGIN_ROWS);
  const services = (run.topology.value?.services ?? []).map((each) => each.name);
  return (
    <div class="lb-logs lb-panel">
      <div class="lb-panel-bar">
        <label>
          <span class="lb-label">{text.service}</span>
          <select
            value={service.value}
            onChange={(event) => {
              service.value = event.currentTarget.value;
            }}
          >
            <option value="">{text.all}</option>
            {services.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="lb-checkbox">
          <input
            type="checkbox"
            checked={isErrorsOnly.value}
            onChange={(event) => {
              isErrorsOnly.value = event.currentTarget.checked;
            }}
          />
          {text.errorsOnly}
        </label>
        <input
          type="search"
          class="lb-search"
          placeholder={text.search}
          aria-label={text.search}
          value={search.value}
          onInput={(event) => {
            search.value = event.currentTarget.value;
          }}
        />
        <span class="lb-spacer" />
        <span class="lb-count">{text.lines(lines.length)}</span>
        <label class="lb-checkbox">
          <input
            type="checkbox"
            checked={follows.value}
            onChange={(event) => {
              follows.value = event.currentTarget.checked;
              if (event.currentTarget.checked) session.cursorMs.value = null;
            }}
          />
          {text.follow}
        </label>
      </div>
      <div
        ref={box}
        class="lb-log-lines"
        role="log"
        aria-live="off"
        aria-label={text.label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be reachable by keyboard for that
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
          scroll.value = { top: scrollTop, height: clientHeight };
          // Scrolling up means reading; new lines must not pull the text away.
          follows.value = scrollTop + clientHeight >= scrollHeight - ROW_PX;
        }}
      >
        {lines.length === 0 ? (
          <p class="lb-empty">
            {logs.lines.length > 0 ? text.noMatch : run.isLive.value ? text.empty : text.notRunning}
          </p>
        ) : (
          <div style={{ height: lines.length * ROW_PX, position: 'relative' }}>
            <div style={{ transform: `translateY(${first * ROW_PX}px)` }}>
              {lines.slice(first, last).map((line) => (
                <Line key={line.seq} line={line} isAtCursor={cursor !== null && Math.abs(line.atMs - cursor) < 1} />
              ))}
            </div>
          </div>
        )}
      </div>
      {logs.dropped > 0 ? <p class="lb-footnote">{text.dropped(formatCount(logs.dropped))}</p> : null}
    </div>
  );
}

function Line({ line, isAtCursor }: { readonly line: LogLine; readonly isAtCursor: boolean }) {
  return (
    <div class={`lb-log-line lb-${line.stream}${isAtCursor ? ' lb-at-cursor' : ''}`} title={line.text}>
      <span class="lb-time">{formatClock(line.atMs)}</span>
      <span class="lb-log-endpoint">{line.endpoint}</span>
      <span class="lb-log-cause">{line.root === 0 ? null : <Cause root={line.root} />}</span>
      <span class="lb-log-text">
        <Linked line={line} />
      </span>
    </div>
  );
}

/** The request that the line belongs to, and the way to all that it caused. */
function Cause({ root }: { readonly root: number }) {
  const session = useSession();
  const text = useText(logsTexts);
  return (
    <button
      type="button"
      class="lb-link"
      title={text.trace}
      aria-label={text.trace}
      onClick={() => session.showTrace(root)}
    >
      <RequestMark root={root} />
    </button>
  );
}

function Linked({ line }: { readonly line: LogLine }) {
  const session = useSession();
  const text = useText(logsTexts);
  const places = sourcePlaces(line.text, serviceOf(line.endpoint), session.files.starter);
  if (places.length === 0) return <>{line.text}</>;
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const place of places) {
    parts.push(line.text.slice(at, place.start));
    parts.push(
      <button
        key={place.start}
        type="button"
        class="lb-link"
        title={text.open(place.file, place.line)}
        onClick={() => session.showPlace(place)}
      >
        {line.text.slice(place.start, place.end)}
      </button>,
    );
    at = place.end;
  }
  parts.push(line.text.slice(at));
  return <>{parts}</>;
}
