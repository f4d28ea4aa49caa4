/** Says aloud what matters while it happens: faults, exits, failures, recovery. Not every health check. */
import { useEffect, useState } from 'preact/hooks';
import { useText } from '../i18n/dictionary.ts';
import { useRun } from '../session/context.ts';
import type { Moment } from '../session/moments.ts';
import { faultTexts } from '../ui/fault-text.ts';
import { momentText, momentTexts } from '../ui/moment-text.ts';

/** A speech cannot keep up with a fast run; within this real time only the latest facts are kept. */
const PAUSE_MS = 1500;
const FACTS_MAX = 3;

export function Announcer() {
  const run = useRun();
  const words = useText(momentTexts);
  const faults = useText(faultTexts);
  const [said, setSaid] = useState('');
  useEffect(() => {
    let heard = 0;
    const timer = setInterval(() => {
      // Of now: what one looks back at was said when it happened.
      const { list } = run.record.world.moments;
      const newest = list.at(-1)?.seq ?? 0;
      if (newest < heard) heard = 0;
      const fresh = list.filter((moment) => moment.seq > heard && matters(moment)).slice(-FACTS_MAX);
      heard = newest;
      if (fresh.length > 0) setSaid(fresh.map((moment) => momentText(moment, words, faults)).join('. '));
    }, PAUSE_MS);
    return () => clearInterval(timer);
  }, [run, words, faults]);
  return (
    <div class="lb-sr-only" role="status" aria-live="polite">
      {said}
    </div>
  );
}

function matters(moment: Moment): boolean {
  if (moment.kind === 'process') return moment.state === 'exited' || moment.state === 'unhealthy';
  return moment.kind !== 'probe';
}
