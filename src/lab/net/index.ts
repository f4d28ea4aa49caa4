/**
 * The lab's network: hosts on one switch, TCP between them, names, and a tap that watches HTTP pass by.
 *
 * - network.ts      the contract; what everyone else imports types from
 * - lan.ts          `createNetwork`: hosts, routes, rules
 * - host.ts         one machine: ports, listeners, what its process may ask for
 * - route.ts        the way from one machine to another: latency, bandwidth, the rules in force
 * - tcp/            one end of a connection, the whole state machine; segment.ts is what it sends
 * - ports.ts        ephemeral ports and TIME_WAIT; ledger.ts books every byte on the wire
 * - dns.ts          a name to addresses
 * - http-tap.ts     requests and responses seen on the wire; http-framing.ts finds where a message ends
 *
 * In the fault-free case a segment costs one scheduler event, its arrival. Acknowledgements, timers and window updates
 * are known in advance by whoever knows both ends, so they become events only when something waits for them.
 *
 * Not here: IP fragments, congestion windows, Nagle. Faults are rules (../faults/).
 */
export { createNetwork, type NetworkOptions } from './lan.ts';
export * from './network.ts';
