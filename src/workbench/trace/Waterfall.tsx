/** One request over time: a row for each call, nested; the table says to a reader what the bars show. */
import { useText } from '../i18n/dictionary.ts';
import { linearScale } from '../plot/scale.ts';
import { merged } from '../plot/windows.ts';
import { useSession } from '../session/context.ts';
import { formatMs } from '../session/format.ts';
import { identityOf } from '../session/identity.ts';
import { serviceOf } from '../session/replicas.ts';
import { isFailure, isSlow } from '../session/requests.ts';
import type { Span, TraceTree } from '../session/trace/tree.ts';
import { OUTSIDE } from '../session/world.ts';
import { useSize } from '../ui/hooks.ts';
import { RequestMark } from '../ui/RequestMark.tsx';
import { type TraceTexts, traceTexts } from './texts.ts';

/** Below, starts are left to the bars; a screen reader still has them. */
const NARROW_PX = 440;
/** The words of a tick, `400 ms`: at the end of the axis they would be cut. */
const TICK_PX = 56;

export function Waterfall({ tree, chosen }: { readonly tree: TraceTree; readonly chosen: number }) {
  const session = useSession();
  const { run, traces } = session;
  const text = useText(traceTexts);
  const lengthMs = Math.max(0.001, tree.endMs - tree.startMs);
  const share = (ms: number) => Math.max(0, Math.min(1, (ms - tree.startMs) / lengthMs)) * 100;
  const [box, { width }] = useSize<HTMLDivElement>();
  // Where there is little room it goes to the bars.
  const isNarrow = width > 0 && width < NARROW_PX;
  const barsPx = Math.max(0, 0.6 * width - (isNarrow ? 88 : 156));
  const count = Math.max(1, Math.min(5, Math.floor(barsPx / (1.5 * TICK_PX))));
  const ticks = linearScale(0, lengthMs, 0, 100, count).ticks.filter((tick) => tick <= lengthMs);
  const windows = merged(run.world.faults.windows, tree.endMs).filter(
    ([from, to]) => to >= tree.startMs && from <= tree.endMs,
  );
  const root = tree.spans[0]!;
  const choose = (span: number) => {
    traces.shown.value = { root: tree.root, span };
  };
  const move = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = tree.spans.findIndex(({ id }) => id === chosen);
    const next = Math.max(0, Math.min(tree.spans.length - 1, at + by));
    choose(tree.spans[next]!.id);
    (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('tbody button')[next]?.focus();
  };
  const gradient = windows.map(([from, to]) => ({ left: share(from), width: share(to) - share(from) }));
  return (
    <div ref={box} class="lb-waterfall">
      <table aria-label={text.waterfall(nameOf(root, text))} onKeyDown={move}>
        <colgroup>
          <col style={{ width: '40%' }} />
          <col style={{ width: isNarrow ? 0 : 68 }} />
          <col style={{ width: 76 }} />
          <col style={{ width: 0 }} />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" class="lb-span-call">
              <RequestMark root={tree.root} /> {text.call}
            </th>
            <th scope="col" class={isNarrow ? 'lb-sr-only' : 'lb-span-number'}>
              {text.start}
            </th>
            <th scope="col" class="lb-span-number">
              {text.took}
            </th>
            <th scope="col" class="lb-sr-only">
              {text.outcome}
            </th>
            <th scope="col" class="lb-span-bars">
              <span class="lb-sr-only">{text.bar}</span>
              <span class="lb-span-axis" aria-hidden="true">
                {ticks.map((tick) => {
                  const at = (tick / lengthMs) * 100;
                  return (
                    <span key={tick} style={{ left: `${at}%` }}>
                      {((100 - at) / 100) * barsPx < TICK_PX ? '' : formatMs(tick)}
                    </span>
                  );
                })}
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tree.spans.map((span) => (
            <tr key={span.id} class={span.id === chosen ? 'lb-chosen' : ''} onClick={() => choose(span.id)}>
              <th scope="row" class="lb-span-call">
                <button
                  type="button"
                  aria-pressed={span.id === chosen}
                  style={{ paddingLeft: 4 + Math.min(span.depth, 8) * 14 }}
                  title={`${span.from === OUTSIDE ? text.users : span.from} → ${span.to}  ${nameOf(span, text)} ${span.text}`}
                >
                  <span class="lb-span-service">{serviceOf(span.to)}</span>
                  <span class="lb-span-name">
                    {nameOf(span, text)}
                    {span.attempts > 1 ? (
                      <em class="lb-span-attempt"> {text.attempt(span.attempt, span.attempts)}</em>
                    ) : null}
                  </span>
                </button>
              </th>
              <td class={isNarrow ? 'lb-sr-only' : 'lb-span-number'}>+{formatMs(span.startMs - tree.startMs)}</td>
              <td class="lb-span-number">
                {span.endMs === null ? `> ${formatMs(tree.endMs - span.startMs)}` : formatMs(span.endMs - span.startMs)}
              </td>
              <td class="lb-sr-only">{outcomeText(span, text)}</td>
              <td class="lb-span-bars" aria-hidden="true">
                {gradient.map(({ left, width }) => (
                  <span key={left} class="lb-span-fault" style={{ left: `${left}%`, width: `${width}%` }} />
                ))}
                {span.connect === null ? null : (
                  <span
                    class="lb-span-connect"
                    style={{
                      left: `${share(span.connect.fromMs)}%`,
                      width: `${share(span.startMs) - share(span.connect.fromMs)}%`,
                    }}
                  />
                )}
                <Bar span={span} root={tree.root} from={share(span.startMs)} to={share(span.endMs ?? tree.endMs)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Bar(props: { readonly span: Span; readonly root: number; readonly from: number; readonly to: number }) {
  const { span, root, from, to } = props;
  const text = useText(traceTexts);
  const failed = span.outcome !== null && isFailure(span.outcome);
  const slow = span.endMs !== null && isSlow(span.endMs - span.startMs, Number.NaN);
  const kind = span.endMs === null ? ' lb-open' : failed ? ' lb-failed' : slow ? ' lb-slow' : '';
  const label = span.status >= 400 ? String(span.status) : failed ? codeText(span, text) : '';
  // The label stands where there is room: behind the bar, before it, or on it when the bar takes it all.
  const place = to <= 82 ? { left: `${to + 0.6}%` } : from >= 18 ? { right: `${100 - from + 0.6}%` } : { right: '4px' };
  return (
    <>
      <span
        class={`lb-span-bar lb-span-${span.kind}${kind}`}
        style={{
          left: `${from}%`,
          width: `${Math.max(0, to - from)}%`,
          '--tint': `var(--wb-id-${identityOf(root).tint})`,
        }}
      />
      {label === '' ? null : (
        <span class="lb-span-label" style={place}>
          ✕ {label}
        </span>
      )}
    </>
  );
}

/** A request's method and path; of a connection that never carried one, where it was to lead. */
export function nameOf({ kind, name }: Span, text: TraceTexts): string {
  return kind === 'connection' ? text.connect(name) : name;
}

function codeText({ kind, error, outcome }: Span, text: TraceTexts): string {
  return kind === 'connection' && error !== '' ? error : outcome === null ? '' : text.outcomes[outcome];
}

export function outcomeText(span: Span, text: TraceTexts): string {
  const { outcome, status, attempt, attempts, kind, error } = span;
  const isGivenUp = kind === 'connection' && outcome !== null && error === '';
  const what = outcome === null ? text.underWay : isGivenUp ? text.gaveUp : codeText(span, text);
  return [status > 0 ? `${status}` : '', what, attempts > 1 ? text.attempt(attempt, attempts) : '']
    .filter((each) => each !== '')
    .join(', ');
}
