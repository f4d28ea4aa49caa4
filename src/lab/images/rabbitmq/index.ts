/**
 * RabbitMQ 4 as a process of the lab: AMQP 0-9-1 on 5672, and in images tagged `-management` its HTTP API on 15672.
 *
 * - `wire/`      bytes: frames, methods, properties, field tables
 * - `protocol/`  connections and channels: what a client says and what it is answered
 * - `broker/`    the node: virtual hosts, exchanges, routing, messages, alarms, recovery
 * - `queue/`     queues: order, consumers, limits, time to live
 * - `storage/`   the log that survives a crash
 * - `management/` the HTTP API;  `tools/` rabbitmqctl and rabbitmq-diagnostics
 * - `cost.ts`    what it all costs;  `differences.ts` where it is not RabbitMQ
 *
 * Not here: clustering and replication, streams, policies, TLS, AMQP 1.0, MQTT and STOMP.
 */
import type { ServerProgram } from '../server.ts';
import { Node } from './node.ts';

const program: ServerProgram = { start: (machine) => new Node(machine) };

export default program;
