// packages: amqplib
// 32 scenarios: time to live of messages and queues, length limits, dead letters and their history, priorities.
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

const texts = async (ch, queue) => {
  const seen = [];
  for (;;) {
    const message = await ch.get(queue, { noAck: true });
    if (!message) return seen;
    seen.push(message.content.toString());
  }
};
const fill = (ch, queue, ...all) => {
  for (const text of all) ch.sendToQueue(queue, Buffer.from(text));
};
const counts = async (ch, queue) => {
  await sleep(20);
  return (await ch.checkQueue(queue)).messageCount;
};
/** What dead letters say of themselves, without times, and without what RabbitMQ 4 has added. */
const history = ({ properties, fields, content }) => ({
  content: content.toString(),
  from: fields.exchange,
  key: fields.routingKey,
  expiration: properties.expiration,
  first: ['exchange', 'queue', 'reason'].map((what) => properties.headers?.[`x-first-death-${what}`]),
  deaths: properties.headers?.['x-death']?.map((death) => [
    death.queue,
    death.reason,
    death.count,
    death.exchange,
    death['routing-keys'],
    death['original-expiration'],
    typeof death.time,
  ]),
  own: Object.keys(properties.headers ?? {}).filter((name) => !name.startsWith('x-')),
});
const dead = async (ch, queue, count = 1) => {
  const seen = [];
  for (let tries = 0; tries < 50 && seen.length < count; tries++) {
    const message = await ch.get(queue, { noAck: true });
    if (message) seen.push(history(message));
    else await sleep(10);
  }
  return seen;
};
/** A queue `name` whose dead letters go to `name-dead` by an exchange of their own. */
const withDead = async (ch, name, options = {}, key = undefined) => {
  await ch.assertExchange(`${name}-x`, 'direct', { autoDelete: true });
  await ch.assertQueue(`${name}-dead`, { exclusive: true });
  await ch.bindQueue(`${name}-dead`, `${name}-x`, key ?? name);
  await ch.assertQueue(name, {
    exclusive: true,
    deadLetterExchange: `${name}-x`,
    ...(key ? { deadLetterRoutingKey: key } : {}),
    ...options,
  });
};

