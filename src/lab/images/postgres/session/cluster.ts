/** What all sessions of the server share: databases, locks, numbers of transactions, the log. */

import type { ServerMachine } from '../../server.ts';
import { Database } from '../catalog/database.ts';
import { Schema } from '../catalog/objects.ts';
import { LockManager } from '../storage/locks.ts';
import { Ssi } from '../storage/ssi.ts';
import type { Wal } from '../storage/wal.ts';
import { FROZEN } from '../storage/xact.ts';
import type { Session } from './session.ts';

export class Cluster {
  readonly machine: ServerMachine;
  readonly locks = new LockManager();
  readonly ssi = new Ssi();
  readonly databases = new Map<string, Database>();
  readonly sessions = new Set<Session>();
  /** As a fresh cluster of version 15 begins. */
  nextXid = 735;
  nextOid = 16384;
  commitSeq = 0;
  wal: Wal | null = null;
  /** Users and their passwords; null for none. */
  readonly roles = new Map<string, string | null>();
  readonly settings = new Map<string, string>();
  /** Called when a session has become ready to go on. */
  onPanic: (message: string) => void = () => {};
  onCheckpointDue: () => void = () => {};
  requestCheckpoint: (onDone: () => void) => void = (onDone) => onDone();

  constructor(machine: ServerMachine) {
    this.machine = machine;
  }

  createDatabase(name: string, oid = this.nextOid++): Database {
    const database = new Database(name, oid);
    database.schemas.set(2200, new Schema(2200, 'public', FROZEN));
    this.databases.set(name, database);
    return database;
  }

  /** Rows that no snapshot sees any more are dropped by this. */
  get oldestSnapshot(): number {
    let oldest = this.commitSeq;
    for (const session of this.sessions)
      if (session.heldSnapshot !== null) oldest = Math.min(oldest, session.heldSnapshot);
    return oldest;
  }
}
