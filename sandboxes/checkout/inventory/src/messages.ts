/**
 * Messages out (outbox and relay) and in (inbox and acks). At least once each way, once in effect.
 * Every service has its own copy of this file: services share messages, not code.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Channel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import type { PoolClient } from 'pg';
import { transaction } from './database.ts';

const EXCHANGE = 'checkout';
const url = process.env.RABBIT_URL ?? 'amqp://guest:guest@rabbit:5672?heartbeat=5';
const batchMax = 100;
const pollMs = 500;
const confirmMs = 5000;

/** Runs in the transaction that also remembers the message: both or neither. */
export type Handler = (client: PoolClient, body: any) => Promise<void>;

/** Puts a message in the outbox. `client` is that of the change it tells of, so that there is one if and only if the other. */
export async function send(client: PoolClient, type: string, body: object): Promise<void> {
  await client.query('INSERT INTO outbox (type, body) VALUES ($1, $2)', [type, JSON.stringify(body)]);
}

let isConnected = false;
let isStopping = false;
let inWork = 0;
let wake = () => {};

export const isBusConnected = () => isConnected;

/** Call after a commit: the outbox is read at once, not only at the next poll. */
export const wakeRelay = () => wake();

/** Sends what is in the outbox and handles what comes into `queue`, over one connection after another, until `stopBus`. */
export async function runBus(queue: string, handlers: Readonly<Record<string, Handler>>): Promise<void> {
  while (!isStopping) {
    await session(queue, handlers).catch((error: unknown) => console.warn(`rabbit: ${messageOf(error)}`));
    isConnected = false;
    // The random part keeps the services from coming back all in the same moment.
    if (!isStopping) await sleep(250 + Math.random() * 500);
  }
}

/** What is being handled is finished; what is not acknowledged will be delivered again. */
export async function stopBus(): Promise<void> {
  isStopping = true;
  wake();
  for (let i = 0; i < 40 && (inWork > 0 || isConnected); i++) await sleep(50);
}

async function session(queue: string, handlers: Readonly<Record<string, Handler>>): Promise<void> {
  const connection = await connect(url, { timeout: 2000 });
  let isOpen = true;
  const close = () => {
    isOpen = false;
    wake();
  };
  connection.on('error', (error) => console.warn(`rabbit: ${messageOf(error)}`));
  connection.on('close', close);
  try {
    const incoming = await connection.createChannel();
    const outgoing = await connection.createConfirmChannel();
    // A channel that the broker closed does not come back; a new session makes new ones.
    for (const channel of [incoming, outgoing]) channel.on('error', close).on('close', close);

    await incoming.assertExchange(EXCHANGE, 'topic', { durable: true });
    await incoming.assertQueue('dead-letters', { durable: true });
    await incoming.assertQueue(queue, {
      durable: true,
      // The default exchange takes a rejected message to the queue of this name.
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead-letters' },
    });
    for (const type of Object.keys(handlers)) await incoming.bindQueue(queue, EXCHANGE, type);
    await incoming.prefetch(10);
    await incoming.consume(queue, (delivery) => {
      // Null when somebody deleted the queue: the next session makes it anew.
      if (delivery === null) return close();
      if (isStopping) return;
      inWork++;
      receive(incoming, handlers, delivery, () => isOpen)
        .catch((error: unknown) => console.error(`rabbit: ${messageOf(error)}`))
        .finally(() => inWork--);
    });
    isConnected = true;

    const returned = new Set<unknown>();
    outgoing.on('return', (message: ConsumeMessage) => returned.add(message.properties.messageId));
    while (isOpen && !isStopping) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if ((await relay(outgoing, returned)) < batchMax) await Promise.race([woken, sleep(pollMs)]);
    }
    while (inWork > 0 && isOpen) await sleep(20);
  } finally {
    isOpen = false;
    await within(2000, connection.close()).catch(() => {});
  }
}

/** Publishes what has not been sent, oldest first, and marks what the broker has taken. Returns how many that were. */
async function relay(channel: ConfirmChannel, returned: Set<unknown>): Promise<number> {
  const publish = async (client: PoolClient) => {
    // One relay at a time, or two replicas would send one order's messages in the wrong order.
    const { rows: locks } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock(1) AS mine');
    if (!locks[0]?.mine) return 0;
    const { rows } = await client.query<{ id: string; message_id: string; type: string; body: object }>(
      'SELECT id, message_id, type, body FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1',
      [batchMax],
    );
    if (rows.length === 0) return 0;
    returned.clear();
    for (const { message_id: messageId, type, body } of rows) {
      // `mandatory`: until the receiver has made its queue, a message comes back and stays in the outbox. News of an
      // order may reach nobody: a view that starts later reads the log.
      const options = { messageId, type, persistent: true, mandatory: type !== 'order.changed' };
      channel.publish(EXCHANGE, type, Buffer.from(JSON.stringify(body)), options);
    }
    await within(confirmMs, channel.waitForConfirms());
    const sent = rows.filter((row) => !returned.has(row.message_id)).map((row) => row.id);
    // A crash before this commit sends them again; the inboxes know them.
    await client.query('UPDATE outbox SET sent_at = now() WHERE id = ANY($1)', [sent]);
    return sent.length;
  };
  return transaction(publish).catch((error: unknown) => {
    console.warn(`relay: ${messageOf(error)}`);
    return 0;
  });
}

async function receive(
  channel: Channel,
  handlers: Readonly<Record<string, Handler>>,
  delivery: ConsumeMessage,
  isOpen: () => boolean,
): Promise<void> {
  const { messageId, type } = delivery.properties;
  while (isOpen()) {
    try {
      await transaction(async (client) => {
        const { rowCount } = await client.query('INSERT INTO inbox (message_id) VALUES ($1) ON CONFLICT DO NOTHING', [
          messageId,
        ]);
        if (rowCount === 1) await handlers[type]!(client, JSON.parse(delivery.content.toString('utf8')));
      });
      if (isOpen()) channel.ack(delivery);
      return wake();
    } catch (error) {
      console.warn(`${type} ${messageId}: ${messageOf(error)}`);
      // No repetition helps against a message that nobody understands: it goes where a person looks at it.
      if (isPermanent(error)) return isOpen() ? channel.nack(delivery, false, false) : undefined;
      // The database is away, and so it is for every other message: waiting here loses nothing.
      await sleep(500 + Math.random() * 500);
    }
  }
}

/** A mistake in the program or the message, or one that PostgreSQL names: data (22), constraint (23), syntax (42). */
function isPermanent(error: unknown): boolean {
  const { code } = error as { code?: string };
  return error instanceof TypeError || error instanceof SyntaxError || /^(22|23|42)...$/.test(code ?? '');
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
