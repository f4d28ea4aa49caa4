// packages: amqplib
// 36 scenarios: deliveries, acknowledgements, requeues and their places, prefetch, priorities, exclusive and single active
// consumers, cancelling, what a closed channel leaves.
import amqp from 'amqplib';

const url = `amqp://guest:guest@${process.env.HOST}:${process.env.PORT}`;
/** Each scenario has a connection and a channel of its own; what goes wrong with them is logged. */
const scenario = async (who, run) => {
  const connection = await amqp.connect(url, { noDelay: true });
  connection.on('error', (error) => log(who, 'connection error', error.message));
  const channel = await connection.createChannel();
  channel.on('error', (error) => log(who, 'channel error', error.code, error.message));
  try {
    await run(channel, connection);
  } catch (error) {
    log(who, 'threw', error.message);
  }
  await connection.close().catch(() => {});
};

const fill = (ch, queue, ...texts) => {
  for (const text of texts) ch.sendToQueue(queue, Buffer.from(text));
};
/** A count overtakes what is on its way to the queue, so it waits a moment. */
const counts = async (ch, queue) => {
  await sleep(20);
  const { messageCount, consumerCount } = await ch.checkQueue(queue);
  return `ready ${messageCount} consumers ${consumerCount}`;
};
/** Reads all that is ready, without acknowledging. */
const readAll = async (ch, queue, options) => {
  const seen = [];
  for (;;) {
    const message = await ch.get(queue, options);
    if (!message) return seen;
    seen.push(`${message.content}${message.fields.redelivered ? '+' : ''}`);
  }
};
/** Deliveries until there are so many. */
const deliveries = (ch, queue, count, options = {}, onMessage = () => {}) =>
  new Promise((resolve) => {
    const seen = [];
    void ch.consume(
      queue,
      (message) => {
        seen.push(message === null ? 'cancelled' : `${message.content}${message.fields.redelivered ? '+' : ''}`);
        if (message) onMessage(message);
        if (seen.length === count) resolve(seen);
      },
      options,
    );
  });

