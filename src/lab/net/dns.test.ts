import { expect, test } from 'vitest';
import type { Host } from './network.ts';
import { TestNet } from './test-net.ts';

/** Answers in order of asking, each with its time in ms. */
function ask(net: TestNet, from: Host, ...names: string[]): string[] {
  const answers: string[] = [];
  for (const name of names) {
    from.lookup(name, (error, addresses) => answers.push(`${error ?? addresses.join(' ')} ${net.nowMs}`));
    net.run(1);
  }
  return answers.map((answer) => answer.replace(/ [\d.]+$/, ''));
}

test('a service is all its replicas, another one first each time', () => {
  const net = new TestNet();
  const gateway = net.host('gateway-1');
  const [one, two, three] = ['catalog-1', 'catalog-2', 'catalog-3'].map((name) => net.host(name).address);
  expect(ask(net, gateway, 'catalog', 'catalog', 'catalog', 'CATALOG.')).toEqual([
    `${one} ${two} ${three}`,
    `${two} ${three} ${one}`,
    `${three} ${one} ${two}`,
    `${one} ${two} ${three}`,
  ]);
});

test('an answer takes 300 µs and holds for its own moment', () => {
  const net = new TestNet();
  const gateway = net.host('gateway-1');
  const catalog = net.host('catalog-1');
  let answer = '';
  gateway.lookup('catalog', (error) => {
    answer = `${error} ${net.nowMs}`;
  });
  net.run(0.2);
  catalog.down();
  net.run(1);
  expect(answer).toBe('ENOTFOUND 0.3');
});

test('replicas that are down are left out; when none is left the name is unknown', () => {
  const net = new TestNet();
  const gateway = net.host('gateway-1');
  const one = net.host('catalog-1');
  const two = net.host('catalog-2');
  one.down();
  expect(ask(net, gateway, 'catalog', 'catalog-1', 'catalog-2')).toEqual([two.address, 'ENOTFOUND', two.address]);
  two.down();
  expect(ask(net, gateway, 'catalog')).toEqual(['ENOTFOUND']);
  one.up();
  expect(ask(net, gateway, 'catalog')).toEqual([one.address]);
});

test('localhost, addresses, unknown names, and the client, whom nobody inside can name', () => {
  const net = new TestNet();
  const gateway = net.host('gateway-1');
  expect(ask(net, gateway, 'localhost', '10.0.0.9', 'cataolg', 'client', '__proto__')).toEqual([
    '127.0.0.1',
    '10.0.0.9',
    'ENOTFOUND',
    'ENOTFOUND',
    'ENOTFOUND',
  ]);
  expect(ask(net, net.network.client, 'gateway')).toEqual([gateway.address]);
});

test('an answer to a dead process is not given to the next one on its host', () => {
  const net = new TestNet();
  const gateway = net.host('gateway-1');
  const answers: unknown[] = [];
  gateway.lookup('gateway', (error) => answers.push(error));
  gateway.down();
  gateway.up();
  net.run(1);
  expect(answers).toEqual([]);
});

test('a removed host is unknown, and its address is not given again', () => {
  const net = new TestNet();
  const gateway = net.host('gateway-1');
  const old = net.host('catalog-1').address;
  net.network.removeHost('catalog-1');
  expect(ask(net, gateway, 'catalog', 'catalog-1')).toEqual(['ENOTFOUND', 'ENOTFOUND']);
  expect(net.host('catalog-1').address).not.toBe(old);
  expect(() => net.network.removeHost('nobody-1')).toThrowErrorMatchingInlineSnapshot(
    `[Error: There is no host nobody-1 to remove.]`,
  );
});
