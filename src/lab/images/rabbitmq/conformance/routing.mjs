// packages: amqplib
// 29 scenarios: which queues a message reaches, by type of exchange, bindings between exchanges, alternates, CC and BCC.
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

/** Queues `names`, each its own bindings; logs what arrived in each after `publish`. */
const routes = async (who, ch, exchange, bindings, publish) => {
  const names = Object.keys(bindings);
  for (const name of names) {
    await ch.assertQueue(`${exchange}-${name}`, { exclusive: true });
    for (const [key, args] of bindings[name]) await ch.bindQueue(`${exchange}-${name}`, exchange, key, args);
  }
  await publish();
  for (const name of names) {
    const got = [];
    for (;;) {
      const message = await ch.get(`${exchange}-${name}`, { noAck: true });
      if (!message) break;
      got.push(`${message.content}:${message.fields.routingKey}`);
    }
    log(who, name, got);
  }
};
/** A count overtakes what is on its way to the queue, so it waits a moment. */
const ready = async (ch, queue) => {
  await sleep(20);
  return (await ch.checkQueue(queue)).messageCount;
};
const keys = (...all) => all.map((key) => [key]);

await scenario('direct', async (ch) => {
  await ch.assertExchange('r-direct', 'direct', { autoDelete: true });
  await routes('direct', ch, 'r-direct', { a: keys('1'), b: keys('1', '2'), c: keys('') }, () => {
    for (const key of ['1', '2', '3', '', '1.2']) ch.publish('r-direct', key, Buffer.from(key || 'empty'));
  });
});
await scenario('fanout', async (ch) => {
  await ch.assertExchange('r-fanout', 'fanout', { autoDelete: true });
  await routes('fanout', ch, 'r-fanout', { a: keys('x'), b: keys('', 'y'), c: keys('') }, () => {
    for (const key of ['x', 'anything', '']) ch.publish('r-fanout', key, Buffer.from('m'));
  });
});
const TOPICS = {
  '*': ['a', '', 'a.b', '.'],
  '#': ['a', '', 'a.b.c'],
  'a.*': ['a', 'a.b', 'a.b.c', 'a.', 'b.a'],
  'a.#': ['a', 'a.b', 'a.b.c', 'ab'],
  '#.z': ['z', 'a.z', 'a.b.z', 'z.a', 'az'],
  '*.b.*': ['a.b.c', 'b', '.b.', 'a.b', 'a.x.c'],
  '#.b.#': ['b', 'a.b', 'b.c', 'a.b.c', 'a.c'],
  'a.*.#': ['a', 'a.b', 'a.b.c.d'],
  '#.*': ['', 'a', 'a.b'],
  '*.#.*': ['a', 'a.b', 'a.b.c.d'],
  '#.#': ['', 'a', 'a.b'],
  'a..b': ['a..b', 'a.b', 'a.x.b'],
  'a*': ['a*', 'ab', 'a'],
  '': ['', 'a'],
};
for (const [pattern, tried] of Object.entries(TOPICS)) {
  const who = `topic ${pattern || '(empty)'}`;
  await scenario(who, async (ch) => {
    await ch.assertExchange('r-topic', 'topic', { autoDelete: true });
    await routes(who, ch, 'r-topic', { q: keys(pattern) }, () => {
      for (const key of tried) ch.publish('r-topic', key, Buffer.from('m'));
    });
  });
}
await scenario('topic, two bindings that both match give one message', async (ch) => {
  await ch.assertExchange('r-topic2', 'topic', { autoDelete: true });
  await routes(
    'topic, two bindings that both match give one message',
    ch,
    'r-topic2',
    { q: keys('a.*', '*.b', '#') },
    () => ch.publish('r-topic2', 'a.b', Buffer.from('m')),
  );
});
await scenario('headers', async (ch) => {
  await ch.assertExchange('r-headers', 'headers', { autoDelete: true });
  await routes(
    'headers',
    ch,
    'r-headers',
    {
      all: [['', { 'x-match': 'all', a: 1, b: 'two' }]],
      any: [['', { 'x-match': 'any', a: 1, b: 'two' }]],
      plain: [['', { a: 1 }]],
      none: [['', {}]],
      anyNone: [['', { 'x-match': 'any' }]],
      there: [['', { a: undefined }]],
      text: [['', { a: '1' }]],
      bool: [['', { flag: true }]],
      withX: [['', { 'x-match': 'all-with-x', 'x-kind': 'k' }]],
      withoutX: [['', { 'x-match': 'all', 'x-kind': 'k' }]],
      anyX: [['', { 'x-match': 'any-with-x', 'x-kind': 'k', a: 9 }]],
    },
    () => {
      const send = (name, headers) => ch.publish('r-headers', name, Buffer.from('m'), headers ? { headers } : {});
      send('a1', { a: 1 });
      send('a1-b', { a: 1, b: 'two', c: 3 });
      send('b', { b: 'two' });
      send('nothing', undefined);
      send('empty', {});
      send('a-text', { a: '1' });
      send('a-double', { a: { '!': 'double', value: 1 } });
      send('a-long', { a: { '!': 'int64', value: 1 } });
      send('flag', { flag: true });
      send('not-flag', { flag: false });
      send('x', { 'x-kind': 'k' });
    },
  );
});
await scenario('default exchange', async (ch) => {
  await ch.assertQueue('r-default', { exclusive: true });
  ch.publish('', 'r-default', Buffer.from('1'));
  ch.publish('', 'r-nobody', Buffer.from('2'));
  const message = await ch.get('r-default', { noAck: true });
  log('default exchange', message.fields, message.content.toString());
});
await scenario('exchange to exchange', async (ch) => {
  for (const name of ['one', 'two', 'three']) await ch.assertExchange(`r-e2e-${name}`, 'topic', { durable: false });
  await ch.bindExchange('r-e2e-two', 'r-e2e-one', 'a.#');
  await ch.bindExchange('r-e2e-three', 'r-e2e-two', '*.b');
  await ch.bindExchange('r-e2e-one', 'r-e2e-three', '#');
  await routes('exchange to exchange', ch, 'r-e2e-three', { q: keys('#'), r: keys('a.*') }, () => {
    for (const key of ['a.b', 'a.c', 'x.b']) ch.publish('r-e2e-one', key, Buffer.from('m'));
  });
  await ch.unbindExchange('r-e2e-two', 'r-e2e-one', 'a.#');
  ch.publish('r-e2e-one', 'a.b', Buffer.from('m'));
  log('exchange to exchange', await ready(ch, 'r-e2e-three-q'));
  for (const name of ['one', 'two', 'three']) await ch.deleteExchange(`r-e2e-${name}`);
});
await scenario('alternate exchange', async (ch) => {
  await ch.assertExchange('r-alt-2', 'fanout', { durable: false });
  await ch.assertExchange('r-alt-1', 'direct', { durable: false, alternateExchange: 'r-alt-2' });
  await ch.assertExchange('r-alt', 'direct', { durable: false, alternateExchange: 'r-alt-1' });
  await ch.assertQueue('r-alt-known', { exclusive: true });
  await ch.bindQueue('r-alt-known', 'r-alt', 'known');
  await routes('alternate exchange', ch, 'r-alt-2', { rest: keys('') }, () => {
    ch.publish('r-alt', 'known', Buffer.from('1'));
    ch.publish('r-alt', 'unknown', Buffer.from('2'), { mandatory: true });
  });
  log('alternate exchange', await ready(ch, 'r-alt-known'));
  for (const name of ['', '-1', '-2']) await ch.deleteExchange(`r-alt${name}`);
});
await scenario('alternate exchange that is not there', async (ch) => {
  const back = [];
  ch.on('return', (message) => back.push(message.fields));
  await ch.assertExchange('r-alt-x', 'direct', { autoDelete: true, alternateExchange: 'r-nobody' });
  ch.publish('r-alt-x', 'k', Buffer.from('1'), { mandatory: true });
  await ch.checkExchange('r-alt-x');
  log('alternate exchange that is not there', back);
  await ch.deleteExchange('r-alt-x');
});
await scenario('CC and BCC', async (ch) => {
  await ch.assertExchange('r-cc', 'direct', { autoDelete: true });
  for (const name of ['a', 'b', 'c']) {
    await ch.assertQueue(`r-cc-${name}`, { exclusive: true });
    await ch.bindQueue(`r-cc-${name}`, 'r-cc', name);
  }
  ch.publish('r-cc', 'a', Buffer.from('m'), { CC: 'b', BCC: ['c'] });
  for (const name of ['a', 'b', 'c']) {
    const { fields, properties } = await ch.get(`r-cc-${name}`, { noAck: true });
    log('CC and BCC', name, fields.routingKey, properties.headers);
  }
});
await scenario('CC that is no array', (ch) => {
  ch.publish('amq.direct', 'a', Buffer.from('m'), { headers: { CC: 'b' } });
  return ch.checkExchange('amq.direct');
});
await scenario('internal exchange', async (ch) => {
  await ch.assertExchange('r-internal', 'fanout', { internal: true, autoDelete: true });
  ch.publish('r-internal', '', Buffer.from('m'));
  await attempt('internal exchange', () => ch.checkExchange('r-internal'));
});
await scenario('publish to an exchange that is not there', async (ch) => {
  ch.publish('r-nothing', '', Buffer.from('m'));
  await attempt('publish to an exchange that is not there', () => ch.checkExchange('amq.direct'));
});
await scenario('bindings go with their queue', async (ch) => {
  await ch.assertQueue('r-gone', { exclusive: true });
  await ch.bindQueue('r-gone', 'amq.direct', 'gone');
  await ch.deleteQueue('r-gone');
  const back = [];
  ch.on('return', (message) => back.push(message.fields.replyText));
  ch.publish('amq.direct', 'gone', Buffer.from('m'), { mandatory: true });
  await ch.checkExchange('amq.direct');
  log('bindings go with their queue', back);
});
await scenario('bind twice, unbind once', async (ch) => {
  await ch.assertQueue('r-twice', { exclusive: true });
  await ch.bindQueue('r-twice', 'amq.direct', 'twice');
  await ch.bindQueue('r-twice', 'amq.direct', 'twice');
  ch.publish('amq.direct', 'twice', Buffer.from('m'));
  log('bind twice, unbind once', await ready(ch, 'r-twice'));
  await ch.unbindQueue('r-twice', 'amq.direct', 'twice');
  ch.publish('amq.direct', 'twice', Buffer.from('m'));
  log('bind twice, unbind once', await ready(ch, 'r-twice'));
});
await scenario('clean up', async (ch) => {
  await ch.deleteExchange('r-internal');
  log('clean up', 'done');
});
