/** Replication between two images: what a replica has, when, and what is lost with a master. */
import { expect, test } from 'vitest';
import { type TestClient, TestMachine } from '../test-machine.ts';
import program from './index.ts';

const OPTIONS = ['redis-server', '--save', '', '--repl-diskless-sync-delay', '0'];

class Cluster {
  private readonly hosts = new Map<string, TestMachine>();
  private readonly all: TestMachine[] = [];
  private readonly clients = new Map<TestMachine, TestClient>();

  start(hostname: string, ...options: string[]): TestMachine {
    const machine = new TestMachine({
      hostname,
      hosts: this.hosts,
      argv: [...OPTIONS, ...options],
      seed: this.all.length + 1,
    });
    machine.start(program);
    this.all.push(machine);
    return machine;
  }

  /** Step by step, so that no clock runs ahead of another. */
  advance(ms: number): void {
    for (let at = 0; at < ms; at += 10) for (const machine of this.all) if (machine.isAlive) machine.advance(10);
  }

  ask(machine: TestMachine, ...lines: string[]): string {
    const client = this.clients.get(machine) ?? machine.client(6379);
    this.clients.set(machine, client);
    client.text();
    for (const line of lines) client.send(`${line}\r\n`);
    return client.text().replaceAll('\r\n', '|');
  }

  info(machine: TestMachine, name: string): string | undefined {
    return new RegExp(`${name}:([^|]*)`).exec(this.ask(machine, 'INFO'))?.[1];
  }
}

/** All kinds of values, long and short. */
const FILL = [
  'SET a 1',
  `SET long ${'x'.repeat(5000)}`,
  'RPUSH l x y z',
  'HSET h f v g 12',
  'SADD s 1 2 70000 9000000000',
  'SADD t a b',
  'ZADD z 1.5 m -inf n 2 o',
  'XADD st 5-1 f v',
  'XADD st 5-2 g w h u',
  'XADD st 6-0 f v',
  'XDEL st 5-2',
  'XGROUP CREATE st grp 0',
  'XREADGROUP GROUP grp bob COUNT 1 STREAMS st >',
  'PSETEX e 100000 x',
  'FUNCTION LOAD "#!lua name=lib\\nredis.register_function(\'f\', function() return 7 end)"',
  'SELECT 3',
  'SET three 3',
  'SELECT 0',
];
const LOOK = [
  'GET a',
  'STRLEN long',
  'LRANGE l 0 -1',
  'HGETALL h',
  'SMEMBERS s',
  'SCARD t',
  'ZRANGE z 0 -1 WITHSCORES',
  'XRANGE st - +',
  'XPENDING st grp',
  'XINFO STREAM st',
  'TTL e',
  'FCALL f 0',
  'DBSIZE',
  'SELECT 3',
  'GET three',
  'SELECT 0',
];

test('a replica gets all that is there, then the stream, and refuses writes', () => {
  const cluster = new Cluster();
  const master = cluster.start('m');
  expect(cluster.ask(master, ...FILL)).not.toContain('-ERR');
  const replica = cluster.start('r', '--replicaof', 'm', '6379');
  cluster.advance(100);
  expect(cluster.ask(replica, ...LOOK)).toBe(cluster.ask(master, ...LOOK));
  expect(cluster.ask(replica, 'ROLE')).toMatch(/^\*5\|\$5\|slave\|\$1\|m\|:6379\|\$9\|connected\|:\d+\|$/);
  cluster.ask(master, 'MULTI', 'INCR a', 'LPUSH l w', 'EXPIRE l 100', 'EXEC', 'SELECT 3', 'SET b 3', 'SELECT 0');
  cluster.advance(20);
  expect(cluster.ask(replica, 'GET a', 'LRANGE l 0 0')).toBe('$1|2|*1|$1|w|');
  expect(cluster.ask(replica, 'SELECT 3', 'GET b', 'SELECT 0')).toBe('+OK|$1|3|+OK|');
  expect(cluster.ask(replica, 'SET b 4')).toBe("-READONLY You can't write against a read only replica.|");
  cluster.advance(1100);
  expect(cluster.info(master, 'slave0')).toMatch(/^ip=r,port=6379,state=online,offset=\d+,lag=[01]$/);
  for (const name of ['master_repl_offset', 'master_replid'])
    expect(cluster.info(replica, name)).toBe(cluster.info(master, name));
});

