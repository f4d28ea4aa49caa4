/**
 * A server image as a process of the lab: its machine is a host with one CPU, a disk and a network. What can happen to a
 * service's process can happen to it: kill, pause, throttling, a full disk, a crash at the n-th input or output.
 */
import type { Disk, DiskFiles } from '../condition/disk.ts';
import type { World } from '../core/world.ts';
import type { Connection, Host } from '../net/network.ts';
import { NetError } from '../net/network.ts';
import { type Exit, ExitSignal } from '../process/process.ts';
import { Turns } from '../process/turns.ts';
import type {
  Operation,
  Server,
  ServerDisk,
  ServerMachine,
  ServerProgram,
  ServerSocket,
  ToolResult,
} from './server.ts';

export interface ServerProcessOptions {
  readonly world: World;
  readonly host: Host;
  readonly program: ServerProgram;
  readonly pid: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: DiskFiles;
  readonly disk: Disk;
  readonly wallUs: (nowUs: number, cpuUs: number) => number;
  readonly skewMs: () => number;
  readonly onLoaded: () => void;
  readonly onListening: (port: number, address: string) => void;
  readonly onLog: (stream: 'stdout' | 'stderr', text: string) => void;
  readonly onOperation: (operation: Operation) => void;
  /** The request on a connection that this process has read and not yet answered; 0 for none. */
  readonly requestIdOf: (connection: number) => number;
  readonly onExit: (exit: Exit) => void;
}

/**
 * fsync of a small write on the disks that containers usually have: 0.5 to 2 ms on a cloud provider's SSD volume.
 * Source: pg_test_fsync on gp3 and pd-ssd volumes as published by users; one local NVMe disk takes a tenth of it.
 */
export const FSYNC_US = 1000;

export class ServerProcess extends Turns {
  /** It answers no HTTP. */
  readonly inFlight = 0;
  private readonly options: ServerProcessOptions;
  private readonly startedUs: number;
  private server: Server | null = null;
  private unburnedUs = 0;

  constructor(options: ServerProcessOptions) {
    super(options.world.scheduler, options.wallUs);
    this.options = options;
    this.startedUs = options.world.scheduler.nowUs;
  }

  get figures(): Readonly<Record<string, number>> | null {
    return this.server === null || !this.isAlive ? null : this.server.figures();
  }

  /** Memory of its data, bytes. */
  get heldBytes(): number {
    return this.server?.memoryBytes ?? 0;
  }

  start(): void {
    const { host, world, program } = this.options;
    host.deliver = (run) => this.deliver(run);
    world.scheduler.after(0, () =>
      this.deliver(() => {
        this.server = program.start(this.machine());
        this.options.onLoaded();
      }),
    );
  }

  signal(name: string): void {
    if (name === 'SIGKILL') this.die({ code: null, signal: 'SIGKILL' });
    else if (name === 'SIGSTOP') this.pause();
    else if (name === 'SIGCONT') this.resume();
    else
      this.deliver(() => {
        if (this.server === null) this.die({ code: null, signal: name });
        else this.server.signal(name);
      });
  }

  /** A command inside the container. It waits as everything does while the process is busy or paused; null when it has ended. */
  tool(argv: readonly string[], onDone: (result: ToolResult | null) => void): void {
    if (!this.isAlive) {
      onDone(null);
      return;
    }
    this.deliver(() => {
      if (this.server === null) onDone(null);
      else this.server.tool(argv, onDone);
    });
  }

