/**
 * What the checks need of the lab, and nothing more: the seam between check/ (verdict, matchers, tap) and the lab's
 * door, which implements it. One CheckHost per seed: a fresh lab whose check process is a lab process of its own,
 * without compose service and without network. Nothing here is reachable from a learner's service.
 *
 * Callbacks given to the host run on the lab's stack under its scheduler. Whatever touches code or promises of the
 * check process goes through `enter`.
 */

import type { FaultSpec, TraceEvent } from '../core/events.ts';
import type { Scheduler } from '../core/scheduler.ts';
import type { ToolResult } from '../images/server.ts';
import type { Host } from '../net/network.ts';

export interface CheckHost {
  readonly seed: number;
  /** The clock that check process and systems share. `nowUs / 1000` is the `atMs` of the trace. */
  readonly scheduler: Scheduler;
  /** The check process's own Promise class: every promise handed to the checks is made with it. */
  readonly Promise: PromiseConstructor;
  /**
   * Runs `run` as one callback of the check process and then drains its nextTicks and microtasks, as for a timer.
   * Called re-entrantly (from code that itself runs inside `enter`) it only runs; the outer call drains.
   */
  enter(run: () => void): void;
  /**
   * Compiles `source` (TypeScript, top-level await allowed) and evaluates it in the check process. Besides
   * `modules` and Node's built-ins it can import nothing. `onDone` is called once, with null when the module's
   * top level has finished. An error that escapes later (an unhandled rejection, a throw in a timer) goes to `onError`.
   */
  evaluate(
    source: string,
    fileName: string,
    modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    onDone: (error: CheckError | null) => void,
    onError: (error: CheckError) => void,
  ): void;
  /** Where `error`, thrown in the check process, happened: file and line of the source, when the stack tells. */
  describe(error: unknown): CheckError;
  /**
   * `docker compose up --wait`: starts the project and calls back when every service runs (and is healthy where it has
   * a health check), or with what prevented it. Once called back, a second call first takes the running system
   * down and starts a fresh one; time and trace go on.
   */
  up(onReady: (result: UpResult) => void): void;
  /** Why the run cannot go on (a service in an endless loop, memory gone); null while it can. Asked after each event. */
  readonly ended: CheckError | null;
  /** Fingerprint of everything in the trace so far, hex. */
  readonly traceHash: string;
  /** Everything ends; nothing of it runs on. */
  dispose(): void;
}

export interface CheckError {
  readonly message: string;
  readonly hint?: string;
  readonly file?: string;
  readonly line?: number;
}

export type UpResult =
  | { readonly ok: true; readonly system: SystemHost }
  | { readonly ok: false; readonly error: CheckError };

/** One running project. */
export interface SystemHost {
  /** The world outside: load and requests start here; it resolves service names like any other host. */
  readonly client: Host;
  readonly services: readonly {
    readonly name: string;
    readonly replicas: number;
    /** Its environment as the compose file and the image have it. */
    readonly env?: Readonly<Record<string, string>>;
  }[];
  /** Who calls whom, as far as the compose file says: published services from `client`, and what each depends on. */
  readonly links: readonly (readonly [from: string, to: string])[];
  /** Starts the fault (`afterMs`, `forMs`, `everyMs` respected) and returns its id. Throws an Error with a sentence for an unknown service. */
  inject(fault: FaultSpec): number;
  heal(faultId: number): void;
  /** All trace events from now on. Packets may be left out: the checks do not read them. */
  subscribe(listener: (event: TraceEvent) => void): () => void;
  /** Writes a NoteEvent into the trace. */
  note(text: string): void;
  /**
   * A command of a server image inside its container, as `docker compose exec db psql …`; null when no server runs there.
   * Throws an Error with a sentence for an unknown service.
   */
  exec(service: string, argv: readonly string[], onDone: (result: ToolResult | null) => void): void;
}

/** Makes the lab for one seed. Fails without a host when the files cannot even be read as a project. */
export type OpenCheckHost = (
  files: Readonly<Record<string, string>>,
  seed: number,
) => { readonly ok: true; readonly host: CheckHost } | { readonly ok: false; readonly error: CheckError };
