/**
 * A small deterministic kernel for the tests of this folder: a scheduler, one event loop a process, files in a map,
 * and a network that delivers every segment after 100 µs. It is not the lab: no CPU time, no faults, no links.
 *
 * `new TestWorld().process({...})` makes a process; `process.run(code)` evaluates a script in it, with the built-ins
 * bundle loaded as the lab does; `world.run(ms)` lets virtual time pass.
 */
import { createPromiseKit, type PromiseKit } from '../core/promise.ts';
import { Random } from '../core/random.ts';
import { type ScheduledEvent, Scheduler } from '../core/scheduler.ts';
import { type Connection, type ConnectionHandler, type Listener, NetError, type NetErrorCode } from '../net/network.ts';
import type { AsyncContext, Builtins, Kernel, KernelFs, ProcessHooks } from './kernel.ts';

const SEGMENT_US = 100;
const EMPTY: AsyncContext = { cause: 0, stores: null };

class ExitSignal {}

export interface TestProcessOptions {
  service?: string;
  env?: Record<string, string>;
  argv?: string[];
  files?: Record<string, string>;
}

export class TestWorld {
  readonly scheduler = new Scheduler();
  readonly addresses = new Map<string, string[]>();
  readonly listeners = new Map<string, { owner: TestProcess; onConnection: (connection: Connection) => void }>();
  connections = 0;
  private hosts = 0;

  process(options: TestProcessOptions = {}): TestProcess {
    const address = `10.0.0.${++this.hosts}`;
    const service = options.service ?? 'main';
    this.addresses.set(service, [...(this.addresses.get(service) ?? []), address]);
    return new TestProcess(this, address, service, options);
  }

  /** Lets virtual time pass, at most `maxEvents` events. Returns false when the events ran out of bound. */
  run(ms = 60_000, maxEvents = 1_000_000): boolean {
    let events = 0;
    return this.scheduler.runUntil(this.scheduler.nowUs + ms * 1000, () => ++events >= maxEvents);
  }
}

export class TestProcess {
  readonly world: TestWorld;
  readonly address: string;
  readonly kernel: Kernel;
  readonly Promise: PromiseConstructor;
  private readonly kit: PromiseKit;
  readonly wallStartMs = Date.UTC(2026, 0, 1);
  stdout = '';
  stderr = '';
  exitCode: number | null = null;
  /** Errors that nothing in the process handled; the process is dead then, with exit code 1. */
  readonly fatal: unknown[] = [];
  context: AsyncContext = EMPTY;
  inFlight = 0;
  refs = 0;
  readonly signals = new Map<string, Set<() => void>>();
  hooks: ProcessHooks | null = null;
  readonly files = new Map<string, Uint8Array | null>([['/', null]]);
  private readonly ticks: (() => void)[] = [];
  private readonly microtasks: (() => void)[] = [];
  private immediates = new Map<number, () => void>();
  private immediateEvent: ScheduledEvent | null = null;
  private readonly rejected = new Map<object, unknown>();
  private readonly timers = new Map<number, { event: ScheduledEvent; isRef: boolean }>();
  private ids = 0;
  private isDraining = false;
  private builtinsCache: Builtins | null = null;

  constructor(world: TestWorld, address: string, service: string, options: TestProcessOptions) {
    this.world = world;
    this.address = address;
    const encoder = new TextEncoder();
    for (const [path, text] of Object.entries(options.files ?? {})) this.writeFile(path, encoder.encode(text));
    const kit = createPromiseKit<AsyncContext>({
      enqueue: (job) => {
        this.microtasks.push(job);
        this.wake();
      },
      getContext: () => this.context,
      setContext: (context) => {
        this.context = context;
      },
      onRejectedUnhandled: (promise, reason) => void this.rejected.set(promise, reason),
      onHandledLater: (promise) => void this.rejected.delete(promise),
    });
    this.Promise = kit.Promise;
    this.kit = kit;
    this.kernel = this.createKernel(service, options);
  }

