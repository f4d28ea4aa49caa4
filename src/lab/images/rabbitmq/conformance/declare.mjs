// packages: amqplib
// 75 scenarios: declaring, checking, binding and deleting exchanges and queues, and what is refused in which words.
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

const names = [];
const queue = (name) => {
  names.push(name);
  return name;
};

await scenario('passive queue that is not there', (ch) => ch.checkQueue('d-none'));
await scenario('passive exchange that is not there', (ch) => ch.checkExchange('d-none'));
await scenario('declare twice', async (ch) => {
  log('declare twice', await ch.assertQueue(queue('d-twice')));
  ch.sendToQueue('d-twice', Buffer.from('1'));
  await sleep(20);
  log('declare twice', await ch.assertQueue('d-twice'));
  log('declare twice', await ch.checkQueue('d-twice'));
});
await scenario('other durability', async (ch) => {
  await ch.assertQueue(queue('d-durable'), { durable: true });
  await ch.assertQueue('d-durable', { durable: false });
});
await scenario('other auto-delete', async (ch) => {
  await ch.assertQueue(queue('d-auto'));
  await ch.assertQueue('d-auto', { autoDelete: true });
});
await scenario('other exclusive', async (ch) => {
  await ch.assertQueue(queue('d-exclusive'));
  await ch.assertQueue('d-exclusive', { exclusive: true });
});
await scenario('argument added', async (ch) => {
  await ch.assertQueue(queue('d-added'));
  await ch.assertQueue('d-added', { messageTtl: 1000 });
});
await scenario('argument removed', async (ch) => {
  await ch.assertQueue(queue('d-removed'), { maxLength: 10 });
  await ch.assertQueue('d-removed');
});
await scenario('argument changed', async (ch) => {
  await ch.assertQueue(queue('d-changed'), { maxLength: 10 });
  await ch.assertQueue('d-changed', { maxLength: 70000 });
});
await scenario('argument of another integer type', async (ch) => {
  await ch.assertQueue(queue('d-type'), { arguments: { 'x-max-length': { '!': 'int64', value: 10 } } });
  log('argument of another integer type', await ch.assertQueue('d-type', { arguments: { 'x-max-length': 10 } }));
});
await scenario('dead letter exchange changed', async (ch) => {
  await ch.assertQueue(queue('d-dlx'), { deadLetterExchange: 'a' });
  await ch.assertQueue('d-dlx', { deadLetterExchange: 'b' });
});
await scenario('unknown argument differs', async (ch) => {
  await ch.assertQueue(queue('d-unknown'), { arguments: { 'x-mine': 1 } });
  log('unknown argument differs', await ch.assertQueue('d-unknown', { arguments: { 'x-mine': 2 } }));
});
await scenario('type of queue differs', async (ch) => {
  await ch.assertQueue(queue('d-quorum'));
  await ch.assertQueue('d-quorum', { arguments: { 'x-queue-type': 'quorum' } });
});
await scenario('type classic said and not said', async (ch) => {
  await ch.assertQueue(queue('d-classic'));
  log(
    'type classic said and not said',
    await ch.assertQueue('d-classic', { arguments: { 'x-queue-type': 'classic' } }),
  );
});
for (const [what, args] of [
  ['ttl negative', { 'x-message-ttl': -1 }],
  ['ttl text', { 'x-message-ttl': '1000' }],
  ['expires zero', { 'x-expires': 0 }],
  ['length negative', { 'x-max-length': -5 }],
  ['length text', { 'x-max-length': 'many' }],
  ['priority too high', { 'x-max-priority': 256 }],
  ['overflow unknown', { 'x-overflow': 'explode' }],
  ['overflow number', { 'x-overflow': 1 }],
  ['queue type unknown', { 'x-queue-type': 'strange' }],
  ['queue type number', { 'x-queue-type': 7 }],
  ['single active text', { 'x-single-active-consumer': 'yes' }],
  ['dead letter key without exchange', { 'x-dead-letter-routing-key': 'k' }],
  ['dead letter exchange number', { 'x-dead-letter-exchange': 5 }],
  ['quorum with max priority', { 'x-queue-type': 'quorum', 'x-max-priority': 5 }],
  ['classic with delivery limit', { 'x-delivery-limit': 5 }],
]) {
  await scenario(what, async (ch) => log(what, await ch.assertQueue('d-args', { arguments: args })));
}
await scenario('quorum not durable', (ch) =>
  ch.assertQueue('d-q1', { durable: false, arguments: { 'x-queue-type': 'quorum' } }),
);
await scenario('quorum exclusive', (ch) =>
  ch.assertQueue('d-q2', { exclusive: true, arguments: { 'x-queue-type': 'quorum' } }),
);
await scenario('quorum auto-delete', (ch) =>
  ch.assertQueue('d-q3', { autoDelete: true, arguments: { 'x-queue-type': 'quorum' } }),
);
await scenario('reserved queue name', (ch) => ch.assertQueue('amq.mine'));
await scenario('reserved exchange name', (ch) => ch.assertExchange('amq.mine', 'direct'));
await scenario('server-named queues', async (ch) => {
  const first = (await ch.assertQueue('', { exclusive: true })).queue;
  const second = (await ch.assertQueue('')).queue;
  log(
    'server-named queues',
    /^amq\.gen-[\w-]{22}$/.test(first),
    first !== second,
    (await ch.checkQueue(first)).messageCount,
  );
  await ch.deleteQueue(second);
});
await scenario('exchange of another type', async (ch) => {
  await ch.assertExchange('d-x1', 'direct', { durable: false, autoDelete: true });
  await ch.assertExchange('d-x1', 'fanout', { durable: false, autoDelete: true });
});
await scenario('exchange of other durability', async (ch) => {
  await ch.assertExchange('d-x2', 'direct', { durable: true });
  await ch.assertExchange('d-x2', 'direct', { durable: false });
});
await scenario('exchange internal or not', async (ch) => {
  await ch.assertExchange('d-x2', 'direct', { durable: true, internal: true });
});
await scenario('exchange with another alternate', async (ch) => {
  await ch.assertExchange('d-x3', 'direct', { alternateExchange: 'one' });
  await ch.assertExchange('d-x3', 'direct', { alternateExchange: 'two' });
});
await scenario('exchange that has an alternate and is asked for without', (ch) => ch.assertExchange('d-x3', 'direct'));
await scenario('default exchange declared', (ch) => ch.assertExchange('', 'direct'));
await scenario('default exchange deleted', (ch) => ch.deleteExchange(''));
await scenario('default exchange bound', async (ch) => {
  await ch.assertQueue(queue('d-default'));
  await ch.bindQueue('d-default', '', 'x');
});
await scenario('system exchange deleted', (ch) => ch.deleteExchange('amq.direct'));
await scenario('exchange that is not there deleted', async (ch) => {
  log('exchange that is not there deleted', await ch.deleteExchange('d-nothing'));
});
await scenario('queue that is not there deleted', async (ch) => {
  log('queue that is not there deleted', await ch.deleteQueue('d-nothing'));
});
await scenario('queue that is not there purged', (ch) => ch.purgeQueue('d-nothing'));
await scenario('delete if empty', async (ch) => {
  await ch.assertQueue(queue('d-empty'));
  ch.sendToQueue('d-empty', Buffer.from('1'));
  await ch.deleteQueue('d-empty', { ifEmpty: true });
});
await scenario('delete if unused', async (ch) => {
  await ch.assertQueue(queue('d-used'));
  await ch.consume('d-used', () => {});
  await ch.deleteQueue('d-used', { ifUnused: true });
});
await scenario('delete exchange if unused', async (ch) => {
  await ch.assertExchange('d-x4', 'fanout', { durable: false });
  await ch.assertQueue('d-x4-q', { exclusive: true });
  await ch.bindQueue('d-x4-q', 'd-x4', '');
  await ch.deleteExchange('d-x4', { ifUnused: true });
});
await scenario('bind to an exchange that is not there', async (ch) => {
  await ch.assertQueue(queue('d-bind'));
  await ch.bindQueue('d-bind', 'd-nothing', 'k');
});
await scenario('bind a queue that is not there', (ch) => ch.bindQueue('d-nothing', 'amq.direct', 'k'));
await scenario('bind exchanges that are not there', (ch) => ch.bindExchange('d-no1', 'd-no2', 'k'));
await scenario('unbind what is not bound', async (ch) => {
  await ch.assertQueue(queue('d-unbind'));
  log('unbind what is not bound', await ch.unbindQueue('d-unbind', 'amq.direct', 'never'));
});
await scenario('headers binding with a strange x-match', async (ch) => {
  await ch.assertQueue(queue('d-headers'));
  await ch.bindQueue('d-headers', 'amq.headers', '', { 'x-match': 'some' });
});
await scenario('headers binding with a number for x-match', async (ch) => {
  await ch.assertQueue(queue('d-headers'));
  await ch.bindQueue('d-headers', 'amq.headers', '', { 'x-match': 3 });
});
await scenario('exclusive queue of another connection', async (ch) => {
  await ch.assertQueue('d-own', { exclusive: true });
  const other = await amqp.connect(url, { noDelay: true });
  for (const [what, call] of [
    ['declare', (c) => c.assertQueue('d-own', { exclusive: true })],
    ['check', (c) => c.checkQueue('d-own')],
    ['get', (c) => c.get('d-own')],
    ['consume', (c) => c.consume('d-own', () => {})],
    ['delete', (c) => c.deleteQueue('d-own')],
    ['purge', (c) => c.purgeQueue('d-own')],
    ['bind', (c) => c.bindQueue('d-own', 'amq.direct', 'k')],
  ]) {
    const channel = await other.createChannel();
    channel.on('error', () => {});
    await attempt(`exclusive queue of another connection, ${what}`, () => call(channel));
  }
  await other.close();
});
await scenario('exclusive queue ends with its connection', async (ch) => {
  const other = await amqp.connect(url, { noDelay: true });
  await (await other.createChannel()).assertQueue('d-ends', { exclusive: true });
  await other.close();
  await ch.checkQueue('d-ends');
});
await scenario('auto-delete queue ends with its last consumer', async (ch) => {
  await ch.assertQueue('d-last', { autoDelete: true });
  await ch.consume('d-last', () => {}, { consumerTag: 'a' });
  await ch.consume('d-last', () => {}, { consumerTag: 'b' });
  await ch.cancel('a');
  log('auto-delete queue ends with its last consumer', await ch.checkQueue('d-last'));
  await ch.cancel('b');
  await ch.checkQueue('d-last');
});
await scenario('auto-delete queue without any consumer stays', async (ch) => {
  await ch.assertQueue(queue('d-stays'), { autoDelete: true });
  log('auto-delete queue without any consumer stays', await ch.checkQueue('d-stays'));
});
await scenario('auto-delete exchange ends with its last binding', async (ch) => {
  await ch.assertExchange('d-x5', 'direct', { autoDelete: true });
  await ch.assertQueue('d-x5-q', { exclusive: true });
  await ch.bindQueue('d-x5-q', 'd-x5', '1');
  await ch.bindQueue('d-x5-q', 'd-x5', '2');
  await ch.unbindQueue('d-x5-q', 'd-x5', '1');
  log('auto-delete exchange ends with its last binding', await ch.checkExchange('d-x5'));
  await ch.unbindQueue('d-x5-q', 'd-x5', '2');
  await ch.checkExchange('d-x5');
});
await scenario('auto-delete exchanges go in a row', async (ch) => {
  await ch.assertExchange('d-x6', 'direct', { autoDelete: true });
  await ch.assertExchange('d-x7', 'direct', { autoDelete: true });
  await ch.assertQueue('d-x7-q', { exclusive: true });
  await ch.bindExchange('d-x7', 'd-x6', '');
  await ch.bindQueue('d-x7-q', 'd-x7', '');
  await ch.deleteQueue('d-x7-q');
  await attempt('auto-delete exchanges go in a row', () => ch.checkExchange('d-x6'));
});
await scenario('a purge counts ready messages', async (ch) => {
  await ch.assertQueue(queue('d-purge'));
  for (let i = 0; i < 5; i++) ch.sendToQueue('d-purge', Buffer.from(String(i)));
  await ch.get('d-purge');
  log('a purge counts ready messages', await ch.purgeQueue('d-purge'), await ch.checkQueue('d-purge'));
});
await scenario('a delete counts ready messages', async (ch) => {
  await ch.assertQueue('d-count');
  for (let i = 0; i < 5; i++) ch.sendToQueue('d-count', Buffer.from(String(i)));
  await ch.get('d-count');
  log('a delete counts ready messages', await ch.deleteQueue('d-count'));
});
await scenario('the last declared queue by an empty name', async (ch) => {
  await ch.assertQueue('d-short', { exclusive: true });
  await ch.bindQueue('', 'amq.direct', '');
  ch.publish('amq.direct', 'd-short', Buffer.from('found'));
  await ch.checkQueue('d-short');
  const message = await ch.get('', { noAck: true });
  log('the last declared queue by an empty name', message?.content.toString());
});
await scenario('an empty name and nothing declared', (ch) => ch.get(''));
await scenario('line ends in names are dropped', async (ch) => {
  log('line ends in names are dropped', await ch.assertQueue('d-line\r\n-end', { exclusive: true }));
});
await scenario('names may be UTF-8', async (ch) => {
  log('names may be UTF-8', await ch.assertQueue('d-Größe-東京', { exclusive: true }));
  await ch.checkQueue('d-Grösse-none');
});
await scenario('clean up', async (ch) => {
  for (const name of new Set(names)) await ch.deleteQueue(name);
  for (const name of ['d-x2', 'd-x3', 'd-x4']) await ch.deleteExchange(name);
  log('clean up', 'done');
});
