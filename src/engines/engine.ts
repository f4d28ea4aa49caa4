/**
 * The contract between the workbench and whatever runs a project. Implementations import this file and not each
 * other; engines/choose.ts picks one. The workbench knows nothing else about how a system runs.
 */

import type { Verdict } from '../lab/check/verdict.ts';
import type { FaultSpec, TraceEvent } from '../lab/core/events.ts';

export type { FaultSpec, TraceEvent, Verdict };

/** A runnable folder: text files by path, as `compose.yaml`, `gateway/src/main.ts`. */
export interface Project {
  readonly id: string;
  readonly files: Readonly<Record<string, string>>;
  /** Where the engine finds the npm packages compiled for the project; for the lab, the URL of their bundle. */
  readonly packagesUrl: string;
}

export interface BootOptions {
  readonly seed: number;
  /** Virtual seconds per real second; Infinity for as fast as it goes. */
  readonly speed: number;
  /** Start the clock at once (default) or wait for `play`. */
  readonly paused?: boolean;
  /** Done at their virtual times, as if somebody did it then; a session that was shared is played again by it. */
  readonly script?: readonly TimedAction[];
}

/** What is done to a running system from outside; together with files and seed it is all that a run depends on. */
export type Action =
  | { readonly name: 'request'; readonly spec: RequestSpec }
  | { readonly name: 'inject'; readonly fault: FaultSpec }
  | { readonly name: 'heal'; readonly faultId: number }
  | { readonly name: 'startLoad'; readonly spec: LoadSpec }
  | { readonly name: 'stopLoad'; readonly loadId: number }
  | { readonly name: 'exec'; readonly service: string; readonly argv: readonly string[]; readonly replica?: number }
  | { readonly name: 'control'; readonly action: ContainerAction }
  | { readonly name: 'edit'; readonly files: Readonly<Record<string, string>> };

export interface TimedAction {
  /** Virtual ms since boot, to the microsecond. */
  readonly atMs: number;
  readonly action: Action;
}

export interface ServiceInfo {
  readonly name: string;
  readonly replicas: number;
  readonly ports: readonly number[];
  readonly image: string;
  readonly dependsOn: readonly string[];
  /** Whether one of its ports is published to the outside (`ports:`), as the gateway's is. */
  readonly isPublished: boolean;
}

export interface Topology {
  readonly services: readonly ServiceInfo[];
}

/** What is wrong and where; shown as an editor marker when `file` is set, else in the logs panel. */
export interface Problem {
  readonly message: string;
  readonly hint?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly severity: 'error' | 'warning';
}

export type BootResult =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface RequestSpec {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
}

export interface Reply {
  /** 0 when no reply arrived; `error` then has the code, as ECONNREFUSED. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly durationMs: number;
  readonly error?: string;
  /** The id of the RequestEvent in the trace. */
  readonly requestId: number;
}

