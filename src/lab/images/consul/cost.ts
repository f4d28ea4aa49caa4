/**
 * CPU of a Consul server. Source: HashiCorp's own benchmark, bench/results-0.7.1.md in hashicorp/consul: 3,780 PUTs and
 * 7,525 GETs of a key a second through the HTTP API of one server with its load generator beside it. So a read takes about
 * 130 µs, a write about 265 µs; that was a machine of 8 cores of 2 GHz, which Go spreads requests over, and the lab's
 * servers have one: a faster core, all alone. What makes a write durable is the disk's fsync, which comes on top.
 */
export const COST = {
  requestUs: 130,
  writeUs: 135,
  /** Each 4 KB of a body, in or out: JSON. */
  kilobytesUs: 10,
  /** A blocked query that is woken and looks again. */
  wakeUs: 20,
  /** An active check: a connection, a request, an answer. */
  checkUs: 60,
} as const;

/** What the lab behaves as. */
export const VERSION = '1.21.4';
export const VERSION_MAJOR = '1';
