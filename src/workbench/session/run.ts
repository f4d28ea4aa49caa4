/**
 * One run of a project in an engine: started, watched, broken and stopped here. Panels read the signals; `world` is
 * plain data that changes all the time, so they read `version` to be called again, at most ten times a second.
 */
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type {
  ContainerAction,
  EditResult,
  Engine,
  ExecResult,
  FaultSpec,
  LoadSpec,
  Problem,
  Project,
  Reply,
  RequestSpec,
  Session,
  SessionUpdate,
  TimedAction,
  Topology,
} from '../../engines/engine.ts';
import { Capture } from './capture.ts';
import { Past } from './past.ts';
import { RunRecord } from './record/record.ts';
import type { Movement, World } from './world.ts';

export type RunStatus = 'idle' | 'booting' | 'playing' | 'paused' | 'ended';

export interface RunOptions {
  readonly seed: number;
  readonly speed: number;
  /** A session to be played again. */
  readonly script?: readonly TimedAction[];
}

/** Panels look at figures this often at most, real ms: faster than that nobody can read digits. */
const REFRESH_MS = 100;
/** More than anybody does by hand; a link has no room for as many. */
const ACTIONS_KEPT = 2000;

export class Run {
  readonly status: Signal<RunStatus> = signal('idle');
  readonly nowMs: Signal<number> = signal(0);
  readonly speed: Signal<number> = signal(1);
  readonly seed: Signal<number> = signal(1);
  readonly topology: Signal<Topology | null> = signal(null);
  /** Of this run: what stopped it from booting, or was met on the way. */
  readonly problems: Signal<readonly Problem[]> = signal([]);
  /** Why it ended, when it did not end by `stop`. */
  readonly endReason: Signal<string> = signal('');
  /** Real ms from Run pressed to the engine's answer; NaN before. */
  readonly bootTookMs: Signal<number> = signal(Number.NaN);
  /** Counts up when `world` has something new to show. */
  readonly version: Signal<number> = signal(0);
  /** Services that still run what was before the last edit: they finish what they have begun, then start anew. */
  readonly restarting: Signal<readonly string[]> = signal([]);
  /** How many faults act now. */
  readonly faultCount: Signal<number> = signal(0);
  /** It can be neither paused nor stepped nor hurried. */
  readonly isRealTime: Signal<boolean> = signal(false);
  readonly loadId: Signal<number | null> = signal(null);
  readonly load: Signal<LoadSpec | null> = signal(null);
  /** The files that run now; they differ from the project's while edits wait to be applied. */
  readonly runningFiles: Signal<Readonly<Record<string, string>> | null> = signal(null);
  /** What was done to it so far, and what its script will do. */
  actions: readonly TimedAction[] = [];
  readonly isLive: ReadonlySignal<boolean> = computed(
    () => this.status.value === 'playing' || this.status.value === 'paused',
  );
  /** What happened so far; its end is now. */
  record: RunRecord;
  /** The moment that is shown when it is not now. */
  readonly past: Past;
  /** How far the run has come; `nowMs` is what is shown. */
  readonly endMs: Signal<number> = signal(0);
  readonly capture = new Capture();

  private readonly isRecorded: boolean;
  private readonly chooseEngine: () => Promise<Engine>;
  private session: Session | null = null;
  private unsubscribe: (() => void) | null = null;
  private readonly movementListeners = new Set<(movement: Movement) => void>();
  private refreshTimer: ReturnType<typeof setTimeout> | null = null;
  /** A boot that was overtaken by another start or a stop must not come alive. */
  private generation = 0;
  private editedMs = 0;

  /** `isRecorded`: whether one can look back; a small figure in a text needs no memory for it. */
  constructor(chooseEngine: () => Promise<Engine>, { isRecorded = true }: { readonly isRecorded?: boolean } = {}) {
    this.chooseEngine = chooseEngine;
    this.isRecorded = isRecorded;
    this.record = new RunRecord({ isKept: isRecorded });
    const run = this;
    this.past = new Past({
      get record() {
        return run.record;
      },
      speed: this.speed,
      hold: () => {
        const wasGoing = this.status.value === 'playing';
        this.pause();
        return wasGoing;
      },
      release: () => {
        if (this.status.value === 'paused') this.play();
      },
      refresh: () => this.refresh(),
      moved: (movement) => this.moved(movement),
    });
    // The signal calls at once, too; then there is no session yet.
    this.capture.isOn.subscribe((isOn) => void this.session?.capture(isOn).catch(() => {}));
  }

  /** What panels show: now, or a moment of the past. */
  get world(): World {
    return this.past.view?.world ?? this.record.world;
  }