  /** The built-ins of this process, evaluated from the bundle's code the first time. */
  builtins(code: string): Builtins {
    if (this.builtinsCache === null) {
      const names = ['__kernel', 'Promise', ...SHADOWED];
      const make = new Function(...names, code) as (...values: unknown[]) => Builtins;
      let made: Builtins | undefined;
      this.enter(() => {
        made = make(this.kernel, this.Promise);
      });
      if (made === undefined) throw this.fatal[0] ?? new Error('The built-ins bundle returned nothing.');
      this.builtinsCache = made;
    }
    return this.builtinsCache;
  }

  /**
   * Runs `body` (plain JavaScript, async already lowered) as a CommonJS module of the process and returns what it
   * returned. `require` gives built-ins.
   */
  run(bundle: string, body: string): unknown {
    const builtins = this.builtins(bundle);
    const names = Object.keys(builtins.globals).filter((name) => name !== 'Promise');
    // A function of its own, so that the body may declare names that are globals, as modules may.
    const script = new Function('require', 'Promise', ...names, `return (function () {${body}\n})();`);
    const require = (name: string) => {
      const bare = name.replace(/^node:/, '');
      if (bare in builtins.missing) throw new Error(builtins.missing[bare]);
      const found = builtins.builtin(bare);
      if (found === null || found === undefined) throw new Error(`Cannot find module '${name}'`);
      return found;
    };
    let result: unknown;
    this.enter(() => {
      result = script(require, this.Promise, ...names.map((name) => builtins.globals[name]));
    });
    return result;
  }

  /** Runs one callback of the process, then its ticks and microtasks. Errors go to the process's hooks. */
  enter(run: () => void, context: AsyncContext = EMPTY): void {
    if (this.exitCode !== null) return;
    if (this.isDraining) throw new Error('The kernel entered a process that is running already.');
    this.isDraining = true;
    try {
      this.guard(run, context);
      this.drain();
    } finally {
      this.isDraining = false;
      this.context = EMPTY;
    }
  }

  /** What happens when nothing is left to do. */
  finish(): void {
    this.enter(() => this.hooks?.beforeExit(0));
    if (this.exitCode === null) this.enter(() => this.exit(0));
  }

  private exit(code: number): never {
    if (this.exitCode === null) {
      try {
        this.hooks?.exit(code);
      } finally {
        this.exitCode ??= code;
      }
    }
    throw new ExitSignal();
  }

  private drain(): void {
    for (let i = 0; i < 1_000_000 && this.exitCode === null; i++) {
      // Node's processTicksAndRejections: all ticks, then all microtasks, until both are empty.
      while (this.ticks.length > 0 && this.exitCode === null) this.guard(this.ticks.shift()!, this.context);
      while (this.microtasks.length > 0 && this.exitCode === null) this.guard(this.microtasks.shift()!, this.context);
      if (this.ticks.length > 0) continue;
      if (this.rejected.size === 0) return;
      const [promise, reason] = [...this.rejected][0]!;
      this.rejected.delete(promise);
      this.guard(() => {
        if (this.hooks?.unhandledRejection(reason, promise)) return;
        if (!this.hooks?.uncaughtException(reason, 'unhandledRejection')) this.die(reason);
      }, EMPTY);
    }
  }

  private guard(run: () => void, context: AsyncContext): void {
    if (this.exitCode !== null) return;
    this.context = context;
    try {
      run();
    } catch (error) {
      if (!(error instanceof ExitSignal)) this.uncaught(error);
    }
  }

  private uncaught(error: unknown): void {
    try {
      if (!this.hooks?.uncaughtException(error, 'uncaughtException')) this.die(error);
    } catch (thrown) {
      if (!(thrown instanceof ExitSignal)) this.die(thrown);
    }
  }

  private die(error: unknown): void {
    this.fatal.push(error);
    this.hooks?.exit(1);
    this.exitCode = 1;
  }

