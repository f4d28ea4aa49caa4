/**
 * What a replica's memory holds, as far as the lab can know it without looking at the JavaScript heap, whose size
 * differs between engines and from run to run. Counted:
 *
 * - Node itself with a small program, 60 MiB
 * - each open connection, 12 KiB: socket, parser, kernel structures (2,000 idle ones in Node 24 took 11.3 KiB each)
 * - each HTTP request received and not yet answered, 8 KiB (2,000 waiting ones with Express 5 took 6.2 KiB each), and
 *   each callback that waits for the CPU, 1 KiB
 * - bytes in sockets: received and not read, written and not acknowledged, and what waits in the socket's own streams,
 *   which grows without bound in a program that does not heed write()'s false
 *
 * Not counted: what the program keeps in variables, so a leaking Map is not seen. What is seen are the ways in which
 * most overloaded services die: more and more work in flight, and writers faster than their readers.
 */
import type { ScheduledEvent, Scheduler } from '../core/scheduler.ts';

const MIB = 1024 * 1024;
export const BASE_BYTES = 60 * MIB;
const CONNECTION_BYTES = 12 * 1024;
const REQUEST_BYTES = 8 * 1024;
const CALLBACK_BYTES = 1024;
/** The kernel kills at the allocation; looking every 10 ms is as good as that for any person. */
const LOOK_US = 10_000;

export interface MemoryUser {
  readonly host: { readonly openConnections: number; readonly bufferedBytes: number };
  readonly process: { readonly inFlight: number; readonly queued: number };
  /** What it takes before anything happens; Node with a small program when absent. */
  readonly baseBytes?: number;
  /** What it holds besides, as a database holds its data. */
  heldBytes?(): number;
  /** The OOM killer has chosen. */
  onOutOfMemory(reason: string): void;
}

export class Memory {
  private readonly scheduler: Scheduler;
  private declared: number | null = null;
  private override: number | null = null;
  private user: MemoryUser | null = null;
  private event: ScheduledEvent | null = null;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  /** `deploy.resources.limits.memory` */
  declare(bytes: number | undefined): void {
    this.declared = bytes ?? null;
    this.watch();
  }

  /** Null gives the declared limit back. */
  limit(bytes: number | null): void {
    this.override = bytes;
    this.watch();
  }

  /** The process that uses it from now on; null when there is none. */
  usedBy(user: MemoryUser | null): void {
    this.user = user;
    this.watch();
  }

  get usedBytes(): number {
    if (this.user === null) return 0;
    const { host, process, baseBytes = BASE_BYTES } = this.user;
    return (
      baseBytes +
      (this.user.heldBytes?.() ?? 0) +
      host.openConnections * CONNECTION_BYTES +
      process.inFlight * REQUEST_BYTES +
      process.queued * CALLBACK_BYTES +
      host.bufferedBytes
    );
  }

  private get limitBytes(): number | null {
    return this.override ?? this.declared;
  }

  private watch(): void {
    if (this.event !== null || this.user === null || this.limitBytes === null) return;
    this.event = this.scheduler.after(LOOK_US, () => {
      this.event = null;
      const { user, limitBytes, usedBytes } = this;
      if (user !== null && limitBytes !== null && usedBytes > limitBytes)
        user.onOutOfMemory(`OOM-killed: ${inMib(usedBytes)} used, limit ${inMib(limitBytes)}`);
      this.watch();
    });
  }
}

function inMib(bytes: number): string {
  return `${Math.round((bytes * 10) / MIB) / 10} MiB`;
}
