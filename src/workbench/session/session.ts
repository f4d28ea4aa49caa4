/** All state of one open workbench, and what joins its parts: run the files, apply edits, grade them. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Engine, ExerciseRun, LoadSpec, Problem, Project, TimedAction, Verdict } from '../../engines/engine.ts';
import type { CheckResult, Measurement } from '../../lab/check/verdict.ts';
import { Client } from './client.ts';
import type { EngineChoice, EngineName } from './engine-choice.ts';
import { Grading } from './grading.ts';
import { Keeping } from './keeping/keeping.ts';
import type { SharedSession } from './keeping/share.ts';
import { Guesses } from './learning/guess.ts';
import { Replays, type ShrunkFaults } from './learning/replays.ts';
import { type Place, ProjectFiles } from './project.ts';
import { Run } from './run.ts';
import type { Storage } from './storage.ts';
import type { Subject } from './subject.ts';
import type { TraceFilter } from './trace/list.ts';
import { TraceLooking } from './trace/looking.ts';

export type PanelId =
  | 'brief'
  | 'code'
  | 'logs'
  | 'request'
  | 'charts'
  | 'faults'
  | 'load'
  | 'checks'
  | 'events'
  | 'terminal'
  | 'stores'
  | 'packets'
  | 'topology'
  | 'trace'
  | 'keep';

export class WorkbenchSession {
  readonly subject: Subject;
  readonly storage: Storage;
  /** Where the site offers another engine than the lab; null elsewhere. */
  readonly engines: EngineChoice | null;
  readonly run: Run;
  readonly files: ProjectFiles;
  readonly grading: Grading;
  readonly client: Client;
  /** The checks' own runs, to be looked at. */
  readonly replays: Replays;
  readonly keeping: Keeping;
  readonly traces = new TraceLooking();
  readonly guesses = new Guesses();
  /** The moment that time axes, logs and events point at; null for now. */
  readonly cursorMs: Signal<number | null> = signal(null);
  /** A panel that another part of the page wants seen; the layout answers and sets null. */
  readonly wantedPanel: Signal<PanelId | null> = signal(null);
  /** What the editor shows the open file beside; null when it edits. */
  readonly comparing: Signal<'starter' | 'solution' | null> = signal(null);
  readonly seed: Signal<number> = signal(1);
  readonly loadSpec: Signal<LoadSpec>;
  readonly isLoadWanted: Signal<boolean> = signal(true);
  /** Files that differ from what runs: they wait for "apply". Empty when nothing runs. */
  readonly unapplied: ReadonlySignal<readonly string[]> = computed(() => {
    const running = this.run.runningFiles.value;
    const files = this.files.files.value;
    return running === null ? [] : Object.keys(files).filter((path) => files[path] !== running[path]);
  });
  /** Of the run and of the last verdict: what the editor marks. */
  readonly problems: ReadonlySignal<readonly Problem[]> = computed(() => {
    const failure = this.grading.verdict.value?.failure;
    const graded: readonly Problem[] = failure === undefined ? [] : [{ ...failure, severity: 'error' }];
    return [...this.run.problems.value, ...graded];
  });
  /** The files that the run was started with. */
  private startedFiles: Project['files'] = {};
  onVerdict: (verdict: Verdict) => void = () => {};

  /** `chooseLab`: where moments are looked at again, which no other engine can repeat. */
  constructor(
    subject: Subject,
    chooseLab: () => Promise<Engine>,
    storage: Storage,
    engines: EngineChoice | null = null,
  ) {
    const chooseEngine = engines === null ? chooseLab : async () => engines;
    this.subject = subject;
    this.storage = storage;
    this.engines = engines;
    this.run = new Run(chooseEngine);
    this.files = new ProjectFiles(`edits:${subject.key}`, subject.files, subject.editable, storage);
    this.grading = new Grading(`grading:${subject.key}`, storage, chooseEngine);
    const load: LoadSpec = subject.load ??
      subject.exercise?.load ?? { url: entryUrl(subject.files), ratePerSecond: 50 };
    this.client = new Client(this.run, load);
    this.replays = new Replays(chooseLab, this.run.past);
    this.loadSpec = signal(load);
    this.keeping = new Keeping({
      subject: subject.key,
      shared: () => this.shared(),
      keepsake: () => ({
        subject: subject.key,
        at: new Date().toISOString(),
        edits: this.files.edits.value,
        orphans: this.files.orphans.value,
        attempts: this.grading.attempts.value,
      }),
      take: (edits, attempts) => {
        this.files.replaceEdits(edits);
        this.grading.addAttempts(attempts);
      },
      run: (shared) => this.runShared(shared),
    });
  }

  async restore(): Promise<void> {
    if (this.engines !== null) {
      // The same files go on in the lab, once the session has said that it ended.
      this.engines.onLost = () => queueMicrotask(() => this.run.status.value === 'ended' && void this.start());
    }
    await Promise.all([this.files.restore(), this.grading.restore()]);
  }

  project(): Project {
    return { id: this.subject.key, files: this.files.files.value, packagesUrl: this.subject.packagesUrl };
  }

  async start(): Promise<void> {
    const ok = await this.begin(this.files.files.value);
    if (ok && this.isLoadWanted.value) await this.run.startLoad(this.loadSpec.value);
  }

  /** What runs from now on, and at once what runs now. */
  async useEngine(name: EngineName): Promise<void> {
    const { run, engines } = this;
    if (engines === null) return;
    const wasRunning = run.isLive.value || run.status.value === 'booting';
    run.stop();
    engines.choose(name);
    if (wasRunning) await this.start();
  }

  /** Files, seed and what was done: of the run that there is, else of what a run would be. */
  private shared(): SharedSession {
    const { run, subject } = this;
    const running = run.runningFiles.value;
    // Edits that came in the middle are among what was done.
    const first = running === null ? this.files.files.value : this.startedFiles;
    const edits = Object.entries(first).filter(([path, text]) => text !== subject.files[path]);
    const seed = running === null ? this.seed.value : run.seed.value;
    const actions = running === null ? [] : run.actions;
    return { subject: subject.key, seed, edits: Object.fromEntries(edits), actions, endMs: run.record.endMs };
  }

  /** Somebody else's session, with their files; what is in the editor stays and can be applied. */
  private async runShared({ edits, seed, actions }: SharedSession): Promise<void> {
    this.seed.value = seed;
    const allowed = Object.entries(edits).filter(([path]) => this.files.isEditable(path));
    await this.begin({ ...this.subject.files, ...Object.fromEntries(allowed) }, actions);
  }

  private async begin(files: Project['files'], script?: readonly TimedAction[]): Promise<boolean> {
    this.cursorMs.value = null;
    this.guesses.clear();
    this.startedFiles = files;
    const { run } = this;
    const options = { seed: this.seed.value, speed: run.speed.value, ...(script !== undefined && { script }) };
    const ok = await run.start({ ...this.project(), files }, options);
    if (!ok) this.showFirstProblem();
    return ok;
  }

  /** Puts the edited files into the running system; load and faults go on. */
  async apply(): Promise<void> {
    const changed = this.unapplied.value;
    if (changed.length === 0) return;
    await this.run.edit(this.files.files.value, changed);
    this.showFirstProblem();
  }

  async check(): Promise<void> {
    const exercise = this.exerciseRun(this.files.files.value);
    if (exercise === null) return;
    this.files.flush();
    this.replays.clear();
    // The incident is replayed as fast as the machine can; the system on the screen stands still meanwhile.
    const wasPlaying = this.run.status.value === 'playing';
    // What cannot stand still is ended: it would take the time of what is measured.
    const mustEnd = wasPlaying && this.run.isRealTime.value;
    if (mustEnd) this.run.stop();
    else this.run.pause();
    const verdict = await this.grading.run(exercise, this.files.edits.value);
    if (wasPlaying && this.run.status.value === 'paused') this.run.play();
    if (mustEnd && this.run.status.value === 'idle') void this.start();
    if (verdict !== null) this.onVerdict(verdict);
  }

  /** Looks at the run in which a check was measured: where it failed, or at what one measurement points to. */
  async watchCheck(check: CheckResult, pointer?: Measurement['pointer']): Promise<void> {
    const exercise = this.gradedRun();
    if (exercise === null || !(await this.replays.watch(exercise, check, check.name, pointer?.atMs))) return;
    if (pointer?.requestId !== undefined) {
      // Its end is after the moment it is pointed at by: only then can all of it be seen.
      this.run.past.seek(this.endOf(pointer.requestId) ?? pointer.atMs);
      this.showTrace(pointer.requestId);
    } else this.show('topology');
  }

  async shrinkCheck(check: CheckResult): Promise<void> {
    const exercise = this.gradedRun();
    if (exercise !== null) await this.replays.shrink(exercise, check);
  }

  async watchShrunk(check: CheckResult, shrunk: ShrunkFaults): Promise<void> {
    const exercise = this.gradedRun();
    if (exercise !== null) await this.replays.watchShrunk(exercise, check, shrunk, check.name);
  }

  show(panel: PanelId): void {
    this.wantedPanel.value = panel;
  }

  /** The solution beside the learner's files, which stay as they are. */
  showSolution(): void {
    const path = Object.keys(this.subject.exercise?.solution ?? {})[0];
    if (path === undefined) return;
    this.grading.noteSolutionSeen();
    this.files.show(path);
    this.comparing.value = 'solution';
    this.show('code');
  }

  /** A request with all that belongs to it, over time. */
  showTrace(requestId: number): void {
    const root = this.run.past.record.world.requests.rootIdOf(requestId);
    this.traces.shown.value = { root, span: requestId };
    this.show('trace');
  }

  /** The list of requests, narrowed to what is asked for. */
  showTraces(filter: Partial<TraceFilter>): void {
    this.traces.narrow({ service: '', show: 'all', search: '', order: 'newest', ...filter });
    this.traces.shown.value = null;
    this.show('trace');
  }

  showPlace(place: Place): void {
    this.comparing.value = null;
    this.files.show(place);
    this.show('code');
  }

  dispose(): void {
    this.files.flush();
    this.grading.abort();
    this.replays.abort();
    this.run.stop();
    this.engines?.dispose();
    this.storage.close();
  }

  private exerciseRun(files: Project['files']): ExerciseRun | null {
    const { exercise } = this.subject;
    if (exercise === null) return null;
    const project = { ...this.project(), files };
    return { exerciseId: exercise.id, project, checks: exercise.checks, seeds: exercise.seeds };
  }

  /** The verdict speaks of the files that were graded, whatever was edited since. */
  private gradedRun(): ExerciseRun | null {
    const files = this.grading.gradedFiles.value;
    // Another engine's run cannot be had again.
    if (files === null || this.grading.verdict.value?.engine !== undefined) return null;
    return this.exerciseRun(files);
  }

  /** When a request of the record ended; null when it did not, or is not there. */
  private endOf(requestId: number): number | null {
    const { record } = this.run.past;
    let endMs: number | null = null;
    record.read(record.partOf(requestId) ?? record.count, record.count, (event) => {
      if (event.kind !== 'response' || event.id !== requestId) return true;
      endMs = event.atMs;
      return false;
    });
    return endMs;
  }

  private showFirstProblem(): void {
    const problem = this.run.problems.value.find((each) => each.severity === 'error');
    if (problem?.file === undefined) return;
    this.files.show({ file: problem.file, line: problem.line ?? 1, column: problem.column });
  }
}

/**
 * Where a first request can go: the published port of the compose file, as the client outside names it. Reads only
 * the two lines it needs; the engine parses the file for real.
 */
export function entryUrl(files: Readonly<Record<string, string>>): string {
  const text = files['compose.yaml'] ?? files['compose.yml'] ?? '';
  let service = 'gateway';
  for (const line of text.split('\n')) {
    service = /^ {2}([\w-]+):\s*(?:#.*)?$/.exec(line)?.[1] ?? service;
    const port = /^\s+(?:-|ports:\s*\[)\s*['"]?(?:[\d.]+:)?\d+:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return `http://${service}:${port}/products`;
  }
  return 'http://gateway:8080/products';
}
