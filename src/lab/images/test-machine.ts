/**
 * A machine for unit tests of server images: a clock that moves when told to, files in memory that outlive the machine,
 * pairs of sockets, and a kill at any step of the disk. Turns run one after another, as on the lab's one CPU.
 *
 *     const machine = new TestMachine({ argv: ['redis-server'] });
 *     machine.start(program);
 *     const client = machine.client(6379);
 *     client.send('PING\r\n');
 *     client.text(); // '+PONG\r\n'
 *     machine.advance(1_000);
 */
import { Random } from '../core/random.ts';
import type { Operation, Server, ServerDisk, ServerMachine, ServerProgram, ServerSocket } from './server.ts';

export interface TestMachineOptions {
  readonly hostname?: string;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly seed?: number;
  /** The disk of an earlier machine, for restarts. */
  readonly files?: TestFiles;
  /** Wall clock at the start, ms since the epoch. */
  readonly wallMs?: number;
  /** Time that `disk.sync` takes; 0 calls back right after the turn, without `advance`. */
  readonly syncMs?: number;
  /** Other machines by host name, for `connect` and `lookup`. */
  readonly hosts?: Map<string, TestMachine>;
}

export class TestMachine implements ServerMachine {
  readonly hostname: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly disk: ServerDisk;
  readonly files: TestFiles;
  readonly logs: string[] = [];
  readonly operations: Operation[] = [];
  server: Server | null = null;
  exited: { code: number; reason?: string | undefined } | null = null;
  burntUs = 0;
  /** Set to make the wall clock jump, ms. */
  wallOffsetMs = 0;

  private ms = 0;
  private isDead = false;
  private isInTurn = false;
  private seq = 0;
  private steps = 0;
  private killAt = Infinity;
  private readonly turns: (() => void)[] = [];
  private readonly timers: { at: number; seq: number; run: () => void }[] = [];
  private readonly listeners = new Map<number, (socket: ServerSocket) => void>();
  private readonly wallAtStart: number;
  private readonly syncMs: number;
  private readonly generator: Random;
  private readonly hosts: Map<string, TestMachine>;

  constructor(options: TestMachineOptions = {}) {
    this.hostname = options.hostname ?? 'server';
    this.argv = options.argv ?? [];
    this.env = options.env ?? {};
    this.files = options.files ?? new TestFiles();
    this.wallAtStart = options.wallMs ?? 1_750_000_000_000;
    this.syncMs = options.syncMs ?? 0;
    this.generator = new Random(options.seed ?? 1);
    this.hosts = options.hosts ?? new Map();
    this.hosts.set(this.hostname, this);
    this.disk = this.diskView();
  }

  start(program: ServerProgram): Server {
    this.turn(() => {
      this.server = program.start(this);
    });
    return this.server!;
  }

  /** Steps of the disk so far: writes, appends, renames, removals and syncs. */
  get diskSteps(): number {
    return this.steps;
  }

  get isAlive(): boolean {
    return !this.isDead;
  }

  /** SIGKILL: nothing of the server is called any more, and what it still does in this turn has no effect. */
  kill(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.turns.length = 0;
    this.timers.length = 0;
    for (const end of this.sockets) end.lost('ECONNRESET');
  }

  /** Kills the process just before its disk step number `step` (from 0, of all) takes effect. */
  killAtDiskStep(step: number): void {
    this.killAt = step;
  }

  /** Moves the clock, calling what falls due in order of time. */
  advance(ms: number): void {
    const until = this.ms + ms;
    for (;;) {
      let next = -1;
      this.timers.forEach((timer, i) => {
        const best = this.timers[next];
        if (timer.at <= until && (!best || timer.at < best.at || (timer.at === best.at && timer.seq < best.seq)))
          next = i;
      });
      if (next < 0) break;
      const [timer] = this.timers.splice(next, 1);
      this.ms = Math.max(this.ms, timer!.at);
      this.turn(timer!.run);
    }
    this.ms = until;
  }

  /** A connection from outside; throws when nothing listens. */
  client(port: number, address = '10.0.0.9'): TestClient {
    const onClient = this.listeners.get(port);
    if (!onClient || this.isDead) throw new Error(`nothing listens on ${port}`);
    const client = new TestClient();
    const end = new TestSocket(this, client, address, 40_000 + this.sockets.size);
    this.sockets.add(end);
    client.socket = end;
    this.turn(() => onClient(end));
    return client;
  }

