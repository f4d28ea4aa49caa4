/** What rules can do to packets beside delay and loss, and how it is booked. */
import { describe, expect, test } from 'vitest';
import { DROP, PASS, RESET, SWALLOW } from './network.ts';
import { TestNet } from './test-net.ts';

function two() {
  const net = new TestNet();
  return { net, a: net.host('a-1'), b: net.host('b-1') };
}

describe('SWALLOW', () => {
  test('data is acknowledged and never arrives, nor does later data when the rule is gone; FIN arrives', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    client.send('one');
    net.run(1);
    const end = net.rule('a-1', 'b-1', ({ kind }) => (kind === 'data' ? SWALLOW : PASS));
    client.send('two');
    net.run(1);
    end();
    client.send('three');
    net.run(1);
    expect(client.connection.bytesQueued).toBe(0);
    expect(server.text).toBe('one');
    client.connection.end();
    net.run(1);
    expect(server.told.at(-1)).toMatch(/^end/);
    expect(client.told.filter((line) => line.includes('E'))).toEqual([]);
  });

  test('the other direction is whole, and new connections open', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    net.rule('a-1', 'b-1', () => SWALLOW);
    client.send('lost');
    server.send('here');
    const other = net.connect(a, b.address, 80);
    net.run(5);
    expect(client.text).toBe('here');
    expect(other.told[0]).toMatch(/^connect \d/);
  });
});

describe('bandwidth', () => {
  test('10,000 bytes at 100,000 bytes a second take 100 ms; two connections share the line', () => {
    const { net, a, b } = two();
    const [one, oneThere] = net.pair(a, b, 80);
    const [two_, twoThere] = net.pair(a, b, 81);
    const end = net.network.addRule({
      concerns: (from, to) => from === a && to === b,
      decide: () => PASS,
      bytesPerSecond: 100_000,
    });
    const fromMs = net.nowMs;
    one.connection.write(new Uint8Array(10_000), 0);
    two_.connection.write(new Uint8Array(10_000), 0);
    net.run(1000);
    const arrival = (told: readonly string[]) => Number(told.at(-1)!.split(' ').at(-1)) - fromMs;
    expect(arrival(oneThere.told)).toBeCloseTo(100.2, 2);
    expect(arrival(twoThere.told)).toBeCloseTo(200.2, 2);
    end();
  });

  test('when the line is fast again half-way, the rest comes at its rate, and the next bytes in order', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    const end = net.rule('a-1', 'b-1', () => PASS, 10_000);
    client.connection.write(new Uint8Array(10_000), 0);
    client.connection.write(new Uint8Array(100_000), 0);
    net.run(500);
    end();
    client.send('last');
    net.run(2);
    expect(server.receivedBytes).toBe(110_004);
    expect(server.text.slice(-4)).toBe('last');
  });
});

test('a FIN is judged by itself where rules are in force: what delays it does not delay the data before it', () => {
  const { net, a, b } = two();
  const [client, server] = net.pair(a, b);
  net.rule('a-1', 'b-1', ({ kind }) => (kind === 'fin' ? 1_000_000 : PASS));
  client.send('bye');
  client.connection.end();
  net.run(10);
  expect(server.text).toBe('bye');
  net.run(980);
  expect(server.told.at(-1)).toMatch(/^data/);
  net.run(20);
  expect(server.told.at(-1)).toMatch(/^end/);
});

describe('the ledger', () => {
  test('each byte is delivered, dropped by a named rule, or under way; repetitions count again', () => {
    const { net, a, b } = two();
    const [client, server] = net.pair(a, b);
    const { ledger } = net.network;
    let losses = 0;
    const end = net.rule('a-1', 'b-1', ({ kind }) => (kind === 'data' && losses++ < 2 ? DROP : PASS));
    client.connection.write(new Uint8Array(1000), 0);
    net.run(1000);
    expect(server.receivedBytes).toBe(1000);
    expect([ledger.sent, ledger.delivered, ledger.underWay]).toEqual([3000, 1000, 0]);
    expect([...ledger.dropped]).toEqual([['test: a-1 to b-1', 2000]]);
    end();
    client.connection.write(new Uint8Array(500), 0);
    expect([ledger.underWay, ledger.problem]).toEqual([500, null]);
  });

  test('what a reset and a hole cost is booked on them', () => {
    const { net, a, b } = two();
    const { ledger } = net.network;
    const [one] = net.pair(a, b, 80);
    const [other] = net.pair(a, b, 81);
    const end = net.rule('a-1', 'b-1', ({ kind }) => (kind === 'data' ? SWALLOW : PASS));
    one.connection.write(new Uint8Array(100), 0);
    net.run(1);
    end();
    net.rule('*', 'b-1', ({ kind }) => (kind === 'data' ? RESET : PASS));
    other.connection.write(new Uint8Array(10), 0);
    net.run(10);
    expect([...ledger.dropped]).toEqual([
      ['test: a-1 to b-1', 100],
      ['test: * to b-1', 10],
    ]);
    expect(ledger.problem).toBe(null);
  });
});
