/** Buttons, switches and sliders under a figure. */
import { useContext } from 'preact/hooks';
import { LanguageContext } from '../i18n/dictionary.ts';
import { formatMs } from '../session/format.ts';
import { useUid } from '../ui/hooks.ts';
import type { ControlState } from './control.ts';
import type { FigureText } from './props.ts';

export function Controls({ states, isLive }: { readonly states: readonly ControlState[]; readonly isLive: boolean }) {
  return (
    <div class="lb-figure-controls">
      {states.map((state) => (
        <Control key={state.control.id} state={state} isLive={isLive} />
      ))}
    </div>
  );
}

function Control({ state, isLive }: { readonly state: ControlState; readonly isLive: boolean }) {
  const { control } = state;
  const label = useFigureText(control.label);
  const id = useUid('lb-control');
  if (control.kind === 'once') {
    return (
      <button type="button" class="lb-break" disabled={!isLive} onClick={() => state.press()}>
        {label}
      </button>
    );
  }
  if (control.kind === 'toggle') {
    return (
      <button
        type="button"
        class="lb-break lb-switch"
        role="switch"
        aria-checked={state.value.value !== 0}
        disabled={!isLive}
        onClick={() => state.press()}
      >
        <span class="lb-switch-sign" aria-hidden="true" />
        {label}
      </button>
    );
  }
  const shown = control.kind === 'rate' ? `${state.value.value}/s` : unitText(state.value.value, control.unit);
  return (
    <div class="lb-slider">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="range"
        min={control.min}
        max={control.max}
        step={control.step}
        value={state.value.value}
        disabled={!isLive}
        aria-valuetext={shown}
        onInput={(event) => state.set(Number(event.currentTarget.value))}
      />
      <output>{shown}</output>
    </div>
  );
}

/** A figure's text in the surrounding language. */
export function useFigureText(text: FigureText | undefined): string {
  const language = useContext(LanguageContext);
  if (text === undefined) return '';
  return typeof text === 'string' ? text : (text[language] ?? text.en);
}

function unitText(value: number, unit: 'ms' | '%' | '/s'): string {
  if (unit === 'ms') return value >= 1000 ? `${value / 1000} s` : formatMs(value);
  return unit === '%' ? `${value} %` : `${value}/s`;
}
