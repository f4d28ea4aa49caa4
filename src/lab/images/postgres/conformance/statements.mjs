// packages: pg
// 190 statements in one session: rows with their types, command tags, errors with all fields.
import pg from 'pg';

const client = new pg.Client({
  host: process.env.HOST,
  port: Number(process.env.PORT),
  user: 'postgres',
  password: 'secret',
  database: 'postgres',
});
await client.connect();
for (const oid of [20, 1114, 1184, 1082, 1186, 1700, 3802, 114, 1000, 1005, 1007, 1016, 1009, 1231, 17, 700, 701])
  pg.types.setTypeParser(oid, (text) => text);
client.on('notice', (notice) => log('notice', notice.severity, notice.code, notice.message));

let n = 0;
async function run(text, values) {
  const who = `${String(++n).padStart(3, '0')} ${text.replace(/\s+/g, ' ').slice(0, 90)}`;
  try {
    const results = [await client.query({ text, values, rowMode: 'array' })].flat();
    for (const r of results)
      log(
        who,
        r.command,
        r.rowCount,
        r.fields.map((f) => `${f.name}:${f.dataTypeID < 16384 ? f.dataTypeID : 'own'}:${f.dataTypeModifier}`).join(' '),
        r.rows,
      );
  } catch (e) {
    log(
      who,
      'error',
      e.severity,
      e.code,
      e.message,
      e.detail,
      e.hint,
      e.position,
      e.schema,
      e.table,
      e.column,
      e.dataType,
      e.constraint,
      e.where,
    );
  }
}

