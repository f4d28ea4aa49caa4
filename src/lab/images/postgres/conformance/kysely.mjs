// packages: pg, kysely
// 45 operations of kysely: schema builder, queries, transactions, introspection, and pg's pool and cursors' portals.
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

const pool = new pg.Pool({
  host: process.env.HOST,
  port: Number(process.env.PORT),
  user: 'postgres',
  password: 'secret',
  database: 'postgres',
  max: 4,
});
const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
const run = async (who, query) => {
  try {
    log(who, await query());
  } catch (e) {
    log(who, 'error', e.code, e.message, e.detail, e.constraint);
  }
};
await sql`drop schema public cascade`.execute(db);
await sql`create schema public`.execute(db);
await sql`drop schema if exists extra cascade`.execute(db);
await run('create', () =>
  db.schema
    .createTable('person')
    .addColumn('id', 'serial', (c) => c.primaryKey())
    .addColumn('name', 'varchar(40)', (c) => c.notNull().unique())
    .addColumn('age', 'integer', (c) => c.check(sql`age >= 0`))
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`'2026-01-01 00:00:00+00'`))
    .addColumn('data', 'jsonb')
    .execute(),
);
await run('create', () =>
  db.schema
    .createTable('pet')
    .addColumn('id', 'bigint', (c) => c.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('owner_id', 'integer', (c) => c.references('person.id').onDelete('cascade').notNull())
    .addColumn('kind', 'text', (c) => c.notNull().defaultTo('cat'))
    .addUniqueConstraint('one_kind', ['owner_id', 'kind'])
    .execute(),
);
await run('index', () => db.schema.createIndex('pet_kind').on('pet').column('kind').execute());
await run('schema', () => db.schema.createSchema('extra').execute());
await run('view', () =>
  db.schema
    .createView('adults')
    .as(db.selectFrom('person').selectAll().where('age', '>=', sql.lit(18)))
    .execute(),
);
await run('insert', () =>
  db
    .insertInto('person')
    .values([
      { name: 'Ann', age: 30, data: JSON.stringify({ a: [1, 2] }) },
      { name: 'Bob', age: 12 },
    ])
    .returningAll()
    .execute(),
);
await run('insert', () => db.insertInto('person').values({ name: 'Ann', age: 1 }).execute());
await run('insert', () =>
  db
    .insertInto('person')
    .values({ name: 'Ann', age: 31 })
    .onConflict((c) => c.column('name').doUpdateSet((eb) => ({ age: eb.ref('excluded.age') })))
    .returning(['name', 'age'])
    .executeTakeFirst(),
);
await run('insert', () =>
  db
    .insertInto('person')
    .values({ name: 'Ann' })
    .onConflict((c) => c.doNothing())
    .executeTakeFirst(),
);
await run('insert', () =>
  db
    .insertInto('pet')
    .values([{ owner_id: 1 }, { owner_id: 1, kind: 'dog' }, { owner_id: 2 }])
    .returning(['id', 'kind'])
    .execute(),
);
await run('insert', () => db.insertInto('pet').values({ owner_id: 99 }).execute());
await run('insert', () =>
  db
    .insertInto('person')
    .columns(['name', 'age'])
    .expression(db.selectFrom('person').select((eb) => [sql`name || '2'`.as('name'), eb('age', '+', 1).as('age')]))
    .execute(),
);
await run('select', () =>
  db.selectFrom('person').select(['id', 'name', 'age']).where('age', '>', 10).orderBy('id').execute(),
);
await run('select', () =>
  db
    .selectFrom('person')
    .innerJoin('pet', 'pet.owner_id', 'person.id')
    .select(['person.name', 'pet.kind as pet'])
    .where('pet.kind', 'in', ['cat', 'dog'])
    .orderBy('pet.id')
    .execute(),
);
await run('select', () =>
  db
    .selectFrom('person')
    .leftJoin('pet', (j) => j.onRef('pet.owner_id', '=', 'person.id').on('pet.kind', '=', 'dog'))
    .select(['person.name', 'pet.id'])
    .orderBy('person.id')
    .execute(),
);
await run('select', () =>
  db
    .selectFrom('person')
    .select((eb) => [
      'name',
      eb.selectFrom('pet').whereRef('pet.owner_id', '=', 'person.id').select(eb.fn.countAll().as('n')).as('pets'),
    ])
    .orderBy('id')
    .execute(),
);
await run('select', () =>
  db
    .selectFrom('pet')
    .select((eb) => ['kind', eb.fn.count('id').as('n'), eb.fn.max('owner_id').as('m')])
    .groupBy('kind')
    .having((eb) => eb.fn.count('id'), '>', 1)
    .execute(),
);
await run('select', () =>
  db
    .selectFrom('person')
    .select(['name'])
    .where((eb) => eb.or([eb('name', 'like', 'A%'), eb.and([eb('age', '<', 13), eb('name', 'is not', null)])]))
    .orderBy('name', 'desc')
    .limit(2)
    .offset(1)
    .execute(),
);
await run('select', () =>
  db
    .selectFrom('person')
    .select((eb) => [
      eb.ref('data', '->').key('a').at(1).as('second'),
      sql`${'x'}::text`.as('x'),
      eb.case().when('age', '>', 18).then('adult').else('child').end().as('what'),
    ])
    .orderBy('id')
    .execute(),
);
await run('select', () =>
  db.selectFrom('person').distinctOn('age').select(['age', 'name']).orderBy('age').orderBy('name').execute(),
);
await run('select', () =>
  db
    .with('old', (q) => q.selectFrom('person').select('id').where('age', '>', 20))
    .selectFrom('pet')
    .innerJoin('old', 'old.id', 'pet.owner_id')
    .select(['pet.id', 'kind'])
    .orderBy('pet.id')
    .execute(),
);
await run('select', () =>
  db
    .selectFrom('person')
    .select('name')
    .where('id', '=', (eb) => eb.selectFrom('pet').select('owner_id').where('kind', '=', 'dog'))
    .execute(),
);
await run('select', () =>
  db
    .selectFrom('person')
    .selectAll()
    .where('name', '=', sql`any(${['Ann', 'Bob']})`)
    .orderBy('id')
    .execute(),
);
await run('select', () =>
  db.selectFrom('person').select('name').union(db.selectFrom('pet').select('kind as name')).orderBy('name').execute(),
);
await run('select', () => db.selectFrom('adults').select('name').orderBy('name').execute());
await run('select', () =>
  sql`select json_agg(p order by p.id) as pets from pet p where owner_id = ${1}`.execute(db).then((r) => r.rows),
);
await run('select', () =>
  db
    .selectFrom('person')
    .select((eb) => [
      eb.fn
        .agg('row_number')
        .over((o) => o.orderBy('age', 'desc'))
        .as('rank'),
      'name',
    ])
    .orderBy('rank')
    .execute(),
);
await run('select', () => db.selectFrom('nosuch').selectAll().execute());
await run('update', () =>
  db
    .updateTable('person')
    .set((eb) => ({ age: eb('age', '+', 1) }))
    .where('name', '=', 'Bob')
    .returning('age')
    .executeTakeFirst(),
);
await run('update', () =>
  db
    .updateTable('pet')
    .from('person')
    .set({ kind: 'fish' })
    .whereRef('person.id', '=', 'pet.owner_id')
    .where('person.name', '=', 'Bob')
    .executeTakeFirst(),
);
await run('update', () => db.updateTable('person').set({ age: -1 }).where('id', '=', 1).execute());
await run('transaction', () =>
  db
    .transaction()
    .setIsolationLevel('serializable')
    .execute(async (t) => {
      await t.updateTable('person').set({ age: 50 }).where('id', '=', 1).execute();
      return t.selectFrom('person').select('age').where('id', '=', 1).forUpdate().executeTakeFirst();
    }),
);
await run('transaction', () =>
  db.transaction().execute(async (t) => {
    await t.deleteFrom('person').execute();
    throw new Error('undo');
  }),
);
await run('count', () =>
  db
    .selectFrom('person')
    .select((eb) => eb.fn.countAll().as('n'))
    .execute(),
);
await run('skip', () => db.selectFrom('pet').select('id').forUpdate().skipLocked().orderBy('id').limit(1).execute());
await run('delete', () => db.deleteFrom('person').where('name', '=', 'Ann').returning('name').execute());
await run('delete', () => db.deleteFrom('pet').executeTakeFirst());
const tables = await db.introspection.getTables();
log(
  'introspection',
  tables.map(({ name, schema, isView, columns }) => ({
    name,
    schema,
    isView,
    columns: columns.map(({ name: n, dataType, isNullable, isAutoIncrementing, hasDefaultValue }) =>
      [n, dataType, isNullable, isAutoIncrementing, hasDefaultValue].join(),
    ),
  })),
);
log(
  'introspection',
  (await db.introspection.getSchemas())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('pg_'))
    .sort(),
);
await run('alter', () => db.schema.alterTable('person').addColumn('email', 'text').execute());
await run('alter', () =>
  db.schema
    .alterTable('person')
    .alterColumn('email', (c) => c.setDefault('none'))
    .execute(),
);
await run('alter', () => db.schema.alterTable('person').renameTo('people').execute());
await run('alter', () => db.insertInto('people').values({ name: 'Eve' }).returning('email').executeTakeFirst());
await run('drop', () => db.schema.dropTable('person').execute());
await run('drop', () => db.schema.dropTable('people').cascade().ifExists().execute());
// pg: named statements, types both ways, concurrent use of the pool.
const client = await pool.connect();
for (let i = 0; i < 2; i++)
  await run('named', () =>
    client
      .query({
        name: 'twice',
        text: 'select $1::int + $2::int as sum, $3::timestamptz as at, $4::bytea as bytes, $5::text[] as list, $6::jsonb as j, $7::boolean as b, $8::numeric as n, $9::float8 as f, $10::uuid as u',
        values: [
          1,
          2,
          new Date(0),
          Buffer.from([1, 255]),
          ['a', 'b,"c'],
          { k: [1] },
          true,
          '1.10',
          0.1,
          'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
        ],
      })
      .then((r) => [r.rows, r.fields.map((f) => f.dataTypeID)]),
  );
await run('named', () => client.query({ name: 'twice', text: 'select 1' }));
await run('binary', () =>
  client
    .query({ text: 'select 1::int4 as a, 2::int8 as b, true as c, 1.5::float8 as d', binary: true })
    .then((r) => r.rows),
);
client.release();
await run('pool', () =>
  Promise.all(Array.from({ length: 12 }, (_, i) => pool.query('select $1::int * 2 as n', [i]))).then((all) =>
    all.map((r) => r.rows[0].n),
  ),
);
await db.destroy();
