/** A link: a beam as wide as its load, with how much goes over it and how long an answer takes. */
import { formatMs, formatRate, formatShare } from '../session/format.ts';
import { parallel } from './geometry.ts';
import type { BeamLabels } from './labels.ts';
import type { Beam, Point } from './layout.ts';
import { Part } from './Part.tsx';
import type { Stress } from './stress.ts';

export interface BeamShapeProps {
  readonly beam: Beam;
  readonly labels: BeamLabels;
  readonly ratePerSecond: number;
  readonly p50Ms: number;
  readonly errorRate: number;
  readonly stress: Stress;
  readonly label: string;
  readonly isOpen: boolean;
  readonly onOpen: (element: Element) => void;
}

export function BeamShape(props: BeamShapeProps) {
  const { beam, labels, ratePerSecond, p50Ms, errorRate, stress, label, isOpen, onOpen } = props;
  // Logarithmic: twice as wide for a thousand times the load, so that nothing covers the picture.
  const half = 5 + Math.min(3, Math.log10(1 + ratePerSecond));
  const hasTraffic = ratePerSecond > 0;
  // Statements that wait for nothing take no time of their own; "0 ms" would only be ink.
  const second = errorRate > 0 ? `✕ ${formatShare(errorRate)}` : p50Ms < 0.05 ? '' : formatMs(p50Ms);
  return (
    <>
      <Part
        class={`lb-beam lb-stress-${stress}${beam.isObserved ? ' lb-beam-observed' : ''}`}
        label={label}
        isOpen={isOpen}
        onOpen={onOpen}
      >
        <path class="lb-beam-hit" d={parallel(beam.points, 0)} />
        <path class="lb-beam-edge" d={parallel(beam.points, half)} />
        <path class="lb-beam-edge" d={parallel(beam.points, -half)} />
      </Part>
      {hasTraffic ? (
        <g class={`lb-beam-text lb-stress-${stress}`} text-anchor="middle">
          <Figure at={labels.rate} text={formatRate(ratePerSecond)} isMain />
          {second === '' ? null : <Figure at={labels.second} text={second} />}
        </g>
      ) : null}
    </>
  );
}

function Figure({ at, text, isMain }: { readonly at: Point | null; readonly text: string; readonly isMain?: boolean }) {
  return at === null ? null : (
    <text class={isMain ? undefined : 'lb-figure-text'} x={at.x} y={at.y + 4}>
      {text}
    </text>
  );
}
