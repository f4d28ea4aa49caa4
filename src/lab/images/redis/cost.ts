/**
 * What a command costs the server's one thread, µs of virtual CPU time.
 *
 * redis.io's page on benchmarks gives for one connection-loop of redis-benchmark on a common Xeon (E5520) 120,000–150,000
 * requests/s without pipelining and 500,000–800,000 with 16 commands a batch. So a round of reading and writing a socket
 * takes about 7 µs and a simple command itself about 1.2 µs; what is beyond (elements, bytes) is measured per unit
 * with `LRANGE` of 100–600 elements of the same page: about 0.05 µs an element.
 */

/** Reading a chunk from a socket and writing what it came to: two system calls and a turn of the event loop. */
export const SOCKET_ROUND_US = 7;
/** Parsing, looking up, running and answering one simple command. */
export const COMMAND_US = 1.2;
/** Of input and output, beyond the first kilobyte: copying into and out of the kernel at about 2 GB/s. */
export const KILOBYTE_US = 0.5;
/** Each element that a command visits or returns. */
export const ELEMENT_US = 0.05;
/** A call of `redis.call` from a script, and a thousand steps of its Lua (PUC Lua runs about 50 million steps/s). */
export const SCRIPT_CALL_US = 0.8;
export const SCRIPT_KILOSTEP_US = 20;
/** Copying the page tables for BGSAVE and BGREWRITEAOF: 10 ms a GB (redis.io, latency: fork time on modern hardware). */
export const FORK_US = 200;
export const FORK_GIGABYTE_US = 10_000;
/** Writing a snapshot and loading one, per megabyte: about 100 MB/s, and 50 MB/s for commands. */
export const SNAPSHOT_MEGABYTE_MS = 10;
export const LOAD_MEGABYTE_US = 20_000;
