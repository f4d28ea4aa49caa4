/**
 * PerformanceObserver of node:perf_hooks. Marks and measures are observed; entries of other kinds (gc, http, dns, …) do
 * not arise in the lab, so an observer of them hears nothing. Part of the full built-ins.
 */
import { codes } from './errors.ts';
import { createHistogram, monitorEventLoopDelay } from './histogram.ts';
import { performance } from './performance.ts';

const KINDS = ['dns', 'function', 'gc', 'http', 'http2', 'mark', 'measure', 'net', 'resource'];

class PerformanceObserverEntryList {
  readonly #entries: any[];
  constructor(entries: any[]) {
    this.#entries = entries;
  }
  getEntries(): any[] {
    return [...this.#entries];
  }
  getEntriesByType(type: string): any[] {
    return this.#entries.filter(({ entryType }) => entryType === type);
  }
  getEntriesByName(name: string, type?: string): any[] {
    return this.#entries.filter((one) => one.name === name && (type === undefined || one.entryType === type));
  }
}

const observers = new Set<PerformanceObserver>();

export class PerformanceObserver {
  static readonly supportedEntryTypes: readonly string[] = Object.freeze([...KINDS]) as string[];
  readonly #callback: any;
  #kinds = new Set<string>();
  #pending: any[] = [];

  constructor(callback: any) {
    if (typeof callback !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('callback', 'Function', callback);
    this.#callback = callback;
  }

  observe(options: any = {}): void {
    const { entryTypes, type, buffered } = options;
    if (entryTypes === undefined && type === undefined) {
      throw new codes.ERR_MISSING_ARGS('options.entryTypes', 'options.type');
    }
    this.#kinds = new Set(entryTypes ?? [...this.#kinds, type]);
    observers.add(this);
    if (buffered && type !== undefined) for (const entry of performance.getEntriesByType(type)) this._see(entry);
  }

  disconnect(): void {
    observers.delete(this);
    this.#pending = [];
  }

  takeRecords(): any[] {
    return this.#pending.splice(0);
  }

  _see(entry: any): void {
    if (!this.#kinds.has(entry.entryType)) return;
    if (this.#pending.push(entry) > 1) return;
    setImmediate(() => {
      const entries = this.takeRecords();
      if (entries.length > 0) this.#callback(new PerformanceObserverEntryList(entries), this);
    });
  }
}

for (const name of ['mark', 'measure'] as const) {
  const original: any = performance[name];
  Object.defineProperty(performance, name, {
    configurable: true,
    writable: true,
    value(this: any, ...args: any[]) {
      const entry = original.apply(this, args);
      for (const observer of observers) observer._see(entry);
      return entry;
    },
  });
}

/** What node:perf_hooks has of it. */
export const observing = {
  PerformanceObserver,
  PerformanceObserverEntryList,
  monitorEventLoopDelay,
  createHistogram,
  constants: {
    NODE_PERFORMANCE_GC_MAJOR: 4,
    NODE_PERFORMANCE_GC_MINOR: 1,
    NODE_PERFORMANCE_GC_INCREMENTAL: 8,
    NODE_PERFORMANCE_GC_WEAKCB: 16,
  },
};
