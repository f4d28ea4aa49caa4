/**
 * Packets on the wire, as tcpdump and Wireshark show them.
 *
 * - InspectorPanel.tsx  connections, and what went over the chosen one; it captures while it is open and no longer
 * - streams.ts          packets sorted by connection and put together again as a stream in each direction
 * - decode/             HTTP/1.1, RESP, AMQP 0-9-1 and PostgreSQL, a protocol a file; index.ts chooses
 * - hex.ts              bytes as a person reads them
 */
export { InspectorPanel } from './InspectorPanel.tsx';
