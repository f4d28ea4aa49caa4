import { expect, test } from 'vitest';
import { bundleBuiltins } from '../../../catalog/bundle.ts';
import { TestNet } from '../test-scenario.ts';

/** A name with two addresses; `isUp` tells which of them listens. Returns what the client logged, addresses as A and B. */
async function connect(
  listens: readonly boolean[],
  reaches: readonly boolean[],
): Promise<{ log: string[]; atMs: number }> {
  const net = new TestNet();
  const builtins = (await bundleBuiltins()).code;
  const addresses: string[] = [];
  listens.forEach((isListening, i) => {
    const port = isListening ? 8080 : 9090;
    const source = `import net from 'node:net'; net.createServer((socket) => socket.end('hi')).listen(${port});`;
    addresses.push(net.spawnReplica('pair', i + 1, source, builtins).process.options.host.address);
  });
  net.network.addRule({
    concerns: (_from, to) => to.service === 'pair',
    decide: ({ to }) => (reaches[addresses.indexOf(to.address)] ? 0 : -1),
  });
  net.run(100);
  const client = net.spawn(
    'client',
    `import net from 'node:net';
    const log = (...words) => console.log(JSON.stringify(['log', ...words].map(String)));
    const addresses = ${JSON.stringify(addresses)};
    const socket = net.connect({ host: 'pair', port: 8080, lookup: (name, options, done) => done(null, addresses.map((address) => ({ address, family: 4 }))) });
    for (const name of ['connectionAttempt', 'connectionAttemptFailed', 'connectionAttemptTimeout', 'connect', 'end', 'close'])
      socket.on(name, (...all) => log(name, ...all.map((one) => one instanceof Error ? one.message : one)));
    socket.on('data', () => {});
    socket.on('error', (error) => log('error', error.name, error.code, error.message, (error.errors ?? []).map((one) => one.message).join()));`,
    builtins,
  );
  const startMs = net.world.nowMs;
  net.run(200_000, () => client.exit !== null);
  expect(client.stderr).toBe('');
  const named = client.seen.log!.map((line) => line.replaceAll(addresses[0]!, 'A').replaceAll(addresses[1]!, 'B'));
  return { log: named, atMs: net.world.nowMs - startMs };
}

// What Node 24 logs for the same client. The first 'connectionAttempt' comes before anybody can listen: lookup is synchronous here.

test('the next address is tried when the first refuses', async () => {
  const { log } = await connect([false, true], [true, true]);
  expect(log).toEqual([
    'connectionAttemptFailed A 8080 4 connect ECONNREFUSED A:8080',
    'connectionAttempt B 8080 4',
    'connect',
    'end',
    'close false',
  ]);
});

test('when all refuse the error holds each of them', async () => {
  const { log } = await connect([false, false], [true, true]);
  expect(log.slice(-2)).toEqual([
    'error AggregateError ECONNREFUSED  connect ECONNREFUSED A:8080,connect ECONNREFUSED B:8080',
    'close true',
  ]);
});

test('an address that does not answer for 250 ms is left for the next', async () => {
  const { log, atMs } = await connect([true, true], [false, true]);
  expect(log).toEqual([
    'connectionAttemptTimeout A 8080 4',
    'connectionAttempt B 8080 4',
    'connect',
    'end',
    'close false',
  ]);
  expect(atMs).toBeGreaterThan(250);
  expect(atMs).toBeLessThan(260);
});
