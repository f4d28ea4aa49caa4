/**
 * The local engine: a project as real Node processes on this machine's loopback, with real sockets and real time.
 *
 * - local-engine.ts   the Engine contract; local-session.ts a running project, grading.ts and local-check-host.ts its checks
 * - local-system.ts   one run: folder, subnet, clock, and on top of them the lab's own supervisor, faults, trace, load
 * - local-machine.ts  containers as processes; real-process.ts one process, local-condition.ts what faults change about it
 * - platform.ts       what the machine under it can do; this-machine.ts this one (webcontainer/inside.ts has another)
 * - guest/            inside each Node process: names, connections, listeners go through the engine
 * - net/              proxies between any two replicas: the lab's packet rules done to streams
 * - servers/          redis-server and PostgreSQL where installed, else the lab's images over real TCP (serve-image.ts)
 * - reaper.ts         ends everything when the engine is killed; clock.ts the lab's scheduler on real time
 * - channel-server.ts, compiled.ts   for machines without descriptors to inherit, for Nodes without TypeScript
 *
 * Decisions. Names and addresses: a module loaded before the program (`node --import`) asks the engine for every name and
 * for leave to begin each connection, so a compose file needs no root, no container and no change; on Linux each replica
 * has addresses of its own in 127.0.0.0/8, elsewhere all share 127.0.0.1 and the engine chooses ports. Faults are the
 * lab's own rules, decided by the same code. Who caused a request is carried in a header that the proxy takes out again.
 *
 * Limits, which are the price of real processes:
 * - Loss and partition act on chunks above the kernel's TCP: lost data stalls the stream as a retransmission would; the
 *   sender's kernel has long acknowledged it. A handshake is held back or refused before it begins.
 * - crash-at-io, disk-full, slow-disk are refused with a sentence; clock faults work in Node programs only. `cpu` and
 *   `x-lab: cpu` let requests wait for a modelled CPU, and count when grading; `cpu-throttle` stops and continues the process.
 * - A program sees the files of this machine: variables that name a volume are rewritten, absolute paths in code are not.
 * - UDP, child processes of a service, `cluster` and HTTP/2 causes are not looked at. Statements are traced for the lab's
 *   images, not for a real redis or PostgreSQL. Real time cannot be paused, hurried or repeated.
 * - A busy machine is slow: a figure of time is the machine's as much as the design's.
 */
export { LocalEngine } from './local-engine.ts';
export { LocalSession } from './local-session.ts';
export { type LocalOptions, LocalSystem, LocalWorld } from './local-system.ts';
