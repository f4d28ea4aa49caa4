/**
 * One replica: created, started, probed, stopped, restarted. It knows nothing of other containers; the supervisor
 * decides when it may start and hears about every change.
 */
import type { ProcessState } from '../core/events.ts';
import type { ScheduledEvent, Scheduler } from '../core/scheduler.ts';
import { type Health, HealthMonitor } from './health.ts';
import type { Machine, ProbeHttp, ProcessExit, ProcessHandle, TraceSink } from './machine.ts';
import { type ComposeService, endpointOf } from './model.ts';
import { RestartManager } from './restart.ts';

export interface ContainerContext {
  readonly scheduler: Scheduler;
  readonly trace: TraceSink;
  readonly machine: Machine;
  readonly probeHttp: ProbeHttp;
  /** Something about the container changed. */
  readonly onChange: (container: Container) => void;
}

/** A program that opens no port and has no health check counts as up after this long without a crash. */
const SETTLE_MS = 1_000;

type Then =
  | { readonly kind: 'stay' }
  | { readonly kind: 'start' }
  | { readonly kind: 'recreate'; readonly service: ComposeService; readonly willStart: boolean }
  | { readonly kind: 'remove' };

/**
 * Docker would wait for the whole grace period. Whoever has just edited a service wants to see the new one, and under
 * load a server that waits for its kept connections to end (as Node's does) would use all of it.
 */
const RECREATE_GRACE_MS_MAX = 100;

export class Container {
  readonly endpoint: string;
  /** Replica number from 1. */
  readonly number: number;
  /** What it was created from; an edit makes a new container of the same name. */
  service: ComposeService;
  /** As the trace shows it. */
  state: ProcessState = 'created';
  lastExit: ProcessExit | null = null;
  /** Exits since the last time it was ready, by itself and not by hand. */
  crashes = 0;
  /** Ports its process listens on, with the address it gave. */
  readonly listening = new Map<number, string>();
  startedUs = 0;
  private readonly context: ContainerContext;
  private process: ProcessHandle | null = null;
  private monitor: HealthMonitor | null = null;
  private restarts: RestartManager;
  private timer: ScheduledEvent | null = null;
  private isLoaded = false;
  private isSettled = false;
  private isPaused = false;
  /** Its processes are to be paused, also those that come. */
  private isHeld = false;
  private isStopping = false;
  private isDiscarded = false;
  /** What happens when the process that is being stopped has exited. */
  private then: Then = { kind: 'stay' };
  private afterExit: (() => void)[] = [];

  constructor(service: ComposeService, number: number, context: ContainerContext) {
    this.service = service;
    this.number = number;
    this.endpoint = endpointOf(service.name, number);
    this.context = context;
    this.restarts = new RestartManager(service.restart);
    this.create();
  }

  get isAlive(): boolean {
    return this.process !== null;
  }

  /** It has exited and will start again by its restart policy. */
  get isRestarting(): boolean {
    return this.process === null && this.timer !== null;
  }

  get health(): Health | null {
    return this.monitor?.health ?? null;
  }

  get probeText(): string | null {
    return this.monitor?.lastText ?? null;
  }

  /**
   * Ready for callers as far as anyone can tell from outside: healthy; or, without health check, loaded, and listening
   * on what it publishes, on anything, or at least not crashed for a second.
   */
  get isReady(): boolean {
    if (this.process === null || !this.isLoaded || this.missingPorts.length > 0) return false;
    if (this.service.healthcheck !== null) return this.health === 'healthy';
    return this.listening.size > 0 || this.isSettled;
  }

  /** It ran, exited with 0 and stays down: what a job does. */
  get isCompleted(): boolean {
    return this.process === null && this.timer === null && this.lastExit?.code === 0;
  }

  /** Published ports on which nothing listens that could be reached from outside the container. */
  get missingPorts(): readonly number[] {
    const targets = this.service.ports.map((port) => port.target);
    return targets.filter((port) => isLoopback(this.listening.get(port) ?? '127.0.0.1'));
  }