await scenario('get in order', async (ch) => {
  await ch.assertQueue('c-get', { exclusive: true });
  fill(ch, 'c-get', 'a', 'b', 'c');
  const message = await ch.get('c-get');
  log('get in order', message.fields, message.content.toString());
  log('get in order', await readAll(ch, 'c-get', { noAck: true }), await counts(ch, 'c-get'));
  log('get in order', await ch.get('c-get'));
});
await scenario('requeue takes its place again', async (ch) => {
  await ch.assertQueue('c-place', { exclusive: true });
  fill(ch, 'c-place', 'a', 'b', 'c', 'd');
  const [a, b, c] = [await ch.get('c-place'), await ch.get('c-place'), await ch.get('c-place')];
  ch.nack(b);
  ch.reject(a);
  log('requeue takes its place again', await readAll(ch, 'c-place'));
  ch.nack(c);
  log('requeue takes its place again', await readAll(ch, 'c-place'));
});
await scenario('nack of many', async (ch) => {
  await ch.assertQueue('c-many', { exclusive: true });
  fill(ch, 'c-many', 'a', 'b', 'c', 'd');
  await ch.get('c-many');
  const b = await ch.get('c-many');
  await ch.get('c-many');
  ch.nack(b, true, true);
  log('nack of many', await counts(ch, 'c-many'), await readAll(ch, 'c-many'));
});
await scenario('nackAll and ackAll', async (ch) => {
  await ch.assertQueue('c-all', { exclusive: true });
  fill(ch, 'c-all', 'a', 'b', 'c');
  await readAll(ch, 'c-all');
  ch.nackAll();
  log('nackAll and ackAll', await readAll(ch, 'c-all'));
  ch.ackAll();
  log('nackAll and ackAll', await counts(ch, 'c-all'));
  ch.ackAll();
  ch.nackAll();
  log('nackAll and ackAll', await counts(ch, 'c-all'));
});
await scenario('nack without requeue drops', async (ch) => {
  await ch.assertQueue('c-drop', { exclusive: true });
  fill(ch, 'c-drop', 'a', 'b');
  ch.nack(await ch.get('c-drop'), false, false);
  log('nack without requeue drops', await readAll(ch, 'c-drop'));
});
await scenario('ack of many', async (ch) => {
  await ch.assertQueue('c-acks', { exclusive: true });
  fill(ch, 'c-acks', 'a', 'b', 'c');
  await ch.get('c-acks');
  ch.ack(await ch.get('c-acks'), true);
  await ch.recover();
  log('ack of many', await readAll(ch, 'c-acks'));
});
for (const [what, call] of [
  ['ack twice', (ch, message) => [ch.ack(message), ch.ack(message)]],
  ['ack of a tag that never was', (ch) => ch.ack({ fields: { deliveryTag: 99 } })],
  ['ack of many up to a tag that never was', (ch) => ch.ack({ fields: { deliveryTag: 99 } }, true)],
  ['nack of a tag that never was', (ch) => ch.nack({ fields: { deliveryTag: 42 } })],
  ['reject after ack', (ch, message) => [ch.ack(message), ch.reject(message)]],
]) {
  await scenario(what, async (ch) => {
    await ch.assertQueue('c-tags', { exclusive: true });
    fill(ch, 'c-tags', 'a');
    call(ch, await ch.get('c-tags'));
    await attempt(what, () => ch.checkQueue('c-tags'));
  });
}
await scenario('ack of an automatically acknowledged', async (ch) => {
  await ch.assertQueue('c-auto', { exclusive: true });
  fill(ch, 'c-auto', 'a');
  ch.ack(await ch.get('c-auto', { noAck: true }));
  await attempt('ack of an automatically acknowledged', () => ch.checkQueue('c-auto'));
});
await scenario('delivery tags go on over queues and gets', async (ch) => {
  const tags = [];
  for (const name of ['c-t1', 'c-t2']) {
    await ch.assertQueue(name, { exclusive: true });
    fill(ch, name, 'a', 'b');
  }
  for (const name of ['c-t1', 'c-t2', 'c-t1']) tags.push((await ch.get(name, { noAck: true })).fields.deliveryTag);
  await deliveries(ch, 'c-t2', 1, {}, (message) => tags.push(message.fields.deliveryTag));
  log('delivery tags go on over queues and gets', tags);
});
await scenario('consume and cancel', async (ch) => {
  await ch.assertQueue('c-consume', { exclusive: true });
  fill(ch, 'c-consume', 'a', 'b');
  log('consume and cancel', await deliveries(ch, 'c-consume', 2, { consumerTag: 'mine' }));
  log('consume and cancel', await counts(ch, 'c-consume'));
  log('consume and cancel', await ch.cancel('mine'), await ch.cancel('mine'), await ch.cancel('never'));
  fill(ch, 'c-consume', 'c');
  log('consume and cancel', await counts(ch, 'c-consume'));
  await ch.recover();
  log('consume and cancel', await readAll(ch, 'c-consume'));
});
await scenario('consumer tags', async (ch) => {
  await ch.assertQueue('c-ctag', { exclusive: true });
  const { consumerTag } = await ch.consume('c-ctag', () => {});
  log('consumer tags', /^amq\.ctag-[\w-]{22}$/.test(consumerTag));
  await ch.consume('c-ctag', () => {}, { consumerTag: 'same' });
  await ch.consume('c-ctag', () => {}, { consumerTag: 'same' });
});
await scenario('consume from a queue that is not there', (ch) => ch.consume('c-nothing', () => {}));
await scenario('round robin', async (ch) => {
  await ch.assertQueue('c-round', { exclusive: true });
  const seen = [];
  const done = new Promise((resolve) => {
    for (const tag of ['x', 'y', 'z']) {
      void ch.consume('c-round', (message) => seen.push(`${message.content}${tag}`) === 7 && resolve(), {
        consumerTag: tag,
      });
    }
  });
  await ch.checkQueue('c-round');
  fill(ch, 'c-round', '1', '2', '3', '4', '5', '6', '7');
  await done;
  log('round robin', seen);
});
await scenario('priorities of consumers', async (ch) => {
  await ch.assertQueue('c-priority', { exclusive: true });
  await ch.prefetch(2);
  const seen = [];
  const done = new Promise((resolve) => {
    for (const [tag, priority] of [
      ['low', -1],
      ['high', 5],
      ['plain', undefined],
      ['high2', 5],
    ]) {
      void ch.consume('c-priority', (message) => seen.push(`${message.content}${tag}`) === 7 && resolve(), {
        consumerTag: tag,
        ...(priority === undefined ? {} : { priority }),
      });
    }
  });
  await ch.checkQueue('c-priority');
  fill(ch, 'c-priority', '1', '2', '3', '4', '5', '6', '7');
  await done;
  log('priorities of consumers', seen);
});
await scenario('priority of a consumer that is text', async (ch) => {
  await ch.assertQueue('c-priority2', { exclusive: true });
  await ch.consume('c-priority2', () => {}, { arguments: { 'x-priority': 'high' } });
});
await scenario('prefetch per consumer', async (ch) => {
  await ch.assertQueue('c-prefetch', { exclusive: true });
  fill(ch, 'c-prefetch', '1', '2', '3', '4', '5');
  await ch.prefetch(2);
  const held = [];
  const seen = await deliveries(ch, 'c-prefetch', 2, { consumerTag: 'a' }, (message) => held.push(message));
  log('prefetch per consumer', seen, await counts(ch, 'c-prefetch'));
  ch.ack(held[0]);
  log('prefetch per consumer', await counts(ch, 'c-prefetch'));
  await ch.prefetch(1);
  log(
    'prefetch per consumer',
    await deliveries(ch, 'c-prefetch', 1, { consumerTag: 'b' }),
    await counts(ch, 'c-prefetch'),
  );
  ch.ack(held[1], true);
  await sleep(40);
  log(
    'prefetch per consumer',
    held.map((message) => message.content.toString()),
    await counts(ch, 'c-prefetch'),
  );
});
await scenario('prefetch does not bind automatic acknowledgement', async (ch) => {
  await ch.assertQueue('c-noack', { exclusive: true });
  fill(ch, 'c-noack', '1', '2', '3');
  await ch.prefetch(1);
  log('prefetch does not bind automatic acknowledgement', await deliveries(ch, 'c-noack', 3, { noAck: true }));
});
await scenario('prefetch of a whole channel', async (ch) => {
  await ch.prefetch(2, true);
  const held = [];
  for (const name of ['c-g1', 'c-g2']) {
    await ch.assertQueue(name, { exclusive: true });
    await ch.consume(name, (message) => held.push(message));
  }
  fill(ch, 'c-g1', '1', '2');
  fill(ch, 'c-g2', '3', '4');
  await sleep(40);
  const left = async () => (await ch.checkQueue('c-g1')).messageCount + (await ch.checkQueue('c-g2')).messageCount;
  log('prefetch of a whole channel', held.length, await left());
  ch.ack(held[0]);
  await sleep(50);
  log('prefetch of a whole channel', held.length);
  await ch.prefetch(0, true);
  await sleep(50);
  log('prefetch of a whole channel', held.length);
});
await scenario('prefetch by size', async (ch) => {
  await ch.assertQueue('c-size', { exclusive: true });
  log('prefetch by size', (await ch.prefetch(3)) ?? 'ok');
});
await scenario('exclusive consumer', async (ch) => {
  await ch.assertQueue('c-alone', { exclusive: true });
  await ch.consume('c-alone', () => {}, { exclusive: true, consumerTag: 'first' });
  await ch.consume('c-alone', () => {});
});
await scenario('exclusive consumer beside others', async (ch) => {
  await ch.assertQueue('c-beside', { exclusive: true });
  await ch.consume('c-beside', () => {});
  await ch.consume('c-beside', () => {}, { exclusive: true });
});
await scenario('exclusive consumer leaves', async (ch) => {
  await ch.assertQueue('c-leaves', { exclusive: true });
  await ch.consume('c-leaves', () => {}, { exclusive: true, consumerTag: 'first' });
  await ch.cancel('first');
  await ch.consume('c-leaves', () => {}, { consumerTag: 'second' });
  log('exclusive consumer leaves', await counts(ch, 'c-leaves'));
});
await scenario('single active consumer', async (ch) => {
  await ch.assertQueue('c-single', { exclusive: true, arguments: { 'x-single-active-consumer': true } });
  const seen = [];
  for (const tag of ['a', 'b', 'c']) {
    await ch.consume('c-single', (message) => [seen.push(`${message.content}${tag}`), ch.ack(message)], {
      consumerTag: tag,
    });
  }
  fill(ch, 'c-single', '1', '2', '3');
  await ch.checkQueue('c-single');
  await ch.cancel('a');
  fill(ch, 'c-single', '4', '5');
  await ch.checkQueue('c-single');
  await ch.cancel('b');
  fill(ch, 'c-single', '6');
  await sleep(30);
  log('single active consumer', seen, await counts(ch, 'c-single'));
});
await scenario('single active consumer, exclusive asked', async (ch) => {
  await ch.assertQueue('c-single2', { exclusive: true, arguments: { 'x-single-active-consumer': true } });
  await ch.consume('c-single2', () => {}, { exclusive: true });
});
await scenario('the queue of a consumer is deleted', async (ch, connection) => {
  await ch.assertQueue('c-deleted', { durable: false });
  const other = await connection.createChannel();
  const cancelled = new Promise((resolve) => {
    void other.consume('c-deleted', (message) => resolve(message), { consumerTag: 'gone' });
  });
  await other.checkQueue('c-deleted');
  log('the queue of a consumer is deleted', await ch.deleteQueue('c-deleted'), await cancelled);
  log('the queue of a consumer is deleted', await other.cancel('gone'));
});
await scenario('ack after the queue is deleted', async (ch) => {
  await ch.assertQueue('c-late', { durable: false });
  fill(ch, 'c-late', 'a');
  const message = await ch.get('c-late');
  await ch.deleteQueue('c-late');
  ch.ack(message);
  log('ack after the queue is deleted', await ch.checkExchange('amq.direct'));
});
await scenario('a closed channel gives back what it held', async (ch, connection) => {
  await ch.assertQueue('c-closed', { exclusive: true });
  fill(ch, 'c-closed', '1', '2', '3', '4');
  const other = await connection.createChannel();
  await other.prefetch(2);
  await deliveries(other, 'c-closed', 2);
  log('a closed channel gives back what it held', await counts(ch, 'c-closed'));
  await other.close();
  log('a closed channel gives back what it held', await counts(ch, 'c-closed'), await readAll(ch, 'c-closed'));
});
await scenario('a lost connection gives back what it held', async (ch) => {
  await ch.assertQueue('c-lost', { durable: false });
  fill(ch, 'c-lost', '1', '2', '3');
  const other = await amqp.connect(`${url}?heartbeat=0`, { noDelay: true });
  other.on('error', () => {});
  const theirs = await other.createChannel();
  theirs.on('error', () => {});
  await deliveries(theirs, 'c-lost', 3);
  other.connection.stream.destroy();
  await sleep(100);
  log('a lost connection gives back what it held', await counts(ch, 'c-lost'), await readAll(ch, 'c-lost'));
  await ch.deleteQueue('c-lost');
});
await scenario('a channel that failed gives back what it held', async (ch, connection) => {
  await ch.assertQueue('c-failed', { exclusive: true });
  fill(ch, 'c-failed', '1', '2');
  const other = await connection.createChannel();
  other.on('error', () => {});
  await readAll(other, 'c-failed');
  await other.checkQueue('c-nothing').catch(() => {});
  await sleep(30);
  log('a channel that failed gives back what it held', await readAll(ch, 'c-failed'));
});
await scenario('recover', async (ch) => {
  await ch.assertQueue('c-recover', { exclusive: true });
  fill(ch, 'c-recover', '1', '2');
  const seen = [];
  await ch.consume('c-recover', (message) => seen.push(`${message.content}${message.fields.redelivered ? '+' : ''}`));
  await ch.checkQueue('c-recover');
  log('recover', await ch.recover());
  await sleep(30);
  log('recover', seen);
});
await scenario('a consumer waits for messages', async (ch) => {
  await ch.assertQueue('c-waits', { exclusive: true });
  const seen = deliveries(ch, 'c-waits', 2);
  await ch.checkQueue('c-waits');
  fill(ch, 'c-waits', '1', '2');
  log('a consumer waits for messages', await seen);
});
await scenario('messages left when a consumer holds all it may', async (ch) => {
  await ch.assertQueue('c-full', { exclusive: true });
  await ch.prefetch(1);
  const one = deliveries(ch, 'c-full', 1, { consumerTag: 'one' });
  const two = deliveries(ch, 'c-full', 1, { consumerTag: 'two' });
  await ch.checkQueue('c-full');
  fill(ch, 'c-full', '1', '2', '3');
  log('messages left when a consumer holds all it may', await one, await two, await counts(ch, 'c-full'));
  const message = await ch.get('c-full');
  log('messages left when a consumer holds all it may', message.content.toString());
});
