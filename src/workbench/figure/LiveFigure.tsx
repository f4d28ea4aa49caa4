/**
 * A system under steady load as a figure in a text: the structure, a few numbers, a chart if wanted, and the controls
 * that the text talks about. Starts when it is seen (or by a click), stands still while it is not.
 */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { loadSubject } from '../data/subject.ts';
import { LanguageContext, useText } from '../i18n/dictionary.ts';
import { callLines, inFlightLines, latencyLines, Plot, plotWindows, rateLines, timeDomain } from '../plot/index.ts';
import { RunContext, useRun } from '../session/context.ts';
import { formatClock } from '../session/format.ts';
import { linkKey } from '../session/links.ts';
import { previewTopology } from '../session/preview.ts';
import { Run } from '../session/run.ts';
import type { Subject } from '../session/subject.ts';
import { Topology } from '../topology/index.ts';
import { faultTexts } from '../ui/fault-text.ts';
import { useOnScreen } from '../ui/hooks.ts';
import { Icon } from '../ui/Icon.tsx';
import { Controls, useFigureText } from './Controls.tsx';
import { ControlState } from './control.ts';
import type { FigureReadout, LiveFigureProps } from './props.ts';
import { readoutText, readoutValue } from './readouts.ts';
import { figureTexts } from './texts.ts';
import '../ui/theme.css';
import '../ui/ui.css';
import '../plot/plot.css';
import './figure.css';

export type { LiveFigureProps };

const CHART_SPAN_MS = 30_000;
const CHART_PX = 112;

export function LiveFigure(props: LiveFigureProps) {
  const run = useMemo(
    () =>
      new Run(async () => (await import('../../engines/choose.ts')).chooseEngine({ base: props.base }), {
        isRecorded: false,
      }),
    [],
  );
  return (
    <LanguageContext.Provider value={props.lang}>
      <RunContext.Provider value={run}>
        <Figure {...props} />
      </RunContext.Provider>
    </LanguageContext.Provider>
  );
}

function Figure(props: LiveFigureProps) {
  const { sandboxId, exerciseId, variant, base, load, autoStart, height } = props;
  const run = useRun();
  const text = useText(figureTexts);
  const label = useFigureText(props.label ?? text.label);
  const box = useRef<HTMLDivElement>(null);
  const isOnScreen = useOnScreen(box, '80px');
  const subject = useSignal<Subject | null>(null);
  const failure = useSignal('');
  /** The reader's own pause outlasts scrolling. */
  const wantsPause = useSignal(false);
  const isStarted = useSignal(false);
  const rate = useRef(load.ratePerSecond);
  const withRate = (next: number) => {
    rate.current = next;
    return { ...load, ratePerSecond: next };
  };
  const controls = useMemo(
    () => props.controls.map((control) => new ControlState(control, run, load, withRate)),
    [run],
  );

  const open = useMemo(() => {
    let loading: Promise<Subject> | null = null;
    return () => {
      loading ??= loadSubject({ sandboxId, exerciseId, base }).then((found) => {
        const files = variant === 'solution' ? { ...found.files, ...found.exercise?.solution } : found.files;
        subject.value = { ...found, files };
        return subject.value;
      });
      loading.catch(() => {
        loading = null;
      });
      return loading;
    };
  }, []);

  const start = async () => {
    isStarted.value = true;
    wantsPause.value = false;
    failure.value = '';
    for (const control of controls) control.forget();
    try {
      const { key, files, packagesUrl } = await open();
      const ok = await run.start({ id: key, files, packagesUrl }, { seed: props.seed ?? 1, speed: props.speed ?? 1 });
      if (ok) await run.startLoad(withRate(rate.current));
      else if (run.problems.value[0] !== undefined) failure.value = run.problems.value[0].message;
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    }
  };

  useEffect(() => () => run.stop(), [run]);
  useEffect(() => {
    if (!isOnScreen) {
      run.pause();
      return;
    }
    // The structure at rest needs the compose file only.
    if (subject.value === null) open().catch(() => {});
    if (!isStarted.value) {
      if (autoStart === 'visible') void start();
    } else if (!wantsPause.value && run.status.value === 'paused') run.play();
  }, [isOnScreen]);
  useEffect(
    () =>
      run.version.subscribe(() => {
        for (const control of controls) control.look();
      }),
    [run, controls],
  );
  // Scrolled away while it started: it must not run unseen.
  useEffect(
    () => run.status.subscribe((status) => status === 'playing' && !isShown(box.current) && run.pause()),
    [run],
  );

  const status = run.status.value;
  const preview = useMemo(() => previewTopology(subject.value?.files ?? {}), [subject.value]);
  const ended = status === 'ended' ? run.endReason.value : '';
  return (
    // biome-ignore lint/a11y/useSemanticElements: the page's own <figure> with its caption is around this
    <div ref={box} class="lb lb-figure" role="group" aria-label={label}>
      <div class="lb-figure-picture" style={{ height }}>
        {subject.value === null ? null : <Topology preview={preview} />}
        <div class="lb-figure-bar">
          {status === 'playing' || status === 'paused' ? (
            <>
              <button
                type="button"
                class="lb-icon-button"
                aria-label={status === 'paused' ? text.play : text.pause}
                title={status === 'paused' ? text.play : text.pause}
                onClick={() => {
                  wantsPause.value = status === 'playing';
                  if (status === 'playing') run.pause();
                  else run.play();
                }}
              >
                <Icon name={status === 'paused' ? 'play' : 'pause'} size={14} />
              </button>
              <button
                type="button"
                class="lb-icon-button"
                aria-label={text.restart}
                title={text.restart}
                onClick={() => void start()}
              >
                <Icon name="restart" size={14} />
              </button>
              <span class="lb-time">{formatClock(run.nowMs.value).slice(0, -2)}</span>
            </>
          ) : status === 'booting' ? (
            <span class="lb-figure-state" role="status">
              <span class="lb-spinner" aria-hidden="true" />
              {text.booting}
            </span>
          ) : (
            <button type="button" class="lb-primary" onClick={() => void start()}>
              <Icon name="play" size={14} />
              {text.run}
            </button>
          )}
        </div>
        {failure.value !== '' || ended !== '' ? (
          <p class="lb-figure-failure" role="alert">
            <strong>{ended === '' ? text.failed : text.ended}</strong> {failure.value || ended}
          </p>
        ) : null}
      </div>
      {props.readouts.length === 0 ? null : <Readouts readouts={props.readouts} />}
      {props.chart === undefined ? null : <Chart kind={props.chart} />}
      {props.controls.length === 0 ? null : <Controls states={controls} isLive={run.isLive.value} />}
    </div>
  );
}

