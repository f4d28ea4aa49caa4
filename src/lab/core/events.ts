/**
 * What a run records. The trace is the lab's only output; panels, checks and statistics read these and nothing else.
 * All times are virtual milliseconds since boot.
 */

/** `catalog-1`: one replica of a service, as Docker Compose names containers. `client` is the world outside. */
export type Endpoint = string;

export type ProcessState =
  | 'created' // waiting for depends_on
  | 'starting' // its main module is being evaluated or its health check has not passed yet
  | 'running' // up; has no health check
  | 'healthy'
  | 'unhealthy'
  | 'paused'
  | 'exited';

export type TraceEvent =
  | ProcessEvent
  | LogEvent
  | RequestEvent
  | ResponseEvent
  | ConnectionEvent
  | PacketEvent
  | FaultEvent
  | ProbeEvent
  | SampleEvent
  | OperationEvent
  | NoteEvent;

interface At {
  /** Virtual milliseconds since boot. */
  readonly atMs: number;
}

export interface ProcessEvent extends At {
  readonly kind: 'process';
  readonly endpoint: Endpoint;
  readonly state: ProcessState;
  /** With `exited`: the exit code, or null when a signal ended it. */
  readonly exitCode?: number | null;
  readonly signal?: string;
  /** Why, in a sentence: "uncaught Error: boom (main.ts:12)", "health check failed 3 times". */
  readonly reason?: string;
}

export interface LogEvent extends At {
  readonly kind: 'log';
  readonly endpoint: Endpoint;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** The request being handled when the line was written; 0 for none. */
  readonly cause: number;
}

/** An HTTP request seen on the wire by the network tap, not reported by a service. */
export interface RequestEvent extends At {
  readonly kind: 'request';
  readonly id: number;
  /** The request that the sender was handling when it sent this one; 0 for a root. */
  readonly cause: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly method: string;
  readonly path: string;
  /** Dropped replies, resets and connect failures also end in a ResponseEvent, with status 0. */
  readonly connection: number;
  /** The W3C trace context as it was sent; absent when none was. */
  readonly traceparent?: string;
}

export type Outcome = 'ok' | 'client-error' | 'server-error' | 'refused' | 'reset' | 'timeout' | 'aborted';

export interface ResponseEvent extends At {
  readonly kind: 'response';
  /** The RequestEvent's id. */
  readonly id: number;
  /** HTTP status; 0 when no reply arrived. */
  readonly status: number;
  readonly bytes: number;
  readonly outcome: Outcome;
}

export interface ConnectionEvent extends At {
  readonly kind: 'connection';
  /** 0 for a name without an address: there is no connection to number. */
  readonly id: number;
  readonly state: 'connecting' | 'open' | 'refused' | 'timed-out' | 'reset' | 'closed' | 'unresolved';
  readonly from: Endpoint;
  /** `unresolved`: the name that was asked for. */
  readonly to: Endpoint;
  readonly port: number;
  /** The request that the opener was handling; with `reset`, that for which it wrote last. Absent for none. */
  readonly cause?: number;
  /** The code by which it failed, as its owner saw it: ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENOTFOUND. */
  readonly error?: string;
  /** With `unresolved`: when the name was asked for. */
  readonly startMs?: number;
}

/** Listeners are told of those that were lost or sent again; what arrived is only in the columns of the trace. */
export interface PacketEvent extends At {
  readonly kind: 'packet';
  readonly connection: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: number;
  readonly fate: 'delivered' | 'dropped' | 'retransmitted';
}

export interface FaultEvent extends At {
  readonly kind: 'fault';
  readonly id: number;
  readonly state: 'on' | 'off';
  /** "latency 2 s ± 200 ms on gateway → inventory" */
  readonly text: string;
  readonly fault: FaultSpec;
}

export interface ProbeEvent extends At {
  readonly kind: 'probe';
  readonly endpoint: Endpoint;
  readonly passed: boolean;
  readonly text: string;
}

