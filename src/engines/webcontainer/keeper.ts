/**
 * The one container of a page: booted when it is first needed, kept while the same tree is, torn down before the next.
 * Each wait has an end, since none of the runtime's own has.
 */
import { type Clock, within } from './clock.ts';
import { ContainerFailure, said } from './failure.ts';
import type { Container, FileTree, Runtime } from './runtime.ts';

/** It says 5 to 30 s itself, of which most is download. */
export const BOOT_MS_MAX = 60_000;
export const MOUNT_MS_MAX = 60_000;

/** What is mounted. */
export interface TreeSource {
  /** Another one needs another container. */
  readonly key: string;
  load(): Promise<FileTree>;
}

export interface KeeperOptions {
  /** The package, which is fetched only when it is wanted. */
  load(): Promise<Runtime>;
  readonly clock: Clock;
  /** The container that is in use has failed. */
  onError(failure: ContainerFailure): void;
}

interface Kept {
  readonly key: string;
  isBooted: boolean;
  isClosed: boolean;
  container: Promise<Container> | null;
}

/** What is said to whoever still waited for it. */
export const CLOSED = 'it was closed';

export class ContainerKeeper {
  private readonly options: KeeperOptions;
  private booting: Promise<Container> | null = null;
  private waiting = 0;
  private kept: Kept | null = null;
  /** Of the last one that was closed: two cannot be at once. */
  private ending: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.options = options;
  }

  /** A container with the tree in it. Rejects with a ContainerFailure. */
  open(source: TreeSource): Promise<Container> {
    if (this.kept?.key === source.key) return this.kept.container!;
    this.close();
    const kept: Kept = { key: source.key, isBooted: false, isClosed: false, container: null };
    kept.container = this.start(source, kept);
    this.kept = kept;
    kept.container.catch(() => {
      if (this.kept === kept) this.kept = null;
    });
    return kept.container;
  }

  /** Ends it, with everything in it. */
  close(): void {
    const { kept } = this;
    this.kept = null;
    if (kept === null) return;
    kept.isClosed = true;
    // One that still boots finds out by itself.
    if (!kept.isBooted) return;
    this.ending = kept.container!.then(
      (container) => container.teardown(),
      () => {},
    );
  }

  private async start(source: TreeSource, kept: Kept): Promise<Container> {
    await this.ending;
    const loading = source.load().catch((error: unknown) => {
      throw new ContainerFailure('unprepared', said(error));
    });
    // Looked at only after the boot.
    loading.catch(() => {});
    const container = await this.boot();
    if (kept.isClosed) {
      // Unless somebody else has waited for the same boot.
      if (this.kept === null) container.teardown();
      throw new ContainerFailure('ended', CLOSED);
    }
    kept.isBooted = true;
    try {
      const { clock } = this.options;
      const tree = await loading;
      await within(
        container.mount(tree),
        MOUNT_MS_MAX,
        clock,
        () => new ContainerFailure('not-mounted', `not done after ${MOUNT_MS_MAX / 1000} s`),
      );
      return container;
    } catch (error) {
      container.teardown();
      throw error instanceof ContainerFailure ? error : new ContainerFailure('not-mounted', said(error));
    }
  }

  /** A boot that is given up goes on inside the runtime, which starts no other before: the next try waits for the same. */
  private async boot(): Promise<Container> {
    const { clock, onError } = this.options;
    this.booting ??= this.begin();
    this.waiting++;
    try {
      const container = await within(this.booting, BOOT_MS_MAX, clock, () => new ContainerFailure('no-answer'));
      container.on('error', ({ message }) => onError(new ContainerFailure('ended', message)));
      return container;
    } catch (error) {
      throw error instanceof ContainerFailure ? error : new ContainerFailure('refused', said(error));
    } finally {
      this.waiting--;
    }
  }

  private begin(): Promise<Container> {
    const booting = this.options
      .load()
      .then((runtime) => runtime.boot({ coep: 'require-corp', workdirName: 'loadbearing' }));
    const settled = () => {
      this.booting = null;
    };
    booting.then((container) => {
      settled();
      // Too late: nobody wants it any more.
      if (this.waiting === 0) container.teardown();
    }, settled);
    return booting;
  }
}
