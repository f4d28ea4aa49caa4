import { describe, expect, it } from 'vitest';
import type { ToolResult } from '../server.ts';
import { TestFiles, TestMachine } from '../test-machine.ts';
import program from './index.ts';
import { boot, concat, int32, startup, TestPg } from './test-wire.ts';

const tool = (machine: TestMachine, ...argv: string[]): ToolResult | null => {
  let result: ToolResult | null = null;
  machine.turn(() => machine.server!.tool(argv, (given) => (result = given)));
  machine.advance(0);
  return result;
};

describe('start', () => {
  it('without a password it says what docker-entrypoint.sh says, and ends', () => {
    const machine = new TestMachine({ argv: ['postgres'] });
    machine.start(program);
    expect(machine.exited?.code).toBe(1);
    expect(machine.logs[0]).toBe('Error: Database is uninitialized and superuser password is not specified.');
  });

  it('runs the scripts of the first start once, in order, and takes seconds only then', () => {
    const files = new TestFiles();
    const bytes = (text: string) => new TextEncoder().encode(text);
    files.write('/docker-entrypoint-initdb.d/02.sql', bytes("insert into t values (1, 'x');"));
    files.write(
      '/docker-entrypoint-initdb.d/01.sql',
      bytes('-- a comment\ncreate table t (id int primary key, s text);\n'),
    );
    files.write('/docker-entrypoint-initdb.d/notes.txt', bytes('?'));
    const env = {
      POSTGRES_PASSWORD: 'x',
      POSTGRES_HOST_AUTH_METHOD: 'trust',
      POSTGRES_USER: 'shop',
      POSTGRES_DB: 'orders',
    };
    const machine = new TestMachine({ argv: ['postgres'], env, files });
    machine.start(program);
    machine.advance(1000);
    expect(() => machine.client(5432)).toThrow();
    machine.advance(1000);
    expect(tool(machine, 'psql', '-U', 'shop', '-d', 'orders', '-tAc', 'select * from t')?.stdout).toBe('1|x\n');
    machine.kill();
    const again = new TestMachine({ argv: ['postgres'], env, files });
    again.start(program);
    again.advance(300);
    expect(tool(again, 'psql', '-U', 'shop', 'orders', '-tAc', 'select count(*) from t')?.stdout).toBe('1\n');
  });

  it('a script with an error ends the container', () => {
    const files = new TestFiles();
    files.write('/docker-entrypoint-initdb.d/a.sql', new TextEncoder().encode('create tabel t ();'));
    const machine = boot(files);
    expect(machine.exited?.code).toBe(3);
    expect(machine.logs.join('\n')).toContain(
      'psql:/docker-entrypoint-initdb.d/a.sql: ERROR:  syntax error at or near "tabel"',
    );
  });

  it('refuses connections beyond max_connections, for unknown databases and users', () => {
    const machine = boot(new TestFiles(), { argv: ['postgres', '-c', 'max_connections=2'] });
    const refused = (options: Record<string, string>) => {
      const client = machine.client(5432);
      client.send(startup(options));
      return client.text();
    };
    expect(refused({ user: 'postgres', database: 'nosuch' })).toContain('database "nosuch" does not exist');
    expect(refused({ user: 'nobody', database: 'postgres' })).toContain('role "nobody" does not exist');
    const held = [new TestPg(machine), new TestPg(machine)];
    expect(refused({ user: 'postgres' })).toContain('sorry, too many clients already');
    held[0]!.client.end();
    expect(new TestPg(machine).query('select 1').rows).toEqual([['1']]);
  });
});