  die(exit: Exit): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    this.inbox.clear();
    this.options.onExit(exit);
  }

  protected take(run: () => void): void {
    this.isExecuting = true;
    try {
      run();
    } catch (error) {
      if (!(error instanceof ExitSignal)) this.fail(error);
    }
    this.isExecuting = false;
  }

  protected afterTurn(): void {}

  /** An error of ours, not of whoever talks to the server: said as such, and the process ends as by an abort. */
  private fail(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.options.onLog('stderr', `The lab's own server failed; this is a bug of Loadbearing. ${text}`);
    this.die({ code: 134, signal: null, reason: `the lab's own server failed: ${text.split('\n')[0]}` });
  }

  private machine(): ServerMachine {
    const { options } = this;
    const { world, host } = options;
    const { scheduler } = world;
    const random = world.random(`process ${host.name} ${options.pid}`);
    return {
      hostname: host.name,
      argv: options.argv,
      env: options.env,
      nowMs: () => (scheduler.nowUs - this.startedUs) / 1000,
      wallMs: () => world.epochMs + scheduler.nowUs / 1000 + options.skewMs(),
      after: (ms, run) => {
        const event = scheduler.after(Math.max(0, Math.ceil(ms * 1000)), () => {
          isDue = true;
          this.deliver(() => {
            if (!isOff) run();
          });
        });
        let isDue = false;
        let isOff = false;
        return () => {
          isOff = true;
          if (!isDue) scheduler.cancel(event);
        };
      },
      burn: (us) => this.burnPart(us),
      random: () => random.float(),
      fillRandom: (bytes) => random.fill(bytes),
      log: (line, stream = 'stdout') => options.onLog(stream, line),
      listen: (port, onClient) => {
        const listener = host.listen(port, '0.0.0.0', BACKLOG, (connection) => onClient(new LabSocket(connection)));
        options.onListening(listener.port, '0.0.0.0');
      },
      connect: (name, port, onConnect) => this.connect(name, port, onConnect),
      lookup: (name, onDone) =>
        host.lookup(name, (error, addresses) => this.enter(() => onDone(error === null ? addresses : null))),
      disk: this.disk(),
      exit: (code, reason) => this.die({ code, signal: null, ...(reason ? { reason } : {}) }),
      // The server counts from its own start, the trace from the boot of all.
      operation: (operation) =>
        options.onOperation({ ...operation, startMs: operation.startMs + this.startedUs / 1000 }),
    };
  }

  /** The clock counts whole microseconds; what is left of one is burned with the next. */
  private burnPart(us: number): void {
    this.unburnedUs += us;
    const whole = Math.floor(this.unburnedUs);
    this.unburnedUs -= whole;
    if (whole > 0) this.burn(whole);
  }

  private connect(name: string, port: number, onConnect: () => void): ServerSocket {
    const { host, requestIdOf } = this.options;
    const socket = new LabSocket(null, requestIdOf);
    const open = (address: string) =>
      socket.attach((handler) => host.connect({ address, port, cause: 0, handler }), onConnect);
    if (/^[\d.]+$|:/.test(name)) open(name);
    else
      host.lookup(name, (error, [address]) =>
        this.enter(() => {
          if (error !== null || address === undefined) socket.onClose(error ?? 'ENOTFOUND');
          else open(address);
        }),
      );
    return socket;
  }

  private disk(): ServerDisk {
    const { files, disk, world } = this.options;
    return {
      read: (path) => files.read(path),
      write: (path, bytes) => files.write(path, bytes),
      append: (path, bytes) => files.append(path, bytes),
      rename: (from, to) => void files.rename(from, to),
      remove: (path) => files.remove(path),
      list: (folder) => {
        const prefix = folder.endsWith('/') ? folder : `${folder}/`;
        return files
          .paths()
          .filter((path) => path.startsWith(prefix))
          .sort();
      },
      sync: (onDone) =>
        void world.scheduler.after(FSYNC_US + disk.delayMs(false) * 1000, () => this.deliver(() => onDone())),
    };
  }
}

const BACKLOG = 511;

class LabSocket implements ServerSocket {
  onData: ServerSocket['onData'] = () => {};
  onEnd: ServerSocket['onEnd'] = () => this.end();
  onDrain: ServerSocket['onDrain'] = () => {};
  onClose: ServerSocket['onClose'] = () => {};
  /** See ServerSocket. */
  servedFor = 0;
  private readonly requestIdOf: (connection: number) => number;
  private connection: Connection | null;
  private error: string | null = null;
  /** What was asked for before there was a connection. */
  private early: ((connection: Connection) => void)[] = [];

  constructor(connection: Connection | null, requestIdOf: (connection: number) => number = () => 0) {
    this.connection = connection;
    this.requestIdOf = requestIdOf;
    if (connection !== null) connection.handler = this.handler(() => {});
  }

  get id(): number {
    return this.connection?.id ?? 0;
  }

  get remoteAddress(): string {
    return this.connection?.remoteAddress ?? '';
  }

  get remotePort(): number {
    return this.connection?.remotePort ?? 0;
  }

  get bytesQueued(): number {
    return this.connection?.bytesQueued ?? 0;
  }

  attach(open: (handler: Connection['handler']) => Connection, onConnect: () => void): void {
    try {
      const connection = open(this.handler(onConnect));
      this.connection = connection;
      for (const run of this.early) run(connection);
      this.early = [];
    } catch (error) {
      // No free port is left.
      this.onClose(error instanceof NetError ? error.code : 'ECONNREFUSED');
    }
  }

  write(bytes: Uint8Array): boolean {
    const cause = this.requestIdOf(this.servedFor);
    if (this.connection !== null) return this.connection.write(bytes, cause);
    const copy = bytes.slice();
    this.early.push((connection) => connection.write(copy, cause));
    return true;
  }

  end(): void {
    this.now((connection) => connection.end());
  }

  reset(): void {
    this.now((connection) => connection.reset());
  }

  pauseReading(): void {
    this.now((connection) => connection.pauseReading());
  }

  resumeReading(): void {
    this.now((connection) => connection.resumeReading());
  }

  setKeepAlive(on: boolean, initialDelayMs: number): void {
    this.now((connection) => connection.setKeepAlive(on, initialDelayMs));
  }

  private now(run: (connection: Connection) => void): void {
    if (this.connection === null) this.early.push(run);
    else run(this.connection);
  }

  private handler(onConnect: () => void): Connection['handler'] {
    return {
      onConnect,
      onData: (chunk) => this.onData(chunk),
      onEnd: () => this.onEnd(),
      onDrain: () => this.onDrain(),
      onError: (code) => {
        this.error = code;
      },
      onClose: () => this.onClose(this.error),
    };
  }
}