  private bind(run: () => void): () => void {
    const context = this.context;
    return () => this.enter(run, context);
  }

  private writeFile(path: string, bytes: Uint8Array): void {
    const parts = path.split('/').filter(Boolean);
    for (let i = 1; i < parts.length; i++) this.files.set(`/${parts.slice(0, i).join('/')}`, null);
    this.files.set(path, bytes);
  }

  private createFs(): KernelFs {
    const { files } = this;
    const prefix = (path: string) => (path === '/' ? '/' : `${path}/`);
    return {
      read: (path) => files.get(path) ?? null,
      write: (path, bytes) => void files.set(path, bytes.slice()),
      append: (path, bytes) => {
        const old = files.get(path) ?? new Uint8Array(0);
        const joined = new Uint8Array(old.length + bytes.length);
        joined.set(old);
        joined.set(bytes, old.length);
        files.set(path, joined);
      },
      remove: (path) => {
        if (!files.delete(path)) return false;
        for (const key of [...files.keys()]) if (key.startsWith(prefix(path))) files.delete(key);
        return true;
      },
      mkdir: (path) => void files.set(path, null),
      list: (path) => {
        if (files.get(path) !== null) return null;
        const names = new Set<string>();
        for (const key of files.keys()) {
          if (key !== path && key.startsWith(prefix(path))) names.add(key.slice(prefix(path).length).split('/')[0]!);
        }
        return [...names].sort();
      },
      stat: (path) => {
        const entry = files.get(path);
        if (entry === undefined) return null;
        return { isDirectory: entry === null, size: entry?.length ?? 0, modifiedMs: this.wallStartMs };
      },
      rename: (from, to) => {
        if (!files.has(from)) return false;
        for (const [key, value] of [...files]) {
          if (key !== from && !key.startsWith(prefix(from))) continue;
          files.delete(key);
          files.set(to + key.slice(from.length), value);
        }
        return true;
      },
    };
  }

