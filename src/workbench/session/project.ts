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

  private readonly key: string;
  private readonly storage: Storage;
  private readonly editable: ReadonlySet<string> | null;
  private saveTimer: ReturnType<typeof setTimeout> | null = null;

  /** `editable`: null when every file may be edited. */
  constructor(key: string, starter: Files, editable: readonly string[] | null, storage: Storage) {
    this.key = key;
    this.starter = starter;
    this.editable = editable === null ? null : new Set(editable);
    this.storage = storage;
    this.openFirst();
  }

  async restore(): Promise<void> {
    const saved = await this.storage.read<Saved>(this.key);
    if (saved === undefined) return;
    batch(() => {
      const kept = Object.entries(saved.edits).filter(
        ([path, text]) => this.starter[path] !== undefined && text !== this.starter[path],
      );
      // Typing that was faster than the database wins.
      this.edits.value = { ...Object.fromEntries(kept), ...this.edits.value };
      const open = saved.open.filter((path) => this.starter[path] !== undefined);
      if (open.length > 0) this.open.value = open;
      if (saved.active !== null && open.includes(saved.active)) this.active.value = saved.active;
    });
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

  /** Writes at once: the page is about to go. */
  flush(): void {
    if (this.saveTimer === null) return;
    clearTimeout(this.saveTimer);
    this.saveTimer = null;
    const saved: Saved = { edits: this.edits.value, open: this.open.value, active: this.active.value };
    void this.storage.write(this.key, saved).then(() => {
      if (this.saveTimer === null) this.hasPendingSave.value = false;
    });
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

function replaced(files: Files, path: string, text: string | undefined): Files {
  const { [path]: _, ...rest } = files;
  return text === undefined ? rest : { ...rest, [path]: text };
}
