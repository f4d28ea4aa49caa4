/**
 * What outlives the process: durable exchanges, queues and bindings, and messages that are persistent in durable queues.
 * One log of records; a confirm waits for the disk, and all that waits shares one fsync. When most of the log is of
 * messages that are gone, a snapshot takes its place:
 *
 *     snapshot.<n>   the state before log.<n> began, complete when its last record says so
 *     log.<n> …      what happened since
 */

import type { ServerDisk } from '../../server.ts';
import type { Binding, Exchange } from '../broker/exchange.ts';
import { DISK_CHECK_FULL_MS } from '../cost.ts';
import type { Entry } from '../queue/entry.ts';
import type { Queue } from '../queue/queue.ts';
import { Writer } from '../wire/buffer.ts';
import { type Record, readRecords, writeRecord } from './records.ts';

/** Below that, no snapshot. */
const LOG_BYTES_MIN = 4 * 1024 * 1024;
/** Of a record beside body and properties. */
const RECORD_BYTES = 96;

export interface StoreHost {
  readonly disk: ServerDisk;
  readonly after: (ms: number, run: () => void) => () => void;
  /** The disk is full, or has room again. */
  diskAlarm(isFull: boolean): void;
  /** All that is to be kept, for a snapshot. */
  snapshot(write: (record: Record) => void): void;
}

export class Store {
  private readonly host: StoreHost;
  private readonly folder: string;
  private readonly writer = new Writer(16_384);
  private waiting: (() => void)[] = [];
  private isSyncing = false;
  private isFull = false;
  private unsaved: Uint8Array[] = [];
  private segment = 1;
  private logBytes = 0;
  private liveBytes = 0;
  private isCompacting = false;

  constructor(host: StoreHost, folder: string) {
    this.host = host;
    this.folder = folder;
  }

  /** Bytes of the log since the last snapshot. */
  get bytes(): number {
    return this.logBytes;
  }

  /** Everything that earlier processes left, in order; the first process finds nothing. */
  recover(): readonly Record[] {
    const { disk } = this.host;
    const numbered = (prefix: string) =>
      disk
        .list(this.folder)
        .filter((path) => path.startsWith(`${this.folder}/${prefix}.`) && /\.\d+$/.test(path))
        .map((path) => ({ path, number: Number(path.slice(path.lastIndexOf('.') + 1)) }))
        .sort((a, b) => b.number - a.number);
    let from = 0;
    let records: Record[] = [];
    for (const { path, number } of numbered('snapshot')) {
      const found = readRecords(disk.read(path) ?? new Uint8Array());
      if (found.at(-1)?.kind !== 'end') continue;
      from = number;
      records = found;
      break;
    }
    const logs = numbered('log').reverse();
    for (const { path, number } of logs) {
      this.segment = Math.max(this.segment, number + 1);
      if (number >= from) for (const record of readRecords(disk.read(path) ?? new Uint8Array())) records.push(record);
    }
    this.segment = Math.max(this.segment, from + 1);
    return records;
  }

  /** Begins the log of this process. */
  open(): void {
    this.compact();
    this.write({ kind: 'started' });
    this.flush();
  }

  queueDeclared(queue: Queue): void {
    if (!queue.isDurable) return;
    const { id, vhost, name, isAutoDelete, args } = queue;
    this.write({ kind: 'queue', id, vhost, name, isAutoDelete, args });
  }

  queueDeleted(queue: Queue): void {
    if (queue.isDurable) this.write({ kind: 'queue-gone', id: queue.id });
    for (const entry of queue.entries) if (entry.isStored) this.liveBytes -= sizeOf(entry);
  }

  exchangeDeclared(vhost: string, exchange: Exchange): void {
    if (exchange.isDurable) this.write(exchangeRecord(vhost, exchange));
  }

  exchangeDeleted(vhost: string, exchange: Exchange): void {
    if (exchange.isDurable) this.write({ kind: 'exchange-gone', vhost, name: exchange.name });
  }

  bound(vhost: string, binding: Binding, kind: 'binding' | 'binding-gone' = 'binding'): void {
    const record = bindingRecord(vhost, binding, kind);
    if (record) this.write(record);
  }

  enqueued(queue: Queue, entry: Entry): void {
    this.liveBytes += sizeOf(entry);
    this.write(messageRecord(queue, entry));
  }

  acked(queue: Queue, entry: Entry): void {
    if (queue.isGone) return;
    this.liveBytes -= sizeOf(entry);
    this.write({ kind: 'acked', queue: queue.id, position: entry.position, returns: 0 });
  }

