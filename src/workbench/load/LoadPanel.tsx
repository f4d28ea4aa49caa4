/** Steady load from outside, at a constant arrival rate. */

import type { LoadSpec } from '../../engines/engine.ts';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { loadTexts } from './texts.ts';

/** 1 to 1000/s in steps that feel even: each is about a fifth more than the one before. */
const RATES = [1, 2, 5, 10, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 700, 1000];

export function LoadPanel() {
  const { run, loadSpec, isLoadWanted } = useSession();
  const text = useText(loadTexts);
  const spec = loadSpec.value;
  const isLoaded = run.loadId.value !== null;
  const index = RATES.reduce(
    (best, rate, at) => (Math.abs(rate - spec.ratePerSecond) < Math.abs(RATES[best]! - spec.ratePerSecond) ? at : best),
    0,
  );
  const change = (next: Partial<LoadSpec>, isFinal: boolean) => {
    loadSpec.value = { ...spec, ...next };
    if (isLoaded && isFinal) void run.startLoad(loadSpec.value);
  };
  const hasBody = spec.method !== undefined && spec.method !== 'GET';
  return (
    <div class="lb-load lb-panel lb-scroll">
      <div class="lb-load-rate">
        <label class="lb-label" for="lb-load-rate">
          {text.rate}
        </label>
        <output class="lb-big">{spec.ratePerSecond}/s</output>
        <input
          id="lb-load-rate"
          type="range"
          min={0}
          max={RATES.length - 1}
          step={1}
          value={index}
          aria-valuetext={`${spec.ratePerSecond} ${text.unit}`}
          onInput={(event) => change({ ratePerSecond: RATES[Number(event.currentTarget.value)]! }, false)}
          onChange={(event) => change({ ratePerSecond: RATES[Number(event.currentTarget.value)]! }, true)}
        />
      </div>
      <div class="lb-panel-bar">
        <select
          aria-label={text.method}
          value={spec.method ?? 'GET'}
          onChange={(event) => change({ method: event.currentTarget.value }, true)}
        >
          <option>GET</option>
          <option>POST</option>
        </select>
        <input
          class="lb-url"
          type="url"
          aria-label={text.url}
          spellcheck={false}
          value={spec.url}
          onChange={(event) => change({ url: event.currentTarget.value }, true)}
        />
        {isLoaded ? (
          <button type="button" onClick={() => void run.stopLoad()}>
            {text.stop}
          </button>
        ) : (
          <button type="button" disabled={!run.isLive.value} onClick={() => void run.startLoad(loadSpec.value)}>
            {text.start}
          </button>
        )}
      </div>
      {hasBody ? (
        <textarea
          class="lb-request-body"
          aria-label={text.body}
          rows={3}
          spellcheck={false}
          value={spec.body ?? ''}
          onChange={(event) => change({ body: event.currentTarget.value }, true)}
        />
      ) : null}
      <label class="lb-checkbox">
        <input
          type="checkbox"
          checked={isLoadWanted.value}
          onChange={(event) => {
            isLoadWanted.value = event.currentTarget.checked;
          }}
        />
        {text.withRun}
      </label>
      <p class="lb-footnote">{text.why}</p>
    </div>
  );
}
