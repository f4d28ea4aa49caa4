/**
 * What the broker's work costs in CPU and time. Sources:
 * - "RabbitMQ 3.11/3.12 performance" of the RabbitMQ team (classic queues v2, one publisher, one consumer, 12-byte and 1 kB
 *   messages): 25 000 to 60 000 messages a second on one core's worth of work, so about 20 to 40 µs for one message in and
 *   out; acknowledgements and confirms batch.
 * - "Quorum queues and flow control" of the same: about 20 to 30 % fewer messages in quorum queues, most of it the log.
 * - `rabbitmq-server` of Debian on a small machine writes "Server startup complete" 4 to 8 s after its start. The virtual
 *   default is short; LAB_BOOT_MS sets another.
 */
export const COST = {
  /** Boot until the listener is open, ms. */
  bootMs: 3000,
  /** A message in: frame, route, enqueue. */
  publishUs: 14,
  /** A message out. */
  deliverUs: 12,
  /** Of publishing to each further queue. */
  routeUs: 4,
  /** An acknowledgement, a confirm. */
  ackUs: 3,
  /** A persistent message's way into the log, without the wait for the disk. */
  storeUs: 8,
  /** A byte of a body, copied from and to the socket. */
  byteUs: 0.001,
  /** A method that is answered: declare, bind, open a channel. Declarations go through the metadata store. */
  methodUs: 60,
  declareUs: 300,
  /** SASL, tune, open. */
  connectUs: 400,
  /** A request of the management API. */
  httpUs: 800,
  /** Stopping in order, ms. */
  stopMs: 500,
} as const;

/** What the container has, for the memory alarm; RabbitMQ 4 blocks publishers above 0.6 of it. */
export const MEMORY_BYTES = 1024 * 1024 * 1024;
/** The runtime by itself, as `rabbitmqctl status` of an idle node has it. */
export const MEMORY_IDLE_BYTES = 110 * 1024 * 1024;
export const MEMORY_CONNECTION_BYTES = 100 * 1024;
/** How often a full disk is tried again, ms (rabbit_disk_monitor.erl: between 0.1 and 10 s). */
export const DISK_CHECK_MS = 10_000;
/** As in the same file when the disk is near its limit. */
export const DISK_CHECK_FULL_MS = 1000;