/** Figures of one replica over the last sampling interval. */
export interface SampleEvent extends At {
  readonly kind: 'sample';
  readonly endpoint: Endpoint;
  /** Share of the interval in which the process's CPU was busy, 0 to 1. */
  readonly cpu: number;
  /** Callbacks waiting for the CPU. */
  readonly queued: number;
  /** Open connections, both directions. */
  readonly connections: number;
  /** HTTP requests received and not yet answered. */
  readonly inFlight: number;
  /** What a server image says of itself: `keys`, `waiting locks`, `ready orders`. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** A server image (a database, a cache, a broker) has handled a statement, a command or a message. */
export interface OperationEvent extends At {
  readonly kind: 'operation';
  readonly endpoint: Endpoint;
  /** By which it came; 0 for the server's own work. */
  readonly connection: number;
  /** `GET`, `SELECT`, `basic.publish` */
  readonly name: string;
  /** The statement, the key, `orders → payment`: at most 200 characters. */
  readonly text: string;
  readonly startMs: number;
  /**
   * The request for which the client last wrote on the connection; absent when for none. Where requests share a
   * connection and write within one round trip, the later one's.
   */
  readonly cause?: number;
  /** The server's error code or first words; absent when it went well. */
  readonly error?: string;
}

/** A bookmark: a check's phase, a lab message. */
export interface NoteEvent extends At {
  readonly kind: 'note';
  readonly text: string;
}

/** What can be broken. `from`/`to` and `service` are service names or endpoints; `client` is the outside. */
export type FaultSpec = (
  | { readonly kind: 'kill'; readonly service: string }
  | { readonly kind: 'restart'; readonly service: string }
  | { readonly kind: 'pause'; readonly service: string }
  | {
      readonly kind: 'latency';
      readonly from: string;
      readonly to: string;
      readonly latencyMs: number;
      readonly jitterMs?: number;
    }
  | { readonly kind: 'loss'; readonly from: string; readonly to: string; readonly probability: number }
  | { readonly kind: 'partition'; readonly from: string; readonly to: string; readonly oneWay?: boolean }
  | { readonly kind: 'refuse'; readonly service: string }
  | { readonly kind: 'reset'; readonly from: string; readonly to: string; readonly probability?: number }
  | { readonly kind: 'cpu'; readonly service: string; readonly perRequestMs: number }
  | { readonly kind: 'bandwidth'; readonly from: string; readonly to: string; readonly bytesPerSecond: number }
  | { readonly kind: 'timeout'; readonly from: string; readonly to: string }
  | { readonly kind: 'slow-close'; readonly from: string; readonly to: string; readonly delayMs: number }
  /** `nth`: which reply of `to` to `from`, from 1; the first when absent. */
  | { readonly kind: 'drop-reply'; readonly from: string; readonly to: string; readonly nth?: number }
  /** What `from` hears when it asks for the name of `to`. */
  | {
      readonly kind: 'dns-failure';
      readonly from: string;
      readonly to: string;
      readonly error?: 'ENOTFOUND' | 'EAI_AGAIN';
    }
  | { readonly kind: 'dns-delay'; readonly from: string; readonly to: string; readonly delayMs: number }
  | { readonly kind: 'dns-cache'; readonly from: string; readonly to: string; readonly ttlMs: number }
  /** `nth`: which change of a file or write to a socket, from 1. */
  | { readonly kind: 'crash-at-io'; readonly service: string; readonly nth: number }
  | { readonly kind: 'clock-skew'; readonly service: string; readonly offsetMs: number; readonly driftPpm?: number }
  | { readonly kind: 'clock-jump'; readonly service: string; readonly byMs: number }
  | { readonly kind: 'disk-full'; readonly service: string; readonly freeBytes?: number }
  | { readonly kind: 'slow-disk'; readonly service: string; readonly delayMs: number; readonly jitterMs?: number }
  | { readonly kind: 'memory-limit'; readonly service: string; readonly bytes: number }
  /** `share` of one CPU, above 0 and below 1. */
  | { readonly kind: 'cpu-throttle'; readonly service: string; readonly share: number }
) & {
  /** Virtual milliseconds until it heals by itself; for ever when absent. Kill, restart and clock-jump are moments and ignore it. */
  readonly forMs?: number;
  /** Virtual milliseconds until it starts; now when absent. */
  readonly afterMs?: number;
  /** It begins again every so many virtual milliseconds, counted from its first beginning, until it is healed. */
  readonly everyMs?: number;
};

export type FaultKind = FaultSpec['kind'];
