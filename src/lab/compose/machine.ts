/**
 * What the supervisor needs of the lab: hosts that run processes, and a way to probe them. The lab implements this on
 * real processes and the real network; tests implement it with fakes.
 */
import type { TraceEvent } from '../core/events.ts';
import type { Problem } from '../core/problem.ts';
import type { ToolResult } from '../images/server.ts';
import type { ComposeService } from './model.ts';

export interface Machine {
  /**
   * A new container: a host with the service's files, without a process. Called again for an endpoint after `remove`:
   * what the old container wrote outside its volumes is gone.
   */
  create(container: ContainerSpec): void;
  /** The container's host disappears. Its process has exited before. */
  remove(endpoint: string): void;
  /** Starts a process on the container's host. Callbacks come from later events, never from inside this call. */
  spawn(spec: SpawnSpec, callbacks: ProcessCallbacks): ProcessHandle;
  /** A command of a server image inside its container; null when no server runs there. Calls back from a later event. */
  tool(endpoint: string, argv: readonly string[], onDone: (result: ToolResult | null) => void): void;
}

export interface ContainerSpec {
  /** `catalog-1` */
  readonly endpoint: string;
  readonly service: ComposeService;
  readonly hostname: string;
}

export interface SpawnSpec {
  readonly endpoint: string;
  /** Already `node …`; see ComposeService.argv. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** `main`: the container's own; its exit ends the container. `probe`: a health check beside it. */
  readonly role: 'main' | 'probe';
}

export interface ProcessCallbacks {
  /** The main module has been evaluated. */
  onLoaded(): void;
  /** The process listens on a port; `address` as it was given to listen. */
  onListening(port: number, address: string): void;
  /** Once, whatever ended it. Nothing of the process runs afterwards. */
  onExit(exit: ProcessExit): void;
}

export interface ProcessHandle {
  /** As kill(2): SIGTERM, SIGKILL, SIGSTOP, SIGCONT, … No effect on one that has exited. */
  signal(name: string): void;
}

export interface ProcessExit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Why, when it was not the program's own decision: "uncaught Error: boom (orders/src/main.ts:12)". */
  readonly reason?: string;
  readonly problem?: Problem;
}

/** An HTTP GET from inside a container. `status` 0: no reply, `error` says why (ECONNREFUSED, timeout). */
export type ProbeHttp = (
  endpoint: string,
  url: string,
  timeoutMs: number,
  onDone: (result: { readonly status: number; readonly error?: string }) => void,
) => void;

/** The part of the trace that the supervisor uses. */
export interface TraceSink {
  record(event: TraceEvent): void;
  subscribe(listener: (event: TraceEvent) => void): () => void;
}
