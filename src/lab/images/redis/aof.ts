/**
 * The append-only file, in the parts of Redis 7: a base, the increments since, and a manifest that names them. A command
 * is written before its reply is sent, so a kill of the process loses nothing that was answered; `appendfsync` decides
 * what a loss of power costs. While a background sync runs, `everysec` holds writes back for up to two seconds, as Redis
 * does, and then a kill can lose them too.
 */
import { bytesOf, textOf } from './bytes.ts';
import { SNAPSHOT_MEGABYTE_MS } from './cost.ts';
import { encodeCommand } from './dump.ts';
import { loadCommands } from './loader.ts';
import type { RedisServer } from './redis-server.ts';
import { errorText, loadSnapshot, takeSnapshot } from './snapshots.ts';

const SYNC_MS = 1_000;
const POSTPONED_MS_MAX = 2_000;

interface Manifest {
  base: string | null;
  baseSeq: number;
  increments: string[];
  incrementSeq: number;
}

export class AppendOnlyFile {
  isOn = false;
  /** Waits for `appendfsync always`: no reply is sent and no request is read. */
  isBusy = false;
  isRewriting = false;
  /** What the last write failed with; null when it went well. */
  writeError: string | null = null;
  isLastRewriteOk = true;
  rewrites = 0;
  delayedSyncs = 0;
  sizeBytes = 0;
  baseBytes = 0;
  private buffer = '';
  private db = -1;
  private manifest: Manifest = { base: null, baseSeq: 0, increments: [], incrementSeq: 0 };
  private isSyncing = false;
  private hasUnsynced = false;
  private syncedAtMs = 0;
  private postponedSinceMs: number | null = null;
  private isRewriteWanted = false;
  /** Bytes of the current increment that are known to be written. */
  private incrementBytes = 0;
  private readonly server: RedisServer;

  constructor(server: RedisServer) {
    this.server = server;
  }

  private get folder(): string {
    const { settings } = this.server;
    return `${settings.text('dir').replace(/\/$/, '')}/${settings.text('appenddirname')}`;
  }

  private get name(): string {
    return this.server.settings.text('appendfilename');
  }

  private get policy(): string {
    return this.server.settings.text('appendfsync');
  }

  /** At the start. False when the files cannot be used; the log says why. */
  load(): boolean {
    const { server } = this;
    const text = server.machine.disk.read(`${this.folder}/${this.name}.manifest`);
    this.isOn = true;
    if (!text) return this.begin();
    this.manifest = parseManifest(textOf(text));
    const { base, increments } = this.manifest;
    server.isLoading = true;
    const isGood =
      (base === null || this.loadBase(base)) &&
      increments.every((name, i) => this.loadIncrement(name, i === increments.length - 1));
    server.isLoading = false;
    if (!isGood) return false;
    if (increments.length === 0) this.openIncrement();
    return true;
  }

  /** With files that hold the dataset as it is. */
  begin(): boolean {
    const bytes = takeSnapshot(this.server);
    this.manifest.baseSeq++;
    const base = `${this.name}.${this.manifest.baseSeq}.base.rdb`;
    this.server.log('*', `Creating AOF base file ${base} on server start`);
    try {
      this.server.machine.disk.write(`${this.folder}/${base}`, bytes);
    } catch (error) {
      this.server.log('#', `Error trying to create the AOF base file: ${errorText(error)}`);
      return false;
    }
    this.manifest.base = base;
    this.baseBytes = this.sizeBytes = bytes.length;
    this.isOn = true;
    return this.openIncrement();
  }

  stop(): void {
    this.finish();
    this.isOn = false;
    this.buffer = '';
    this.db = -1;
  }

  feed(db: number, args: readonly string[]): void {
    if (!this.isOn) return;
    if (db !== this.db) this.buffer += encodeCommand(['SELECT', String(db)]);
    this.db = db;
    this.buffer += encodeCommand(args);
  }

  /** At the end of each turn, before replies are sent. */
  flush(isForced = false): void {
    if (this.buffer === '' || this.isBusy) return;
    if (this.policy === 'everysec' && this.isSyncing && !isForced && this.mayPostpone()) return;
    this.postponedSinceMs = null;
    if (!this.write()) return;
    this.hasUnsynced = true;
    if (this.policy === 'always' && !isForced) {
      this.isBusy = true;
      this.server.machine.disk.sync(() =>
        this.server.turn(() => {
          this.isBusy = false;
          this.hasUnsynced = false;
          this.server.sendReplies();
        }),
      );
    }
  }

