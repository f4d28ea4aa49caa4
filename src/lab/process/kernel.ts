/** The system calls of one process: the contract of node/kernel.ts on top of the process, its host and the scheduler. */
import type { ScheduledEvent } from '../core/scheduler.ts';
import type { Connection, ConnectionHandler } from '../net/network.ts';
import type { AsyncContext, Kernel } from '../node/kernel.ts';
import { CLOCK_READ_US, type Process } from './process.ts';
import { ProgramConnection, ProgramListener } from './sockets.ts';

interface Timer {
  readonly event: ScheduledEvent;
  isRef: boolean;
}

export function createKernel(process: Process): Kernel {
  const { options } = process;
  const { world, host, files } = options;
  const { scheduler } = world;
  const random = world.random(`process ${host.name} ${options.pid}`);
  const timers = new Map<number, Timer>();
  let ids = 0;

  /** A later callback of the process, with the context that is current now. */
  function inContext(run: () => void): () => void {
    const { context } = process;
    return () => {
      process.context = context;
      run();
    };
  }

  function schedule(delayUs: number, run: () => void, isRef: boolean): number {
    const id = ++ids;
    const callback = inContext(run);
    const event = scheduler.after(delayUs, () =>
      process.deliver(() => {
        const timer = timers.get(id);
        // Cleared while it waited for the CPU.
        if (timer === undefined) return;
        drop(id, timer);
        callback();
      }),
    );
    timers.set(id, { event, isRef });
    if (isRef) process.refs++;
    return id;
  }

  function drop(id: number, timer: Timer): void {
    timers.delete(id);
    if (timer.isRef) process.refs--;
  }

  function clear(id: number): void {
    const timer = timers.get(id);
    if (timer === undefined) return;
    scheduler.cancel(timer.event);
    drop(id, timer);
  }

  const readClock = () => process.burn(CLOCK_READ_US);

  const kernel: Kernel = {
    pid: options.pid,
    hostname: host.name,
    service: host.service,
    argv: options.argv,
    env: options.env,
    cwd: options.cwd,
    requestCostUs: options.requestCostUs,

    nowUs() {
      readClock();
      return scheduler.nowUs - process.startedUs;
    },
    loopUs: () => process.callbackUs - process.startedUs,
    wallMs() {
      readClock();
      return world.epochMs + scheduler.nowUs / 1000 + (options.skewMs?.() ?? 0);
    },
    burn: (us) => process.burn(us),

    setTimer: (delayMs, run, isRef) => schedule(Math.max(1, delayMs) * 1000, run, isRef),
    clearTimer: clear,
    refTimer(id, isRef) {
      const timer = timers.get(id);
      if (timer === undefined || timer.isRef === isRef) return;
      timer.isRef = isRef;
      process.refs += isRef ? 1 : -1;
    },
    setImmediate: (run) => schedule(0, run, true),
    clearImmediate: clear,
    nextTick: (run) => process.queue(process.ticks, inContext(run)),
    microtask: (run) => process.queue(process.microtasks, inContext(run)),

    promiseState: (promise) => process.kit.stateOf(promise),

    getContext: () => process.context,
    setContext: (context: AsyncContext) => {
      process.context = context;
    },

    connect: (address, port, handler) =>
      new ProgramConnection(
        host.connect({
          address,
          port,
          handler: options.isGuest ? delivered(process, handler) : handler,
          cause: process.context.cause,
        }),
      ),
    listen(port, address, backlog, onConnection) {
      const listener = host.listen(port, address, backlog, (end) => onConnection(new ProgramConnection(end)));
      options.onListening?.(listener.port, address);
      return new ProgramListener(listener);
    },
    lookup(name, callback) {
      const then = inContext(() => {});
      process.refs++;
      host.lookup(
        name,
        (error, addresses, ttlMs) =>
          process.enter(() => {
            process.refs--;
            then();
            callback(error, addresses, ttlMs);
          }),
        process.context.cause,
      );
    },
    ref: () => {
      process.refs++;
    },
    unref: () => {
      process.refs--;
    },
    inFlight: (delta) => {
      process.inFlight += delta;
    },
    requestIdOf: (connection: Connection) => options.requestIdOf(connection.id),

    fs: files,

    write: (fd, text) => process.log(fd === 1 ? 'stdout' : 'stderr', text),
    exit: (code) => process.exit(code),
    kill(pid, signal) {
      if (pid === options.pid || pid === 0) process.signal(signal);
    },
    onSignal(signal, run) {
      const handlers = process.signalHandlers.get(signal) ?? new Set();
      process.signalHandlers.set(signal, handlers);
      handlers.add(run);
      return () => handlers.delete(run);
    },
    setHooks: (hooks) => {
      process.hooks = hooks;
    },

    random: () => random.float(),
    fillRandom: (bytes) => random.fill(bytes),

    memoryUsage: () => ({ ...MEMORY, rss: options.usedBytes?.() ?? MEMORY.rss }),
    uptimeUs: () => scheduler.nowUs - process.startedUs,
    cpuUsedUs: () => process.cpuUsedUs,
  };
  return Object.freeze(kernel);
}

/** Fixed figures, the size of a small Node service: a measured heap would differ from run to run. */
const MEMORY = Object.freeze({
  rss: 62_914_560,
  heapTotal: 12_582_912,
  heapUsed: 9_437_184,
  external: 2_097_152,
  arrayBuffers: 65_536,
});

/** The host hands work to the process that owns it; a guest gets its own from there. */
function delivered(process: Process, handler: ConnectionHandler): ConnectionHandler {
  return {
    onConnect: () => process.deliver(() => handler.onConnect()),
    onData: (chunk) => process.deliver(() => handler.onData(chunk)),
    onEnd: () => process.deliver(() => handler.onEnd()),
    onDrain: () => process.deliver(() => handler.onDrain()),
    onError: (code, syscall) => process.deliver(() => handler.onError(code, syscall)),
    onClose: () => process.deliver(() => handler.onClose()),
  };
}
