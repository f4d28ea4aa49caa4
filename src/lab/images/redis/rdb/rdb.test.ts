import { expect, test } from 'vitest';
import { Random } from '../../../core/random.ts';
import { TestMachine } from '../../test-machine.ts';
import { bytesOf } from '../bytes.ts';
import program from '../index.ts';
import type { RedisServer } from '../redis-server.ts';
import { readListpack, readRdb } from './read.ts';
import { writeRdb } from './write.ts';

const COUNT = 5_000;
const SEED = 20_261_123;

/** The snapshot of a server that was asked this. */
function snapshot(...lines: readonly string[]): string {
  const machine = new TestMachine({ argv: ['redis-server', '--save', ''] });
  machine.start(program);
  const client = machine.client(6379);
  for (const line of lines) client.send(`${line}\r\n`);
  expect(client.text()).not.toContain('-ERR');
  return writeRdb(machine.server as RedisServer);
}

const WHOLE = snapshot(
  ...['SET a 1', 'RPUSH l x y z', 'HSET h f v', 'SADD s 1 2', 'ZADD z 1.5 m -inf n', 'PSETEX e 100000 x'],
  ...['XADD st 5-1 f v', 'XADD st 6-1 f v g w', 'XGROUP CREATE st grp 0', 'XREADGROUP GROUP grp bob STREAMS st >'],
);

test('what is written is read as the commands that make it', () => {
  const commands = [...readRdb(bytesOf(WHOLE))].map((words) => words.join(' '));
  expect(commands.map((line) => line.replace(/\d{13}/, 'TIME'))).toEqual([
    'SELECT 0',
    'SET a 1',
    'RPUSH l x y z',
    'HSET h f v',
    'SADD s 1 2',
    'ZADD z -inf n 1.5 m',
    'SET e x',
    'PEXPIREAT e TIME',
    'XADD st 5-1 f v',
    'XADD st 6-1 f v g w',
    'XSETID st 6-1 ENTRIESADDED 2 MAXDELETEDID 0-0',
    'XGROUP CREATE st grp 6-1 ENTRIESREAD 2',
    'XGROUP CREATECONSUMER st grp bob',
    'XCLAIM st grp bob 0 5-1 TIME TIME RETRYCOUNT 1 JUSTID FORCE',
    'XCLAIM st grp bob 0 6-1 TIME TIME RETRYCOUNT 1 JUSTID FORCE',
  ]);
});

test(`${COUNT} spoilt snapshots from seed ${SEED} are read or refused with a sentence`, () => {
  const random = new Random(SEED);
  let refused = 0;
  for (let i = 0; i < COUNT; i++) {
    const at = random.below(WHOLE.length);
    const noise = String.fromCharCode(...Array.from({ length: random.below(4) }, () => random.below(256)));
    const spoilt =
      random.below(4) === 0 ? WHOLE.slice(0, at) : WHOLE.slice(0, at) + noise + WHOLE.slice(at + random.below(3));
    try {
      for (const words of readRdb(bytesOf(spoilt))) expect(words.length).toBeGreaterThan(1);
    } catch (error) {
      refused++;
      expect(error).not.toBeInstanceOf(TypeError);
      expect(error).not.toBeInstanceOf(RangeError);
    }
  }
  expect(refused).toBeGreaterThan(COUNT / 4);
});

test('a master that sends nonsense is left and asked again; the server goes on', () => {
  const random = new Random(SEED);
  for (let i = 0; i < 60; i++) {
    const hosts = new Map<string, TestMachine>();
    const master = new TestMachine({ hostname: 'm', hosts });
    const spoilt = WHOLE.slice(0, random.below(WHOLE.length)) + String.fromCharCode(random.below(256)).repeat(9);
    const words = [
      `+FULLRESYNC ${'a'.repeat(40)} 1\r\n$${spoilt.length}\r\n${spoilt}`,
      '+CONTINUE\r\n*3\r\n$x',
      '-NO\r\n',
      '\r\n\r\n+OK\r\n',
      `+FULLRESYNC x -1\r\n`,
      '$5\r\nREDIS',
    ];
    master.start({
      start(machine) {
        machine.listen(6379, (socket) => {
          socket.onData = (bytes) => {
            const text = new TextDecoder().decode(bytes);
            if (text.includes('PSYNC')) socket.write(bytesOf(words[i % words.length]!));
            else socket.write(bytesOf(text.includes('PING') ? '+PONG\r\n' : '+OK\r\n'));
          };
        });
        return { signal: () => {}, tool: () => {}, figures: () => ({}), memoryBytes: 0 };
      },
    });
    const replica = new TestMachine({
      hostname: 'r',
      hosts,
      argv: ['redis-server', '--save', '', '--replicaof', 'm', '6379'],
    });
    replica.start(program);
    replica.advance(8_000);
    const client = replica.client(6379);
    client.send('PING\r\n');
    expect(client.text()).toBe('+PONG\r\n');
  }
});

test('a listpack is read item by item', () => {
  expect(() => readListpack('\0\0\0\0\0\0')).toThrow('it ends too soon');
  expect(readListpack('\x07\0\0\0\0\0\xff')).toEqual([]);
});