  /** On an orderly end: everything is written, and synced as far as the disk gets before the process is gone. */
  finish(): boolean {
    this.flush(true);
    if (this.buffer !== '') return false;
    if (this.policy !== 'no') this.server.machine.disk.sync(() => {});
    return true;
  }

  get needsCron(): boolean {
    return this.isOn && (this.buffer !== '' || (this.hasUnsynced && this.policy === 'everysec'));
  }

  /** Once a second while there is something to sync or to write again. */
  cron(): void {
    if (!this.isOn) return;
    const nowMs = this.server.machine.nowMs();
    this.flush();
    if (this.policy === 'everysec' && this.hasUnsynced && !this.isSyncing && nowMs - this.syncedAtMs >= SYNC_MS) {
      this.isSyncing = true;
      this.hasUnsynced = false;
      this.syncedAtMs = nowMs;
      this.server.machine.disk.sync(() =>
        this.server.turn(() => {
          this.isSyncing = false;
        }),
      );
    }
    this.rewriteIfGrown();
  }

  /** BGREWRITEAOF: false when it must wait for a snapshot that runs. */
  rewrite(): boolean {
    const { server } = this;
    if (server.snapshots.isSaving) {
      this.isRewriteWanted = true;
      return false;
    }
    this.isRewriteWanted = false;
    server.burnFork();
    this.flush(true);
    const old = { ...this.manifest, increments: [...this.manifest.increments] };
    // What is changed from now on goes into a new increment, which stays whatever becomes of the rewrite.
    if (this.isOn && !this.openIncrement()) return true;
    const bytes = takeSnapshot(server);
    this.isRewriting = true;
    server.log('*', `Background append only file rewriting started by pid 21`);
    server.after(1 + (bytes.length / 1e6) * SNAPSHOT_MEGABYTE_MS, () => this.finishRewrite(bytes, old));
    return true;
  }

  rewriteIfWanted(): void {
    if (this.isRewriteWanted) this.rewrite();
  }

  private finishRewrite(bytes: Uint8Array, old: Manifest): void {
    const { server } = this;
    const { disk } = server.machine;
    const temporary = `${server.settings.text('dir')}/temp-rewriteaof-bg-21.aof`;
    this.isRewriting = false;
    const base = `${this.name}.${this.manifest.baseSeq + 1}.base.rdb`;
    try {
      disk.write(temporary, bytes);
      disk.rename(temporary, `${this.folder}/${base}`);
      const increments = this.manifest.increments.filter((name) => !old.increments.includes(name));
      this.writeManifest({ ...this.manifest, base, baseSeq: this.manifest.baseSeq + 1, increments });
    } catch (error) {
      server.log('#', `Error trying to write the rewritten append only file: ${errorText(error)}`);
      disk.remove(temporary);
      this.isLastRewriteOk = false;
      return;
    }
    // Only now is the history in nobody's way.
    for (const name of [old.base, ...old.increments]) if (name !== null) disk.remove(`${this.folder}/${name}`);
    this.isLastRewriteOk = true;
    this.rewrites++;
    this.baseBytes = bytes.length;
    this.sizeBytes = bytes.length + this.incrementBytes;
    server.log('*', 'Background AOF rewrite finished successfully');
  }

  private rewriteIfGrown(): void {
    const { settings, snapshots } = this.server;
    const percent = settings.number('auto-aof-rewrite-percentage');
    if (percent === 0 || this.isRewriting || snapshots.isSaving) return;
    if (this.sizeBytes <= settings.number('auto-aof-rewrite-min-size')) return;
    const growth = ((this.sizeBytes - this.baseBytes) * 100) / Math.max(1, this.baseBytes);
    if (growth < percent) return;
    this.server.log('*', `Starting automatic rewriting of AOF on ${Math.floor(growth)}% growth`);
    this.rewrite();
  }

  private mayPostpone(): boolean {
    const nowMs = this.server.machine.nowMs();
    this.postponedSinceMs ??= nowMs;
    if (nowMs - this.postponedSinceMs < POSTPONED_MS_MAX) return true;
    this.delayedSyncs++;
    this.server.log(
      '*',
      'Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, this may slow down Redis.',
    );
    return false;
  }

