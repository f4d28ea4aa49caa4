/** The data directory: what is there at the start, checkpoints, recovery. */
import { fillIndex, prepareIndex } from '../run/indexes.ts';
import { Replay, snapshotRecords } from '../storage/records.ts';
import { DATA, encodeRecord, readRecords, Wal, walPath } from '../storage/wal.ts';
import type { Cluster } from './cluster.ts';
import { Session } from './session.ts';

const VERSION_FILE = `${DATA}/PG_VERSION`;
const CHECKPOINT = `${DATA}/global/checkpoint`;
/** A checkpoint is due after so much WAL; PostgreSQL's max_wal_size is 1 GB, which no tab should hold. */
const WAL_BYTES_MAX = 4_000_000;

const utf8 = new TextEncoder();

export class Storage {
  private readonly cluster: Cluster;
  private readonly log: (line: string, level?: string) => void;
  private isRunning = false;

  constructor(cluster: Cluster, log: (line: string, level?: string) => void) {
    this.cluster = cluster;
    this.log = log;
  }

  get isInitialized(): boolean {
    return this.cluster.machine.disk.read(VERSION_FILE) !== null && this.cluster.machine.disk.read(CHECKPOINT) !== null;
  }

  /** initdb */
  initialize(user: string, database: string): void {
    const { cluster } = this;
    // A cluster that was not made to its end is made anew.
    for (const path of cluster.machine.disk.list(DATA)) cluster.machine.disk.remove(path);
    cluster.createDatabase('template1', 1);
    cluster.createDatabase('template0', 4);
    cluster.createDatabase('postgres', 5);
    if (!cluster.databases.has(database)) cluster.createDatabase(database);
    if (user !== 'postgres' && !cluster.roles.has(user)) cluster.roles.set(user, null);
    cluster.wal = new Wal(cluster.machine.disk, 1);
  }

  /** Everything committed into a new file; the old log is then not needed any more. */
  checkpoint(reason: string, onDone: () => void): void {
    const { cluster } = this;
    const { machine } = cluster;
    const { disk } = machine;
    if (this.isRunning) {
      machine.after(50, () => this.checkpoint(reason, onDone));
      return;
    }
    this.isRunning = true;
    const segment = cluster.wal!.segment + 1;
    if (reason !== 'none') this.log(`checkpoint starting: ${reason}`);
    const startMs = machine.nowMs();
    const parts: Uint8Array[] = [
      encodeRecord(
        JSON.stringify({
          redo: segment,
          nextXid: cluster.nextXid,
          nextOid: cluster.nextOid,
          isClean: reason.startsWith('shutdown'),
          roles: [...cluster.roles],
        }),
      ),
    ];
    for (const record of snapshotRecords(cluster)) parts.push(encodeRecord(JSON.stringify(record)));
    parts.push(encodeRecord('{"end":true}'));
    const bytes = new Uint8Array(parts.reduce((n, one) => n + one.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    const old = cluster.wal!.segment;
    const isShutdown = reason.startsWith('shutdown');
    try {
      disk.write(`${CHECKPOINT}.new`, bytes);
    } catch (error) {
      // The old checkpoint and the whole log are still there.
      this.isRunning = false;
      this.log(
        `could not write to file "global/checkpoint.new": ${(error as { code?: string }).code === 'ENOSPC' ? 'No space left on device' : 'Input/output error'}`,
        isShutdown ? 'PANIC' : 'ERROR',
      );
      onDone();
      return;
    }
    // From here on commits go into the next file; a crash before the rename reads both.
    cluster.wal!.segment = segment;
    cluster.wal!.bytes = 0;
    disk.sync(() => {
      try {
        disk.rename(`${CHECKPOINT}.new`, CHECKPOINT);
        if (disk.read(VERSION_FILE) === null) disk.write(VERSION_FILE, utf8.encode('15\n'));
      } catch (error) {
        cluster.onPanic(
          `could not rename file "global/checkpoint.new" to "global/checkpoint": ${(error as Error).message}`,
        );
        return;
      }
      disk.sync(() => {
        for (let i = old; i > 0 && disk.remove(walPath(i)); i--);
        this.isRunning = false;
        if (reason !== 'none')
          this.log(
            `checkpoint complete: wrote ${Math.ceil(bytes.length / 8192)} buffers; write=${((machine.nowMs() - startMs) / 1000).toFixed(3)} s`,
          );
        onDone();
      });
    });
  }

  checkpointIfDue(): void {
    if (this.cluster.wal!.bytes > WAL_BYTES_MAX && !this.isRunning) this.checkpoint('wal', () => {});
  }

  /** Reads the last checkpoint and the log after it. */
  recover(): { wasClean: boolean; records: number } {
    const { cluster } = this;
    const { disk } = cluster.machine;
    const [head, ...snapshot] = readRecords(disk.read(CHECKPOINT)!).records;
    const replay = new Replay(cluster);
    for (const record of snapshot) if (record.c) replay.apply(record);
    cluster.nextXid = head.nextXid;
    cluster.nextOid = Math.max(cluster.nextOid, head.nextOid);
    for (const [name, password] of head.roles) cluster.roles.set(name, cluster.roles.get(name) ?? password);
    let segment: number = head.redo;
    let records = 0;
    let isTorn = false;
    let last = segment;
    for (; ; segment++) {
      const bytes = disk.read(walPath(segment));
      if (bytes === null) break;
      last = segment;
      const found = readRecords(bytes);
      for (const record of found.records) replay.apply(record);
      records += found.records.length;
      if (found.isTorn) {
        isTorn = true;
        // What follows a torn record was never acknowledged.
        disk.write(walPath(segment), bytes.slice(0, found.end));
        break;
      }
    }
    const wasClean = head.isClean && records === 0;
    if (!wasClean) {
      this.log('database system was interrupted; last known up at the time of the last checkpoint');
      this.log('database system was not properly shut down; automatic recovery in progress');
      this.log(`redo starts at 0/${head.redo.toString(16).toUpperCase()}000028`);
      if (isTorn) this.log(`invalid record length at 0/${last.toString(16).toUpperCase()}: wanted 24, got 0`);
      this.log(
        `redo done at 0/${last.toString(16).toUpperCase()} system usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: 0.00 s`,
      );
    }
    replay.finish();
    cluster.nextXid = Math.max(cluster.nextXid, replay.maxXid + 1);
    cluster.wal = new Wal(disk, last);
    cluster.wal.bytes = disk.read(walPath(last))?.length ?? 0;
    this.buildIndexes();
    return { wasClean, records };
  }

  private buildIndexes(): void {
    for (const database of this.cluster.databases.values()) {
      const session = new Session(this.cluster, database, 'postgres', 0);
      for (const table of database.tables(null))
        for (const index of table.indexes) {
          prepareIndex(session, table, index);
          fillIndex(table, index, () => false);
        }
    }
  }
}
