/**
 * A crash at every step of the disk: a publisher and a consumer at work, the process killed before step 0, 1, 2, …, then a
 * new one with the same disk. What was confirmed and not acknowledged is there, each once; what was acknowledged is not,
 * unless the acknowledgement was the crash's victim; declared things stay declared.
 */
import { expect, test } from 'vitest';
import { AmqpTestClient, bootNode, TestFiles } from './test-client.ts';

const PERSISTENT = { deliveryMode: 2 };

interface Seen {
  readonly confirmed: Set<string>;
  readonly published: Set<string>;
  readonly acked: Set<string>;
  declared: number;
}

/** Orders go in with confirms, are read, and acknowledged, rejected to a dead letter queue or sent back. */
function work(client: AmqpTestClient, seen: Seen, type: string, isAlive: () => boolean): void {
  const bodies: string[] = [];
  const tell = () => {
    for (const { args } of client.take('basic.ack')) {
      const upTo = Number(args.deliveryTag);
      for (let i = args.multiple ? 0 : upTo - 1; i < upTo; i++) seen.confirmed.add(bodies[i]!);
    }
  };
  client.declare('dead', { 'x-queue-type': type });
  client.declare('q', { 'x-queue-type': type, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' });
  if (isAlive()) seen.declared = 1;
  client.call('confirm.select');
  for (let i = 0; i < 12 && isAlive(); i++) {
    bodies.push(`m${i}`);
    seen.published.add(`m${i}`);
    client.publish('', 'q', `m${i}`, PERSISTENT);
    tell();
    if (i % 3 !== 2) continue;
    const message = client.getMessage('q');
    if (!message) continue;
    const deliveryTag = message.args.deliveryTag;
    if (i === 5) client.call('basic.reject', { deliveryTag, requeue: false });
    else if (i === 8) client.call('basic.reject', { deliveryTag, requeue: true });
    else {
      client.call('basic.ack', { deliveryTag });
      seen.acked.add(message.body!);
    }
  }
  tell();
}

function drainAll(files: TestFiles): { q: string[]; dead: string[] } | null {
  const client = new AmqpTestClient(bootNode({ files }));
  const drained = (queue: string) => client.drain(queue).map((body) => body.replace('+', ''));
  if (client.call('queue.declare', { queue: 'q', passive: true, arguments: [] })?.name !== 'queue.declare-ok')
    return null;
  return { q: drained('q'), dead: drained('dead') };
}

for (const type of ['classic', 'quorum']) {
  for (const isPower of [false, true]) {
    test(`${type} queues, ${isPower ? 'power' : 'process'} lost at every step of the disk`, () => {
      let steps = 0;
      for (let step = 0; ; step++) {
        const machine = bootNode();
        const start = machine.diskSteps;
        machine.killAtDiskStep(start + step);
        const client = new AmqpTestClient(machine);
        const seen: Seen = { confirmed: new Set(), published: new Set(), acked: new Set(), declared: 0 };
        try {
          work(client, seen, type, () => machine.isAlive);
        } catch (error) {
          // The client of the test finds its server gone.
          if (machine.isAlive) throw error;
        }
        const isDone = machine.isAlive;
        machine.kill();
        if (isPower) machine.files.losePower();
        const left = drainAll(machine.files);
        if (left === null) {
          expect([step, seen.confirmed.size]).toEqual([step, 0]);
        } else {
          const all = [...left.q, ...left.dead];
          const where = `step ${step}: ${JSON.stringify(left)}, acked ${[...seen.acked]}`;
          // In both queues at once: the dead letter is in the log before its source is out of it.
          expect(new Set(left.q).size, where).toBe(left.q.length);
          expect(new Set(left.dead).size, where).toBe(left.dead.length);
          for (const body of all) expect(seen.published.has(body), where).toBe(true);
          for (const body of seen.confirmed) {
            if (!seen.acked.has(body)) expect(all.includes(body), `${where}, ${body} was confirmed`).toBe(true);
          }
          const back = [...seen.acked].filter((body) => all.includes(body));
          // An acknowledgement is not waited for: the last ones before a loss of power may be lost with it.
          expect(back.length, where).toBeLessThanOrEqual(isPower ? 3 : 1);
          expect(left.q, where).toEqual(left.q.toSorted((a, b) => (type === 'classic' ? order(a) - order(b) : 0)));
        }
        steps = step;
        if (isDone) break;
        expect(step).toBeLessThan(500);
      }
      expect(steps).toBeGreaterThan(20);
    });
  }
}

const order = (body: string) => Number(body.slice(1));

test('a crash while the log is replaced by a snapshot loses nothing', () => {
  for (let step = 0; step < 12; step++) {
    const files = new TestFiles();
    const first = bootNode({ files });
    const client = new AmqpTestClient(first);
    client.declare('q');
    client.call('confirm.select');
    for (let i = 0; i < 5; i++) client.publish('', 'q', `m${i}`, PERSISTENT);
    first.kill();
    // Each start begins with a snapshot.
    const second = bootNode({ files, env: { LAB_BOOT_MS: '10' } });
    second.killAtDiskStep(step);
    second.advance(10);
    second.kill();
    files.losePower();
    expect([step, drainAllOf(files)]).toEqual([step, ['m0+', 'm1+', 'm2+', 'm3+', 'm4+']]);
  }
});

function drainAllOf(files: TestFiles): string[] {
  return new AmqpTestClient(bootNode({ files })).drain('q');
}

test('a log that was cut anywhere is read up to the cut', () => {
  const machine = bootNode();
  const client = new AmqpTestClient(machine);
  client.declare('q');
  for (let i = 0; i < 10; i++) client.publish('', 'q', `m${i}`, PERSISTENT);
  machine.kill();
  const path = machine.files.list('/var/lib/rabbitmq').findLast((name) => name.includes('/log.'))!;
  const whole = machine.files.read(path)!;
  let most = 0;
  for (let length = 0; length <= whole.length; length += 7) {
    const files = machine.files.clone();
    files.write(path, whole.slice(0, length));
    const client = new AmqpTestClient(bootNode({ files }));
    const found = client.declare('q')?.args.messageCount as number;
    expect(found).toBeGreaterThanOrEqual(most);
    most = found;
    expect(client.drain('q')).toEqual(Array.from({ length: found }, (_, i) => `m${i}+`));
  }
  expect(most).toBeGreaterThan(8);
});
