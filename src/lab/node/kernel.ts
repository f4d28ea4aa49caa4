/**
 * The system calls of a lab process: the only way from what runs inside (Node's built-ins in this folder, npm
 * packages, services) to the lab. One object per process, handed to the built-ins bundle when the process starts;
 * services never see it. This file is the contract; process/kernel.ts implements it.
 *
 * Everything in src/lab/node except this file is *guest code*: it is bundled by esbuild (async lowered to generators)
 * and evaluated once per process, with that process's own Promise, timers, Date and so on as its globals. So it may
 * use async/await and `class X extends Promise` freely, and must never keep state outside its own module scope.
 */
import type { Connection, ConnectionHandler, Listener, LookupCallback, NetErrorCode } from '../net/network.ts';

export type { Connection, ConnectionHandler, Listener, NetErrorCode };

/** What follows one piece of work through callbacks, timers and promises. AsyncLocalStorage stands on it. */
export interface AsyncContext {
  /** The request being handled (RequestEvent id); 0 for none. */
  readonly cause: number;
  /** AsyncLocalStorage instance → store; never mutated, copied on write. */
  readonly stores: ReadonlyMap<object, unknown> | null;
}

export interface Kernel {
  readonly pid: number;
  readonly hostname: string;
  /** Replica's service, as `catalog`. */
  readonly service: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Cost per HTTP request declared by `x-lab: cpu`, or by a cpu fault, drawn for one request; microseconds of virtual CPU. */
  requestCostUs(): number;

  /** Monotonic virtual time since the process started, µs. Each call costs the process a fixed small CPU time. */
  nowUs(): number;
  /** Monotonic virtual time at which the running callback started, µs (libuv's uv_now). Costs nothing: sockets note it at each read and write. */
  loopUs(): number;
  /** Wall clock, ms since the epoch, with the host's skew. Costs the same. */
  wallMs(): number;
  /** Burns virtual CPU: the process is busy for that long and its later work is delayed. */
  burn(us: number): void;

  /** Runs after `delayMs` virtual ms (≥ 1). `isRef` keeps the process alive until it fired or was cleared. */
  setTimer(delayMs: number, run: () => void, isRef: boolean): number;
  clearTimer(id: number): void;
  refTimer(id: number, isRef: boolean): void;
  /** Runs in the check phase: after the I/O callbacks that are due now, before any later timer. */
  setImmediate(run: () => void): number;
  clearImmediate(id: number): void;
  /** process.nextTick queue: before promise reactions. */
  nextTick(run: () => void): void;
  /** queueMicrotask. */
  microtask(run: () => void): void;

  /** For util.inspect. */
  promiseState(promise: unknown): { readonly state: 'pending' | 'fulfilled' | 'rejected'; readonly value: unknown };

  getContext(): AsyncContext;
  setContext(context: AsyncContext): void;

  connect(address: string, port: number, handler: ConnectionHandler): Connection;
  listen(port: number, address: string, backlog: number, onConnection: (connection: Connection) => void): Listener;
  lookup(name: string, callback: LookupCallback): void;
  /** Keeps the process alive while the count is above 0; every open listener and referenced socket holds one. */
  ref(): void;
  unref(): void;
  /** Tells the lab that an HTTP request arrived on the connection (true) or was answered or aborted (false); for the in-flight figure only. */
  inFlight(delta: 1 | -1): void;
  /** The RequestEvent id of the request whose head the tap last saw arriving on this connection; 0 when none. */
  requestIdOf(connection: Connection): number;

  readonly fs: KernelFs;

  /** Appends to the process's stdout (1) or stderr (2). */
  write(fd: 1 | 2, text: string): void;
  /** Ends the process; does not return to the caller's code (throws an internal signal that nothing catches). */
  exit(code: number): never;
  /** Sends a signal to this process or another pid on the same host. */
  kill(pid: number, signal: string): void;
  /** Registers for a signal; returns the unregister function. With none registered SIGTERM and SIGINT end the process. */
  onSignal(signal: string, run: () => void): () => void;
  /** Hooks of the process object: 'uncaughtException' etc. Return true when handled. */
  setHooks(hooks: ProcessHooks): void;

  /** Uniform in [0, 1), from the process's own seeded generator. */
  random(): number;
  /** Fills the array from the process's seeded generator; deterministic, so never a secret. */
  fillRandom(bytes: Uint8Array): void;

  memoryUsage(): { rss: number; heapTotal: number; heapUsed: number; external: number; arrayBuffers: number };
  uptimeUs(): number;
  cpuUsedUs(): number;
}

export interface ProcessHooks {
  /** An error that nothing caught. True: a listener took it. False: the process dies with Node's message. */
  uncaughtException(error: unknown, origin: 'uncaughtException' | 'unhandledRejection'): boolean;
  /** A promise was rejected and nobody listened until the microtask queue was empty. True: handled. */
  unhandledRejection(reason: unknown, promise: object): boolean;
  beforeExit(code: number): void;
  exit(code: number): void;
}

/** Files of the process's host: text and bytes by absolute path. Synchronous; node:fs puts errors and callbacks around it. */
export interface KernelFs {
  read(path: string): Uint8Array | null;
  write(path: string, bytes: Uint8Array): void;
  append(path: string, bytes: Uint8Array): void;
  remove(path: string): boolean;
  mkdir(path: string): void;
  list(path: string): readonly string[] | null;
  stat(path: string): { readonly isDirectory: boolean; readonly size: number; readonly modifiedMs: number } | null;
  rename(from: string, to: string): boolean;
  /** How long the next operation takes on a slow disk, ms; 0 or absent: no time. */
  delayMs?(isSync: boolean): number;
}

/** What the built-ins bundle gives back to the process. */
export interface Builtins {
  /** Globals that the process lends to every module by name: process, Buffer, console, fetch, setTimeout, URL, … */
  readonly globals: Readonly<Record<string, unknown>>;
  /** The module for `node:http` (given as `http`), or null when Node has none of that name in the lab. */
  builtin(name: string): unknown;
  /** Names Node has but the lab has not, with the sentence to throw at import: "node:cluster is not … use …". */
  readonly missing: Readonly<Record<string, string>>;
  /** Gives `createRequire` the process's module graph; `from` is the absolute path of the file that asks. */
  useRequire(
    require: (specifier: string, from: string) => unknown,
    resolve: (specifier: string, from: string) => string,
  ): void;
  /** `Array.fromAsync` with the process's promises; `this` is the array's class. */
  readonly fromAsync: (items: any, map?: any, self?: any) => Promise<any>;
}
