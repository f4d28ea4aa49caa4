/** Checks at work: each runs by itself and tells what it found. Source: agent/checks/check.go. */
import type { ServerMachine } from '../../server.ts';
import { COST } from '../cost.ts';
import { SECOND } from '../go/duration.ts';
import { failure, sendCheck } from '../http/client.ts';
import type { Status } from '../state/rows.ts';
import type { CheckType } from './definition.ts';

/** Shorter ones are lengthened. */
const INTERVAL_MIN_NS = SECOND;
const TIMEOUT_MS = 10_000;
const OUTPUT_BYTES_MAX = 4096;

export type Report = (status: Status, output: string) => void;

export interface Runner {
  stop(): void;
  /** Only of a TTL check. Gives back the output as it is kept. */
  set?(status: Status, output: string): string;
}

export function startCheck(machine: ServerMachine, id: string, type: CheckType, report: Report): Runner {
  if (type.TTL > 0) return new Ttl(machine, id, type, report);
  if (type.Interval < INTERVAL_MIN_NS)
    machine.log(`[WARN]  agent: check has interval below minimum: check=${id} minimum_interval=1s`);
  const thresholds = new Thresholds(machine, id, type, report);
  return new Interval(machine, type, (done) =>
    type.HTTP !== ''
      ? http(machine, type, (status, output) => done(() => thresholds.found(status, output)))
      : tcp(machine, type, (status, output) => done(() => thresholds.found(status, output))),
  );
}

/** Again and again: the pause begins when a check has ended; the first begins at a random moment of an interval. */
class Interval implements Runner {
  private isStopped = false;
  private abandon: () => void;

  constructor(machine: ServerMachine, type: CheckType, check: (done: (tell: () => void) => void) => () => void) {
    const intervalMs = Math.max(type.Interval, INTERVAL_MIN_NS) / 1e6;
    const again = (): void => {
      let isDone = false;
      const stop = check((tell) => {
        isDone = true;
        if (this.isStopped) return;
        tell();
        if (!this.isStopped) this.abandon = machine.after(intervalMs, again);
      });
      if (!isDone) this.abandon = stop;
    };
    this.abandon = machine.after(machine.random() * intervalMs, again);
  }

  stop() {
    this.isStopped = true;
    this.abandon();
  }
}

/** A status changes only after so many results in a row. */
class Thresholds {
  private readonly machine: ServerMachine;
  private readonly id: string;
  private readonly report: Report;
  private readonly passing: number;
  private readonly warning: number;
  private readonly critical: number;
  private successes: number;
  private failures: number;

  constructor(machine: ServerMachine, id: string, type: CheckType, report: Report) {
    this.machine = machine;
    this.id = id;
    this.report = report;
    this.passing = type.SuccessBeforePassing;
    this.critical = type.FailuresBeforeCritical;
    this.warning = type.FailuresBeforeWarning || this.critical;
    // The first result counts, whatever it is.
    this.successes = this.passing;
    this.failures = this.critical;
  }

  found(status: Status, output: string) {
    if (status !== 'critical') {
      this.successes++;
      this.failures = 0;
      if (this.successes >= this.passing) return this.report(status, output);
      this.machine.log(`[WARN]  agent: Check passed but has not reached success threshold: check=${this.id}`);
      return;
    }
    this.failures++;
    this.successes = 0;
    if (this.failures >= this.critical) {
      this.machine.log(`[WARN]  agent: Check is now critical: check=${this.id}`);
      return this.report('critical', output);
    }
    if (this.failures >= this.warning) {
      this.machine.log(`[WARN]  agent: Check is now warning: check=${this.id}`);
      return this.report('warning', output);
    }
    this.machine.log(`[WARN]  agent: Check failed but has not reached warning/failure threshold: check=${this.id}`);
  }
}

const timeoutMs = ({ Timeout }: CheckType) => (Timeout > 0 ? Timeout / 1e6 : TIMEOUT_MS);

function http(machine: ServerMachine, type: CheckType, report: Report): () => void {
  machine.burn(COST.checkUs);
  const method = type.Method === '' ? 'GET' : type.Method;
  const request = {
    url: type.HTTP,
    method,
    headers: type.Header ?? {},
    body: type.Body,
    timeoutMs: timeoutMs(type),
    followsRedirects: !type.DisableRedirects,
  };
  return sendCheck(machine, request, (response) => {
    if ('error' in response) return report('critical', response.error);
    // The last of it, when it is more than is kept.
    const body = response.body.slice(-(type.OutputMaxSize || OUTPUT_BYTES_MAX));
    const output = `HTTP ${method} ${type.HTTP}: ${response.statusText} Output: ${body}`;
    const { status } = response;
    report(status >= 200 && status <= 299 ? 'passing' : status === 429 ? 'warning' : 'critical', output);
  });
}

function tcp(machine: ServerMachine, type: CheckType, report: Report): () => void {
  machine.burn(COST.checkUs);
  const colon = type.TCP.lastIndexOf(':');
  const target = { host: type.TCP.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(type.TCP.slice(colon + 1)) };
  if (colon < 0 || !(target.port >= 1 && target.port <= 65_535)) {
    const what = colon < 0 ? 'missing port in address' : 'invalid port';
    report('critical', `dial tcp: address ${type.TCP}: ${what}`);
    return () => {};
  }
  let isOver = false;
  const finish = (status: Status, output: string) => {
    if (isOver) return;
    isOver = true;
    stopTimer();
    socket.reset();
    report(status, output);
  };
  const stopTimer = machine.after(timeoutMs(type), () => finish('critical', `dial tcp ${type.TCP}: i/o timeout`));
  const socket = machine.connect(target.host, target.port, () => finish('passing', `TCP connect ${type.TCP}: Success`));
  socket.onClose = (code) => finish('critical', failure(code, target));
  return () => {
    if (isOver) return;
    isOver = true;
    stopTimer();
    socket.reset();
  };
}

/** Critical when nobody has said anything for its time. */
class Ttl implements Runner {
  private readonly machine: ServerMachine;
  private readonly id: string;
  private readonly ttlMs: number;
  private readonly outputMax: number;
  private readonly report: Report;
  private lastOutput = '';
  private cancel: () => void;

  constructor(machine: ServerMachine, id: string, type: CheckType, report: Report) {
    this.machine = machine;
    this.id = id;
    this.ttlMs = type.TTL / 1e6;
    this.outputMax = type.OutputMaxSize || OUTPUT_BYTES_MAX;
    this.report = report;
    this.cancel = this.timer();
  }

  stop() {
    this.cancel();
  }

  set(status: Status, output: string): string {
    const kept =
      output.length > this.outputMax
        ? `${output.slice(0, this.outputMax)} ... (captured ${this.outputMax} of ${output.length} bytes)`
        : output;
    this.report(status, kept);
    this.lastOutput = kept;
    this.cancel();
    this.cancel = this.timer();
    return kept;
  }

  /** What an earlier agent knew, when its time has not run out: the check goes on with what is left. */
  restore(status: Status, output: string, leftMs: number) {
    this.report(status, output);
    this.lastOutput = output;
    this.cancel();
    this.cancel = this.timer(leftMs);
  }

  private timer(ms = this.ttlMs): () => void {
    return this.machine.after(ms, () => {
      this.machine.log(`[WARN]  agent: Check missed TTL, is now critical: check=${this.id}`);
      const tail = this.lastOutput === '' ? '' : ` (last output before timeout follows): ${this.lastOutput}`;
      this.report('critical', `TTL expired${tail}`);
    });
  }
}

export const isTtl = (runner: Runner): runner is Ttl => runner instanceof Ttl;
