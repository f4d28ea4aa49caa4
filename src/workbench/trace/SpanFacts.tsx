/** All that is known of one call, the moments to go to, and the lines that services wrote for the request. */
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatBytes, formatClock, formatMs } from '../session/format.ts';
import { sourcePlaces } from '../session/logs.ts';
import { serviceOf } from '../session/replicas.ts';
import { isFailure } from '../session/requests.ts';
import type { Span, TraceTree } from '../session/trace/tree.ts';
import { whyFailed } from '../session/trace/why.ts';
import { OUTSIDE } from '../session/world.ts';
import { faultText, faultTexts } from '../ui/fault-text.ts';
import { momentText, momentTexts } from '../ui/moment-text.ts';
import { type TraceTexts, traceTexts } from './texts.ts';
import { nameOf, outcomeText } from './Waterfall.tsx';

const LINES_MAX = 50;

export function SpanFacts({ tree, span }: { readonly tree: TraceTree; readonly span: Span }) {
  const session = useSession();
  const { run, files } = session;
  const text = useText(traceTexts);
  const lines = run.world.logs.lines.filter((line) => line.root === tree.root).slice(-LINES_MAX);
  const own = ownMs(tree, span);
  const name = (endpoint: string) => (endpoint === OUTSIDE ? text.users : endpoint);
  return (
    <section class="lb-span-facts" aria-label={text.facts}>
      <dl>
        <dt>{text.request}</dt>
        <dd class="lb-mono">{nameOf(span, text)}</dd>
        <dt>{text.fromTo}</dt>
        <dd>
          {name(span.from)} → {span.to}
        </dd>
        <dt>{text.outcome}</dt>
        <dd>{outcomeText(span, text)}</dd>
        <WhyFacts span={span} />
        {span.kind === 'connection' ? (
          <>
            <dt>{text.connection}</dt>
            <dd>{connectionText(span, text)}</dd>
          </>
        ) : span.kind === 'operation' ? (
          <>
            <dt>{text.statement}</dt>
            <dd class="lb-mono">{span.text}</dd>
            {span.error === '' ? null : (
              <>
                <dt>{text.error}</dt>
                <dd class="lb-bad">{span.error}</dd>
              </>
            )}
          </>
        ) : (
          <>
            <dt>{text.connection}</dt>
            <dd>
              {span.connect === null
                ? text.connectionKept(span.connection)
                : text.connectionNew(span.connection, formatMs(span.connect.toMs - span.connect.fromMs))}
            </dd>
            {span.endMs === null ? null : (
              <>
                <dt title={text.ownWhat}>{text.own}</dt>
                <dd>
                  {formatMs(own)} <span class="lb-footnote">{text.ownWhat}</span>
                </dd>
                <dt>{text.bytes}</dt>
                <dd>{formatBytes(span.bytes)}</dd>
              </>
            )}
            {span.traceparent === null ? null : (
              <>
                <dt>{text.traceparent}</dt>
                <dd class="lb-mono">{span.traceparent}</dd>
              </>
            )}
          </>
        )}
      </dl>
      <div class="lb-span-moments">
        <button type="button" onClick={() => run.past.seek(span.startMs)}>
          {text.toStart} <span class="lb-time">{formatClock(span.startMs)}</span>
        </button>
        {span.endMs === null ? null : (
          <button type="button" onClick={() => run.past.seek(span.endMs!)}>
            {text.toEnd} <span class="lb-time">{formatClock(span.endMs)}</span>
          </button>
        )}
      </div>
      <h3 class="lb-label">{text.lines}</h3>
      {lines.length === 0 ? (
        <p class="lb-footnote">{text.noLines}</p>
      ) : (
        <ul class="lb-span-lines">
          {lines.map((line) => {
            const [place] = sourcePlaces(line.text, serviceOf(line.endpoint), files.starter);
            return (
              <li key={line.seq} class={`lb-${line.stream}`}>
                <span class="lb-time">{formatClock(line.atMs)}</span>{' '}
                <span class="lb-log-endpoint">{line.endpoint}</span> {line.text}
                {place === undefined ? null : (
                  <button
                    type="button"
                    class="lb-link"
                    title={text.open(place.file, place.line)}
                    onClick={() => session.showPlace(place)}
                  >
                    {place.file}:{place.line}
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function connectionText({ endMs, startMs, connection }: Span, text: TraceTexts): string {
  if (endMs === null) return text.opening;
  return endMs === startMs && connection > 0 ? text.tornDown(connection) : text.notOpened;
}

/** Of a call that got no answer: what was broken and who was away. */
function WhyFacts({ span }: { readonly span: Span }) {
  const { run } = useSession();
  const text = useText(traceTexts);
  const words = useText(momentTexts);
  const faultWords = useText(faultTexts);
  void run.version.value;
  const isUnanswered = span.outcome !== null && isFailure(span.outcome) && span.status === 0;
  if (!isUnanswered || span.kind === 'operation') return null;
  const { faults, processes } = whyFailed(run.world, span);
  const facts = [
    ...faults.map(({ fault, fromMs }) => ({ atMs: fromMs, what: faultText(fault, faultWords) })),
    ...processes.map((moment) => ({ atMs: moment.atMs, what: momentText(moment, words, faultWords) })),
  ];
  return (
    <>
      <dt>{text.why}</dt>
      <dd>
        {facts.length === 0 ? text.unknownWhy : null}
        {facts.map(({ atMs, what }) => (
          <button key={`${atMs}${what}`} type="button" class="lb-link lb-span-why" onClick={() => run.past.seek(atMs)}>
            <span class="lb-time">{formatClock(atMs)}</span> {what}
          </button>
        ))}
      </dd>
    </>
  );
}

/** The part of a call in which nothing below it was under way. */
export function ownMs(tree: TraceTree, span: Span): number {
  const endMs = span.endMs ?? tree.endMs;
  let own = endMs - span.startMs;
  let coveredMs = span.startMs;
  // Siblings are in the order of their start.
  for (const child of tree.spans) {
    if (child.parent !== span.id) continue;
    const from = Math.max(coveredMs, child.connect?.fromMs ?? child.startMs);
    const to = Math.min(endMs, child.endMs ?? endMs);
    if (to <= from) continue;
    own -= to - from;
    coveredMs = to;
  }
  return Math.max(0, own);
}
