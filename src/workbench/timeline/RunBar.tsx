/** Run, pause, step, speed, the virtual clock; applying edits and running the checks. */
import type { ComponentChildren } from 'preact';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatClock, formatMs, formatSpeed } from '../session/format.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { Shortcuts } from './Shortcuts.tsx';
import { speeds } from './speeds.ts';
import { timelineTexts } from './texts.ts';

/** `children`: what else belongs to the run. */
export function RunBar({ children }: { readonly children?: ComponentChildren }) {
  const session = useSession();
  const { run } = session;
  const { past } = run;
  const text = useText(timelineTexts);
  const isPast = past.atMs.value !== null;
  const recording = past.recording.value;
  const status = run.status.value;
  const isLive = run.isLive.value;
  const unapplied = session.unapplied.value.length;
  return (
    <div class="lb-runbar" role="toolbar" aria-label={text.label}>
      {status === 'booting' ? (
        <button type="button" class="lb-primary" onClick={() => run.stop()}>
          <span class="lb-spinner" aria-hidden="true" />
          {text.cancel}
        </button>
      ) : isLive ? (
        <button type="button" class="lb-primary" onClick={() => run.stop()}>
          <Icon name="stop" size={14} />
          {text.stop}
        </button>
      ) : (
        <button type="button" class="lb-primary" onClick={() => void session.start()}>
          <Icon name="play" size={14} />
          {status === 'ended' ? text.again : text.run}
        </button>
      )}
      <Transport />
      <label class="lb-speed" title={text.speedWhat}>
        <span class="lb-label">{text.speed}</span>
        <select
          value={String(run.speed.value)}
          disabled={run.isRealTime.value}
          onChange={(event) => run.setSpeed(Number(event.currentTarget.value))}
          aria-label={`${text.speed}: ${text.speedWhat}`}
        >
          {speeds.map((speed) => (
            <option key={speed} value={String(speed)}>
              {Number.isFinite(speed) ? formatSpeed(speed) : text.max}
            </option>
          ))}
        </select>
      </label>
      <output
        class={`lb-clock lb-clock-${status}${isPast ? ' lb-clock-past' : ''}`}
        aria-label={text.clock}
        aria-live="off"
      >
        <span class="lb-clock-time">{formatClock(run.nowMs.value)}</span>
        <span class="lb-clock-state">
          {isPast
            ? recording === null
              ? text.past(formatClock(run.endMs.value))
              : text.recorded(recording.title)
            : status === 'playing' && run.nowMs.value < 2000 && Number.isFinite(run.bootTookMs.value)
              ? text.booted(formatMs(run.bootTookMs.value))
              : text.states[status]}
        </span>
      </output>
      <label class="lb-seed">
        <span class="lb-label">{text.seed}</span>
        <input
          type="number"
          min={1}
          max={999999}
          value={session.seed.value}
          disabled={isLive || status === 'booting'}
          onChange={(event) => {
            session.seed.value = Math.max(1, Math.floor(Number(event.currentTarget.value)) || 1);
          }}
        />
      </label>
      {isPast ? (
        <button type="button" class="lb-back" onClick={() => past.leave()}>
          <Icon name="stepRequest" size={14} />
          {text.back}
        </button>
      ) : null}
      {children}
      <span class="lb-spacer" />
      {isLive && unapplied === 0 && run.restarting.value.length > 0 ? (
        <span class="lb-restarting" role="status">
          <span class="lb-spinner" aria-hidden="true" />
          {text.restarting(run.restarting.value.join(', '))}
        </span>
      ) : null}
      {isLive && unapplied > 0 ? (
        <button type="button" class="lb-apply" onClick={() => void session.apply()}>
          <Icon name="restart" size={14} />
          {text.apply(unapplied)}
        </button>
      ) : null}
      <Shortcuts />
      {session.subject.exercise === null ? null : <CheckButton />}
    </div>
  );
}

/** Steps to both sides, play and pause, a mark: of the run, or of what is shown of its past. */
function Transport() {
  const { run } = useSession();
  const { past } = run;
  const text = useText(timelineTexts);
  const canStand = run.isLive.value && !run.isRealTime.value;
  const atMs = past.atMs.value;
  const isPast = atMs !== null;
  const hasPast = run.endMs.value > 0 || isPast;
  const stands = isPast ? !past.isPlaying.value : run.status.value === 'paused';
  const marked = past.marks.value.some((mark) => Math.abs(mark.atMs - (atMs ?? run.endMs.value)) < 1);
  const playing = isPast && stands ? text.replay : stands ? text.play : text.pause;
  const button = (label: string, icon: IconName, isOn: boolean, act: () => void) => (
    <button type="button" class="lb-icon-button" disabled={!isOn} title={label} aria-label={label} onClick={act}>
      <Icon name={icon} />
    </button>
  );
  const step = (unit: 'event' | 'request') => (isPast ? past.step(unit, 1) : run.step(unit));
  const toggle = () => {
    if (isPast) stands ? past.play() : past.pause();
    else stands ? run.play() : run.pause();
  };
  return (
    <div class="lb-button-group">
      {button(text.backRequest, 'stepRequestBack', hasPast, () => past.step('request', -1))}
      {button(text.backEvent, 'stepBack', hasPast, () => past.step('event', -1))}
      {button(playing, stands ? 'play' : 'pause', canStand || isPast, toggle)}
      {button(text.stepEvent, 'step', canStand || isPast, () => step('event'))}
      {button(text.stepRequest, 'stepRequest', canStand || isPast, () => step('request'))}
      {button(marked ? text.unmark : text.mark, 'flag', hasPast && past.recording.value === null, () =>
        past.toggleMark(),
      )}
    </div>
  );
}

function CheckButton() {
  const session = useSession();
  const { grading } = session;
  const text = useText(timelineTexts);
  const progress = grading.progress.value;
  const verdict = grading.verdict.value;
  const isOld = grading.gradedFiles.value !== session.files.files.value;
  if (progress !== null) {
    return (
      <button type="button" class="lb-check" onClick={() => grading.abort()} title={text.stopChecks}>
        <span class="lb-spinner" aria-hidden="true" />
        {text.checking(Math.round(progress * 100))}
      </button>
    );
  }
  const failed = verdict?.checks.filter((check) => !check.passed).length ?? 0;
  return (
    <>
      {verdict === null || isOld ? null : (
        <button
          type="button"
          class={`lb-verdict-chip ${verdict.passed ? 'lb-ok' : 'lb-bad'}`}
          onClick={() => session.show('checks')}
        >
          <Icon name={verdict.passed ? 'check' : 'cross'} size={14} />
          {verdict.passed
            ? text.passed
            : verdict.failure !== undefined
              ? text.couldNotRun
              : text.failed(failed, verdict.checks.length)}
        </button>
      )}
      <button
        type="button"
        class="lb-check"
        onClick={() => {
          session.show('checks');
          void session.check();
        }}
      >
        <Icon name="check" size={14} />
        {text.check}
      </button>
    </>
  );
}