  private write(): boolean {
    const { server } = this;
    const { disk } = server.machine;
    const path = `${this.folder}/${this.manifest.increments.at(-1)}`;
    const bytes = bytesOf(this.buffer);
    try {
      disk.append(path, bytes);
    } catch (error) {
      const why = errorText(error);
      // Part of a command may be in the file; the rest follows when there is room again.
      const written = Math.max(0, (disk.read(path)?.length ?? 0) - this.incrementBytes);
      this.buffer = this.buffer.slice(written);
      this.counted(written);
      if (this.writeError === null) server.log('#', `Error writing to the AOF file: ${why}`);
      this.writeError = why;
      if (this.policy === 'always') {
        server.log('#', "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
        server.machine.exit(1, 'the append-only file could not be written');
      }
      return false;
    }
    this.buffer = '';
    this.counted(bytes.length);
    if (this.writeError !== null) server.log('#', 'AOF write error looks solved. The server can write again.');
    this.writeError = null;
    return true;
  }

  private counted(bytes: number): void {
    this.incrementBytes += bytes;
    this.sizeBytes += bytes;
  }

  private openIncrement(): boolean {
    const incrementSeq = this.manifest.incrementSeq + 1;
    const name = `${this.name}.${incrementSeq}.incr.aof`;
    try {
      this.server.machine.disk.write(`${this.folder}/${name}`, new Uint8Array());
      this.writeManifest({ ...this.manifest, incrementSeq, increments: [...this.manifest.increments, name] });
    } catch (error) {
      this.server.log('#', `Can't open the append only file: ${errorText(error)}`);
      return false;
    }
    this.incrementBytes = 0;
    this.db = -1;
    return true;
  }

  /** In one step: beside the old one, then in its place. */
  private writeManifest(manifest: Manifest): void {
    const { disk } = this.server.machine;
    const { base, baseSeq, increments } = manifest;
    const lines = [
      ...(base === null ? [] : [`file ${base} seq ${baseSeq} type b`]),
      ...increments.map((name) => `file ${name} seq ${seqOf(name)} type i`),
    ];
    const temporary = `${this.folder}/temp-${this.name}.manifest`;
    disk.write(temporary, bytesOf(`${lines.join('\n')}\n`));
    disk.rename(temporary, `${this.folder}/${this.name}.manifest`);
    this.manifest = manifest;
  }

  private loadBase(name: string): boolean {
    const bytes = this.server.machine.disk.read(`${this.folder}/${name}`);
    if (!bytes) {
      this.server.log(
        '#',
        `Fatal error: can't open the append log file ${name} for reading: No such file or directory`,
      );
      return false;
    }
    this.baseBytes = bytes.length;
    this.sizeBytes += bytes.length;
    if (loadSnapshot(this.server, bytes)) return true;
    this.server.log('#', `Error reading the RDB preamble of the AOF file ${name}, AOF loading aborted`);
    return false;
  }

  private loadIncrement(name: string, isLast: boolean): boolean {
    const { server } = this;
    const path = `${this.folder}/${name}`;
    const bytes = server.machine.disk.read(path);
    if (!bytes) {
      server.log('#', `Fatal error: can't open the append log file ${name} for reading: No such file or directory`);
      return false;
    }
    const loaded = loadCommands(server, bytes);
    let size = bytes.length;
    if (loaded.is === 'bad') {
      server.log(
        '#',
        `Bad file format reading the append only file ${name}: make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>`,
      );
      return false;
    }
    if (loaded.is === 'truncated') {
      if (!isLast || !server.settings.isOn('aof-load-truncated')) {
        server.log(
          '#',
          `Unexpected end of file reading the append only file ${name}. You can: 1) Make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.`,
        );
        return false;
      }
      size = loaded.validBytes;
      server.log('#', `!!! Warning: short read while loading the AOF file ${name}!!!`);
      server.log('#', `AOF ${name} loaded anyway because aof-load-truncated is enabled`);
      server.log('#', `Truncating the AOF ${name} at offset ${size}`);
      server.machine.disk.write(path, bytes.subarray(0, size));
    }
    server.log('*', `DB loaded from incr file ${name}: ${size} bytes`);
    this.incrementBytes = size;
    this.sizeBytes += size;
    return true;
  }
}

const seqOf = (name: string): string => /\.(\d+)\.(?:incr|base)\./.exec(name)?.[1] ?? '0';

function parseManifest(text: string): Manifest {
  const manifest: Manifest = { base: null, baseSeq: 0, increments: [], incrementSeq: 0 };
  for (const line of text.split('\n')) {
    const [, name, seq, type] = /^file (\S+) seq (\d+) type ([bi])$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (type === 'b') Object.assign(manifest, { base: name, baseSeq: Number(seq) });
    else {
      manifest.increments.push(name);
      manifest.incrementSeq = Number(seq);
    }
  }
  return manifest;
}
