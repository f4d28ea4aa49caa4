/** Which port of the outside is which service's, for `curl localhost:8080`. */
import type { WorkbenchSession } from '../session/session.ts';

export interface Published {
  readonly service: string;
  /** As typed outside, and as the service listens. */
  readonly host: number;
  readonly container: number;
}

/** Reads the lines under `ports:` of the compose file that runs; the engine parses it for real. */
export function publishedPorts(session: WorkbenchSession): readonly Published[] {
  const files = session.run.runningFiles.value ?? session.files.files.value;
  const text = files['compose.yaml'] ?? files['compose.yml'] ?? '';
  const found: Published[] = [];
  let service = '';
  for (const line of text.split('\n')) {
    service = /^ {2}([\w.-]+):\s*(?:#.*)?$/.exec(line)?.[1] ?? service;
    const ports = /^\s+(?:-|ports:\s*\[)\s*['"]?(?:[\d.]+:)?(\d+):(\d+)/.exec(line);
    if (ports !== null) found.push({ service, host: Number(ports[1]), container: Number(ports[2]) });
  }
  return found;
}
