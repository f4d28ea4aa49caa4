/**
 * Marks that move along beams: the animation's state, without any drawing. Real calls take a few virtual milliseconds,
 * less than a frame, so a journey is drawn longer than it is; what takes long in truth (a 2 s latency, a stuck service)
 * takes that long here too. Beyond a density marks are thinned out and the beam shows a stream; failures come first.
 */

import type { Movement } from '../session/world.ts';
import { angleAt, pointAt, type Track } from './geometry.ts';

export interface Mark {
  readonly id: number;
  readonly root: number;
  readonly link: string;
  phase: 'out' | 'waiting' | 'back' | 'ending';
  startMs: number;
  durationMs: number;
  outcome: 'none' | 'ok' | 'slow' | 'failed' | 'dropped' | 'resent' | 'reset';
  /** The answer came while the mark was still on its way out. */
  answered: boolean;
  /** Where on the beam it ends, 0 to 1. */
  endShare: number;
  /** Of a packet: against the beam's direction. */
  readonly isReply?: boolean;
}

export interface DrawnMark {
  readonly root: number;
  readonly x: number;
  readonly y: number;
  readonly alpha: number;
  readonly isReply: boolean;
  readonly outcome: Mark['outcome'];
  /** Direction of the beam there, radians. */
  readonly angle: number;
}

/** A journey the eye can follow, ms of animation. */
const TRAVEL_MS = 420;
const ENDING_MS = 500;
/** Where on a beam the callee's door is: what is refused ends there. */
const DOOR = 0.92;
/** Room for one mark, px of beam: nearer together they cannot be told apart. */
const MARK_PX = 11;
/** New marks per beam and second of animation; above it the stream carries the rest. */
const BUDGET_PER_SECOND = 30;
const KNOWN_MAX = 4000;

export class Motion {
  /** Animation time, ms; stands still while the run does. */
  timeMs = 0;
  tracks: ReadonlyMap<string, Track> = new Map();
  /** Extra one-way delay of a beam by its latency faults, virtual ms. */
  delays: ReadonlyMap<string, number> = new Map();
  private readonly marks = new Map<number, Mark>();
  private readonly alive = new Map<string, number>();
  private readonly budgets = new Map<string, number>();
  private readonly skipped = new Map<string, number>();
  /** Operations have ids below 0, too; these are far from them. */
  private eventId = -1e12;

  /** `speed`: virtual seconds per real second. `delayMs`: how much later in animation time it is to start. */
  take(movement: Movement, speed: number, delayMs = 0): void {
    const link = movement.link.key;
    if (!this.tracks.has(link)) return;
    const startMs = this.timeMs + delayMs;
    switch (movement.kind) {
      case 'sent': {
        if (!this.mayAdd(link)) {
          this.skipped.set(link, (this.skipped.get(link) ?? 0) + 1);
          return;
        }
        const delay = (this.delays.get(link) ?? 0) / Math.max(speed, 0.001);
        this.add({
          id: movement.request.id,
          root: movement.request.root,
          link,
          phase: 'out',
          startMs,
          durationMs: Math.max(TRAVEL_MS, Math.min(delay, 20_000)),
          outcome: 'none',
          answered: false,
          endShare: 1,
        });
        return;
      }
      case 'answered': {
        const mark = this.marks.get(movement.request.id);
        const outcome = movement.isFailure ? 'failed' : movement.isSlow ? 'slow' : 'ok';
        if (mark === undefined) {
          if (outcome !== 'failed' || !this.mayAdd(link)) return;
          this.add({
            id: movement.request.id,
            root: movement.request.root,
            link,
            phase: 'ending',
            startMs,
            durationMs: ENDING_MS,
            outcome,
            answered: true,
            endShare: 1,
          });
          return;
        }
        mark.outcome = outcome;
        mark.answered = true;
        const { outcome: how } = movement.request;
        const hasReply = how === 'ok' || how === 'client-error' || how === 'server-error';
        if (!hasReply) {
          // Nothing comes back: it ends where it is, or at the door that did not open.
          mark.endShare = how === 'refused' ? DOOR : this.shareOf(mark);
          if (how === 'refused' && mark.phase === 'out') return;
          this.turn(mark, 'ending', Math.max(startMs, this.timeMs), ENDING_MS);
        } else if (mark.phase === 'waiting') this.turn(mark, 'back', startMs, TRAVEL_MS);
        return;
      }
      case 'pushed': {
        if (!this.mayAdd(link)) {
          this.skipped.set(link, (this.skipped.get(link) ?? 0) + 1);
          return;
        }
        const { id, root } = movement.request;
        const durationMs = TRAVEL_MS;
        this.add({ id, root, link, phase: 'back', startMs, durationMs, outcome: 'ok', answered: true, endShare: 0 });
        return;
      }
      case 'dropped':
      case 'resent': {
        if (!this.mayAdd(link)) return;
        const { kind, isReply } = movement;
        // Lost on the way; sent again by whoever sent it first.
        const fromSender = kind === 'dropped' ? 0.55 : 0.14;
        this.addEvent({
          link,
          startMs,
          durationMs: ENDING_MS * 1.6,
          outcome: kind,
          endShare: isReply ? 1 - fromSender : fromSender,
          isReply,
        });
        return;
      }
      case 'unconnected': {
        if (!this.mayAdd(link)) return;
        const { how, root } = movement;
        const outcome = how === 'reset' ? 'reset' : 'failed';
        // Refused at the door it reached; without an address it never left.
        const endShare = how === 'refused' ? DOOR : how === 'unresolved' ? 0.08 : 0.5;
        const isOnWay = how === 'refused';
        this.addEvent({
          root,
          link,
          startMs,
          durationMs: isOnWay ? TRAVEL_MS : ENDING_MS * 1.4,
          outcome,
          endShare,
          ...(isOnWay && { phase: 'out' as const }),
        });
        return;
      }
    }
  }

