/**
 * Where texts stand beside beams, so that none touches another, a member, or a beam that is not its own. A place is found
 * once for each drawing and for the longest text that belongs there: nothing jumps when figures change. A beam in a
 * bundle without room keeps its figures for its name and its menu.
 */
import { beside, pointAt, type Track } from './geometry.ts';
import { type Box, type Layout, outsideLength, type Point } from './layout.ts';

/** Plex Mono at 11 px. */
const LETTER_PX = 6.6;
const LINE_PX = 12;
/** As many letters as a rate and a duration or share may have: `1,234/s`, `12.3 ms`, `✕ 0.2 %`. */
const RATE_LETTERS = 6;
const SECOND_LETTERS = 7;
/** From a beam's middle to its edge at the greatest load, and the air between. */
export const BEAM_HALF_PX = 8;
const GAP_PX = BEAM_HALF_PX + 3;
const AIR_PX = 2;
/** Between two texts in a row: nearer together they read as one. */
const WORD_PX = 8;

export interface BeamLabels {
  /** The middle of each text; null where there is no room. */
  readonly rate: Point | null;
  readonly second: Point | null;
}

interface Placed {
  readonly labels: BeamLabels;
  readonly boxes: readonly Box[];
  readonly cost: number;
}

const NOWHERE: BeamLabels = { rate: null, second: null };
const SHARES = Array.from({ length: 29 }, (_, i) => 0.08 + i * 0.03);

/** What a text must not touch. */
export class Ground {
  private readonly layout: Layout;
  private readonly height: number;
  private readonly tracks: ReadonlyMap<string, Track>;
  private readonly taken: Box[];
  /** As they are drawn. */
  private readonly members: readonly Box[];

  constructor(layout: Layout, height: number, tracks: ReadonlyMap<string, Track>, taken: readonly Box[] = []) {
    this.layout = layout;
    this.height = height;
    this.tracks = tracks;
    this.taken = [...taken];
    this.members = layout.members.map((member) => {
      if (!member.isOutside || layout.direction === 'right') return member;
      const width = outsideLength(member);
      return { ...member, x: member.x + (member.width - width) / 2, width };
    });
  }

  take(...boxes: readonly Box[]): void {
    this.taken.push(...boxes);
  }

  /** The same, for what comes and goes. */
  copy(): Ground {
    return new Ground(this.layout, this.height, this.tracks, this.taken);
  }

  /** `own`: the beam that it belongs to and may come near to. `mayCross`: only other texts and members count. */
  isFree(box: Box, own = '', mayCross = false): boolean {
    const { layout } = this;
    if (box.x < 2 || box.y < 2 || box.x + box.width > layout.width - 2 || box.y + box.height > this.height - 2)
      return false;
    if (this.members.some((other) => overlap(box, other, AIR_PX))) return false;
    if (this.taken.some((other) => overlap(box, other, AIR_PX, WORD_PX))) return false;
    if (mayCross) return true;
    for (const [key, track] of this.tracks) {
      if (crosses(track, box, key === own ? BEAM_HALF_PX - 1 : BEAM_HALF_PX)) return false;
    }
    return true;
  }
}

interface Placement {
  readonly labels: ReadonlyMap<string, BeamLabels>;
  readonly ground: Ground;
}

/** One after the other finds no place for all; those that were left over choose first in the next round. */
const ROUNDS = 4;

/** The figures' places by beam, and the ground with them on it. */
export function placeLabels(layout: Layout, height: number, tracks: ReadonlyMap<string, Track>): Placement {
  // Short beams have the fewest places to choose from.
  let order = [...tracks].sort(([, a], [, b]) => a.length - b.length);
  let best: Placement | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && fewest > 0; round++) {
    const placed = placeInOrder(order, new Ground(layout, height, tracks));
    const isLeft = ([key]: readonly [string, Track]) => placed.labels.get(key)!.rate === null;
    const left = order.filter(isLeft);
    if (left.length < fewest) {
      fewest = left.length;
      best = placed;
    }
    order = [...left, ...order.filter((each) => !isLeft(each))];
  }
  return best!;
}

function placeInOrder(order: readonly (readonly [string, Track])[], ground: Ground): Placement {
  const labels = new Map<string, BeamLabels>();
  for (const [key, track] of order) {
    const best = candidates(key, track, ground).reduce<Placed | null>(
      (found, each) => (found === null || each.cost < found.cost ? each : found),
      null,
    );
    labels.set(key, best?.labels ?? NOWHERE);
    if (best !== null) ground.take(...best.boxes);
  }
  return { labels, ground };
}

