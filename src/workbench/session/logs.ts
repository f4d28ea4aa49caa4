/** The last lines that the services wrote. */
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

const KEPT = 5000;
/** Dropping in blocks keeps appending cheap. */
const SLACK = 1000;

export class Logs {
  lines: LogLine[] = [];
  dropped = 0;
  private seq = 0;

  apply(event: LogEvent, root: number): void {
    const { atMs, endpoint, stream } = event;
    for (const text of event.text.replace(/\n$/, '').split('\n')) {
      this.lines.push({ seq: ++this.seq, atMs, endpoint, stream, text, root });
    }
    if (this.lines.length <= KEPT + SLACK) return;
    this.dropped += this.lines.length - KEPT;
    this.lines = this.lines.slice(-KEPT);
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