  async start(project: Project, options: RunOptions): Promise<boolean> {
    this.stop();
    const generation = this.generation;
    const startedAt = performance.now();
    batch(() => {
      this.past.clear();
      this.record = new RunRecord({ isKept: this.isRecorded });
      this.endMs.value = 0;
      this.actions = options.script ?? [];
      this.status.value = 'booting';
      this.nowMs.value = 0;
      this.problems.value = [];
      this.endReason.value = '';
      this.seed.value = options.seed;
      this.speed.value = options.speed;
      this.bootTookMs.value = Number.NaN;
      this.version.value++;
    });
    try {
      const engine = await this.chooseEngine();
      const result = await engine.boot(project, options);
      if (generation !== this.generation) {
        if (result.ok) result.session.stop();
        return false;
      }
      if (!result.ok) {
        batch(() => {
          this.problems.value = result.problems;
          this.status.value = 'idle';
        });
        return false;
      }
      this.session = result.session;
      batch(() => {
        this.topology.value = result.session.topology;
        this.isRealTime.value = result.session.isRealTime ?? false;
        this.seed.value = result.session.seed;
        this.runningFiles.value = project.files;
        this.noteScript(options.script ?? []);
        this.bootTookMs.value = performance.now() - startedAt;
        this.status.value = 'playing';
      });
      this.unsubscribe = result.session.subscribe((update) => this.take(update));
      this.capture.clear();
      if (this.capture.isOn.value) void result.session.capture(true).catch(() => {});
      return true;
    } catch (error) {
      if (generation !== this.generation) return false;
      batch(() => {
        this.problems.value = [{ severity: 'error', message: error instanceof Error ? error.message : String(error) }];
        this.status.value = 'idle';
      });
      return false;
    }
  }

  play(speed = this.speed.value): void {
    if (this.session === null) return;
    this.speed.value = speed;
    this.session.play(speed);
    this.status.value = 'playing';
  }

  pause(): void {
    if (this.status.value !== 'playing' || this.isRealTime.value) return;
    this.session?.pause();
    this.status.value = 'paused';
  }

  step(unit: 'event' | 'request'): void {
    if (this.session === null || this.isRealTime.value) return;
    this.status.value = 'paused';
    this.session.step(unit);
  }

  /** Takes effect at once when playing, else with the next `play`. */
  setSpeed(speed: number): void {
    this.speed.value = speed;
    if (this.status.value === 'playing') this.session?.play(speed);
  }

  stop(): void {
    this.generation++;
    this.detach();
    if (this.refreshTimer !== null) clearTimeout(this.refreshTimer);
    this.refreshTimer = null;
    batch(() => {
      this.status.value = 'idle';
      this.loadId.value = null;
      this.load.value = null;
      this.runningFiles.value = null;
      this.restarting.value = [];
      this.faultCount.value = 0;
      this.isRealTime.value = false;
      this.version.value++;
    });
  }

  /** The fault's id; null when nothing runs or the engine refused, which is then among the problems. */
  async inject(fault: FaultSpec): Promise<number | null> {
    return (await this.attempt((session) => session.inject(fault))) ?? null;
  }

  async heal(faultId: number): Promise<void> {
    await this.attempt((session) => session.heal(faultId));
  }

  async healAll(): Promise<void> {
    for (const id of [...this.record.world.faults.active.keys()]) await this.heal(id);
  }

  async request(spec: RequestSpec): Promise<Reply | null> {
    this.past.leave();
    return this.session === null ? null : this.session.request(spec);
  }

  /**
   * A command in a container; null when nothing runs. Rejects with the engine's sentence. It takes its turn on the
   * server's CPU as a health check's command does, so the run goes on otherwise than without it, but as exactly again.
   */
  async exec(service: string, argv: readonly string[], replica?: number): Promise<ExecResult | null> {
    this.past.leave();
    return this.session === null ? null : this.session.exec(service, argv, replica);
  }

  /** For the lab's own commands that change nothing: panels ask them again and again. */
  async look(service: string, argv: readonly string[], replica?: number): Promise<ExecResult | null> {
    return this.session === null ? null : this.session.look(service, argv, replica);
  }

  /** Stops, starts, kills or scales; false when nothing runs. Rejects with the engine's sentence. */
  async control(action: ContainerAction): Promise<boolean> {
    const { session } = this;
    if (session === null) return false;
    this.past.leave();
    await session.control(action);
    const topology = this.topology.value;
    if (action.verb === 'scale' && topology !== null && this.session === session) {
      const services = topology.services.map((each) =>
        each.name === action.target ? { ...each, replicas: action.argument } : each,
      );
      this.topology.value = { ...topology, services };
    }
    return true;
  }

  /** One steady load at a time: a new one takes the place of the old. */
  async startLoad(spec: LoadSpec): Promise<void> {
    await this.attempt(async (session) => {
      const previous = this.loadId.value;
      this.load.value = spec;
      const id = await session.startLoad(spec);
      if (previous !== null) await session.stopLoad(previous);
      if (this.session === session) this.loadId.value = id;
    });
  }

