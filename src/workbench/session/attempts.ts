/**
 * Connections that somebody tried to open, and what became of those that never opened or were torn down: calls that the
 * network's own requests do not know of, because no byte of them was ever sent.
 */
import type { ConnectionEvent, Endpoint, Outcome } from '../../lab/core/events.ts';

interface Attempt {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly startMs: number;
  readonly cause: number;
}

export interface FailedConnection {
  readonly from: Endpoint;
  /** A replica; the name that was asked for when it has no address. */
  readonly to: Endpoint;
  readonly startMs: number;
  readonly endMs: number;
  /** The request that it was for; 0 for none. */
  readonly cause: number;
  readonly connection: number;
  /** `ECONNREFUSED`; '' when whoever opened it had enough of waiting. */
  readonly code: string;
  readonly outcome: Outcome;
  /** It had opened, and was torn down. */
  readonly wasOpen: boolean;
}

/** More at once is a program that leaks them; the page must not. */
const KEPT = 20_000;

export class Attempts {
  private readonly pending: Map<number, Attempt>;

  constructor(pending: Iterable<[number, Attempt]> = []) {
    this.pending = new Map(pending);
  }

  /** What has just failed; null for all else. */
  take(event: ConnectionEvent): FailedConnection | null {
    const { id, state, from, to, atMs, cause = 0, startMs = atMs } = event;
    // A health check asks its own container.
    if (from === to) return null;
    if (state === 'connecting') {
      this.pending.set(id, { from, to, startMs: atMs, cause });
      if (this.pending.size > KEPT) this.pending.delete(this.pending.keys().next().value!);
      return null;
    }
    const attempt = this.pending.get(id);
    this.pending.delete(id);
    if (state === 'open') return null;
    const wasOpen = attempt === undefined && state !== 'unresolved';
    const code = codeOf(event);
    if (wasOpen ? state !== 'reset' : state === 'reset' && event.error === undefined) {
      // An orderly end, or the opener itself is dead: nobody is left to whom it could fail.
      return null;
    }
    const begun = attempt ?? { from, to, startMs, cause };
    return { ...begun, endMs: atMs, connection: id, code, outcome: outcomeOfCode(code), wasOpen };
  }

  /** Who opens a connection that is not open yet, and to where. */
  endsOf(id: number): { readonly from: Endpoint; readonly to: Endpoint } | undefined {
    return this.pending.get(id);
  }

  copy(): Attempts {
    return new Attempts(this.pending);
  }
}

/** As the opener saw it; '' when it was the one who ended it. */
export function codeOf({ state, error }: ConnectionEvent): string {
  return error ?? CODES[state] ?? '';
}

export function outcomeOfCode(code: string): Outcome {
  return OUTCOMES[code] ?? 'refused';
}

/** Of an engine that gives no code: what its states mean. */
const CODES: Readonly<Partial<Record<ConnectionEvent['state'], string>>> = {
  refused: 'ECONNREFUSED',
  'timed-out': 'ETIMEDOUT',
  reset: 'ECONNRESET',
};

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ETIMEDOUT: 'timeout',
  '': 'aborted',
};
