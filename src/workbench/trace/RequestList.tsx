/** The requests from outside up to the moment shown, with a filter; arrow keys move from one to the next. */
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatClock, formatMs } from '../session/format.ts';
import { isFailure } from '../session/requests.ts';
import { matchingTraces, type TraceFilter, type TraceList, type TraceSummary } from '../session/trace/list.ts';
import { RequestMark } from '../ui/RequestMark.tsx';
import { traceTexts } from './texts.ts';

/** More rows than anybody reads; the filter finds the others. */
const ROWS = 200;

export function RequestList({ list }: { readonly list: TraceList }) {
  const session = useSession();
  const { run, traces } = session;
  const text = useText(traceTexts);
  const filter = traces.filter.value;
  const nowMs = run.nowMs.value;
  const found = matchingTraces(list.traces.values(), filter, nowMs);
  const rows = found.slice(0, ROWS);
  const shown = traces.shown.value?.root ?? null;
  const services = (run.topology.value?.services ?? []).map(({ name }) => name);
  const longest = Math.max(1, ...rows.map((row) => (row.endMs ?? nowMs) - row.startMs));
  const choose = (root: number) => {
    traces.shown.value = { root, span: root };
  };
  const move = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0 || rows.length === 0) return;
    event.preventDefault();
    const at = rows.findIndex(({ root }) => root === shown);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))]!;
    choose(next.root);
    const buttons = (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('tbody button');
    buttons[rows.indexOf(next)]?.focus();
  };
  return (
    <div class="lb-trace-list">
      <div class="lb-panel-bar">
        <select
          aria-label={text.service}
          value={filter.service}
          onChange={(event) => traces.narrow({ service: event.currentTarget.value })}
        >
          <option value="">
            {text.service}: {text.allServices}
          </option>
          {services.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <select
          aria-label={text.show}
          value={filter.show}
          onChange={(event) => traces.narrow({ show: event.currentTarget.value as TraceFilter['show'] })}
        >
          {(['all', 'slow', 'failed'] as const).map((show) => (
            <option key={show} value={show}>
              {text.shows[show]}
            </option>
          ))}
        </select>
        <select
          aria-label={text.order}
          value={filter.order}
          onChange={(event) => traces.narrow({ order: event.currentTarget.value as TraceFilter['order'] })}
        >
          {(['newest', 'slowest'] as const).map((order) => (
            <option key={order} value={order}>
              {text.orders[order]}
            </option>
          ))}
        </select>
        <input
          type="search"
          class="lb-search"
          placeholder={text.search}
          aria-label={text.search}
          value={filter.search}
          onInput={(event) => traces.narrow({ search: event.currentTarget.value })}
        />
        <span class="lb-spacer" />
        <span class="lb-count">{text.count(found.length, list.traces.size)}</span>
      </div>
      <div class="lb-trace-rows">
        {rows.length === 0 ? (
          <p class="lb-empty">
            {list.traces.size > 0 ? text.noMatch : run.endMs.value > 0 ? text.empty : text.notRunning}
          </p>
        ) : (
          <table aria-label={text.listLabel} onKeyDown={move}>
            <colgroup>
              <col style={{ width: 72 }} />
              <col />
              <col style={{ width: 52 }} />
              <col style={{ width: 70 }} />
              <col style={{ width: 44 }} />
            </colgroup>
            <thead class="lb-sr-only">
              <tr>
                <th scope="col">{text.time}</th>
                <th scope="col">{text.request}</th>
                <th scope="col">{text.answer}</th>
                <th scope="col">{text.took}</th>
                <th scope="col">{text.calls}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row
                  key={row.root}
                  row={row}
                  isShown={row.root === shown}
                  share={((row.endMs ?? nowMs) - row.startMs) / longest}
                  nowMs={nowMs}
                  onChoose={choose}
                />
              ))}
            </tbody>
          </table>
        )}
        {found.length > rows.length ? <p class="lb-footnote">{text.more(found.length - rows.length)}</p> : null}
        {list.hasEarlier ? (
          <button type="button" class="lb-link lb-trace-further" onClick={() => list.lookFurther()}>
            {text.further}
          </button>
        ) : null}
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: TraceSummary;
  readonly isShown: boolean;
  readonly share: number;
  readonly nowMs: number;
  readonly onChoose: (root: number) => void;
}

function Row({ row, isShown, share, nowMs, onChoose }: RowProps) {
  const text = useText(traceTexts);
  const failed = row.outcome !== null && isFailure(row.outcome);
  const name = row.root < 0 ? text.unopened(row.to, row.path) : `${row.method} ${row.path}`;
  return (
    <tr class={`${isShown ? 'lb-chosen' : ''}${failed ? ' lb-failed' : ''}`} onClick={() => onChoose(row.root)}>
      <td class="lb-time">{formatClock(row.startMs)}</td>
      <th scope="row">
        <button type="button" aria-pressed={isShown} title={name}>
          <RequestMark root={row.root} />
          <span class="lb-trace-name">{name}</span>
        </button>
      </th>
      <td class="lb-trace-answer">
        {row.outcome === null ? '…' : row.status > 0 ? row.status : text.outcomes[row.outcome]}
        {failed ? ' ✕' : ''}
      </td>
      <td class="lb-trace-took">
        <span class="lb-trace-length" style={{ width: `${(share * 100).toFixed(1)}%` }} aria-hidden="true" />
        <span>{row.endMs === null ? `> ${formatMs(nowMs - row.startMs)}` : formatMs(row.endMs - row.startMs)}</span>
      </td>
      <td class="lb-trace-calls">
        {row.calls}
        {row.failedCalls > 0 ? (
          <span class="lb-bad" title={text.failedCalls(row.failedCalls)}>
            {' '}
            ✕{row.failedCalls}
          </span>
        ) : null}
      </td>
    </tr>
  );
}