  private createKernel(service: string, options: TestProcessOptions): Kernel {
    const { world } = this;
    const { scheduler } = world;
    const random = Random.derive(1, this.address);
    const startUs = scheduler.nowUs;
    const kernel: Kernel = {
      pid: 1,
      hostname: `${service}-1`,
      service,
      argv: options.argv ?? ['/usr/local/bin/node', '/app/src/main.ts'],
      env: options.env ?? {},
      cwd: '/app',
      requestCostUs: () => 0,
      nowUs: () => scheduler.nowUs - startUs,
      loopUs: () => scheduler.nowUs - startUs,
      wallMs: () => this.wallStartMs + Math.floor(scheduler.nowUs / 1000),
      burn: () => {},
      setTimer: (delayMs, run, isRef) => {
        const id = ++this.ids;
        const bound = this.bind(run);
        const event = scheduler.after(delayMs * 1000, () => {
          this.timers.delete(id);
          bound();
        });
        this.timers.set(id, { event, isRef });
        return id;
      },
      clearTimer: (id) => {
        const timer = this.timers.get(id);
        if (timer === undefined) return;
        this.timers.delete(id);
        scheduler.cancel(timer.event);
      },
      refTimer: (id, isRef) => {
        const timer = this.timers.get(id);
        if (timer !== undefined) timer.isRef = isRef;
      },
      setImmediate: (run) => {
        const id = ++this.ids;
        this.immediates.set(id, this.bind(run));
        this.immediateEvent ??= scheduler.after(0, () => {
          const due = this.immediates;
          this.immediates = new Map();
          this.immediateEvent = null;
          // One that clears a later one of the same round must still stop it.
          this.dueImmediates = due;
          for (const [key, immediate] of due) if (due.delete(key)) immediate();
        });
        return id;
      },
      clearImmediate: (id) => {
        this.immediates.delete(id);
        this.dueImmediates.delete(id);
      },
      nextTick: (run) => {
        const context = this.context;
        this.ticks.push(() => this.guard(run, context));
        this.wake();
      },
      microtask: (run) => {
        const context = this.context;
        this.microtasks.push(() => this.guard(run, context));
        this.wake();
      },
      getContext: () => this.context,
      setContext: (context) => {
        this.context = context;
      },
      connect: (address, port, handler) => this.connect(address, port, handler),
      listen: (port, address, _backlog, onConnection) => this.listen(port, address, onConnection),
      lookup: (name, callback) => {
        const found = /^[\d.]+$/.test(name) ? [name] : name === 'localhost' ? ['127.0.0.1'] : world.addresses.get(name);
        scheduler.after(SEGMENT_US, () =>
          this.enter(() => (found ? callback(null, found, 600_000) : callback('ENOTFOUND', [], 0))),
        );
      },
      ref: () => void this.refs++,
      unref: () => void this.refs--,
      inFlight: (delta) => {
        this.inFlight += delta;
      },
      requestIdOf: () => 0,
      fs: this.createFs(),
      write: (fd, text) => {
        if (fd === 1) this.stdout += text;
        else this.stderr += text;
      },
      exit: (code) => this.exit(code),
      kill: (_pid, signal) => {
        const listeners = this.signals.get(signal);
        scheduler.after(0, () => {
          if (listeners === undefined || listeners.size === 0) this.exitCode = 128;
          else for (const run of [...listeners]) this.enter(run);
        });
      },
      onSignal: (signal, run) => {
        const set = this.signals.get(signal) ?? new Set();
        this.signals.set(signal, set.add(run));
        return () => set.delete(run);
      },
      setHooks: (hooks) => {
        this.hooks = hooks;
      },
      promiseState: (promise) => this.kit.stateOf(promise),
      random: () => random.float(),
      fillRandom: (bytes) => random.fill(bytes),
      memoryUsage: () => ({ rss: 5e7, heapTotal: 2e7, heapUsed: 1e7, external: 1e6, arrayBuffers: 1e4 }),
      uptimeUs: () => scheduler.nowUs - startUs,
      cpuUsedUs: () => 0,
    };
    return kernel;
  }

  private dueImmediates = new Map<number, () => void>();

  /** A tick or microtask queued from outside a callback (a test) still runs. */
  private wake(): void {
    if (!this.isDraining) this.world.scheduler.after(0, () => this.enter(() => {}));
  }

  private listen(port: number, address: string, onConnection: (connection: Connection) => void): Listener {
    const { listeners } = this.world;
    if (port === 0) for (port = 32768; listeners.has(`${this.address}:${port}`); ) port++;
    const key = `${this.address}:${port}`;
    if (listeners.has(key))
      throw new NetError('EADDRINUSE', `listen EADDRINUSE: address already in use ${address}:${port}`);
    listeners.set(key, { owner: this, onConnection: (connection) => this.enter(() => onConnection(connection)) });
    return { address, port, close: () => void listeners.delete(key) };
  }

  private connect(address: string, port: number, handler: ConnectionHandler): Connection {
    const { world } = this;
    const target = address === '127.0.0.1' || address === '::1' ? this.address : address;
    const id = ++world.connections;
    const local = new TestConnection(id, this, handler, [this.address, 40_000 + id], [address, port]);
    world.scheduler.after(SEGMENT_US, () => {
      const listener = world.listeners.get(`${target}:${port}`);
      if (local.isClosed) return;
      if (listener === undefined) {
        local.fail('ECONNREFUSED', 'connect');
        return;
      }
      const remote = new TestConnection(id, listener.owner, SILENT, [target, port], [this.address, 40_000 + id]);
      local.peer = remote;
      remote.peer = local;
      listener.onConnection(remote);
      this.enter(() => local.handler.onConnect());
      local.flush();
    });
    return local;
  }
}

const SILENT: ConnectionHandler = {
  onConnect() {},
  onData() {},
  onEnd() {},
  onDrain() {},
  onError() {},
  onClose() {},
};

