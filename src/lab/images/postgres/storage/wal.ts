/**
 * The write-ahead log: one line for each committed transaction, with its length and checksum, so that the end of what
 * survived is known. Real PostgreSQL logs every change as it is made and the commit at the end; with a whole transaction
 * in one record the same survives a crash, and nothing else.
 */

import type { ServerDisk } from '../../server.ts';
import { PgError } from '../errors.ts';

export const DATA = '/var/lib/postgresql/data';

const utf8 = new TextEncoder();
const decoder = new TextDecoder();

export class Wal {
  /** Number of the file that is written now. */
  segment: number;
  bytes = 0;
  private readonly disk: ServerDisk;
  /** Those who wait for a running sync to end, and the next one to begin. */
  private waiting: (() => void)[] = [];
  private isSyncing = false;

  constructor(disk: ServerDisk, segment: number) {
    this.disk = disk;
    this.segment = segment;
  }

  /** Throws 'PANIC' when the disk is full, as PostgreSQL stops then. */
  append(record: unknown): void {
    const line = frame(JSON.stringify(record));
    try {
      this.disk.append(walPath(this.segment), line);
    } catch (error) {
      const { code } = error as { code?: string };
      throw new PgError(
        '53100',
        `could not write to file "pg_wal/xlogtemp.1": ${code === 'ENOSPC' ? 'No space left on device' : 'Input/output error'}`,
        { severity: 'PANIC' },
      );
    }
    this.bytes += line.length;
  }

  /** Calls back when all that was appended is on the disk; several commits share one sync. */
  sync(onDone: () => void): void {
    this.waiting.push(onDone);
    if (!this.isSyncing) this.next();
  }

  private next(): void {
    const group = this.waiting;
    this.waiting = [];
    this.isSyncing = true;
    this.disk.sync(() => {
      this.isSyncing = false;
      for (const done of group) done();
      if (this.waiting.length && !this.isSyncing) this.next();
    });
  }
}

export const walPath = (segment: number): string =>
  `${DATA}/pg_wal/${segment.toString(16).toUpperCase().padStart(24, '0')}`;

/** `length checksum json\n` */
function frame(json: string): Uint8Array {
  const body = utf8.encode(json);
  return utf8.encode(`${body.length.toString(16)} ${checksum(body)} ${json}\n`);
}

/** The records of a file up to the first that is not whole. */
export function readRecords(bytes: Uint8Array): { records: any[]; isTorn: boolean; end: number } {
  const records: any[] = [];
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(32, at);
    const second = space < 0 ? -1 : bytes.indexOf(32, space + 1);
    if (second < 0) return { records, isTorn: true, end: at };
    const length = Number.parseInt(decoder.decode(bytes.subarray(at, space)), 16);
    const sum = decoder.decode(bytes.subarray(space + 1, second));
    const body = bytes.subarray(second + 1, second + 1 + length);
    if (!(length >= 0) || body.length < length || bytes[second + 1 + length] !== 10 || checksum(body) !== sum)
      return { records, isTorn: true, end: at };
    records.push(JSON.parse(decoder.decode(body)));
    at = second + 2 + length;
  }
  return { records, isTorn: false, end: at };
}

/** FNV-1a, 32 bits. */
function checksum(bytes: Uint8Array): string {
  let h = 0x811c9dc5;
  for (const b of bytes) h = Math.imul(h ^ b, 0x01000193);
  return (h >>> 0).toString(16);
}

export const encodeRecord = frame;
