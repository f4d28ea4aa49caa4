import { fieldsOf, listOf, numberOf, textOf } from '../../session/shape.ts';
import type { Exec } from '../watch.ts';

export interface ProxyRow {
  readonly proxy: string;
  readonly server: string;
  readonly kind: 'frontend' | 'backend' | 'server';
  readonly status: string;
  readonly isUp: boolean;
  readonly sessions: number;
  readonly sessionsTotal: number;
  readonly queued: number;
  /** Checks failed and times it went down. */
  readonly checksFailed: number;
  readonly downs: number;
  readonly lastCheck: string;
  readonly ok: number;
  readonly failed: number;
  readonly retries: number;
}

export interface HaproxySnapshot {
  readonly rows: readonly ProxyRow[];
  /** Places of a server-template that no address was found for. */
  readonly empty: number;
}

export async function readHaproxy(exec: Exec): Promise<HaproxySnapshot> {
  const all = listOf((await exec('haproxy', 'show', 'stat')).value)
    .map(fieldsOf)
    .map((row): ProxyRow => {
      const server = textOf(row.svname);
      const status = textOf(row.status);
      return {
        proxy: textOf(row.pxname),
        server,
        kind: server === 'FRONTEND' ? 'frontend' : server === 'BACKEND' ? 'backend' : 'server',
        status,
        isUp: /^(?:UP|OPEN|no check)/.test(status),
        sessions: numberOf(row.scur),
        sessionsTotal: numberOf(row.stot),
        queued: numberOf(row.qcur),
        checksFailed: numberOf(row.chkfail),
        downs: numberOf(row.chkdown),
        lastCheck: [textOf(row.check_status), textOf(row.check_code)].filter(Boolean).join(' '),
        ok: numberOf(row.hrsp_2xx) + numberOf(row.hrsp_3xx) + numberOf(row.hrsp_4xx),
        failed: numberOf(row.hrsp_5xx),
        retries: numberOf(row.wretr) + numberOf(row.wredis),
      };
    });
  // Where servers are checked at all, one without any check has no address.
  const isChecked = all.some(({ kind, lastCheck }) => kind === 'server' && lastCheck !== '');
  const isEmpty = (row: ProxyRow) =>
    row.kind === 'server' && isChecked && row.lastCheck === '' && row.sessionsTotal === 0;
  return { rows: all.filter((row) => !isEmpty(row)), empty: all.filter(isEmpty).length };
}
