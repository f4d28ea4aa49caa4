/** What every view of a server is given. */
import type { Replica } from '../session/replicas.ts';
import type { Store } from '../session/servers.ts';

export interface ViewProps {
  readonly store: Store;
  readonly replicaNumber: number;
  /** Its figures from the trace; undefined before it was started. */
  readonly replica: Replica | undefined;
}
