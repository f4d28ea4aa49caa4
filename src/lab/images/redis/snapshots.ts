/**
 * Snapshots in /data/dump.rdb, by SAVE, BGSAVE, the `save` setting and an orderly end. The form is this server's own:
 * a header, commands, their number of bytes. It is written beside the old one and takes its place when it is whole, so a
 * kill at any moment leaves one of the two.
 */
import { bytesOf, textOf } from './bytes.ts';
import { SNAPSHOT_MEGABYTE_MS } from './cost.ts';
import { dumpCommands, encodeCommand } from './dump.ts';
import { loadCommands } from './loader.ts';
import { PROCESS_ID, type RedisServer } from './redis-server.ts';

const HEADER = 'REDIS-LAB-SNAPSHOT 1\r\n';

/** The dataset at this moment, as a file. */
export function takeSnapshot(server: RedisServer): Uint8Array {
  let commands = '';
  for (const args of dumpCommands(server, server.machine.wallMs())) commands += encodeCommand(args);
  return bytesOf(`${HEADER}${commands.length}\r\n${commands}`);
}

/** False when the file is no whole snapshot. */
export function loadSnapshot(server: RedisServer, bytes: Uint8Array): boolean {
  const head = /^REDIS-LAB-SNAPSHOT 1\r\n(\d+)\r\n/.exec(textOf(bytes.subarray(0, 64)));
  if (!head || bytes.length !== head[0].length + Number(head[1])) return false;
  return loadCommands(server, bytes.subarray(head[0].length)).is === 'whole';
}

export class Snapshots {
  isSaving = false;
  isLastOk = true;
  /** Wall clock, ms, of the last good one, or of the start. */
  lastSaveMs: number;
  /** Monotonic. */
  triedAtMs = 0;
  lastDurationSeconds = -1;
  saves = 0;
  private startedAtMs = 0;
  private dirtyAtSave = 0;
  private stop: (() => void) | null = null;
  private readonly server: RedisServer;

  constructor(server: RedisServer) {
    this.server = server;
    this.lastSaveMs = server.machine.wallMs();
  }

  /** Changes of the dataset that are in no snapshot. */
  get changes(): number {
    return this.server.dirty - this.dirtyAtSave;
  }

  private get path(): string {
    const { settings } = this.server;
    return `${settings.text('dir').replace(/\/$/, '')}/${settings.text('dbfilename')}`;
  }

  private get temporaryPath(): string {
    return `${this.server.settings.text('dir').replace(/\/$/, '')}/temp-${PROCESS_ID}.rdb`;
  }

  /** At the start. False when there is a file and it cannot be used. */
  load(): boolean {
    const { server } = this;
    const bytes = server.machine.disk.read(this.path);
    if (!bytes) return true;
    server.isLoading = true;
    const isGood = loadSnapshot(server, bytes);
    server.isLoading = false;
    if (!isGood) {
      server.log('#', 'Short read or OOM loading DB. Unrecoverable error, aborting now.');
      return false;
    }
    this.dirtyAtSave = server.dirty;
    const keys = server.databases.reduce((sum, { size }) => sum + size, 0);
    server.log('*', `Done loading RDB, keys loaded: ${keys}, keys expired: 0.`);
    return true;
  }

  /** SAVE: the whole server waits for it. */
  save(): boolean {
    this.cancel();
    const { server } = this;
    const bytes = takeSnapshot(server);
    server.burn((bytes.length / 1e6) * SNAPSHOT_MEGABYTE_MS * 1_000);
    const isOk = this.write(bytes);
    // Not waiting for the disk here: the contract's sync calls back, and SAVE must answer now.
    if (isOk) {
      server.machine.disk.sync(() => {});
      this.putInPlace();
      this.succeeded(server.dirty);
      server.log('*', 'DB saved on disk');
    }
    return isOk;
  }

  /** BGSAVE: a forked child writes what is there now, while the server goes on. */
  saveInBackground(): void {
    const { server } = this;
    const { machine } = server;
    server.burnFork();
    const bytes = takeSnapshot(server);
    const { dirty } = server;
    this.isSaving = true;
    this.triedAtMs = this.startedAtMs = machine.nowMs();
    server.log('*', `Background saving started by pid ${PROCESS_ID + 20}`);
    this.stop = server.after(1 + (bytes.length / 1e6) * SNAPSHOT_MEGABYTE_MS, () => {
      this.stop = null;
      if (!this.write(bytes)) return this.ended(null);
      machine.disk.sync(() =>
        server.turn(() => {
          if (!this.isSaving) return;
          this.putInPlace();
          server.log('*', 'DB saved on disk', 'C');
          this.ended(dirty);
        }),
      );
    });
  }

  /** A FLUSHALL makes a child's work worthless. */
  cancel(): void {
    this.stop?.();
    this.stop = null;
    this.isSaving = false;
  }

  private ended(dirty: number | null): void {
    const { server } = this;
    this.isSaving = false;
    this.lastDurationSeconds = Math.floor((server.machine.nowMs() - this.startedAtMs) / 1_000);
    if (dirty === null) {
      this.isLastOk = false;
      server.log('#', 'Background saving error');
    } else {
      server.log('*', 'Background saving terminated with success');
      this.succeeded(dirty);
    }
    server.aof.rewriteIfWanted();
  }

  private succeeded(dirty: number): void {
    this.dirtyAtSave = dirty;
    this.lastSaveMs = this.server.machine.wallMs();
    this.isLastOk = true;
    this.saves++;
  }

  private write(bytes: Uint8Array): boolean {
    const { disk } = this.server.machine;
    try {
      disk.write(this.temporaryPath, bytes);
      return true;
    } catch (error) {
      this.server.log('#', `Write error saving DB on disk(rdbSaveRio): ${errorText(error)}`);
      disk.remove(this.temporaryPath);
      this.isLastOk = false;
      return false;
    }
  }

  private putInPlace(): void {
    this.server.machine.disk.rename(this.temporaryPath, this.path);
  }
}

const TEXTS: Readonly<Record<string, string>> = {
  ENOSPC: 'No space left on device',
  EIO: 'Input/output error',
  EROFS: 'Read-only file system',
};

/** As `strerror` says it. */
export function errorText(error: unknown): string {
  const { code = '' } = error as { code?: string };
  if (code === '') throw error;
  return TEXTS[code] ?? code;
}