test('replicas that come within the delay, 5 s unless it is set, get one snapshot', () => {
  const cluster = new Cluster();
  const master = cluster.start('m', '--repl-diskless-sync-delay', '5');
  const replicas = [cluster.start('r1', '--replicaof', 'm', '6379')];
  cluster.advance(2000);
  replicas.push(cluster.start('r2', '--replicaof', 'm', '6379'));
  cluster.ask(master, 'SET a 1');
  cluster.advance(2900);
  expect(replicas.map((replica) => cluster.ask(replica, 'GET a'))).toEqual(['$-1|', '$-1|']);
  cluster.advance(200);
  expect(replicas.map((replica) => cluster.ask(replica, 'GET a'))).toEqual(['$1|1|', '$1|1|']);
});

test('after a lost connection a replica goes on where it was; when the backlog is too short it begins anew', () => {
  const cluster = new Cluster();
  const master = cluster.start('m', '--repl-backlog-size', '10000');
  const replica = cluster.start('r', '--replicaof', 'm', '6379');
  cluster.advance(100);
  cluster.ask(master, 'SELECT 2', 'SET a 1');
  cluster.advance(10);
  const counts = () =>
    ['sync_full', 'sync_partial_ok', 'sync_partial_err'].map((name) => Number(cluster.info(master, name)));
  expect(counts()).toEqual([1, 0, 0]);
  cluster.ask(master, 'CLIENT KILL TYPE replica', 'SET b 2');
  expect(cluster.info(replica, 'master_link_status')).toBe('down');
  // In the database that the stream was in.
  cluster.advance(2100);
  expect(cluster.ask(replica, 'SELECT 2', 'GET b')).toBe('+OK|$1|2|');
  expect(counts()).toEqual([1, 1, 0]);
  cluster.ask(master, 'CLIENT KILL TYPE replica', `SET c ${'x'.repeat(20_000)}`);
  cluster.advance(2100);
  expect(cluster.ask(replica, 'STRLEN c')).toBe(':20000|');
  expect(counts()).toEqual([2, 1, 1]);
});

test('WAIT tells how many replicas have it, and waits no longer than it is told to', () => {
  const cluster = new Cluster();
  const master = cluster.start('m');
  const replica = cluster.start('r', '--replicaof', 'm', '6379');
  cluster.advance(100);
  cluster.ask(master, 'SET a 1', 'WAIT 1 1000');
  cluster.advance(10);
  const waited = master.client(6379);
  waited.send('SET a 2\r\nWAIT 1 1000\r\n');
  cluster.advance(20);
  expect(waited.text()).toBe('+OK\r\n:1\r\n');
  waited.send('SET a 3\r\nWAIT 2 500\r\n');
  cluster.advance(490);
  expect(waited.text()).toBe('+OK\r\n');
  cluster.advance(20);
  expect(waited.text()).toBe(':1\r\n');
  expect(cluster.ask(replica, 'WAIT 1 0')).toMatch(/^-ERR WAIT cannot be used with replica instances/);
});

test('min-replicas-to-write refuses writes when replicas have been silent for too long', () => {
  const cluster = new Cluster();
  const master = cluster.start('m', '--min-replicas-to-write', '1', '--min-replicas-max-lag', '3');
  expect(cluster.ask(master, 'SET a 1')).toBe('-NOREPLICAS Not enough good replicas to write.|');
  const replica = cluster.start('r', '--replicaof', 'm', '6379');
  cluster.advance(1500);
  expect(cluster.ask(master, 'SET a 1')).toBe('+OK|');
  replica.kill();
  cluster.advance(10);
  expect(cluster.ask(master, 'SET a 2')).toMatch(/^-NOREPLICAS/);
  expect(cluster.ask(master, 'GET a')).toBe('$1|1|');
});

