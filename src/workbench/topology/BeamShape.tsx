/** A link: a beam as wide as its load, with how much goes over it and how long an answer takes. */
import { formatMs, formatRate, formatShare } from '../session/format.ts';
import { parallel, pointAt, type Track } from './geometry.ts';
import type { Beam } from './layout.ts';
import type { Stress } from './stress.ts';

export interface BeamShapeProps {
  readonly beam: Beam;
  readonly track: Track;
  readonly ratePerSecond: number;
  readonly p50Ms: number;
  readonly errorRate: number;
  readonly stress: Stress;
  readonly label: string;
  readonly isOpen: boolean;
  readonly onOpen: (element: Element) => void;
}

export function BeamShape(props: BeamShapeProps) {
  const { beam, track, ratePerSecond, p50Ms, errorRate, stress, label, isOpen, onOpen } = props;
  // Logarithmic: twice as wide for a thousand times the load, so that nothing covers the picture.
  const half = 5 + Math.min(3, Math.log10(1 + ratePerSecond));
  const at = pointAt(track, 0.62);
  const hasTraffic = ratePerSecond > 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG group cannot be a <button>
    <g
      class={`lb-beam lb-stress-${stress}${beam.isObserved ? ' lb-beam-observed' : ''}`}
      role="button"
      tabIndex={0}
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={isOpen}
      onClick={(event) => onOpen(event.currentTarget)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onOpen(event.currentTarget);
      }}
    >
      <path class="lb-beam-hit" d={parallel(beam.points, 0)} />
      <path class="lb-beam-edge" d={parallel(beam.points, half)} />
      <path class="lb-beam-edge" d={parallel(beam.points, -half)} />
      {hasTraffic ? (
        <g class="lb-beam-text" text-anchor="middle">
          <text x={at.x} y={at.y - half - 4}>
            {formatRate(ratePerSecond)}
          </text>
          <text class="lb-figure-text" x={at.x} y={at.y + half + 12}>
            {errorRate > 0 ? `✕ ${formatShare(errorRate)}` : formatMs(p50Ms)}
          </text>
        </g>
      ) : null}
    </g>
  );
}