function Readouts({ readouts }: { readonly readouts: readonly FigureReadout[] }) {
  const run = useRun();
  void run.version.value;
  return (
    <dl class="lb-readouts">
      {readouts.map((readout, index) => (
        <Readout key={index} readout={readout} value={readoutValue(run.world, readout)} />
      ))}
    </dl>
  );
}

function Readout({ readout, value }: { readonly readout: FigureReadout; readonly value: number }) {
  const text = useText(figureTexts);
  const own = useFigureText(readout.label);
  const isBeyond = readout.bound !== undefined && value > readout.bound;
  return (
    <div class={isBeyond ? 'lb-beyond' : ''}>
      <dt>{own || text.names[readout.figure]}</dt>
      <dd>
        {readoutText(readout.figure, value)}
        {isBeyond ? <small>{text.beyond(readoutText(readout.figure, readout.bound!))}</small> : null}
      </dd>
    </div>
  );
}

function Chart({ kind }: { readonly kind: NonNullable<LiveFigureProps['chart']> }) {
  const run = useRun();
  const text = useText(figureTexts);
  const words = useText(faultTexts);
  void run.version.value;
  const { world } = run;
  const [fromMs, toMs] = timeDomain(run.nowMs.value, CHART_SPAN_MS);
  const seconds = world.outside.seconds.filter((each) => each.atMs >= fromMs);
  const title = typeof kind === 'string' ? text.chart[kind] : text.chart.calls(kind.callsOn.from, kind.callsOn.to);
  const link = typeof kind === 'string' ? undefined : world.links.get(linkKey(kind.callsOn.from, kind.callsOn.to));
  const lines =
    kind === 'latency'
      ? latencyLines(seconds)
      : kind === 'rate'
        ? rateLines(seconds, { ok: text.ok, failed: text.failedLine })
        : kind === 'inFlight'
          ? inFlightLines(seconds, text.waiting)
          : callLines(link, '');
  const last = lines[0]?.points.at(-1)?.[1];
  return (
    <div class="lb-figure-chart">
      <strong>{title}</strong>
      <Plot
        title={title}
        unit={kind === 'latency' ? 'ms' : kind === 'inFlight' ? '' : '/s'}
        isLog={kind === 'latency'}
        atLeast={kind === 'latency' ? 1000 : 10}
        lines={lines}
        windows={plotWindows(world.faults.windows, words)}
        fromMs={fromMs}
        toMs={toMs}
        nowMs={run.nowMs.value}
        height={CHART_PX}
        description={last === undefined ? '' : String(Math.round(last))}
      />
    </div>
  );
}

function isShown(element: Element | null): boolean {
  if (element === null || document.visibilityState !== 'visible') return false;
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > -80 && top < innerHeight + 80;
}