/** Both texts at one share of the beam; else the rate alone. */
function candidates(key: string, track: Track, ground: Ground): readonly Placed[] {
  // Nearer to the callee: faults are drawn in the first half. On a short beam only the middle is clear of both members.
  const wanted = track.length < 120 ? 0.5 : 0.62;
  const rateBox = (at: Point) => boxAround(at, RATE_LETTERS * LETTER_PX, LINE_PX);
  const secondBox = (at: Point) => boxAround(at, SECOND_LETTERS * LETTER_PX, LINE_PX);
  const found: Placed[] = [];
  for (const share of SHARES) {
    const away = Math.abs(share - wanted) + (Math.abs(share - FAULT_SHARE) < 0.09 ? 0.25 : 0);
    for (const side of [1, -1] as const) {
      const rate = beside(track, share, side, GAP_PX, RATE_LETTERS * LETTER_PX);
      if (!ground.isFree(rateBox(rate), key)) continue;
      const onSide = side === 1 ? 0 : 0.04;
      found.push({ labels: { rate, second: null }, boxes: [rateBox(rate)], cost: 1 + away + onSide });
      const across = beside(track, share, side === 1 ? -1 : 1, GAP_PX, SECOND_LETTERS * LETTER_PX);
      const below = { x: rate.x, y: rate.y + (rate.y < pointAt(track, share).y ? -1 : 1) * (LINE_PX + 1) };
      for (const [second, cost] of [
        [across, 0],
        [below, 0.12],
      ] as const) {
        const box = secondBox(second);
        if (!ground.isFree(box, key)) continue;
        found.push({ labels: { rate, second }, boxes: [rateBox(rate), box], cost: away + onSide + cost });
      }
    }
  }
  return found;
}

/** Where on a beam its faults are drawn. */
export const FAULT_SHARE = 0.3;

/**
 * The first of the places at which a text of this size touches nothing; else the first at which only a beam runs behind
 * it: what is broken must be said also where there is little room. Null when there is none.
 */
export function placeText(ground: Ground, places: Iterable<Point>, width: number, own = ''): Point | null {
  const all = [...places].map((at) => ({ at, box: boxAround(at, width, LINE_PX + 2) }));
  const found =
    all.find(({ box }) => ground.isFree(box, own)) ?? all.find(({ box }) => ground.isFree(box, own, true)) ?? null;
  if (found !== null) ground.take(found.box);
  return found?.at ?? null;
}

/** Beside a beam, the nearest to `share` first; then one and two lines further off. */
export function* placesAlong(track: Track, share: number, width: number, gap = GAP_PX): Generator<Point> {
  for (const off of [0, 15, 30]) {
    for (let away = 0; away < (off === 0 ? 0.5 : 0.25); away += 0.03) {
      for (const at of away === 0 ? [share] : [share - away, share + away]) {
        if (at < 0.06 || at > 0.94) continue;
        for (const side of [1, -1] as const) yield beside(track, at, side, gap + off, width);
      }
    }
  }
}

/** Plex Sans at 12 px, semibold; a Chinese letter is a square. */
export function textWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += letter > '\u2e7f' ? 12.5 : 6.9;
  return width;
}

/** The same of figures; system fonts stand in for Chinese. */
export function figureWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += letter > '\u2e7f' ? 11.5 : LETTER_PX;
  return width;
}

export function boxAround({ x, y }: Point, width: number, height: number): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

export function overlap(a: Box, b: Box, air = 0, airAcross = air): boolean {
  return (
    a.x < b.x + b.width + airAcross &&
    b.x < a.x + a.width + airAcross &&
    a.y < b.y + b.height + air &&
    b.y < a.y + a.height + air
  );
}

/** Whether a beam of that half width runs through a box. */
export function crosses({ points }: Track, box: Box, half: number): boolean {
  const wide = { x: box.x - half, y: box.y - half, width: box.width + 2 * half, height: box.height + 2 * half };
  return points.some((point, i) => i > 0 && meets(points[i - 1]!, point, wide));
}

/** Liang and Barsky's clipping: what of the line is inside on each axis must have a part in common. */
function meets(a: Point, b: Point, box: Box): boolean {
  let from = 0;
  let to = 1;
  for (const [start, delta, min, max] of [
    [a.x, b.x - a.x, box.x, box.x + box.width],
    [a.y, b.y - a.y, box.y, box.y + box.height],
  ] as const) {
    if (delta === 0) {
      if (start <= min || start >= max) return false;
      continue;
    }
    const near = (min - start) / delta;
    const far = (max - start) / delta;
    from = Math.max(from, Math.min(near, far));
    to = Math.min(to, Math.max(near, far));
  }
  return from < to;
}
