import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'amqplib';
import { type Order, take } from './orders.ts';

const url = process.env.RABBIT_URL ?? 'amqp://guest:guest@rabbit:5672?heartbeat=5';
const orderUrl = process.env.ORDER_URL ?? 'http://order:8080';

let isComplete = false;
let isStopping = false;
let stop = () => {};

/** True when all of the log has been read once. It stays true while the broker is away: old news is better than none. */
export const hasReadLog = () => isComplete;

/** Follows the orders, over one connection after another, until `stopFollowing`. */
export async function follow(): Promise<void> {
  while (!isStopping) {
    await session().catch((error: unknown) => console.warn(`news: ${error instanceof Error ? error.message : error}`));
    if (!isStopping) await sleep(250 + Math.random() * 500);
  }
}

export function stopFollowing(): void {
  isStopping = true;
  stop();
}

async function session(): Promise<void> {
  const connection = await connect(url, { timeout: 2000 });
  connection.on('error', (error) => console.warn(`news: ${error.message}`));
  const closed = new Promise<void>((resolve) => {
    stop = resolve;
    connection.on('close', resolve);
  });
  try {
    const channel = await connection.createChannel();
    channel.on('error', stop).on('close', stop);
    await channel.assertExchange('checkout', 'topic', { durable: true });
    // A queue of this process alone, gone with it: every replica hears everything.
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'checkout', 'order.changed');
    await channel.prefetch(100);
    await channel.consume(queue, (delivery) => {
      if (delivery === null) return stop();
      take(JSON.parse(delivery.content.toString('utf8')) as Order);
      channel.ack(delivery);
    });
    // The queue first, the log after it: what is committed while the log is read arrives through the queue.
    await Promise.race([readLog(), closed]);
    await closed;
  } finally {
    await Promise.race([connection.close(), sleep(2000)]).catch(() => {});
  }
}

async function readLog(): Promise<void> {
  for (let after = 0; ; ) {
    const response = await fetch(`${orderUrl}/news?after=${after}`, { signal: AbortSignal.timeout(3000) });
    if (!response.ok) throw new Error(`order answered ${response.status}`);
    const page = (await response.json()) as { number: number; order: Order }[];
    for (const { order } of page) take(order);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.number;
  }
  isComplete = true;
}
