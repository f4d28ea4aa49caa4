/**
 * What a key can hold. Each value knows about how much memory it takes (bytes, kept up to date as it changes) and which
 * encoding Redis would have chosen, which shows in OBJECT ENCODING and in the cost of commands.
 *
 * Memory follows the layouts of Redis 7.0 without the allocator's rounding: so MEMORY USAGE, maxmemory and eviction are
 * right to within some tens of percent, not to the byte.
 */
import type { Settings } from './config.ts';
import { Deque } from './deque.ts';
import { Dict } from './dict.ts';
import { parseInt64 } from './numbers.ts';
import { SortedSet } from './sorted-set.ts';
import type { StreamValue } from './stream.ts';

export type Value = StringValue | ListValue | HashValue | SetValue | ZsetValue | StreamValue;
export type Kind = Value['kind'];

/** Of an entry in a hash table of Redis: three pointers and its bucket. */
const TABLE_ENTRY_BYTES = 32;
const OBJECT_BYTES = 16;

export class StringValue {
  readonly kind = 'string';
  readonly text: string;
  /** Changed in place (APPEND, SETRANGE, SETBIT), and so left `raw`; or `computed`, and not looked at for an integer. */
  readonly origin: 'given' | 'raw' | 'computed';
  constructor(text: string, origin: 'given' | 'raw' | 'computed' = 'given') {
    this.text = text;
    this.origin = origin;
  }
  get bytes(): number {
    return OBJECT_BYTES + this.text.length + 9;
  }
  encoding(): string {
    const { length } = this.text;
    if (this.origin === 'raw') return 'raw';
    if (this.origin === 'given' && length <= 20 && parseInt64(this.text) !== null) return 'int';
    return length <= 44 ? 'embstr' : 'raw';
  }
}

export class ListValue {
  readonly kind = 'list';
  readonly items = new Deque();
  private itemBytes = 0;
  get bytes(): number {
    return OBJECT_BYTES + 80 + this.itemBytes;
  }
  get size(): number {
    return this.items.length;
  }
  encoding(): string {
    return 'quicklist';
  }
  push(item: string, atHead: boolean): void {
    if (atHead) this.items.unshift(item);
    else this.items.push(item);
    this.itemBytes += item.length + 4;
  }
  pop(atHead: boolean): string | undefined {
    const item = atHead ? this.items.shift() : this.items.pop();
    if (item !== undefined) this.itemBytes -= item.length + 4;
    return item;
  }
  replaceAt(index: number, item: string): void {
    this.itemBytes += item.length - this.items.at(index)!.length;
    this.items.set(index, item);
  }
  replace(items: readonly string[]): void {
    this.items.replace(items);
    this.itemBytes = items.reduce((sum, { length }) => sum + length + 4, 0);
  }
}

export class HashValue {
  readonly kind = 'hash';
  readonly fields = new Dict<string>();
  isCompact = true;
  private fieldBytes = 0;
  get bytes(): number {
    return OBJECT_BYTES + (this.isCompact ? this.fieldBytes + 7 : this.fieldBytes + this.size * TABLE_ENTRY_BYTES + 56);
  }
  get size(): number {
    return this.fields.size;
  }
  encoding(): string {
    return this.isCompact ? 'listpack' : 'hashtable';
  }
  /** True when the field is new. */
  set(field: string, value: string, settings: Settings): boolean {
    const old = this.fields.get(field);
    this.fieldBytes += old === undefined ? field.length + value.length + 8 : value.length - old.length;
    this.fields.set(field, value);
    const longest = settings.number('hash-max-listpack-value');
    if (
      this.isCompact &&
      (field.length > longest || value.length > longest || this.size > settings.number('hash-max-listpack-entries'))
    )
      this.isCompact = false;
    return old === undefined;
  }
  delete(field: string): boolean {
    const old = this.fields.get(field);
    if (old === undefined) return false;
    this.fieldBytes -= field.length + old.length + 8;
    return this.fields.delete(field);
  }
}

export class SetValue {
  readonly kind = 'set';
  readonly members = new Dict<true>();
  isIntegers = true;
  private memberBytes = 0;
  get bytes(): number {
    return OBJECT_BYTES + (this.isIntegers ? this.size * 8 + 8 : this.memberBytes + this.size * TABLE_ENTRY_BYTES + 56);
  }
  get size(): number {
    return this.members.size;
  }
  encoding(): string {
    return this.isIntegers ? 'intset' : 'hashtable';
  }
  add(member: string, settings: Settings): boolean {
    if (!this.members.set(member, true)) return false;
    this.memberBytes += member.length + 9;
    if (this.isIntegers && (parseInt64(member) === null || this.size > settings.number('set-max-intset-entries')))
      this.isIntegers = false;
    return true;
  }
  delete(member: string): boolean {
    if (!this.members.delete(member)) return false;
    this.memberBytes -= member.length + 9;
    return true;
  }
  /** An intset is sorted; a hash table has an order of no meaning, here that of addition. */
  list(): string[] {
    const all = [...this.members.keys()];
    if (!this.isIntegers) return all;
    return all
      .map((text) => BigInt(text))
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      .map(String);
  }
}

export class ZsetValue {
  readonly kind = 'zset';
  readonly members = new SortedSet();
  isCompact = true;
  private memberBytes = 0;
  get bytes(): number {
    return (
      OBJECT_BYTES + (this.isCompact ? this.memberBytes + this.size * 12 + 7 : this.memberBytes + this.size * 80 + 200)
    );
  }
  get size(): number {
    return this.members.size;
  }
  encoding(): string {
    return this.isCompact ? 'listpack' : 'skiplist';
  }
  set(member: string, score: number, settings: Settings): void {
    if (this.members.set(member, score)) this.memberBytes += member.length + 9;
    if (
      this.isCompact &&
      (this.size > settings.number('zset-max-listpack-entries') ||
        member.length > settings.number('zset-max-listpack-value'))
    )
      this.isCompact = false;
  }
  delete(member: string): boolean {
    if (!this.members.delete(member)) return false;
    this.memberBytes -= member.length + 9;
    return true;
  }
}