  nowMs = (): number => this.ms;
  wallMs = (): number => this.wallAtStart + this.ms + this.wallOffsetMs;
  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.ms + Math.max(0, ms), seq: this.seq++, run };
    if (!this.isDead) this.timers.push(timer);
    return () => {
      const at = this.timers.indexOf(timer);
      if (at >= 0) this.timers.splice(at, 1);
    };
  };
  burn = (us: number): void => {
    this.burntUs += us;
  };
  random = (): number => this.generator.float();
  fillRandom = (bytes: Uint8Array): void => this.generator.fill(bytes);
  log = (line: string): void => void this.logs.push(line);
  listen = (port: number, onClient: (socket: ServerSocket) => void): void => {
    if (this.listeners.has(port)) throw Object.assign(new Error('address already in use'), { code: 'EADDRINUSE' });
    this.listeners.set(port, onClient);
  };
  connect = (host: string, port: number, onConnect: () => void): ServerSocket => {
    const peer = this.hosts.get(host);
    const near = new TestSocket(this, null, host, port);
    this.sockets.add(near);
    const onClient = peer?.isAlive ? peer.listeners.get(port) : undefined;
    if (!peer || !onClient) {
      this.after(0, () => near.onClose(peer ? 'ECONNREFUSED' : 'ENOTFOUND'));
      return near;
    }
    const far = new TestSocket(peer, near, this.hostname, 50_000);
    near.peer = far;
    peer.sockets.add(far);
    this.after(0, () => {
      peer.turn(() => onClient(far));
      this.turn(onConnect);
    });
    return near;
  };
  lookup = (name: string, onDone: (addresses: readonly string[] | null) => void): void => {
    this.after(0, () => onDone(this.hosts.has(name) ? [name] : null));
  };
  exit = (code: number, reason?: string): void => {
    if (this.isDead) return;
    this.exited = { code, reason };
    this.kill();
  };
  operation = (operation: Operation): void => void this.operations.push(operation);

  /** Runs it as a turn of this machine's CPU: at once, or after the one that runs. For the sockets of this file. */
  turn(run: () => void): void {
    if (this.isDead) return;
    this.turns.push(run);
    if (this.isInTurn) return;
    this.isInTurn = true;
    try {
      for (let next = this.turns.shift(); next; next = this.turns.shift()) next();
    } finally {
      this.isInTurn = false;
    }
  }

  readonly sockets = new Set<TestSocket>();

  private diskView(): ServerDisk {
    const { files } = this;
    const step = <T>(run: () => T, otherwise: T): T => {
      if (this.steps === this.killAt) this.kill();
      if (this.isDead) return otherwise;
      this.steps++;
      return run();
    };
    return {
      read: (path) => files.read(path),
      write: (path, bytes) => step(() => files.write(path, bytes), undefined),
      append: (path, bytes) => step(() => files.append(path, bytes), undefined),
      rename: (from, to) => step(() => files.rename(from, to), undefined),
      remove: (path) => step(() => files.remove(path), false),
      list: (folder) => files.list(folder),
      sync: (onDone) =>
        step(() => {
          const done = () => {
            files.sync();
            onDone();
          };
          if (this.syncMs > 0) this.after(this.syncMs, done);
          else this.turns.push(done);
        }, undefined),
    };
  }
}

/** What is on a disk, and what of it would survive a loss of power. */
export class TestFiles {
  /** Bytes of all files together; writes beyond throw ENOSPC, and what fitted is written. */
  capacityBytes = Infinity;
  private now = new Map<string, Uint8Array>();
  private durable = new Map<string, Uint8Array>();

  read(path: string): Uint8Array | null {
    return this.now.get(path)?.slice() ?? null;
  }

  write(path: string, bytes: Uint8Array): void {
    this.now.set(path, new Uint8Array());
    this.append(path, bytes);
  }

  append(path: string, bytes: Uint8Array): void {
    const old = this.now.get(path) ?? new Uint8Array();
    let used = 0;
    for (const file of this.now.values()) used += file.length;
    const room = Math.max(0, Math.min(bytes.length, this.capacityBytes - used));
    const all = new Uint8Array(old.length + room);
    all.set(old);
    all.set(bytes.subarray(0, room), old.length);
    this.now.set(path, all);
    if (room < bytes.length) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  }

  rename(from: string, to: string): void {
    const bytes = this.now.get(from);
    if (!bytes) throw Object.assign(new Error('no such file or directory'), { code: 'ENOENT' });
    this.now.delete(from);
    this.now.set(to, bytes);
  }

  remove(path: string): boolean {
    return this.now.delete(path);
  }

  list(folder: string): readonly string[] {
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    return [...this.now.keys()].filter((path) => path.startsWith(prefix)).sort();
  }

