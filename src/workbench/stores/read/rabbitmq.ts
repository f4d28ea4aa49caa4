import { type Fields, fieldsOf, listOf, numberOf, textOf } from '../../session/shape.ts';
import type { Exec } from '../watch.ts';

export interface Queue {
  readonly name: string;
  readonly type: string;
  readonly ready: number;
  readonly unacked: number;
  readonly consumers: number;
  readonly isDurable: boolean;
  /** Other queues give up their messages to it. */
  readonly isDeadLetter: boolean;
  /** Where its own rejected messages go; '' for nowhere. */
  readonly deadLettersTo: string;
  /** Which exchanges and keys lead to it. */
  readonly bindings: readonly string[];
}

export interface RabbitSnapshot {
  readonly queues: readonly Queue[];
}

const COLUMNS = ['name', 'type', 'messages_ready', 'messages_unacknowledged', 'consumers', 'durable', 'arguments'];

export async function readRabbit(exec: Exec): Promise<RabbitSnapshot> {
  const rows = async (...argv: readonly string[]) =>
    listOf((await exec('rabbitmqctl', '-q', ...argv)).value).map(fieldsOf);
  const queues = await rows('list_queues', ...COLUMNS);
  const bindings = (await rows('list_bindings')).filter(({ source_name }) => source_name !== '');
  const targets = new Set(queues.flatMap((queue) => deadLetterQueues(queue, bindings)));
  return {
    queues: queues.map((row): Queue => {
      const name = textOf(row.name);
      return {
        name,
        type: textOf(row.type),
        ready: numberOf(row.messages_ready),
        unacked: numberOf(row.messages_unacknowledged),
        consumers: numberOf(row.consumers),
        isDurable: row.durable === true,
        isDeadLetter: targets.has(name),
        deadLettersTo: deadLetterQueues(row, bindings).join(', '),
        bindings: bindings
          .filter(({ destination_name }) => destination_name === name)
          .map(({ source_name, routing_key }) => `${textOf(source_name)} ${textOf(routing_key)}`.trim()),
      };
    }),
  };
}

/** The queues that get what this one gives up: by name through the default exchange, else by the exchange's bindings. */
function deadLetterQueues(queue: Fields, bindings: readonly Fields[]): readonly string[] {
  const args = fieldsOf(queue.arguments);
  const exchange = args['x-dead-letter-exchange'];
  if (typeof exchange !== 'string') return [];
  const key = args['x-dead-letter-routing-key'];
  if (exchange === '') return [typeof key === 'string' ? key : textOf(queue.name)];
  return bindings
    .filter(
      ({ source_name, routing_key }) =>
        source_name === exchange &&
        (key === undefined || routing_key === key || routing_key === '' || routing_key === '#'),
    )
    .map(({ destination_name }) => textOf(destination_name));
}

export interface Message {
  readonly routingKey: string;
  readonly exchange: string;
  readonly isRedelivered: boolean;
  readonly payload: string;
  readonly headers: string;
}

/** Takes the first messages and puts them back, which marks them as redelivered; as rabbitmqadmin does. */
export async function peek(exec: Exec, queue: string): Promise<readonly Message[]> {
  const { value } = await exec('rabbitmqadmin', 'get', `queue=${queue}`, 'count=20');
  return listOf(value)
    .map(fieldsOf)
    .map((row) => {
      const headers = fieldsOf(fieldsOf(row.properties).headers);
      return {
        routingKey: textOf(row.routing_key),
        exchange: textOf(row.exchange),
        isRedelivered: row.redelivered === true,
        payload: textOf(row.payload),
        headers: Object.keys(headers).length === 0 ? '' : JSON.stringify(headers),
      };
    });
}