  start(): void {
    if (this.process !== null) {
      if (this.isStopping && this.then.kind === 'stay') this.then = { kind: 'start' };
      return;
    }
    this.clearTimer();
    const { machine, scheduler, probeHttp } = this.context;
    const { service, endpoint } = this;
    this.startedUs = scheduler.nowUs;
    this.isLoaded = false;
    this.isSettled = false;
    this.isPaused = false;
    this.isStopping = false;
    this.listening.clear();
    this.change('starting');
    const env = { HOSTNAME: this.hostname, ...service.env };
    this.process = machine.spawn(
      { endpoint, argv: service.argv, env, cwd: service.workdir, role: 'main' },
      {
        onLoaded: () => {
          this.isLoaded = true;
          if (service.healthcheck === null && this.state === 'starting') this.change('running');
          else this.notify();
        },
        onListening: (port, address) => {
          // A second listener on the port, one for each address family, may be the one that is reachable.
          const known = this.listening.get(port);
          if (known === undefined || isLoopback(known)) this.listening.set(port, address);
          this.notify();
        },
        onExit: (exit) => this.onExit(exit),
      },
    );
    if (this.isHeld) this.pause();
    if (service.healthcheck === null) {
      const { process } = this;
      scheduler.after(SETTLE_MS * 1000, () => {
        if (this.process !== process) return;
        this.isSettled = true;
        this.notify();
      });
      return;
    }
    this.monitor = new HealthMonitor({
      scheduler,
      machine,
      probeHttp,
      endpoint,
      service,
      healthcheck: service.healthcheck,
      onProbe: (passed, text) => this.context.trace.record({ kind: 'probe', atMs: this.nowMs, endpoint, passed, text }),
      onHealth: (health, text) => this.onHealth(health, text),
    });
  }

  /** SIGTERM (or the service's stop_signal), SIGKILL after the grace period; stays down. `onDone` when it has exited. */
  stop(onDone: () => void = () => {}): void {
    this.end({ kind: 'stay' }, onDone);
  }

  restart(): void {
    this.end({ kind: 'start' });
  }

  /** Stops it and makes it anew from `service`: fresh files, fresh process. Starts it only when `willStart`. */
  recreate(service: ComposeService, willStart: boolean): void {
    this.end({ kind: 'recreate', service, willStart });
  }

  remove(onDone: () => void = () => {}): void {
    this.end({ kind: 'remove' }, onDone);
  }

  /** What it is, or is about to be after a `recreate` that waits for the old process to end. */
  get target(): ComposeService {
    return this.then.kind === 'recreate' ? this.then.service : this.service;
  }

  /** Takes a changed service over without being made anew: for changes that do not concern one replica. */
  adopt(before: ComposeService, after: ComposeService): void {
    if (this.service === before) this.service = after;
    if (this.then.kind === 'recreate' && this.then.service === before) this.then = { ...this.then, service: after };
  }

  /** The process dies as if it had crashed: its restart policy applies. */
  kill(signal: string): void {
    this.process?.signal(signal);
  }

  /** Forgets the process, which the lab ends itself: no stop, no restart, nothing more is reported. */
  discard(): void {
    this.clearTimer();
    this.monitor?.stop();
    this.monitor = null;
    this.process = null;
    this.isDiscarded = true;
  }

  /** SIGSTOP: everything of it stands still, its sockets stay open, its health probes get no answer. So will a process that is started before `unpause`. */
  pause(): void {
    this.isHeld = true;
    if (this.process === null || this.isPaused) return;
    this.isPaused = true;
    this.process.signal('SIGSTOP');
    this.change('paused');
  }

  unpause(): void {
    this.isHeld = false;
    if (this.process === null || !this.isPaused) return;
    this.isPaused = false;
    this.process.signal('SIGCONT');
    this.change(this.health ?? (this.isLoaded ? 'running' : 'starting'));
  }

