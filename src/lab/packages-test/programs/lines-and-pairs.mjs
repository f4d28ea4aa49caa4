// Lines of a stream, pairs of streams, records of DNS; no packages.

import dns from 'node:dns';
import readline from 'node:readline';
import readlinePromises from 'node:readline/promises';
import { duplexPair, PassThrough, Readable, Writable } from 'node:stream';
import { bytes } from 'node:stream/consumers';

const lines = async (parts, options) => {
  const got = [];
  for await (const line of readline.createInterface({ input: Readable.from(parts), ...options })) got.push(line);
  return got;
};
log(
  'a',
  await lines(['a\nb', 'c\r\nd\n\ne']),
  await lines(['x\r', '\ny'], { crlfDelay: Infinity }),
  await lines([]),
  await lines(['no end']),
  await lines([Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1), '\n']),
);
{
  const input = new PassThrough();
  const rl = readline.createInterface({ input });
  rl.on('line', (l) => log('a', 'line', l));
  for (const name of ['close', 'pause', 'resume']) rl.on(name, () => log('a', name));
  input.write('one\ntwo');
  await sleep(1);
  rl.pause();
  rl.resume();
  rl.write('typed\n');
  input.end('\nlast');
  await once(rl, 'close');
  log('a', rl.closed, rl.terminal);
  await attempt('a', () => rl.question('?', () => {}));
}
{
  const input = new PassThrough();
  let out = '';
  const output = new Writable({
    write(c, _e, cb) {
      out += c;
      cb();
    },
  });
  const rl = readlinePromises.createInterface({ input, output, prompt: '> ' });
  setTimeout(() => input.write('Ann\n'), 1);
  log('a', await rl.question('Who? '), out);
  rl.prompt();
  log('a', out, rl.getPrompt());
  const c = new AbortController();
  setTimeout(() => c.abort(), 2);
  await attempt('a', () => rl.question('Again? ', { signal: c.signal }));
  rl.close();
}
{
  const [l, r] = duplexPair();
  r.on('data', (d) => log('a', 'right', String(d)));
  l.write('hi');
  r.write('there');
  l.on('data', (d) => log('a', 'left', String(d)));
  r.on('end', () => log('a', 'right end'));
  l.end();
  await sleep(2);
  r.end();
  await sleep(2);
  log('a', l.destroyed, r.destroyed);
}
log(
  'a',
  [...(await bytes(Readable.from([Buffer.from('ab'), 'c'])))],
  (await bytes(Readable.from(['x']))).constructor.name,
);
await attempt('a', () => dns.promises.resolveMx(5));
log('a', typeof dns.resolveTxt, typeof dns.promises.resolveSrv);
