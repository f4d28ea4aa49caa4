/**
 * What a person takes along or gives away: a link with the session, a file with the work, a folder to run. What comes in
 * by a link waits until somebody says so, and leaves the edits that are here alone.
 */
import { type Signal, signal } from '@preact/signals';
import { type Keepsake, type ReadKeepsake, readKeepsake, writeKeepsake } from './keepsake.ts';
import { type ReadShare, readShare, type SharedSession, writeShare } from './share.ts';

export const SHARE_PREFIX = '#share=';

/** What it needs of the session that it belongs to. */
export interface Kept {
  readonly subject: string;
  /** What is to be shared now. */
  shared(): SharedSession;
  keepsake(): Keepsake;
  /** Edits that replace those that are here, which can be undone, and attempts to be added. */
  take(edits: Keepsake['edits'], attempts: Keepsake['attempts']): void;
  run(shared: SharedSession): Promise<void>;
}

export type Offer =
  | { readonly kind: 'session'; readonly shared: SharedSession; readonly isSeen: boolean }
  | { readonly kind: 'refused'; readonly reason: 'too-big' | 'damaged' | 'newer' | 'other-subject' };

export class Keeping {
  /** What a link has brought; null when nothing, or when it was answered. */
  readonly offer: Signal<Offer | null> = signal(null);
  private readonly kept: Kept;

  constructor(kept: Kept) {
    this.kept = kept;
  }

  /** The fragment for an address; null when the session is too long for one. */
  fragment(): string | null {
    const text = writeShare(this.kept.shared());
    return text === null ? null : SHARE_PREFIX + text;
  }

  /** Looks at a page's fragment. Nothing runs by it. */
  openFragment(fragment: string): void {
    if (!fragment.startsWith(SHARE_PREFIX)) return;
    const read: ReadShare = readShare(fragment.slice(SHARE_PREFIX.length));
    if (!read.ok) this.offer.value = { kind: 'refused', reason: read.reason };
    else if (read.shared.subject !== this.kept.subject) this.offer.value = { kind: 'refused', reason: 'other-subject' };
    else this.offer.value = { kind: 'session', shared: read.shared, isSeen: false };
  }

  /** Plays the shared session with its own files; those in the editor stay. */
  async runShared(): Promise<void> {
    const { value } = this.offer;
    if (value?.kind !== 'session') return;
    this.offer.value = { ...value, isSeen: true };
    await this.kept.run(value.shared);
  }

  /** Goes on with the shared files; one's own can be brought back. */
  takeShared(): void {
    const { value } = this.offer;
    if (value?.kind !== 'session') return;
    this.kept.take(value.shared.edits, []);
    this.offer.value = null;
  }

  dismiss(): void {
    this.offer.value = null;
  }

  exportWork(): string {
    return writeKeepsake(this.kept.keepsake());
  }

  /** What became of it; 'other-subject' when it is the work on something else. */
  importWork(text: string): 'taken' | Exclude<ReadKeepsake, { ok: true }>['reason'] | 'other-subject' {
    const read = readKeepsake(text);
    if (!read.ok) return read.reason;
    if (read.keepsake.subject !== this.kept.subject) return 'other-subject';
    this.kept.take({ ...read.keepsake.orphans, ...read.keepsake.edits }, read.keepsake.attempts);
    return 'taken';
  }
}
