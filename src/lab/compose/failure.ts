/** Why a project did not come up, told for people: what happened, the last log lines, what to do. */
import type { Problem } from '../core/problem.ts';
import { type Container, isLoopback } from './container.ts';
import type { ComposeProject } from './model.ts';
import { formatMs } from './units.ts';

export type LastLogs = (endpoint: string) => readonly string[];

export function exitedAtBoot(project: ComposeProject, container: Container, logs: LastLogs): Problem {
  const { service, lastExit, endpoint } = container;
  const how =
    lastExit?.code === null || lastExit === null
      ? `was ended by ${lastExit?.signal ?? 'a signal'}`
      : `exited with code ${lastExit.code}`;
  const again = container.crashes > 1 ? ` (${container.crashes} times in a row)` : '';
  const cause = lastExit?.reason ? `: ${lastExit.reason}` : '';
  const { problem } = lastExit ?? {};
  if (problem) {
    return { ...problem, message: `\`${service.name}\` does not start: ${problem.message}`, severity: 'error' };
  }
  const place = { file: service.argvAt.file, line: service.argvAt.line, column: service.argvAt.column };
  return {
    message: `\`${service.name}\` does not stay up: ${endpoint} ${how}${again}${cause}${logLines(endpoint, logs)}`,
    hint:
      lastExit?.code === 0
        ? 'A service runs until it is stopped: does it call listen()? A job that is meant to end has no ports and no healthcheck.'
        : 'Read the log lines above; the first error is the cause.',
    ...(service.argvAt.file === project.file ? { ...place } : place),
    severity: 'error',
  };
}

export function neverHealthy(project: ComposeProject, container: Container, logs: LastLogs): Problem {
  const { service, endpoint } = container;
  const check = service.healthcheck!;
  const what = check.probe.kind === 'http' ? `GET ${check.probe.url}` : check.probe.text;
  return {
    message: `\`${service.name}\` never got healthy: ${endpoint} failed ${what} ${check.retries} times (last: ${container.probeText ?? 'no answer'})${logLines(endpoint, logs)}`,
    hint: `${listeningHint(container)} Does the check's address fit what the program answers?`,
    file: project.file,
    line: service.at.line,
    column: service.at.column,
    severity: 'error',
  };
}

export function portNeverOpened(
  project: ComposeProject,
  container: Container,
  afterMs: number,
  logs: LastLogs,
): Problem {
  const { service, endpoint } = container;
  const target = container.missingPorts[0]!;
  const port = service.ports.find((candidate) => candidate.target === target)!;
  const address = container.listening.get(target);
  const published = port.published === null || port.published === target ? `${target}` : `${port.published}:${target}`;
  const place = { file: project.file, line: port.at.line, column: port.at.column };
  if (address !== undefined && isLoopback(address)) {
    return {
      message: `\`${service.name}\` publishes ${published}, but its program listens on ${address} only, which nobody outside its container reaches`,
      hint: `Listen on all addresses: server.listen(${target}), without a host.`,
      ...place,
      severity: 'error',
    };
  }
  return {
    message: `\`${service.name}\` publishes ${published}, but after ${formatMs(afterMs)} nothing listens on ${target} in ${endpoint}${logLines(endpoint, logs)}`,
    hint: listeningHint(container),
    ...place,
    severity: 'error',
  };
}

function listeningHint(container: Container): string {
  const ports = [...container.listening.keys()].sort((a, b) => a - b);
  return ports.length === 0
    ? 'The program listens on no port: does it reach its listen() call?'
    : `The program listens on ${ports.join(', ')}: use that port in compose.yaml, or make the program listen on the other.`;
}

function logLines(endpoint: string, logs: LastLogs): string {
  const lines = logs(endpoint);
  return lines.length === 0 ? '\n(it wrote nothing)' : `\n${lines.map((line) => `${endpoint} | ${line}`).join('\n')}`;
}
