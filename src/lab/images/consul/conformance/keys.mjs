// packages: consul
// Keys, sessions and transactions through the client: 39 calls, each held against Consul's API documentation.
import Consul from 'consul';

const consul = new Consul({ host: process.env.HOST, port: Number(process.env.PORT) });
const same = (what, actual, documented) => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(documented)];
  log('keys', what, a === b ? 'ok' : `is ${a}, documented is ${b}`);
};
/** This client makes undefined of the server's false. */
const isDone = async (result) => (await result) ?? false;
const refused = async (what, call, status, text) => {
  try {
    await call();
    same(what, 'no error', status);
  } catch (error) {
    same(what, [error.statusCode, String(error.response?.body ?? '')], [status, text]);
  }
};

// https://developer.hashicorp.com/consul/api-docs/kv
same('set', await consul.kv.set('app/name', 'the name'), true);
const entry = await consul.kv.get('app/name');
same(
  'get',
  [entry.Key, entry.Value, entry.Flags, entry.LockIndex, entry.CreateIndex === entry.ModifyIndex],
  ['app/name', 'the name', 0, 0, true],
);
same('not there', await consul.kv.get('app/none'), undefined);
same('raw', String(await consul.kv.get({ key: 'app/name', raw: true })), 'the name');
same(
  'flags',
  [await consul.kv.set({ key: 'app/flags', value: 'x', flags: 42 }), (await consul.kv.get('app/flags')).Flags],
  [true, 42],
);
same('text beyond ASCII', [await consul.kv.set('app/ü', '字'), (await consul.kv.get('app/ü')).Value], [true, '字']);
same(
  'bytes',
  [
    await consul.kv.set('app/bytes', Buffer.from([0, 255, 10])),
    [...(await consul.kv.get({ key: 'app/bytes', buffer: true })).Value],
  ],
  [true, [0, 255, 10]],
);
same('an empty value', [await consul.kv.set('app/empty', ''), (await consul.kv.get('app/empty')).Value], [true, null]);
same('keys', await consul.kv.keys('app/'), ['app/bytes', 'app/empty', 'app/flags', 'app/name', 'app/ü']);
await consul.kv.set('app/deep/er/1', 'x');
same('keys up to a separator', await consul.kv.keys({ key: 'app/', separator: '/' }), [
  'app/bytes',
  'app/deep/',
  'app/empty',
  'app/flags',
  'app/name',
  'app/ü',
]);
await refused('no keys', () => consul.kv.keys('none/'), 404, '');
same(
  'recurse',
  (await consul.kv.get({ key: 'app/deep', recurse: true })).map(({ Key }) => Key),
  ['app/deep/er/1'],
);
same(
  'set again',
  [await consul.kv.set('app/name', 'another'), (await consul.kv.get('app/name')).ModifyIndex > entry.ModifyIndex],
  [true, true],
);
same('cas 0 on one that is there', await isDone(consul.kv.set({ key: 'app/name', value: 'x', cas: '0' })), false);
same(
  'cas with an old index',
  await isDone(consul.kv.set({ key: 'app/name', value: 'x', cas: String(entry.ModifyIndex) })),
  false,
);
same(
  'cas with its index',
  await consul.kv.set({ key: 'app/name', value: 'y', cas: String((await consul.kv.get('app/name')).ModifyIndex) }),
  true,
);
same('delete', [await consul.kv.del('app/flags'), await consul.kv.get('app/flags')], [true, undefined]);
same('delete what is not there', await consul.kv.del('app/flags'), true);
await refused(
  'cas with acquire',
  () => consul.kv.set({ key: 'a', value: '', cas: '0', acquire: 'x' }),
  400,
  'Conflicting flags: acquire=x&cas=0\n',
);
await refused(
  'a value of more than 512 KB',
  () => consul.kv.set('big', 'x'.repeat(524289)),
  413,
  'Request body(524289 bytes) too large, max size: 524288 bytes. See https://developer.hashicorp.com/docs/agent/config/config-files#kv_max_value_size.',
);

// .../session
const { ID: one } = await consul.session.create({ name: 'one', lockdelay: '1s' });
const { ID: two } = await consul.session.create({ name: 'two', ttl: '10s', behavior: 'delete' });
same('a session', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(one), true);
const info = await consul.session.get(two);
same(
  'info',
  [info.Name, info.TTL, info.Behavior, info.LockDelay, info.NodeChecks],
  ['two', '10s', 'delete', 15e9, ['serfHealth']],
);
same('list', (await consul.session.list()).map(({ Name }) => Name).sort(), ['one', 'two']);
same('of a node', (await consul.session.node(info.Node)).length, 2);
same('renew', (await consul.session.renew(two))[0].ID, two);
await refused(
  'renew the unknown',
  () => consul.session.renew('00000000-0000-0000-0000-000000000000'),
  404,
  "Session id '00000000-0000-0000-0000-000000000000' not found",
);
await refused(
  'a TTL that is too short',
  () => consul.session.create({ ttl: '1s' }),
  500,
  "Invalid Session TTL '1000000000', must be between [10s=24h0m0s]",
);
same('acquire', await consul.kv.set({ key: 'lock', value: 'one', acquire: one }), true);
same('it is taken', await isDone(consul.kv.set({ key: 'lock', value: 'two', acquire: two })), false);
same('its holder', [(await consul.kv.get('lock')).Session === one, (await consul.kv.get('lock')).LockIndex], [true, 1]);
same('destroy', [await consul.session.destroy(one), (await consul.kv.get('lock')).Session], [undefined, undefined]);
same('within the lock delay', await isDone(consul.kv.set({ key: 'lock', value: 'two', acquire: two })), false);
await sleep(1100);
same('after it', await consul.kv.set({ key: 'lock', value: 'two', acquire: two }), true);
same('behaviour delete', [await consul.session.destroy(two), await consul.kv.get('lock')], [undefined, undefined]);
await refused(
  'acquire without a session',
  () => consul.kv.set({ key: 'other', value: '', acquire: one }),
  500,
  `invalid session "${one}"`,
);

// .../txn
const value = (text) => Buffer.from(text).toString('base64');
const done = await consul.transaction.create([
  { KV: { Verb: 'set', Key: 't/1', Value: value('1') } },
  { KV: { Verb: 'get', Key: 't/1' } },
]);
same('a transaction', [done.Errors, done.Results.map(({ KV }) => KV.Value)], [null, [null, value('1')]]);
await refused(
  'all or nothing',
  () =>
    consul.transaction.create([
      { KV: { Verb: 'set', Key: 't/2', Value: value('2') } },
      { KV: { Verb: 'check-index', Key: 't/1', Index: 1 } },
    ]),
  409,
  '[object Object]',
);
same('nothing', await consul.kv.get('t/2'), undefined);

same('delete all', [await consul.kv.del({ key: '', recurse: true }), await consul.kv.keys()], [true, []]);
