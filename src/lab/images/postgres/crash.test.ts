import { describe, expect, it } from 'vitest';
import { TestFiles, type TestMachine } from '../test-machine.ts';
import { boot, TestPg } from './test-wire.ts';

const SETUP =
  'create table stock (sku text primary key, n int check (n >= 0)); create table orders (id int primary key, sku text references stock); insert into stock values ($$a$$, 50), ($$b$$, 50)';

/** A shop's checkouts, one after another: an order and one piece less in stock. Gives the orders whose COMMIT was answered. */
function checkouts(machine: TestMachine, count: number): number[] {
  const acknowledged: number[] = [];
  const client = new TestPg(machine);
  for (let id = 1; id <= count && machine.isAlive; id++) {
    const sku = id % 2 ? 'a' : 'b';
    client.query('begin');
    client.query(`insert into orders values (${id}, '${sku}')`);
    client.query(`update stock set n = n - 1 where sku = '${sku}'`);
    if (id % 3 === 0) client.query('rollback');
    else if (client.query('commit').tags[0] === 'COMMIT') acknowledged.push(id);
    if (id % 4 === 0 && machine.isAlive) client.query('checkpoint');
  }
  return acknowledged;
}

/** What must hold after a restart, whatever happened. */
function verify(files: TestFiles, acknowledged: readonly number[], count: number): void {
  const machine = boot(files);
  expect(machine.exited).toBe(null);
  const client = new TestPg(machine);
  const orders = client.query('select id from orders order by id').rows.map(([id]) => Number(id));
  for (const id of acknowledged) expect(orders).toContain(id);
  for (const id of orders) {
    expect(id % 3).not.toBe(0);
    expect(id).toBeLessThanOrEqual(count);
  }
  // At most the one whose answer did not arrive.
  expect(orders.length - acknowledged.length).toBeLessThanOrEqual(1);
  expect(client.query('select sum(n) from stock').rows).toEqual([[String(100 - orders.length)]]);
  expect(client.query("insert into orders values (1000, 'a')").error).toBe(null);
}

describe('crashes', () => {
  const COUNT = 8;
  const prepared = (): TestFiles => {
    const files = new TestFiles();
    const machine = boot(files);
    expect(new TestPg(machine).query(SETUP).error).toBe(null);
    machine.kill();
    return files;
  };

  const clean = prepared();
  const steps = (() => {
    const machine = boot(clean.clone());
    checkouts(machine, COUNT);
    return machine.diskSteps;
  })();

  it(`a kill before any of the disk's steps leaves what was acknowledged, and nothing that was not committed`, () => {
    expect(steps).toBeGreaterThan(20);
    for (let step = 1; step < steps; step++) {
      const files = clean.clone();
      const machine = boot(files);
      machine.killAtDiskStep(step);
      const acknowledged = machine.isAlive ? checkouts(machine, COUNT) : [];
      machine.kill();
      verify(files, acknowledged, COUNT);
    }
  });

  it('a loss of power before any step does not undo what was acknowledged', () => {
    for (let step = 1; step < steps; step++) {
      const files = clean.clone();
      files.sync();
      const machine = boot(files);
      machine.killAtDiskStep(step);
      const acknowledged = machine.isAlive ? checkouts(machine, COUNT) : [];
      machine.kill();
      files.losePower();
      verify(files, acknowledged, COUNT);
    }
  });

  it('a commit waits for the disk, and others do not see it before', () => {
    const machine = boot(clean.clone(), { syncMs: 5 });
    const [a, b] = [new TestPg(machine), new TestPg(machine)];
    const answer = a.query("insert into orders values (7, 'a')");
    expect(answer.status).toBe(null);
    expect(b.query('select * from orders').rows).toEqual([]);
    machine.advance(5);
    expect(a.read().tags).toEqual(['INSERT 0 1']);
    expect(b.query('select * from orders').rows).toEqual([['7', 'a']]);
  });

  it('synchronous_commit = off answers at once and may lose it', () => {
    const files = clean.clone();
    const machine = boot(files, { syncMs: 5 });
    const client = new TestPg(machine);
    client.query('set synchronous_commit = off');
    files.sync();
    expect(client.query("insert into orders values (7, 'a')").tags).toEqual(['INSERT 0 1']);
    machine.kill();
    files.losePower();
    expect(new TestPg(boot(files)).query('select * from orders').rows).toEqual([]);
  });

  it('recovers with the log lines of PostgreSQL, and starts faster after an orderly stop', () => {
    const files = clean.clone();
    const crashed = boot(files);
    expect(crashed.logs.join('\n')).toMatch(
      /database system was not properly shut down; automatic recovery in progress/,
    );
    expect(crashed.logs.join('\n')).toMatch(/redo done at/);
    expect(crashed.logs.join('\n')).toMatch(/database system is ready to accept connections/);
    crashed.turn(() => crashed.server!.signal('SIGINT'));
    crashed.advance(1000);
    expect(crashed.exited).toEqual({ code: 0, reason: undefined });
    const again = boot(files);
    expect(again.logs.join('\n')).not.toMatch(/automatic recovery/);
  });

  it('a full disk is a PANIC; with room again everything acknowledged is there', () => {
    const files = clean.clone();
    const machine = boot(files);
    let used = 0;
    for (const path of files.list('/')) used += files.read(path)!.length;
    files.capacityBytes = used + 1500;
    const acknowledged = checkouts(machine, 40);
    expect(machine.exited?.code).toBe(1);
    expect(machine.logs.join('\n')).toMatch(
      /PANIC: {2}could not write to file "pg_wal\/xlogtemp.1": No space left on device/,
    );
    files.capacityBytes = Infinity;
    const again = boot(files);
    const ids = new TestPg(again).query('select id from orders order by id').rows.map(([id]) => Number(id));
    expect(ids).toEqual(acknowledged);
  });

  it('definitions, sequences, enums, views and indexes survive', () => {
    const files = new TestFiles();
    const machine = boot(files);
    const client = new TestPg(machine);
    const run = (sql: string) => expect(client.query(sql).error, sql).toBe(null);
    run(
      "create type mood as enum ('sad', 'happy'); create table p (id bigint generated always as identity primary key, m mood default 'happy', at timestamptz default now(), j jsonb, a int[], r int4range, x numeric(6,2), b bytea)",
    );
    run("insert into p (m, j, a, r, x, b) values ('sad', '{\"k\": [1, 2.50]}', '{1,null}', '[1,5)', 12.5, '\\x00ff')");
    run('create view v as select id, m from p; create unique index on p (x) where x > 1');
    run(
      'alter table p add column extra text default $$d$$; alter table p rename column x to price; alter table p drop column b',
    );
    run('begin; create table gone (a int); rollback; create table dropped (a int); drop table dropped');
    const before = client.query('select * from p').rows;
    machine.kill();
    const rebooted = boot(files);
    expect(rebooted.exited, rebooted.logs.join('\n')).toBe(null);
    const again = new TestPg(rebooted);
    expect(again.query('select * from p').rows).toEqual(before);
    expect(again.query('select * from v').rows).toEqual([['1', 'sad']]);
    expect(again.query('insert into p (price) values (12.5)').error?.code).toBe('23505');
    expect(again.query('insert into p (price) values (1) returning id > 1, m, extra').rows).toEqual([
      ['t', 'happy', 'd'],
    ]);
    expect(again.query('select * from gone').error?.code).toBe('42P01');
    expect(again.query('select * from dropped').error?.code).toBe('42P01');
  });
});
