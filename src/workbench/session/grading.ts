/** Running the checks, the verdict, hints and the history of attempts. */
import { batch, type Signal, signal } from '@preact/signals';
import type { Engine, ExerciseRun, Verdict } from '../../engines/engine.ts';
import { outcomeOf, type Prediction } from './learning/prediction.ts';
import type { Files } from './project.ts';
import type { Storage } from './storage.ts';

export interface Attempt {
  /** Real time, ISO 8601. */
  readonly at: string;
  readonly passed: boolean;
  /** What graded, when it was not the lab. */
  readonly engine?: Verdict['engine'];
  readonly checksPassed: number;
  readonly checksTotal: number;
  readonly failed: readonly string[];
  readonly hintsShown: number;
  readonly sawSolution: boolean;
  /** What differed from the starter; absent in attempts of earlier versions and where it was too much to keep. */
  readonly edits?: Files;
  /** What each check measured that did not hold, or that it passed. */
  readonly checks?: readonly { readonly name: string; readonly passed: boolean; readonly text: string }[];
  readonly predicted?: Prediction;
  readonly outcome?: Prediction;
}

interface Saved {
  readonly attempts: readonly Attempt[];
  readonly hintsShown: number;
  readonly sawSolution: boolean;
}

const ATTEMPTS_KEPT = 50;
/** Characters of edits that one attempt keeps: a service rewritten, not a library pasted in. */
const EDITS_KEPT = 100_000;

export class Grading {
  readonly verdict: Signal<Verdict | null> = signal(null);
  /** 0 to 1 while checks run; null otherwise. */
  readonly progress: Signal<number | null> = signal(null);
  /** Our own failure to run the checks, in a sentence; a learner's failure is in the verdict. */
  readonly failure: Signal<string> = signal('');
  readonly tookMs: Signal<number> = signal(Number.NaN);
  readonly hintsShown: Signal<number> = signal(0);
  readonly sawSolution: Signal<boolean> = signal(false);
  readonly attempts: Signal<readonly Attempt[]> = signal([]);
  /** The verdict speaks of these files; after an edit it is of the past. */
  readonly gradedFiles: Signal<Readonly<Record<string, string>> | null> = signal(null);

  /** Entered before the checks run; null when nothing was. */
  readonly prediction: Signal<Prediction | null> = signal(null);

  private readonly key: string;
  private readonly storage: Storage;
  private readonly chooseEngine: () => Promise<Engine>;
  private aborter: AbortController | null = null;

  constructor(key: string, storage: Storage, chooseEngine: () => Promise<Engine>) {
    this.key = key;
    this.storage = storage;
    this.chooseEngine = chooseEngine;
  }

  async restore(): Promise<void> {
    const saved = await this.storage.read<Saved>(this.key);
    if (saved === undefined) return;
    batch(() => {
      this.attempts.value = saved.attempts;
      this.hintsShown.value = saved.hintsShown;
      this.sawSolution.value = saved.sawSolution;
    });
  }

  /** `edits`: what of the project differs from the starter, to be kept with the attempt. */
  async run(exercise: ExerciseRun, edits: Files = {}): Promise<Verdict | null> {
    this.abort();
    const aborter = new AbortController();
    this.aborter = aborter;
    const startedAt = performance.now();
    batch(() => {
      this.progress.value = 0;
      this.failure.value = '';
    });
    try {
      const engine = await this.chooseEngine();
      const verdict = await engine.check(
        exercise,
        (share) => {
          if (this.aborter === aborter) this.progress.value = share;
        },
        aborter.signal,
      );
      if (this.aborter !== aborter) return null;
      batch(() => {
        this.verdict.value = verdict;
        this.gradedFiles.value = exercise.project.files;
        this.tookMs.value = performance.now() - startedAt;
        this.attempts.value = [this.attemptOf(verdict, edits), ...this.attempts.value].slice(0, ATTEMPTS_KEPT);
      });
      this.save();
      return verdict;
    } catch (error) {
      if (this.aborter === aborter && !aborter.signal.aborted) {
        this.failure.value = error instanceof Error ? error.message : String(error);
      }
      return null;
    } finally {
      if (this.aborter === aborter) {
        this.aborter = null;
        this.progress.value = null;
      }
    }
  }

  abort(): void {
    const { aborter } = this;
    this.aborter = null;
    this.progress.value = null;
    aborter?.abort();
  }

  showHint(count: number): void {
    this.hintsShown.value = Math.max(this.hintsShown.value, count);
    this.save();
  }

  noteSolutionSeen(): void {
    if (this.sawSolution.value) return;
    this.sawSolution.value = true;
    this.save();
  }

  /** Takes attempts from a file that was exported; those that are known stay once. */
  addAttempts(attempts: readonly Attempt[]): void {
    const known = new Set(this.attempts.value.map(({ at }) => at));
    this.attempts.value = [...this.attempts.value, ...attempts.filter(({ at }) => !known.has(at))]
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, ATTEMPTS_KEPT);
    this.save();
  }

  private attemptOf(verdict: Verdict, edits: Files): Attempt {
    const failed = verdict.checks.filter((check) => !check.passed).map((check) => check.name);
    return {
      at: new Date().toISOString(),
      passed: verdict.passed,
      ...(verdict.engine !== undefined && { engine: verdict.engine }),
      checksPassed: verdict.checks.length - failed.length,
      checksTotal: verdict.checks.length,
      failed,
      hintsShown: this.hintsShown.value,
      sawSolution: this.sawSolution.value,
      checks: verdict.checks.map(({ name, passed, measurements, error }) => {
        const worst = measurements.find((each) => !each.passed);
        const text =
          worst === undefined ? (error ?? '') : `${worst.label}: ${worst.actual} (${worst.comparator} ${worst.bound})`;
        return { name, passed, text: text.slice(0, 300) };
      }),
      ...(Object.values(edits).join('').length <= EDITS_KEPT && { edits }),
      ...(this.prediction.value !== null && { predicted: this.prediction.value, outcome: outcomeOf(verdict) }),
    };
  }

  private save(): void {
    const saved: Saved = {
      attempts: this.attempts.value,
      hintsShown: this.hintsShown.value,
      sawSolution: this.sawSolution.value,
    };
    void this.storage.write(this.key, saved);
  }
}
