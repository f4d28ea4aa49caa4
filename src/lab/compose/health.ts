/** The health check of one running container, timed as Docker's monitor does it. */
import type { ScheduledEvent, Scheduler } from '../core/scheduler.ts';
import type { Machine, ProbeHttp, ProcessHandle } from './machine.ts';
import type { ComposeService, Healthcheck } from './model.ts';
import { formatMs } from './units.ts';

export type Health = 'starting' | 'healthy' | 'unhealthy';

export interface HealthMonitorOptions {
  readonly scheduler: Scheduler;
  readonly machine: Machine;
  readonly probeHttp: ProbeHttp;
  readonly endpoint: string;
  readonly service: ComposeService;
  readonly healthcheck: Healthcheck;
  /** After every probe. */
  readonly onProbe: (passed: boolean, text: string) => void;
  /** After the probe that changed it. */
  readonly onHealth: (health: Health, text: string) => void;
}

/**
 * Source: moby, daemon/health.go. The first probe comes one interval after the start, each next one interval after
 * the last one's end; in the start period failures do not count and start_interval applies until the first pass.
 */
export class HealthMonitor {
  health: Health = 'starting';
  failures = 0;
  lastText = 'not probed yet';
  private readonly options: HealthMonitorOptions;
  private readonly startedUs: number;
  private timer: ScheduledEvent | null = null;
  private process: ProcessHandle | null = null;
  /** Goes up with each probe, and when the monitor ends: results of older probes are ignored. */
  private probeNumber = 0;

  constructor(options: HealthMonitorOptions) {
    this.options = options;
    this.startedUs = options.scheduler.nowUs;
    this.plan();
  }

  stop(): void {
    this.probeNumber++;
    if (this.timer !== null) this.options.scheduler.cancel(this.timer);
    this.timer = null;
    this.process?.signal('SIGKILL');
    this.process = null;
  }

  private get isInStartPeriod(): boolean {
    const { scheduler, healthcheck } = this.options;
    return scheduler.nowUs - this.startedUs < healthcheck.startPeriodMs * 1000;
  }

  private plan(): void {
    const { scheduler, healthcheck } = this.options;
    const isStarting = this.isInStartPeriod && this.health === 'starting';
    const delayMs = isStarting ? healthcheck.startIntervalMs : healthcheck.intervalMs;
    this.timer = scheduler.after(delayMs * 1000, () => this.probe());
  }

  private probe(): void {
    const { scheduler, healthcheck } = this.options;
    const number = ++this.probeNumber;
    const counts = !(this.isInStartPeriod && this.health === 'starting');
    const finish = (passed: boolean, text: string): void => {
      if (number !== this.probeNumber) return;
      this.probeNumber++;
      if (this.timer !== null) scheduler.cancel(this.timer);
      this.process?.signal('SIGKILL');
      this.process = null;
      this.judge(passed, text, counts);
      // A verdict may have ended the monitor (the container was stopped from a callback).
      if (this.probeNumber === number + 1) this.plan();
    };
    // Docker kills a probe that takes too long. The HTTP probe is told the same limit, so that it lets go of its socket.
    this.timer = scheduler.after(healthcheck.timeoutMs * 1000, () =>
      finish(false, `no answer within ${formatMs(healthcheck.timeoutMs)}`),
    );
    this.run(finish);
  }

  private run(finish: (passed: boolean, text: string) => void): void {
    const { machine, probeHttp, endpoint, service, healthcheck } = this.options;
    const { probe } = healthcheck;
    if (probe.kind === 'http') {
      probeHttp(endpoint, probe.url, healthcheck.timeoutMs, ({ status, error }) => {
        if (status === 0) finish(false, `${probe.url}: ${error ?? 'no reply'}`);
        else finish(probe.passesOnErrorStatus || (status >= 200 && status < 400), `${probe.url}: ${status}`);
      });
      return;
    }
    if (probe.kind === 'tool') {
      machine.tool(endpoint, probe.argv, (result) => {
        if (result === null) finish(false, `${probe.text}: nothing answers`);
        else {
          const said = (result.exitCode === 0 ? result.stdout : result.stderr || result.stdout).split('\n')[0]!;
          finish(result.exitCode === 0, `${probe.text}: ${said || `exit code ${result.exitCode}`}`);
        }
      });
      return;
    }
    this.process = machine.spawn(
      { endpoint, argv: probe.argv, env: service.env, cwd: service.workdir, role: 'probe' },
      {
        onLoaded: () => {},
        onListening: () => {},
        onExit: ({ code, signal }) => {
          this.process = null;
          finish(code === 0, `${probe.text}: ${code === null ? `ended by ${signal}` : `exit code ${code}`}`);
        },
      },
    );
  }

  private judge(passed: boolean, text: string, counts: boolean): void {
    const { healthcheck, onProbe, onHealth } = this.options;
    this.lastText = text;
    onProbe(passed, text);
    if (passed) {
      this.failures = 0;
      this.change('healthy', text, onHealth);
    } else if (counts) {
      this.failures++;
      if (this.failures >= healthcheck.retries) this.change('unhealthy', text, onHealth);
    }
  }

  private change(health: Health, text: string, onHealth: (health: Health, text: string) => void): void {
    if (this.health === health) return;
    this.health = health;
    onHealth(health, text);
  }
}
