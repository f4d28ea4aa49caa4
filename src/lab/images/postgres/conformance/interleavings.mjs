// packages: pg
// 60 interleavings of two and three sessions: what blocks, in which order it goes on, and how it ends.
import pg from 'pg';

const connect = async () => {
  const client = new pg.Client({
    host: process.env.HOST,
    port: Number(process.env.PORT),
    user: 'postgres',
    password: 'secret',
    database: 'postgres',
  });
  client.on('error', () => {});
  await client.connect();
  return client;
};
const names = ['A', 'B', 'C'];
const clients = {};
for (const name of names) clients[name] = await connect();
const admin = await connect();
let who = '';

const shown = (r) =>
  [r]
    .flat()
    .map((one) => `${one.command} ${one.rowCount} ${JSON.stringify(one.rows)}`)
    .join('; ');
const hide = (text) =>
  String(text)
    .replace(/\b(Process|process|transaction|relation|database|pivot) \d+/g, '$1 N')
    .replace(/\[\d+,/g, '[N,');
const failure = (e) =>
  `${e.severity} ${e.code} ${e.message} ${hide(e.detail ?? '')} ${e.constraint ?? ''} ${hide(e.where ?? '')}`
    .replace(/\s+/g, ' ')
    .trim();
const running = {};

/** `A: sql` waits for the answer; `A? sql` looks after a while whether it is still blocked; `A!` waits for what was blocked. */
async function step(line) {
  const [, name, how, sql] = /^([ABC])([:?!])\s*(.*)$/s.exec(line);
  if (how === '!') {
    log(who, name, 'then', await running[name]);
    running[name] = null;
    return;
  }
  const done = clients[name].query(sql).then(shown, failure);
  if (how === ':') return log(who, name, sql, '→', await done);
  running[name] = done;
  const early = await Promise.race([done, sleep(50).then(() => null)]);
  log(who, name, sql, early === null ? 'blocks' : `→ ${early}`);
  if (early !== null) running[name] = null;
}

async function scenario(name, setup, lines) {
  who = name;
  await admin.query(`drop table if exists t, u cascade; ${setup}`);
  for (const line of lines) await step(line);
  for (const one of names) {
    if (running[one]) log(who, one, 'at last', await Promise.race([running[one], sleep(2500).then(() => 'never')]));
    running[one] = null;
    await clients[one].query('rollback');
    await clients[one].query('select pg_advisory_unlock_all()');
  }
  log(who, 'end', (await admin.query('select * from t order by 1, 2')).rows);
}

const T = 'create table t (id int primary key, v int); insert into t values (1, 10), (2, 20)';
const RC = 'begin isolation level read committed';
const RR = 'begin isolation level repeatable read';
const SER = 'begin isolation level serializable';

for (const [level, begin] of [
  ['rc', RC],
  ['rr', RR],
  ['ser', SER],
]) {
  await scenario(`${level} dirty read`, T, [
    `A: ${begin}`,
    'A: update t set v = 11 where id = 1',
    `B: ${begin}`,
    'B: select * from t where id = 1',
    'A: rollback',
    'B: select * from t where id = 1',
    'B: commit',
  ]);
  await scenario(`${level} non-repeatable read`, T, [
    `A: ${begin}`,
    'A: select v from t where id = 1',
    'B: update t set v = 99 where id = 1',
    'A: select v from t where id = 1',
    'A: commit',
  ]);
  await scenario(`${level} phantom`, T, [
    `A: ${begin}`,
    'A: select count(*) from t',
    'B: insert into t values (3, 30)',
    'A: select count(*) from t',
    'A: commit',
  ]);
  await scenario(`${level} lost update`, T, [
    `A: ${begin}`,
    `B: ${begin}`,
    'A: select v from t where id = 1',
    'B: select v from t where id = 1',
    'A: update t set v = 11 where id = 1',
    'B? update t set v = 12 where id = 1',
    'A: commit',
    'B!',
    'B: commit',
  ]);
  await scenario(`${level} update meets delete`, T, [
    `A: ${begin}`,
    `B: ${begin}`,
    'B: select 1',
    'A: delete from t where id = 1',
    'B? update t set v = 12 where id = 1',
    'A: commit',
    'B!',
    'B: commit',
  ]);
  await scenario(`${level} delete meets update`, T, [
    `A: ${begin}`,
    `B: ${begin}`,
    'B: select 1',
    'A: update t set v = 11 where id = 1',
    'B? delete from t where id = 1',
    'A: commit',
    'B!',
    'B: commit',
  ]);
  await scenario(`${level} waits then the other rolls back`, T, [
    `A: ${begin}`,
    `B: ${begin}`,
    'A: update t set v = 11 where id = 1',
    'B? update t set v = v + 1 where id = 1 returning v',
    'A: rollback',
    'B!',
    'B: commit',
  ]);
  await scenario(`${level} write skew`, T, [
    `A: ${begin}`,
    `B: ${begin}`,
    'A: select sum(v) from t',
    'B: select sum(v) from t',
    'A: update t set v = v - 25 where id = 1',
    'B: update t set v = v - 25 where id = 2',
    'A: commit',
    'B: commit',
  ]);
  await scenario(
    `${level} write skew by inserts`,
    'create table t (class int, v int); insert into t values (1, 10), (1, 20), (2, 100), (2, 200)',
    [
      `A: ${begin}`,
      `B: ${begin}`,
      'A: select sum(v) from t where class = 1',
      'B: select sum(v) from t where class = 2',
      'A: insert into t values (2, 30)',
      'B: insert into t values (1, 300)',
      'A: commit',
      'B: commit',
    ],
  );
  await scenario(`${level} read-only anomaly`, T, [
    `A: ${begin}`,
    'A: select v from t where id = 1',
    'A: select v from t where id = 2',
    `B: ${begin}`,
    'B: update t set v = v + 20 where id = 2',
    'B: commit',
    `C: ${begin}`,
    'C: select * from t order by id',
    'C: commit',
    'A: update t set v = v - 11 where id = 1',
    'A: commit',
  ]);
  await scenario(`${level} for update`, T, [
    `A: ${begin}`,
    `B: ${begin}`,
    'B: select 1',
    'A: select v from t where id = 1 for update',
    'B? select v from t where id = 1 for update',
    'A: update t set v = 15 where id = 1',
    'A: commit',
    'B!',
    'B: commit',
  ]);
  await scenario(`${level} unique race`, T, [
    `A: ${begin}`,
    `B: ${begin}`,
    'A: insert into t values (3, 1)',
    'B? insert into t values (3, 2)',
    'A: commit',
    'B!',
    'B: commit',
  ]);
  await scenario(`${level} on conflict race`, T, [
    `A: ${begin}`,
    `B: ${begin}`,
    'B: select 1',
    'A: insert into t values (3, 1) on conflict (id) do update set v = t.v + 1',
    'B? insert into t values (3, 1) on conflict (id) do update set v = t.v + 1 returning v',
    'A: commit',
    'B!',
    'B: commit',
  ]);
  await scenario(`${level} on conflict do nothing race`, T, [
    `A: ${begin}`,
    `B: ${begin}`,
    'B: select 1',
    'A: insert into t values (3, 1)',
    'B? insert into t values (3, 5) on conflict do nothing returning v',
    'A: commit',
    'B!',
    'B: commit',
  ]);
}
await scenario('rc condition is checked anew', T, [
  `A: ${RC}`,
  'A: update t set v = v + 1',
  'B? update t set v = v * 10 where v in (10, 20) returning id, v',
  'A: commit',
  'B!',
]);
await scenario('rc condition holds for the newer row', T, [
  `A: ${RC}`,
  'A: update t set v = 50 where id = 1',
  'B? update t set v = v * 10 where v >= 10 returning id, v',
  'A: commit',
  'B!',
]);
await scenario(
  'rc join is checked anew',
  `${T}; create table u (t_id int, f int); insert into u values (1, 2), (2, 3)`,
  [
    `A: ${RC}`,
    'A: update t set v = v + 1 where id = 1',
    'B? update t set v = t.v * u.f from u where u.t_id = t.id and t.v > 5 returning t.id, t.v, u.f',
    'A: commit',
    'B!',
  ],
);
await scenario('rc for update returns the newer row', T, [
  `A: ${RC}`,
  'A: update t set v = 99 where id = 1',
  'B? select * from t where v < 50 order by id for update',
  'A: commit',
  'B!',
]);
await scenario('three in a queue all have their turn', T, [
  'A: begin',
  'A: update t set v = 1 where id = 1',
  'B? update t set v = v + 2 where id = 1',
  'C? update t set v = v + 5 where id = 1',
  'A: commit',
  'B!',
  'C!',
]);
await scenario('deadlock of rows', T, [
  'A: begin',
  'B: begin',
  "A: set deadlock_timeout = '300ms'",
  "B: set deadlock_timeout = '10s'",
  'A: update t set v = 1 where id = 1',
  'B: update t set v = 2 where id = 2',
  'B? update t set v = 2 where id = 1',
  'A? update t set v = 1 where id = 2',
  'A!',
  'A: rollback',
  'B!',
  'B: commit',
]);
await scenario('deadlock of advisory locks', T, [
  "A: set deadlock_timeout = '300ms'",
  "B: set deadlock_timeout = '10s'",
  'A: select pg_advisory_lock(1)',
  'B: select pg_advisory_lock(2)',
  'B? select pg_advisory_lock(1)',
  'A? select pg_advisory_lock(2)',
  'A!',
  'A: select pg_advisory_unlock(1)',
  'B!',
]);
await scenario('deadlock of inserts', T, [
  'A: begin',
  'B: begin',
  "A: set deadlock_timeout = '300ms'",
  "B: set deadlock_timeout = '10s'",
  'A: insert into t values (5, 1)',
  'B: insert into t values (6, 1)',
  'B? insert into t values (5, 2)',
  'A? insert into t values (6, 2)',
  'A!',
  'A: rollback',
  'B!',
  'B: commit',
]);
await scenario(
  'skip locked queue',
  'create table t (id int primary key, done bool default false); insert into t select g from generate_series(1, 5) g',
  [
    'A: begin',
    'B: begin',
    'C: begin',
    'A: update t set done = true where id = (select id from t where not done order by id for update skip locked limit 1) returning id',
    'B: update t set done = true where id = (select id from t where not done order by id for update skip locked limit 1) returning id',
    'C: select id from t where not done order by id limit 2 for update skip locked',
    'A: rollback',
    'B: commit',
    'A: select id from t where not done order by id for update skip locked',
  ],
);
await scenario('nowait', T, [
  'A: begin',
  'A: select * from t where id = 1 for update',
  'B: select * from t where id = 1 for update nowait',
  'B: select * from t where id = 2 for update nowait',
  'B: lock table t in access exclusive mode nowait',
]);
await scenario('lock strengths', T, [
  'A: begin',
  'B: begin',
  'A: select * from t where id = 1 for key share',
  'B: update t set v = 5 where id = 1',
  'B: rollback',
  'B: begin',
  'B? update t set id = 9 where id = 1',
  'A: commit',
  'B!',
  'B: commit',
]);
await scenario('share locks together', T, [
  'A: begin',
  'B: begin',
  'A: select * from t where id = 1 for share',
  'B: select * from t where id = 1 for share',
  'C? update t set v = 0 where id = 1',
  'A: commit',
  'B: commit',
  'C!',
]);
await scenario('foreign key: child waits for parent', `${T}; create table u (t_id int references t(id))`, [
  'A: begin',
  'A: delete from t where id = 1',
  'B? insert into u values (1)',
  'A: commit',
  'B!',
]);
await scenario('foreign key: parent waits for child', `${T}; create table u (t_id int references t(id))`, [
  'A: begin',
  'A: insert into u values (1)',
  'B: update t set v = 5 where id = 1',
  'B? delete from t where id = 1',
  'A: commit',
  'B!',
]);
await scenario(
  'foreign key: cascade waits',
  `${T}; create table u (id int, t_id int references t(id) on delete cascade); insert into u values (1, 1)`,
  ['A: begin', 'A: update u set id = 2', 'B? delete from t where id = 1', 'A: commit', 'B!', 'B: select * from u'],
);
await scenario(
  'deferred foreign key',
  `${T}; create table u (t_id int references t(id) deferrable initially deferred)`,
  [
    'A: begin',
    'A: insert into u values (3)',
    'A: insert into t values (3, 3)',
    'A: commit',
    'A: begin',
    'A: insert into u values (4)',
    'A: commit',
    'A: select * from u',
  ],
);
await scenario(
  'exclusion constraint',
  'create extension if not exists btree_gist; create table t (room int, during tsrange, exclude using gist (room with =, during with &&))',
  [
    'A: begin',
    "A: insert into t values (1, '[2026-01-01 10:00, 2026-01-01 11:00)')",
    "B? insert into t values (1, '[2026-01-01 10:30, 2026-01-01 12:00)')",
    'A: commit',
    'B!',
    "B: insert into t values (1, '[2026-01-01 11:00, 2026-01-01 12:00)')",
    "B: insert into t values (2, '[2026-01-01 10:30, 2026-01-01 12:00)')",
  ],
);
await scenario('unique waits for a rollback', T, [
  'A: begin',
  'A: insert into t values (3, 1)',
  'B? insert into t values (3, 2)',
  'A: rollback',
  'B!',
]);
await scenario('unique waits for a delete', T, [
  'A: begin',
  'A: delete from t where id = 1',
  'B? insert into t values (1, 2)',
  'A: commit',
  'B!',
]);
await scenario('advisory locks', T, [
  'A: select pg_advisory_lock(7)',
  'B: select pg_try_advisory_lock(7)',
  'B? select pg_advisory_lock(7)',
  'A: select pg_advisory_unlock(7)',
  'B!',
  'A: select pg_advisory_unlock(7)',
  'B: begin',
  'B: select pg_advisory_xact_lock(8)',
  'A: select pg_try_advisory_lock(8), pg_try_advisory_lock_shared(7)',
  'B: commit',
  'A: select pg_try_advisory_lock(8)',
  'A: select pg_try_advisory_lock(1, 2)',
  'B: select pg_try_advisory_lock(1, 2), pg_try_advisory_lock(2, 1)',
]);
await scenario('lock timeout', T, [
  'A: begin',
  'A: update t set v = 0 where id = 1',
  "B: set lock_timeout = '100ms'",
  'B: update t set v = 1 where id = 1',
  'B: reset lock_timeout',
  'A: commit',
]);
await scenario('statement timeout', T, [
  "A: set statement_timeout = '100ms'",
  'A: select pg_sleep(5)',
  'B: begin',
  'B: update t set v = 0 where id = 1',
  'A: update t set v = 1 where id = 1',
  'A: reset statement_timeout',
  'B: commit',
]);
await scenario('cancel', T, [
  'B: select pg_backend_pid() > 0',
  'A? select pg_sleep(20)',
  "B: select count(*) from (select pg_cancel_backend(pid) from pg_stat_activity where query like 'select pg_sleep(20)%') x",
  'A!',
  'A: select 1 as alive',
]);
await scenario('table locks', T, [
  'A: begin',
  'A: lock table t in share mode',
  'B? update t set v = 1 where id = 1',
  'C: select count(*) from t',
  'A: commit',
  'B!',
]);
await scenario('alter waits for readers, and readers wait for it', T, [
  'A: begin',
  'A: select count(*) from t',
  'B? alter table t add column x int default 5',
  'C? select * from t order by id',
  'A: commit',
  'B!',
  'C!',
]);
await scenario('transactional definitions', T, [
  'A: begin',
  'A: create table u (a int)',
  'A: insert into u values (1)',
  'B: select * from u',
  'A: commit',
  'B: select * from u',
  'A: begin',
  'A: drop table u',
  'B? select * from u',
  'A: rollback',
  'B!',
]);
await scenario('savepoint gives its locks back', T, [
  'A: begin',
  'A: savepoint s',
  'A: update t set v = 0 where id = 1',
  'B? update t set v = 5 where id = 1',
  'A: rollback to s',
  'B!',
  'A: commit',
]);
await scenario('serializable: range and insert', T, [
  `A: ${SER}`,
  `B: ${SER}`,
  'A: select count(*) from t where id between 1 and 10',
  'B: select count(*) from t where id between 1 and 10',
  'A: insert into t values (5, 0)',
  'B: insert into t values (6, 0)',
  'A: commit',
  'B: commit',
]);
await scenario('serializable: no harm done', T, [
  `A: ${SER}`,
  `B: ${SER}`,
  'A: select v from t where id = 1',
  'B: update t set v = 0 where id = 2',
  'A: commit',
  'B: commit',
]);
await scenario('serializable: retry succeeds', T, [
  `A: ${SER}`,
  `B: ${SER}`,
  'A: select sum(v) from t',
  'B: select sum(v) from t',
  'A: insert into t values (3, 30)',
  'B: insert into t values (4, 30)',
  'A: commit',
  'B: commit',
  `B: ${SER}`,
  'B: select sum(v) from t',
  'B: insert into t values (4, 60)',
  'B: commit',
]);

// Notifications
{
  who = 'notify';
  const heard = [];
  clients.B.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`));
  await clients.B.query('listen jobs');
  await clients.A.query('begin');
  await clients.A.query("notify jobs, 'one'");
  await clients.A.query("select pg_notify('jobs', 'two'), pg_notify('jobs', 'one'), pg_notify('other', 'x')");
  await sleep(30);
  log(who, 'before commit', heard);
  await clients.A.query('commit');
  await sleep(50);
  log(who, 'after commit', heard);
  await clients.A.query('begin');
  await clients.A.query('notify jobs');
  await clients.A.query('rollback');
  await clients.B.query("notify jobs, 'own'");
  await sleep(30);
  log(who, 'after rollback', heard);
  await clients.B.query('unlisten jobs');
  await clients.A.query("notify jobs, 'late'");
  await sleep(30);
  log(who, 'after unlisten', heard);
}
// Connections
{
  who = 'connections';
  const gone = new Promise((resolve) => clients.C.once('error', (e) => resolve(`${e.code} ${e.message}`)));
  await clients.C.query("set idle_in_transaction_session_timeout = '80ms'");
  await clients.C.query('begin');
  log(who, 'idle in transaction', await gone);
  const victim = await connect();
  const ended = new Promise((resolve) => victim.once('error', (e) => resolve(`${e.code} ${e.message}`)));
  const { rows } = await victim.query('select pg_backend_pid() as pid');
  log(who, (await admin.query('select pg_terminate_backend($1)', [rows[0].pid])).rows);
  log(who, 'terminated', await ended);
  const many = [];
  let refused = null;
  for (let i = 0; i < 30 && !refused; i++) {
    const client = new pg.Client({
      host: process.env.HOST,
      port: Number(process.env.PORT),
      user: 'postgres',
      password: 'secret',
      database: 'postgres',
    });
    client.on('error', () => {});
    try {
      await client.connect();
      many.push(client);
    } catch (e) {
      refused = e;
    }
  }
  log(who, 'refused', refused.code, refused.message);
  for (const client of many) await client.end();
  const wrong = new pg.Client({
    host: process.env.HOST,
    port: Number(process.env.PORT),
    user: 'postgres',
    password: 'secret',
    database: 'nosuch',
  });
  await attempt(who, () => wrong.connect());
}
for (const client of [clients.A, clients.B, admin]) await client.end();
