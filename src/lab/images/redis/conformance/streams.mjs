// packages: ioredis, redis
// 152 commands, each by ioredis in RESP2 and by node-redis in RESP3: streams and consumer groups.
import { Redis } from 'ioredis';
import { createClient } from 'redis';

// One command a line, words as in a shell; "~" before it: the order of the reply means nothing.
const COMMANDS = `
LPUSH l a
SADD st a
XADD st 1-1 a b
XADD x1 1-1 a b
XADD x1 1-1 a b
XADD x1 0-0 a b
XADD x1 1-2 a
XADD x1 abc a b
XADD x1 1-* c d
XADD x1 5 e f
XADD x1 5-* e f
XADD x1 3-* e f
XADD nokey NOMKSTREAM * a b
XLEN x1
XLEN nokey
XRANGE x1 - +
XRANGE x1 1 1
XRANGE x1 (1-1 +
XRANGE x1 - + COUNT 1
XRANGE x1 - + COUNT 0
XRANGE x1 - + COUNT -5
XRANGE x1 - + FOO
XRANGE x1 abc +
XRANGE x1 (18446744073709551615-18446744073709551615 +
XRANGE x1 - (0
XREVRANGE x1 + -
XREVRANGE x1 + - COUNT 2
XREVRANGE x1 5 2
XRANGE nokey - +
XDEL x1 1-2
XDEL x1 1-2 abc
XDEL nokey 1-1
XREAD COUNT 2 STREAMS x1 0
XREAD STREAMS x1 $
XREAD STREAMS x1 5-1
XREAD STREAMS x1
XREAD STREAMS x1 x2 0
XREAD FOO
XREAD COUNT abc STREAMS x1 0
XREAD BLOCK abc STREAMS x1 0
XREAD BLOCK -1 STREAMS x1 0
XREAD BLOCK 10 STREAMS x1 $
XREAD STREAMS x1 >
XREAD STREAMS x1 nokey 0 0
XREAD GROUP g c STREAMS x1 0
XREAD NOACK STREAMS x1 0
XGROUP CREATE nokey g $
XGROUP CREATE x1 g 0
XGROUP CREATE x1 g 0
XGROUP CREATE x1 g2 abc
XGROUP CREATE x1 g2 $ MKSTREAM
XGROUP CREATE x1 g3 0 FOO
XGROUP CREATE mk g $ MKSTREAM
XLEN mk
XGROUP CREATECONSUMER x1 g c1
XGROUP CREATECONSUMER x1 g c1
XGROUP CREATECONSUMER x1 nog c1
XGROUP CREATECONSUMER nokey g c1
XREADGROUP GROUP g c1 COUNT 1 STREAMS x1 >
XREADGROUP GROUP g c1 STREAMS x1 0
XREADGROUP GROUP g c2 STREAMS x1 >
XREADGROUP GROUP g c2 STREAMS x1 >
XREADGROUP GROUP g c2 BLOCK 10 STREAMS x1 >
XREADGROUP GROUP nog c2 STREAMS x1 >
XREADGROUP GROUP g c2 STREAMS nokey >
XREADGROUP GROUP g c2 STREAMS x1 $
XREADGROUP GROUP g c2 STREAMS x1 abc
XREADGROUP GROUP g c2 STREAMS x1
XREADGROUP COUNT 1 STREAMS x1 x2 x3 0 0 0
XPENDING x1 g
XPENDING x1 nog
XPENDING nokey g
XPENDING x1 g - +
XPENDING x1 g - + abc
XPENDING mk g
XPENDING x1 g - + 10 nobody
XACK x1 g 1-1
XACK x1 g 1-1
XACK x1 nog 1-1
XACK nokey g 1-1
XACK x1 g abc
XPENDING x1 g
XCLAIM x1 g c3 0 5-0 JUSTID
XCLAIM x1 g c3 0 5-0
XCLAIM x1 g c3 0 9-9 FORCE
XCLAIM x1 g c3 abc 5-0
XCLAIM x1 g c3 0 5-0 FOO
XCLAIM x1 g c3 0 abc
XCLAIM x1 nog c3 0 5-0
XCLAIM x1 g c3 100000 5-0
XCLAIM x1 g c3 0 5-0 RETRYCOUNT 10 IDLE 0 JUSTID
XCLAIM x1 g c3 0 1-1 FORCE JUSTID
XAUTOCLAIM x1 g c4 0 0
XAUTOCLAIM x1 g c4 0 - COUNT 1
XAUTOCLAIM x1 g c4 0 0 COUNT 0
XAUTOCLAIM x1 g c4 0 0 JUSTID
XAUTOCLAIM x1 g c4 abc 0
XAUTOCLAIM x1 nog c4 0 0
XAUTOCLAIM x1 g c4 0 0 FOO
XDEL x1 5-0
XAUTOCLAIM x1 g c4 0 0
XREADGROUP GROUP g c4 STREAMS x1 0
XINFO STREAM x1
XINFO STREAM nokey
XINFO STREAM x1 FOO
XINFO GROUPS x1
XINFO GROUPS nokey
XINFO CONSUMERS x1 nog
XINFO FOO x1
XGROUP SETID x1 g 0
XGROUP SETID x1 g 1-1 ENTRIESREAD 1
XGROUP SETID x1 nog 0
XINFO GROUPS x1
XGROUP DELCONSUMER x1 g c4
XGROUP DELCONSUMER x1 g nope
XGROUP DESTROY x1 g
XGROUP DESTROY x1 g
XGROUP DESTROY nokey g
XGROUP FOO
XGROUP CREATE
XADD t1 1-0 a 1
XADD t1 2-0 a 1
XADD t1 3-0 a 1
XADD t1 MAXLEN 2 4-0 a 1
XADD t1 MAXLEN ~ 1 5-0 a 1
XADD t1 MAXLEN = 2 6-0 a 1
XADD t1 MINID 6-0 7-0 a 1
XADD t1 MAXLEN -1 8-0 a 1
XADD t1 MAXLEN 5 LIMIT 5 8-0 a 1
XADD t1 MAXLEN 5 MINID 5 8-0 a 1
XADD t1 MAXLEN ~ 5 LIMIT 0 8-0 a 1
XADD t1 MAXLEN abc 8-0 a 1
XRANGE t1 - +
XTRIM t1 MAXLEN 1
XTRIM t1 MAXLEN ~ 0
XTRIM t1 MINID 100
XTRIM t1 FOO
XTRIM nokey MAXLEN 1
XTRIM t1 MAXLEN 1 LIMIT 1
XLEN t1
XINFO STREAM t1
XSETID t1 100-0
XSETID t1 1-0
XSETID t1 100-0 ENTRIESADDED 50 MAXDELETEDID 3-0
XSETID t1 abc
XSETID nokey 1-1
XINFO STREAM t1
XLEN l
XRANGE l - +
XADD l * a b
TYPE t1
OBJECT ENCODING t1
`;
const host = process.env.HOST;
const port = Number(process.env.PORT);
const old = new Redis({ host, port, lazyConnect: true });
const modern = createClient({ socket: { host, port }, RESP: 3 });
old.on('error', (error) => log('ioredis', 'error', error.message));
modern.on('error', (error) => log('redis', 'error', error.message));
await old.connect();
await modern.connect();
const wordsOf = (line) =>
  [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([all, quoted]) =>
    quoted === undefined ? all : JSON.parse(all),
  );
const sorted = (value) =>
  Array.isArray(value) ? value.map(sorted).sort((a, b) => (show(a) < show(b) ? -1 : 1)) : value;
for (const [who, send] of [
  ['ioredis', (words) => old.call(...words)],
  ['redis', (words) => modern.sendCommand(words)],
]) {
  for (const words of [['FLUSHALL'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH']]) await send(words);
  for (const line of COMMANDS.trim().split('\n')) {
    const isLoose = line.startsWith('~ ');
    const words = wordsOf(isLoose ? line.slice(2) : line);
    try {
      const reply = await send(words);
      log(who, line, isLoose ? sorted(reply) : reply);
    } catch (error) {
      log(who, line, 'refused', error.message);
    }
  }
}
old.disconnect();
modern.destroy();
