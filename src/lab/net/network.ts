/**
 * What the rest of the lab sees of the network. Implemented in this folder; used by the kernel (node:net), the load
 * generator, health checks and the request client. Everything is callback-based and synchronous under the scheduler:
 * no promise of the host is ever involved.
 */
import type { TraceEvent } from '../core/events.ts';

/** Error codes as Linux and Node give them. */
export type NetErrorCode =
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'ETIMEDOUT'
  | 'EPIPE'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'EHOSTUNREACH'
  | 'ENOTFOUND'
  | 'EAI_AGAIN';

/** What the owner of a connection end is told. Called by the host's kernel, never re-entrantly from a method call. */
export interface ConnectionHandler {
  /** The three-way handshake is done (active side only). */
  onConnect(): void;
  /** Bytes in order. The array is the receiver's to keep. Not called while reading is paused. */
  onData(chunk: Uint8Array): void;
  /** The peer sent FIN: it will write no more. */
  onEnd(): void;
  /** Send buffer drained below its limit after `write` returned false. */
  onDrain(): void;
  /** RST received, connect refused or timed out, retransmission gave up. `onClose` follows. */
  onError(code: NetErrorCode, syscall: 'connect' | 'read' | 'write'): void;
  /** Both directions are done; nothing follows. */
  onClose(): void;
  /** Bytes that the owner itself holds for the connection: written and not handed on, or taken and not consumed. */
  heldBytes?(): number;
}

/** One end of a TCP connection. */
export interface Connection {
  /** Unique in the run; both ends share it. */
  readonly id: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  handler: ConnectionHandler;
  /** Bytes written by the owner and not yet acknowledged by the peer's kernel. */
  readonly bytesQueued: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /**
   * Queues bytes; false when the send buffer is full (they are queued all the same; wait for onDrain). The bytes are
   * copied, so the caller may reuse its array. Allowed before `onConnect`.
   * `cause` is the request being handled by the writer, 0 for none; the tap uses it as the parent of a request.
   */
  write(bytes: Uint8Array, cause: number): boolean;
  /** FIN after all queued bytes. */
  end(): void;
  /** RST now; queued bytes are lost. `onClose` follows on this side without `onError`. */
  reset(): void;
  /** FIN at once and forget: what node's destroy() does on a healthy socket; unread data makes it a RST, as on Linux. */
  close(): void;
  pauseReading(): void;
  resumeReading(): void;
  /** SO_KEEPALIVE; delay until the first probe. */
  setKeepAlive(on: boolean, initialDelayMs: number): void;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  close(): void;
}

export interface ConnectOptions {
  readonly address: string;
  readonly port: number;
  readonly handler: ConnectionHandler;
  /** The request being handled by the caller, for the trace; 0 for none. */
  readonly cause: number;
}

export type LookupCallback = (error: NetErrorCode | null, addresses: readonly string[], ttlMs: number) => void;

/** A machine on the network: one replica, or the client outside. */
export interface Host {
  /** `catalog-1` */
  readonly name: string;
  /** Service name; every replica's host has the same. */
  readonly service: string;
  readonly address: string;
  /** Starts a connection; failures come through `handler.onError`. 127.0.0.1, ::1 and `localhost`'s address are the host itself. */
  connect(options: ConnectOptions): Connection;
  /**
   * Listens; port 0 takes a free one. Throws a `NetError` EADDRINUSE. Handshakes are completed by the kernel (up to
   * `backlog`) even while the process is paused; `onConnection` then comes when the process runs again.
   */
  listen(port: number, address: string, backlog: number, onConnection: (connection: Connection) => void): Listener;
  /** All addresses of a name, in the resolver's order; error ENOTFOUND or EAI_AGAIN after the DNS delay. `ttlMs`: how long the answer holds. `cause`: as with `connect`. */
  lookup(name: string, callback: LookupCallback, cause?: number): void;
  /** The process died: RST to all peers, listeners gone, later SYNs are refused. */
  down(): void;
  /** A new process starts on the host. */
  up(): void;
  /** False before the first `up` and after `down`. DNS names only hosts that are up. */
  readonly isUp: boolean;
  readonly openConnections: number;
  /** Bytes in the process's connections: in the kernel, received and not read or written and not acknowledged, and in its sockets. */
  readonly bufferedBytes: number;
  /** Closed connections whose ephemeral port is not free yet (TIME_WAIT). */
  readonly timeWaits: number;
  /** Called before the process's bytes go into a socket; null when nobody wants to know. It may throw to unwind the program. */
  onSend: (() => void) | null;
  /**
   * How the kernel hands work to the process: set by the process, which may delay it (busy CPU) or keep it (paused).
   * Default runs at once.
   */
  deliver: (run: () => void) => void;
}