  async stopLoad(): Promise<void> {
    const id = this.loadId.value;
    batch(() => {
      this.loadId.value = null;
      this.load.value = null;
    });
    if (id !== null) await this.attempt((session) => session.stopLoad(id));
  }

  /** Replaces files in the running system. */
  async edit(files: Readonly<Record<string, string>>, changed: readonly string[]): Promise<EditResult | null> {
    if (this.session === null) return null;
    const editedMs = this.record.endMs;
    const result = await this.attempt((session) =>
      session.edit(Object.fromEntries(changed.map((path) => [path, files[path] ?? '']))),
    );
    if (result === undefined) return null;
    batch(() => {
      this.editedMs = editedMs;
      this.restarting.value = result.restarted;
      this.problems.value = result.problems;
      if (!result.problems.some((problem) => problem.severity === 'error')) this.runningFiles.value = files;
    });
    return result;
  }

  onMovement(listener: (movement: Movement) => void): () => void {
    this.movementListeners.add(listener);
    return () => this.movementListeners.delete(listener);
  }

  /** Asks the engine for something; its refusal is shown. What fails because the run was stopped meanwhile is not. */
  private async attempt<T>(ask: (session: Session) => Promise<T>): Promise<T | undefined> {
    const { session } = this;
    if (session === null) return undefined;
    // What one does happens now.
    this.past.leave();
    try {
      return await ask(session);
    } catch (error) {
      if (this.session === session) {
        const message = error instanceof Error ? error.message : String(error);
        this.addProblem({ severity: 'error', message });
      }
      return undefined;
    }
  }

  private take(update: SessionUpdate): void {
    switch (update.kind) {
      case 'trace': {
        const isSeen = this.movementListeners.size > 0 && this.past.view === null;
        this.record.take(update.events, update.nowMs, isSeen ? (movement) => this.moved(movement) : undefined);
        this.capture.follow(update.events);
        this.refreshSoon();
        return;
      }
      case 'clock':
        this.record.take([], update.nowMs);
        batch(() => {
          this.status.value = update.state;
          this.speed.value = update.speed;
        });
        this.refreshSoon();
        return;
      case 'packets':
        this.capture.take(update.packets, update.missed);
        return;
      case 'problem':
        this.addProblem(update.problem);
        return;
      case 'acted':
        if (this.actions.length < ACTIONS_KEPT) this.actions = [...this.actions, update.acted];
        return;
      case 'ended':
        this.detach();
        batch(() => {
          this.status.value = 'ended';
          this.endReason.value = update.reason;
          this.loadId.value = null;
          if (update.problem !== undefined) this.addProblem(update.problem);
        });
        this.refreshSoon();
        return;
      case 'load':
        // The charts are drawn from the trace, so that all panels agree.
        return;
    }
  }

  /** What the script does to load and files is known from the start. */
  private noteScript(script: readonly TimedAction[]): void {
    let loads = 0;
    for (const { action } of script) {
      if (action.name === 'startLoad') {
        // The engine counts them, too.
        this.loadId.value = ++loads;
        this.load.value = action.spec;
      } else if (action.name === 'stopLoad' && action.loadId === this.loadId.value) {
        this.loadId.value = null;
        this.load.value = null;
      } else if (action.name === 'edit') this.runningFiles.value = { ...this.runningFiles.value, ...action.files };
    }
  }

  private lookForRestarts(): void {
    const { value } = this.restarting;
    if (value.length === 0) return;
    const left = value.filter((service) =>
      this.record.world.replicas.of(service).some((replica) => !(replica.startedMs >= this.editedMs)),
    );
    if (left.length !== value.length) this.restarting.value = left;
  }

  /** A service that is restarted over and over meets the same problem each time; it is one. */
  private addProblem(problem: Problem): void {
    const isKnown = this.problems.value.some(
      (each) => each.message === problem.message && each.file === problem.file && each.line === problem.line,
    );
    if (!isKnown) this.problems.value = [...this.problems.value, problem];
  }

  private refreshSoon(): void {
    if (this.refreshTimer !== null) return;
    this.refreshTimer = setTimeout(() => {
      this.refreshTimer = null;
      this.refresh();
    }, REFRESH_MS);
  }

  private refresh(): void {
    batch(() => {
      this.nowMs.value = this.world.nowMs;
      this.endMs.value = this.record.endMs;
      this.faultCount.value = this.world.faults.active.size;
      this.lookForRestarts();
      this.version.value++;
    });
  }

  private moved(movement: Movement): void {
    for (const listener of this.movementListeners) listener(movement);
  }

  private detach(): void {
    this.unsubscribe?.();
    this.unsubscribe = null;
    this.session?.stop();
    this.session = null;
  }
}
