/** One check of a verdict: what was measured against which bound, and the line over time with the fault shaded. */
import type { CheckResult, Measurement, Plot as VerdictPlot } from '../../lab/check/verdict.ts';
import { useText } from '../i18n/dictionary.ts';
import { Plot } from '../plot/index.ts';
import { useSession } from '../session/context.ts';
import { formatClock } from '../session/format.ts';
import { sourcePlaces } from '../session/logs.ts';
import { Icon } from '../ui/Icon.tsx';
import { boundText, gauge, valueText } from './measurement.ts';
import { Proof } from './Proof.tsx';
import { checksTexts } from './texts.ts';

export function CheckView({ check, isOpen }: { readonly check: CheckResult; readonly isOpen: boolean }) {
  const session = useSession();
  const text = useText(checksTexts);
  const canBeSeen = isOfTheLab(session);
  return (
    <details class={`lb-check-result ${check.passed ? 'lb-passed' : 'lb-failed'}`} open={isOpen}>
      <summary>
        <span class="lb-check-sign">
          <Icon name={check.passed ? 'check' : 'cross'} size={14} />
          <span class="lb-sr-only">{check.passed ? text.check.passed : text.check.failed}</span>
        </span>
        <span class="lb-check-name">{check.name}</span>
        <span class="lb-check-seed">{text.seed(check.seed)}</span>
      </summary>
      {check.error === undefined ? null : (
        <div class="lb-check-error">
          <p class="lb-label">{text.error}</p>
          <pre>{check.error}</pre>
          {sourcePlaces(check.error, '', session.files.starter).map((place) => (
            <button
              key={`${place.file}:${place.line}`}
              type="button"
              class="lb-link"
              onClick={() => session.showPlace(place)}
            >
              {text.open(place.file, place.line)}
            </button>
          ))}
        </div>
      )}
      {check.measurements.length === 0 ? null : (
        <table class="lb-measurements">
          <thead class="lb-sr-only">
            <tr>
              <th scope="col">{text.what}</th>
              <th scope="col">{text.measured}</th>
              <th scope="col">{text.bound}</th>
            </tr>
          </thead>
          <tbody>
            {check.measurements.map((measurement, index) => (
              <Row key={index} measurement={measurement} check={check} />
            ))}
          </tbody>
        </table>
      )}
      {check.plots.map((plot) => (
        <Evidence
          key={plot.title}
          plot={plot}
          onPick={canBeSeen ? (atMs) => void session.watchCheck(check, { atMs }) : undefined}
        />
      ))}
      {canBeSeen ? <Proof check={check} /> : null}
    </details>
  );
}

function Row({ measurement, check }: { readonly measurement: Measurement; readonly check: CheckResult }) {
  const session = useSession();
  const text = useText(checksTexts);
  const { pointer } = measurement;
  const lengths = gauge(measurement);
  return (
    <tr class={measurement.passed ? 'lb-passed' : 'lb-failed'}>
      <th scope="row">
        {measurement.label}
        {pointer === undefined || !isOfTheLab(session) ? null : (
          <>
            {' '}
            <button
              type="button"
              class="lb-link lb-time"
              title={pointer.requestId === undefined ? text.toMoment : text.toRequest}
              disabled={session.replays.work.value !== null}
              onClick={() => void session.watchCheck(check, pointer)}
            >
              {text.at(formatClock(pointer.atMs))}
            </button>
          </>
        )}
      </th>
      <td class="lb-actual">
        {measurement.passed ? '' : '✕ '}
        {valueText(measurement.actual, measurement.unit, text)}
      </td>
      <td class="lb-gauge">
        {lengths === null ? null : (
          <svg width="100" height="12" viewBox="0 0 100 12" aria-hidden="true">
            <path class="lb-gauge-rail" d="M0 6h100" />
            <path class="lb-gauge-value" d={`M0 6h${(lengths.value * 100).toFixed(1)}`} />
            <path class="lb-gauge-bound" d={`M${lengths.bound * 100} 0v12`} />
          </svg>
        )}
      </td>
      <td class="lb-bound-text">{boundText(measurement, text)}</td>
    </tr>
  );
}

function Evidence({
  plot,
  onPick,
}: {
  readonly plot: VerdictPlot;
  readonly onPick: ((atMs: number) => void) | undefined;
}) {
  const text = useText(checksTexts);
  const points = plot.points;
  const end = Math.max(points.at(-1)?.[0] ?? 0, ...plot.faults.map((fault) => fault.toMs));
  const worst = Math.max(0, ...points.map(([, value]) => value).filter(Number.isFinite));
  const { bound } = plot;
  return (
    <figure class="lb-evidence">
      <figcaption>
        {plot.title}
        {plot.faults.map((fault) => (
          <span key={`${fault.text}${fault.fromMs}`} class="lb-fault-text">
            {fault.text}
          </span>
        ))}
      </figcaption>
      <Plot
        title={plot.title}
        unit={plot.unit}
        lines={[{ name: '', tone: 'ink', points }]}
        windows={plot.faults.map((fault) => ({ fromMs: fault.fromMs, toMs: fault.toMs, text: fault.text }))}
        fromMs={0}
        toMs={Math.ceil(end / 1000) * 1000}
        height={132}
        onPick={onPick}
        bound={bound}
        // Over two powers of ten a linear axis would hide either the bound or the incident.
        isLog={plot.unit === 'ms' && bound !== undefined && worst > 20 * bound}
        description={`${text.bound} ${bound ?? text.nothing} ${plot.unit}, max ${Math.round(worst * 100) / 100} ${plot.unit}`}
      />
    </figure>
  );
}

/** Only its runs can be had again, to be looked at. */
function isOfTheLab({ grading }: ReturnType<typeof useSession>): boolean {
  return grading.verdict.value?.engine === undefined;
}
