import { expect, it } from 'vitest';
import { hardenIntrinsics } from '../../process/intrinsics.ts';
import { boot, TestPg } from './test-wire.ts';

it('works where the language itself cannot be changed, and takes names that objects have already', () => {
  hardenIntrinsics();
  const client = new TestPg(boot());
  const rows = (sql: string) => {
    const { error, rows: found } = client.query(sql);
    expect(error, sql).toBe(null);
    return found;
  };
  rows('create table "constructor" ("__proto__" int primary key, "toString" text, "hasOwnProperty" jsonb)');
  rows(`insert into "constructor" values (1, 'x', '{"__proto__": 1, "constructor": {"toString": 2}}')`);
  expect(
    rows('select *, "hasOwnProperty" -> $$constructor$$ ->> $$toString$$ from "constructor" where "__proto__" = 1'),
  ).toEqual([['1', 'x', '{"__proto__": 1, "constructor": {"toString": 2}}', '2']]);
  expect(client.query('select "constructor"(1)').error?.code).toBe('42883');
  expect(client.query('select "toString"(1) over ()').error?.code).toBe('42883');
  expect(client.query('set "__proto__" = 1').error?.code).toBe('42704');
  expect(client.query('select 1::"constructor"').error?.code).toBe('42704');
  expect(client.query('select * from "valueOf"').error?.code).toBe('42P01');
  expect(rows("select sum(g), string_agg(g::text, ',') from generate_series(1, 3) g")).toEqual([['6', '1,2,3']]);
});
