import net from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import type { RealServer } from '../test-servers.ts';
import { startReal } from './test-real.ts';
import { boot, concat, int16, int32, message, startup, TestPg, text } from './test-wire.ts';

const STATEMENTS = [
  'select 1',
  'select * from f',
  "insert into f values (1, 'x')",
  'begin',
  'rollback',
  'commit',
  'select $1::int',
  "select '",
  'update f set a = a',
  '',
  ';',
  'select 1/0',
  'select (((1',
  "select E'\\'",
  'with a as',
  'table f',
];

/** Malformed in one of many ways, and complete enough that the server must react. */
function malformed(random: Random): Uint8Array {
  const pick = <E>(list: readonly E[]): E => list[random.below(list.length)]!;
  const junk = (n: number) => Uint8Array.from({ length: random.below(n) }, () => random.below(256));
  const sql = () => {
    const s = pick(STATEMENTS);
    const at = random.below(s.length + 1);
    return random.below(2)
      ? s
      : s.slice(0, at) + pick(['"', "'", '$', '(', '\\', '--', '/*', '::', ' as ', '%', '𝒳', '\u0001']) + s.slice(at);
  };
  const parts: Uint8Array[] = [];
  const count = 1 + random.below(4);
  for (let i = 0; i < count; i++) {
    switch (random.below(9)) {
      case 0:
        parts.push(message('Q', text(sql())));
        break;
      case 1:
        parts.push(message('Q', junk(12)));
        break;
      case 2:
        parts.push(message('P', text(pick(['', 's'])), text(sql()), int16(random.below(3)), junk(10)));
        break;
      case 3:
        parts.push(message('B', text(pick(['', 'p'])), text(pick(['', 's', 'none'])), junk(14)));
        break;
      case 4:
        parts.push(message('E', text(pick(['', 'p', 'none'])), int32(random.below(5) - 2)));
        break;
      case 5:
        parts.push(message('D', new Uint8Array([pick([83, 80, 65])]), text(pick(['', 's', 'p']))));
        break;
      case 6:
        parts.push(message(pick(['C', 'H', 'F', 'p', 'd', 'c', 'f']), junk(8)));
        break;
      case 7:
        parts.push(concat(new Uint8Array([random.below(256)]), int32(pick([-1, 0, 3, 4, 5, 9, 0x7fffffff])), junk(6)));
        break;
      default:
        parts.push(message('S'));
    }
  }
  parts.push(message('S'));
  return concat(...parts);
}

/** The reaction in short: types of messages and codes of errors, up to the first sign of the end. */
function reaction(bytes: Uint8Array, isClosed: boolean): string {
  const words: string[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const type = String.fromCharCode(bytes[at]!);
    const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(at + 1);
    const body = new TextDecoder().decode(bytes.subarray(at + 5, at + 1 + length));
    if (type === 'E') words.push(`E${/\0C(\w{5})/.exec(`\0${body}`)?.[1]}`);
    else if (type === 'Z') words.push(`Z${body}`);
    at += 1 + length;
  }
  if (isClosed) words.push('closed');
  return words.join(' ');
}

describe('malformed input', () => {
  it('10,000 of it get an error reply or a closed connection, never an exception', () => {
    const machine = boot();
    const random = new Random(4711);
    let client = new TestPg(machine);
    client.query('create table f (a int, b text)');
    let closed = 0;
    let answered = 0;
    for (let i = 0; i < 10_000; i++) {
      if (client.client.closed !== null || i % 50 === 0) {
        if (client.client.closed === null) client.client.end();
        client = new TestPg(machine);
      }
      client.client.send(malformed(random));
      machine.advance(0);
      const bytes = client.client.take();
      expect(new TextDecoder().decode(bytes)).not.toContain('XX000');
      if (client.client.closed !== null) closed++;
      else if (bytes.length > 0) answered++;
      else {
        // A length that promises more than came.
        client.client.end();
        closed++;
      }
    }
    expect(machine.exited).toBe(null);
    expect(closed + answered).toBe(10_000);
    expect(new TestPg(machine).query('select 1').rows).toEqual([['1']]);
  });

  it('any split of the bytes gives the same answers', () => {
    const whole = concat(
      startup({ user: 'postgres', database: 'postgres' }),
      message('Q', text('create table s (a int); insert into s values (1), (2)')),
      message('P', text('x'), text('select a + $1 from s where a > $2 order by 1'), int16(0)),
      message(
        'B',
        text(''),
        text('x'),
        int16(0),
        int16(2),
        int32(1),
        new Uint8Array([53]),
        int32(1),
        new Uint8Array([48]),
        int16(0),
      ),
      message('D', new Uint8Array([80]), text('')),
      message('E', text(''), int32(1)),
      message('E', text(''), int32(0)),
      message('S'),
      message('Q', text('selec')),
      message('Q', text('select count(*) from s')),
    );
    const run = (cuts: readonly number[]) => {
      const machine = boot();
      const client = machine.client(5432);
      let from = 0;
      for (const cut of [...cuts, whole.length]) {
        client.send(whole.slice(from, cut));
        machine.advance(0);
        from = cut;
      }
      machine.advance(10);
      return client.text();
    };
    const expected = run([]);
    const random = new Random(5);
    for (let i = 0; i < 60; i++) {
      const cuts = Array.from({ length: 1 + random.below(20) }, () => random.below(whole.length)).sort((a, b) => a - b);
      expect(run(cuts)).toBe(expected);
    }
    expect(run(Array.from({ length: whole.length - 1 }, (_, i) => i + 1))).toBe(expected);
  });

  const servers: RealServer[] = [];
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  it('a sample of 300 is answered as the real server answers it', async ({ skip }) => {
    const real = await startReal();
    if (!real) return skip('PostgreSQL 15 is not installed');
    servers.push(real);
    const machine = boot();
    new TestPg(machine).query('create table f (a int, b text)');
    await exchange(real.port, message('Q', text('create table f (a int, b text)')));
    const random = new Random(99);
    const different: string[] = [];
    for (let i = 0; i < 300; i++) {
      const bytes = malformed(random);
      const client = new TestPg(machine);
      client.client.send(bytes);
      machine.advance(0);
      client.client.end();
      machine.advance(0);
      const ours = reaction(client.client.take(), true);
      const theirs = await exchange(real.port, bytes);
      if (ours !== theirs)
        different.push(`${i}: ${JSON.stringify(new TextDecoder().decode(bytes))}\n  real ${theirs}\n  lab  ${ours}`);
    }
    expect(different.join('\n')).toBe('');
  });
});

/** Starts a session, sends the bytes and FIN, and gives the reaction after the session's start. */
function exchange(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let isReady = false;
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () =>
      socket.write(startup({ user: 'postgres', database: 'postgres' })),
    );
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (isReady || !Buffer.concat(chunks).includes('Z\0\0\0\x05I')) return;
      isReady = true;
      chunks.length = 0;
      socket.end(bytes);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(reaction(new Uint8Array(Buffer.concat(chunks)), true)));
    socket.on('end', () => socket.end());
  });
}
