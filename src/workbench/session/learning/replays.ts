/**
 * The checks' own runs, to be looked at: the same seed again, the same to the last event, this time with its trace; and
 * the same with fewer and fewer faults, until only those are left that a check fails by.
 */
import { batch, type Signal, signal } from '@preact/signals';
import type { Engine, ExerciseRun, FaultSpec, TraceEvent } from '../../../engines/engine.ts';
import type { CheckResult, Measurement } from '../../../lab/check/verdict.ts';
import type { Mark, Past } from '../past.ts';
import { RunRecord } from '../record/record.ts';
import { shrink } from './shrink.ts';

/** A fault of the checks as it was in their run. */
export interface ScheduledFault {
  /** Its number in the order in which the checks inject, from 1. */
  readonly number: number;
  readonly fault: FaultSpec;
  readonly fromMs: number;
  /** null when it lasted to the end. */
  readonly toMs: number | null;
}

export interface ShrunkFaults {
  readonly check: string;
  readonly seed: number;
  /** What is left; none when the check fails without any fault. */
  readonly kept: readonly ScheduledFault[];
  readonly total: number;
  readonly isMinimal: boolean;
  readonly runs: number;
}

export interface Work {
  readonly kind: 'watching' | 'shrinking';
  readonly check: string;
  /** 0 to 1. */
  readonly share: number;
}

interface Watched {
  readonly key: string;
  readonly record: RunRecord;
  readonly faults: readonly ScheduledFault[];
}

export class Replays {
  readonly work: Signal<Work | null> = signal(null);
  /** Our own failure to do it, in a sentence. */
  readonly failure: Signal<string> = signal('');
  /** Of the files that were graded last. */
  readonly shrunk: Signal<readonly ShrunkFaults[]> = signal([]);
  private readonly chooseEngine: () => Promise<Engine>;
  private readonly past: Past;
  private aborter: AbortController | null = null;
  /** The last one that was looked at; a record takes some megabytes. */
  private watched: Watched | null = null;
  private filesOf: ExerciseRun['project']['files'] | null = null;

  constructor(chooseEngine: () => Promise<Engine>, past: Past) {
    this.chooseEngine = chooseEngine;
    this.past = past;
  }

  /** Shows the run in which the check was measured, at `atMs` or where its first fault begins; false when it could not. */
  async watch(run: ExerciseRun, check: CheckResult, title: string, atMs?: number): Promise<boolean> {
    const done = await this.do('watching', check.name, (tell, signal) => this.see(run, check.seed, [], tell, signal));
    if (done === undefined) return false;
    this.open(done, check, title, atMs);
    return true;
  }

  /** The same with only the faults that are left after `shrink`. */
  async watchShrunk(run: ExerciseRun, check: CheckResult, shrunk: ShrunkFaults, title: string): Promise<void> {
    const kept = shrunk.kept.map(({ number }) => number);
    const without = numbers(shrunk.total).filter((number) => !kept.includes(number));
    const done = await this.do('watching', check.name, (tell, signal) =>
      this.see(run, check.seed, without, tell, signal),
    );
    if (done !== undefined) this.open(done, check, title);
  }

  /** Finds the fewest of the check's faults with which it still fails. */
  async shrink(run: ExerciseRun, check: CheckResult): Promise<void> {
    const found = await this.do('shrinking', check.name, async (tell, signal) => {
      const { faults } = await this.see(run, check.seed, [], (share) => tell(share * 0.1), signal);
      const total = Math.max(0, ...faults.map(({ number }) => number));
      const engine = await this.chooseEngine();
      const fails = async (kept: readonly number[]) => {
        const without = numbers(total).filter((number) => !kept.includes(number));
        const verdict = await engine.check({ ...run, seeds: [check.seed], without }, undefined, signal);
        // One that cannot run says nothing about the check.
        return verdict.failure === undefined && verdict.checks.some((each) => each.name === check.name && !each.passed);
      };
      const result = await shrink(numbers(total), fails, { onProgress: (share) => tell(0.1 + share * 0.9) });
      const kept = faults.filter(({ number }) => result.kept.includes(number));
      return { check: check.name, seed: check.seed, kept, total, isMinimal: result.isMinimal, runs: result.runs };
    });
    if (found === undefined) return;
    this.shrunk.value = [...this.shrunk.value.filter((each) => each.check !== check.name), found];
  }

  abort(): void {
    this.aborter?.abort();
    this.aborter = null;
    this.work.value = null;
  }

  /** Another verdict: what was found out belongs to the one before. */
  clear(): void {
    this.abort();
    batch(() => {
      this.shrunk.value = [];
      this.failure.value = '';
    });
    this.watched = null;
  }

  private open({ record, faults }: Watched, check: CheckResult, title: string, atMs?: number): void {
    const marks: Mark[] = check.measurements
      .filter((each): each is Measurement & { pointer: { atMs: number } } => !each.passed && each.pointer !== undefined)
      .map(({ label, pointer }) => ({ atMs: pointer.atMs, kind: 'check', text: label }));
    const at = atMs ?? marks[0]?.atMs ?? faults[0]?.fromMs ?? record.endMs;
    this.past.open({ title, record, marks }, at);
  }

  private async see(
    run: ExerciseRun,
    seed: number,
    without: readonly number[],
    tell: (share: number) => void,
    signal: AbortSignal,
  ): Promise<Watched> {
    if (this.filesOf !== run.project.files) this.watched = null;
    this.filesOf = run.project.files;
    const key = `${seed} ${without}`;
    if (this.watched?.key === key) return this.watched;
    const record = new RunRecord();
    const faults = new Map<number, ScheduledFault>();
    const take = (events: readonly TraceEvent[], nowMs: number) => {
      for (const event of events) if (event.kind === 'fault') note(faults, event);
      record.take(events, nowMs);
    };
    const engine = await this.chooseEngine();
    await engine.check({ ...run, seeds: [seed], without }, tell, signal, take);
    this.watched = { key, record, faults: [...faults.values()].sort((a, b) => a.number - b.number) };
    return this.watched;
  }

  private async do<T>(
    kind: Work['kind'],
    check: string,
    act: (tell: (share: number) => void, signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    this.abort();
    const aborter = new AbortController();
    this.aborter = aborter;
    batch(() => {
      this.failure.value = '';
      this.work.value = { kind, check, share: 0 };
    });
    const tell = (share: number) => {
      if (this.aborter === aborter) this.work.value = { kind, check, share };
    };
    try {
      const done = await act(tell, aborter.signal);
      return this.aborter === aborter ? done : undefined;
    } catch (error) {
      if (this.aborter === aborter) this.failure.value = error instanceof Error ? error.message : String(error);
      return undefined;
    } finally {
      if (this.aborter === aborter) {
        this.aborter = null;
        this.work.value = null;
      }
    }
  }
}

function note(faults: Map<number, ScheduledFault>, event: Extract<TraceEvent, { kind: 'fault' }>): void {
  const known = faults.get(event.id);
  if (event.state === 'on' && known === undefined) {
    faults.set(event.id, { number: event.id, fault: event.fault, fromMs: event.atMs, toMs: null });
  } else if (event.state === 'off' && known !== undefined) faults.set(event.id, { ...known, toMs: event.atMs });
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
