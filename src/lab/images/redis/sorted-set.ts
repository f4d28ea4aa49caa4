/**
 * Members with scores, sorted by score and then by bytes. A sorted array with binary search: moving the tail is a plain
 * memory move, which up to some 100,000 members is faster than a skip list in this language.
 */
import { Dict } from './dict.ts';

export interface Scored {
  readonly member: string;
  readonly score: number;
}

export class SortedSet {
  private readonly scores = new Dict<Scored>();
  private sorted: Scored[] = [];

  get size(): number {
    return this.sorted.length;
  }

  score(member: string): number | undefined {
    return this.scores.get(member)?.score;
  }

  /** True when the member is new. */
  set(member: string, score: number): boolean {
    const old = this.scores.get(member);
    if (old) {
      if (old.score === score) return false;
      this.sorted.splice(this.rankOf(old), 1);
    }
    const added = { member, score };
    this.scores.set(member, added);
    const at = this.rankOf(added);
    if (at === this.sorted.length) this.sorted.push(added);
    else this.sorted.splice(at, 0, added);
    return !old;
  }

  delete(member: string): boolean {
    const old = this.scores.get(member);
    if (!old) return false;
    this.sorted.splice(this.rankOf(old), 1);
    return this.scores.delete(member);
  }

  /** Its place from the lowest score, from 0. */
  rank(member: string): number | undefined {
    const found = this.scores.get(member);
    return found && this.rankOf(found);
  }

  at(rank: number): Scored | undefined {
    return this.sorted[rank];
  }

  slice(from: number, to: number): readonly Scored[] {
    return this.sorted.slice(from, to);
  }

  /** The first rank whose entry is not `before`; entries must be `before` up to some rank and not after it. */
  firstNot(before: (one: Scored) => boolean): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(this.sorted[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  randomMember(random: () => number): Scored | undefined {
    return this.sorted[Math.floor(random() * this.sorted.length)];
  }

  scan(cursor: number, count: number, visit: (one: Scored) => void): number {
    return this.scores.scan(cursor, count, (_, one) => visit(one));
  }

  private rankOf({ member, score }: Scored): number {
    return this.firstNot((one) => one.score < score || (one.score === score && one.member < member));
  }
}
