/**
 * The learner's files: what the starter gave, what they changed, what is open. Edits are kept apart from the starter
 * and saved on every change, so a reload, a crash or "show solution" cannot lose them.
 */
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Storage } from './storage.ts';

export type Files = Readonly<Record<string, string>>;

interface Saved {
  readonly edits: Files;
  readonly open: readonly string[];
  readonly active: string | null;
  /** Counts up with every write, so that a tab sees that another one has written; absent in what earlier versions saved. */
  readonly version?: number;
  /** What the starter was when a file was first edited, of edited files. */
  readonly base?: Files;
  /** Edits of files that the starter no longer has. */
  readonly orphans?: Files;
}

/** An edited file whose starter has changed since. */
export interface Outdated {
  readonly path: string;
  /** The starter that was edited. */
  readonly base: string;
  readonly mine: string;
  /** The starter as it is now. */
  readonly starter: string;
}

/** Real ms without typing before edits are written; `flush` does it at once. */
const SAVE_AFTER_MS = 250;

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

export class ProjectFiles {
  readonly starter: Files;
  /** Only files whose text differs from the starter. */
  readonly edits: Signal<Files> = signal({});
  readonly files: ReadonlySignal<Files> = computed(() => ({ ...this.starter, ...this.edits.value }));
  readonly changed: ReadonlySignal<readonly string[]> = computed(() => Object.keys(this.edits.value).sort());
  readonly open: Signal<readonly string[]> = signal([]);
  readonly active: Signal<string | null> = signal(null);
  /** Where the editor is to put the cursor; set by logs, problems and verdicts. */
  readonly reveal: Signal<Place | null> = signal(null);
  /** What the last reset took away. */
  readonly undoable: Signal<Files | null> = signal(null);
  readonly hasPendingSave: Signal<boolean> = signal(false);
  /** Another tab has saved other edits; nothing is written over them until one of the two is chosen. */
  readonly otherTab: Signal<Files | null> = signal(null);
  /** Edits that were made on an older starter and nobody has looked at since. */
  readonly outdated: Signal<readonly Outdated[]> = signal([]);
  /** Edits of files that are there no more; they are kept and exported. */
  readonly orphans: Signal<Files> = signal({});

  private readonly key: string;
  private readonly storage: Storage;
  private readonly editable: ReadonlySet<string> | null;
  private saveTimer: ReturnType<typeof setTimeout> | null = null;
  /** Of what this tab has read or written last. */
  private version = 0;
  private base: Files = {};
  /** Something was left for the next page, and this one went on after all. */
  private hasLeft = false;

  /** `editable`: null when every file may be edited. */
  constructor(key: string, starter: Files, editable: readonly string[] | null, storage: Storage) {
    this.key = key;
    this.starter = starter;
    this.editable = editable === null ? null : new Set(editable);
    this.storage = storage;
    this.openFirst();
  }

  async restore(): Promise<void> {
    const left = this.storage.takeLeft(this.key);
    const saved = await this.storage.read<Saved>(this.key);
    if (isSaved(left)) this.takeLeft(left, saved);
    else if (saved !== undefined) this.take(saved);
    this.storage.onOtherTab(this.key, () => void this.lookAtOtherTab());
  }

  isEditable(path: string): boolean {
    return this.editable === null || this.editable.has(path);
  }

  isChanged(path: string): boolean {
    return this.edits.value[path] !== undefined;
  }

  edit(path: string, text: string): void {
    if (!this.isEditable(path) || this.files.value[path] === text) return;
    this.edits.value = replaced(this.edits.value, path, text === this.starter[path] ? undefined : text);
    this.undoable.value = null;
    this.saveSoon();
  }

  resetFile(path: string): void {
    if (!this.isChanged(path)) return;
    this.undoable.value = this.edits.value;
    this.edits.value = replaced(this.edits.value, path, undefined);
    this.saveSoon();
  }

  resetAll(): void {
    if (this.changed.value.length === 0) return;
    this.undoable.value = this.edits.value;
    this.edits.value = {};
    this.saveSoon();
  }

  /** Other edits in place of those there are, which can be undone. Files that are not there or may not be edited are left out. */
  replaceEdits(edits: Files): void {
    const kept = Object.entries(edits).filter(
      ([path, text]) => this.starter[path] !== undefined && this.isEditable(path) && text !== this.starter[path],
    );
    this.undoable.value = this.edits.value;
    this.edits.value = Object.fromEntries(kept);
    this.saveSoon();
  }

  undoReset(): void {
    if (this.undoable.value === null) return;
    this.edits.value = this.undoable.value;
    this.undoable.value = null;
    this.saveSoon();
  }

  show(place: Place | string): void {
    const path = typeof place === 'string' ? place : place.file;
    if (this.starter[path] === undefined) return;
    batch(() => {
      if (!this.open.value.includes(path)) this.open.value = [...this.open.value, path];
      this.active.value = path;
      // A new object each time, so that asking for the same line twice scrolls there twice.
      this.reveal.value = typeof place === 'string' ? null : { ...place };
    });
    this.saveSoon();
  }

  close(path: string): void {
    const { value: open } = this.open;
    const index = open.indexOf(path);
    if (index < 0) return;
    const left = open.filter((each) => each !== path);
    batch(() => {
      this.open.value = left;
      if (this.active.value === path) this.active.value = left[Math.min(index, left.length - 1)] ?? null;
    });
    this.saveSoon();
  }

  /** The page is about to go, perhaps before the database has answered. */
  leave(): void {
    if (!this.hasPendingSave.value || this.otherTab.value !== null) return;
    this.storage.leave(this.key, { ...this.toSave(), version: this.version });
    this.hasLeft = true;
    this.flush();
  }

