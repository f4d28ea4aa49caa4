/** What users get over virtual time: latency, rate with errors, and what is in flight; fault windows shaded. */
import { useText } from '../i18n/dictionary.ts';
import { inFlightLines, latencyLines, Plot, plotWindows, rateLines, timeDomain } from '../plot/index.ts';
import { useSession } from '../session/context.ts';
import { formatMs, formatRate, formatShare } from '../session/format.ts';
import { faultTexts } from '../ui/fault-text.ts';
import { useSize } from '../ui/hooks.ts';
import { chartsTexts } from './texts.ts';

const SPAN_MS = 60_000;
const HEAD_PX = 24;

export function ChartsPanel() {
  const session = useSession();
  const { run } = session;
  const text = useText(chartsTexts);
  const words = useText(faultTexts);
  const [box, { height }] = useSize<HTMLDivElement>();
  void run.version.value;
  const { world } = run;
  const [fromMs, toMs] = timeDomain(run.nowMs.value, SPAN_MS);
  const seconds = world.outside.seconds.filter((each) => each.atMs >= fromMs);
  const windows = plotWindows(world.faults.windows, words);
  const now = world.outside.summary();
  const isEmpty = seconds.length === 0;
  const { guesses } = session;
  const guess = guesses.committed.value ?? (guesses.isDrafting.value ? guesses.draft.value : null);
  // Latency is what one came for: it gets as much as the two others together.
  const room = Math.max(216, height - 3 * HEAD_PX - 8);
  const common = {
    windows,
    fromMs,
    toMs,
    nowMs: run.nowMs.value,
    cursorMs: session.cursorMs.value,
    onCursor: (ms: number | null) => {
      session.cursorMs.value = ms;
    },
    onPick: (ms: number) => run.past.seek(ms),
  };
  return (
    <div ref={box} class="lb-charts lb-panel">
      {isEmpty ? <p class="lb-chart-note">{run.isLive.value ? text.empty : text.notRunning}</p> : null}
      <Head title={text.latency} what={text.latencyWhat}>
        <Figure name="p50" value={formatMs(now.p50Ms)} />
        <Figure
          name="p99"
          value={formatMs(now.p99Ms)}
          isMain
          way={text.slowest}
          onFollow={isEmpty ? undefined : () => session.showTraces({ order: 'slowest' })}
        />
      </Head>
      <Plot
        {...common}
        title={text.latency}
        unit="ms"
        isLog
        lines={latencyLines(seconds)}
        height={room / 2}
        hasTimeLabels={false}
        // Room to guess worse than what there was.
        atLeast={guesses.isDrafting.value ? 10_000 : 1000}
        {...(guess?.p99Ms ? { bound: guess.p99Ms, boundText: text.guess } : {})}
        onValue={
          guesses.isDrafting.value
            ? (ms) => {
                // Two digits: nobody guesses finer.
                guesses.p99.value = formatMs(Number(ms.toPrecision(2)));
              }
            : undefined
        }
        description={text.describeLatency(formatMs(now.p50Ms), formatMs(now.p95Ms), formatMs(now.p99Ms))}
      />
      <Head title={text.rate} what={text.rateWhat}>
        <Figure
          name={text.errors}
          value={formatShare(now.errorRate)}
          isBad={now.errorRate > 0.005}
          isMain
          way={text.failures}
          onFollow={isEmpty ? undefined : () => session.showTraces({ show: 'failed' })}
        />
      </Head>
      <Plot
        {...common}
        title={text.rate}
        unit="/s"
        lines={rateLines(seconds, { ok: text.ok, failed: text.failed })}
        height={room / 4}
        hasTimeLabels={false}
        atLeast={10}
        description={text.describeRate(formatRate(now.ratePerSecond), formatShare(now.errorRate))}
      />
      <Head title={text.inFlight} what={text.inFlightWhat}>
        <Figure name="" value={String(world.requests.rootsLive)} isMain />
      </Head>
      <Plot
        {...common}
        title={text.inFlight}
        unit=""
        lines={inFlightLines(seconds, text.waiting)}
        height={room / 4}
        atLeast={20}
        description={text.describeInFlight(world.requests.rootsLive)}
      />
    </div>
  );
}

function Head(props: { readonly title: string; readonly what: string; readonly children: preact.ComponentChildren }) {
  return (
    <div class="lb-chart-head" style={{ height: HEAD_PX }}>
      <strong>{props.title}</strong>
      <span class="lb-chart-what">{props.what}</span>
      <span class="lb-spacer" />
      {props.children}
    </div>
  );
}

function Figure(props: {
  readonly name: string;
  readonly value: string;
  readonly isMain?: boolean;
  readonly isBad?: boolean;
  /** Where a click leads. */
  readonly way?: string;
  readonly onFollow?: (() => void) | undefined;
}) {
  const value = props.onFollow ? (
    <button type="button" class="lb-link" title={props.way} onClick={props.onFollow}>
      {props.value}
      <span class="lb-sr-only">, {props.way}</span>
    </button>
  ) : (
    <span>{props.value}</span>
  );
  return (
    <span class={`lb-chart-figure${props.isMain ? ' lb-main' : ''}${props.isBad ? ' lb-bad' : ''}`}>
      {props.name === '' ? null : <span class="lb-label">{props.name}</span>}
      {value}
    </span>
  );
}