await scenario('message ttl of a queue', async (ch) => {
  await ch.assertQueue('l-ttl', { exclusive: true, messageTtl: 80 });
  fill(ch, 'l-ttl', '1', '2');
  log('message ttl of a queue', await counts(ch, 'l-ttl'));
  await sleep(120);
  log('message ttl of a queue', await counts(ch, 'l-ttl'), await texts(ch, 'l-ttl'));
});
await scenario('expiration of a message', async (ch) => {
  await ch.assertQueue('l-exp', { exclusive: true });
  ch.sendToQueue('l-exp', Buffer.from('1'), { expiration: '60' });
  ch.sendToQueue('l-exp', Buffer.from('2'));
  await sleep(100);
  log('expiration of a message', await texts(ch, 'l-exp'));
});
await scenario('a message behind one that lives longer waits for it', async (ch) => {
  await ch.assertQueue('l-head', { exclusive: true });
  ch.sendToQueue('l-head', Buffer.from('long'));
  ch.sendToQueue('l-head', Buffer.from('short'), { expiration: '40' });
  await sleep(80);
  log('a message behind one that lives longer waits for it', await counts(ch, 'l-head'));
  log('a message behind one that lives longer waits for it', await texts(ch, 'l-head'));
});
await scenario('the lesser of both times to live counts', async (ch) => {
  await ch.assertQueue('l-less', { exclusive: true, messageTtl: 60 });
  ch.sendToQueue('l-less', Buffer.from('1'), { expiration: '10000' });
  await sleep(100);
  log('the lesser of both times to live counts', await counts(ch, 'l-less'));
});
await scenario('time to live 0 reaches a waiting consumer only', async (ch) => {
  await ch.assertQueue('l-zero', { exclusive: true, messageTtl: 0 });
  fill(ch, 'l-zero', '1');
  await ch.checkQueue('l-zero');
  const seen = [];
  await ch.consume('l-zero', (message) => seen.push(message.content.toString()), { noAck: true });
  fill(ch, 'l-zero', '2');
  await sleep(30);
  log('time to live 0 reaches a waiting consumer only', seen);
});
await scenario('an unacknowledged message does not expire', async (ch) => {
  await ch.assertQueue('l-held', { exclusive: true, messageTtl: 50 });
  fill(ch, 'l-held', '1');
  const message = await ch.get('l-held');
  await sleep(90);
  ch.nack(message);
  log('an unacknowledged message does not expire', message.content.toString(), await counts(ch, 'l-held'));
});
for (const [what, expiration] of [
  ['expiration of text', 'soon'],
  ['expiration negative', '-1'],
  ['expiration with a unit', '10s'],
  ['expiration empty', ''],
]) {
  await scenario(what, async (ch) => {
    ch.publish('amq.fanout', '', Buffer.from('m'), { expiration });
    await attempt(what, () => ch.checkExchange('amq.fanout'));
  });
}
await scenario('an unused queue expires', async (ch) => {
  await ch.assertQueue('l-idle', { durable: false, expires: 80 });
  log('an unused queue expires', await counts(ch, 'l-idle'));
  await sleep(140);
  await ch.checkQueue('l-idle');
});
await scenario('a queue with a consumer does not expire', async (ch) => {
  await ch.assertQueue('l-busy', { durable: false, expires: 60 });
  await ch.consume('l-busy', () => {}, { consumerTag: 'c' });
  await sleep(120);
  log('a queue with a consumer does not expire', await counts(ch, 'l-busy'));
  await ch.cancel('c');
  await sleep(120);
  await ch.checkQueue('l-busy');
});
await scenario('length limit drops the oldest', async (ch) => {
  await ch.assertQueue('l-len', { exclusive: true, maxLength: 2 });
  fill(ch, 'l-len', '1', '2', '3', '4');
  log('length limit drops the oldest', await texts(ch, 'l-len'));
});
await scenario('length limit does not count what is out', async (ch) => {
  await ch.assertQueue('l-out', { exclusive: true, maxLength: 2 });
  fill(ch, 'l-out', '1', '2');
  const message = await ch.get('l-out');
  fill(ch, 'l-out', '3', '4');
  log('length limit does not count what is out', await counts(ch, 'l-out'));
  ch.nack(message);
  log('length limit does not count what is out', await texts(ch, 'l-out'));
});
await scenario('length limit 0', async (ch) => {
  await ch.assertQueue('l-none', { exclusive: true, maxLength: 0 });
  fill(ch, 'l-none', '1');
  log('length limit 0', await texts(ch, 'l-none'));
});
await scenario('limit of bytes', async (ch) => {
  await ch.assertQueue('l-bytes', { exclusive: true, arguments: { 'x-max-length-bytes': 10 } });
  fill(ch, 'l-bytes', '1234', '5678', 'abc', 'longer than all');
  log('limit of bytes', await texts(ch, 'l-bytes'));
  fill(ch, 'l-bytes', '1234', '56789', 'a');
  log('limit of bytes', await texts(ch, 'l-bytes'));
});
await scenario('reject-publish', async (ch, connection) => {
  const confirm = await connection.createConfirmChannel();
  await confirm.assertQueue('l-reject', {
    exclusive: true,
    maxLength: 1,
    arguments: { 'x-overflow': 'reject-publish' },
  });
  const told = [];
  for (const text of ['1', '2']) {
    await new Promise((resolve) => {
      confirm.sendToQueue('l-reject', Buffer.from(text), {}, (error) => resolve(told.push(error ? 'nack' : 'ack')));
    });
  }
  await confirm.get('l-reject');
  await new Promise((resolve) => {
    confirm.sendToQueue('l-reject', Buffer.from('3'), {}, (error) => resolve(told.push(error ? 'nack' : 'ack')));
  });
  log('reject-publish', told, await texts(ch, 'l-reject'));
});
await scenario('reject-publish-dlx', async (ch, connection) => {
  await withDead(ch, 'l-rpd', { maxLength: 1, arguments: { 'x-overflow': 'reject-publish-dlx' } });
  const confirm = await connection.createConfirmChannel();
  const told = [];
  for (const text of ['1', '2']) {
    await new Promise((resolve) => {
      confirm.sendToQueue('l-rpd', Buffer.from(text), {}, (error) => resolve(told.push(error ? 'nack' : 'ack')));
    });
  }
  log('reject-publish-dlx', told, await dead(ch, 'l-rpd-dead'), await texts(ch, 'l-rpd'));
});
await scenario('dead letter, rejected', async (ch) => {
  await withDead(ch, 'l-rej');
  ch.sendToQueue('l-rej', Buffer.from('1'), { headers: { mine: 1 }, correlationId: 'c' });
  ch.reject(await ch.get('l-rej'), false);
  log('dead letter, rejected', await dead(ch, 'l-rej-dead'));
});
await scenario('dead letter, expired', async (ch) => {
  await withDead(ch, 'l-dexp');
  ch.sendToQueue('l-dexp', Buffer.from('1'), { expiration: '30' });
  log('dead letter, expired', await dead(ch, 'l-dexp-dead'));
});
await scenario('dead letter, expired by the queue', async (ch) => {
  await withDead(ch, 'l-dttl', { messageTtl: 30 });
  fill(ch, 'l-dttl', '1', '2');
  log('dead letter, expired by the queue', await dead(ch, 'l-dttl-dead', 2));
});
await scenario('dead letter, length limit', async (ch) => {
  await withDead(ch, 'l-dmax', { maxLength: 1 });
  fill(ch, 'l-dmax', '1', '2', '3');
  log('dead letter, length limit', await dead(ch, 'l-dmax-dead', 2), await texts(ch, 'l-dmax'));
});
await scenario('dead letters of a multiple nack keep their order', async (ch) => {
  await withDead(ch, 'l-order');
  fill(ch, 'l-order', '1', '2', '3');
  await ch.get('l-order');
  await ch.get('l-order');
  ch.nack(await ch.get('l-order'), true, false);
  log(
    'dead letters of a multiple nack keep their order',
    (await dead(ch, 'l-order-dead', 3)).map(({ content }) => content),
  );
});
await scenario('dead letter with another key', async (ch) => {
  await withDead(ch, 'l-key', {}, 'other');
  ch.sendToQueue('l-key', Buffer.from('1'), { CC: ['nobody'] });
  ch.reject(await ch.get('l-key'), false);
  log('dead letter with another key', await dead(ch, 'l-key-dead'));
});
await scenario('dead letter exchange that is not there', async (ch) => {
  await ch.assertQueue('l-nox', { exclusive: true, deadLetterExchange: 'l-nothing' });
  fill(ch, 'l-nox', '1');
  ch.reject(await ch.get('l-nox'), false);
  log('dead letter exchange that is not there', await counts(ch, 'l-nox'));
});
await scenario('dead letter by the default exchange', async (ch) => {
  await ch.assertQueue('l-dd-dead', { exclusive: true });
  await ch.assertQueue('l-dd', { exclusive: true, deadLetterExchange: '', deadLetterRoutingKey: 'l-dd-dead' });
  fill(ch, 'l-dd', '1');
  ch.reject(await ch.get('l-dd'), false);
  log('dead letter by the default exchange', await dead(ch, 'l-dd-dead'));
});
await scenario('retry with a delay', async (ch) => {
  // work → rejected → wait → expired → work, as retries with a delay are built.
  await ch.assertQueue('l-wait', {
    exclusive: true,
    messageTtl: 30,
    deadLetterExchange: '',
    deadLetterRoutingKey: 'l-work',
  });
  await ch.assertQueue('l-work', { exclusive: true, deadLetterExchange: '', deadLetterRoutingKey: 'l-wait' });
  fill(ch, 'l-work', '1');
  for (let round = 0; round < 4; round++) {
    let message = null;
    for (let tries = 0; tries < 50 && !message; tries++) {
      message = await ch.get('l-work');
      if (!message) await sleep(5);
    }
    log('retry with a delay', message && history(message));
    if (round < 3) ch.reject(message, false);
    else ch.ack(message);
  }
});
await scenario('a cycle without a rejection ends', async (ch) => {
  await ch.assertQueue('l-c1', {
    exclusive: true,
    messageTtl: 20,
    deadLetterExchange: '',
    deadLetterRoutingKey: 'l-c2',
  });
  await ch.assertQueue('l-c2', {
    exclusive: true,
    messageTtl: 20,
    deadLetterExchange: '',
    deadLetterRoutingKey: 'l-c1',
  });
  fill(ch, 'l-c1', '1');
  await sleep(150);
  log('a cycle without a rejection ends', await counts(ch, 'l-c1'), await counts(ch, 'l-c2'));
});
await scenario('a purge makes no dead letters', async (ch) => {
  await withDead(ch, 'l-purge');
  fill(ch, 'l-purge', '1', '2');
  await sleep(20);
  await ch.purgeQueue('l-purge');
  log('a purge makes no dead letters', await counts(ch, 'l-purge-dead'));
});
await scenario('priorities', async (ch) => {
  await ch.assertQueue('l-prio', { exclusive: true, maxPriority: 5 });
  for (const [text, priority] of [
    ['a0', 0],
    ['b3', 3],
    ['c', undefined],
    ['d9', 9],
    ['e5', 5],
    ['f3', 3],
  ]) {
    ch.sendToQueue('l-prio', Buffer.from(text), priority === undefined ? {} : { priority });
  }
  await sleep(20);
  log('priorities', await texts(ch, 'l-prio'));
});
await scenario('priorities and a requeue', async (ch) => {
  await ch.assertQueue('l-prio2', { exclusive: true, maxPriority: 5 });
  for (const [text, priority] of [
    ['a', 1],
    ['b', 2],
    ['c', 2],
  ])
    ch.sendToQueue('l-prio2', Buffer.from(text), { priority });
  await sleep(20);
  const message = await ch.get('l-prio2');
  ch.sendToQueue('l-prio2', Buffer.from('d'), { priority: 2 });
  ch.nack(message);
  await sleep(20);
  log('priorities and a requeue', await texts(ch, 'l-prio2'));
});
await scenario('priorities without a priority queue do nothing', async (ch) => {
  await ch.assertQueue('l-prio3', { exclusive: true });
  for (const priority of [1, 9, 5]) ch.sendToQueue('l-prio3', Buffer.from(String(priority)), { priority });
  await sleep(20);
  log('priorities without a priority queue do nothing', await texts(ch, 'l-prio3'));
});
