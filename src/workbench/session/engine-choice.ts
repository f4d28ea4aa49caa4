/**
 * Which engine runs what the learner has: the lab, or a container where the site offers one and the learner chose it.
 * As an engine itself it falls back on the lab whenever the container cannot do it, and keeps the reason.
 */
import { batch, type Signal, signal } from '@preact/signals';
import type {
  BootOptions,
  BootResult,
  Engine,
  ExerciseRun,
  Project,
  TraceEvent,
  Verdict,
} from '../../engines/engine.ts';
import type { FailureCode } from '../../engines/webcontainer/failure.ts';
import type { Storage } from './storage.ts';

export type EngineName = 'lab' | 'webcontainer';

export interface Trouble {
  readonly code: FailureCode;
  /** What the other side said, in its own words; '' for nothing. */
  readonly detail: string;
  /** Whether a system ran in it. */
  readonly wasRunning: boolean;
}

export interface ContainerEngine extends Engine {
  /** Ends what runs in it; it can be used again. */
  dispose(): void;
}

export interface EngineChoiceOptions {
  readonly storage: Storage;
  lab(): Promise<Engine>;
  /** `onLost`: a system that ran in it cannot go on. */
  container(onLost: (error: unknown) => void): Promise<ContainerEngine>;
}

/** Of all sandboxes and exercises: the learner chooses once. */
const KEY = 'engine';

export class EngineChoice implements Engine {
  readonly chosen: Signal<EngineName> = signal('lab');
  /** Why the lab runs although the container was chosen; null when there was no trouble, or it was taken note of. */
  readonly trouble: Signal<Trouble | null> = signal(null);
  /** Told when a system that ran in the container has been lost, just before its session ends. */
  onLost: () => void = () => {};
  private readonly options: EngineChoiceOptions;
  private opened: Promise<ContainerEngine> | null = null;

  constructor(options: EngineChoiceOptions) {
    this.options = options;
  }

  get name(): EngineName {
    return this.chosen.value;
  }

  async restore(): Promise<void> {
    if ((await this.options.storage.read<EngineName>(KEY)) === 'webcontainer') this.chosen.value = 'webcontainer';
  }

  /** From the next run on. */
  choose(name: EngineName): void {
    batch(() => {
      this.chosen.value = name;
      this.trouble.value = null;
    });
    void this.options.storage.write(KEY, name);
    if (name === 'lab') this.dispose();
  }

  async boot(project: Project, options: BootOptions): Promise<BootResult> {
    // What somebody did can be done again to the moment in the lab only.
    const ran = options.script === undefined ? await this.try((container) => container.boot(project, options)) : null;
    return ran ?? (await this.options.lab()).boot(project, options);
  }

  async check(
    run: ExerciseRun,
    onProgress?: (share: number) => void,
    abort?: AbortSignal,
    onTrace?: (events: readonly TraceEvent[], nowMs: number) => void,
  ): Promise<Verdict> {
    const graded = await this.try((container) => container.check(run, onProgress, abort, onTrace), abort);
    return graded ?? (await this.options.lab()).check(run, onProgress, abort, onTrace);
  }

  /** The engine stays: it knows of a boot that is still under way, beside which there can be no other. */
  dispose(): void {
    this.opened?.then(
      (container) => container.dispose(),
      () => {},
    );
  }

  /** Null when the lab is to do it. */
  private async try<T>(act: (container: ContainerEngine) => Promise<T>, abort?: AbortSignal): Promise<T | null> {
    if (this.chosen.value === 'lab') return null;
    try {
      this.opened ??= this.options.container((error) => {
        this.failed(error, true);
        this.onLost();
      });
      return await act(await this.opened);
    } catch (error) {
      if (abort?.aborted) throw error;
      this.failed(error, false);
      return null;
    }
  }

  /** A choice that does not work must not cost a wait with every page: it has to be made again. */
  private failed(error: unknown, wasRunning: boolean): void {
    if (this.chosen.value === 'lab') return;
    const { code = 'ended', detail } = error as { readonly code?: FailureCode; readonly detail?: string };
    this.choose('lab');
    const message = error instanceof Error ? error.message : String(error);
    this.trouble.value = { code, detail: detail ?? message, wasRunning };
  }
}
