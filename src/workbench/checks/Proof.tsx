/** Of a check: look at the run in which it was measured, and find the fewest faults that it fails by. */
import type { CheckResult } from '../../lab/check/verdict.ts';
import { useText } from '../i18n/dictionary.ts';
import { useSession } from '../session/context.ts';
import { formatClock } from '../session/format.ts';
import { faultText, faultTexts } from '../ui/fault-text.ts';
import { checksTexts } from './texts.ts';

export function Proof({ check }: { readonly check: CheckResult }) {
  const session = useSession();
  const { replays } = session;
  const text = useText(checksTexts);
  const words = useText(faultTexts);
  const work = replays.work.value;
  const isMine = work !== null && work.check === check.name;
  const shrunk = replays.shrunk.value.find((each) => each.check === check.name && each.seed === check.seed);
  return (
    <div class="lb-proof">
      {isMine ? (
        <p class="lb-proof-work" role="status">
          <span>{text.proof[work.kind]}</span>
          <progress max={1} value={work.share} aria-label={text.proof[work.kind]} />
          <button type="button" onClick={() => replays.abort()}>
            {text.stop}
          </button>
        </p>
      ) : (
        <div class="lb-proof-buttons">
          <button type="button" disabled={work !== null} onClick={() => void session.watchCheck(check)}>
            {text.proof.watch}
          </button>
          {check.passed || shrunk !== undefined ? null : (
            <button
              type="button"
              disabled={work !== null}
              title={text.proof.shrinkWhy}
              onClick={() => void session.shrinkCheck(check)}
            >
              {text.proof.shrink}
            </button>
          )}
        </div>
      )}
      {replays.failure.value === '' ? null : <p class="lb-notice lb-notice-warm">{replays.failure.value}</p>}
      {shrunk === undefined ? null : (
        <div class="lb-shrunk">
          <p>
            {shrunk.kept.length === 0
              ? text.proof.none(shrunk.total)
              : text.proof.some(shrunk.kept.length, shrunk.total, shrunk.isMinimal)}
          </p>
          <ol>
            {shrunk.kept.map(({ number, fault, fromMs, toMs }) => (
              <li key={number}>
                <span class="lb-fault-text">{faultText(fault, words)}</span>{' '}
                <span class="lb-time">
                  {formatClock(fromMs)}
                  {toMs === null || toMs === fromMs ? '' : ` – ${formatClock(toMs)}`}
                </span>
              </li>
            ))}
          </ol>
          <p class="lb-footnote">{text.proof.runs(shrunk.runs)}</p>
          {isMine ? null : (
            <button type="button" disabled={work !== null} onClick={() => void session.watchShrunk(check, shrunk)}>
              {text.proof.watchShrunk}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