  /** Writes at once. */
  flush(): void {
    if (this.saveTimer === null) return;
    clearTimeout(this.saveTimer);
    this.saveTimer = null;
    void this.save();
  }

  /** Of two tabs with different edits: goes on with the other one's, which can be undone. */
  async takeOtherTab(): Promise<void> {
    const saved = await this.storage.read<Saved>(this.key);
    this.otherTab.value = null;
    if (saved === undefined) return;
    const mine = this.edits.value;
    this.edits.value = {};
    this.take(saved);
    this.undoable.value = mine;
  }

  /** Of two tabs with different edits: writes these; the other tab is asked in its turn. */
  async keepThisTab(): Promise<void> {
    const saved = await this.storage.read<Saved>(this.key);
    this.version = saved?.version ?? 0;
    this.otherTab.value = null;
    await this.save();
  }

  /** An edit on an older starter was merged, or stays as it is: `text` belongs to the starter of now. */
  settleOutdated(path: string, text: string): void {
    this.outdated.value = this.outdated.value.filter((each) => each.path !== path);
    this.base = replaced(this.base, path, this.starter[path]);
    const before = this.edits.value;
    this.edits.value = replaced(before, path, text === this.starter[path] ? undefined : text);
    this.undoable.value = before;
    this.saveSoon();
  }

  /** What the last page could not write any more; or it did, and then `saved` is the same or newer. */
  private takeLeft(left: Saved, saved: Saved | undefined): void {
    const isOvertaken = (saved?.version ?? 0) > (left.version ?? 0);
    if (saved !== undefined && isOvertaken && sameFiles(saved.edits, left.edits)) {
      this.take(saved);
      return;
    }
    this.take(left);
    // Another tab has written since: which of the two goes on, a person decides.
    if (saved !== undefined && isOvertaken) this.otherTab.value = saved.edits;
    else this.saveSoon();
  }

  private take(saved: Saved): void {
    batch(() => {
      const there = Object.entries(saved.edits).filter(([path]) => this.starter[path] !== undefined);
      const gone = Object.entries(saved.edits).filter(([path]) => this.starter[path] === undefined);
      const kept = there.filter(([path, text]) => text !== this.starter[path]);
      this.version = saved.version ?? 0;
      this.base = saved.base ?? {};
      this.orphans.value = { ...saved.orphans, ...Object.fromEntries(gone) };
      this.outdated.value = kept.flatMap(([path, mine]) => {
        const base = this.base[path];
        const starter = this.starter[path]!;
        return base === undefined || base === starter ? [] : [{ path, base, mine, starter }];
      });
      // Typing that was faster than the database wins.
      this.edits.value = { ...Object.fromEntries(kept), ...this.edits.value };
      const open = saved.open.filter((path) => this.starter[path] !== undefined);
      if (open.length > 0) this.open.value = open;
      if (saved.active !== null && open.includes(saved.active)) this.active.value = saved.active;
    });
  }

  private async save(): Promise<void> {
    if (this.otherTab.value !== null) return;
    const saved = this.toSave();
    let isOvertaken = false;
    const isWritten = await this.storage.update<Saved>(this.key, (current) => {
      isOvertaken = (current?.version ?? 0) > this.version;
      if (isOvertaken) return null;
      this.version = (current?.version ?? 0) + 1;
      return { ...saved, version: this.version };
    });
    if (isOvertaken) await this.lookAtOtherTab();
    else if (isWritten && this.saveTimer === null) {
      this.hasPendingSave.value = false;
      if (this.hasLeft) this.storage.takeLeft(this.key);
      this.hasLeft = false;
    }
  }

  private toSave(): Saved {
    const edits = this.edits.value;
    const paths = Object.keys(edits);
    this.base = Object.fromEntries(paths.map((path) => [path, this.base[path] ?? this.starter[path] ?? '']));
    const { base } = this;
    return { edits, open: this.open.value, active: this.active.value, base, orphans: this.orphans.value };
  }

  /** Another tab has written: when it is the same as here, nothing needs to be asked. */
  private async lookAtOtherTab(): Promise<void> {
    const saved = await this.storage.read<Saved>(this.key);
    if (saved === undefined || (saved.version ?? 0) <= this.version) return;
    if (sameFiles(saved.edits, this.edits.value)) {
      this.version = saved.version ?? 0;
      this.otherTab.value = null;
    } else this.otherTab.value = saved.edits;
  }

  private saveSoon(): void {
    this.hasPendingSave.value = true;
    if (this.saveTimer !== null) clearTimeout(this.saveTimer);
    this.saveTimer = setTimeout(() => this.flush(), SAVE_AFTER_MS);
  }

  private openFirst(): void {
    const paths = Object.keys(this.starter).sort();
    const first =
      [...(this.editable ?? [])].find((path) => this.starter[path] !== undefined) ??
      paths.find((path) => path.endsWith('src/main.ts')) ??
      paths[0];
    if (first === undefined) return;
    this.open.value = [first];
    this.active.value = first;
  }
}

/** Looked at before it is believed: anything of this origin may have written it. */
function isSaved(value: unknown): value is Saved {
  const { edits, open } = (value ?? {}) as Partial<Saved>;
  return (
    typeof edits === 'object' &&
    edits !== null &&
    Object.values(edits).every((text) => typeof text === 'string') &&
    Array.isArray(open)
  );
}

function sameFiles(a: Files, b: Files): boolean {
  const paths = Object.keys(a);
  return paths.length === Object.keys(b).length && paths.every((path) => a[path] === b[path]);
}

function replaced(files: Files, path: string, text: string | undefined): Files {
  const { [path]: _, ...rest } = files;
  return text === undefined ? rest : { ...rest, [path]: text };
}
