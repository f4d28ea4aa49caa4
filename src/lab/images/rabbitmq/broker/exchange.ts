/** Exchanges and how each type finds the bindings that a message matches. */
import type { Queue } from '../queue/queue.ts';
import { type Field, isSameValue, lookup, type Table } from '../wire/fields.ts';
import type { Message } from './message.ts';

export type ExchangeType = 'direct' | 'fanout' | 'topic' | 'headers';
export const EXCHANGE_TYPES: readonly ExchangeType[] = ['direct', 'fanout', 'headers', 'topic'];

export interface ExchangeSpec {
  readonly name: string;
  readonly type: ExchangeType;
  readonly isDurable: boolean;
  readonly isAutoDelete: boolean;
  readonly isInternal: boolean;
  readonly args: Table;
}

export type Destination = { readonly queue: Queue } | { readonly exchange: Exchange };

export interface Binding {
  readonly source: Exchange;
  readonly destination: Destination;
  readonly key: string;
  readonly args: Table;
}

export class Exchange implements ExchangeSpec {
  readonly name: string;
  readonly type: ExchangeType;
  readonly isDurable: boolean;
  readonly isAutoDelete: boolean;
  readonly isInternal: boolean;
  readonly args: Table;
  /** In order of their making. */
  bindings: Binding[] = [];
  private byKey: Map<string, Binding[]> | null = null;

  constructor(spec: ExchangeSpec) {
    this.name = spec.name;
    this.type = spec.type;
    this.isDurable = spec.isDurable;
    this.isAutoDelete = spec.isAutoDelete;
    this.isInternal = spec.isInternal;
    this.args = spec.args;
  }

  get alternate(): string | undefined {
    const field = lookup(this.args, 'alternate-exchange');
    return field?.type === 'longstr' ? (field.value as string) : undefined;
  }

  add(binding: Binding): void {
    this.bindings.push(binding);
    this.byKey = null;
  }

  remove(binding: Binding): void {
    this.bindings = this.bindings.filter((one) => one !== binding);
    this.byKey = null;
  }

  /** The bindings that the message matches. */
  match(message: Message): readonly Binding[] {
    switch (this.type) {
      case 'fanout':
        return this.bindings;
      case 'direct':
        return this.direct(message.routingKeys);
      case 'topic': {
        const keys = message.routingKeys.map(wordsOf);
        return this.bindings.filter(({ key }) => keys.some((words) => matchesTopic(wordsOf(key), words)));
      }
      case 'headers':
        return this.bindings.filter(({ args }) => matchesHeaders(args, message.properties.headers ?? []));
    }
  }

  private direct(keys: readonly string[]): readonly Binding[] {
    if (this.byKey === null) {
      this.byKey = new Map();
      for (const binding of this.bindings) {
        const same = this.byKey.get(binding.key);
        if (same) same.push(binding);
        else this.byKey.set(binding.key, [binding]);
      }
    }
    if (keys.length === 1) return this.byKey.get(keys[0]!) ?? [];
    return keys.flatMap((key) => this.byKey!.get(key) ?? []);
  }
}

/** An empty key has no words. */
const wordsOf = (key: string): readonly string[] => (key === '' ? [] : key.split('.'));

/** `*` stands for one word, `#` for any number of them. */
export function matchesTopic(pattern: readonly string[], words: readonly string[]): boolean {
  // Which positions of the pattern can be reached after each word: linear in words × pattern, whatever the pattern.
  let reach = new Set<number>([0]);
  const closed = (from: Set<number>): Set<number> => {
    for (const at of from) if (pattern[at] === '#') from.add(at + 1);
    return from;
  };
  reach = closed(reach);
  for (const word of words) {
    const next = new Set<number>();
    for (const at of reach) {
      const part = pattern[at];
      if (part === '#') next.add(at);
      else if (part !== undefined && (part === '*' || part === word)) next.add(at + 1);
    }
    reach = closed(next);
  }
  return reach.has(pattern.length);
}

export function xMatch(args: Table): 'all' | 'any' | 'all-with-x' | 'any-with-x' {
  const field = lookup(args, 'x-match');
  const value = field?.type === 'longstr' ? field.value : 'all';
  return value === 'any' || value === 'any-with-x' || value === 'all-with-x' ? value : 'all';
}

/** A void in the binding asks only for the header to be there; types are not compared, 1 is 1.0 (rabbit_exchange_type_headers.erl). */
export function matchesHeaders(args: Table, headers: Table): boolean {
  const kind = xMatch(args);
  const wanted = args.filter(([name]) => name !== 'x-match' && (kind.endsWith('-with-x') || !name.startsWith('x-')));
  const has = ([name, want]: readonly [string, Field]) => {
    const found = lookup(headers, name);
    return found !== undefined && (want.type === 'void' || isSameValue(want.value, found.value));
  };
  return kind.startsWith('any') ? wanted.some(has) : wanted.every(has);
}
