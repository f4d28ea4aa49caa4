/** One direction of a connection under rules, on the lab's virtual clock: no real time is needed to see what happens when. */
import { expect, test } from 'vitest';
import { Scheduler } from '../../../lab/core/scheduler.ts';
import { type Decision, DROP, type Host, PASS, type PacketRule, RESET, SWALLOW } from '../../../lab/net/network.ts';
import { Route } from './route.ts';
import { Way } from './way.ts';

function way(rules: readonly Partial<PacketRule>[]) {
  const scheduler = new Scheduler();
  const from = { name: 'a-1', service: 'a' } as Host;
  const to = { name: 'b-1', service: 'b' } as Host;
  const whole = (rule: Partial<PacketRule>): PacketRule => ({ concerns: () => true, decide: () => PASS, ...rule });
  const route = new Route(from, to, rules.map(whole));
  const seen: string[] = [];
  const at = (what: string) => seen.push(`${scheduler.nowUs / 1000} ${what}`);
  const made = new Way(route, 1, scheduler, {
    deliver: (bytes) => at(Buffer.from(bytes).toString().slice(0, 8)),
    deliverEnd: () => at('end'),
    reset: () => {
      at('reset');
      made.stop();
    },
    onDrain: () => at('drain'),
  });
  const send = (text: string) => made.push(Buffer.from(text));
  const change = (changed: readonly Partial<PacketRule>[]) => route.choose(changed.map(whole));
  return { scheduler, seen, send, end: () => made.end(), change };
}

const answers =
  (...decisions: Decision[]) =>
  () =>
    decisions.shift() ?? PASS;

test('without rules bytes pass at once', () => {
  const { seen, send, end } = way([]);
  send('one');
  end();
  expect(seen).toEqual(['0 one', '0 end']);
});

test('latency delays, and order is kept when a later chunk is faster', () => {
  const { scheduler, seen, send, end } = way([{ decide: answers(50_000, 10_000, 0) }]);
  send('one');
  send('two');
  end();
  scheduler.runUntil(1e6);
  expect(seen).toEqual(['50 one', '50 two', '50 end']);
});

test('a lost chunk stalls the stream for 200 ms, then 400 ms; what is behind it goes with it', () => {
  const { scheduler, seen, send } = way([{ decide: answers(DROP, PASS, DROP, PASS) }]);
  send('one');
  send('two');
  scheduler.runUntil(10e6);
  expect(seen).toEqual(['600 one', '600 two']);
});

test('after a partition the stream goes on where it was', () => {
  const { scheduler, seen, send, change } = way([{ decide: () => DROP }]);
  send('one');
  scheduler.runUntil(1e6);
  change([]);
  send('two');
  scheduler.runUntil(10e6);
  expect(seen).toEqual(['1400 one', '1400 two']);
});

test('a line of 100 kB/s takes 100 ms for 10,000 bytes, a part at a time', () => {
  const { scheduler, seen, send } = way([{ bytesPerSecond: 100_000 }]);
  send('x'.repeat(10_000));
  scheduler.runUntil(1e6);
  expect(seen.map((line) => Number(line.split(' ')[0]))).toEqual([40.96, 81.92, 100]);
});

test('a hole swallows what comes later; a reset ends it', () => {
  const holed = way([{ decide: answers(PASS, SWALLOW) }]);
  holed.send('one');
  holed.send('two');
  holed.send('three');
  holed.scheduler.runUntil(1e6);
  expect(holed.seen).toEqual(['0 one']);
  const cut = way([{ decide: answers(PASS, RESET) }]);
  cut.send('one');
  cut.send('two');
  cut.send('three');
  expect(cut.seen).toEqual(['0 one', '0 reset']);
});
