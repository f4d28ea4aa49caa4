/** What `up()` gives to a check: one running system, seen and broken from outside. */
import { Random } from '../core/random.ts';
import type { ToolResult } from '../images/server.ts';
import { HttpClient } from '../load/http-client.ts';
import { LoadGenerator } from '../load/index.ts';
import { type Duration, toMs } from './duration.ts';
import type { Evidence } from './evidence.ts';
import { type Chaos, type ChaosOptions, Faults, type LinkFaults, type ServiceHandle } from './faults.ts';
import type { CheckHost, SystemHost } from './host.ts';
import type { Tap } from './tap.ts';
import { type LoadShape, planOf, Reply, type RequestShape, Traffic, toRequest } from './traffic.ts';

export interface LogLine {
  readonly atMs: number;
  readonly endpoint: string;
  readonly text: string;
}

export interface FaultWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
}

export class System {
  readonly seed: number;
  readonly tap: Tap;
  /** Every load of the system, in the order in which it was started. */
  readonly traffics: Traffic[] = [];
  private readonly host: CheckHost;
  private readonly system: SystemHost;
  private readonly evidence: Evidence;
  private readonly faults: Faults;
  private readonly client: HttpClient;
  private readonly windows = new Map<number, { fromMs: number; toMs: number; text: string }>();

  constructor(host: CheckHost, system: SystemHost, evidence: Evidence, tap: Tap) {
    this.host = host;
    this.system = system;
    this.evidence = evidence;
    this.tap = tap;
    this.seed = host.seed;
    this.faults = new Faults(host, system);
    this.client = new HttpClient(system.client, host.scheduler);
    system.subscribe((event) => {
      tap.listen(event);
      if (event.kind !== 'fault') return;
      if (event.state === 'on') {
        this.windows.set(event.id, { fromMs: event.atMs, toMs: Number.POSITIVE_INFINITY, text: event.text });
      } else {
        const window = this.windows.get(event.id);
        if (window !== undefined) window.toMs = event.atMs;
      }
    });
  }

  /** Virtual ms since boot. */
  now(): number {
    return this.host.scheduler.nowUs / 1000;
  }

  sleep(duration: Duration): Promise<void> {
    const delayUs = toMs(duration, 'sleep') * 1000;
    return new this.host.Promise<void>((resolve) => {
      this.host.scheduler.after(delayUs, () => this.host.enter(resolve));
    });
  }

  /** An open-model load from outside; await it for its statistics, or stop it first. */
  load(shape: LoadShape): Traffic {
    const { host } = this;
    const plan = planOf(shape, (run) => host.enter(run));
    const number = this.traffics.length + 1;
    const first = shape.requests === undefined ? toRequest(shape.mix?.[0] ?? shape) : null;
    const title = first === null ? `load ${number}` : `${first.method} ${pathOf(first.url)}`;
    const randoms = {
      arrivals: Random.derive(host.seed, `load ${number} arrivals`),
      requests: Random.derive(host.seed, `load ${number} requests`),
    };
    const traffic = new Traffic(
      title,
      host.Promise,
      this.evidence,
      () => this.now(),
      (onDone) => {
        const callbacks = { onDone: () => host.enter(onDone) };
        return new LoadGenerator(plan, this.client, host.scheduler, randoms, callbacks);
      },
    );
    this.traffics.push(traffic);
    return traffic;
  }

  /** One request from outside. Never rejects: no reply is a status of 0 with an error code. */
  request(shape: RequestShape & { readonly timeout?: Duration }): Promise<Reply> {
    const request = toRequest(shape);
    const timeoutMs = toMs(shape.timeout ?? '10s', 'timeout');
    const startUs = this.host.scheduler.nowUs;
    return new this.host.Promise<Reply>((resolve) => {
      this.client.request({ ...request, timeoutMs }, (reply) => {
        const durationMs = (this.host.scheduler.nowUs - startUs) / 1000;
        this.host.enter(() => resolve(new Reply(reply, durationMs)));
      });
    });
  }

  /** The network between two services (or replicas), or between `client` and one. */
  link(from: string, to: string): LinkFaults {
    return this.faults.link(from, to);
  }

  service(name: string): ServiceHandle {
    return this.faults.service(name);
  }

  /** Random faults, the same for the same seed: `chaos({ duration: '60s', faults: 8 })`. */
  chaos(options: ChaosOptions): Chaos {
    return this.faults.chaos(options);
  }

  /** Ends every fault. */
  heal(): void {
    this.faults.healAll();
  }

  /** What a service wrote, all replicas, in order. For messages to people: logs are no evidence. */
  logs(service: string): readonly LogLine[] {
    return this.tap.logs.filter(({ endpoint }) => endpoint === service || endpoint.startsWith(`${service}-`));
  }

  /**
   * A command of a database, cache or broker inside its container, as `docker compose exec`:
   * `exec('cache', 'redis-cli', 'GET', 'x')`. It looks at the server's own state and takes no way over the network.
   * `value` is what it printed as data. Rejects when the server does not run.
   */
  exec(service: string, ...argv: readonly string[]): Promise<ToolResult> {
    const { host, system } = this;
    return new host.Promise<ToolResult>((resolve, reject) => {
      system.exec(service, argv.map(String), (result) =>
        host.enter(() => {
          if (result === null) reject(new Error(`exec ${argv.join(' ')}: ${service} is not running.`));
          else resolve(result);
        }),
      );
    });
  }

  /** Rows of a statement, as the database has them now: `sql('db', 'SELECT count(*) AS n FROM orders')` → `[{ n: 3 }]`. */
  sql(service: string, statement: string, database?: string): Promise<readonly Record<string, unknown>[]> {
    const env = this.system.services.find(({ name }) => name === service)?.env ?? {};
    const name = database ?? env.POSTGRES_DB ?? env.POSTGRES_USER ?? 'postgres';
    return this.exec(service, 'psql', '-d', name, '-c', statement).then(({ exitCode, stderr, value }) => {
      if (exitCode !== 0) throw new Error(`sql on ${service}: ${stderr.trim()}`);
      return (Array.isArray(value) ? value : []) as readonly Record<string, unknown>[];
    });
  }

  /** A bookmark in the trace, as the name of a phase. */
  note(text: string): void {
    this.system.note(String(text));
  }

  /** For plots: faults so far, those that are on still ending at infinity. */
  get faultWindows(): readonly FaultWindow[] {
    return [...this.windows.values()];
  }

  /** The system is being replaced or the checks are over. */
  close(): void {
    this.client.close();
  }
}

function pathOf(url: string): string {
  return url.replace(/^http:\/\/[^/]+/, '') || '/';
}