  /** Of quorum queues: if the process dies now, this was a delivery that came back. */
  taken(queue: Queue, entry: Entry): void {
    this.write({ kind: 'taken', queue: queue.id, position: entry.position, returns: entry.returns });
  }

  /** For a message that was recovered. */
  kept(entry: Entry): void {
    this.liveBytes += sizeOf(entry);
  }

  stopped(): void {
    this.write({ kind: 'stopped' });
    this.flush();
  }

  /** Calls back when all that was written until now is on the disk. */
  afterSync(run: () => void): void {
    this.waiting.push(run);
  }

  /** At the end of each turn: hands the turn's records to the file system and asks for a sync where one is waited for. */
  flush(): void {
    if (this.writer.at > 0) {
      const bytes = this.writer.take();
      if (this.isFull) this.unsaved.push(bytes);
      else this.append(bytes);
    }
    if (this.waiting.length > 0 && !this.isSyncing && !this.isFull) this.sync();
  }

  private write(record: Record): void {
    writeRecord(this.writer, record);
  }

  private append(bytes: Uint8Array): void {
    try {
      this.host.disk.append(`${this.folder}/log.${this.segment}`, bytes);
      this.logBytes += bytes.length;
    } catch {
      this.unsaved.push(bytes);
      this.full();
    }
  }

  private sync(): void {
    this.isSyncing = true;
    const done = this.waiting;
    this.waiting = [];
    this.host.disk.sync(() => {
      this.isSyncing = false;
      for (const run of done) run();
      if (this.logBytes > LOG_BYTES_MIN && this.logBytes > 2 * this.liveBytes) this.compact();
    });
  }

  /** What fitted is behind a cut record in the file, so all of it is written once more to the next one. */
  private full(): void {
    if (this.isFull) return;
    this.isFull = true;
    this.host.diskAlarm(true);
    this.retryLater();
  }

  private retryLater(): void {
    this.host.after(DISK_CHECK_FULL_MS, () => {
      this.segment++;
      const path = `${this.folder}/log.${this.segment}`;
      try {
        for (const bytes of this.unsaved) this.host.disk.append(path, bytes);
      } catch {
        this.host.disk.remove(path);
        this.retryLater();
        return;
      }
      for (const bytes of this.unsaved) this.logBytes += bytes.length;
      this.unsaved = [];
      this.isFull = false;
      this.host.diskAlarm(false);
    });
  }

  /** A snapshot under another name, synced, then renamed: a crash in between finds the old state and all logs. */
  private compact(): void {
    if (this.isCompacting || this.isFull) return;
    const { disk } = this.host;
    const next = this.segment + 1;
    const temporary = `${this.folder}/snapshot.tmp`;
    const writer = new Writer(65_536);
    this.host.snapshot((record) => writeRecord(writer, record));
    writeRecord(writer, { kind: 'end' });
    try {
      disk.write(temporary, writer.take());
    } catch {
      disk.remove(temporary);
      return;
    }
    this.isCompacting = true;
    this.flush();
    const before = this.logBytes;
    this.segment = next;
    disk.sync(() => {
      this.isCompacting = false;
      try {
        disk.rename(temporary, `${this.folder}/snapshot.${next}`);
      } catch {
        return;
      }
      this.logBytes -= before;
      disk.sync(() => this.removeBefore(next));
    });
  }

  private removeBefore(segment: number): void {
    for (const path of this.host.disk.list(this.folder)) {
      const number = Number(path.slice(path.lastIndexOf('.') + 1));
      if (number < segment) this.host.disk.remove(path);
    }
  }
}

function sizeOf({ message }: Entry): number {
  return message.body.length + message.raw.length + RECORD_BYTES;
}

export function exchangeRecord(vhost: string, exchange: Exchange): Record {
  const { name, type, isAutoDelete, isInternal, args } = exchange;
  return { kind: 'exchange', vhost, name, type, isAutoDelete, isInternal, args };
}

/** Null when one end is not durable: then the binding is not either. */
export function bindingRecord(
  vhost: string,
  { source, destination, key, args }: Binding,
  kind: 'binding' | 'binding-gone' = 'binding',
): Record | null {
  const end = 'queue' in destination ? destination.queue : destination.exchange;
  if (!source.isDurable || !end.isDurable) return null;
  const isToQueue = 'queue' in destination;
  return { kind, binding: { vhost, source: source.name, destination: end.name, isToQueue, key, args } };
}

export function messageRecord(queue: Queue, entry: Entry): Record {
  const { message, position, expiresMs, isRedelivered, returns } = entry;
  const { exchange, routingKeys, raw, body, history } = message;
  return {
    kind: 'message',
    queue: queue.id,
    message: { position, expiresMs, returns, isRedelivered, exchange, routingKeys, raw, body, history },
  };
}
