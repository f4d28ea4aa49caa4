// packages: amqplib
// 16 scenarios: what one node shows of quorum queues: returns and their count, delivery limits, refused operations.
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

const quorum = (ch, name, args = {}) => ch.assertQueue(name, { arguments: { 'x-queue-type': 'quorum', ...args } });
const get = async (ch, queue) => {
  for (let tries = 0; tries < 40; tries++) {
    const message = await ch.get(queue);
    if (message) return message;
    await sleep(5);
  }
  return null;
};
const shown = (message) =>
  message && [
    message.content.toString(),
    message.fields.redelivered,
    message.properties.headers?.['x-delivery-count'] ?? 0,
  ];
const send = async (ch, queue, ...texts) => {
  for (const text of texts) ch.sendToQueue(queue, Buffer.from(text));
  await ch.waitForConfirms();
};
const quorumScenario = (who, name, run) =>
  scenario(who, async (_, connection) => {
    const ch = await connection.createConfirmChannel();
    ch.on('error', (error) => log(who, error.code, error.message));
    try {
      await run(ch, connection);
    } finally {
      const last = await connection.createChannel();
      await last.deleteQueue(name);
      await last.deleteQueue(`${name}-dead`);
    }
  });

await quorumScenario('declared twice', 'q-twice', async (ch) => {
  log('declared twice', await quorum(ch, 'q-twice'));
  log('declared twice', await quorum(ch, 'q-twice'));
});
await quorumScenario('redeclared as classic', 'q-classic', async (ch) => {
  await quorum(ch, 'q-classic');
  await ch.assertQueue('q-classic');
});
await quorumScenario('in order', 'q-order', async (ch) => {
  await quorum(ch, 'q-order');
  await send(ch, 'q-order', 'a', 'b', 'c');
  for (let i = 0; i < 3; i++) {
    const message = await get(ch, 'q-order');
    log('in order', shown(message));
    ch.ack(message);
  }
});
await quorumScenario('a return counts', 'q-count', async (ch) => {
  await quorum(ch, 'q-count');
  await send(ch, 'q-count', 'a');
  for (let i = 0; i < 4; i++) {
    const message = await get(ch, 'q-count');
    log('a return counts', shown(message));
    ch.nack(message);
  }
});
await quorumScenario('returned messages go first', 'q-first', async (ch) => {
  // Said, because without it the real server of the tests has no limit, and then they go last.
  await quorum(ch, 'q-first', { 'x-delivery-limit': 20 });
  await send(ch, 'q-first', 'a', 'b', 'c');
  const a = await get(ch, 'q-first');
  const b = await get(ch, 'q-first');
  ch.nack(b);
  await sleep(20);
  ch.nack(a);
  await sleep(20);
  for (let i = 0; i < 3; i++) log('returned messages go first', shown(await get(ch, 'q-first')));
});
await quorumScenario('delivery limit drops', 'q-limit', async (ch) => {
  await quorum(ch, 'q-limit', { 'x-delivery-limit': 2 });
  await send(ch, 'q-limit', 'a');
  for (let i = 0; i < 3; i++) {
    const message = await get(ch, 'q-limit');
    log('delivery limit drops', shown(message));
    ch.nack(message);
  }
  await sleep(30);
  log('delivery limit drops', await ch.get('q-limit'));
});
await quorumScenario('delivery limit makes a dead letter', 'q-dead', async (ch) => {
  await ch.assertQueue('q-dead-dead');
  await quorum(ch, 'q-dead', {
    'x-delivery-limit': 1,
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': 'q-dead-dead',
  });
  await send(ch, 'q-dead', 'a');
  for (let i = 0; i < 2; i++) ch.nack(await get(ch, 'q-dead'));
  const { properties } = await get(ch, 'q-dead-dead');
  log(
    'delivery limit makes a dead letter',
    properties.headers['x-death'].map(({ reason, queue, count }) => [reason, queue, count]),
  );
});
await quorumScenario('rejected makes a dead letter', 'q-rejected', async (ch) => {
  await ch.assertQueue('q-rejected-dead');
  await quorum(ch, 'q-rejected', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'q-rejected-dead' });
  await send(ch, 'q-rejected', 'a');
  ch.reject(await get(ch, 'q-rejected'), false);
  const { properties } = await get(ch, 'q-rejected-dead');
  log(
    'rejected makes a dead letter',
    properties.headers['x-death'].map(({ reason, queue, count }) => [reason, queue, count]),
  );
});
await quorumScenario('time to live', 'q-ttl', async (ch) => {
  await quorum(ch, 'q-ttl', { 'x-message-ttl': 50 });
  await send(ch, 'q-ttl', 'a');
  await sleep(100);
  log('time to live', await ch.get('q-ttl'));
});
await quorumScenario('length limit drops the oldest', 'q-len', async (ch) => {
  await quorum(ch, 'q-len', { 'x-max-length': 2 });
  await send(ch, 'q-len', 'a', 'b', 'c');
  for (let i = 0; i < 2; i++) log('length limit drops the oldest', shown(await get(ch, 'q-len')));
});
await quorumScenario('delete if empty', 'q-empty', async (ch, connection) => {
  connection.on('error', () => {});
  await quorum(ch, 'q-empty');
  await ch.deleteQueue('q-empty', { ifUnused: true });
});
await scenario('delete what is left', async (ch) => log('delete what is left', await ch.deleteQueue('q-empty')));
await quorumScenario('global prefetch', 'q-global', async (ch, connection) => {
  connection.on('error', () => {});
  await quorum(ch, 'q-global');
  await ch.prefetch(5, true);
  await ch.consume('q-global', () => {});
});
await scenario('delete what is left there', async (ch) =>
  log('delete what is left there', await ch.deleteQueue('q-global')),
);
await quorumScenario('prefetch and acknowledgements', 'q-prefetch', async (ch) => {
  await quorum(ch, 'q-prefetch');
  await send(ch, 'q-prefetch', '1', '2', '3', '4');
  await ch.prefetch(2);
  const seen = [];
  const all = new Promise((resolve) => {
    void ch.consume('q-prefetch', (message) => {
      if (message === null) return;
      seen.push(message.content.toString());
      if (seen.length > 2) ch.ack(message);
      if (seen.length === 2) setTimeout(() => ch.ack(message, true), 30);
      if (seen.length === 4) resolve();
    });
  });
  await sleep(20);
  log('prefetch and acknowledgements', seen.length);
  await all;
  log('prefetch and acknowledgements', seen);
});
await quorumScenario('single active consumer', 'q-single', async (ch) => {
  await quorum(ch, 'q-single', { 'x-single-active-consumer': true });
  const seen = [];
  for (const tag of ['a', 'b']) {
    await ch.consume('q-single', (message) => message && [seen.push(`${message.content}${tag}`), ch.ack(message)], {
      consumerTag: tag,
    });
  }
  await send(ch, 'q-single', '1', '2');
  await sleep(30);
  await ch.cancel('a');
  await send(ch, 'q-single', '3');
  await sleep(30);
  log('single active consumer', seen);
  await attempt('single active consumer', () => ch.get('q-single'));
});
