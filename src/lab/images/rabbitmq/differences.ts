/** Where the image is not RabbitMQ, and what it speaks: the page of differences is made from this. */
import type { Difference } from '../difference.ts';
import { METHOD_NAMES } from './wire/methods.ts';

export { VERSION as version } from './version.ts';

/** What the conformance programs are compared with. */
export const comparedWith = '3.10.8 (Debian)';

/** Methods of AMQP 0-9-1 that a client may send. */
export const supported: readonly string[] = METHOD_NAMES.filter(
  (name) =>
    !/-ok$|get-empty$/.test(name) &&
    ![
      'connection.start',
      'connection.secure',
      'connection.tune',
      'connection.blocked',
      'connection.unblocked',
      'basic.return',
      'basic.deliver',
    ].includes(name),
);

/** Behaviour of RabbitMQ 4.2 that the image has and Debian's 3.10 has not. */
const NEWER: readonly Difference[] = [
  {
    what: 'Default delivery limit of quorum queues',
    real: '3.10: none. 4.x: 20',
    lab: '20; x-delivery-limit: -1 turns it off',
    why: 'as RabbitMQ 4',
  },
  {
    what: 'Priorities in quorum queues',
    real: '3.10: ignored. 4.x: above 4 is high, two of high for one of normal',
    lab: 'as 4.x',
    why: 'as RabbitMQ 4',
  },
  {
    what: 'Single active consumer of a quorum queue with priorities',
    real: '3.10: the first stays. 4.x: one of higher priority takes over once nothing is out',
    lab: 'as 4.x',
    why: 'as RabbitMQ 4',
  },
  {
    what: 'Headers x-last-death-exchange, -queue, -reason of dead letters',
    real: '3.10: absent. 4.x: present',
    lab: 'present',
    why: 'as RabbitMQ 4',
  },
  {
    what: 'An x-death header that a client publishes',
    real: '3.10: counted on. 4.x: replaced at the first death',
    lab: 'replaced',
    why: 'as RabbitMQ 4',
  },
  {
    what: 'exchange.declare of an unknown type',
    real: '3.10: connection closed with 503 COMMAND_INVALID. 4.x: channel closed with 406 PRECONDITION_FAILED',
    lab: '406, channel',
    why: 'as RabbitMQ 4',
  },
  {
    what: 'Redelivered flag of a classic queue after a crash',
    real: '3.10: only what had been delivered. 4.x: all that was recovered',
    lab: 'all that was recovered; after an orderly stop only what had been delivered',
    why: 'as RabbitMQ 4',
  },
  {
    what: 'Memory high watermark',
    real: '3.10: 0.4 of the memory. 4.x: 0.6',
    lab: '0.6 of 1 GiB, or vm_memory_high_watermark.* of rabbitmq.conf',
    why: 'as RabbitMQ 4; the lab states what a container has',
  },
];

const LAB: readonly Difference[] = [
  {
    what: 'Replication and clusters',
    real: 'quorum queues need a majority of nodes',
    lab: 'one node; its disk is the quorum',
    why: 'a cluster is several images; not built',
  },
  {
    what: 'Streams (x-queue-type: stream)',
    real: 'a log that consumers read from any offset',
    lab: 'refused with 541',
    why: 'not built',
  },
  {
    what: 'Policies, operator policies, federation, shovel, plugins other than management',
    real: 'there',
    lab: 'absent; arguments of queues and exchanges do the same',
    why: 'not built',
  },
  {
    what: 'TLS, AMQP 1.0, MQTT, STOMP',
    real: 'there',
    lab: 'AMQP 0-9-1 over TCP; other protocol headers are answered with 0-9-1 and the end of the connection',
    why: 'not built',
  },
  {
    what: 'Permissions and topic permissions',
    real: 'per user and virtual host',
    lab: 'every user may do everything; a user id of another is refused',
    why: 'not built',
  },
  {
    what: 'Users in the data folder',
    real: 'RABBITMQ_DEFAULT_USER and _PASS count at the first start only',
    lab: 'they count at every start',
    why: 'users are not stored',
  },
  {
    what: 'Order of a queue.declare count and messages on their way',
    real: 'the count overtakes messages that the queue has not taken yet',
    lab: 'the count comes after them',
    why: 'the real one is a race of processes; the lab has one order',
  },
  {
    what: 'basic.get from a quorum queue straight after an unconfirmed publish',
    real: 'waits for the log of the publish',
    lab: 'answered at once; consumers get a message only when the log has reached the disk',
    why: 'nobody sees it but after a loss of power',
  },
  {
    what: 'Dead lettering at-least-once of quorum queues (x-dead-letter-strategy)',
    real: 'dead letters are confirmed before they leave the queue',
    lab: 'at most once, as the default',
    why: 'on one node both write the dead letter first',
  },
  {
    what: 'Credit flow of publishers',
    real: 'connections that publish faster than queues write are held back, state `flow`',
    lab: 'the CPU of the one process holds everybody back',
    why: 'one process instead of many',
  },
  {
    what: 'Disk alarm',
    real: 'when less than disk_free_limit (50 MB) is free',
    lab: 'when a write does not fit',
    why: 'the machine of the lab tells when its disk is full, not how full it is',
  },
  {
    what: 'Management API',
    real: 'some hundred routes, statistics over time, the web pages',
    lab: 'overview, nodes, vhosts, queues, exchanges, bindings, consumers, connections, channels, definitions (read), health checks, publish, get; rates over 5 s',
    why: 'what programs and checks ask for',
  },
  {
    what: 'Start',
    real: '4 to 10 s',
    lab: '3 s of virtual time, LAB_BOOT_MS sets another',
    why: 'stated in cost.ts',
  },
];

export const differences: readonly Difference[] = [...NEWER, ...LAB];