  /** Stands at `atMs` as if it had seen just these; `speed` as in `take`. A moment of the past is drawn so. */
  jump(movements: readonly Movement[], atMs: number, speed: number): void {
    this.clear();
    this.budgets.clear();
    let lastMs = movements[0]?.atMs ?? 0;
    for (const movement of movements) {
      this.advance((movement.atMs - lastMs) / Math.max(speed, 0.001));
      lastMs = movement.atMs;
      this.take(movement, speed);
    }
    if (movements.length > 0) this.advance((atMs - lastMs) / Math.max(speed, 0.001));
  }

  /** Animation goes on by `dtMs`. */
  advance(dtMs: number): void {
    this.timeMs += dtMs;
    for (const [link, budget] of this.budgets) {
      this.budgets.set(link, Math.min(BUDGET_PER_SECOND / 4, budget + (BUDGET_PER_SECOND * dtMs) / 1000));
    }
    for (const [link, skipped] of this.skipped) {
      const left = skipped * 0.5 ** (dtMs / 400);
      if (left < 0.5) this.skipped.delete(link);
      else this.skipped.set(link, left);
    }
    for (const mark of this.marks.values()) {
      if (this.timeMs < mark.startMs + mark.durationMs) {
        // A reply is here although its request is still drawn on the way: it need not be waited for any longer.
        if (mark.phase === 'out' && mark.answered && mark.durationMs > TRAVEL_MS) this.hurry(mark);
        continue;
      }
      if (mark.phase === 'out') {
        if (mark.outcome === 'failed' && mark.endShare < 1) this.turn(mark, 'ending', this.timeMs, ENDING_MS);
        else if (mark.answered) this.turn(mark, 'back', this.timeMs, TRAVEL_MS);
        else this.turn(mark, 'waiting', this.timeMs, Number.POSITIVE_INFINITY);
      } else if (mark.phase === 'back') {
        if (mark.outcome === 'failed') {
          mark.endShare = 0;
          this.turn(mark, 'ending', this.timeMs, ENDING_MS / 2);
        } else this.remove(mark);
      } else this.remove(mark);
    }
  }