  /** Ends the process in order, if there is one, and then does `then`; a later call replaces what an earlier one planned. */
  private end(then: Then, onDone: () => void = () => {}): void {
    // What is removed stays removed.
    if (this.then.kind !== 'remove') this.then = then;
    this.afterExit.push(onDone);
    if (this.isStopping) return;
    this.clearTimer();
    if (this.process === null) {
      this.settle();
      return;
    }
    this.isStopping = true;
    this.monitor?.stop();
    const { process, service } = this;
    const graceMs =
      then.kind === 'recreate' ? Math.min(service.stopGraceMs, RECREATE_GRACE_MS_MAX) : service.stopGraceMs;
    this.timer = this.context.scheduler.after(graceMs * 1000, () => {
      this.timer = null;
      process.signal('SIGKILL');
    });
    process.signal(service.stopSignal);
  }

  /** No process is left: does what was planned for this moment. */
  private settle(): void {
    const { then, afterExit } = this;
    this.then = { kind: 'stay' };
    this.afterExit = [];
    if (then.kind !== 'stay') {
      this.restarts = new RestartManager(then.kind === 'recreate' ? then.service.restart : this.service.restart);
      this.crashes = 0;
    }
    if (then.kind === 'start') this.start();
    if (then.kind === 'remove' || then.kind === 'recreate') this.context.machine.remove(this.endpoint);
    if (then.kind === 'recreate') {
      this.service = then.service;
      this.lastExit = null;
      this.create();
      if (then.willStart) this.start();
    }
    for (const run of afterExit) run();
  }

  private get hostname(): string {
    return this.service.hostname ?? this.endpoint;
  }

  private get nowMs(): number {
    return this.context.scheduler.nowUs / 1000;
  }

  private create(): void {
    this.context.machine.create({ endpoint: this.endpoint, service: this.service, hostname: this.hostname });
    this.change('created');
  }

  private onHealth(health: Health, text: string): void {
    if (health === 'healthy') this.crashes = 0;
    // A paused container is shown as paused; what its probes found shows when it goes on.
    if (this.isPaused || health === 'starting') {
      this.notify();
      return;
    }
    const { retries } = this.service.healthcheck!;
    this.change(health, health === 'unhealthy' ? { reason: `health check failed ${retries} times: ${text}` } : {});
  }

  private onExit(exit: ProcessExit): void {
    if (this.isDiscarded) return;
    const upMs = (this.context.scheduler.nowUs - this.startedUs) / 1000;
    const wasStopped = this.isStopping;
    this.clearTimer();
    this.monitor?.stop();
    this.monitor = null;
    this.process = null;
    this.isPaused = false;
    this.isStopping = false;
    this.listening.clear();
    this.lastExit = exit;
    if (!wasStopped) {
      this.crashes++;
      const delayMs = this.restarts.next(exit.code, upMs);
      if (delayMs !== null) {
        this.timer = this.context.scheduler.after(delayMs * 1000, () => {
          this.timer = null;
          this.start();
        });
      }
    }
    const { code, signal, reason } = exit;
    this.change('exited', { exitCode: code, ...(signal ? { signal } : {}), ...(reason ? { reason } : {}) });
    if (wasStopped) this.settle();
  }

  private change(
    state: ProcessState,
    details: { exitCode?: number | null; signal?: string; reason?: string } = {},
  ): void {
    this.state = state;
    this.context.trace.record({ kind: 'process', atMs: this.nowMs, endpoint: this.endpoint, state, ...details });
    this.notify();
  }

  private notify(): void {
    this.context.onChange(this);
  }

  private clearTimer(): void {
    if (this.timer !== null) this.context.scheduler.cancel(this.timer);
    this.timer = null;
  }
}

/** Whether an address given to listen is reachable from the own container only. */
export function isLoopback(address: string): boolean {
  return (
    address === 'localhost' || address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')
  );
}
