/** A link: a beam as wide as its load, with how much goes over it and how long an answer takes. */
import { formatMs, formatRate, formatShare } from '../session/format.ts';
import { beside, parallel, type Track } from './geometry.ts';
import type { Beam } from './layout.ts';
import { Part } from './Part.tsx';
import type { Stress } from './stress.ts';

/**
 * Where on the beam its figures stand. Nearer to the callee: faults are drawn in the first half. A beam past another
 * layer has its free end there; on a short one only the middle is clear of both members.
 */
function share(track: Track, rank: number): number {
  // Of several that run together to one member each has its own place for its figures.
  if (track.points.length > 2) return Math.max(0.5, 0.78 - 0.09 * rank);
  return track.length < 120 ? 0.48 : Math.max(0.4, 0.62 - 0.06 * rank);
}

export interface BeamShapeProps {
  readonly beam: Beam;
  readonly track: Track;
  /** Which it is of the links that meet the same member, from 0. */
  readonly rank: number;
  readonly ratePerSecond: number;
  readonly p50Ms: number;
  readonly errorRate: number;
  readonly stress: Stress;
  readonly label: string;
  readonly isOpen: boolean;
  readonly onOpen: (element: Element) => void;
}

export function BeamShape(props: BeamShapeProps) {
  const { beam, track, rank, ratePerSecond, p50Ms, errorRate, stress, label, isOpen, onOpen } = props;
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
          <Figure track={track} rank={rank} side={1} gap={half + 3} text={formatRate(ratePerSecond)} isMain />
          {second === '' ? null : <Figure track={track} rank={rank} side={-1} gap={half + 3} text={second} />}
        </g>
      ) : null}
    </>
  );
}

function Figure(props: {
  readonly track: Track;
  readonly rank: number;
  readonly side: 1 | -1;
  readonly gap: number;
  readonly text: string;
  readonly isMain?: boolean;
}) {
  // Plex Mono at 11 px is 6.6 px a letter.
  const { x, y } = beside(props.track, share(props.track, props.rank), props.side, props.gap, props.text.length * 6.6);
  return (
    <text class={props.isMain ? undefined : 'lb-figure-text'} x={x} y={y + 4}>
      {props.text}
    </text>
  );
}
