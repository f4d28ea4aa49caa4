/**
 * `lab-catalog PREFIX COUNT`: who is registered and how they are, and the keys under a prefix, for people who watch. No
 * command of Consul: it asks no leader and waits for none, so that looking changes nothing.
 */
import type { ToolResult } from '../server.ts';
import type { Parts } from './api/context.ts';
import { fromBase64, fromUtf8 } from './bytes.ts';
import type { Status } from './state/rows.ts';

export interface ShownInstance {
  readonly service: string;
  readonly id: string;
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  /** The worst of its checks. */
  readonly status: Status;
  readonly checks: readonly { readonly name: string; readonly status: Status; readonly output: string }[];
}

export interface ShownKey {
  readonly key: string;
  /** The beginning. */
  readonly text: string;
  /** Who holds it as a lock; '' for nobody. */
  readonly session: string;
}

const COUNT_MAX = 500;
const TEXT_MAX = 120;
const RANKS: readonly Status[] = ['passing', 'warning', 'critical'];

export function lookAtCatalog({ raft, options }: Parts, [prefix = '', count = '100']: readonly string[]): ToolResult {
  const { catalog, keys } = raft.store;
  const instances = catalog.allServices().map((row): ShownInstance => {
    const checks = catalog
      .checksOfInstance(row)
      .map(({ Name, Status, Output }) => ({ name: Name, status: Status, output: Output.slice(0, TEXT_MAX) }));
    const status = checks.reduce<Status>(
      (worst, each) => (RANKS.indexOf(each.status) > RANKS.indexOf(worst) ? each.status : worst),
      'passing',
    );
    const address = row.Address || (catalog.node(row.Node)?.Address ?? '');
    return {
      service: row.Service,
      id: row.ID,
      node: row.Node,
      address,
      port: row.Port,
      tags: row.Tags,
      status,
      checks,
    };
  });
  const found = keys.under(prefix);
  const shown = found.slice(0, Math.min(COUNT_MAX, Number(count) || 0)).map(
    ({ Key, Value, Session }): ShownKey => ({
      key: Key,
      text: fromUtf8(fromBase64(Value ?? '')).slice(0, TEXT_MAX),
      session: Session,
    }),
  );
  const value = {
    instances,
    keys: shown,
    total: found.length,
    isLeader: raft.isLeader,
    datacenter: options.datacenter,
  };
  return { exitCode: 0, stdout: `${JSON.stringify(value)}\n`, stderr: '', value };
}