export interface Network {
  /** The outside world: host `client`, always up. */
  readonly client: Host;
  readonly hosts: readonly Host[];
  readonly tap: Tap;
  /** Sees each packet as it arrives or is lost; null when nobody looks. */
  onPacket: ((packet: SeenPacket) => void) | null;
  /** A new machine, down until `up()`. Throws an Error when the name is taken. */
  addHost(name: string, service: string): Host;
  /** Takes the host down and forgets it and its address. */
  removeHost(name: string): void;
  host(name: string): Host | undefined;
  hostsOf(service: string): readonly Host[];
  /** What has become of every byte that was put on a wire. */
  readonly ledger: Ledger;
  /** Puts a rule into force for every packet sent from now on; returns what takes it out again. */
  addRule(rule: PacketRule): () => void;
  /** Puts a rule into force for every name asked for from now on; returns what takes it out again. */
  addNameRule(rule: NameRule): () => void;
  /** RST to both ends of every established connection between hosts that match, whoever opened it; how many there were. */
  resetConnections(concerns: (client: Host, server: Host, connection: number) => boolean): number;
}

/**
 * What happens to one packet: a number of µs to add to its way (0 lets it pass), DROP, RESET or SWALLOW. The answers
 * of all rules add up; the first that is none of time ends the matter.
 */
export type Decision = number;
export const PASS: Decision = 0;
export const DROP: Decision = -1;
/** Both ends get an RST in the packet's place; for a SYN, the caller alone: the connection is refused. */
export const RESET: Decision = -2;
/**
 * The sender hears that its data has arrived, but it never does, nor does any later data of this connection in that
 * direction: the stream has a hole. Handshakes, FIN and RST pass.
 */
export const SWALLOW: Decision = -3;

export interface Packet {
  /** `probe` asks whether the peer still answers: keep-alive, zero window, a retransmission whose ACK was lost. */
  readonly kind: 'syn' | 'syn-ack' | 'data' | 'fin' | 'ack' | 'rst' | 'probe';
  readonly connection: number;
  readonly from: Host;
  readonly to: Host;
  /** Payload, up to 64 KiB: the lab sends what the sender's network card would cut up. */
  readonly bytes: number;
}

/** What a capture shows of a packet; its handshake is in the connection's events. */
export interface SeenPacket {
  readonly atMs: number;
  readonly connection: number;
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  readonly fate: 'delivered' | 'dropped' | 'retransmitted';
  readonly isFin: boolean;
  readonly isRst: boolean;
  /** A copy of its first bytes. */
  readonly data: Uint8Array;
}

/** A small decision about packets between two machines; loopback never meets a rule. */
export interface PacketRule {
  /** Under which the ledger books what it drops: the fault in words. */
  readonly name?: string;
  /** Line rate of the way, instead of 1 Gbit/s; of several the lowest. */
  readonly bytesPerSecond?: number;
  /** Whether packets from `from` to `to` are its business. Asked once per pair of hosts. */
  concerns(from: Host, to: Host): boolean;
  decide(packet: Packet): Decision;
}

/** What becomes of questions for a name. All that concern a question count: delays add up, the first error wins. */
export interface NameRule {
  concerns(asker: Host, name: string): boolean;
  readonly delayUs?: number;
  readonly error?: NetErrorCode;
  /** Answers are kept that long and given again, whatever becomes of the replicas meanwhile. */
  readonly ttlUs?: number;
}

/**
 * Bytes of payload on the wire, loopback and repetitions included: `sent` is always the sum of what was `delivered`, of
 * what is `underWay`, and of what each rule `dropped`, by its name.
 */
export interface Ledger {
  readonly sent: number;
  readonly delivered: number;
  readonly underWay: number;
  readonly dropped: ReadonlyMap<string, number>;
  /** Null when the sum is right. */
  readonly problem: string | null;
}

/** What the HTTP tap knows besides the events that it puts into the trace. */
export interface Tap {
  /**
   * The RequestEvent id of the request whose head the server's process last received on this connection and that is
   * not answered yet; 0 when there is none.
   */
  requestIdOf(connectionId: number): number;
  /** The RequestEvent id of the request last written on this connection; 0 when there was none. */
  lastRequestIdOf(connectionId: number): number;
  /** The request for which the client last wrote on this connection, HTTP or not; 0 when for none. */
  causeOf(connectionId: number): number;
  /** Requests seen between two services since boot. */
  between(fromService: string, toService: string): RequestCounts;
  readonly counts: readonly RequestCounts[];
}

export interface RequestCounts {
  readonly from: string;
  readonly to: string;
  readonly requests: number;
  /** Answered with a status below 400. */
  readonly ok: number;
  /** 4xx */
  readonly clientErrors: number;
  /** 5xx */
  readonly serverErrors: number;
  /** Reset, timed out or given up by the requester. */
  readonly failed: number;
}

/** The part of the trace that the network writes. */
export interface TraceSink {
  record(event: TraceEvent): void;
  packet(
    atUs: number,
    connection: number,
    from: string,
    to: string,
    bytes: number,
    fate: 'delivered' | 'dropped' | 'retransmitted',
  ): void;
}

export class NetError extends Error {
  readonly code: NetErrorCode;
  constructor(code: NetErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
