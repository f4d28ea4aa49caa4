/** What the services wrote. */
import type { Endpoint, LogEvent } from '../../lab/core/events.ts';

export interface LogLine {
  /** Counts from 1 over the whole run; stays when older lines are dropped. */
  readonly seq: number;
  readonly atMs: number;
  readonly endpoint: Endpoint;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** The request from outside that it belongs to; 0 for none. */
  readonly root: number;
}

/** Lines that one view shows. */
const SHOWN = 5000;
/** Lines of a run that stay in memory, and their text together, in characters. */
const KEPT = 24_000;
const CHARS_KEPT = 4_000_000;

/** All lines of a run, each once, however many views of now and then there are. */
export class LogStore {
  /** Of the newest line; they count from 1. */
  lastSeq = 0;
  private lines: LogLine[] = [];
  private chars = 0;

  push(line: LogLine): void {
    this.lines.push(line);
    this.lastSeq = line.seq;
    this.chars += line.text.length;
    if (this.lines.length <= KEPT * 1.25 && this.chars <= CHARS_KEPT * 1.25) return;
    // In blocks, which keeps appending cheap.
    let first = 0;
    while (this.lines.length - first > KEPT || (this.chars > CHARS_KEPT && first < this.lines.length - 1)) {
      this.chars -= this.lines[first++]!.text.length;
    }
    this.lines = this.lines.slice(first);
  }

  /** Lines with `fromSeq` ≤ seq ≤ `toSeq` that are still there. */
  range(fromSeq: number, toSeq: number): LogLine[] {
    const first = this.lines[0]?.seq ?? 1;
    return this.lines.slice(Math.max(0, fromSeq - first), Math.max(0, toSeq - first + 1));
  }
}

/** The lines up to some moment of a run. */
export class Logs {
  private readonly store: LogStore;
  private seq = 0;
  private cached: LogLine[] = [];
  private cachedSeq = 0;

  constructor(store = new LogStore()) {
    this.store = store;
  }

  apply(event: LogEvent, root: number): void {
    const { atMs, endpoint, stream } = event;
    for (const text of event.text.replace(/\n$/, '').split('\n')) {
      const seq = ++this.seq;
      // A view of the past meets lines that are there already.
      if (seq > this.store.lastSeq) this.store.push({ seq, atMs, endpoint, stream, text, root });
    }
  }

  get lines(): readonly LogLine[] {
    if (this.cachedSeq !== this.seq) {
      this.cached = this.store.range(this.seq - SHOWN + 1, this.seq);
      this.cachedSeq = this.seq;
    }
    return this.cached;
  }

  /** Older lines that are not shown any more. */
  get dropped(): number {
    return this.seq - this.lines.length;
  }

  copy(): Logs {
    const copy = new Logs(this.store);
    copy.seq = this.seq;
    return copy;
  }
}

/** A place in a learner's file that a line of text names: `main.ts:12:5`, `/app/src/main.ts:12`, `gateway/src/main.ts:3`. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  /** Where in the text it stands. */
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the places in `text` that are files of the project. Stack traces name paths as the process sees them
 * (`/app/src/main.ts`), so the service that wrote the line is tried as the folder.
 */
export function sourcePlaces(text: string, service: string, files: Readonly<Record<string, string>>): SourcePlace[] {
  const places: SourcePlace[] = [];
  for (const match of text.matchAll(/(?:file:\/\/)?([\w@./-]+\.(?:ts|js|mjs|cjs|json|ya?ml)):(\d+)(?::(\d+))?/g)) {
    const file = fileOf(match[1]!, service, files);
    if (file === null) continue;
    places.push({
      file,
      line: Number(match[2]),
      ...(match[3] === undefined ? {} : { column: Number(match[3]) }),
      start: match.index,
      end: match.index + match[0].length,
    });
  }
  return places;
}

function fileOf(path: string, service: string, files: Readonly<Record<string, string>>): string | null {
  if (path.includes('node_modules/')) return null;
  const plain = path.replace(/^\/+/, '').replace(/^\.\//, '');
  const inApp = plain.replace(/^(?:app|usr\/src\/app|srv)\//, '');
  for (const candidate of [plain, inApp, `${service}/${inApp}`, `${service}/src/${inApp}`]) {
    if (files[candidate] !== undefined) return candidate;
  }
  return null;
}