export interface LoadSpec {
  readonly method?: string;
  readonly url: string;
  readonly ratePerSecond: number;
  /** Until stopped when absent. */
  readonly durationMs?: number;
  readonly timeoutMs?: number;
  /** `{n}` in it, in `url` and in `headers` becomes the request's number; `{n%300}` goes round after 300. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Statistics over the last whole virtual second, and the percentiles of the last 10. */
export interface LoadTick {
  readonly atMs: number;
  readonly ratePerSecond: number;
  readonly errorRate: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export type SessionUpdate =
  | { readonly kind: 'trace'; readonly nowMs: number; readonly events: readonly TraceEvent[] }
  | { readonly kind: 'load'; readonly tick: LoadTick }
  | { readonly kind: 'clock'; readonly nowMs: number; readonly state: 'playing' | 'paused'; readonly speed: number }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** Something was done to the system from outside. */
  | { readonly kind: 'acted'; readonly acted: TimedAction }
  /** `missed`: so many more went by than could be handed over. */
  | { readonly kind: 'packets'; readonly packets: readonly CapturedPacket[]; readonly missed: number }
  /** The run is over and cannot go on: an infinite loop, out of memory, the worker died. */
  | { readonly kind: 'ended'; readonly reason: string; readonly problem?: Problem };

/** What a command inside a container said. */
export interface ExecResult {
  /** 0 when it went well; 126 and 127 when there was no such command, as in a shell. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The same as plain data where the command has it: rows, a list of queues. It comes from a learner's run: look at its shape. */
  readonly value?: unknown;
}

/** What Docker Compose does to containers and no fault is. `target`: a service or one replica of it. */
export type ContainerAction =
  | { readonly verb: 'stop' | 'start'; readonly target: string }
  | { readonly verb: 'kill'; readonly target: string; readonly argument: string }
  | { readonly verb: 'scale'; readonly target: string; readonly argument: number };

/** A packet that went over the wire while it was captured, with the beginning of what it carried. */
export interface CapturedPacket {
  /** When it arrived; when it was sent or sent again if it was dropped or repeated. */
  readonly atMs: number;
  readonly connection: number;
  readonly from: string;
  readonly to: string;
  /** All of its payload; `data` may hold less. */
  readonly bytes: number;
  readonly fate: 'delivered' | 'dropped' | 'retransmitted';
  readonly isFin: boolean;
  readonly isRst: boolean;
  readonly data: Uint8Array;
}

export interface EditResult {
  /** Services that were restarted with the new files. */
  readonly restarted: readonly string[];
  readonly problems: readonly Problem[];
}

export interface Session {
  readonly topology: Topology;
  readonly seed: number;
  /** Its time is the world's: it can be neither paused nor stepped nor hurried, and no run is like another. */
  readonly isRealTime?: boolean;
  play(speed?: number): void;
  pause(): void;
  /** Runs to just after the next event, or the next request seen on the wire, and pauses. */
  step(unit: 'event' | 'request'): void;
  request(spec: RequestSpec): Promise<Reply>;
  inject(fault: FaultSpec): Promise<number>;
  heal(faultId: number): Promise<void>;
  startLoad(spec: LoadSpec): Promise<number>;
  stopLoad(loadId: number): Promise<void>;
  /**
   * Runs a command of the service's image in its `replica`-th container (the first when absent), as `docker compose exec`.
   * It takes a turn of the server's one CPU and so a little virtual time, as it would there.
   */
  exec(service: string, argv: readonly string[], replica?: number): Promise<ExecResult>;
  /**
   * The same for the lab's own commands that look and touch nothing: `lab-keys`, `lab-psql`, lists of queues and servers.
   * The run goes on as without it, so it is no action of a session that is shared.
   */
  look(service: string, argv: readonly string[], replica?: number): Promise<ExecResult>;
  control(action: ContainerAction): Promise<void>;
  /** As tcpdump: from now on updates of kind `packets` come, until it is ended. Changes nothing in the run. */
  capture(isOn: boolean): Promise<void>;
  /** Replaces files and restarts the services that contain them; load and faults go on. */
  edit(files: Readonly<Record<string, string>>): Promise<EditResult>;
  subscribe(listener: (update: SessionUpdate) => void): () => void;
  stop(): void;
}

export interface ExerciseRun {
  readonly exerciseId: string;
  readonly project: Project;
  /** The text of checks.test.ts. */
  readonly checks: string;
  readonly seeds: readonly number[];
  /** Faults that are left out, by their number in the order in which the checks inject them, from 1. */
  readonly without?: readonly number[];
}

export interface Engine {
  readonly name: 'lab' | 'local' | 'webcontainer';
  boot(project: Project, options: BootOptions): Promise<BootResult>;
  /** Runs all checks for all seeds. `onProgress` gets 0 to 1. Rejects with an Error only when aborted. */
  check(
    run: ExerciseRun,
    onProgress?: (share: number) => void,
    signal?: AbortSignal,
    /** With one seed: told of everything that happens in its run, in order, before the verdict. */
    onTrace?: (events: readonly TraceEvent[], nowMs: number) => void,
  ): Promise<Verdict>;
}
