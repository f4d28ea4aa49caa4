/**
 * One end of a TCP connection: handshake, ordered bytes, windows, retransmission, FIN and RST, as an application on
 * Linux meets them (RFC 9293, RFC 6298; numbers from Linux, named below).
 *
 * Both ends are in one address space, so the sender knows at once whether a segment will arrive and whether its
 * acknowledgement will. A segment that arrives is one event; a timer exists only after something was lost, and an
 * acknowledgement is an event only when a full buffer waits for it. What is lost is sent again from the first lost
 * byte (go-back-N; what was written meanwhile goes along), after RTT + 200 ms as Linux does for a packet without
 * successors. There is no fast retransmission and no congestion window: the lab's segments are up to 64 KiB, and a
 * service's messages are one or two of them.
 *
 * One object, in layers: each file is a class that adds one concern to the one before it, so that the hot path has no
 * indirection.
 *
 * - state.ts           what an end knows, and what the layers ask of those above them
 * - telling.ts         callbacks of the owner, one at a time
 * - sending.ts         bytes to segments, the window, arrivals; waiting for room
 * - retransmission.ts  losses, the time-out, keep-alive probes
 * - ending.ts          RST, failures, giving up
 * - handshake.ts       SYN, SYN-ACK, the listener's backlog
 * - receiving.ts       what arrives
 * - end.ts             what the owner calls: the whole
 * - wire.ts            what both ends of a connection share
 */
export { TcpEnd } from './end.ts';
export { Wire } from './wire.ts';
