/** What is broken now, and a form that can break anything: the way to all faults without the picture. */
import { useSignal } from '@preact/signals';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatClock } from '../session/format.ts';
import { isMoment, offersForLink, offersForService } from '../session/offers.ts';
import { OUTSIDE } from '../session/world.ts';
import { faultText, faultTexts, faultValue } from '../ui/fault-text.ts';
import { PredictRun } from './PredictRun.tsx';
import { faultsTexts } from './texts.ts';

const DURATIONS = [0, 5, 10, 30, 60];

export function FaultsPanel() {
  const { run } = useSession();
  const text = useText(faultsTexts);
  const words = useText(faultTexts);
  const place = useSignal('');
  const kind = useSignal('');
  const value = useSignal(0);
  const seconds = useSignal(0);
  void run.version.value;
  const { world } = run;
  const services = run.topology.value?.services ?? [];
  const links = [
    ...services.filter((each) => each.isPublished).map((each) => [OUTSIDE, each.name] as const),
    ...services.flatMap((each) => each.dependsOn.map((to) => [each.name, to] as const)),
  ];
  const places = [
    ...services.map((each) => ({ id: each.name, label: each.name, offers: offersForService(each.name) })),
    ...links.map(([from, to]) => ({ id: `${from}→${to}`, label: `${from} → ${to}`, offers: offersForLink(from, to) })),
  ];
  const chosen = places.find((each) => each.id === place.value) ?? places[0];
  const offer = chosen?.offers.find((each) => each.kind === kind.value) ?? chosen?.offers[0];
  const fault = offer?.faults[value.value] ?? offer?.faults[0];
  const active = [...world.faults.active.values()];
  const past = world.faults.windows
    .filter((each) => each.toMs !== null)
    .slice(-20)
    .reverse();
  if (!run.isLive.value) return <p class="lb-empty">{text.notRunning}</p>;
  return (
    <div class="lb-faults-panel lb-panel lb-scroll">
      <section>
        <h3 class="lb-label">{text.active}</h3>
        {active.length === 0 ? (
          <p class="lb-none">{text.none}</p>
        ) : (
          <ul class="lb-fault-list">
            {active.map((each) => (
              <li key={each.id}>
                <span class="lb-fault-text">{faultText(each.fault, words)}</span>
                <span class="lb-time">{text.since(formatClock(each.sinceMs))}</span>
                <button
                  type="button"
                  aria-label={text.healWhat(faultText(each.fault, words))}
                  onClick={() => void run.heal(each.id)}
                >
                  {text.heal}
                </button>
              </li>
            ))}
          </ul>
        )}
        {active.length > 1 ? (
          <button type="button" onClick={() => void run.healAll()}>
            {text.healAll}
          </button>
        ) : null}
      </section>
      <PredictRun />
      <section>
        <h3 class="lb-label">{text.add}</h3>
        <form
          class="lb-fault-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (fault === undefined) return;
            const isTimed = seconds.value > 0 && !isMoment(fault.kind);
            void run.inject(isTimed ? { ...fault, forMs: seconds.value * 1000 } : fault);
          }}
        >
          <label>
            <span class="lb-label">{text.where}</span>
            <select
              value={chosen?.id}
              onChange={(event) => {
                place.value = event.currentTarget.value;
                value.value = 0;
              }}
            >
              {places.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.label}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span class="lb-label">{text.what}</span>
            <select
              value={offer?.kind}
              onChange={(event) => {
                kind.value = event.currentTarget.value;
                value.value = 0;
              }}
            >
              {chosen?.offers.map((each) => (
                <option key={each.kind} value={each.kind}>
                  {words.kinds[each.kind]}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span class="lb-label">{text.value}</span>
            <select
              value={String(value.value)}
              onChange={(event) => {
                value.value = Number(event.currentTarget.value);
              }}
            >
              {offer?.faults.map((each, index) => (
                <option key={faultValue(each, words)} value={String(index)}>
                  {faultValue(each, words)}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span class="lb-label">{text.forHowLong}</span>
            <select
              value={String(seconds.value)}
              disabled={fault === undefined || isMoment(fault.kind)}
              onChange={(event) => {
                seconds.value = Number(event.currentTarget.value);
              }}
            >
              {DURATIONS.map((each) => (
                <option key={each} value={String(each)}>
                  {each === 0 ? text.untilHealed : text.seconds(each)}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" class="lb-break">
            {text.inject}
          </button>
        </form>
        {offer === undefined ? null : <p class="lb-none">{words.help[offer.kind]}</p>}
      </section>
      {past.length === 0 ? null : (
        <section>
          <h3 class="lb-label">{text.past}</h3>
          <ul class="lb-fault-list lb-past">
            {past.map((each) => (
              <li key={each.id}>
                <span class="lb-fault-text">{faultText(each.fault, words)}</span>
                <span class="lb-time">
                  {formatClock(each.fromMs)}
                  {each.toMs === each.fromMs ? '' : ` – ${formatClock(each.toMs ?? 0)}`}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
