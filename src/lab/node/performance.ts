/** The performance global and node:perf_hooks, over the kernel's monotonic clock. No observer sees the runtime itself. */
import { codes } from './errors.ts';
import { EventTarget } from './event-target.ts';
import { notLoaded } from './full-names.ts';

class PerformanceEntry {
  readonly name: string;
  readonly entryType: string;
  readonly startTime: number;
  readonly duration: number;
  readonly detail: unknown;
  constructor(name: string, entryType: string, startTime: number, duration: number, detail: unknown = null) {
    this.name = name;
    this.entryType = entryType;
    this.startTime = startTime;
    this.duration = duration;
    this.detail = detail;
  }
  toJSON() {
    return { ...this };
  }
}
export class PerformanceMark extends PerformanceEntry {}
export class PerformanceMeasure extends PerformanceEntry {}

const nowMs = () => __kernel.nowUs() / 1000;
const originMs = __kernel.wallMs() - nowMs();
const idle = { idle: 0, active: 0, utilization: 0 };

class Performance extends EventTarget {
  #entries: PerformanceEntry[] = [];

  now(): number {
    return nowMs();
  }
  get timeOrigin(): number {
    return originMs;
  }
  mark(name: string, options: any = {}): PerformanceMark {
    const mark = new PerformanceMark(`${name}`, 'mark', options.startTime ?? nowMs(), 0, options.detail ?? null);
    this.#entries.push(mark);
    return mark;
  }
  measure(name: string, startOrOptions: any = {}, endMark?: string): PerformanceMeasure {
    const options = typeof startOrOptions === 'string' ? { start: startOrOptions, end: endMark } : startOrOptions;
    const end = this.#timeOf(options.end ?? endMark) ?? nowMs();
    const start = this.#timeOf(options.start) ?? (options.duration !== undefined ? end - options.duration : 0);
    const measure = new PerformanceMeasure(name, 'measure', start, options.duration ?? end - start, options.detail);
    this.#entries.push(measure);
    return measure;
  }
  #timeOf(mark: string | number | undefined): number | undefined {
    if (mark === undefined || typeof mark === 'number') return mark;
    const found = this.#entries.findLast((entry) => entry.entryType === 'mark' && entry.name === mark);
    if (found === undefined) {
      throw new DOMException(`The "${mark}" performance mark has not been set`, 'SyntaxError');
    }
    return found.startTime;
  }
  clearMarks(name?: string): void {
    this.#entries = this.#entries.filter(
      (one) => one.entryType !== 'mark' || (name !== undefined && one.name !== name),
    );
  }
  clearMeasures(name?: string): void {
    this.#entries = this.#entries.filter(
      (one) => one.entryType !== 'measure' || (name !== undefined && one.name !== name),
    );
  }
  getEntries(): PerformanceEntry[] {
    return this.#entries.toSorted((a, b) => a.startTime - b.startTime);
  }
  getEntriesByName(name: string, type?: string): PerformanceEntry[] {
    return this.getEntries().filter((one) => one.name === name && (type === undefined || one.entryType === type));
  }
  getEntriesByType(type: string): PerformanceEntry[] {
    return this.getEntries().filter((one) => one.entryType === type);
  }
  /** The process's CPU as the lab accounts it: active is what it burned. */
  eventLoopUtilization(before: any = idle, after?: any) {
    if (after !== undefined) return difference(before, after);
    const active = __kernel.cpuUsedUs() / 1000;
    const current = { idle: __kernel.uptimeUs() / 1000 - active, active, utilization: 0 };
    return difference(current, before);
  }
  /** Entries of fetches are not kept. */
  markResourceTiming(): void {}
  timerify<T>(fn: T): T {
    if (typeof fn !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('fn', 'Function', fn);
    return fn;
  }
  toJSON() {
    return { timeOrigin: originMs, eventLoopUtilization: this.eventLoopUtilization() };
  }
}

function difference(later: typeof idle, earlier: typeof idle): typeof idle {
  const idleMs = later.idle - earlier.idle;
  const active = later.active - earlier.active;
  const total = idleMs + active;
  return { idle: idleMs, active, utilization: total === 0 ? 0 : active / total };
}

export const performance = new Performance();

class PerformanceObserver {
  static readonly supportedEntryTypes: readonly string[] = [];
  observe(): void {
    absent('PerformanceObserver');
  }
  disconnect(): void {}
}

export default {
  performance,
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  constants: {},
  monitorEventLoopDelay: () => absent('monitorEventLoopDelay'),
  createHistogram: () => absent('createHistogram'),
};

function absent(name: string): never {
  throw new Error(notLoaded(`perf_hooks.${name}`));
}