describe('time', () => {
  it('a deadlock is found by the one whose second of waiting is over first, and the other goes on', () => {
    const machine = boot();
    const [a, b] = [new TestPg(machine), new TestPg(machine)];
    a.query('create table t (id int primary key, v int); insert into t values (1, 0), (2, 0)');
    for (const [client, id] of [
      [a, 1],
      [b, 2],
    ] as const) {
      client.query('begin');
      client.query(`update t set v = 1 where id = ${id}`);
    }
    a.query('update t set v = 2 where id = 2');
    machine.advance(500);
    b.query('update t set v = 2 where id = 1');
    machine.advance(499);
    expect([a.read().status, b.read().status]).toEqual([null, null]);
    machine.advance(1);
    expect(a.read().error).toMatchObject({ code: '40P01', message: 'deadlock detected' });
    expect(a.read().error!.detail).toMatch(
      /^Process (\d+) waits for ShareLock on transaction \d+; blocked by process (\d+)\.\nProcess \2 waits for ShareLock on transaction \d+; blocked by process \1\.$/,
    );
    expect(b.read().tags).toEqual(['UPDATE 1']);
  });

  it('now() stands still in a transaction, clock_timestamp() does not, and pg_sleep takes its time', () => {
    const machine = boot();
    const client = new TestPg(machine);
    client.query('begin');
    const [[first]] = client.query('select now()').rows as [[string]];
    client.query('select pg_sleep(2.5)');
    machine.advance(2499);
    expect(client.read().status).toBe(null);
    machine.advance(1);
    expect(client.read().status).toBe('T');
    expect(client.query('select now(), clock_timestamp() - now() between $$2.5s$$ and $$2.6s$$').rows).toEqual([
      [first, 't'],
    ]);
  });

  it('lock_timeout, statement_timeout and idle_in_transaction_session_timeout follow the virtual clock', () => {
    const machine = boot();
    const [a, b] = [new TestPg(machine), new TestPg(machine)];
    a.query('create table t (id int); insert into t values (1)');
    a.query("set idle_in_transaction_session_timeout = '1min'");
    a.query('begin; update t set id = 2');
    b.query("set lock_timeout = '3s'");
    b.query('update t set id = 3');
    machine.advance(3000);
    expect(b.read().error).toMatchObject({ code: '55P03', message: 'canceling statement due to lock timeout' });
    b.query("set lock_timeout = 0; set statement_timeout = '10s'");
    b.query('update t set id = 3');
    machine.advance(10_000);
    expect(b.read().error).toMatchObject({ code: '57014', message: 'canceling statement due to statement timeout' });
    b.query('reset statement_timeout');
    b.query('update t set id = 3');
    machine.advance(60_000);
    expect(a.read().error).toMatchObject({ code: '25P03' });
    expect(a.client.closed).toBe('ended');
    expect(b.read().tags).toEqual(['UPDATE 1']);
  });

  it('a cancel request with the right key stops a statement that waits; with a wrong one nothing happens', () => {
    const machine = boot();
    const client = new TestPg(machine);
    client.query('select pg_sleep(100)');
    const cancel = (secret: number) =>
      machine.client(5432).send(concat(int32(16), int32(80877102), int32(client.pid), int32(secret)));
    cancel(client.secret ^ 1);
    machine.advance(10);
    expect(client.read().status).toBe(null);
    cancel(client.secret);
    machine.advance(10);
    expect(client.read().error).toMatchObject({ code: '57014', message: 'canceling statement due to user request' });
  });

  it('who waits for a lock when its client has gone still takes it, as PostgreSQL does, and then gives it back', () => {
    const machine = boot();
    const [a, b, c] = [new TestPg(machine), new TestPg(machine), new TestPg(machine)];
    a.query('create table t (id int); insert into t values (1)');
    a.query('begin; update t set id = 2');
    b.query('update t set id = 3');
    b.client.reset();
    c.query('update t set id = id + 10');
    a.query('commit');
    machine.advance(0);
    expect(c.read().tags).toEqual(['UPDATE 1']);
    expect(c.query('select id from t').rows).toEqual([['13']]);
  });

  it('a long statement lets others have their turn', () => {
    const machine = boot();
    const [a, b] = [new TestPg(machine), new TestPg(machine)];
    a.query('create table big as select g as id from generate_series(1, 60000) g');
    a.send('select count(*) from big');
    expect(a.read().status).toBe(null);
    expect(b.query('select 1').rows).toEqual([['1']]);
    machine.advance(0);
    expect(a.read().rows).toEqual([['60000']]);
  });
});

describe('tools', () => {
  const machine = boot();
  new TestPg(machine).query(
    "create table t (id int primary key, name text not null, price numeric(8,2)); insert into t values (1, 'apple', 1.5), (22, 'long name', null)",
  );

  it('psql prints tables as psql does', () => {
    expect(tool(machine, 'psql', '-U', 'postgres', '-c', 'select * from t order by id')).toEqual({
      exitCode: 0,
      stdout:
        ' id |   name    | price \n----+-----------+-------\n  1 | apple     |  1.50\n 22 | long name |      \n(2 rows)\n\n',
      stderr: '',
      value: [
        { id: 1, name: 'apple', price: 1.5 },
        { id: 22, name: 'long name', price: null },
      ],
    });
    expect(
      tool(
        machine,
        'psql',
        '-U',
        'postgres',
        '-d',
        'postgres',
        '-tA',
        '-F',
        ',',
        '-c',
        'select id, name from t order by 1',
      )?.stdout,
    ).toBe('1,apple\n22,long name\n');
    expect(
      tool(machine, 'psql', '-c', "update t set name = 'x' where id = 1", '-c', 'select name from t where id = 1')
        ?.stdout,
    ).toBe('UPDATE 1\n name \n------\n x\n(1 row)\n\n');
  });

  it('psql points at the error and its exit code tells', () => {
    expect(tool(machine, 'psql', '-c', 'select nope from t')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr:
        'ERROR:  column "nope" does not exist\nLINE 1: select nope from t\n               ^\nHINT:  Perhaps you meant to reference the column "t.name".\n',
    });
    expect(tool(machine, 'psql', '-d', 'nosuch', '-c', 'select 1')).toMatchObject({ exitCode: 2 });
  });

  it('\\dt lists the tables', () => {
    expect(tool(machine, 'psql', '-c', '\\dt')?.stdout).toBe(
      '        List of relations\n Schema | Name | Type  |  Owner   \n--------+------+-------+----------\n public | t    | table | postgres\n(1 row)\n\n',
    );
  });

  it('a statement that waits answers later', () => {
    const client = new TestPg(machine);
    client.query('begin; lock table t');
    let result: ToolResult | null = null;
    machine.turn(() => machine.server!.tool(['psql', '-tAc', 'select count(*) from t'], (given) => (result = given)));
    machine.advance(5);
    expect(result).toBe(null);
    client.query('commit');
    machine.advance(5);
    expect(result).toMatchObject({ exitCode: 0, stdout: '2\n' });
  });

  it('pg_isready tells whether the server takes connections', () => {
    expect(tool(machine, 'pg_isready', '-U', 'postgres')).toMatchObject({
      exitCode: 0,
      stdout: '/var/run/postgresql:5432 - accepting connections\n',
    });
    const early = new TestMachine({ argv: ['postgres'], env: { POSTGRES_PASSWORD: 'x' } });
    early.start(program);
    expect(tool(early, 'pg_isready')).toMatchObject({ exitCode: 2 });
  });

  it('figures say what fills up', () => {
    const [a, b] = [new TestPg(machine), new TestPg(machine)];
    a.query('begin; update t set price = 1 where id = 1');
    b.query('update t set price = 2 where id = 1');
    expect(machine.server!.figures()).toMatchObject({ 'idle in transaction': 1, 'waiting for locks': 1, rows: 2 });
    a.query('rollback');
  });
});
