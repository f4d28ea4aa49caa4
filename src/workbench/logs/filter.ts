/** Which lines are shown. */
import type { LogLine } from '../session/logs.ts';
import { serviceOf } from '../session/replicas.ts';

export interface LogFilter {
  /** '' for all. */
  readonly service: string;
  readonly isErrorsOnly: boolean;
  readonly search: string;
}

export function matching(lines: readonly LogLine[], { service, isErrorsOnly, search }: LogFilter): readonly LogLine[] {
  const wanted = search.trim().toLowerCase();
  if (service === '' && !isErrorsOnly && wanted === '') return lines;
  return lines.filter(
    (line) =>
      (service === '' || serviceOf(line.endpoint) === service) &&
      (!isErrorsOnly || line.stream === 'stderr') &&
      (wanted === '' || line.text.toLowerCase().includes(wanted) || line.endpoint.includes(wanted)),
  );
}
