// packages: amqplib
// 33 scenarios: confirms, returns, transactions, properties and headers of every type, direct reply-to, what is refused.
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

/** Methods for which the client has no call of its own: class × 65536 + method. */
const defs = {
  TxSelect: 0x5a000a,
  TxSelectOk: 0x5a000b,
  TxCommit: 0x5a0014,
  TxCommitOk: 0x5a0015,
  TxRollback: 0x5a001e,
  TxRollbackOk: 0x5a001f,
  ConfirmSelect: 0x55000a,
  ConfirmSelectOk: 0x55000b,
};
const sent = (ch, exchange, key, text, options) =>
  new Promise((resolve) => {
    ch.publish(exchange, key, Buffer.from(text), options ?? {}, (error) =>
      resolve(error ? `nack ${error.message}` : 'ack'),
    );
  });
const get = async (ch, queue) => {
  for (let tries = 0; tries < 20; tries++) {
    const message = await ch.get(queue, { noAck: true });
    if (message) return message;
    await sleep(5);
  }
  return null;
};

await scenario('confirm of a transient message', async (_, connection) => {
  const ch = await connection.createConfirmChannel();
  await ch.assertQueue('p-transient', { exclusive: true });
  log('confirm of a transient message', await sent(ch, '', 'p-transient', '1'));
});
await scenario('confirm of a persistent message', async (_, connection) => {
  const ch = await connection.createConfirmChannel();
  await ch.assertQueue('p-persistent', { durable: true });
  log('confirm of a persistent message', await sent(ch, '', 'p-persistent', '1', { persistent: true }));
  log('confirm of a persistent message', (await get(ch, 'p-persistent')).properties.deliveryMode);
  await ch.deleteQueue('p-persistent');
});
await scenario('confirm of a message that goes nowhere', async (_, connection) => {
  const ch = await connection.createConfirmChannel();
  log('confirm of a message that goes nowhere', await sent(ch, '', 'p-nobody', '1'));
});
await scenario('return before confirm', async (_, connection) => {
  const ch = await connection.createConfirmChannel();
  const events = [];
  ch.on('return', ({ fields, properties, content }) =>
    events.push(['return', fields, properties.messageId, content.toString()]),
  );
  events.push(await sent(ch, 'amq.direct', 'p-nobody', 'lost', { mandatory: true, messageId: 'm1' }));
  log('return before confirm', events);
});
await scenario('return without confirms', async (ch) => {
  const back = [];
  ch.on('return', ({ fields, content }) => back.push([fields, content.length]));
  ch.publish('', 'p-nobody', Buffer.alloc(200_000), { mandatory: true });
  ch.publish('', 'p-nobody', Buffer.alloc(0), { mandatory: true });
  await ch.checkExchange('amq.direct');
  log('return without confirms', back);
});
await scenario('confirms of a hundred', async (_, connection) => {
  const ch = await connection.createConfirmChannel();
  await ch.assertQueue('p-hundred', { exclusive: true });
  const order = [];
  for (let i = 0; i < 100; i++) ch.sendToQueue('p-hundred', Buffer.from(String(i)), {}, () => order.push(i));
  await ch.waitForConfirms();
  log(
    'confirms of a hundred',
    order.length,
    order.every((number, i) => number === i),
  );
});
await scenario('confirms of many queues', async (_, connection) => {
  const ch = await connection.createConfirmChannel();
  await ch.assertExchange('p-many', 'fanout', { autoDelete: true });
  for (const name of ['a', 'b', 'c']) {
    await ch.assertQueue(`p-many-${name}`, { exclusive: true });
    await ch.bindQueue(`p-many-${name}`, 'p-many', '');
  }
  log('confirms of many queues', await sent(ch, 'p-many', '', '1', { persistent: true }));
  for (const name of ['a', 'b', 'c'])
    log('confirms of many queues', (await get(ch, `p-many-${name}`)).content.toString());
});
await scenario('a channel that fails refuses what is open', async (_, connection) => {
  const ch = await connection.createConfirmChannel();
  ch.on('error', (error) => log('a channel that fails refuses what is open', error.message));
  log('a channel that fails refuses what is open', await sent(ch, 'p-nothing', '', '1'));
});
await scenario('confirm then transaction', async (_, connection) => {
  const ch = await connection.createConfirmChannel();
  ch.on('error', (error) => log('confirm then transaction', error.message));
  await attempt('confirm then transaction', () => ch.rpc(defs.TxSelect, {}, defs.TxSelectOk));
});
await scenario('transaction', async (ch) => {
  const tx = (what) => ch.rpc(defs[`Tx${what}`], {}, defs[`Tx${what}Ok`]);
  await ch.assertQueue('p-tx', { exclusive: true });
  await tx('Select');
  ch.sendToQueue('p-tx', Buffer.from('1'));
  ch.sendToQueue('p-tx', Buffer.from('2'));
  await sleep(20);
  log('transaction', (await ch.checkQueue('p-tx')).messageCount);
  await tx('Commit');
  await sleep(20);
  log('transaction', (await ch.checkQueue('p-tx')).messageCount);
  ch.sendToQueue('p-tx', Buffer.from('3'));
  await tx('Rollback');
  log('transaction', (await ch.checkQueue('p-tx')).messageCount);
  const message = await ch.get('p-tx');
  ch.ack(message);
  await tx('Rollback');
  ch.ack(message);
  await tx('Commit');
  await ch.recover();
  await sleep(20);
  log('transaction', (await ch.checkQueue('p-tx')).messageCount);
});
for (const what of ['Commit', 'Rollback']) {
  await scenario(`tx ${what} without a transaction`, async (ch) => {
    await attempt(`tx ${what} without a transaction`, () => ch.rpc(defs[`Tx${what}`], {}, defs[`Tx${what}Ok`]));
  });
}
await scenario('transaction then confirm', async (ch) => {
  await ch.rpc(defs.TxSelect, {}, defs.TxSelectOk);
  await attempt('transaction then confirm', () => ch.rpc(defs.ConfirmSelect, { nowait: false }, defs.ConfirmSelectOk));
});
await scenario('all properties', async (ch) => {
  await ch.assertQueue('p-props', { exclusive: true });
  ch.sendToQueue('p-props', Buffer.from('m'), {
    contentType: 'text/plain',
    contentEncoding: 'utf-8',
    headers: { a: 1 },
    deliveryMode: 1,
    priority: 3,
    correlationId: 'c-1',
    replyTo: 'somewhere',
    expiration: '60000',
    messageId: 'id-1',
    timestamp: 1_700_000_000,
    type: 'kind',
    userId: 'guest',
    appId: 'app',
  });
  log('all properties', (await get(ch, 'p-props')).properties);
});
await scenario('no properties', async (ch) => {
  await ch.assertQueue('p-bare', { exclusive: true });
  ch.sendToQueue('p-bare', Buffer.from(''));
  const { properties, content } = await get(ch, 'p-bare');
  log('no properties', properties, content.length);
});
await scenario('headers of every type', async (ch) => {
  await ch.assertQueue('p-headers', { exclusive: true });
  const headers = {
    text: 'Größe 東京',
    empty: '',
    byte: -5,
    short: -3000,
    int: 70_000,
    long: 5_000_000_000,
    huge: { '!': 'int64', value: 9_007_199_254_740_993n },
    float: { '!': 'float', value: 1.5 },
    double: 3.141592653589793,
    yes: true,
    no: false,
    nothing: null,
    bytes: Buffer.from([0, 1, 255]),
    time: { '!': 'timestamp', value: 1_700_000_000 },
    decimal: { '!': 'decimal', value: { digits: 314, places: 2 } },
    list: [1, 'two', [3, { four: 4 }], true],
    nested: { a: { b: { c: 'deep' } } },
  };
  ch.sendToQueue('p-headers', Buffer.from('m'), { headers });
  const got = (await get(ch, 'p-headers')).properties.headers;
  for (const [name, value] of Object.entries(got)) {
    log('headers of every type', name, Buffer.isBuffer(value) ? value.toString('hex') : value);
  }
});
await scenario('bodies of every size', async (ch) => {
  await ch.assertQueue('p-size', { exclusive: true });
  for (const size of [0, 1, 4087, 4088, 131_063, 131_064, 131_065, 262_128, 1_000_000]) {
    const body = Buffer.alloc(size, size % 251);
    ch.sendToQueue('p-size', body);
    const { content } = await get(ch, 'p-size');
    log('bodies of every size', size, content.equals(body));
  }
});
await scenario('small frames', async () => {
  const connection = await amqp.connect(`${url}?frameMax=8192`, { noDelay: true });
  const ch = await connection.createChannel();
  await ch.assertQueue('p-frames', { exclusive: true });
  const body = Buffer.alloc(100_000, 7);
  ch.sendToQueue('p-frames', body);
  log('small frames', (await get(ch, 'p-frames')).content.equals(body));
  await connection.close();
});
await scenario('user id of another', async (ch) => {
  ch.publish('amq.fanout', '', Buffer.from('m'), { userId: 'somebody' });
  await attempt('user id of another', () => ch.checkExchange('amq.fanout'));
});
await scenario('user id is looked at before expiration', async (ch) => {
  ch.publish('amq.fanout', '', Buffer.from('m'), { userId: 'somebody', expiration: 'x' });
  await attempt('user id is looked at before expiration', () => ch.checkExchange('amq.fanout'));
});
await scenario('direct reply-to', async (ch, connection) => {
  await ch.assertQueue('p-rpc', { exclusive: true });
  const server = await connection.createChannel();
  await server.consume(
    'p-rpc',
    ({ content, properties }) => {
      log('direct reply-to', 'server', content.toString(), /^amq\.rabbitmq\.reply-to\./.test(properties.replyTo));
      server.sendToQueue(properties.replyTo, Buffer.from(`re: ${content}`), {
        correlationId: properties.correlationId,
      });
    },
    { noAck: true },
  );
  const answer = new Promise((resolve) => {
    void ch.consume('amq.rabbitmq.reply-to', resolve, { noAck: true, consumerTag: 'reply' });
  });
  ch.sendToQueue('p-rpc', Buffer.from('question'), { replyTo: 'amq.rabbitmq.reply-to', correlationId: '7' });
  const { fields, properties, content } = await answer;
  log(
    'direct reply-to',
    'client',
    fields.consumerTag,
    fields.exchange,
    fields.redelivered,
    properties.correlationId,
    content.toString(),
  );
});
await scenario('direct reply-to without a consumer', async (ch) => {
  ch.sendToQueue('p-nobody', Buffer.from('m'), { replyTo: 'amq.rabbitmq.reply-to' });
  await attempt('direct reply-to without a consumer', () => ch.checkExchange('amq.fanout'));
});
await scenario('direct reply-to with acknowledgements', (ch) => ch.consume('amq.rabbitmq.reply-to', () => {}));
await scenario('direct reply-to twice', async (ch) => {
  await ch.consume('amq.rabbitmq.reply-to', () => {}, { noAck: true });
  await ch.consume('amq.rabbitmq.reply-to', () => {}, { noAck: true });
});
await scenario('direct reply-to asks whether a client is there', async (ch) => {
  await ch.consume('amq.rabbitmq.reply-to', () => {}, { noAck: true });
  log('direct reply-to asks whether a client is there', (await ch.checkQueue('amq.rabbitmq.reply-to')).consumerCount);
  await ch.checkQueue('amq.rabbitmq.reply-to.nobody');
});
await scenario('two channels of one connection', async (ch, connection) => {
  await ch.assertQueue('p-two', { exclusive: true });
  const other = await connection.createChannel();
  ch.sendToQueue('p-two', Buffer.from('1'));
  log('two channels of one connection', (await get(other, 'p-two')).content.toString());
  await other.close();
  await ch.checkQueue('p-two');
  log('two channels of one connection', 'open');
});
await scenario('an error of one channel leaves the other', async (ch, connection) => {
  const other = await connection.createChannel();
  other.on('error', (error) => log('an error of one channel leaves the other', error.code));
  await other.checkQueue('p-nothing').catch(() => {});
  log('an error of one channel leaves the other', await ch.checkExchange('amq.direct'));
});
await scenario('order over priorities of confirm and delivery', async (ch, connection) => {
  const confirm = await connection.createConfirmChannel();
  await confirm.assertQueue('p-order', { exclusive: true });
  const seen = [];
  await ch.consume('p-order', (message) => seen.push(Number(message.content)), { noAck: true });
  for (let i = 0; i < 200; i++) confirm.sendToQueue('p-order', Buffer.from(String(i)));
  await confirm.waitForConfirms();
  await sleep(50);
  log(
    'order over priorities of confirm and delivery',
    seen.length,
    seen.every((number, i) => number === i),
  );
});
await scenario('wrong password', async () => {
  await amqp.connect(`amqp://guest:wrong@${process.env.HOST}:${process.env.PORT}`, { noDelay: true });
});
await scenario('unknown user', async () => {
  await amqp.connect(`amqp://nobody:x@${process.env.HOST}:${process.env.PORT}`, { noDelay: true });
});
await scenario('unknown virtual host', async () => {
  await amqp.connect(`${url}/nowhere`, { noDelay: true });
});
await scenario('channel_max', async () => {
  const connection = await amqp.connect(`${url}?channelMax=2`, { noDelay: true });
  await connection.createChannel();
  await connection.createChannel();
  await attempt('channel_max', () => connection.createChannel());
  await connection.close();
});
await scenario('capabilities of the server', async (_, connection) => {
  log(
    'capabilities of the server',
    connection.connection.serverProperties.capabilities,
    connection.connection.serverProperties.product,
  );
});
