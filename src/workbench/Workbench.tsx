/**
 * The panels on the page. Three arrangements by the room there is, not by the device: a full page, beside a lesson, and
 * a phone (read, run, break, see, verdict, one under the other).
 */
import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo } from 'preact/hooks';
import { BriefPanel } from './brief/index.ts';
import { ChartsPanel } from './charts/index.ts';
import { ChecksPanel } from './checks/index.ts';
import { EditorPanel } from './editor/index.ts';
import { Announcer, EventsPanel } from './events/index.ts';
import { FaultsPanel } from './faults/index.ts';
import { LanguageContext, useText } from './i18n/dictionary.ts';
import { KeepPanel, NoticesBar } from './keeping/index.ts';
import { LoadPanel } from './load/index.ts';
import { LogsPanel } from './logs/index.ts';
import { ProblemsBar } from './problems/index.ts';
import { RequestPanel } from './request/index.ts';
import { useSession } from './session/context.ts';
import { previewTopology } from './session/preview.ts';
import { storesOf } from './session/servers.ts';
import type { PanelId } from './session/session.ts';
import { workbenchTexts } from './texts.ts';
import { RunBar, TimeStrip } from './timeline/index.ts';
import { Topology } from './topology/index.ts';
import { TracePanel } from './trace/index.ts';
import { useSize } from './ui/hooks.ts';
import { lazily } from './ui/Lazy.tsx';
import { Split } from './ui/Split.tsx';
import { type Tab, Tabs } from './ui/Tabs.tsx';

export interface WorkbenchProps {
  readonly loadTypes: () => Promise<Readonly<Record<string, string>>>;
}

const InspectorPanel = lazily(async () => (await import('./inspector/index.ts')).InspectorPanel);
const StoresPanel = lazily(async () => (await import('./stores/index.ts')).StoresPanel);
const TerminalPanel = lazily(async () => (await import('./terminal/index.ts')).TerminalPanel);
/** Not even built where the lab is all there is. */
const EngineChooser = import.meta.env.WEBCONTAINERS
  ? lazily(async () => (await import('./engine/index.ts')).EngineChooser, 'lb-engine')
  : null;
const EngineNotice = import.meta.env.WEBCONTAINERS
  ? lazily(async () => (await import('./engine/index.ts')).EngineNotice, 'lb-engine')
  : null;

/** From here on charts stand beside the structure and the task beside the code. */
const WIDE_PX = 1080;
/** Below, one column that scrolls with the page. */
const NARROW_PX = 560;

