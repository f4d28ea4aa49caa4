/**
 * Looking back: the moment of a recorded run that panels show instead of now. What runs waits meanwhile. The record is
 * that of the run itself, or one that grading has made.
 */
import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { RunRecord } from './record/record.ts';
import { RecordView, type StepUnit } from './record/view.ts';
import type { Movement } from './world.ts';

/** A run that was not started here: one of the checks'. */
export interface Recording {
  readonly title: string;
  readonly record: RunRecord;
  /** Moments worth going to besides those that the run itself tells. */
  readonly marks: readonly Mark[];
}

export interface Mark {
  readonly atMs: number;
  readonly kind: 'own' | 'check';
  /** Empty for the learner's own. */
  readonly text: string;
}

/** What Past needs of the run it belongs to. */
export interface Present {
  readonly record: RunRecord;
  readonly speed: ReadonlySignal<number>;
  /** Stops the clock; whether it was going. */
  hold(): boolean;
  /** Lets it go on. */
  release(): void;
  /** What is shown has changed. */
  refresh(): void;
  moved(movement: Movement): void;
}

/** Real ms between two pictures of a replay, and between two looks of panels at their figures. */
const FRAME_MS = 33;
const REFRESH_MS = 100;
/** What "as fast as it goes" means where nothing has to be computed. */
const FASTEST = 60;
/** A journey on a beam is drawn this long; what began in it is still to be seen. Real ms at the run's speed. */
const UNDER_WAY_MS = 1000;

export class Past {
  /** The moment that is shown; null for now. */
  readonly atMs: Signal<number | null> = signal(null);
  readonly isPlaying: Signal<boolean> = signal(false);
  /** null while it is the run itself that is looked at. */
  readonly recording: Signal<Recording | null> = signal(null);
  /** The learner's own, of the run itself. */
  readonly marks: Signal<readonly Mark[]> = signal([]);
  view: RecordView | null = null;
  private readonly present: Present;
  private readonly jumpListeners = new Set<(movements: readonly Movement[], atMs: number) => void>();
  private timer: ReturnType<typeof setInterval> | null = null;
  private wasGoing = false;

  constructor(present: Present) {
    this.present = present;
  }

  /** What is looked at, or would be. */
  get record(): RunRecord {
    return this.recording.value?.record ?? this.present.record;
  }

  /** Shows a moment. At the end of the run itself it is still the past, until `leave`. */
  seek(atMs: number): void {
    this.pause();
    this.enter();
    this.go(atMs);
  }

  /** Shows another run than the one that goes on. */
  open(recording: Recording, atMs: number): void {
    this.pause();
    this.enter();
    this.recording.value = recording;
    this.view = new RecordView(recording.record);
    this.go(atMs);
  }

  /** Steps from what is shown; back from now leads into the past, forward from its end to now. */
  step(unit: StepUnit, direction: 1 | -1): void {
    this.pause();
    this.enter();
    const view = this.view!;
    if (direction < 0) {
      if (view.atMs < this.record.endMs && this.atMs.value === null) view.toTime(this.record.endMs);
      view.backBy(unit);
    } else if (!view.forwardBy(unit)) {
      if (this.recording.value === null) {
        this.leave();
        return;
      }
      view.toTime(this.record.endMs);
    }
    this.tell();
    this.jump([]);
  }

  /** Shows it once more at the run's speed, up to its end. */
  play(): void {
    if (this.view === null || this.timer !== null) return;
    this.isPlaying.value = true;
    let lastMs = performance.now();
    let toldMs = lastMs;
    this.timer = setInterval(() => {
      const { view } = this;
      if (view === null) return;
      const nowMs = performance.now();
      const speed = Math.min(FASTEST, this.present.speed.value);
      const goalMs = view.atMs + (nowMs - lastMs) * speed;
      lastMs = nowMs;
      view.toTime(goalMs, (movement) => this.present.moved(movement));
      const isOver = goalMs >= this.record.endMs;
      if (isOver || nowMs - toldMs >= REFRESH_MS) {
        toldMs = nowMs;
        this.tell();
      }
      if (!isOver) return;
      if (this.recording.value === null) this.leave();
      else this.pause();
    }, FRAME_MS);
  }

  pause(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.isPlaying.value = false;
  }

  /** Back to now; a run that was going when one began to look back goes on. */
  leave(): void {
    this.pause();
    if (this.atMs.value === null) return;
    const goesOn = this.wasGoing;
    batch(() => {
      this.view = null;
      this.atMs.value = null;
      this.recording.value = null;
      this.wasGoing = false;
      this.present.refresh();
    });
    this.jump([]);
    if (goesOn) this.present.release();
  }

  /** Forgets all: another run begins. */
  clear(): void {
    this.wasGoing = false;
    this.leave();
    this.marks.value = [];
  }

  /** Sets a mark at what is shown, or takes it away. */
  toggleMark(): void {
    const atMs = this.atMs.value ?? this.present.record.endMs;
    const left = this.marks.value.filter((mark) => Math.abs(mark.atMs - atMs) >= 1);
    this.marks.value =
      left.length < this.marks.value.length
        ? left
        : [...left, { atMs, kind: 'own' as const, text: '' }].sort((a, b) => a.atMs - b.atMs);
  }

  /** Told of each jump, with what had moved just before: it is still under way at that moment. */
  onJump(listener: (movements: readonly Movement[], atMs: number) => void): () => void {
    this.jumpListeners.add(listener);
    return () => this.jumpListeners.delete(listener);
  }

  private enter(): void {
    if (this.view !== null) return;
    this.wasGoing = this.present.hold();
    this.view = new RecordView(this.record);
    this.view.toTime(this.record.endMs);
  }

  private go(atMs: number): void {
    const view = this.view!;
    const movements: Movement[] = [];
    if (this.jumpListeners.size > 0) {
      view.toTime(atMs - UNDER_WAY_MS * Math.min(1, this.present.speed.value));
      view.toTime(atMs, (movement) => movements.push(movement));
    } else view.toTime(atMs);
    this.tell();
    this.jump(movements);
  }

  private tell(): void {
    batch(() => {
      this.atMs.value = this.view!.atMs;
      this.present.refresh();
    });
  }

  private jump(movements: readonly Movement[]): void {
    for (const listener of this.jumpListeners) listener(movements, this.view?.atMs ?? this.present.record.endMs);
  }
}