  sync(): void {
    this.durable = new Map(this.now);
  }

  /** Back to what was synced. */
  losePower(): void {
    this.now = new Map(this.durable);
  }

  /** A copy, to restart from the same state more than once. */
  clone(): TestFiles {
    const copy = new TestFiles();
    copy.capacityBytes = this.capacityBytes;
    copy.now = new Map(this.now);
    copy.durable = new Map(this.durable);
    return copy;
  }
}

/** The server's end. Its peer is the test's client or another machine's socket. */
export class TestSocket implements ServerSocket {
  onData: (chunk: Uint8Array) => void = () => {};
  onEnd: () => void = () => this.end();
  onDrain: () => void = () => {};
  onClose: (code: string | null) => void = () => {};
  readonly id = 0;
  /** Set by a test that reads slowly: what stays in the queue, bytes. */
  bytesQueued = 0;
  peer: TestClient | TestSocket | null;
  readonly remoteAddress: string;
  readonly remotePort: number;
  private readonly machine: TestMachine;
  private isPaused = false;
  private hasEnded = false;
  private peerHasEnded = false;
  private isClosed = false;
  private readonly waiting: Uint8Array[] = [];

  constructor(machine: TestMachine, peer: TestClient | TestSocket | null, address: string, port: number) {
    this.machine = machine;
    this.peer = peer;
    this.remoteAddress = address;
    this.remotePort = port;
    Object.defineProperty(this, 'id', { value: ++ids });
  }

  write(bytes: Uint8Array): boolean {
    if (!this.isClosed && !this.hasEnded && this.machine.isAlive) this.peer?.arrived(bytes.slice());
    return this.bytesQueued === 0;
  }

  end(): void {
    if (this.isClosed || this.hasEnded || !this.machine.isAlive) return;
    this.hasEnded = true;
    this.peer?.ended();
    this.closeWhenBothEnded();
  }

  reset(): void {
    if (this.isClosed || !this.machine.isAlive) return;
    this.isClosed = true;
    this.peer?.lost('ECONNRESET');
    this.machine.sockets.delete(this);
    this.machine.turn(() => this.onClose(null));
  }

  pauseReading(): void {
    this.isPaused = true;
  }

  resumeReading(): void {
    this.isPaused = false;
    for (const chunk of this.waiting.splice(0)) this.arrived(chunk);
  }

  setKeepAlive(): void {}

  /** From the peer. */
  arrived(bytes: Uint8Array): void {
    if (this.isClosed || this.peerHasEnded) return;
    if (this.isPaused) this.waiting.push(bytes);
    else this.machine.turn(() => void (this.isClosed || this.onData(bytes)));
  }

  ended(): void {
    if (this.isClosed || this.peerHasEnded) return;
    this.peerHasEnded = true;
    this.machine.turn(() => {
      if (this.isClosed) return;
      this.onEnd();
      this.closeWhenBothEnded();
    });
  }

  lost(code: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.machine.sockets.delete(this);
    if (this.machine.isAlive) this.machine.turn(() => this.onClose(code));
    else this.peer?.lost(code);
  }

  private closeWhenBothEnded(): void {
    if (!this.hasEnded || !this.peerHasEnded || this.isClosed) return;
    this.isClosed = true;
    this.machine.sockets.delete(this);
    this.machine.turn(() => this.onClose(null));
  }
}

let ids = 0;

/** The test's end of a connection. */
export class TestClient {
  socket!: TestSocket;
  /** How the server left it: null while it is open. */
  closed: 'ended' | 'reset' | null = null;
  private received: Uint8Array[] = [];

  /** Text is sent as one byte a character. */
  send(data: string | Uint8Array): void {
    this.socket.arrived(typeof data === 'string' ? Uint8Array.from(data, (c) => c.charCodeAt(0)) : data);
  }

  end(): void {
    this.socket.ended();
  }

  reset(): void {
    this.socket.lost('ECONNRESET');
  }

  /** All that came since the last call. */
  take(): Uint8Array {
    const all = new Uint8Array(this.received.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of this.received) {
      all.set(chunk, at);
      at += chunk.length;
    }
    this.received = [];
    return all;
  }

  /** The same as text, one character a byte. */
  text(): string {
    let text = '';
    for (const byte of this.take()) text += String.fromCharCode(byte);
    return text;
  }

  /** From the server. */
  arrived(bytes: Uint8Array): void {
    this.received.push(bytes);
  }

  ended(): void {
    this.closed ??= 'ended';
    this.socket.ended();
  }

  lost(): void {
    this.closed ??= 'reset';
  }
}