  /** What to draw now, and how dense the stream on each beam is (calls not drawn as marks, 0 to 1). */
  drawn(): readonly DrawnMark[] {
    const drawn: DrawnMark[] = [];
    for (const mark of this.marks.values()) {
      if (mark.phase === 'waiting' || this.timeMs < mark.startMs) continue;
      const track = this.tracks.get(mark.link);
      if (track === undefined) continue;
      const isReply = mark.isReply ?? (mark.phase === 'back' || (mark.phase === 'ending' && mark.endShare === 0));
      const share = this.shareOf(mark);
      const { x, y } = pointAt(track, share, isPacket(mark.outcome) ? 0 : isReply ? -3.5 : 3.5);
      const done = Math.min(1, (this.timeMs - mark.startMs) / mark.durationMs);
      const alpha = mark.phase === 'ending' ? 1 - done * done : 1;
      const angle = isPacket(mark.outcome) ? (angleAt(track, share) * Math.PI) / 180 : 0;
      drawn.push({ root: mark.root, x, y, alpha, isReply, outcome: mark.outcome, angle });
    }
    return drawn;
  }

  streamOf(link: string): number {
    return Math.min(1, (this.skipped.get(link) ?? 0) / 60);
  }

  get isStill(): boolean {
    if (this.skipped.size > 0) return false;
    for (const mark of this.marks.values()) if (mark.phase !== 'waiting') return false;
    return true;
  }

  clear(): void {
    this.marks.clear();
    this.alive.clear();
    this.skipped.clear();
  }

  private shareOf(mark: Mark): number {
    if (mark.phase === 'ending') return mark.endShare;
    if (mark.phase === 'waiting') return 1;
    const share = Math.min(1, Math.max(0, (this.timeMs - mark.startMs) / mark.durationMs));
    // Long journeys move evenly, as packets on a slow link; short ones are eased so that the eye can follow.
    const eased = mark.durationMs > TRAVEL_MS ? share : ease(share);
    return mark.phase === 'out' ? eased : 1 - eased;
  }

  private hurry(mark: Mark): void {
    const share = this.shareOf(mark);
    mark.durationMs = TRAVEL_MS;
    mark.startMs = this.timeMs - share * TRAVEL_MS;
  }

  private turn(mark: Mark, phase: Mark['phase'], startMs: number, durationMs: number): void {
    const wasDrawn = mark.phase !== 'waiting';
    const isDrawn = phase !== 'waiting';
    if (wasDrawn !== isDrawn) this.alive.set(mark.link, (this.alive.get(mark.link) ?? 0) + (isDrawn ? 1 : -1));
    mark.phase = phase;
    mark.startMs = startMs;
    mark.durationMs = durationMs;
  }

  private mayAdd(link: string): boolean {
    const budget = this.budgets.get(link) ?? BUDGET_PER_SECOND / 4;
    // Requests and replies have a lane each.
    const room = (2 * (this.tracks.get(link)?.length ?? 0)) / MARK_PX;
    if (budget < 1 || (this.alive.get(link) ?? 0) >= room) return false;
    this.budgets.set(link, budget - 1);
    return true;
  }

  /** What happened to no request that is drawn. */
  private addEvent(
    event: Pick<Mark, 'link' | 'startMs' | 'durationMs' | 'outcome' | 'endShare'> & Partial<Mark>,
  ): void {
    this.add({ id: this.eventId--, root: 0, phase: 'ending', answered: true, ...event });
  }

  private add(mark: Mark): void {
    if (this.marks.size >= KNOWN_MAX) {
      const oldest = this.marks.values().next().value;
      if (oldest !== undefined) this.remove(oldest);
    }
    this.marks.set(mark.id, mark);
    this.alive.set(mark.link, (this.alive.get(mark.link) ?? 0) + 1);
  }

  private remove(mark: Mark): void {
    this.marks.delete(mark.id);
    if (mark.phase !== 'waiting') this.alive.set(mark.link, (this.alive.get(mark.link) ?? 1) - 1);
  }
}

/** Drawn in the middle of the beam: it is of the wire and of no request. */
function isPacket(outcome: Mark['outcome']): boolean {
  return outcome === 'dropped' || outcome === 'resent' || outcome === 'reset';
}

function ease(share: number): number {
  const eased = share < 0.5 ? 2 * share * share : 1 - (2 - 2 * share) ** 2 / 2;
  // Half of it: fully eased marks crowd at both ends of the beam.
  return (share + eased) / 2;
}
