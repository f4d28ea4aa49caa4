/** Points along a beam. */
import type { Point } from './layout.ts';

export interface Track {
  readonly points: readonly Point[];
  readonly length: number;
  /** Lengths up to each point. */
  readonly sums: readonly number[];
}

export function trackOf(points: readonly Point[]): Track {
  const sums = [0];
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1]!;
    const b = points[i]!;
    sums.push(sums[i - 1]! + Math.hypot(b.x - a.x, b.y - a.y));
  }
  return { points, sums, length: sums.at(-1)! };
}

/** The point at `share` (0 to 1) of the way, moved sideways by `offset` px (to the left of the direction of travel). */
export function pointAt(track: Track, share: number, offset = 0): Point {
  const { points, sums, length } = track;
  const at = Math.min(1, Math.max(0, share)) * length;
  let i = 1;
  while (i < points.length - 1 && sums[i]! < at) i++;
  const a = points[i - 1]!;
  const b = points[i] ?? a;
  const own = (sums[i] ?? 0) - sums[i - 1]!;
  const t = own === 0 ? 0 : (at - sums[i - 1]!) / own;
  const [dx, dy] = own === 0 ? [1, 0] : [(b.x - a.x) / own, (b.y - a.y) / own];
  return { x: a.x + (b.x - a.x) * t + dy * offset, y: a.y + (b.y - a.y) * t - dx * offset };
}

/** Direction of travel at `share`, degrees. */
export function angleAt(track: Track, share: number): number {
  const a = pointAt(track, share - 0.01);
  const b = pointAt(track, share + 0.01);
  return (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI;
}

/** Where the middle of a text must stand to touch the beam's side and not the beam: on its left (+1) or right (-1). */
export function beside(track: Track, share: number, side: 1 | -1, gap: number, textWidth: number): Point {
  const angle = (angleAt(track, share) * Math.PI) / 180;
  // How far a box of the text's size reaches towards the beam. 6 px: half the height of 11 px digits.
  const reach = 6 * Math.abs(Math.cos(angle)) + (textWidth / 2) * Math.abs(Math.sin(angle));
  return pointAt(track, share, side * (gap + reach));
}

/** A line beside the track, at `offset` px. */
export function parallel(points: readonly Point[], offset: number): string {
  const track = trackOf(points);
  return points
    .map((_, index) => {
      // At a bend the mean of both directions keeps the two lines apart by about the same width.
      const share = track.length === 0 ? 0 : track.sums[index]! / track.length;
      const { x, y } = pointAt(track, share, offset);
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}

/**
 * A stroke as by hand: the same text gives the same wobble, so a fault's mark does not shiver when the picture is drawn
 * again.
 */
export function penciled(points: readonly Point[], name: string, wobble = 1.2): string {
  let seed = 17;
  for (let i = 0; i < name.length; i++) seed = (Math.imul(seed, 31) + name.charCodeAt(i)) | 0;
  const next = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed / 0x7fffffff - 0.5) * 2 * wobble;
  };
  let path = '';
  points.forEach((point, index) => {
    if (index === 0) {
      path += `M${(point.x + next()).toFixed(1)} ${(point.y + next()).toFixed(1)}`;
      return;
    }
    const last = points[index - 1]!;
    const middle = { x: (last.x + point.x) / 2 + next() * 1.5, y: (last.y + point.y) / 2 + next() * 1.5 };
    path += `Q${middle.x.toFixed(1)} ${middle.y.toFixed(1)} ${(point.x + next()).toFixed(1)} ${(point.y + next()).toFixed(1)}`;
  });
  return path;
}
