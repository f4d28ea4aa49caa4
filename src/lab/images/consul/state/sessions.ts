/** Sessions: what locks are held by, and lost with. */
import type { SessionInfo, SessionRow } from './rows.ts';
import type { Outcome, Store } from './store.ts';

const LOCK_DELAY_NS_MAX = 60e9;

export class Sessions {
  readonly rows = new Map<string, SessionRow>();
  private readonly store: Store;
  private readonly lockDelay: (key: string, ns: number) => void;

  constructor(store: Store, lockDelay: (key: string, ns: number) => void) {
    this.store = store;
    this.lockDelay = lockDelay;
  }

  create(index: number, session: SessionInfo): Outcome {
    const { catalog } = this.store;
    if (catalog.node(session.Node) === undefined) return { error: 'Missing node registration' };
    for (const id of [...session.NodeChecks, ...(session.ServiceChecks ?? []).map(({ ID }) => ID)]) {
      const check = catalog.check(session.Node, id);
      if (check === undefined) return { error: `Missing check '${id}' registration` };
      if (check.Status === 'critical') return { error: `Check '${id}' is in critical state` };
    }
    this.rows.set(session.ID, { ...session, CreateIndex: index, ModifyIndex: index });
    this.store.touch('sessions', index);
    return { ok: true };
  }

  destroy(index: number, id: string): void {
    const session = this.rows.get(id);
    if (session === undefined) return;
    this.rows.delete(id);
    this.store.touch('sessions', index);
    const keys = this.store.keys.leave(index, id, session.Behavior === 'delete');
    const delayNs = Math.min(session.LockDelayNs, LOCK_DELAY_NS_MAX);
    if (delayNs > 0) for (const key of keys) this.lockDelay(key, delayNs);
  }
}
