/** What the lab has of Node, measured when the site is built (src/cli/fidelity.ts); once for all pages. */
import { execFileSync } from 'node:child_process';
import type { FidelityReport } from '../catalog/fidelity.ts';

let report: FidelityReport | undefined;

export function fidelity(): FidelityReport {
  report ??= JSON.parse(
    execFileSync(process.execPath, ['--no-deprecation', 'src/cli/fidelity.ts'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 24,
    }),
  ) as FidelityReport;
  return report;
}
