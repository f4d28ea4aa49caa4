/**
 * Packets caught off the wire, as by tcpdump: only while somebody looks, because a run sends thousands a second. The
 * bytes are a learner's program's, so nothing here believes what they say.
 */
import { type Signal, signal } from '@preact/signals';
import type { CapturedPacket, TraceEvent } from '../../engines/engine.ts';
import type { ConnectionEvent } from '../../lab/core/events.ts';

/** A name without an address is no connection. */
export type WireEvent = ConnectionEvent & { readonly state: Exclude<ConnectionEvent['state'], 'unresolved'> };

export interface Caught extends CapturedPacket {
  /** Counts from 1 over the capture. */
  readonly seq: number;
}

/** What is kept, newest: some screens full to read, and a bound for a tab's memory. */
const PACKETS_KEPT = 20_000;
const BYTES_KEPT = 8 * 1024 * 1024;
const CONNECTIONS_KEPT = 5000;

export class Capture {
  /** Whether somebody looks; the engine is asked when this changes and when a run starts. */
  readonly isOn: Signal<boolean> = signal(false);
  /** Counts up when `packets` has something new. */
  readonly version: Signal<number> = signal(0);
  packets: Caught[] = [];
  /** Openings and ends of connections while it is on; they come with the trace. */
  connections: { readonly seq: number; readonly event: WireEvent }[] = [];
  /** Caught and let go again, and never handed over. */
  dropped = 0;
  private bytes = 0;
  private seq = 0;

  take(packets: readonly CapturedPacket[], missed: number): void {
    if (!this.isOn.value) return;
    for (const packet of packets) {
      this.packets.push({ ...packet, seq: ++this.seq });
      this.bytes += packet.data.length;
    }
    this.dropped += missed;
    this.trim();
    this.version.value++;
  }

  follow(events: readonly TraceEvent[]): void {
    if (!this.isOn.value) return;
    for (const event of events) if (isOfWire(event)) this.connections.push({ seq: ++this.seq, event });
    if (this.connections.length > CONNECTIONS_KEPT * 1.25) this.connections = this.connections.slice(-CONNECTIONS_KEPT);
  }

  clear(): void {
    this.packets = [];
    this.connections = [];
    this.bytes = 0;
    this.dropped = 0;
    this.version.value++;
  }

  private trim(): void {
    if (this.packets.length <= PACKETS_KEPT && this.bytes <= BYTES_KEPT) return;
    // An eighth at a time: dropping one by one would copy the list with every packet.
    let drop = 0;
    while (
      drop < this.packets.length &&
      (this.packets.length - drop > PACKETS_KEPT * 0.875 || this.bytes > BYTES_KEPT * 0.875)
    ) {
      this.bytes -= this.packets[drop++]!.data.length;
    }
    this.packets = this.packets.slice(drop);
    this.dropped += drop;
  }
}

function isOfWire(event: TraceEvent): event is WireEvent {
  return event.kind === 'connection' && event.state !== 'unresolved';
}
