/**
 * What a server image is made of: a program that is no Node program, such as redis-server, written against this small
 * operating system. It knows neither the lab nor Node, so the same code runs as a process of the lab (server-process.ts)
 * and on real sockets (engines/local/serve-image.ts).
 *
 * Everything is synchronous and called back: no promise, no timer, clock, randomness or locale of the host. Each call
 * into the server (start, a chunk of bytes, a timer, a tool) is one turn of its one CPU; what it burns delays its next turn.
 */

/** A file of `src/lab/images/<name>/index.ts` exports one of these as its default. */
export interface ServerProgram {
  /** Starts as the container's main process, with the data that an earlier one left. May call `machine.exit`. */
  start(machine: ServerMachine): Server;
}

/** A running server, as the lab and the workbench see it. */
export interface Server {
  /** SIGTERM, SIGINT, SIGHUP, … (never SIGKILL, SIGSTOP). A server that stops in order calls `machine.exit` when done. */
  signal(name: string): void;
  /**
   * A command of the image run inside the container, as `docker exec` does: `redis-cli GET x`, `pg_isready`. It looks at
   * the server's state as it is now, without a connection on the network. `onDone` may come later (a statement that waits).
   */
  tool(argv: readonly string[], onDone: (result: ToolResult) => void): void;
  /** Figures worth showing, by stable name: `connections`, `keys`, `messages_ready orders`. Cheap: asked 4 times a second. */
  figures(): Readonly<Record<string, number>>;
  /** Memory that the server's data and clients take, bytes, beside the program itself. */
  readonly memoryBytes: number;
}

export interface ToolResult {
  readonly exitCode: number;
  /** As the real command prints it to a pipe, with the final newline. */
  readonly stdout: string;
  readonly stderr: string;
  /** The same as plain JSON data, for checks: a reply, rows, a list of queues. */
  readonly value?: unknown;
}

/** The operating system under a server. */
export interface ServerMachine {
  readonly hostname: string;
  /** The command line after the image's entrypoint: `['redis-server', '--appendonly', 'yes']`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Monotonic, ms since the process started, with fractions of µs precision. Free. */
  nowMs(): number;
  /** The host's wall clock, ms since the epoch; it may be skewed and may jump. Free. */
  wallMs(): number;
  /** Calls back in a turn of its own after at least `ms`; the result cancels it. */
  after(ms: number, run: () => void): () => void;
  /** The server is busy for that long; its later turns wait. */
  burn(us: number): void;
  /** Uniform in [0, 1), from the process's seed. */
  random(): number;
  fillRandom(bytes: Uint8Array): void;
  /** A line of the container's log, without newline. */
  log(line: string, stream?: 'stdout' | 'stderr'): void;
  /** Throws a `ListenError` when the port is taken. */
  listen(port: number, onClient: (socket: ServerSocket) => void): void;
  /** A connection to another host, for proxies, replicas and health checks. Failures come through `onClose`. */
  connect(host: string, port: number, onConnect: () => void): ServerSocket;
  /** All addresses of a service name, null when there is none or no answer. */
  lookup(name: string, onDone: (addresses: readonly string[] | null) => void): void;
  readonly disk: ServerDisk;
  /** Ends the process; returns, and nothing of the server is called afterwards. */
  exit(code: number, reason?: string): void;
  /** A statement, command or message has been handled; goes into the trace. */
  operation(operation: Operation): void;
}

export interface Operation {
  /** Id of the socket it came by; 0 for the server's own work. */
  readonly connection: number;
  /** Verb, as `GET`, `SELECT`, `basic.publish`. */
  readonly name: string;
  /** What a person would want to read, at most 200 characters: the statement, the key, `orders → payment`. */
  readonly text: string;
  readonly startMs: number;
  /** The server's error code or first words; absent when it went well. */
  readonly error?: string;
}

/** One end of a TCP connection. Assign the callbacks in the same turn in which the socket was handed over. */
export interface ServerSocket {
  /** Unique in the run. */
  readonly id: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Of a proxy: the client's connection for whose request it writes here; a trace of requests then leads through it. */
  servedFor?: number;
  /** The array is the receiver's to keep. */
  onData: (chunk: Uint8Array) => void;
  /** The peer will send no more. Default: ends this side too. */
  onEnd: () => void;
  /** Room again after `write` returned false. */
  onDrain: () => void;
  /** Nothing follows. `code`: 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', …; null after an orderly end. */
  onClose: (code: string | null) => void;
  /** Copies the bytes. False when the peer reads too slowly: bytes are queued all the same. */
  write(bytes: Uint8Array): boolean;
  /** FIN after what is queued. */
  end(): void;
  /** RST at once. */
  reset(): void;
  pauseReading(): void;
  resumeReading(): void;
  /** Written and not yet acknowledged by the peer. */
  readonly bytesQueued: number;
  setKeepAlive(on: boolean, initialDelayMs: number): void;
}

/**
 * The container's files: what lies under a volume outlives the container, all else a restart. A write is in the page
 * cache at once, so it survives the process but takes `sync` to be durable on the disk, which is what costs time.
 * Writes throw a `DiskError` with code ENOSPC when the disk is full; what fitted has been written.
 */
export interface ServerDisk {
  /** Null when there is no such file. */
  read(path: string): Uint8Array | null;
  write(path: string, bytes: Uint8Array): void;
  append(path: string, bytes: Uint8Array): void;
  rename(from: string, to: string): void;
  /** False when there was none. */
  remove(path: string): boolean;
  /** Absolute paths of all files below a folder, sorted. */
  list(folder: string): readonly string[];
  /** fsync of all that was written: calls back in a turn of its own when the disk has it. */
  sync(onDone: () => void): void;
}

/** What `append`, `write` and `rename` throw. */
export interface DiskError extends Error {
  readonly code: string;
}

/** What `listen` throws: code EADDRINUSE. */
export interface ListenError extends Error {
  readonly code: string;
}