test('a promoted replica goes on with the history: another replica follows it without a new snapshot', () => {
  const cluster = new Cluster();
  const master = cluster.start('m');
  const [next, other] = ['r1', 'r2'].map((name) => cluster.start(name, '--replicaof', 'm', '6379'));
  cluster.advance(100);
  cluster.ask(master, 'SET a 1');
  cluster.advance(20);
  const history = cluster.info(next!, 'master_replid');
  master.kill();
  cluster.advance(1500);
  expect(cluster.ask(next!, 'REPLICAOF NO ONE')).toBe('+OK|');
  expect(cluster.info(next!, 'role')).toBe('master');
  expect(cluster.info(next!, 'master_replid2')).toBe(history);
  expect(cluster.ask(next!, 'SET b 2')).toBe('+OK|');
  expect(cluster.ask(other!, 'REPLICAOF r1 6379')).toBe('+OK|');
  cluster.advance(100);
  expect(cluster.ask(other!, 'GET a', 'GET b')).toBe('$1|1|$1|2|');
  expect(cluster.info(next!, 'sync_partial_ok')).toBe('1');
  expect(cluster.info(next!, 'sync_full')).toBe('0');
  expect(cluster.ask(other!, 'REPLICAOF r1 6379')).toBe('+OK Already connected to specified master|');
});

test('a replica of a replica has it, too', () => {
  const cluster = new Cluster();
  const master = cluster.start('m');
  cluster.start('r1', '--replicaof', 'm', '6379');
  cluster.advance(100);
  const last = cluster.start('r2', '--replicaof', 'r1', '6379');
  cluster.advance(100);
  cluster.ask(master, 'SET a 1');
  cluster.advance(20);
  expect(cluster.ask(last, 'GET a')).toBe('$1|1|');
  cluster.advance(1100);
  expect(cluster.info(last, 'master_repl_offset')).toBe(cluster.info(master, 'master_repl_offset'));
});

test('a key expires on the master; a replica shows it no more, and deletes it when it is told to', () => {
  const cluster = new Cluster();
  const master = cluster.start('m');
  const replica = cluster.start('r', '--replicaof', 'm', '6379');
  cluster.advance(100);
  cluster.ask(master, 'SET a 1 PX 500', 'SET b 1 PX 500');
  cluster.advance(20);
  expect(cluster.ask(replica, 'GET a')).toBe('$1|1|');
  cluster.advance(800);
  expect(cluster.ask(replica, 'GET a', 'DBSIZE')).toBe('$-1|:0|');
});

test('a password: without it the greeting is refused, with it the data come', () => {
  const cluster = new Cluster();
  const master = cluster.start('m', '--requirepass', 'secret');
  cluster.ask(master, 'AUTH secret', 'SET a 1');
  const [without, right] = [
    cluster.start('r1', '--replicaof', 'm', '6379'),
    cluster.start('r2', '--replicaof', 'm', '6379', '--masterauth', 'secret'),
  ];
  cluster.advance(3000);
  expect([without, right].map((replica) => cluster.ask(replica!, 'GET a'))).toEqual(['$-1|', '$1|1|']);
  expect(cluster.ask(without!, 'ROLE')).toMatch(/\$7\|connect\|/);
});

test('replica-serve-stale-data no: without its master a replica answers only what needs no data', () => {
  const cluster = new Cluster();
  const master = cluster.start('m');
  const replica = cluster.start('r', '--replicaof', 'm', '6379', '--replica-serve-stale-data', 'no');
  cluster.ask(master, 'SET a 1');
  cluster.advance(100);
  expect(cluster.ask(replica, 'GET a')).toBe('$1|1|');
  master.kill();
  cluster.advance(100);
  expect(cluster.ask(replica, 'GET a')).toBe(
    "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.|",
  );
  expect(cluster.info(replica, 'role')).toBe('slave');
});
