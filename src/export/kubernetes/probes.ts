/**
 * One health check in Compose is two questions in Kubernetes (Configure Liveness, Readiness and Startup Probes): started
 * at all, ready for traffic. The third, alive, is not asked: Compose restarts nothing that is unhealthy, and a check that
 * looks at the database would have every service restarted when the database is down.
 */
import type { ComposeService, Healthcheck } from '../../lab/compose/index.ts';
import type { Probe } from './objects.ts';

export interface Probes {
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
}

export function probesOf({ healthcheck }: ComposeService): Probes | null {
  if (healthcheck === null) return null;
  const { intervalMs, timeoutMs, retries, startPeriodMs, startIntervalMs } = healthcheck;
  const question = questionOf(healthcheck);
  const ask = (periodMs: number, failureThreshold: number): Probe => {
    const periodSeconds = seconds(periodMs);
    return { ...question, periodSeconds, timeoutSeconds: seconds(timeoutMs), failureThreshold };
  };
  // Compose probes at start_interval for start_period, and only then counts misses.
  const startMs = Math.max(1000, startPeriodMs === 0 ? intervalMs : startIntervalMs);
  const startTries = Math.ceil((startPeriodMs + retries * intervalMs) / startMs);
  return {
    startupProbe: ask(startMs, Math.max(1, startTries)),
    readinessProbe: ask(intervalMs, Math.max(1, retries)),
  };
}

function questionOf({ probe }: Healthcheck): Pick<Probe, 'httpGet' | 'exec'> {
  if (probe.kind !== 'http') return { exec: { command: probe.argv } };
  const url = new URL(probe.url);
  const isOwn = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  // The kubelet asks the pod's address and counts 200–399 as success, as wget and `curl -f` do.
  if (!isOwn || probe.passesOnErrorStatus || url.protocol !== 'http:')
    return { exec: { command: ['sh', '-c', probe.text] } };
  return { httpGet: { path: `${url.pathname}${url.search}`, port: Number(url.port || 80) } };
}

/** Kubernetes counts whole seconds, at least one. */
export function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