export function Workbench({ loadTypes }: WorkbenchProps) {
  const session = useSession();
  const text = useText(workbenchTexts);
  const language = useContext(LanguageContext);
  const [box, { width }] = useSize<HTMLDivElement>();
  const preview = useMemo(() => previewTopology(session.subject.files), [session]);
  const hasExercise = session.subject.exercise !== null;
  // Of what is written, so that the tab is there before Run; or of what runs, after an edit.
  const hasStores = storesOf((session.run.topology.value ?? preview).services).length > 0;
  const work = useSignal<PanelId>('code');
  const task = useSignal<PanelId>('brief');
  const one = useSignal<PanelId>('brief');
  const arrangement = width >= WIDE_PX ? 'wide' : width >= NARROW_PX ? 'medium' : 'narrow';

  useEffect(
    () =>
      session.wantedPanel.subscribe((wanted) => {
        if (wanted === null) return;
        session.wantedPanel.value = null;
        one.value = wanted;
        if (WORK.includes(wanted)) work.value = wanted;
        if (TASK.includes(wanted)) task.value = wanted;
        if (arrangement !== 'narrow') return;
        // The panel is in the page only after the next paint.
        requestAnimationFrame(() => {
          const section = box.current?.querySelector(`[data-panel~="${wanted}"]`);
          section?.scrollIntoView({ block: 'start', behavior: 'auto' });
        });
      }),
    [session, arrangement],
  );

  const panels: Readonly<Record<PanelId, () => ComponentChildren>> = {
    topology: () => <Topology preview={preview} hasNote />,
    brief: () => <BriefPanel />,
    code: () => <EditorPanel loadTypes={loadTypes} />,
    logs: () => <LogsPanel />,
    request: () => <RequestPanel />,
    terminal: () => <TerminalPanel />,
    stores: () => <StoresPanel />,
    packets: () => <InspectorPanel />,
    charts: () => <ChartsPanel />,
    faults: () => <FaultsPanel />,
    load: () => <LoadPanel />,
    checks: () => <ChecksPanel />,
    events: () => <EventsPanel />,
    trace: () => <TracePanel />,
    keep: () => <KeepPanel />,
  };
  const tabs = (ids: readonly PanelId[]): readonly Tab<PanelId>[] =>
    ids
      .filter((id) => (hasExercise || id !== 'checks') && (hasStores || id !== 'stores'))
      .map((id) => ({ id, label: text.panels[id], render: panels[id], isKept: id === 'code', ...markOf(id) }));

  const markOf = (id: PanelId): { mark?: string; markTone?: 'quiet' | 'ok' | 'bad' } => {
    if (id === 'checks') {
      const verdict = session.grading.verdict.value;
      if (verdict === null) return {};
      return { mark: verdict.passed ? '✓' : '✕', markTone: verdict.passed ? 'ok' : 'bad' };
    }
    if (id === 'faults') {
      const count = session.run.faultCount.value;
      return count === 0 ? {} : { mark: String(count), markTone: 'bad' };
    }
    return {};
  };
  const group = (label: string, ids: readonly PanelId[], active: Signal<PanelId>) => (
    <Tabs
      label={label}
      tabs={tabs(ids)}
      active={ids.includes(active.value) ? active.value : ids[0]!}
      onSelect={(id) => {
        active.value = id;
      }}
    />
  );
  const title = session.subject.title[language] ?? session.subject.title.en;
  const controls = (
    <div class="lb-controls">
      <RunBar>{EngineChooser === null ? null : <EngineChooser />}</RunBar>
      <TimeStrip />
      {EngineNotice === null ? null : <EngineNotice />}
      <ProblemsBar />
      <NoticesBar />
    </div>
  );

  return (
    <section ref={box} class={`lb lb-workbench lb-${arrangement}`} aria-label={text.label(title)}>
      {width === 0 ? null : arrangement === 'wide' ? (
        <>
          {controls}
          <Split name="hero" label={text.splits.hero} direction="column" initial={0.5}>
            <Split name="charts" label={text.splits.charts} direction="row" initial={0.68}>
              {panels.topology()}
              {panels.charts()}
            </Split>
            <Split name="task" label={text.splits.task} direction="row" initial={0.62}>
              {group(text.work, WORK, work)}
              {group(text.task, TASK, task)}
            </Split>
          </Split>
        </>
      ) : arrangement === 'medium' ? (
        <>
          {controls}
          <Split name="hero-medium" label={text.splits.hero} direction="column" initial={0.46}>
            {panels.topology()}
            {group(
              text.all,
              [
                ...TASK.slice(0, 2),
                'code',
                'charts',
                'logs',
                'trace',
                'request',
                'terminal',
                'stores',
                'packets',
                ...TASK.slice(2),
                'events',
              ],
              one,
            )}
          </Split>
        </>
      ) : (
        <>
          <div data-panel="brief">{panels.brief()}</div>
          {controls}
          <div class="lb-narrow-hero" data-panel="topology">
            {panels.topology()}
          </div>
          <div class="lb-narrow-charts" data-panel="charts">
            {panels.charts()}
          </div>
          {hasExercise ? <div data-panel="checks">{panels.checks()}</div> : null}
          <div
            class="lb-narrow-tabs"
            data-panel="code logs trace request terminal stores packets faults load keep events"
          >
            {group(
              text.all,
              ['code', 'faults', 'logs', 'trace', 'request', 'terminal', 'stores', 'packets', 'load', 'keep', 'events'],
              one,
            )}
          </div>
        </>
      )}
      <Announcer />
    </section>
  );
}

const WORK: readonly PanelId[] = ['code', 'logs', 'trace', 'request', 'terminal', 'stores', 'packets', 'events'];
const TASK: readonly PanelId[] = ['brief', 'checks', 'faults', 'load', 'keep'];
