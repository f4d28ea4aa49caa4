/** How many packets a beam loses, where it loses them: the same fact as the bursting rings, for a look and for no motion. */
import { formatRate } from '../session/format.ts';
import type { Track } from './geometry.ts';
import { figureWidth, type Ground, placesAlong, placeText } from './labels.ts';

export interface Loss {
  readonly key: string;
  readonly perSecond: number;
}

/** The ring before the words. */
const RING_PX = 14;

export function LossMarks(props: {
  readonly losses: readonly Loss[];
  readonly tracks: ReadonlyMap<string, Track>;
  readonly ground: Ground;
  readonly text: (rate: string) => string;
}) {
  const { losses, tracks, ground, text } = props;
  return (
    <g class="lb-losses">
      {losses.map(({ key, perSecond }) => {
        const track = tracks.get(key);
        const words = text(formatRate(perSecond));
        const width = figureWidth(words) + RING_PX;
        const at = track === undefined ? null : placeText(ground, placesAlong(track, 0.55, width), width, key);
        return at === null ? null : (
          <g key={key} transform={`translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`}>
            <circle class="lb-loss-ring" cx={5 - width / 2} r="4" />
            <text x={RING_PX / 2} y="4" text-anchor="middle">
              {words}
            </text>
          </g>
        );
      })}
    </g>
  );
}