// Definitions
await run(
  "create table items (id serial primary key, name text not null, price numeric(8,2) default 9.99 check (price >= 0), tags text[] not null default '{}', meta jsonb, at timestamptz not null default '2026-01-02 03:04:05+00', unique (name))",
);
await run('create table if not exists items (id int)');
await run('create table items (id int)');
await run('create table parents (id int primary key, label varchar(10))');
await run(
  'create table children (id int generated always as identity primary key, parent_id int not null references parents(id) on delete cascade, n bigint)',
);
await run(
  "create table picky (parent_id int references parents(id), kind text check (kind in ('a', 'b')), v int generated always as (parent_id * 2) stored)",
);
await run("create type mood as enum ('sad', 'ok', 'happy')");
await run("create table people (name text, mood mood default 'ok')");
await run('create index on items (price desc)');
await run('create unique index items_lower on items (lower(name)) where name is not null');
await run('create view cheap as select id, name from items where price < 10');
await run('create sequence s start 10 increment 5');
await run('create table bad (id int, id text)');
await run('create table bad (id nosuchtype)');
await run("create table bad (id int default 'x')");
await run('create table bad (id int references nosuch(id))');
await run('alter table people add column age int default 7 not null');
await run('alter table people add constraint adult check (age > 5)');
await run('alter table people rename column age to years');
await run('alter table people drop column nope');
await run('alter table people alter column years type bigint');
await run('drop table parents');
await run('drop table nosuch');
await run('drop table if exists nosuch');
// Changes
await run(
  "insert into items (name, price) values ('apple', 1.5), ('pear', 12), ('plum', default) returning id, name, price, at",
);
await run('insert into items (name) values ($1) returning *', ['fig']);
await run("insert into items (name) values ('apple')");
await run("insert into items (name) values ('APPLE')");
await run('insert into items (name) values (null)');
await run("insert into items (name, price) values ('x', -1)");
await run("insert into items (name, price) values ('x', 1234567.891)");
await run('insert into items (nope) values (1)');
await run("insert into items (name) values ('a', 'b')");
await run("insert into items (name, price) values ('a')");
await run('insert into nosuch values (1)');
await run(
  'insert into items (name, meta) values (\'json\', \'{"b": [1, 2.50, {"c": null}], "a": "x"}\') returning meta',
);
await run("insert into items (name, meta) values ('bad', '{oops')");
await run("insert into items (name) values ('apple') on conflict do nothing");
await run(
  "insert into items (name) values ('apple') on conflict (name) do update set price = items.price + 1 returning price, name",
);
await run("insert into items (name) values ('q'), ('q') on conflict (name) do update set price = 2");
await run("insert into items (name) values ('apple') on conflict (price) do nothing");
await run(
  "insert into items (name) values ('apple') on conflict on constraint items_name_key do update set name = excluded.name where items.price > 100 returning id",
);
await run("insert into parents values (1, 'one'), (2, 'two'), (3, 'three')");
await run("insert into parents values (4, 'much too long a label')");
await run('insert into children (parent_id, n) values (1, 10), (1, 20), (2, 30) returning *');
await run('insert into children (parent_id) values (99)');
await run('insert into children (id, parent_id) values (5, 1)');
await run('insert into children (id, parent_id) overriding system value values (50, 1) returning id');
await run("insert into picky values (1, 'a') returning *");
await run("insert into picky (parent_id, kind) values (1, 'z')");
await run('insert into picky (parent_id, v) values (1, 5)');
await run('delete from parents where id = 1');
await run('delete from picky');
await run('delete from parents where id = 1 returning *');
await run('select * from children order by id');
await run('update parents set id = 20 where id = 2');
await run("update items set price = price * 2, tags = array['x', 'y'] where name = 'pear' returning name, price, tags");
await run(
  "update items set price = p.price from (values ('plum', 3.25), ('fig', 4)) as p(name, price) where items.name = p.name returning items.name, items.price",
);
await run("update items set (name, price) = (select 'plum2', 5) where name = 'plum' returning name, price");
await run('update items set nope = 1');
await run("update items set name = null where name = 'fig'");
await run("update items set id = 'x'");
await run("update items set price = 'abc'::text");
await run("insert into people (name, mood) values ('a', 'happy'), ('b', 'sad') returning *");
await run("insert into people (name, mood) values ('c', 'grim')");
await run('select name, mood from people order by mood desc');
await run("select * from people where mood > 'sad'");
await run(
  "delete from children using parents p where p.id = children.parent_id and p.label = 'two' returning children.n, p.label",
);
await run("with gone as (delete from items where name = 'json' returning *) select count(*), max(name) from gone");
await run(
  "with made as (insert into parents values (7, 'seven') returning id) insert into children (parent_id, n) select id, 70 from made returning parent_id, n",
);
await run('truncate children');
await run('truncate parents');
await run("select nextval('s'), nextval('s'), currval('s')");
await run("select setval('s', 100), nextval('s')");
await run("select nextval('nosuch')");
// Queries
await run("select 1, 1.5, 'x', true, null, 1e3, 12345678901, array[1,2], row(1,'a')");
await run('select 1 + 1 as two, 7 / 2, -7 / 2, 7 % 3, -7 % 3, 7.0 / 2, 2 ^ 10, 2147483647::bigint + 1');
await run('select 2147483647 + 1');
await run('select 9223372036854775807 + 1');
await run('select 1 / 0');
await run('select 40000::smallint');
await run(
  'select 10::numeric / 3, 1.10 * 2.05, round(2.5), round(-2.5), round(3.14159, 2), trunc(-3.7), 5.5 % 2, 1e-10::numeric, 123456789012345678901234567890.5 + 1',
);
await run(
  "select 0.1::float8 + 0.2, 1e20::float8, 1e-7::float8, 3::real / 7, 'NaN'::float8, '-Infinity'::float8, 100000::float8, 1e15::float8",
);
await run(
  'select avg(x), sum(x), min(x), max(x), count(*), count(distinct x % 2), stddev(x), variance(x) from generate_series(1, 5) x',
);
await run('select avg(x::float8), sum(x::float8), sum(x::bigint), avg(x::numeric) from generate_series(1, 4) x');
await run(
  "select string_agg(x::text, ',' order by x desc), array_agg(x order by x) filter (where x > 1), bool_and(x > 0), bool_or(x > 3), json_agg(x), jsonb_agg(x) from generate_series(1, 3) x",
);
await run(
  'select x % 2 as odd, count(*) as n, sum(x) from generate_series(1, 7) x group by 1 having count(*) > 3 order by 1',
);
await run('select x, sum(x) from generate_series(1, 3) x');
await run('select id, name from items group by id order by id limit 2');
await run('select count(*) from items where sum(price) > 1');
await run(
  'select x, row_number() over (order by x desc), rank() over (order by x / 2), dense_rank() over (order by x / 2), lag(x) over (order by x), lead(x, 2, -1) over (order by x), sum(x) over (order by x rows between 1 preceding and 1 following), first_value(x) over w, ntile(2) over (order by x), count(*) over () from generate_series(1, 4) x window w as (order by x desc) order by x',
);
await run('select distinct on (x % 3) x % 3 as k, x from generate_series(1, 9) x order by k, x desc');
await run('select distinct x / 2 from generate_series(1, 6) x order by 1');
await run('select 1 union select 2 union select 1 order by 1');
await run('select 1 union all select 1');
await run('(select 1 as a union select 2) except select 2');
await run('select x from generate_series(1,4) x intersect select 3 order by 1');
await run("select 1 union select 'x'");
await run('select 1, 2 union select 3');
await run("values (1, 'a'), (2, 'b') order by 1 desc");
await run("select * from (values (1, 'a'), (2, null)) as v(n, t) where t is not null");
await run(
  'select a.x, b.y from generate_series(1,3) a(x) left join (values (1, 10), (3, 30)) b(x, y) on a.x = b.x order by 1',
);
await run(
  'select a.x, b.x from generate_series(1,3) a(x) full join generate_series(2,4) b(x) on a.x = b.x order by 1, 2',
);
await run('select * from generate_series(1,2) a(x) join (values (1, 5)) b(x, y) using (x)');
await run('select p.id, l.n from (values (1), (2)) p(id), lateral (select p.id * 10 as n) l order by 1');
await run('select (select max(x) from generate_series(1, g) x) from generate_series(1, 3) g');
await run(
  'select exists (select 1 where false), 3 in (1, 2, 3), 4 not in (1, null), 5 = any (array[4, 5]), 1 < all (array[2, 3])',
);
await run('select (select 1 union all select 2)');
await run('with recursive t(n) as (select 1 union all select n * 2 from t where n < 50) select array_agg(n) from t');
await run(
  "with recursive walk as (select 1 as id, '1'::text as path union all select id + 1, path || '>' || (id + 1) from walk where id < 3) select * from walk",
);
await run(
  "select case when 1 > 2 then 'a' when null then 'b' else 'c' end, case 3 when 1 then 'x' when 3 then 'y' end, coalesce(null, null, 4), nullif(1, 1), greatest(1, 5, 3), least(2, null, 1)",
);
await run(
  'select null = null, null is null, 1 is distinct from null, true and null, false and null, true or null, not null::boolean',
);
await run(
  "select 'abc' like 'a%', 'abc' ilike 'A_C', 'abc' ~ '^a.c$', 'ABC' ~* 'b', 'a_c' like 'a\\_c', 'abc' not like '%z%', 'abc' similar to 'a(b|x)c'",
);
await run(
  "select upper('abc'), lower('ÀB'), length('häß'), substring('abcdef' from 2 for 3), substring('abcdef', 3), position('c' in 'abc'), trim('  x '), ltrim('xxa', 'x'), lpad('7', 3, '0'), rpad('ab', 4, '.'), repeat('ab', 2), reverse('abc'), left('abc', 2), right('abc', 2), initcap('hello world')",
);
await run(
  "select split_part('a,b,c', ',', 2), replace('aXbX', 'X', '-'), translate('12345', '143', 'ax'), concat('a', null, 1, true), concat_ws('-', 'a', null, 'b'), format('%s %I %L', 'x', 'a b', 'it''s'), md5('abc'), encode('\\x00ff'::bytea, 'hex'), encode('abc'::bytea, 'base64'), ascii('A'), chr(66), strpos('abc', 'c'), starts_with('abc', 'ab')",
);
await run(
  "select regexp_replace('foobar', 'o+', '0'), regexp_replace('a1b2', '\\d', '#', 'g'), regexp_match('foobar', '(o+)(b)'), regexp_split_to_array('a, b,c', ',\\s*'), string_to_array('a,b,,c', ','), array_to_string(array[1, null, 3], ',', '*')",
);
await run("select 'a' || 1 || null, 'a' || 1 || true, 'x' || array['y'], array[1] || 2 || array[3]");
await run(
  "select (array[1,2,3])[2], (array[1,2,3])[2:3], array_length(array[1,2], 1), cardinality('{}'::int[]), array[1,2] @> array[2], array[1,2] && array[3], array_append(array[1], 2), array_remove(array[1,2,1], 1), array_position(array['a','b'], 'b'), unnest(array[1,2])",
);
await run(
  "select '{\"a\": {\"b\": [1, 2, {\"c\": \"x\"}]}}'::jsonb -> 'a' -> 'b' -> 2 ->> 'c', '{\"a\": 1}'::jsonb @> '{\"a\": 1}', '{\"a\": 1}'::jsonb ? 'a', '[1,2]'::jsonb || '[3]', '{\"a\":1,\"b\":2}'::jsonb - 'a', '{\"a\":{\"b\":1}}'::jsonb #>> '{a,b}', '[1,2,3]'::jsonb -> -1",
);
await run(
  "select jsonb_set('{\"a\": 1}', '{b}', '2'), jsonb_build_object('x', 1, 'y', array[1, 2], 'z', null), json_build_object('x', 1.50), jsonb_array_length('[1, 2]'), jsonb_typeof('null'), to_jsonb('x'::text), to_json(array[1, 2]), jsonb_strip_nulls('{\"a\": null, \"b\": 1}'), row_to_json(row(1, 'a'))",
);
await run('select * from jsonb_each(\'{"a": 1, "b": "x"}\')');
await run('select * from jsonb_array_elements_text(\'["a", 1, null]\')');
await run('select * from jsonb_to_recordset(\'[{"a": 1, "b": "x"}, {"a": 2}]\') as t(a int, b text)');
await run("select row_to_json(t), to_jsonb(t) from (select 1 as a, 'b' as b) t");
await run('select \'{"z":1,"aa":2,"b":1.0}\'::jsonb, \'{"z":1,  "z":2}\'::json, \'1e2\'::jsonb, \'"\\u00e4"\'::jsonb');
await run(
  "select date '2026-02-28' + 1, date '2026-03-01' - date '2026-02-01', timestamp '2026-01-31' + interval '1 month', timestamptz '2026-01-01 10:00+02', interval '1 day 2 hours' * 2, interval '90 minutes', interval '1 year 2 mons -3 days', time '10:30' + interval '1 hour', timestamp '2026-03-01 12:00' - timestamp '2026-02-27 13:30'",
);
await run(
  "select extract(year from date '2026-05-06'), extract(epoch from timestamptz '2026-01-01 00:00:00.5+00'), extract(dow from date '2026-05-06'), date_part('week', date '2026-01-01'), extract(epoch from interval '1 day 1 second'), date_trunc('month', timestamp '2026-05-06 07:08:09'), date_trunc('week', timestamptz '2026-05-06'), age(timestamp '2026-05-06', timestamp '2024-02-29'), to_char(timestamp '2026-05-06 17:08:09', 'YYYY-MM-DD HH24:MI:SS Mon DY HH12 AM')",
);
await run(
  "select to_char(1234.5, '9,999.99'), to_char(-5, 'FM000'), to_timestamp(0), timestamp '2026-01-01 00:00' at time zone 'UTC', 'infinity'::timestamptz, now() = current_timestamp, make_date(2026, 2, 3), justify_days(interval '40 days')",
);
await run("select '2026-13-01'::date");
await run("select 'hello'::date");
await run(
  "select int4range(1, 5), '[1,5]'::int4range, int4range(1, 5) && int4range(4, 9), int4range(1, 5) @> 3, tsrange('2026-01-01', '2026-01-02'), lower(int4range(3, 7)), isempty(int4range(3, 3)), int4range(1, 5) * int4range(3, 9), daterange('2026-01-01', '2026-01-05', '[]')",
);
await run('select int4range(5, 1)');
await run(
  "select 't'::boolean, 'off'::boolean, 1::boolean, true::int, '12'::int, 12.5::int, 13.5::int, '1.5'::numeric::int, 3.7::float8::int, 'abc'::varchar(2), 'x'::char(3), 65::text",
);
await run("select 'abc'::int");
await run("select 'maybe'::boolean");
await run('select true::numeric');
await run("select 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, 'nope'::uuid");
await run("select '\\xDEADBEEF'::bytea, 'abc'::bytea, length('\\x0001'::bytea), sha256('abc')");
await run(
  "select pg_typeof(1), pg_typeof('x'), pg_typeof(1.5), pg_typeof(now()), pg_typeof(array[1]), pg_typeof(null)",
);
await run('select $1::int + $2, $3::text', [1, 2, 'x']);
await run("select $1 + 1, $2 || 'x', $3 = any($4::int[])", [1, 'y', 2, [1, 2]]);
await run("select $1::jsonb ->> 'a', $2::timestamptz", [{ a: 5 }, new Date(Date.UTC(2026, 0, 1))]);
await run('select * from items where id = $1', ['abc']);
await run('select $1::int', ['99999999999']);
await run('select * from items where name = any($1) order by name', [['apple', 'pear']]);
await run('select id, name from items where id in ($1, $2) order by id', [1, 2]);
// Errors
await run('selec 1');
await run('select 1 from');
await run('select * from nosuch');
await run('select nope from items');
await run('select items.nope from items');
await run('select x.id from items');
await run('select pric from items');
await run('select id from items a, items b');
await run('select * from items a, items a');
await run('select nosuch(1)');
await run('select lower(1)');
await run("select 1 = 'x'");
await run("select 1 + 'x'::text");
await run('select 1 where 5');
await run("select 'unterminated");
await run('select (1');
await run('select 1 limit -1');
await run('select * from items order by 99');
await run("select 1; select 2 as b; insert into parents values (8, 'eight')");
await run('select 1; select 1/0; select 3');
await run('');
await run('select count(*) from parents where id = 8');
// Session
await run('show transaction_isolation');
await run("set statement_timeout = '2s'");
await run('show statement_timeout');
await run("set statement_timeout = 'xyz'");
await run('set nosuch_setting = 1');
await run('reset statement_timeout');
await run('show server_version_num');
await run("select current_database(), current_user, current_schema(), current_setting('max_connections')");
await run('begin');
await run('savepoint a');
await run("insert into parents values (1000, 's')");
await run("insert into parents values (1000, 's')");
await run('select 1');
await run('rollback to a');
await run('select count(*) from parents where id = 1000');
await run('release a');
await run('rollback to a');
await run('commit');
await run('begin read only');
await run("insert into parents values (1001, 's')");
await run('rollback');
await run('commit');
await run('begin isolation level serializable; show transaction_isolation; commit');
await run('prepare p as select $1::int * 2');
await run('execute p(21)');
await run('deallocate p');
await run('execute p(1)');
await run('begin');
await run('declare c cursor for select x from generate_series(1, 5) x');
await run('fetch 2 from c');
await run('fetch all from c');
await run('close c');
await run('commit');
await run('begin; create table rolled (a int); insert into rolled values (1); rollback');
await run('select * from rolled');
await run('select * from cheap order by id');
await run(
  "select column_name, data_type, is_nullable::text, column_default from information_schema.columns where table_name = 'parents' order by ordinal_position",
);
await run("select table_name, table_type from information_schema.tables where table_schema = 'public' order by 1");
await run("select relname, relkind from pg_class where relnamespace = 'public'::regnamespace order by 1");
await run(
  "select conname, contype, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'children'::regclass order by 1",
);
await run("select indexdef from pg_indexes where tablename = 'items' order by 1");
await run('explain (costs off) select * from items where id = 1');
await run('drop table items');
await run('drop table items, parents cascade');
await run('drop type mood');
await client.end();
log('statements', n > 150);
