/** What all sessions share: backends by name, checks, counters of frontends, the log. */
import type { ServerMachine } from '../server.ts';
import { Backend } from './balance/backend.ts';
import { Health } from './balance/health.ts';
import type { Config, ProxySpec } from './config/model.ts';

export class Frontend {
  readonly spec: ProxySpec;
  sessions = 0;
  sessionsMax = 0;
  sessionsTotal = 0;
  requests = 0;
  requestErrors = 0;
  denied = 0;
  bytesIn = 0;
  bytesOut = 0;
  responses = [0, 0, 0, 0, 0, 0];

  constructor(spec: ProxySpec) {
    this.spec = spec;
  }
}

export class LoadBalancer {
  readonly machine: ServerMachine;
  readonly config: Config;
  readonly frontends: readonly Frontend[];
  readonly backends: ReadonlyMap<string, Backend>;
  readonly health: Health;
  readonly startedMs: number;
  connections = 0;
  isStopping = false;
  private owedUs = 0;

  constructor(machine: ServerMachine, config: Config) {
    this.machine = machine;
    this.config = config;
    this.startedMs = machine.nowMs();
    this.frontends = config.proxies.filter(({ hasFrontend }) => hasFrontend).map((spec) => new Frontend(spec));
    const backends = config.proxies
      .filter(({ hasBackend }) => hasBackend)
      .map((spec) => new Backend(spec, machine.nowMs, machine.random));
    this.backends = new Map(backends.map((backend) => [backend.spec.name, backend]));
    this.health = new Health(machine, backends);
  }

  /** Whole µs; what is left of one is owed. */
  burn(us: number): void {
    this.owedUs += us;
    const whole = Math.floor(this.owedUs);
    this.owedUs -= whole;
    if (whole > 0) this.machine.burn(whole);
  }
}