/** One end of a reliable stream with a send buffer of 64 KiB. */
class TestConnection implements Connection {
  readonly id: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  handler: ConnectionHandler;
  bytesQueued = 0;
  bytesRead = 0;
  bytesWritten = 0;
  peer: TestConnection | null = null;
  isClosed = false;
  private readonly process: TestProcess;
  private readonly early: (() => void)[] = [];
  private received: Uint8Array[] = [];
  private isPaused = false;
  private sentEnd = false;
  private gotEnd = false;
  private toldEnd = false;
  private wantsDrain = false;

  constructor(
    id: number,
    process: TestProcess,
    handler: ConnectionHandler,
    local: [string, number],
    remote: [string, number],
  ) {
    this.id = id;
    this.process = process;
    this.handler = handler;
    [this.localAddress, this.localPort] = local;
    [this.remoteAddress, this.remotePort] = remote;
  }

  write(bytes: Uint8Array): boolean {
    if (this.sentEnd || this.isClosed) return true;
    const copy = bytes.slice();
    this.bytesQueued += copy.length;
    this.bytesWritten += copy.length;
    this.send((peer) => {
      this.bytesQueued -= copy.length;
      peer.received.push(copy);
      peer.pump();
      if (!this.wantsDrain || this.bytesQueued > 0) return;
      this.wantsDrain = false;
      this.process.enter(() => this.handler.onDrain());
    });
    if (this.bytesQueued < 65_536) return true;
    this.wantsDrain = true;
    return false;
  }

  end(): void {
    if (this.sentEnd || this.isClosed) return;
    this.sentEnd = true;
    this.send((peer) => {
      peer.gotEnd = true;
      peer.pump();
      this.finish();
    });
  }

  reset(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { peer } = this;
    this.later(() => this.process.enter(() => this.handler.onClose()));
    if (peer !== null) this.later(() => peer.fail('ECONNRESET', 'read'));
  }

  close(): void {
    if (this.isClosed) return;
    if (this.received.length > 0) {
      this.reset();
      return;
    }
    this.end();
    this.handler = SILENT;
  }

  pauseReading(): void {
    this.isPaused = true;
  }

  resumeReading(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.later(() => this.pump());
  }

  setKeepAlive(): void {}

  /** Sends what was written before the handshake was done. */
  flush(): void {
    for (const send of this.early.splice(0)) send();
  }

  fail(code: NetErrorCode, syscall: 'connect' | 'read' | 'write'): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.process.enter(() => this.handler.onError(code, syscall));
    this.process.enter(() => this.handler.onClose());
  }

  private pump(): void {
    while (!this.isPaused && !this.isClosed && this.received.length > 0) {
      const chunk = this.received.shift()!;
      this.bytesRead += chunk.length;
      this.process.enter(() => this.handler.onData(chunk));
    }
    if (this.gotEnd && !this.toldEnd && !this.isPaused && !this.isClosed && this.received.length === 0) {
      this.toldEnd = true;
      this.process.enter(() => this.handler.onEnd());
      this.finish();
    }
  }

  private finish(): void {
    if (!this.sentEnd || !this.toldEnd || this.isClosed) return;
    this.isClosed = true;
    this.later(() => this.process.enter(() => this.handler.onClose()));
  }

  private send(deliver: (peer: TestConnection) => void): void {
    const go = () =>
      this.later(() => {
        if (this.peer !== null && !this.peer.isClosed) deliver(this.peer);
      });
    if (this.peer === null) this.early.push(go);
    else go();
  }

  private later(run: () => void): void {
    this.process.world.scheduler.after(SEGMENT_US, run);
  }
}

/** Host globals that the lab passes as `undefined` to every script, so that nothing of the host's time leaks in. */
export const SHADOWED: readonly string[] = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'fetch',
  'process',
  'Buffer',
  'console',
  'global',
  'window',
  'self',
  'require',
  'module',
  'exports',
];
